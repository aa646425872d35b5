/* What a recording says about devices. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A recording has an end on either side. Whoever is there when it begins is born in it, as far as the sums go, and
 * is no arrival; at a sensor that runs for weeks that does not matter, in an hour it does.
 *
 * Method. Sums of the whole and of its windows are the district's own (pipeline/lives/walk.h), and so are the estimators
 * (pipeline/rotation). N = A - T/(R - 2g) holds for lives that are cut by the recording's ends: their time is cut as well.
 * Arrivals, stays and occupancy of the whole come from the time that begins 30 s after the recording and ends 30 s before
 * it: at those borders it is known who was there, since the recording goes on beyond them (the guards of the lag counting,
 * collectors/presence/lags.c). Each stretch has its guards; sums over stretches add up, since the formulas are linear in
 * them.
 *
 * The period is that of the class, measured in this recording, or there is none. It is not borrowed from the other class, as a
 * district does with months of data: in a real hour the resolvable addresses were heard too rarely for a period of their own,
 * and that of all addresses together, 292 s, made 38 of them one device.
 *
 * An interval that leaves open nearly all that is possible is not an answer: such a figure is not known either.
 *
 * Infrastructure. Addresses of the still classes that live for 80 % of the time listened to, of 30 minutes at least: in
 * less, people who stay look the same.
 *
 * Times make no sense, and nothing is said, where a packet is older than Bluetooth LE (July 2010) or comes 75 years later,
 * where the clock was set back by more than 10 s, and where less than a hundredth of the span was listened to.
 *
 * Bounds. A phone's HCI log is of a phone that listens now and then: silence of up to an hour counts as listening, as it does
 * at an edge, and occupancy is too low there. Two devices in two stretches are two visits even if they are the same. */
#include "recording/estimate.h"

#include "base/calendar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_DS        300
#define INNER_MIN_S     60
#define STATIC_DS       64800
#define TICK_DS         (YK_TICK_S * 10)
#define MERGE_DS        (YK_MERGE_GAP_S * 10)
#define MERGE_TICKS     (YK_MERGE_GAP_S / YK_TICK_S)
#define STILL_SHARE     0.8
#define STILL_MIN_S     1800
#define LE_BEGAN_DS     INT64_C(12779424000) /* 2010-07-01: Core 4.0 was adopted the day before */
#define LE_ENDS_DS      INT64_C(36446112000) /* 2085 */
#define LISTENED_MIN    0.01
#define QUARTERS_UP_TO  14400 /* seconds listened; hours above */
#define STAYS_IN_WINDOW 3
#define PASSED_MIN      5
#define Z95             1.959963984540054
#define OPEN_FROM       10
#define OPEN_SHARE      0.9
#define ANY             YK_ROTATING_COUNT

struct life {
    int64_t birth_ds, death_ds;
    uint8_t group;
};

struct lives {
    struct life *list;
    size_t count, capacity;
};

static uint8_t group_of(uint8_t address_class)
{
    return address_class == YK_CLASS_RESOLVABLE       ? YK_GROUP_RESOLVABLE
           : address_class == YK_CLASS_NON_RESOLVABLE ? YK_GROUP_NON_RESOLVABLE
                                                      : YK_GROUP_STILL;
}

static int by_identity_and_time(const void *a, const void *b)
{
    const struct yk_heard_in_window *x = a, *y = b;
    if (x->device.key_id != y->device.key_id)
        return x->device.key_id < y->device.key_id ? -1 : 1;
    if (x->device.pseudonym != y->device.pseudonym)
        return x->device.pseudonym < y->device.pseudonym ? -1 : 1;
    return x->window_s < y->window_s ? -1 : x->window_s > y->window_s;
}

static bool add_life(struct lives *lives, int64_t birth_ds, int64_t death_ds, uint8_t group)
{
    if (lives->count == lives->capacity) {
        size_t capacity = lives->capacity ? 2 * lives->capacity : 64;
        struct life *list = realloc(lives->list, capacity * sizeof *list);
        if (!list)
            return false;
        lives->list = list;
        lives->capacity = capacity;
    }
    lives->list[lives->count++] = (struct life){birth_ds, death_ds, group};
    return true;
}

