/* Level of service: 1 (A) to 6 (F) by a named table, which is the row's unit. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Zones and places are graded by the space a person has, counting lines that are drawn in metres by the flow across their width; of
 * a corrected line by the flow of persons, with the grades of its bounds.
 * In quarters and hours: over a day the crowd at noon is lost in the night. */
#include "estimate/level_of_service.h"
#include "kpis/corrected.h"
#include "kpis/zone_rows.h"

#include <stdio.h>

static void grade(struct yk_candidate *c, const struct yk_los_table *table, double value, double persons)
{
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = yk_los_grade(table, value);
    c->persons = persons;
}

static void zones(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    const struct yk_los_table *table = yk_los_table_find(facts->config->los.space);
    for (int i = 0; table && i < yk_zone_views(facts); i++) {
        struct yk_zone_view view;
        struct yk_candidate c;
        yk_zone_candidate(kpi, facts, i, &view, &c);
        if (!(view.area_m2 > 0))
            continue;
        snprintf(c.row.unit, sizeof c.row.unit, "%s", table->name);
        if (view.ran)
            grade(&c, table, view.occupancy > 0 ? view.area_m2 / view.occupancy : (double)INFINITY, view.occupancy);
        give(context, &c);
    }
}

/* Persons a minute and metre. */
static double flow(double persons, const struct yk_line_facts *line)
{
    return persons / ((double)line->cover.ran_s / 60) / line->length_m;
}

static void grade_line(struct yk_candidate *c, const struct yk_los_table *table, const struct yk_facts *facts,
                       const struct yk_line_facts *line)
{
    struct yk_corrected_sum sum;
    struct yk_interval persons;
    yk_corrected_begin(&sum);
    yk_corrected_add_line(&sum, facts, line, true, true);
    bool corrected = yk_corrected_row(&sum, c, &persons);
    grade(c, table, flow(persons.value, line), corrected ? c->persons : persons.value);
    if (corrected) {
        c->row.lower = yk_los_grade(table, flow(persons.lower, line));
        c->row.upper = yk_los_grade(table, flow(persons.upper, line));
    }
}

static void lines(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    const struct yk_los_table *table = yk_los_table_find(facts->config->los.flow);
    for (size_t i = 0; table && i < facts->line_count; i++) {
        const struct yk_line_facts *line = &facts->lines[i];
        if (!(line->length_m > 0))
            continue;
        struct yk_candidate c;
        yk_kpi_candidate(kpi, facts, &c);
        snprintf(c.row.place, sizeof c.row.place, "%s/%s", facts->place->id, line->id);
        snprintf(c.row.unit, sizeof c.row.unit, "%s", table->name);
        c.row.basis = YK_BASIS_MEASURED;
        c.row.coverage = yk_coverage(&line->cover);
        if (line->cover.ran_s > 0)
            grade_line(&c, table, facts, line);
        give(context, &c);
    }
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (facts->resolution == YK_RES_1D)
        return;
    zones(kpi, facts, give, context);
    lines(kpi, facts, give, context);
}

const struct yk_kpi yk_kpi_los = {
    .name = "los",
    .unit = "grade",
    .summary = "level of service, 1 (A) to 6 (F), by the table that is the unit",
    .day = YK_DAY_CALENDAR,
    .open_windows = true,
    .rows = rows,
};
