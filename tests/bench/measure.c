/* Medians and lines of a report. SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool yk_bench_wants(const struct yk_bench *bench, const char *id, bool slow)
{
    if (bench->only)
        return strncmp(id, bench->only, strlen(bench->only)) == 0;
    return bench->all || !slow;
}

bool yk_goal_met(enum yk_goal goal_is, double goal, double value, double ratio)
{
    switch (goal_is) {
    case YK_GOAL_RATIO_MIN:
        return ratio >= goal;
    case YK_GOAL_RATIO_MAX:
        return ratio <= goal;
    case YK_GOAL_VALUE_MIN:
        return value >= goal;
    case YK_GOAL_VALUE_MAX:
        return value <= goal;
    case YK_GOAL_NONE:
        break;
    }
    return false;
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void yk_bench_report(struct yk_bench *bench, const struct yk_figure *figure)
{
    static const char *const words[] = {"", "ratio at least", "ratio at most", "at least", "at most"};
    if (!yk_bench_wants(bench, figure->id, false))
        return;
    double ratio = figure->ratio > 0 ? figure->ratio : figure->value / figure->reference;
    bool has_goal = figure->goal_is != YK_GOAL_NONE;
    bool met = yk_goal_met(figure->goal_is, figure->goal, figure->value, ratio);
    printf("%-44s %11.4g %-38s", figure->id, figure->value, figure->unit);
    if (isfinite(figure->reference))
        printf(" reference %11.4g", figure->reference);
    if (isfinite(ratio))
        printf("  ratio %7.3f", ratio);
    if (has_goal)
        printf("  goal %s %g: %s", words[figure->goal_is], figure->goal, met ? "met" : "NOT met");
    putchar('\n');
    fflush(stdout);
    json_t *entry = json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:i}", "id", figure->id, "value",
                              number(figure->value), "unit", figure->unit, "reference", number(figure->reference),
                              "ratio", number(ratio), "goal", has_goal ? json_real(figure->goal) : json_null(),
                              "goal_is", has_goal ? json_string(words[figure->goal_is]) : json_null(), "met",
                              has_goal ? json_boolean(met) : json_null(), "runs", figure->runs);
    json_array_append_new(bench->results, entry);
}

void yk_bench_report_turns(struct yk_bench *bench, const struct yk_figure *figure, const double *values,
                           const double *references)
{
    struct yk_figure told = *figure;
    double ratios[YK_BENCH_RUNS_MAX];
    size_t turns = (size_t)figure->runs;
    for (size_t i = 0; i < turns; i++)
        ratios[i] = values[i] / references[i];
    told.value = yk_median(values, turns);
    told.reference = yk_median(references, turns);
    told.ratio = yk_median(ratios, turns);
    yk_bench_report(bench, &told);
}

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double *sorted(const double *values, size_t count)
{
    assert(count > 0);
    double *copy = malloc(count * sizeof *copy);
    if (!copy)
        abort();
    memcpy(copy, values, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, ascending);
    return copy;
}

double yk_median(const double *values, size_t count)
{
    double *list = sorted(values, count);
    double middle = count % 2 ? list[count / 2] : (list[count / 2 - 1] + list[count / 2]) / 2;
    free(list);
    return middle;
}

double yk_percentile(const double *values, size_t count, double share)
{
    double *list = sorted(values, count);
    size_t rank = (size_t)ceil(share * (double)count);
    double value = list[rank > 0 ? rank - 1 : 0];
    free(list);
    return value;
}
