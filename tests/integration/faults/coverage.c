/* Coverage and crossings, from the frames alone. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Per sensor and second: it is proven if a health record in a received frame says that the sensor ran, and no frame that
 * was written and never came spoke of it (its told times; of a radio the presence, of a camera the plain ones); or if the
 * edge told of it in sums, after a clock that was ahead made it give its presence up. The product reads lost time off gaps
 * in the numbers of what it has; here the missing frames themselves are at hand. */
#include "checks.h"

#include "base/calendar.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_S 900

struct tally {
    int64_t base_s;
    size_t seconds;
    uint8_t *ran[EDGES][SENSORS_EACH], *lost[EDGES][SENSORS_EACH];
    uint32_t *reduced[EDGES][SENSORS_EACH]; /* by window: seconds that sums are made of */
    uint32_t *crossings[EDGES];             /* of the edge's line: by window, minus and plus */
    const struct yk_ledger_frame *frame;
    int sensor;
};

static void mark(const struct tally *t, uint8_t *bits, int64_t from_s, int64_t to_s)
{
    for (int64_t s = from_s < t->base_s ? t->base_s : from_s; s < to_s && s < t->base_s + (int64_t)t->seconds; s++)
        bits[s - t->base_s] = 1;
}

static void observe(void *context, const struct yk_observation *o)
{
    struct tally *t = context;
    int edge = t->frame->edge;
    if (o->kind == YK_KIND_HEALTH)
        mark(t, t->ran[edge][t->sensor], o->as.health.t0_s, o->as.health.t1_s);
    if (o->kind == YK_KIND_SUMS && o->as.sums.length_s == WINDOW_S) {
        size_t window = (size_t)(o->as.sums.start_s - t->base_s) / WINDOW_S;
        if (o->as.sums.start_s >= t->base_s && window < t->seconds / WINDOW_S &&
            t->reduced[edge][t->sensor][window] < o->as.sums.covered_s)
            t->reduced[edge][t->sensor][window] = o->as.sums.covered_s;
    }
    if (o->kind == YK_KIND_CROSSING) {
        size_t window = (size_t)(o->as.crossing.t_ms / 1000 - t->base_s) / WINDOW_S;
        if (window < t->seconds / WINDOW_S)
            t->crossings[edge][2 * window + (o->as.crossing.direction > 0)]++;
    }
}

static void fill(struct tally *t, const struct yk_ledger_frame *frames, size_t count)
{
    struct yk_unpacker *unpacker = yk_unpacker_new();
    for (size_t i = 0; i < count; i++) {
        const struct yk_ledger_frame *f = &frames[i];
        struct yk_frame frame;
        if (f->header.flags & YK_FRAME_TOMBSTONE)
            continue;
        t->frame = f;
        t->sensor = f->header.sensor[strlen(f->header.sensor) - 1] - '0';
        bool radio = strncmp(f->header.sensor, "radio", 5) == 0;
        if (!f->received && f->header.group == (radio ? YK_GROUP_PRESENCE : YK_GROUP_PLAIN))
            mark(t, t->lost[f->edge][t->sensor], f->header.told_from_s, f->header.told_to_s);
        if (!f->received || (f->header.group != YK_GROUP_PLAIN && f->header.group != YK_GROUP_REDUCED))
            continue;
        if (yk_frame_parse(f->bytes, f->size, &frame) != YK_FRAME_OK || !yk_frame_unpack(unpacker, &frame) ||
            !yk_body_plain_decode(&frame, observe, t))
            yk_fault_wrong("a plain frame of %s that cannot be read was received", f->header.sensor);
    }
    yk_unpacker_free(unpacker);
}

enum { COL_PLACE, COL_KPI, COL_DIRECTION, COL_START, COL_RESOLUTION, COL_VALUE, COLS };

static bool columns(char *line, const int at[static COLS], char *out[static COLS])
{
    int found = 0;
    for (int column = 0; line; column++) {
        char *field = strsep(&line, ",");
        for (int c = 0; c < COLS; c++)
            if (at[c] == column) {
                out[c] = field;
                found++;
            }
    }
    return found == COLS;
}

static void check_coverage(const struct tally *t, char *const field[static COLS], size_t window, double *seen)
{
    int place = atoi(strrchr(field[COL_PLACE], '-') + 1);
    unsigned proven = 0, sensors = 0;
    for (int e = 2 * place; e < 2 * place + 2; e++)
        for (int s = 0; s < SENSORS_EACH; s++) {
            if (!t->ran[e][s])
                continue;
            sensors++;
            unsigned own = t->reduced[e][s][window];
            for (size_t i = window * WINDOW_S; i < (window + 1) * WINDOW_S; i++)
                own += t->ran[e][s][i] && !t->lost[e][s][i];
            proven += own < WINDOW_S ? own : WINDOW_S;
        }
    double value = strtod(field[COL_VALUE], NULL) * sensors * WINDOW_S;
    *seen += value;
    if (fabs(value - proven) > 0.5)
        yk_fault_wrong("coverage of %s from %s: the table proves %.1f s, the frames %u s", field[COL_PLACE],
                       field[COL_START], value, proven);
}

