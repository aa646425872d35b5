/* Shares and statuses by hand; the outlook on a street whose law is known. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/attainment.h"

#include "base/calendar.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

static struct yk_attainment exact(double base, double target, double actual)
{
    return yk_attainment_of(base, target, (struct yk_interval){actual, (double)NAN, (double)NAN});
}

Test(attainment, by_definition)
{
    struct yk_attainment a = exact(8200, 9000, 8600);
    cr_expect_eq(a.status, YK_ATTAINMENT_IMPROVED);
    cr_expect_float_eq(a.share.value, 0.5, 1e-12);
    cr_expect(a.sure);
    cr_expect_eq(exact(8200, 9000, 9000).status, YK_ATTAINMENT_MET);
    cr_expect_eq(exact(8200, 9000, 8200).status, YK_ATTAINMENT_SHORT);
    cr_expect_float_eq(exact(8200, 9000, 7800).share.value, -0.5, 1e-12);
    a = exact(30, 20, 18); /* empty shops */
    cr_expect_eq(a.status, YK_ATTAINMENT_MET);
    cr_expect_float_eq(a.share.value, 1.2, 1e-12);
    cr_expect_eq(exact(30, 20, 31).status, YK_ATTAINMENT_SHORT);
    cr_expect_eq(exact(30, 30, 31).status, YK_ATTAINMENT_NOT_YET);
    a = exact(8200, 9000, (double)NAN);
    cr_expect(a.status == YK_ATTAINMENT_NOT_YET && isnan(a.share.value));
    a = yk_attainment_of(100, 200, (struct yk_interval){190, 170, 210});
    cr_expect(a.status == YK_ATTAINMENT_IMPROVED && !a.sure);
    cr_expect(fabs(a.share.lower - 0.7) < 1e-12 && fabs(a.share.upper - 1.1) < 1e-12);
    a = yk_attainment_of(200, 100, (struct yk_interval){150, 130, 160});
    cr_expect(fabs(a.share.lower - 0.4) < 1e-12 && fabs(a.share.upper - 0.7) < 1e-12 && a.sure);
}

/* A street of 100 people an hour, from April 2025 on, known until the end of 2026. */
static struct yk_series street(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 20260901);
    struct yk_wall from, to;
    cr_assert(yk_time_parse("2025-04-01", &from) && yk_time_parse("2027-01-01", &to));
    struct yk_series s = {
        .start_s = from.us / 1000000, .step_s = 3600, .count = (size_t)((to.us - from.us) / 3600000000)};
    s.value = calloc(s.count, sizeof *s.value);
    cr_assert_not_null(s.value);
    for (size_t i = 0; i < s.count; i++)
        s.value[i] = gsl_ran_poisson(rng, 100 * exp(gsl_ran_gaussian(rng, 0.1) - 0.005));
    gsl_rng_free(rng);
    return s;
}

Test(attainment, outlook)
{
    gsl_set_error_handler_off();
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    struct yk_series s = street();
    struct yk_baseline *baseline;
    cr_assert_eq(yk_baseline_fit(&s, NULL, NULL, &baseline), YK_BASELINE_OK);
    struct yk_baseline_draw draw = {.paths = 400, .seed = 1};
    struct yk_attainment_outlook o, total, down;
    static const struct {
        double target, least, most;
    } targets[] = {{2300, 0.98, 1}, {2400, 0.05, 0.95}, {2500, 0, 0.02}}; /* people a day */
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(yk_attainment_expect(baseline, NULL, &s, 2026, 4, YK_ATTAINMENT_DAILY_MEAN, 2000,
                                          targets[i].target, &draw, &o),
                     YK_BASELINE_OK);
        cr_expect(targets[i].least <= o.chance && o.chance <= targets[i].most, "%g: %g", targets[i].target, o.chance);
        cr_expect(o.actual.lower < 2400 * 1.01 && o.actual.upper > 2400 * 0.99 && fabs(o.actual.value - 2400) < 24,
                  "%g", o.actual.value);
        cr_expect_float_eq(o.covered, 275.0 / 365, 1e-9, "April to December");
        cr_assert_eq(yk_attainment_expect(baseline, NULL, &s, 2026, 4, YK_ATTAINMENT_TOTAL, 2000 * 365,
                                          targets[i].target * 365, &draw, &total),
                     YK_BASELINE_OK);
        cr_expect_float_eq(total.chance, o.chance, 1e-9, "the same in another unit");
        cr_assert_eq(yk_attainment_expect(baseline, NULL, &s, 2026, 4, YK_ATTAINMENT_DAILY_MEAN, 3000,
                                          targets[i].target, &draw, &down),
                     YK_BASELINE_OK);
        cr_expect_float_eq(down.chance, 1 - o.chance, 1e-9, "downwards");
    }
    cr_expect_eq(o.at_year_end.status, YK_ATTAINMENT_IMPROVED);
    cr_expect_neq(yk_attainment_expect(baseline, NULL, &s, 2060, 4, YK_ATTAINMENT_TOTAL, 1, 2, &draw, &o),
                  YK_BASELINE_OK);
    cr_expect(o.at_year_end.status == YK_ATTAINMENT_NOT_YET && isnan(o.chance));
    yk_baseline_free(baseline);
    yk_series_clear(&s);
}
