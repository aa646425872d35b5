/* Against a second writing in R (tests/accuracy/r/break_point.R), made records, and the Nile. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "estimate/break_point.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>

#define WEEKS 150

Test(break_point, scale_statistic_and_critical_value_as_in_R)
{
    double w[WEEKS], d[WEEKS], scale = 0, critical = 0;
    char line[256];
    FILE *file = fopen(YK_REFERENCE_DIR "/break_point.csv", "r");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (int k = 0; k < WEEKS; k++) {
        char difference[64];
        cr_assert_not_null(fgets(line, sizeof line, file));
        cr_assert_eq(sscanf(line, "%lf,%63[^,],%lf,%lf", &w[k], difference, &scale, &critical), 4, "%s", line);
        if (sscanf(difference, "%lf", &d[k]) != 1)
            d[k] = NAN;
    }
    fclose(file);
    struct yk_break found[4];
    cr_assert_eq(yk_break_find(w, WEEKS, 0.05, 4, found), 1);
    cr_expect_eq(found[0].at, 70, "at %zu; the step was made at 70", found[0].at);
    cr_expect_float_eq(found[0].size, d[70], 1e-9);
    cr_expect_float_eq(found[0].se, scale, 1e-9, "%.12g %.12g", found[0].se, scale);
    cr_expect_float_eq(found[0].statistic, fabs(d[70]) / scale, 1e-9);
    cr_expect_float_eq(found[0].critical, critical, 0.15, "%g, of 20,000 records in R %g", found[0].critical, critical);
}

/* The Nile's yearly flow fell in 1899, when the dam at Aswan was begun (Cobb 1978): the classic break. Flow at Aswan
 * 1871-1970, 1e8 cubic metres, from Cobb's paper. */
Test(break_point, the_Nile_fell_in_1899)
{
    static const double nile[] = {
        1120, 1160, 963,  1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110, 994, 1020, 960,  1180,
        799,  958,  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,  874, 694,  940,  833,
        701,  916,  692,  1020, 1050, 969,  831,  726,  456,  824,  702,  1120, 1100, 832, 764,  821,  768,
        845,  864,  862,  698,  845,  744,  796,  1040, 759,  781,  865,  845,  944,  984, 897,  822,  1010,
        771,  676,  649,  846,  812,  742,  801,  1040, 860,  874,  848,  890,  744,  749, 838,  1050, 918,
        986,  797,  923,  975,  815,  1020, 906,  901,  1170, 912,  746,  919,  718,  714, 740};
    struct yk_break found[4];
    cr_assert_eq(yk_break_find(nile, 100, 0.05, 4, found), 1);
    cr_expect_eq(1871 + found[0].at, 1899, "%zu", 1871 + found[0].at);
    cr_expect(found[0].size < -150 && found[0].size > -350, "%g", found[0].size);
}

Test(break_point, nothing_in_too_little_and_gaps_are_gaps)
{
    double w[120];
    struct yk_break found[4];
    for (int k = 0; k < 120; k++)
        w[k] = 1;
    cr_expect_eq(yk_break_find(w, 120, 0.05, 4, found), 0, "never varies");
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int k = 0; k < 120; k++)
        w[k] = gsl_ran_gaussian(rng, 0.05) + (k >= 60 ? 0.6 : 0);
    gsl_rng_free(rng);
    cr_expect_eq(yk_break_find(w, 20, 0.05, 4, found), 0, "too short");
    w[58] = w[59] = w[61] = NAN;
    cr_assert_eq(yk_break_find(w, 120, 0.05, 4, found), 1);
    cr_expect(found[0].at >= 58 && found[0].at <= 60, "%zu", found[0].at);
    cr_expect_float_eq(found[0].size, 0.6, 0.1, "%g", found[0].size);
}

Test(break_point, snow_is_no_break)
{
    double w[120];
    struct yk_break found[4];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int k = 0; k < 120; k++)
        w[k] = gsl_ran_gaussian(rng, 0.05) - (k >= 60 && k < 67 ? 0.6 : 0);
    gsl_rng_free(rng);
    cr_expect_eq(yk_break_find(w, 120, 0.05, 4, found), 0);
}
