/* Anomaly: 1 where more came than was to be expected, -1 where fewer, 0 otherwise. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All hours of the day's followed series are tested together, and days of what is followed by days only, so that of what is
 * listed one in twenty is listed wrongly, however many series there are (estimate/discovery.h; Benjamini and Hochberg, since
 * hours of a day err together). It is a verdict: how much was expected, and how surely, stands in `expected`. */
#include "estimate/anomaly.h"
#include "kpis/followed_rows.h"

#include <math.h>
#include <stdlib.h>

#define FALSE_DISCOVERIES 0.05

static size_t cells_of(const struct yk_followed_day *day, const struct yk_followed *f)
{
    if (f->devices != day->devices || f->state != YK_BASELINE_OK)
        return 0;
    return f->by_hour ? f->day_hours : 1;
}

struct table {
    size_t cells;
    double *path, *observed;
    struct yk_anomaly_cell *cell;
};

static void fill(const struct yk_followed *f, size_t cells, size_t at, struct table *table)
{
    for (size_t p = 0; p < YK_FOLLOWED_PATHS; p++)
        for (size_t h = 0; h < f->day_hours; h++)
            table->path[p * table->cells + at + (cells > 1 ? h : 0)] += f->path[p * f->day_hours + h];
    for (size_t h = 0; h < f->day_hours; h++)
        table->observed[at + (cells > 1 ? h : 0)] += f->observed[h];
}

static void give_cells(const struct yk_kpi *kpi, const struct yk_followed_day *day, const struct yk_followed *f,
                       const struct yk_anomaly_cell *cell, size_t cells, yk_candidate_fn *give, void *context)
{
    struct yk_candidate c;
    yk_kpi_followed_candidate(kpi, day, f, &c);
    c.row.reason = cells == 0 ? yk_followed_reason(f->state) : YK_REASON_OUTAGE;
    if (cells == 0)
        give(context, &c);
    for (size_t i = 0; i < cells; i++) {
        struct yk_candidate one = c;
        if (f->by_hour) {
            one.row.resolution = YK_RES_1H;
            one.row.start_s = day->start_s + (int64_t)i * 3600;
            one.row.end_s = one.row.start_s + 3600;
        }
        double verdict = cell[i].listed ? cell[i].direction : 0;
        if (!isnan(cell[i].p))
            yk_followed_fill(&one, f, (struct yk_interval){verdict, (double)NAN, (double)NAN});
        give(context, &one);
    }
}

static void followed_rows(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context)
{
    struct table table = {0};
    for (size_t i = 0; i < day->count; i++)
        table.cells += cells_of(day, &day->list[i]);
    table.path = calloc(table.cells * YK_FOLLOWED_PATHS + 1, sizeof *table.path);
    table.observed = calloc(table.cells + 1, sizeof *table.observed);
    table.cell = calloc(table.cells + 1, sizeof *table.cell);
    if (table.path && table.observed && table.cell) {
        size_t at = 0;
        for (size_t i = 0; i < day->count; i++) {
            size_t cells = cells_of(day, &day->list[i]);
            if (cells > 0)
                fill(&day->list[i], cells, at, &table);
            at += cells;
        }
        for (size_t i = 0; i < table.cells; i++)
            table.cell[i].p = (double)NAN; /* also where nothing can be tested */
        if (table.cells > 0)
            (void)yk_anomaly_find(table.path, YK_FOLLOWED_PATHS, table.observed, table.cells, YK_DISCOVERY_BH,
                                  FALSE_DISCOVERIES, table.cell);
        at = 0;
        for (size_t i = 0; i < day->count; i++) {
            const struct yk_followed *f = &day->list[i];
            size_t cells = cells_of(day, f);
            if (f->devices == day->devices)
                give_cells(kpi, day, f, table.cell + at, cells, give, context);
            at += cells;
        }
    }
    free(table.path);
    free(table.observed);
    free(table.cell);
}

const struct yk_kpi yk_kpi_anomaly = {
    .name = "anomaly",
    .unit = "sign",
    .summary = "whether more or fewer came than was to be expected",
    .followed_rows = followed_rows,
};
