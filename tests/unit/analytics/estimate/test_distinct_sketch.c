/* The sketch of distinct ids: against another implementation, and what holds for any order and split.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/distinct_sketch.h"
#include "support/splitmix.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct yk_distinct_sketch whole, part[5], other;

static void add_range(struct yk_distinct_sketch *sketch, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        yk_distinct_sketch_add(sketch, splitmix(i));
}

/* tests/accuracy/py/distinct_sketch.py: registers from binary digits, the estimate in 60 digits. */
Test(distinct_sketch, same_as_the_reference)
{
    FILE *file = fopen(YK_REFERENCE_DIR "/distinct_sketch.csv", "r");
    cr_assert_not_null(file);
    char line[256];
    cr_assert_not_null(fgets(line, sizeof line, file));
    uint64_t done = 0, n, sum, weighted, zeros;
    double estimate;
    int lines = 0;
    memset(&whole, 0, sizeof whole);
    for (; fgets(line, sizeof line, file); lines++) {
        cr_assert_eq(
            sscanf(line, "%" SCNu64 ",%lf,%" SCNu64 ",%" SCNu64 ",%" SCNu64, &n, &estimate, &sum, &weighted, &zeros),
            5);
        add_range(&whole, done + 1, n + 1);
        done = n;
        cr_assert(whole.dense);
        uint64_t own_sum = 0, own_weighted = 0, own_zeros = 0;
        for (uint64_t i = 0; i < YK_DISTINCT_REGISTERS; i++) {
            own_sum += whole.as.registers[i];
            own_weighted += whole.as.registers[i] * (i + 1);
            own_zeros += whole.as.registers[i] == 0;
        }
        cr_expect_eq(own_sum, sum, "%" PRIu64, n);
        cr_expect_eq(own_weighted, weighted, "%" PRIu64, n);
        cr_expect_eq(own_zeros, zeros, "%" PRIu64, n);
        double least = YK_DISTINCT_EXACT_MAX + 1, kept = estimate < least ? least : estimate;
        cr_expect_float_eq(yk_distinct_sketch_count(&whole).value, kept, 1e-12 * kept, "%" PRIu64, n);
    }
    cr_expect_eq(lines, 12);
    fclose(file);
}

Test(distinct_sketch, exact_up_to_its_limit)
{
    memset(&whole, 0, sizeof whole);
    cr_expect_float_eq(yk_distinct_sketch_count(&whole).value, 0, 0);
    for (uint64_t i = 1; i <= YK_DISTINCT_EXACT_MAX; i++) {
        for (int twice = 0; twice < 2; twice++)
            yk_distinct_sketch_add(&whole, i == 7  ? 0
                                           : i % 3 ? splitmix(i)
                                                   : i << 12); /* many with the same low bits */
        struct yk_interval count = yk_distinct_sketch_count(&whole);
        cr_assert(count.value == (double)i && count.lower == (double)i && count.upper == (double)i, "%g, not %" PRIu64,
                  count.value, i);
    }
    cr_expect_not(whole.dense);
    yk_distinct_sketch_add(&whole, UINT64_MAX);
    cr_expect(whole.dense);
    struct yk_interval count = yk_distinct_sketch_count(&whole);
    cr_expect(YK_DISTINCT_EXACT_MAX < count.lower && count.lower <= count.value && count.value < count.upper);
}

/* Five overlapping pieces, in each of 120 orders, and the whole backwards: the same bytes. */
static void same_bytes(uint64_t n)
{
    memset(&whole, 0, sizeof whole);
    memset(part, 0, sizeof part);
    for (uint64_t i = n; i-- > 0;)
        yk_distinct_sketch_add(&whole, i == 3 ? 0 : splitmix(i));
    for (uint64_t i = 0; i < n; i++)
        for (uint64_t k = 0; k < 5; k++)
            if (i % 5 == k || i % 7 == k)
                yk_distinct_sketch_add(&part[k], i == 3 ? 0 : splitmix(i));
    for (int order = 0; order < 120; order++) {
        int left[5] = {0, 1, 2, 3, 4}, rest = order;
        memset(&other, 0, sizeof other);
        for (int size = 5; size > 0; size--) {
            int at = rest % size;
            rest /= size;
            yk_distinct_sketch_merge(&other, &part[left[at]]);
            memmove(&left[at], &left[at + 1], (size_t)(size - at - 1) * sizeof left[0]);
        }
        cr_assert_eq(memcmp(&other, &whole, sizeof whole), 0, "%" PRIu64 " ids, order %d", n, order);
    }
    struct yk_distinct_sketch twice = whole;
    yk_distinct_sketch_merge(&twice, &whole);
    cr_expect_eq(memcmp(&twice, &whole, sizeof whole), 0);
}

Test(distinct_sketch, merging_in_any_order_and_split)
{
    static const uint64_t sizes[] = {0, 1, 5, 100, 3000, 3072, 3073, 5000, 9000, 40000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        same_bytes(sizes[i]);
}

/* Registers that no sketch of this age has: the estimate stays a number. */
Test(distinct_sketch, awkward_registers)
{
    memset(&whole, 0, sizeof whole);
    whole.dense = true;
    double empty = yk_distinct_sketch_count(&whole).value;
    cr_expect_float_eq(empty, YK_DISTINCT_EXACT_MAX + 1, 0);
    memset(whole.as.registers, 50, sizeof whole.as.registers);
    struct yk_interval full = yk_distinct_sketch_count(&whole);
    cr_expect(full.lower <= full.value && full.value <= full.upper && full.value > 1e18 && full.upper <= 1.9e19);
}