/* The lives of one pseudonym, its windows in order. Silences inside a window are told to the tick, as in walk.c. */
static bool find_lives(const struct yk_heard_in_window *list, size_t count, struct lives *to)
{
    uint8_t group = group_of(list[0].device.address_class);
    int64_t birth_ds = list[0].window_s * 10 + list[0].device.first_ds, death_ds = birth_ds;
    for (size_t i = 0; i < count; i++) {
        const struct yk_heard *d = &list[i].device;
        int64_t at_ds = list[i].window_s * 10;
        if (at_ds + d->first_ds - death_ds > MERGE_DS) {
            if (!add_life(to, birth_ds, death_ds, group))
                return false;
            birth_ds = at_ds + d->first_ds;
        }
        int last = -1;
        for (int tick = 0; tick < YK_WINDOW_TICKS; tick++) {
            if (!(d->ticks[tick / 64] >> (tick % 64) & 1))
                continue;
            if (last >= 0 && tick - last - 1 >= MERGE_TICKS) {
                if (!add_life(to, birth_ds, at_ds + (int64_t)(last + 1) * TICK_DS, group))
                    return false;
                birth_ds = at_ds + (int64_t)tick * TICK_DS;
            }
            last = tick;
        }
        death_ds = at_ds + d->last_ds;
    }
    return add_life(to, birth_ds, death_ds, group);
}

static bool is_infrastructure(const struct life *lives, size_t count, double listened_s)
{
    int64_t heard_ds = 0, longest_ds = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t length_ds = lives[i].death_ds - lives[i].birth_ds;
        heard_ds += length_ds;
        longest_ds = length_ds > longest_ds ? length_ds : longest_ds;
    }
    if (lives[0].group != YK_GROUP_STILL)
        return longest_ds > STATIC_DS;
    return listened_s >= STILL_MIN_S && (double)heard_ds / 10 >= STILL_SHARE * listened_s;
}

/* All lives but those of infrastructure, which also leaves the recording's list. */
static bool split(struct yk_recording *r, struct lives *lives, struct yk_recording_figures *out)
{
    size_t kept = 0;
    if (r->count > 1)
        qsort(r->list, r->count, sizeof *r->list, by_identity_and_time);
    for (size_t from = 0, to; from < r->count; from = to) {
        for (to = from + 1; to < r->count && r->list[to].device.pseudonym == r->list[from].device.pseudonym &&
                            r->list[to].device.key_id == r->list[from].device.key_id;)
            to++;
        size_t first = lives->count;
        if (!find_lives(r->list + from, to - from, lives))
            return false;
        if (is_infrastructure(lives->list + first, lives->count - first, out->listened_s)) {
            *(lives->list[first].group == YK_GROUP_STILL ? &out->infrastructure_still
                                                         : &out->infrastructure_rotating) += 1;
            lives->count = first;
            continue;
        }
        memmove(r->list + kept, r->list + from, (to - from) * sizeof *r->list);
        kept += to - from;
    }
    r->count = kept;
    return true;
}

static const char *why_times_make_no_sense(const struct yk_recording *r)
{
    if (r->stretch_count == 0)
        return "no packet has a time";
    int64_t first_ds = INT64_MAX, last_ds = INT64_MIN, listened_ds = 0;
    for (size_t i = 0; i < r->stretch_count; i++) {
        first_ds = r->stretches[i].from_ds < first_ds ? r->stretches[i].from_ds : first_ds;
        last_ds = r->stretches[i].to_ds > last_ds ? r->stretches[i].to_ds : last_ds;
        listened_ds += r->stretches[i].to_ds - r->stretches[i].from_ds;
    }
    if (first_ds < LE_BEGAN_DS)
        return "times make no sense: before there was Bluetooth LE";
    if (last_ds > LE_ENDS_DS)
        return "times make no sense: too far in the future";
    if (r->set_back > 0)
        return "times make no sense: the clock was set back";
    if (r->stretch_count == YK_STRETCHES_MAX || (double)listened_ds < LISTENED_MIN * (double)(last_ds - first_ds))
        return "times make no sense: hardly any of the time between the first and the last packet was listened to";
    return NULL;
}

