/* Observations in memory to distinct counts, dwell and flows: what analyze.statistics_vs_duckdb times.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The frames of some spools are decoded in the order of their times, as they arrive. Then, timed: each run of records goes
 * into its place's and window's set of devices (lives/heard_set.h), as the worker does it; the walk over a place's windows
 * (lives/walk.h) gives the distinct pseudonyms per quarter of an hour and the lives; median and 90 % of a place's lives are
 * selected, not sorted out; lives of one pseudonym at two places, one after the other, are a flow. Reading frames, and
 * writing what came out, is not timed.
 *
 * --shuffled throws the records about one by one first: nothing of arrival order is left, and the same must come out.
 *
 *     --table FILE   the observations as lines place,pseudonym,first_ds,last_ds for somebody else's statistics; times count
 *                    from the epoch's start
 *     --rows FILE    d,place,quarter,distinct; q,place,median_ds,p90_ds; o,from,to,count; in that order, and sorted
 *
 * It prints: observations, CPU seconds, states of a device in a window, bytes of memory per state. */
#include "spooled.h"

#include "base/calendar.h"
#include "kpis/district_facts.h"
#include "lives/walk.h"

#include <argp.h>
#include <gsl/gsl_statistics_double.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define PLACES_MAX 1000

static const char doc[] = "Distinct counts, dwell and flows of the frames in some spools; see the head of this file.";
static const struct argp_option options[] = {
    {"table", 't', "FILE", 0, "write the observations", 0},
    {"rows", 'r', "FILE", 0, "write what came out", 0},
    {"shuffled", 's', NULL, 0, "in no order", 0},
    {0},
};

static struct {
    const char *table, *rows, *spools[64];
    size_t spool_count;
    bool shuffled;
} a;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case 't':
        a.table = arg;
        return 0;
    case 'r':
        a.rows = arg;
        return 0;
    case 's':
        a.shuffled = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a.spool_count == sizeof a.spools / sizeof a.spools[0])
            argp_error(state, "too many spools");
        a.spools[a.spool_count++] = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a spool is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "bench_statistics: %s\n", what);
    exit(70);
}

/* Everything that was heard, as it came. */
static struct {
    struct yk_presence *records;
    uint16_t *place;
    size_t count;
    unsigned places;
    uint64_t key_id;
    int64_t epoch_s, last_s;
} heard;

static int by_last_time(const void *x, const void *y)
{
    const struct yk_frame *f = x, *g = y;
    if (f->header.last_s != g->header.last_s)
        return f->header.last_s < g->header.last_s ? -1 : 1;
    return strcmp(f->header.sensor, g->header.sensor);
}

static void decode(const struct yk_frame *given, struct yk_unpacker *unpacker)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    struct yk_frame frame = *given;
    unsigned long place =
        strncmp(given->header.sensor, "radio-", 6) == 0 ? strtoul(given->header.sensor + 6, NULL, 10) : 0;
    if (!yk_frame_unpack(unpacker, &frame) || !yk_body_presence_decode(&frame, records) || place < 1 ||
        place > PLACES_MAX)
        give_up("a frame is not one of bench_make_day's");
    if (heard.count > 0 && (frame.header.key_id != heard.key_id || frame.header.epoch_s != heard.epoch_s))
        give_up("the frames are of more than one key or epoch");
    heard.key_id = frame.header.key_id;
    heard.epoch_s = frame.header.epoch_s;
    heard.last_s = frame.header.last_s;
    heard.places = place > heard.places ? (unsigned)place : heard.places;
    memcpy(heard.records + heard.count, records, frame.header.records * sizeof *records);
    for (size_t i = 0; i < frame.header.records; i++)
        heard.place[heard.count++] = (uint16_t)(place - 1);
}

static void read_spools(void)
{
    struct yk_spooled spooled[64];
    struct yk_frame *all = NULL;
    struct yk_unpacker *unpacker = yk_unpacker_new();
    size_t frames = 0, observations = 0;
    for (size_t i = 0; i < a.spool_count; i++) {
        yk_spooled_read(&spooled[i], a.spools[i], YK_GROUP_PRESENCE);
        all = realloc(all, (frames + spooled[i].count) * sizeof *all);
        if (!all)
            give_up("out of memory");
        memcpy(all + frames, spooled[i].list, spooled[i].count * sizeof *all);
        frames += spooled[i].count;
        observations += spooled[i].observations;
    }
    heard.records = malloc((observations + 1) * sizeof *heard.records);
    heard.place = malloc((observations + 1) * sizeof *heard.place);
    if (!unpacker || !heard.records || !heard.place || !all)
        give_up("out of memory");
    qsort(all, frames, sizeof *all, by_last_time);
    for (size_t i = 0; i < frames; i++)
        decode(&all[i], unpacker);
    for (size_t i = 0; i < a.spool_count; i++)
        yk_spooled_clear(&spooled[i]);
    free(all);
    yk_unpacker_free(unpacker);
}

