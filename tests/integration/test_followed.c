/* A year of a real street, from a table of counts to what is expected of its hours. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The counts go through a counter, frames, states and the gate like any others. What is expected is held against the table that
 * they came from, and against what stands 168 hours before in it. */
#include "data.h"
#include "support/rig.h"
#include "support/table.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WEEK_H 168
#define HOURS  (40 * WEEK_H) /* of 2014, from 1 January on */

static const char district[] = "version: 1\n"
                               "district: { id: leeds, timezone: Europe/London }\n"
                               "places: [{ id: briggate }]\n"
                               "sensors:\n"
                               "  - { id: counter-1, place: briggate, kind: counter_file, format: counts_csv, lines: "
                               "[{ id: street, device: \"1\" }] }\n"
                               "kpis:\n"
                               "  - { id: people, kpi: footfall, place: briggate, resolution: 1d, base: 15000, target: "
                               "30000, fiscal_year: 2014 }\n"
                               "events:\n"
                               "  - { id: fair, from: 2014-09-20T12:00, to: 2014-09-20T18:00, kpis: [people] }\n";

static double counted[HOURS]; /* by local hour, summer time or not; NAN: not in the table */

/* The recording as a table that a counter's program would export, and as numbers. */
static void write_counts(const char *from, const char *to)
{
    char line[256];
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    cr_assert(in && out);
    for (size_t i = 0; i < HOURS; i++)
        counted[i] = (double)NAN;
    fputs("from,to,in\n", out);
    while (fgets(line, sizeof line, in)) {
        int month, day, hour;
        double count;
        if (sscanf(line, "2014-%d-%d,%d,Briggate,%lf", &month, &day, &hour, &count) != 4)
            continue;
        struct tm date = {.tm_year = 114, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour};
        int64_t at = (timegm(&date) - INT64_C(1388534400)) / 3600;
        if (at < 0 || at >= HOURS)
            continue;
        counted[at] = count;
        fprintf(out, "2014-%02d-%02d %02d:00,2014-%02d-%02d %02d:00,%.0f\n", month, day, hour, month, day, hour + 1,
                count);
    }
    fclose(in);
    fclose(out);
}

/* Local hours since the year's first, of a row's start. */
static int64_t hour_of(const struct yk_table *table, size_t row)
{
    struct tm date = {.tm_year = 114};
    const char *start = yk_table_get(table, row, "start");
    cr_assert_eq(sscanf(start, "2014-%d-%dT%d", &date.tm_mon, &date.tm_mday, &date.tm_hour), 3, "%s", start);
    date.tm_mon--;
    return (timegm(&date) - INT64_C(1388534400)) / 3600;
}

Test(followed, a_real_street_is_as_expected)
{
    YK_NEED_TEST_DATA(data);
    struct yk_rig rig;
    struct yk_table table;
    yk_rig_open(&rig);
    rig.district = yk_rig_path(&rig, "district.yaml");
    yk_rig_write(rig.district, district, sizeof district - 1);
    write_counts(yk_rig_text(&rig, "%s/counts/leeds_briggate_hourly.csv", data), yk_rig_path(&rig, "counts.csv"));
    cr_assert_eq(yk_rig_run(&rig, yk_rig_path(&rig, "replay.log"), "replay", rig.district, "--run",
                            yk_rig_path(&rig, "run"), "--out", yk_rig_path(&rig, "tables"), "--input",
                            yk_rig_text(&rig, "counter-1=%s/counts.csv", rig.dir), NULL),
                 0);
    yk_table_read(&table, yk_rig_path(&rig, "tables/kpis.csv"));
    size_t hours = 0, inside = 0, days = 0, short_days = 0, events = 0, outlooks = 0;
    double error = 0, naive = 0;
    for (size_t row = 0; row < table.rows; row++) {
        const char *kpi = yk_table_get(&table, row, "kpi"), *place = yk_table_get(&table, row, "place");
        if (strncmp(place, "briggate/people", 15) != 0)
            continue;
        bool ok = strcmp(yk_table_get(&table, row, "state"), "ok") == 0;
        double value = ok ? strtod(yk_table_get(&table, row, "value"), NULL) : (double)NAN;
        double lower = strtod(yk_table_get(&table, row, "lower"), NULL);
        double upper = strtod(yk_table_get(&table, row, "upper"), NULL);
        if (strcmp(kpi, "expected") == 0 && strcmp(yk_table_get(&table, row, "resolution"), "1d") == 0) {
            days++;
            short_days += !ok && strcmp(yk_table_get(&table, row, "reason"), "too_short") == 0;
        } else if (strcmp(kpi, "expected") == 0) {
            int64_t at = hour_of(&table, row);
            cr_assert(at >= WEEK_H && at < HOURS);
            if (isnan(counted[at]) || isnan(counted[at - WEEK_H]))
                continue;
            hours++;
            inside += counted[at] >= lower && counted[at] <= upper;
            error += fabs(counted[at] - value);
            naive += fabs(counted[at] - counted[at - WEEK_H]);
        } else if (strcmp(kpi, "uplift") == 0) {
            cr_expect_str_eq(place, "briggate/people/fair");
            cr_expect(!ok || (lower < value && value < upper));
            events++;
        } else if (strcmp(kpi, "attainment") == 0 && ok) {
            cr_expect(lower < value && value < upper);
            outlooks++;
        }
    }
    fprintf(stderr, "%zu hours: %.1f %% inside, mean error %.0f, of the week before %.0f\n", hours,
            100.0 * (double)inside / (double)hours, error / (double)hours, naive / (double)hours);
    cr_expect_eq(days, HOURS / 24);
    /* The eleventh Monday, 10 March, is the first with ten whole weeks before it: of the 1 January's week only five days are there. */
    cr_expect(short_days >= 68 && short_days <= 82, "%zu days", short_days);
    cr_expect_gt(hours, 180 * 24);
    cr_expect(inside > 0.88 * (double)hours && inside < 0.985 * (double)hours);
    cr_expect_lt(error, naive);
    cr_expect_eq(events, 1);
    cr_expect_gt(outlooks, 150);
    yk_table_free(&table);
    yk_rig_close(&rig);
}
