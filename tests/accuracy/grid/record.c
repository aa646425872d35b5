/* A made day as the product hears it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "record.h"

#include "presence/lags.h"
#include "rotation/period.h"
#include "observation.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_S  INT64_C(1800000000) /* a full hour, as large as in real life */
#define KEY      1
#define MERGE_DS (YK_MERGE_GAP_S * 10)
#define TICK_DS  (YK_TICK_S * 10)
#define GUARD_S \
    30.0 /* at either end: an address first or last heard there may have been there before or be there still */
#define OUTAGES_MAX 24 /* of a place and a record */

/* A life that has ended, with the part of the record (between outages) that it was heard in. */
struct ended {
    struct yk_life life;
    size_t part;
    enum yk_rotating_class rotating;
};

/* One address at one place, as an entry of the presence table. */
struct ear {
    bool open;
    size_t part;
    struct yk_life life;
    struct yk_presence tick;
    struct yk_presence run[YK_WINDOW_TICKS]; /* ticks of the window that are closed */
    size_t run_count;
};

struct sensor {
    struct {
        double from_s, to_s;
    } outage[OUTAGES_MAX];
    size_t outage_count;
    struct yk_heard_set *windows; /* by quarter */
    struct ended *lives;
    size_t life_count, life_room;
    struct ear ear;
    /* Of the last device: what it has been counted in already. */
    uint64_t *in_quarter, *in_hour, in_day;
    size_t stay_heard; /* the last stay of the device that was heard here, from 1 */
};

struct hearing {
    struct record *record;
    const struct world_people *people;
    size_t sensors; /* places, and the district */
    bool lags_only; /* no ticks, no windows, no truth */
    struct sensor sensor[WORLD_PLACES + 1];
    enum yk_address_class address_class;
    uint64_t address, device;
    const struct world_person *owner;
    bool heard_before; /* the address, at last_place */
    size_t last_place;
    int64_t last_ds;
    uint64_t persons;
    struct {
        uint64_t *quarter, *hour, day;
    } person_in[WORLD_PLACES + 1];
};

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* The ear's closed ticks go to their window's set. */
static void flush_run(struct hearing *h, struct sensor *s)
{
    if (s->ear.run_count == 0)
        return;
    int64_t window = s->ear.run[0].tick / YK_WINDOW_TICKS;
    size_t quarter = (size_t)(window - h->record->span.start_s / YK_WINDOW_S);
    if (yk_heard_set_hear(&s->windows[quarter], window * YK_WINDOW_S, KEY, s->ear.run, s->ear.run_count) != YK_OK)
        abort();
    s->ear.run_count = 0;
}

static void close_tick(struct hearing *h, struct sensor *s)
{
    struct ear *ear = &s->ear;
    if (ear->tick.adverts == 0)
        return;
    if (ear->run_count > 0 && ear->run[0].tick / YK_WINDOW_TICKS != ear->tick.tick / YK_WINDOW_TICKS)
        flush_run(h, s);
    ear->run[ear->run_count++] = ear->tick;
    ear->tick.adverts = 0;
}

static void close_life(struct hearing *h, struct sensor *s)
{
    if (!s->ear.open)
        return;
    s->ear.open = false;
    if (h->address_class < YK_CLASS_RESOLVABLE || (h->sensors > 1 && s == &h->sensor[h->sensors - 1]))
        return;
    if (s->life_count == s->life_room) {
        s->life_room = s->life_room ? 2 * s->life_room : 4096;
        s->lives = need(realloc(s->lives, s->life_room * sizeof *s->lives));
    }
    s->lives[s->life_count++] =
        (struct ended){s->ear.life, s->ear.part,
                       h->address_class == YK_CLASS_RESOLVABLE ? YK_ROTATING_RESOLVABLE : YK_ROTATING_NON_RESOLVABLE};
}

