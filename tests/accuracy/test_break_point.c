/* How often a break is found where there is none, and where there is one. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YUKIKAI_ACCURACY_SEEDS=N makes N records of each law instead of the few that fit an ordinary run. */
#include "estimate/break_point.h"

#include <criterion/criterion.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define WEEKS 156

static const struct law {
    const char *name;
    double keep, walk, step;
    double most, least; /* bounds of the share found, over 60 records */
} LAWS[] = {
    {"independent weeks", 0, 0, 0, 0.15, 0},
    {"neighbours alike by 0.7", 0.7, 0, 0, 0.15, 0},
    {"a walk of a third of the noise", 0, 1.0 / 3, 0, 0.15, 0},
    {"a walk of a tenth", 0, 0.1, 0, 0.15, 0},
    {"a step of 5, independent", 0, 0, 5, 1, 0.95},
    {"a step of 6, alike by 0.7", 0.7, 0, 6, 1, 0.6},
};

Test(break_point, false_and_true_alarms)
{
    const char *text = getenv("YUKIKAI_ACCURACY_SEEDS");
    int records = text && atoi(text) > 0 ? atoi(text) : 60;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20260404);
    fprintf(stderr, "%d records of %d weeks, false alarm 5 %%\n", records, WEEKS);
    for (size_t l = 0; l < sizeof LAWS / sizeof LAWS[0]; l++) {
        int found = 0, dated = 0;
        for (int r = 0; r < records; r++) {
            double w[WEEKS], state = 0, level = 0;
            for (int k = -50; k < WEEKS; k++) {
                state = LAWS[l].keep * state + gsl_ran_ugaussian(rng);
                level += LAWS[l].walk * gsl_ran_ugaussian(rng);
                if (k >= 0)
                    w[k] = level + state + (k >= 90 ? LAWS[l].step : 0);
            }
            struct yk_break out[4];
            size_t n = yk_break_find(w, WEEKS, 0.05, 4, out);
            bool near = false;
            for (size_t i = 0; i < n; i++)
                near = near || (out[i].at >= 87 && out[i].at <= 93);
            found += n > 0;
            dated += near;
        }
        double share = (double)found / records;
        fprintf(stderr, "%-32s found in %5.1f %%, at the step in %5.1f %%\n", LAWS[l].name, 100 * share,
                100.0 * dated / records);
        cr_expect(share <= LAWS[l].most && share >= LAWS[l].least, "%s: %g", LAWS[l].name, share);
    }
    gsl_rng_free(rng);
}