static void measure_periods(const struct yk_recording *r, struct yk_recording_figures *out)
{
    struct yk_lag_histogram all = {0};
    for (int i = 0; i < YK_ROTATING_COUNT; i++)
        yk_lag_histogram_add(&all, &r->lags[i]);
    for (int i = 0; i <= ANY; i++) {
        const struct yk_lag_histogram *h = i == ANY ? &all : &r->lags[i];
        struct yk_measured_period *p = &out->period[i];
        p->state = yk_period_estimate(h, &p->period, &p->fit);
        p->period.slot = (unsigned)i;
        p->births = h->births;
        p->deaths = h->deaths;
    }
}

static struct yk_figure unknown(const char *why)
{
    return (struct yk_figure){.why = why};
}

static struct yk_figure exact(double value)
{
    return (struct yk_figure){.value = value, .lower = value, .upper = value};
}

static void doubt(struct yk_figure *figure, double most)
{
    if (!figure->why && most >= OPEN_FROM && figure->upper - figure->lower > OPEN_SHARE * most)
        figure->why = "the interval leaves open nearly all that is possible";
}

/* N of each group and of all. */
static void count_visits(const struct yk_recording_figures *all, struct yk_group_figures group[static YK_GROUP_COUNT])
{
    struct yk_visits sum = {0}, cell;
    const char *why = NULL;
    double lower = 0, upper = 0;
    for (int g = 0; g < YK_GROUP_ALL; g++) {
        struct yk_figure *figure = &group[g].visits;
        const struct yk_rotation_sums *s = &group[g].sums;
        if (g == YK_GROUP_STILL || s->addresses == 0) {
            yk_visits_exact(s->addresses, &cell);
            *figure = exact(cell.value);
        } else if (all->period[g].state != YK_PERIOD_OK) {
            *figure = (struct yk_figure){.why = yk_period_state_text(all->period[g].state),
                                         .lower = 1,
                                         .upper = (double)s->addresses,
                                         .bounded = true};
        } else {
            enum yk_visits_state state = yk_visits_rotating(s, &all->period[g].period, &cell);
            *figure = (struct yk_figure){.why = state == YK_VISITS_OK ? NULL : yk_visits_state_text(state),
                                         .value = cell.value,
                                         .lower = cell.lower,
                                         .upper = cell.upper,
                                         .bounded = true};
            doubt(figure, (double)s->addresses);
        }
        lower += figure->lower;
        upper += figure->upper;
        if (figure->why)
            why = figure->why;
        else
            yk_visits_add(&sum, &cell);
    }
    group[YK_GROUP_ALL].visits =
        why ? (struct yk_figure){.why = why, .lower = lower, .upper = upper, .bounded = true}
            : (struct yk_figure){.value = sum.value, .lower = sum.lower, .upper = sum.upper, .bounded = true};
}

/* T alone is what was heard; g for each end is the mean of what was not. */
static struct yk_figure occupancy(const struct yk_rotation_sums *s, double window_s)
{
    double heard = window_s > 0 ? (double)s->life_ds / 10 / window_s : 0, value = yk_rotation_occupancy(s, window_s);
    /* Where gaps are as long as the window the correction is too much: there are no more than addresses. */
    double most = fmax((double)s->addresses, heard);
    return (struct yk_figure){.value = fmin(value, most), .lower = heard, .upper = fmin(2 * value - heard, most)};
}