/* Fisher and Yates, with the generator of splitmix64. */
static void shuffle(void)
{
    uint64_t state = 1;
    for (size_t i = heard.count; i > 1; i--) {
        uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
        size_t k = (size_t)((x ^ x >> 31) % i);
        struct yk_presence record = heard.records[k];
        uint16_t place = heard.place[k];
        heard.records[k] = heard.records[i - 1];
        heard.place[k] = heard.place[i - 1];
        heard.records[i - 1] = record;
        heard.place[i - 1] = place;
    }
}

static struct {
    struct yk_span span;
    struct yk_heard_set *cells; /* places * quarters */
    int64_t *distinct;          /* the same */
    double (*dwell_ds)[2];      /* by place: median, 90 %; negative: there was no life */
    uint64_t *flows;            /* places * places */
    struct yk_district_facts district;
    size_t states, bytes;
} s;

static void *zeros(size_t count, size_t size)
{
    void *p = calloc(count + 1, size);
    if (!p)
        give_up("out of memory");
    return p;
}

static void fill_cells(void)
{
    const struct yk_presence *records = heard.records;
    for (size_t i = 0, next; i < heard.count; i = next) {
        size_t quarter = (size_t)((records[i].tick * YK_TICK_S - s.span.start_s) / YK_WINDOW_S);
        int64_t window_s = s.span.start_s + (int64_t)quarter * YK_WINDOW_S;
        int64_t from = window_s / YK_TICK_S, to = from + YK_WINDOW_TICKS;
        for (next = i + 1; next < heard.count && records[next].pseudonym == records[i].pseudonym &&
                           heard.place[next] == heard.place[i] && records[next].tick >= from &&
                           records[next].tick < to;)
            next++;
        if (yk_heard_set_hear(&s.cells[heard.place[i] * s.span.quarters + quarter], window_s, heard.key_id, &records[i],
                              next - i) != YK_OK)
            give_up("out of memory");
    }
}

static void measure_cells(void)
{
    for (size_t i = 0; i < heard.places * s.span.quarters; i++) {
        const struct yk_heard_set *set = &s.cells[i];
        s.states += set->count;
        s.bytes += set->capacity * sizeof *set->list + set->slot_count * sizeof *set->slots;
    }
}

/* The nearest rank, as whole numbers have it: share is told in tenths. */
static double select_rank(double *values, size_t count, size_t tenths)
{
    return gsl_stats_select(values, 1, count, (count * tenths + 9) / 10 - 1);
}

static void walk_place(unsigned place)
{
    struct yk_heard_set *cells = &s.cells[place * s.span.quarters];
    size_t count = 0, before = s.district.life_count;
    for (size_t q = 0; q < s.span.quarters; q++)
        count += cells[q].count;
    struct yk_heard_in_window *list = zeros(count, sizeof *list);
    struct yk_walk_sums sums = {.quarter = zeros(s.span.quarters, sizeof *sums.quarter),
                                .hour = zeros(s.span.hours, sizeof *sums.hour),
                                .life = yk_district_facts_life,
                                .context = &s.district};
    count = 0;
    for (size_t q = 0; q < s.span.quarters; q++) {
        for (size_t i = 0; i < cells[q].count; i++)
            list[count++] = (struct yk_heard_in_window){cells[q].list[i], s.span.start_s + (int64_t)q * YK_WINDOW_S};
        yk_heard_set_clear(&cells[q]);
    }
    s.district.reading = place;
    yk_lives_walk(&s.span, list, count, &sums);
    for (size_t q = 0; q < s.span.quarters; q++)
        for (int class = 0; class < YK_CLASS_COUNT; class ++)
            s.distinct[place * s.span.quarters + q] += sums.quarter[q].class_of[class].addresses;
    size_t lives = s.district.life_count - before;
    double *dwell = zeros(lives, sizeof *dwell);
    for (size_t i = 0; i < lives; i++) {
        const struct yk_place_life *life = &s.district.lives[before + i];
        dwell[i] = (double)(life->end_ds - life->begin_ds);
    }
    s.dwell_ds[place][0] = lives ? select_rank(dwell, lives, 5) : -1;
    s.dwell_ds[place][1] = lives ? select_rank(dwell, lives, 9) : -1;
    free(dwell);
    free(list);
    free(sums.quarter);
    free(sums.hour);
}