static void close_address(struct hearing *h)
{
    for (size_t i = 0; i < h->sensors; i++) {
        close_tick(h, &h->sensor[i]);
        flush_run(h, &h->sensor[i]);
        close_life(h, &h->sensor[i]);
    }
}

static void hear(struct hearing *h, struct sensor *s, int64_t t_ds, size_t part)
{
    struct ear *ear = &s->ear;
    int64_t gap_ds = 0, tick = t_ds / TICK_DS;
    if (h->lags_only) {
        if (ear->open && ear->part == part && t_ds - ear->life.last_ds <= MERGE_DS) {
            yk_life_heard(&ear->life, t_ds);
            return;
        }
        close_life(h, s);
        ear->open = true;
        ear->part = part;
        yk_life_begin(&ear->life, t_ds);
        return;
    }
    if (ear->tick.adverts > 0 && ear->tick.tick != tick)
        close_tick(h, s);
    if (ear->open && (ear->part != part || t_ds - ear->life.last_ds > MERGE_DS))
        close_life(h, s);
    if (ear->open) {
        gap_ds = t_ds - ear->life.last_ds;
        yk_life_heard(&ear->life, t_ds);
    } else {
        ear->open = true;
        ear->part = part;
        yk_life_begin(&ear->life, t_ds);
    }
    uint8_t offset_ds = (uint8_t)(t_ds % TICK_DS);
    if (ear->tick.adverts == 0)
        ear->tick = (struct yk_presence){.pseudonym = h->address,
                                         .tick = tick,
                                         .address_class = (uint8_t)h->address_class,
                                         .rssi_max_dbm = 127,
                                         .first_ds = offset_ds};
    ear->tick.adverts++;
    ear->tick.last_ds = offset_ds;
    ear->tick.gap_ds += (uint32_t)gap_ds;
    ear->tick.gap_sq_ds2 += (uint32_t)(gap_ds * gap_ds);
}

/* Once a device, window and place. */
static void tally_heard(struct hearing *h, size_t i, double t_s)
{
    struct sensor *s = &h->sensor[i];
    struct record_place *place = &h->record->place[i];
    size_t quarter = (size_t)((t_s - (double)h->record->span.start_s) / YK_WINDOW_S);
    size_t hour = h->record->span.hour_of[quarter];
    if (s->in_quarter[quarter] == h->device)
        return;
    s->in_quarter[quarter] = h->device;
    place->quarter[quarter].heard++;
    place->hour[hour].heard += s->in_hour[hour] != h->device;
    place->day.heard += s->in_day != h->device;
    s->in_hour[hour] = s->in_day = h->device;
}

static void tally_arrival(struct hearing *h, size_t i, size_t stay, double t_s)
{
    struct sensor *s = &h->sensor[i];
    struct record_place *place = &h->record->place[i];
    if (s->stay_heard == stay + 1)
        return;
    s->stay_heard = stay + 1;
    if (h->owner->stays[stay].from_s < (double)h->record->span.start_s)
        return; /* was there before */
    size_t quarter = (size_t)((t_s - (double)h->record->span.start_s) / YK_WINDOW_S);
    place->quarter[quarter].arrivals++;
    place->hour[h->record->span.hour_of[quarter]].arrivals++;
    place->day.arrivals++;
}

static void take_advert(void *context, size_t place, double t_s)
{
    struct hearing *h = context;
    struct sensor *s = &h->sensor[place];
    size_t part = 0;
    while (part < s->outage_count && s->outage[part].to_s <= t_s)
        part++;
    if (part < s->outage_count && s->outage[part].from_s <= t_s)
        return;
    int64_t t_ds = (int64_t)floor(t_s * 10);
    hear(h, s, t_ds, part);
    if (h->lags_only)
        return;
    tally_heard(h, place, t_s);
    if (h->heard_before && h->last_place != place) {
        if (h->address_class >= YK_CLASS_RESOLVABLE)
            yk_transitions_note(&h->record->moves_rotating, h->last_ds, t_ds);
        else
            h->record->moves_fixed++;
    }
    h->heard_before = true;
    h->last_place = place;
    h->last_ds = t_ds;
    if (h->owner) {
        size_t stay = 0;
        while (h->owner->stays[stay].to_s <= t_s)
            stay++;
        tally_arrival(h, place, stay, t_s);
    }
    if (h->sensors > 1) {
        hear(h, &h->sensor[h->sensors - 1], t_ds, 0);
        tally_heard(h, h->sensors - 1, t_s);
    }
}