static void count_occupancy(struct yk_group_figures to[static YK_GROUP_COUNT],
                            const struct yk_rotation_sums from[static YK_GROUP_COUNT], double window_s)
{
    struct yk_figure all = {0};
    for (int g = 0; g < YK_GROUP_ALL; g++) {
        struct yk_figure one = to[g].occupancy = occupancy(&from[g], window_s);
        all.value += one.value;
        all.lower += one.lower;
        all.upper += one.upper;
    }
    to[YK_GROUP_ALL].occupancy = all;
}

/* Sums of the time inside the guards, by group; returns how much time that is, in seconds. A and the gaps are not of that
 * time: of the gaps the ratio is used alone, of A nothing. */
static double inner_sums(const struct yk_recording *r, const struct lives *lives,
                         const struct yk_group_figures whole[static YK_GROUP_COUNT],
                         struct yk_rotation_sums out[static YK_GROUP_COUNT])
{
    int64_t window_ds = 0;
    memset(out, 0, YK_GROUP_COUNT * sizeof *out);
    for (int g = 0; g < YK_GROUP_ALL; g++) {
        out[g].gap_ds = whole[g].sums.gap_ds;
        out[g].gap_sq_ds2 = whole[g].sums.gap_sq_ds2;
    }
    for (size_t k = 0; k < r->stretch_count; k++) {
        int64_t from = r->stretches[k].from_ds + GUARD_DS, to = r->stretches[k].to_ds - GUARD_DS;
        if (to <= from)
            continue;
        window_ds += to - from;
        for (size_t i = 0; i < lives->count; i++) {
            const struct life *life = &lives->list[i];
            if (life->death_ds < from || life->birth_ds >= to)
                continue;
            struct yk_rotation_sums *s = &out[life->group];
            bool before = life->birth_ds < from, after = life->death_ds >= to;
            s->addresses++;
            s->births += !before;
            s->deaths += !after;
            s->carried_in += before;
            s->carried_out += after;
            s->life_ds += (after ? to : life->death_ds) - (before ? from : life->birth_ds);
        }
    }
    return (double)window_ds / 10;
}

/* Who came, who left, and device time with what is hidden in gaps. */
struct passed {
    const char *why;
    struct yk_figure arrivals, departures;
    double device_s; /* the mean stay is this for each who passed, plus 2g */
    double two_g_s;
};

static struct passed passed_of(const struct yk_rotation_sums *s, const struct yk_measured_period *p, bool still)
{
    struct passed out = {.two_g_s = yk_rotation_two_g_s(s)};
    if (still || s->addresses == 0) {
        out.arrivals = exact((double)s->births);
        out.departures = exact((double)s->deaths);
        out.device_s = (double)s->life_ds / 10;
        return out;
    }
    struct yk_rotation_flows flows;
    enum yk_visits_state state = yk_rotation_flows(s, &p->period, &flows);
    if (state != YK_VISITS_OK) {
        out.why = yk_visits_state_text(state);
        return out;
    }
    out.arrivals = (struct yk_figure){NULL, flows.arrivals.value, flows.arrivals.lower, flows.arrivals.upper, true};
    out.departures =
        (struct yk_figure){NULL, flows.departures.value, flows.departures.lower, flows.departures.upper, true};
    out.device_s = (double)s->life_ds / 10 * p->period.period_s / (p->period.period_s - out.two_g_s);
    return out;
}

static void add_to(struct yk_figure *to, const struct yk_figure *from)
{
    to->value += from->value;
    to->lower += from->lower;
    to->upper += from->upper;
}

/* Two errors, added as squares: of how many passed, and of those whose stay the window's borders cut, each at a random
 * instant of it: 2 x occupancy of them, each wrong by about a stay. */
static struct yk_figure mean_stay(const struct passed *p, double window_s)
{
    double value = (p->arrivals.value + p->departures.value) / 2;
    double lower = (p->arrivals.lower + p->departures.lower) / 2;
    double upper = (p->arrivals.upper + p->departures.upper) / 2;
    if (value < PASSED_MIN || lower <= 0)
        return unknown("too few came and left");
    double stay_s = p->device_s / value;
    double cut_s = Z95 * sqrt(2 * p->device_s / window_s) / value * stay_s;
    double down_s = hypot(stay_s - p->device_s / upper, cut_s), up_s = hypot(p->device_s / lower - stay_s, cut_s);
    struct yk_figure stay = {NULL, stay_s + p->two_g_s, fmax(stay_s - down_s, 0) + p->two_g_s,
                             stay_s + up_s + p->two_g_s, true};
    return stay.value * STAYS_IN_WINDOW <= window_s ? stay : unknown("the recording is not much longer than a stay");
}