static void count_flows(void)
{
    struct yk_error err = {0};
    if (yk_district_facts_close(&s.district, &err) != YK_OK)
        give_up(err.message);
    for (size_t i = 0; i < s.district.move_count; i++)
        s.flows[s.district.moves[i].from * heard.places + s.district.moves[i].to]++;
}

static double seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double run(void)
{
    double began = seconds();
    s.cells = zeros(heard.places * s.span.quarters, sizeof *s.cells);
    s.distinct = zeros(heard.places * s.span.quarters, sizeof *s.distinct);
    s.dwell_ds = zeros(heard.places, sizeof *s.dwell_ds);
    s.flows = zeros((size_t)heard.places * heard.places, sizeof *s.flows);
    fill_cells();
    double filled = seconds();
    measure_cells();
    double measured = seconds();
    for (unsigned place = 0; place < heard.places; place++)
        walk_place(place);
    count_flows();
    return seconds() - measured + filled - began;
}

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        give_up(path);
    return file;
}

static void close_file(FILE *file, const char *path)
{
    if (fclose(file) != 0)
        give_up(path);
}

static void write_table(void)
{
    FILE *file = open_file(a.table);
    for (size_t i = 0; i < heard.count; i++) {
        const struct yk_presence *p = &heard.records[i];
        int64_t tick_ds = (p->tick * YK_TICK_S - heard.epoch_s) * 10;
        fprintf(file, "%u,%" PRIu64 ",%" PRId64 ",%" PRId64 "\n", heard.place[i], p->pseudonym, tick_ds + p->first_ds,
                tick_ds + p->last_ds);
    }
    close_file(file, a.table);
}

static void write_rows(void)
{
    FILE *file = open_file(a.rows);
    for (unsigned place = 0; place < heard.places; place++)
        for (size_t q = 0; q < s.span.quarters; q++)
            if (s.distinct[place * s.span.quarters + q] > 0)
                fprintf(file, "d,%u,%zu,%" PRId64 "\n", place, q, s.distinct[place * s.span.quarters + q]);
    for (unsigned place = 0; place < heard.places; place++)
        if (s.dwell_ds[place][0] >= 0)
            fprintf(file, "q,%u,%.0f,%.0f\n", place, s.dwell_ds[place][0], s.dwell_ds[place][1]);
    for (unsigned from = 0; from < heard.places; from++)
        for (unsigned to = 0; to < heard.places; to++)
            if (s.flows[(size_t)from * heard.places + to] > 0)
                fprintf(file, "o,%u,%u,%" PRIu64 "\n", from, to, s.flows[(size_t)from * heard.places + to]);
    close_file(file, a.rows);
}

int main(int argc, char **argv)
{
    struct argp argp = {options, parse, "SPOOL...", doc, NULL, NULL, NULL};
    struct yk_error err = {0};
    argp_err_exit_status = 64;
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    read_spools();
    if (a.table)
        write_table();
    if (a.shuffled)
        shuffle();
    int64_t quarters = (heard.last_s - heard.epoch_s) / YK_WINDOW_S + 1;
    if (yk_calendar_open("Asia/Tokyo", &err) != YK_OK ||
        yk_span_init(&s.span, heard.epoch_s, heard.epoch_s + quarters * YK_WINDOW_S) != YK_OK)
        give_up("no span");
    s.district.start_s = s.span.start_s;
    yk_span_close(&s.span, 0, 0); /* no closed hours: whoever is there at five in the morning counts */
    double spent = run();
    if (a.rows)
        write_rows();
    printf("%zu %.6f %zu %.3f\n", heard.count, spent, s.states, (double)s.bytes / (double)s.states);
    free(s.cells);
    free(s.distinct);
    free(s.dwell_ds);
    free(s.flows);
    yk_district_facts_clear(&s.district);
    yk_span_clear(&s.span);
    free(heard.records);
    free(heard.place);
    return 0;
}
