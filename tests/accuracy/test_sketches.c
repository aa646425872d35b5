/* Sketches against exact counts. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Truth is how many different ids were given. YUKIKAI_ACCURACY_SEEDS=N for more than the usual few streams. The time of an
 * update is printed and never judged. */
#include "estimate/distinct_sketch.h"
#include "estimate/theta_sketch.h"
#include "support/splitmix.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int seeds(int usual)
{
    const char *text = getenv("YUKIKAI_ACCURACY_SEEDS");
    return text && atoi(text) > 0 ? atoi(text) : usual;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct tally {
    double sum, sum_sq;
    int covered, runs;
};

static void note(struct tally *t, struct yk_interval found, double truth)
{
    double error = found.value / truth - 1;
    t->sum += error;
    t->sum_sq += error * error;
    t->covered += found.lower <= truth && truth <= found.upper;
    t->runs++;
}

/* Bias within four standard errors, the error within a quarter of what it should be, intervals that hold the truth. */
static void judge(const char *name, double n, const struct tally *t, double expected, double allowed_bias)
{
    double bias = t->sum / t->runs, rmse = sqrt(t->sum_sq / t->runs), held = (double)t->covered / t->runs;
    printf("%-28s%12.0f  bias %+.3f %%  rmse %.3f %%  interval holds it %.1f %% of %d\n", name, n, 100 * bias,
           100 * rmse, 100 * held, t->runs);
    cr_expect_lt(fabs(bias), 4 * expected / sqrt(t->runs) + allowed_bias + 1e-12, "%s %g", name, n);
    cr_expect_lt(rmse, expected * (1 + 3 / sqrt(2.0 * t->runs)) + 1e-12, "%s %g", name, n);
    cr_expect_gt(held, 0.95 - 4 * sqrt(0.05 * 0.95 / t->runs), "%s %g", name, n);
}

static struct yk_distinct_sketch sketch;

Test(sketches, distinct)
{
    static const uint64_t sizes[] = {10,    100,   1000,  3072,  3073,   4000,   6000,   10000,   16384,   30000,
                                     50000, 65536, 81920, 98304, 131072, 200000, 400000, 1000000, 3000000, 10000000};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    struct tally tally[SIZES] = {0};
    int runs = seeds(12);
    double spent_s = 0, added = 0;
    for (int seed = 0; seed < runs; seed++) {
        uint64_t number = (uint64_t)(seed + 1) << 40;
        memset(&sketch, 0, sizeof sketch);
        for (int i = 0, from = 0; i < SIZES; i++) {
            double start_s = now_s();
            for (; (uint64_t)from < sizes[i]; from++)
                yk_distinct_sketch_add(&sketch, splitmix(number++));
            spent_s += now_s() - start_s;
            note(&tally[i], yk_distinct_sketch_count(&sketch), (double)sizes[i]);
        }
        added += (double)sizes[SIZES - 1];
    }
    for (int i = 0; i < SIZES; i++) {
        double n = (double)sizes[i];
        /* Where the set has just become too large nothing below it is told, which lifts the mean a little. */
        judge("distinct", n, &tally[i], n <= YK_DISTINCT_EXACT_MAX ? 0 : 1.04 / sqrt(YK_DISTINCT_REGISTERS),
              sizes[i] == YK_DISTINCT_EXACT_MAX + 1 ? 0.002 : 0);
    }
    printf("%.1f ns an update, making the id included\n", spent_s / added * 1e9);
}

static struct yk_theta_sketch a, b, both;

Test(sketches, theta)
{
    static const struct {
        const char *name;
        uint64_t a, b, overlap;
    } cases[] = {{"half of 100,000", 100000, 100000, 50000},
                 {"a tenth of 100,000", 100000, 100000, 10000},
                 {"a hundredth of 100,000", 100000, 100000, 1000},
                 {"2,000 in 1,000,000", 1000000, 2000, 1000}};
    int runs = seeds(30);
    double spent_s = 0, added = 0;
    for (size_t i = 0; i < 4; i++) {
        struct tally one = {0}, sum = {0}, cut = {0};
        for (int seed = 0; seed < runs; seed++) {
            uint64_t first = (uint64_t)(seed + 1 + 1000 * (int)i) << 40, second = first + cases[i].a - cases[i].overlap;
            yk_theta_sketch_clear(&a);
            yk_theta_sketch_clear(&b);
            double start_s = now_s();
            for (uint64_t k = 0; k < cases[i].a; k++)
                yk_theta_sketch_add(&a, splitmix(first + k));
            for (uint64_t k = 0; k < cases[i].b; k++)
                yk_theta_sketch_add(&b, splitmix(second + k));
            spent_s += now_s() - start_s;
            added += (double)(cases[i].a + cases[i].b);
            note(&one, yk_theta_sketch_count(&a), (double)cases[i].a);
            both = a;
            yk_theta_sketch_unite(&both, &b);
            note(&sum, yk_theta_sketch_count(&both), (double)(cases[i].a + cases[i].b - cases[i].overlap));
            both = a;
            yk_theta_sketch_intersect(&both, &b);
            note(&cut, yk_theta_sketch_count(&both), (double)cases[i].overlap);
        }
        double k = YK_THETA_K, larger = (double)(cases[i].a > cases[i].b ? cases[i].a : cases[i].b);
        judge("set", (double)cases[i].a, &one, 1 / sqrt(k), 0);
        judge("union", (double)(cases[i].a + cases[i].b - cases[i].overlap), &sum, 1 / sqrt(k), 0);
        judge(cases[i].name, (double)cases[i].overlap, &cut, sqrt(larger / k / (double)cases[i].overlap), 0);
    }
    printf("%.1f ns an update, making the id included\n", spent_s / added * 1e9);
}