static void take_address(void *context, uint64_t address)
{
    struct hearing *h = context;
    close_address(h);
    h->heard_before = false;
    h->address = address;
}

/* Adds the time between from and to to each window's sum at this offset of its truth. */
static void add_presence(struct record *r, struct record_place *place, double from, double to)
{
    double start = (double)r->span.start_s, end = start + (double)r->span.quarters * YK_WINDOW_S;
    from = fmax(from, start);
    to = fmin(to, end);
    while (from < to) {
        size_t quarter = (size_t)((from - start) / YK_WINDOW_S);
        double next = fmin(start + (double)(quarter + 1) * YK_WINDOW_S, to);
        place->quarter[quarter].present_s += next - from;
        place->hour[r->span.hour_of[quarter]].present_s += next - from;
        place->day.present_s += next - from;
        from = next;
    }
}

#define TURN_STEP_S 30.0
#define TURN_STEPS  720

/* Adds what the rotations of one device that is there from..to are off by, in each window and over the record. */
static void add_turn_noise(const struct hearing *h, struct record_place *place, double from, double to)
{
    static const struct world_people *of;
    static double table[TURN_STEPS];
    const struct record *r = h->record;
    if (of != h->people) {
        gsl_rng *rng = need(gsl_rng_alloc(gsl_rng_taus2));
        of = h->people;
        world_turn_variance(of, rng, TURN_STEP_S, TURN_STEPS, table);
        gsl_rng_free(rng);
    }
    double start = (double)r->span.start_s;
    from = fmax(from, start);
    to = fmin(to, start + (double)r->span.quarters * YK_WINDOW_S);
    for (int hours = 0; hours < 2; hours++) {
        double length = hours ? 3600 : YK_WINDOW_S;
        double t = from;
        while (t < to) {
            size_t window = (size_t)((t - start) / length);
            double next = fmin(start + (double)(window + 1) * length, to);
            struct record_truth *truth = hours ? &place->hour[window] : &place->quarter[window];
            truth->turn_noise += table[(size_t)fmin(fmax((next - t) / TURN_STEP_S - 0.5, 0), TURN_STEPS - 1)];
            t = next;
        }
    }
    if (to > from)
        place->day.turn_noise += table[(size_t)fmin(fmax((to - from) / TURN_STEP_S - 0.5, 0), TURN_STEPS - 1)];
}

static void take_device(void *context, const struct world_person *person, enum yk_address_class address_class)
{
    struct hearing *h = context;
    struct record *r = h->record;
    double start = (double)r->span.start_s, end = start + (double)r->span.quarters * YK_WINDOW_S;
    h->device++;
    h->address_class = address_class;
    for (size_t i = 0; i < h->sensors; i++)
        h->sensor[i].stay_heard = 0;
    for (size_t i = 0; h->owner && i < person->count; i++) {
        const struct world_stay *stay = &person->stays[i];
        struct record_place *place = &r->place[stay->place];
        add_presence(r, place, stay->from_s, stay->to_s);
        if (address_class >= YK_CLASS_RESOLVABLE)
            add_turn_noise(h, place, stay->from_s, stay->to_s);
        if (i > 0 && person->stays[i - 1].to_s >= start && stay->from_s < end)
            *(address_class < YK_CLASS_RESOLVABLE ? &r->went_fixed : &r->went_rotating) += 1;
        if (stay->from_s >= start && stay->from_s < end) {
            if (place->stay_count == place->stay_room) {
                place->stay_room = place->stay_room ? 2 * place->stay_room : 1024;
                place->stays_s = need(realloc(place->stays_s, place->stay_room * sizeof *place->stays_s));
            }
            place->stays_s[place->stay_count++] = stay->to_s - stay->from_s;
        }
        if (address_class < YK_CLASS_RESOLVABLE)
            continue;
        for (int end_of = 0; end_of < 2; end_of++) {
            double t = end_of ? stay->to_s : stay->from_s;
            if (t < start || t >= end)
                continue;
            struct record_truth *hour = &place->hour[r->span.hour_of[(size_t)((t - start) / YK_WINDOW_S)]];
            hour->rotating_s += stay->to_s - stay->from_s;
            hour->rotating_ends++;
        }
    }
}

