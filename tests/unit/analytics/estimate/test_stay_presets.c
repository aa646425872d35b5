/* Named practices on curves whose answers are known by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/stay_presets.h"

#include <criterion/criterion.h>

#include <math.h>

/* Exponential with a mean of 40 minutes, which has no memory, to 14 hours. */
static struct yk_stay_curve exponential(void)
{
    struct yk_stay_curve c = {.count = YK_STAY_POINTS};
    for (unsigned i = 0; i < c.count; i++) {
        c.t_s[i] = i * 14 * 3600.0 / (YK_STAY_POINTS - 1);
        c.survivor[i] = exp(-c.t_s[i] / 2400);
    }
    c.beyond_s = 2400 * c.survivor[c.count - 1];
    return c;
}

Test(stay_presets, without_memory)
{
    struct yk_stay_curve c = exponential();
    struct yk_stay_figures f;
    yk_stay_preset_apply(&c, yk_stay_preset_find("visitor"), &f);
    cr_expect_float_eq(f.share.value, exp(-900.0 / 2400), 0.003);
    cr_expect_float_eq(f.mean_s.value, 900 + 2400, 15, "%g", f.mean_s.value);
    cr_expect_float_eq(f.median_s.value, 900 + 2400 * log(2), 15, "%g", f.median_s.value);
    cr_expect_float_eq(f.p90_s.value, 900 + 2400 * log(10), 15, "%g", f.p90_s.value);
    yk_stay_preset_apply(&c, yk_stay_preset_find("staying"), &f);
    cr_expect_float_eq(f.share.value, exp(-3.0), 0.001);
    yk_stay_preset_apply(&c, yk_stay_preset_find("all"), &f);
    cr_expect_float_eq(f.share.value, 1, 1e-12);
    cr_expect_float_eq(f.mean_s.value, 2400, 15);
}

/* By hand: even from 0 to 24 h; of it [15 min, 12 h). */
Test(stay_presets, dwell_leaves_out_both_ends)
{
    const struct yk_stay_curve c = {2, {0, 86400}, {1, 0}, 0};
    struct yk_stay_figures f;
    yk_stay_preset_apply(&c, yk_stay_preset_find("dwell"), &f);
    cr_expect_float_eq(f.share.value, (43200.0 - 900) / 86400, 1e-12);
    cr_expect_float_eq(f.mean_s.value, (43200.0 + 900) / 2, 1e-6);
    cr_expect_float_eq(f.median_s.value, (43200.0 + 900) / 2, 1e-6);
    cr_expect_float_eq(f.p90_s.value, 900 + 0.9 * (43200.0 - 900), 1e-6);
    cr_expect_not(f.open_ended);
}

/* Known to 20 minutes, where a half are there, for half an hour more on average. */
Test(stay_presets, beyond_the_horizon)
{
    const struct yk_stay_curve c = {2, {0, 1200}, {1, 0.5}, 900};
    struct yk_stay_figures f;
    yk_stay_preset_apply(&c, yk_stay_preset_find("dwell"), &f);
    cr_expect(f.open_ended);
    cr_expect_float_eq(f.share.value, 0.625, 1e-12);
    /* Excess over 15 minutes: 300 s at 0.5625 on average, and 900 s. */
    cr_expect_float_eq(f.mean_s.value, 900 + (300 * 0.5625 + 900) / 0.625, 1e-9);
    cr_expect_eq(f.median_s.answer, YK_STAY_NOT_OBSERVABLE);
    yk_stay_preset_apply(&c, yk_stay_preset_find("staying"), &f);
    cr_expect_eq(f.share.answer, YK_STAY_NOT_OBSERVABLE);
    cr_expect_eq(f.mean_s.answer, YK_STAY_NOT_OBSERVABLE);
    const struct yk_stay_curve none = {2, {0, 600}, {1, 0}, 0};
    yk_stay_preset_apply(&none, yk_stay_preset_find("visitor"), &f);
    cr_expect_eq(f.share.value, 0);
    cr_expect_eq(f.mean_s.answer, YK_STAY_NOBODY);
    cr_expect_null(yk_stay_preset_find("weekly"));
}

Test(stay_presets, less_than_ten_minutes_apart)
{
    double spans[][2] = {{0, 60}, {30, 40}, {659, 700}, {1300, 1310}, {4000, 4000}};
    cr_assert_eq(yk_stay_merge(spans, 5, YK_STAY_MERGE_GAP_S), 3);
    cr_expect_eq(spans[0][1], 700, "599 s apart");
    cr_expect_eq(spans[1][0], 1300, "600 s apart is two stays");
    cr_expect_eq(spans[2][1], 4000);
    cr_expect_eq(yk_stay_merge(spans, 0, 600), 0);
}