static void check_crossings(const struct tally *t, char *const field[static COLS], size_t window, uint64_t *seen)
{
    const char *line = strstr(field[COL_PLACE], "/line-");
    bool plus = strcmp(field[COL_DIRECTION], "plus") == 0;
    if (!line || (!plus && strcmp(field[COL_DIRECTION], "minus") != 0) || !*field[COL_VALUE])
        return;
    uint32_t expected = t->crossings[atoi(line + 6)][2 * window + plus];
    *seen += expected;
    if (strtod(field[COL_VALUE], NULL) != expected)
        yk_fault_wrong("footfall of %s %s from %s: %s in the table, %" PRIu32 " in the frames", field[COL_PLACE],
                       field[COL_DIRECTION], field[COL_START], field[COL_VALUE], expected);
}

static void read_table(struct yk_fault_district *d, struct tally *t)
{
    static const char *const names[COLS] = {"place", "kpi", "direction", "start", "resolution", "value"};
    char path[200], *field[COLS];
    int at[COLS];
    snprintf(path, sizeof path, "%s/tables/kpis.csv", d->server);
    char *text = yk_fault_read(path, NULL), *rest = text, *head = text ? strsep(&rest, "\r") : NULL;
    if (!head)
        yk_fault_fail("%s is missing", path);
    memset(at, -1, sizeof at);
    for (int column = 0; head; column++) {
        const char *name = strsep(&head, ",");
        for (int c = 0; c < COLS; c++)
            if (strcmp(name, names[c]) == 0)
                at[c] = column;
    }
    double coverage_s = 0;
    uint64_t crossings = 0;
    size_t coverage_rows = 0, windows = t->seconds / WINDOW_S;
    for (char *line; (line = strsep(&rest, "\r"));) {
        struct yk_wall start;
        line += *line == '\n';
        if (!*line)
            continue;
        if (!columns(line, at, field) || !yk_time_parse(field[COL_START], &start))
            yk_fault_fail("a line of %s cannot be read", path);
        int64_t second = start.us / 1000000 - t->base_s;
        if (strcmp(field[COL_RESOLUTION], "15m") != 0 || second < 0 || second >= (int64_t)t->seconds)
            continue;
        if (strcmp(field[COL_KPI], "coverage") == 0) {
            coverage_rows++;
            check_coverage(t, field, (size_t)second / WINDOW_S, &coverage_s);
        } else if (strcmp(field[COL_KPI], "footfall") == 0) {
            check_crossings(t, field, (size_t)second / WINDOW_S, &crossings);
        }
    }
    if (coverage_rows != windows * PLACES)
        yk_fault_wrong("%zu rows of coverage for %zu windows of %d places", coverage_rows, windows, PLACES);
    uint64_t all = 0;
    for (int e = 0; e < EDGES; e++)
        for (size_t w = 0; t->crossings[e] && w < 2 * windows; w++)
            all += t->crossings[e][w];
    if (coverage_s == 0 || crossings == 0 || crossings != all)
        yk_fault_wrong("the table has %.0f proven seconds and %" PRIu64 " crossings, the frames %" PRIu64 " crossings",
                       coverage_s, crossings, all);
    free(text);
}

void yk_check_table(struct yk_fault_district *d, const struct yk_ledger_frame *frames, size_t count,
                    struct yk_check_figures *figures)
{
    static struct tally t;
    t.base_s = d->from_s / WINDOW_S * WINDOW_S;
    t.seconds = (size_t)((d->to_s - t.base_s + WINDOW_S - 1) / WINDOW_S * WINDOW_S);
    for (int e = 0; e < EDGES; e++) {
        t.crossings[e] = calloc(2 * (t.seconds / WINDOW_S), sizeof **t.crossings);
        for (unsigned s = 0; s < d->edges[e].sensor_count; s++) {
            t.ran[e][s] = calloc(t.seconds, 1);
            t.lost[e][s] = calloc(t.seconds, 1);
            t.reduced[e][s] = calloc(t.seconds / WINDOW_S, sizeof **t.reduced[e]);
        }
    }
    fill(&t, frames, count);
    read_table(d, &t);
    for (int e = 0; e < EDGES; e++) {
        for (unsigned s = 0; s < d->edges[e].sensor_count; s++) {
            for (int64_t i = d->from_s - t.base_s; i < d->to_s - t.base_s; i++) {
                figures->lost_s += t.lost[e][s][i];
                figures->ran_s += t.lost[e][s][i] && t.ran[e][s][i];
                figures->silent_s += !t.ran[e][s][i] && !t.lost[e][s][i];
            }
            free(t.ran[e][s]);
            free(t.lost[e][s]);
            free(t.reduced[e][s]);
        }
        free(t.crossings[e]);
    }
}