/* A person counts once in each window that one of the stays touches, at the place and in the district. */
static void tally_person(struct hearing *h, size_t i, const struct world_stay *stay, double counted)
{
    struct record *r = h->record;
    struct record_place *place = &r->place[i];
    double start = (double)r->span.start_s, end = start + (double)r->span.quarters * YK_WINDOW_S;
    if (stay->to_s <= start || stay->from_s >= end)
        return;
    size_t from = (size_t)((fmax(stay->from_s, start) - start) / YK_WINDOW_S);
    size_t to = (size_t)ceil((fmin(stay->to_s, end) - start) / YK_WINDOW_S);
    place->day.quarters_sq += (double)((to - from) * (to - from));
    for (size_t q = from; q < to; q++) {
        if (h->person_in[i].quarter[q] == h->persons)
            continue;
        h->person_in[i].quarter[q] = h->persons;
        place->quarter[q].persons++;
        place->quarter[q].counted += counted;
        size_t hour = r->span.hour_of[q];
        if (h->person_in[i].hour[hour] != h->persons) {
            h->person_in[i].hour[hour] = h->persons;
            place->hour[hour].persons++;
            place->hour[hour].counted += counted;
        }
        if (h->person_in[i].day != h->persons) {
            h->person_in[i].day = h->persons;
            place->day.persons++;
            place->day.counted += counted;
        }
    }
}

static void take_person(void *context, const struct world_person *person)
{
    struct hearing *h = context;
    h->owner = person;
    h->persons++;
    for (size_t i = 0; person && i < person->count; i++) {
        tally_person(h, person->stays[i].place, &person->stays[i], person->counted);
        if (h->sensors > 1)
            tally_person(h, h->sensors - 1, &person->stays[i], person->counted);
    }
}

static void end_device(void *context)
{
    close_address(context);
}

static int by_part_and_end(const void *a, const void *b)
{
    const struct ended *x = *(const struct ended *const *)a, *y = *(const struct ended *const *)b;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    return (x->life.last_ds > y->life.last_ds) - (x->life.last_ds < y->life.last_ds);
}

/* Lives in the order of their ends through the edge's lag counters, anew after each outage. */
static void count_lags(const struct sensor *s, double from_s, double to_s,
                       struct yk_lag_histogram sum[YK_ROTATING_COUNT])
{
    const struct ended **order = need(calloc(s->life_count + 1, sizeof *order));
    for (size_t i = 0; i < s->life_count; i++)
        order[i] = &s->lives[i];
    qsort(order, s->life_count, sizeof(*order), by_part_and_end);
    size_t next = 0;
    for (size_t part = 0; part <= s->outage_count; part++) {
        struct yk_lags *lags;
        struct yk_lag_histogram taken[YK_ROTATING_COUNT];
        int64_t begin = (int64_t)ceil(10 * (part > 0 ? s->outage[part - 1].to_s : from_s));
        int64_t end = (int64_t)floor(10 * (part < s->outage_count ? s->outage[part].from_s : to_s));
        if (yk_lags_new(&lags, NULL) != YK_OK)
            abort();
        yk_lags_start(lags, begin);
        yk_lags_stop(lags, end);
        for (; next < s->life_count && order[next]->part == part; next++)
            yk_lags_life(lags, order[next]->rotating, &order[next]->life);
        yk_lags_take(lags, end, taken);
        for (int c = 0; c < YK_ROTATING_COUNT; c++)
            yk_lag_histogram_add(&sum[c], &taken[c]);
        yk_lags_free(lags);
    }
    free(order);
}

