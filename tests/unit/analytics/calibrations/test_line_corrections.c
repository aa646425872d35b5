/* Which correction a line's counts have, and sums under them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/line_corrections.h"

#include <criterion/criterion.h>

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define T0  INT64_C(1790000000)
#define DAY INT64_C(86400)

static struct yk_calibration_entry list[8];
static struct yk_calibrations file = {.list = list};
static struct yk_line_corrections corrections;

static struct yk_calibration_entry *add(const char *place, const char *line, const char *direction, int64_t from_s)
{
    struct yk_calibration_entry *e = &list[file.count++];
    *e = (struct yk_calibration_entry){.kind = YK_CALIBRATION_OF_LINE,
                                       .valid_from_s = from_s,
                                       .expires_s = from_s + 10 * DAY,
                                       .line_fit.ratio = {.ratio = 1.2, .se = 0.05, .scatter = 0.1, .dof = 2}};
    snprintf(e->id, sizeof e->id, "%08zx", 15 - file.count);
    snprintf(e->place, sizeof e->place, "%s", place);
    snprintf(e->line, sizeof e->line, "%s", line);
    snprintf(e->direction, sizeof e->direction, "%s", direction);
    return e;
}

static struct yk_line_correction at(const char *line, int64_t t_s)
{
    yk_line_corrections_clear(&corrections);
    cr_assert_eq(yk_line_corrections_at(&file, "plaza", t_s, &corrections), YK_OK);
    return yk_line_corrections_of(&corrections, line);
}

static void stop(void)
{
    yk_line_corrections_clear(&corrections);
}
TestSuite(line_corrections, .fini = stop);

Test(line_corrections, each_direction_has_its_newest)
{
    const struct yk_calibration_entry *both = add("plaza", "north", "both", T0);
    const struct yk_calibration_entry *plus = add("plaza", "north", "plus", T0 + DAY);
    add("street", "north", "both", T0);
    add("plaza", "south", "minus", T0);
    list[file.count++] =
        (struct yk_calibration_entry){.place = "plaza", .valid_from_s = T0, .expires_s = T0 + 99 * DAY};
    cr_expect_null(at("north", T0 - 1).plus, "it has not begun");
    cr_expect(at("north", T0).plus == both && at("north", T0).minus == both);
    cr_expect(at("north", T0 + DAY).plus == plus && at("north", T0 + DAY).minus == both);
    cr_expect(!at("south", T0).plus && at("south", T0).minus == &list[3]);
    cr_expect(!at("west", T0).plus && !yk_line_corrections_of(NULL, "north").minus);
    cr_expect(at("north", T0 + 10 * DAY).plus == plus && !at("north", T0 + 10 * DAY).minus, "expired");
    const struct yk_calibration_entry *again = add("plaza", "north", "both", T0 + DAY);
    cr_expect(at("north", T0 + DAY).plus == again && at("north", T0 + DAY).minus == again, "accepted later");
    list[5].expires_s = T0 + 2 * DAY;
    cr_expect_null(at("north", T0 + 2 * DAY).plus, "what it took over from does not come back");
}

Test(line_corrections, what_errs_together_is_added_up_first)
{
    cr_assert_geq(sodium_init(), 0);
    const struct yk_calibration_entry *a = add("plaza", "north", "both", T0), *b = add("plaza", "south", "both", T0);
    struct yk_corrected_sum sum = {0}, other = {0};
    char id[YK_CALIBRATION_ID_SIZE], again[YK_CALIBRATION_ID_SIZE];
    yk_corrected_id(&sum, id);
    cr_expect_str_eq(id, "");
    yk_corrected_add(&sum, a, 60);
    yk_corrected_add(&sum, a, 40);
    yk_corrected_add(&sum, NULL, 7);
    struct yk_interval got = yk_corrected_interval(&sum), all = yk_ratio_apply(&a->line_fit.ratio, 100, 0);
    cr_expect_float_eq(got.value, 127, 1e-9);
    cr_expect_float_eq(got.lower, 7 + all.lower, 1e-9);
    cr_expect_float_eq(got.upper, 7 + all.upper, 1e-9);
    yk_corrected_id(&sum, id);
    cr_expect_str_eq(id, a->id, "one entry is called by its own name");
    yk_corrected_add(&sum, b, 50);
    yk_corrected_add(&other, b, 50);
    yk_corrected_add(&other, NULL, 7);
    yk_corrected_add(&other, a, 100);
    yk_corrected_id(&sum, id);
    yk_corrected_id(&other, again);
    cr_expect_str_eq(id, again, "in whatever order");
    cr_expect(strcmp(id, a->id) != 0 && strcmp(id, b->id) != 0 && strlen(id) == 8);
    got = yk_corrected_interval(&sum);
    all = yk_corrected_interval(&other);
    cr_expect(got.value == all.value && got.lower == all.lower && got.upper == all.upper, "to the last bit");
    cr_expect_float_eq(got.value, 187, 1e-9);
}
