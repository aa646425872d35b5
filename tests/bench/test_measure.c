/* What the bench's report says of a goal. SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

Test(measure, a_goal_is_a_least_or_a_most)
{
    cr_expect(yk_goal_met(YK_GOAL_RATIO_MIN, 30, 1, 30));
    cr_expect_not(yk_goal_met(YK_GOAL_RATIO_MIN, 30, 99, 29.9));
    cr_expect(yk_goal_met(YK_GOAL_RATIO_MAX, 2, 99, 2));
    cr_expect_not(yk_goal_met(YK_GOAL_RATIO_MAX, 2, 1, 2.1));
    cr_expect(yk_goal_met(YK_GOAL_VALUE_MIN, 10, 10, 0));
    cr_expect_not(yk_goal_met(YK_GOAL_VALUE_MIN, 10, 9, 99));
    cr_expect(yk_goal_met(YK_GOAL_VALUE_MAX, 10, 10, 99));
    cr_expect_not(yk_goal_met(YK_GOAL_VALUE_MAX, 10, 11, 0));
    cr_expect_not(yk_goal_met(YK_GOAL_RATIO_MAX, 2, 1, NAN), "what was not measured meets nothing");
    cr_expect_not(yk_goal_met(YK_GOAL_NONE, 0, 1, 1));
}

/* Wikipedia's example of the nearest rank: 15, 20, 35, 40, 50 have 20 at 30 % and at 40 %, 35 at 50 %, 50 at 100 %. */
Test(measure, medians_and_percentiles)
{
    const double five[] = {35, 15, 50, 20, 40}, four[] = {4, 1, 3, 2};
    cr_expect_float_eq(yk_median(five, 5), 35, 0);
    cr_expect_float_eq(yk_median(four, 4), 2.5, 0);
    cr_expect_float_eq(yk_percentile(five, 5, 0.05), 15, 0);
    cr_expect_float_eq(yk_percentile(five, 5, 0.3), 20, 0);
    cr_expect_float_eq(yk_percentile(five, 5, 0.4), 20, 0);
    cr_expect_float_eq(yk_percentile(five, 5, 0.5), 35, 0);
    cr_expect_float_eq(yk_percentile(five, 5, 1), 50, 0);
}

Test(measure, only_chooses_by_prefix)
{
    struct yk_bench bench = {0};
    cr_expect(yk_bench_wants(&bench, "stream.in", false));
    cr_expect_not(yk_bench_wants(&bench, "analyze.day_cpu_s", true));
    bench.all = true;
    cr_expect(yk_bench_wants(&bench, "analyze.day_cpu_s", true));
    bench.only = "analyze.day";
    cr_expect(yk_bench_wants(&bench, "analyze.day_cpu_s", true));
    cr_expect_not(yk_bench_wants(&bench, "stream.in", false));
}

/* The turns' ratios are 2, 1/3 and 5; the medians 4 and 3. */
Test(measure, a_ratio_is_taken_turn_by_turn)
{
    const double values[] = {4, 1, 15}, references[] = {2, 3, 3};
    struct yk_bench bench = {.results = json_array()};
    yk_bench_report_turns(&bench, &(struct yk_figure){.id = "a", .unit = "s", .runs = 3}, values, references);
    json_t *entry = json_array_get(bench.results, 0);
    cr_expect_float_eq(json_real_value(json_object_get(entry, "value")), 4, 0);
    cr_expect_float_eq(json_real_value(json_object_get(entry, "reference")), 3, 0);
    cr_expect_float_eq(json_real_value(json_object_get(entry, "ratio")), 2, 0);
    json_decref(bench.results);
}

Test(measure, an_entry_of_the_list)
{
    struct yk_bench bench = {.results = json_array(), .only = "a."};
    yk_bench_report(&bench, &(struct yk_figure){.id = "a.ratio",
                                                .unit = "s",
                                                .value = 6,
                                                .reference = 2,
                                                .goal_is = YK_GOAL_RATIO_MAX,
                                                .goal = 2.5,
                                                .runs = 5});
    yk_bench_report(&bench, &(struct yk_figure){.id = "a.alone", .unit = "s", .value = 6, .reference = NAN, .runs = 1});
    yk_bench_report(&bench, &(struct yk_figure){.id = "b.not_asked_for", .unit = "s", .value = 6, .reference = 1});
    char *text = json_dumps(bench.results, JSON_COMPACT | JSON_REAL_PRECISION(6));
    cr_expect_str_eq(text,
                     "[{\"id\":\"a.ratio\",\"value\":6.0,\"unit\":\"s\",\"reference\":2.0,\"ratio\":3.0,\"goal\":2.5,"
                     "\"goal_is\":\"ratio at most\",\"met\":false,\"runs\":5},"
                     "{\"id\":\"a.alone\",\"value\":6.0,\"unit\":\"s\",\"reference\":null,\"ratio\":null,"
                     "\"goal\":null,\"goal_is\":null,\"met\":null,\"runs\":1}]");
    free(text);
    json_decref(bench.results);
}
