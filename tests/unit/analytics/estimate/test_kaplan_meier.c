/* Against R's survival (tests/accuracy/r/kaplan_meier.R). SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/kaplan_meier.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAYS 200
#define EXACT 1e-10

static const char *const SETS[] = {"censored", "ties", "complete", "watched_too_short", "late"};
static const char *const BOUNDS[] = {"log-log", "log", "plain"};

struct set {
    struct yk_km_stay stays[STAYS];
    struct yk_km_step steps[STAYS];
    size_t count, step_count;
};

static FILE *open_reference(const char *name)
{
    char path[512], head[512];
    snprintf(path, sizeof path, "%s/kaplan_meier_%s.csv", YK_REFERENCE_DIR, name);
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f, "%s", path);
    cr_assert_not_null(fgets(head, sizeof head, f));
    return f;
}

static void fit(const char *name, struct set *set)
{
    memset(set, 0, sizeof *set);
    double work[STAYS];
    FILE *f = open_reference("stays");
    char is[32];
    double age, length;
    int ended;
    while (fscanf(f, " %31[^,],%lf,%lf,%d", is, &age, &length, &ended) == 4)
        if (strcmp(is, name) == 0)
            set->stays[set->count++] = (struct yk_km_stay){age, length, ended != 0};
    fclose(f);
    cr_assert_gt(set->count, 20);
    bool late = strcmp(name, "late") == 0;
    cr_assert_eq(yk_km_fit(set->stays, set->count, late ? work : NULL, set->steps, &set->step_count), YK_KM_OK);
}

/* R's NA is a number that is not there. */
static double number(const char *text)
{
    return strcmp(text, "NA") == 0 || strcmp(text, "NaN") == 0 ? (double)NAN : atof(text);
}

static void expect(double ours, const char *text, const char *what)
{
    double theirs = number(text);
    if (!isnan(theirs))
        cr_expect_float_eq(ours, theirs, EXACT * fmax(1, fabs(theirs)), "%s: %.17g, R has %.17g", what, ours, theirs);
}

Test(kaplan_meier, steps_of_survfit)
{
    size_t compared = 0;
    for (size_t s = 0; s < sizeof SETS / sizeof SETS[0]; s++) {
        struct set set;
        fit(SETS[s], &set);
        for (int b = 0; b < 3; b++) {
            FILE *f = open_reference("steps");
            char is[32], bounds[16], text[7][64];
            size_t i = 0;
            while (fscanf(f, " %31[^,],%15[^,],%63[^,],%63[^,],%63[^,],%63[^,],%63[^,],%63[^,],%63[^\n]", is, bounds,
                          text[0], text[1], text[2], text[3], text[4], text[5], text[6]) == 9) {
                if (strcmp(is, SETS[s]) != 0 || strcmp(bounds, BOUNDS[b]) != 0)
                    continue;
                cr_assert_lt(i, set.step_count, "%s", is);
                const struct yk_km_step *step = &set.steps[i];
                struct yk_interval interval = yk_km_survivor(set.steps, i++, (enum yk_km_bounds)b);
                expect(step->t_s, text[0], is);
                expect(step->at_risk, text[1], is);
                expect(step->ended, text[2], is);
                expect(step->survivor, text[3], is);
                if (step->survivor > 0) { /* R's own bounds at 0 are NA, or those of no error at all */
                    expect(sqrt(step->greenwood), text[4], is);
                    expect(interval.lower, text[5], is);
                    expect(interval.upper, text[6], is);
                }
                cr_expect(interval.lower <= interval.value && interval.value <= interval.upper);
                compared++;
            }
            cr_expect_eq(i, set.step_count, "%s: as many steps as R", SETS[s]);
            fclose(f);
        }
    }
    cr_expect_gt(compared, 500);
}

Test(kaplan_meier, quantiles_and_mean_of_survfit)
{
    size_t compared = 0, not_reached = 0;
    for (size_t s = 0; s < sizeof SETS / sizeof SETS[0]; s++) {
        struct set set;
        fit(SETS[s], &set);
        FILE *f = open_reference("answers");
        char is[32], bounds[16], what[16], value[64], lower[64], upper[64];
        double at;
        while (fscanf(f, " %31[^,],%15[^,],%15[^,],%lf,%63[^,],%63[^,],%63[^\n]", is, bounds, what, &at, value, lower,
                      upper) == 7) {
            if (strcmp(is, SETS[s]) != 0)
                continue;
            struct yk_interval ours;
            if (strcmp(what, "mean") == 0) {
                ours = yk_km_mean(set.steps, set.step_count, at);
            } else {
                int b = 0;
                while (strcmp(bounds, BOUNDS[b]) != 0)
                    b++;
                enum yk_km_state state = yk_km_quantile(set.steps, set.step_count, at, (enum yk_km_bounds)b, &ours);
                cr_expect_eq(state, isnan(number(value)) ? YK_KM_NOT_REACHED : YK_KM_OK, "%s %g", is, at);
                not_reached += state == YK_KM_NOT_REACHED;
                if (state == YK_KM_OK && isnan(number(upper)))
                    cr_expect(isinf(ours.upper), "%s %s %g: no upper bound", is, bounds, at);
                if (state == YK_KM_OK && isnan(number(lower))) /* crossed only where the survivor drops to 0 */
                    cr_expect_eq(ours.lower, ours.value, "%s %s %g", is, bounds, at);
            }
            expect(ours.value, value, is);
            expect(ours.lower, lower, is);
            expect(ours.upper, upper, is);
            compared++;
        }
        fclose(f);
    }
    cr_expect_gt(compared, 60);
    cr_expect_gt(not_reached, 0);
}

/* By hand: 2 of 4 end at 10, one is last seen at 10, the last ends at 20. */
Test(kaplan_meier, by_hand)
{
    struct yk_km_stay stays[] = {{0, 20, true}, {0, 10, false}, {0, 10, true}, {0, 10, true}};
    struct yk_km_step steps[4];
    size_t count;
    cr_assert_eq(yk_km_fit(stays, 4, NULL, steps, &count), YK_KM_OK);
    cr_assert_eq(count, 2);
    cr_expect_float_eq(steps[0].survivor, 0.5, 1e-15);
    cr_expect_eq(steps[1].at_risk, 1);
    cr_expect_float_eq(yk_km_mean(steps, count, 20).value, 15, 1e-12);
}

Test(kaplan_meier, nonsense_and_nothing)
{
    struct yk_km_step steps[2];
    size_t count;
    struct yk_km_stay bad[] = {{0, (double)NAN, true}}, late[] = {{5, 9, true}}, on[] = {{0, 9, false}};
    cr_expect_eq(yk_km_fit(bad, 1, NULL, steps, &count), YK_KM_BAD_STAYS);
    cr_expect_eq(yk_km_fit(late, 1, NULL, steps, &count), YK_KM_BAD_STAYS, "ages need room");
    cr_expect_eq(yk_km_fit(on, 1, NULL, steps, &count), YK_KM_NO_ENDS);
    cr_expect_eq(yk_km_fit(on, 0, NULL, steps, &count), YK_KM_NO_ENDS);
}
