/* The order of qsort with the same comparison. SPDX-License-Identifier: GPL-3.0-or-later */
#include "lives/pseudonym_sort.h"

#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct small {
    uint64_t key_id, pseudonym;
    uint32_t at;
};
struct large {
    struct small id;
    char rest[YK_PSEUDONYM_SORT_SIZE_MAX - sizeof(struct small)];
};

static int by_all(const void *a, const void *b)
{
    const struct small *x = a, *y = b;
    if (x->key_id != y->key_id)
        return x->key_id < y->key_id ? -1 : 1;
    if (x->pseudonym != y->pseudonym)
        return x->pseudonym < y->pseudonym ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* How pseudonyms are made up. */
enum made { SPREAD, AGAIN, ALIKE, NEAR, DOWN, TWO_KEYS, MADE };

static void fill(gsl_rng *rng, enum made made, size_t i, struct small *out)
{
    uint64_t high = gsl_rng_get(rng), any = high << 32 | gsl_rng_get(rng);
    memset(out, 0, sizeof *out);
    out->key_id = made == TWO_KEYS ? 7 + any % 2 : 7;
    out->pseudonym = made == ALIKE   ? 42
                     : made == AGAIN ? any % 50 * UINT64_C(0x9e3779b97f4a7c15)
                     : made == NEAR  ? UINT64_C(0xffffffffffff0000) + any % 5000
                     : made == DOWN  ? UINT64_MAX - i * UINT64_C(0x1000000000000)
                                     : any;
    out->at = (uint32_t)(any >> 20 & 0xffff) << 14 | (uint32_t)(i & 0x3fff); /* all different */
}

Test(pseudonym_sort, like_qsort)
{
    static const size_t counts[] = {0, 1, 2, 23, 24, 25, 255, 257, 1000, 16384};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int made = 0; made < MADE; made++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            size_t count = counts[c];
            struct small *got = calloc(count + 1, sizeof *got), *expected = calloc(count + 1, sizeof *expected);
            struct large *wide = calloc(count + 1, sizeof *wide);
            for (size_t i = 0; i < count; i++) {
                fill(rng, (enum made)made, i, &got[i]);
                expected[i] = wide[i].id = got[i];
                memset(wide[i].rest, (int)(got[i].at % 251), sizeof wide[i].rest);
            }
            qsort(expected, count, sizeof *expected, by_all);
            yk_pseudonym_sort(got, count, sizeof *got, by_all);
            yk_pseudonym_sort(wide, count, sizeof *wide, by_all);
            cr_assert_arr_eq(got, expected, count * sizeof *got, "%d, %zu", made, count);
            for (size_t i = 0; i < count; i++) {
                cr_assert_eq(memcmp(&wide[i].id, &expected[i], sizeof expected[i]), 0, "%d, %zu: %zu", made, count, i);
                cr_assert_eq((unsigned char)wide[i].rest[sizeof wide[i].rest - 1], expected[i].at % 251);
            }
            free(got);
            free(expected);
            free(wide);
        }
    gsl_rng_free(rng);
}