/* A sensor that hears too rarely takes no part, as in analytics/kpis/periods.c: the others measure for it. */
static void add_lags(const struct sensor *s, double from_s, double to_s, struct yk_lag_histogram sum[YK_ROTATING_COUNT])
{
    struct yk_lag_histogram own[YK_ROTATING_COUNT] = {0}, all = {0};
    count_lags(s, from_s, to_s, own);
    for (int c = 0; c < YK_ROTATING_COUNT; c++)
        yk_lag_histogram_add(&all, &own[c]);
    for (int c = 0; c < YK_ROTATING_COUNT && !yk_period_too_slow(&all); c++)
        yk_lag_histogram_add(&sum[c], &own[c]);
}

/* As analytics/kpis/place_facts.c does; no hour here is an outage. */
static void take_life(void *context, const struct yk_lived *life)
{
    struct record_place *place = context;
    yk_stay_tally_add(&place->stays, life->address_class, life->begin_ds, life->end_ds, false, false);
}

static void walk(const struct yk_span *span, const struct sensor *s, struct record_place *place)
{
    struct yk_walk_sums *sums = &place->sums;
    size_t count = 0;
    for (size_t q = 0; q < span->quarters; q++)
        count += s->windows[q].count;
    struct yk_heard_in_window *list = need(calloc(count + 1, sizeof *list));
    count = 0;
    for (size_t q = 0; q < span->quarters; q++)
        for (size_t i = 0; i < s->windows[q].count; i++)
            list[count++] =
                (struct yk_heard_in_window){s->windows[q].list[i], span->start_s + (int64_t)q * YK_WINDOW_S};
    sums->quarter = need(calloc(span->quarters + 1, sizeof *sums->quarter));
    sums->hour = need(calloc(span->hours + 1, sizeof *sums->hour));
    if (!yk_stay_tally_init(&place->stays, span->start_s, span->end_s))
        abort();
    sums->life = take_life;
    sums->context = place;
    yk_lives_walk(span, list, count, sums);
    free(list);
}

static void draw_outages(const struct world_air *air, double from_s, double to_s, gsl_rng *rng, struct sensor *s)
{
    double t = from_s;
    while (air->outages_per_day > 0 && s->outage_count < OUTAGES_MAX) {
        t += gsl_ran_exponential(rng, 86400 / air->outages_per_day);
        double length = air->outage_from_s * pow(air->outage_to_s / air->outage_from_s, gsl_rng_uniform(rng));
        if (t + length >= to_s)
            return;
        s->outage[s->outage_count].from_s = t;
        s->outage[s->outage_count++].to_s = t + length;
        t += length;
    }
}

/* Lives for the estimators of stays: what is open at the record's ends is cut there. */
static void keep_lives(const struct sensor *s, double from_s, double to_s, struct record_place *place)
{
    place->lives = need(calloc(s->life_count + 1, sizeof *place->lives));
    for (int c = 0; c < YK_ROTATING_COUNT; c++)
        place->lives_of[c] = need(calloc(s->life_count + 1, sizeof *place->lives_of[c]));
    for (size_t i = 0; i < s->life_count; i++) {
        double begin = (double)s->lives[i].life.birth_ds / 10, end = (double)s->lives[i].life.last_ds / 10;
        int c = s->lives[i].rotating;
        place->lives[place->life_count++] = place->lives_of[c][place->lives_of_count[c]++] = (struct yk_shape_life){
            .begin_s = begin, .end_s = end, .began_before = begin<from_s + GUARD_S, .goes_on = end> to_s - GUARD_S};
    }
}

