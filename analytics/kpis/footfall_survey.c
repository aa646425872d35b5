/* Footfall survey: crossings in the hours that a district's surveys of foot traffic count. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A survey (`surveys`) is a window of the day, 10 to 18 h as a rule, on days that are named; it counts all of each hour or the first
 * quarters of it. What was not counted is expanded hour by hour, each by its own factor (estimate/expansion.h), whether the survey
 * leaves it out or a camera was down. Never in silence: the row's coverage is the share of the window that was counted, and 1 over it
 * is the factor. All counted: an exact count, measured, without an interval. Otherwise estimated with one. A quarter that was not
 * watched all through is not counted; an hour without a counted quarter is an outage and not filled from others. Both
 * directions, one line or all lines of the place. A day that the survey leaves out has no row.
 *
 * Corrected lines (kpis/corrected.h) are expanded as persons, and the interval has the error of the corrections in it, as
 * independent of that of the expansion: basis estimated, also where all was counted. n stays the cameras' own count. */
#include "base/calendar.h"
#include "estimate/expansion.h"
#include "kpis/kpi.h"
#include "kpis/line_quarter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HOUR_S       3600
#define QUARTERS_MAX 128 /* of a day: 100 when the clocks go back */

static bool is_on(const struct yk_config *config, const struct yk_survey_config *survey, int64_t day_s)
{
    struct yk_civil day = yk_calendar_civil(day_s);
    bool weekend = day.weekday == 0 || day.weekday == 6;
    bool holiday = yk_config_day_is_holiday(config, day.year, day.month, day.day);
    for (size_t i = 0; i < survey->date_count; i++)
        if (survey->dates[i] == day.year * 10000 + day.month * 100 + day.day)
            return true;
    return survey->all_days || (survey->weekdays && !weekend && !holiday) || (survey->weekends && weekend) ||
           (survey->holidays && holiday);
}

/* The instant of a local time on the day of these facts. */
static int64_t time_on(const struct yk_facts *day, int time_of_day_s)
{
    int64_t at_s = time_of_day_s < 24 * HOUR_S ? yk_calendar_day_start(day->end_s - 1, time_of_day_s) : day->end_s;
    return at_s < day->start_s ? day->start_s : at_s;
}

static void fill(const struct yk_expansion *e, const struct yk_corrected_sum *counted, struct yk_candidate *c)
{
    bool sampled = e->basis == YK_EXPANSION_SAMPLED;
    double total = e->total.value, down = sampled ? total - e->total.lower : 0,
           up = sampled ? e->total.upper - total : 0;
    struct yk_interval persons;
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = total;
    c->row.n_low = c->row.n_high = yk_corrected_crossings(counted);
    c->persons = e->counted;
    if (yk_corrected_row(counted, c, &persons)) {
        double factor = persons.value > 0 ? total / persons.value : e->factor;
        down = hypot(down, factor * (persons.value - persons.lower));
        up = hypot(up, factor * (persons.upper - persons.value));
    } else if (!sampled) {
        return;
    }
    c->row.basis = YK_BASIS_ESTIMATED;
    c->row.lower = fmax(total - down, 0);
    c->row.upper = total + up;
}

static void give_one(const struct yk_kpi *kpi, const struct yk_facts *day, const struct yk_survey_config *survey,
                     yk_candidate_fn *give, void *context)
{
    const char *line = survey->line[0] ? survey->line : NULL;
    int64_t from_s = time_on(day, survey->from_s), to_s = time_on(day, survey->to_s);
    struct yk_survey_count counts[QUARTERS_MAX];
    struct yk_line_count crossings;
    struct yk_expansion e;
    struct yk_corrected_sum all, own;
    struct yk_candidate c;
    size_t count = 0;
    yk_corrected_begin(&all);
    if (day->line_count == 0 || (line && !yk_line_find(day, line)))
        return;
    for (size_t i = 0; i < day->quarter_count && count < QUARTERS_MAX; i++) {
        const struct yk_facts *quarter = &day->quarters[i];
        bool asked = quarter->start_s >= from_s && quarter->end_s <= to_s &&
                     (quarter->start_s - from_s) % HOUR_S < survey->counted_s;
        if (!asked || !yk_line_quarter(quarter, line, &crossings))
            continue;
        yk_corrected_begin(&own);
        yk_line_quarter_add(quarter, line, YK_BOTH_WAYS, &own);
        yk_line_quarter_add(quarter, line, YK_BOTH_WAYS, &all);
        counts[count++] = (struct yk_survey_count){
            .start_s = quarter->start_s, .end_s = quarter->end_s, .count = yk_corrected_interval(&own).value};
    }
    yk_kpi_candidate(kpi, day, &c);
    snprintf(c.row.place, sizeof c.row.place, "%s/%s", day->place->id, survey->id);
    c.row.basis = YK_BASIS_MEASURED;
    c.row.coverage = to_s > from_s ? (double)((int64_t)count * YK_WINDOW_S) / (double)(to_s - from_s) : (double)NAN;
    c.of_lines = true;
    enum yk_expansion_state state = yk_expansion(counts, count, from_s, to_s, HOUR_S, &e);
    if (state == YK_EXPANSION_OK)
        fill(&e, &all, &c);
    else if (state == YK_EXPANSION_TOO_FEW)
        c.row.reason = YK_REASON_NOT_OBSERVABLE;
    give(context, &c);
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (facts->resolution != YK_RES_1D)
        return;
    for (size_t i = 0; i < facts->config->survey_count; i++) {
        const struct yk_survey_config *survey = &facts->config->surveys[i];
        if (strcmp(facts->config->places[survey->place].id, facts->place->id) == 0 &&
            is_on(facts->config, survey, facts->start_s))
            give_one(kpi, facts, survey, give, context);
    }
}

const struct yk_kpi yk_kpi_footfall_survey = {
    .name = "footfall_survey",
    .unit = "crossings",
    .summary = "line crossings in the hours of a declared survey",
    .day = YK_DAY_CALENDAR,
    .rows = rows,
};