static void count_flows(const struct yk_recording_figures *all, struct yk_group_figures to[static YK_GROUP_COUNT],
                        const struct yk_rotation_sums inner[static YK_GROUP_COUNT], double window_s)
{
    struct passed sum = {0};
    double hidden_s = 0;
    for (int g = 0; g < YK_GROUP_ALL; g++) {
        bool still = g == YK_GROUP_STILL;
        struct passed p = {.why = NULL};
        if (still || inner[g].addresses == 0 || all->period[g].state == YK_PERIOD_OK)
            p = passed_of(&inner[g], still || all->period[g].state != YK_PERIOD_OK ? NULL : &all->period[g], still);
        else
            p.why = yk_period_state_text(all->period[g].state);
        if (!p.why && !still)
            doubt(&p.arrivals, (double)inner[g].births);
        p.why = p.arrivals.why ? p.arrivals.why : p.why;
        to[g].arrivals = p.why ? unknown(p.why) : p.arrivals;
        to[g].stay_s = p.why ? unknown(p.why) : mean_stay(&p, window_s);
        sum.why = p.why ? p.why : sum.why;
        add_to(&sum.arrivals, &p.arrivals);
        add_to(&sum.departures, &p.departures);
        sum.device_s += p.device_s;
        hidden_s += p.two_g_s * (p.arrivals.value + p.departures.value) / 2;
    }
    sum.device_s += hidden_s; /* each class has its own 2g: as time here, and not on top of the quotient */
    to[YK_GROUP_ALL].arrivals = sum.why ? unknown(sum.why) : sum.arrivals;
    to[YK_GROUP_ALL].stay_s = sum.why ? unknown(sum.why) : mean_stay(&sum, window_s);
}

static void group_sums(const struct yk_radio_sums *radio, struct yk_group_figures to[static YK_GROUP_COUNT])
{
    for (int c = 0; c < YK_CLASS_COUNT; c++) {
        const struct yk_rotation_sums *from = &radio->class_of[c];
        for (int part = 0; part < 2; part++) {
            struct yk_rotation_sums *s = &to[part ? YK_GROUP_ALL : group_of((uint8_t)c)].sums;
            s->addresses += from->addresses;
            s->births += from->births;
            s->deaths += from->deaths;
            s->carried_in += from->carried_in;
            s->carried_out += from->carried_out;
            s->life_ds += from->life_ds;
            s->gap_ds += from->gap_ds;
            s->gap_sq_ds2 += from->gap_sq_ds2;
        }
    }
}

static double listened_between(const struct yk_recording *r, int64_t start_s, int64_t end_s)
{
    int64_t ds = 0;
    for (size_t i = 0; i < r->stretch_count; i++) {
        int64_t from = r->stretches[i].from_ds, to = r->stretches[i].to_ds;
        from = from > start_s * 10 ? from : start_s * 10;
        to = to < end_s * 10 ? to : end_s * 10;
        ds += to > from ? to - from : 0;
    }
    return (double)ds / 10;
}

static void fill_window(const struct yk_recording *r, const struct yk_radio_sums *radio, int64_t start_s, int64_t end_s,
                        struct yk_recording_figures *out)
{
    struct yk_window_figures *w = &out->windows[out->window_count];
    w->listened_s = listened_between(r, start_s, end_s);
    if (w->listened_s <= 0)
        return;
    w->start_s = start_s;
    w->end_s = end_s;
    group_sums(radio, w->group);
    count_visits(out, w->group);
    struct yk_rotation_sums sums[YK_GROUP_COUNT];
    for (int g = 0; g < YK_GROUP_COUNT; g++) {
        sums[g] = w->group[g].sums;
        w->group[g].arrivals = w->group[g].stay_s = unknown("of the whole recording only");
    }
    count_occupancy(w->group, sums, w->listened_s);
    out->window_count++;
}