/* Windows that an outage reaches into are published with their coverage; they are no part of the table. */
static void cover(const struct yk_span *span, const struct sensor *s, struct record_place *place)
{
    place->day.covered = s->outage_count == 0;
    for (size_t i = 0; i < span->hours; i++)
        place->hour[i].covered = true;
    for (size_t q = 0; q < span->quarters; q++) {
        double from = (double)span->start_s + (double)q * YK_WINDOW_S;
        place->quarter[q].covered = true;
        for (size_t i = 0; i < s->outage_count; i++)
            if (s->outage[i].from_s < from + YK_WINDOW_S && s->outage[i].to_s > from)
                place->quarter[q].covered = place->hour[span->hour_of[q]].covered = false;
    }
}

void record_make(const struct world_people *people, const struct world_air *air, const struct world_day *day,
                 double hours, int on_day, uint64_t seed, bool lags_only, struct record *out)
{
    gsl_rng *rng = need(gsl_rng_alloc(gsl_rng_taus2));
    gsl_rng_set(rng, seed);
    memset(out, 0, sizeof *out);
    int64_t begin_s = BEGIN_S + INT64_C(86400) * on_day;
    double from_s = (double)begin_s, to_s = from_s + 3600 * hours;
    if (yk_span_init(&out->span, begin_s, (int64_t)to_s) != YK_OK)
        abort();
    struct hearing *h = need(calloc(1, sizeof *h));
    const struct yk_span *span = &out->span;
    out->places = day->places;
    h->record = out;
    h->people = people;
    h->lags_only = lags_only;
    h->sensors = day->places > 1 ? day->places + 1 : 1;
    for (size_t i = 0; i < h->sensors; i++) {
        struct sensor *s = &h->sensor[i];
        s->windows = need(calloc(span->quarters + 1, sizeof *s->windows));
        s->in_quarter = need(calloc(span->quarters + 1, sizeof *s->in_quarter));
        s->in_hour = need(calloc(span->hours + 1, sizeof *s->in_hour));
        h->person_in[i].quarter = need(calloc(span->quarters + 1, sizeof(uint64_t)));
        h->person_in[i].hour = need(calloc(span->hours + 1, sizeof(uint64_t)));
        out->place[i].quarter = need(calloc(span->quarters + 1, sizeof *out->place[i].quarter));
        out->place[i].hour = need(calloc(span->hours + 1, sizeof *out->place[i].hour));
        if (i < day->places)
            draw_outages(air, from_s, to_s, rng, s);
        cover(span, s, &out->place[i]);
    }
    const struct world_listener listener = {h, take_person, take_device, take_address, take_advert, end_device};
    world_run(people, air, day, from_s, to_s, rng, &listener);
    for (size_t i = 0; i < h->sensors; i++) {
        struct sensor *s = &h->sensor[i];
        if (!lags_only) {
            walk(span, s, &out->place[i]);
            keep_lives(s, from_s, to_s, &out->place[i]);
        }
        if (i < day->places)
            add_lags(s, from_s, to_s, out->lags);
        for (size_t q = 0; q < span->quarters; q++)
            yk_heard_set_clear(&s->windows[q]);
        free(s->windows);
        free(s->lives);
        free(s->in_quarter);
        free(s->in_hour);
        free(h->person_in[i].quarter);
        free(h->person_in[i].hour);
    }
    free(h);
    gsl_rng_free(rng);
}

void record_free(struct record *record)
{
    for (size_t i = 0; i <= WORLD_PLACES; i++) {
        free(record->place[i].lives);
        for (int c = 0; c < YK_ROTATING_COUNT; c++)
            free(record->place[i].lives_of[c]);
        free(record->place[i].stays_s);
        yk_stay_tally_clear(&record->place[i].stays);
        free(record->place[i].quarter);
        free(record->place[i].hour);
        free(record->place[i].sums.quarter);
        free(record->place[i].sums.hour);
    }
    yk_span_clear(&record->span);
    memset(record, 0, sizeof *record);
}