static enum yk_status fill(struct yk_recording *r, const struct lives *lives, struct yk_recording_figures *out)
{
    struct yk_span span;
    struct yk_walk_sums sums = {0};
    int64_t first_ds = r->stretches[0].from_ds, last_ds = r->stretches[r->stretch_count - 1].to_ds;
    int64_t start_s = first_ds / 10 / YK_WINDOW_S * YK_WINDOW_S, end_s = start_s;
    for (size_t i = 0; i < r->count; i++)
        start_s =
            r->list[i].window_s < start_s ? r->list[i].window_s : start_s; /* a chain's first piece may lie before */
    while (end_s * 10 <= last_ds)
        end_s += YK_WINDOW_S;
    enum yk_status status = yk_span_init(&span, start_s, end_s);
    if (status != YK_OK)
        return status;
    bool by_hour = out->listened_s > QUARTERS_UP_TO;
    sums.quarter = calloc(span.quarters + 1, sizeof *sums.quarter);
    sums.hour = calloc(span.hours + 1, sizeof *sums.hour);
    out->windows = calloc((by_hour ? span.hours : span.quarters) + 1, sizeof *out->windows);
    if (!sums.quarter || !sums.hour || !out->windows) {
        status = YK_ERR_MEMORY;
        goto out;
    }
    yk_lives_walk(&span, r->list, r->count, &sums);
    measure_periods(r, out);
    out->whole.start_s = first_ds / 10;
    out->whole.end_s = last_ds / 10;
    out->whole.listened_s = out->listened_s;
    group_sums(&sums.day, out->whole.group);
    count_visits(out, out->whole.group);
    struct yk_rotation_sums inner[YK_GROUP_COUNT];
    double inner_s = inner_sums(r, lives, out->whole.group, inner);
    if (inner_s >= INNER_MIN_S) {
        count_occupancy(out->whole.group, inner, inner_s);
        count_flows(out, out->whole.group, inner, inner_s);
    } else {
        for (int g = 0; g < YK_GROUP_COUNT; g++)
            out->whole.group[g].occupancy = out->whole.group[g].arrivals = out->whole.group[g].stay_s =
                unknown("the recording is too short: two minutes at least");
    }
    for (size_t i = 0; !by_hour && i < span.quarters; i++)
        fill_window(r, &sums.quarter[i], start_s + (int64_t)i * YK_WINDOW_S, start_s + (int64_t)(i + 1) * YK_WINDOW_S,
                    out);
    for (size_t i = 0; by_hour && i < span.hours; i++)
        fill_window(r, &sums.hour[i], span.hour_start[i], span.hour_end[i], out);
    if (out->window_count == 1)
        out->window_count = 0;
out:
    free(sums.quarter);
    free(sums.hour);
    yk_span_clear(&span);
    return status;
}

enum yk_status yk_recording_estimate(struct yk_recording *r, struct yk_recording_figures *out, struct yk_error *err)
{
    struct lives lives = {0};
    memset(out, 0, sizeof *out);
    out->why = why_times_make_no_sense(r);
    if (out->why)
        return YK_OK;
    out->stretches = r->stretch_count;
    for (size_t i = 0; i < r->stretch_count; i++)
        out->listened_s += (double)(r->stretches[i].to_ds - r->stretches[i].from_ds) / 10;
    enum yk_status status = split(r, &lives, out) ? fill(r, &lives, out) : YK_ERR_MEMORY;
    free(lives.list);
    return status == YK_OK ? YK_OK : yk_error_set(err, status, "no memory to estimate the devices of a recording");
}

void yk_recording_figures_clear(struct yk_recording_figures *figures)
{
    free(figures->windows);
    memset(figures, 0, sizeof *figures);
}
