/* Lives out of bitmaps. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A life of a pseudonym is a stretch in which it was never silent for more than the merge gap. Within a window the
 * ticks say where a silence was (to the tick; its borders are set at the ticks' edges), at the window's ends the first
 * and last advert say it to 0.1 s. Two neighbouring windows belong to one life if the silence across their border is
 * within the merge gap; since that gap is shorter than a window, windows apart never do. A life's time inside a window
 * runs to the border on the side where it goes on, so times add up over windows, and births, deaths and carried lives
 * are what rotation.h asks for. */
#include "lives/walk.h"

#include "base/calendar.h"
#include "lives/pseudonym_sort.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(struct yk_heard, pseudonym) == sizeof(uint64_t) &&
                   offsetof(struct yk_heard_in_window, device) == 0 &&
                   sizeof(struct yk_heard_in_window) <= YK_PSEUDONYM_SORT_SIZE_MAX,
               "devices are sorted by what they begin with");

#define WINDOW_DS     (YK_WINDOW_S * 10)
#define TICK_DS       (YK_TICK_S * 10)
#define MERGE_DS      (YK_MERGE_GAP_S * 10)
#define MERGE_TICKS   (YK_MERGE_GAP_S / YK_TICK_S)
#define CLOSED_FEWEST 2     /* quarters */
#define STATIC_DS     64800 /* 1.8 h: what lives longer does not rotate, as the lag counting has it */

enum yk_status yk_span_init(struct yk_span *span, int64_t start_s, int64_t end_s)
{
    memset(span, 0, sizeof *span);
    span->start_s = start_s;
    span->end_s = end_s;
    span->quarters = (size_t)((end_s - start_s) / YK_WINDOW_S);
    span->hour_of = calloc(span->quarters + 1, sizeof *span->hour_of);
    span->hour_start = calloc(span->quarters + 1, sizeof *span->hour_start);
    span->hour_end = calloc(span->quarters + 1, sizeof *span->hour_end);
    span->quarter_key = calloc(span->quarters + 1, sizeof *span->quarter_key);
    span->hour_key = calloc(span->quarters + 1, sizeof *span->hour_key);
    span->closed = calloc(span->quarters + 1, sizeof *span->closed);
    span->closed_heard = calloc(span->quarters + 1, sizeof *span->closed_heard);
    if (!span->hour_of || !span->hour_start || !span->hour_end || !span->quarter_key || !span->hour_key ||
        !span->closed || !span->closed_heard) {
        yk_span_clear(span);
        return YK_ERR_MEMORY;
    }
    for (size_t i = 0; i < span->quarters; i++) {
        int64_t t = start_s + (int64_t)i * YK_WINDOW_S;
        int64_t hour = yk_calendar_hour_start(t);
        if (span->hours == 0 || span->hour_start[span->hours - 1] != hour)
            span->hour_start[span->hours++] = hour;
        span->hour_of[i] = span->hours - 1;
        span->hour_end[span->hours - 1] = t + YK_WINDOW_S;
    }
    yk_span_close(span, YK_CLOSED_FROM_S, YK_CLOSED_TO_S);
    return YK_OK;
}

void yk_span_close(struct yk_span *span, int from_s, int to_s)
{
    for (size_t i = 0; i < span->quarters; i++) {
        struct yk_civil civil = yk_calendar_civil(span->start_s + (int64_t)i * YK_WINDOW_S);
        int at_s = civil.hour * 3600 + civil.minute * 60 + civil.second;
        span->closed[i] = from_s <= to_s ? at_s >= from_s && at_s < to_s : at_s >= from_s || at_s < to_s;
    }
}

void yk_span_clear(struct yk_span *span)
{
    free(span->hour_of);
    free(span->hour_start);
    free(span->hour_end);
    free(span->closed);
    free(span->closed_heard);
    free(span->quarter_key);
    free(span->hour_key);
    memset(span, 0, sizeof *span);
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

#define LATEST_BEFORE \
    (YK_WINDOW_TICKS - MERGE_TICKS - 2) /* the last tick that a silence above the merge gap can follow */

_Static_assert(LATEST_BEFORE + 1 < 64 && MERGE_TICKS < 64 && YK_WINDOW_TICKS <= 2 * (MERGE_TICKS + 2),
               "a window has room for one silence that parts lives, and the ticks before it are in the first word");

/* The ticks on both sides of a silence above the merge gap. All that can be before it are before all that can be after it,
 * and between those nothing is heard: three looks at the bits and no loop over them. */
static bool inner_silence(const struct yk_heard *d, int *before, int *after)
{
    const uint64_t can_be_before = (UINT64_C(2) << LATEST_BEFORE) - 1, middle = (UINT64_C(1) << (MERGE_TICKS + 1)) - 1;
    uint64_t early = d->ticks[0] & can_be_before, late = d->ticks[0] & ~middle;
    if (early == 0 || (d->ticks[0] & middle & ~can_be_before) != 0 || (late | d->ticks[1]) == 0)
        return false;
    *before = 63 - __builtin_clzll(early);
    *after = late ? __builtin_ctzll(late) : 64 + __builtin_ctzll(d->ticks[1]);
    return *after - *before - 1 >= MERGE_TICKS;
}

/* One window of one pseudonym, seen with its neighbours. */
static struct yk_rotation_sums sums_of(const struct yk_heard *d, bool goes_on_before, bool goes_on_after)
{
    int before, after;
    int silences = inner_silence(d, &before, &after);
    int64_t silent_ds = silences ? (int64_t)(after - before - 1) * TICK_DS : 0;
    int64_t from = goes_on_before ? 0 : d->first_ds;
    int64_t to = goes_on_after ? WINDOW_DS : d->last_ds;
    return (struct yk_rotation_sums){
        .addresses = 1,
        .births = !goes_on_before + silences,
        .deaths = !goes_on_after + silences,
        .carried_in = goes_on_before,
        .carried_out = goes_on_after,
        .life_ds = to - from - silent_ds,
        .gap_ds = d->gap_ds,
        .gap_sq_ds2 = (int64_t)d->gap_sq_ds2,
    };
}

/* Adds a window's sums to one that contains it. The address and what is carried over the borders count once per whole:
 * the caller says whether this is the address's first window in it, and whether the window lies at the whole's ends. */
static void add(struct yk_rotation_sums *to, const struct yk_rotation_sums *s, bool first, bool at_start, bool at_end)
{
    to->addresses += first;
    to->births += s->births;
    to->deaths += s->deaths;
    to->carried_in += at_start ? s->carried_in : 0;
    to->carried_out += at_end ? s->carried_out : 0;
    to->life_ds += s->life_ds;
    to->gap_ds += s->gap_ds;
    to->gap_sq_ds2 += s->gap_sq_ds2;
}

/* Where a window's first life ends and its last one begins, tenths of a second into it: the first and last advert, moved in
 * to the ticks around a silence above the merge gap, if there is one. */
static void ends_of_lives(const struct yk_heard *d, int64_t *first_end_ds, int64_t *last_begin_ds)
{
    int before, after;
    bool silent = inner_silence(d, &before, &after);
    *first_end_ds = silent ? (int64_t)(before + 1) * TICK_DS : d->last_ds;
    *last_begin_ds = silent ? (int64_t)after * TICK_DS : d->first_ds;
}

/* The class under which a pseudonym is counted: one that lives longer than any rotation is as good as static. */
static uint8_t class_of(const struct yk_heard_in_window *list, size_t count)
{
    int64_t born_ds = 0, heard_ds = INT64_MIN / 2;
    for (size_t i = 0; i < count; i++) {
        int64_t at_ds = list[i].window_s * 10, first_end_ds, last_begin_ds;
        ends_of_lives(&list[i].device, &first_end_ds, &last_begin_ds);
        if (at_ds + list[i].device.first_ds - heard_ds > MERGE_DS)
            born_ds = at_ds + list[i].device.first_ds;
        if (at_ds + first_end_ds - born_ds > STATIC_DS)
            return YK_CLASS_STATIC;
        if (last_begin_ds != list[i].device.first_ds)
            born_ds = at_ds + last_begin_ds;
        heard_ds = at_ds + list[i].device.last_ds;
    }
    return list[0].device.address_class;
}

/* Counts the keys under which anything was heard. The list is sorted by key: a window's last key says whether this is a
 * new one. */
static void count_key(struct yk_radio_sums *facts, uint64_t *last_key, uint64_t key_id)
{
    facts->keys += *last_key != key_id;
    *last_key = key_id;
}

static size_t quarter_of(const struct yk_span *span, const struct yk_heard_in_window *heard)
{
    return (size_t)((heard->window_s - span->start_s) / YK_WINDOW_S);
}

/* Heard in more than half of the closed quarters that say anything. */
static bool there_when_closed(const struct yk_span *span, const struct yk_heard_in_window *list, size_t count,
                              size_t closed)
{
    size_t heard = 0;
    for (size_t i = 0; i < count; i++)
        heard += span->closed[quarter_of(span, &list[i])];
    return closed >= CLOSED_FEWEST && 2 * heard > closed;
}

/* Tells the lives of one pseudonym. A window has at most two, since a silence that parts them is longer than its half. */
static void tell_lives(const struct yk_walk_sums *sums, const struct yk_heard_in_window *list, size_t count,
                       uint8_t class)
{
    struct yk_lived life = {
        .key_id = list[0].device.key_id, .pseudonym = list[0].device.pseudonym, .address_class = class};
    for (size_t i = 0; i < count; i++) {
        const struct yk_heard *d = &list[i].device;
        int64_t at_ds = list[i].window_s * 10, first_end_ds, last_begin_ds;
        if (i == 0 || at_ds + d->first_ds - life.end_ds > MERGE_DS) {
            if (i > 0)
                sums->life(sums->context, &life);
            life.begin_ds = at_ds + d->first_ds;
            life.gap_ds = 0;
            life.gap_sq_ds2 = 0;
        }
        life.gap_ds += d->gap_ds;
        life.gap_sq_ds2 += d->gap_sq_ds2;
        ends_of_lives(d, &first_end_ds, &last_begin_ds);
        if (last_begin_ds != d->first_ds) {
            life.end_ds = at_ds + first_end_ds;
            sums->life(sums->context, &life);
            life.begin_ds = at_ds + last_begin_ds;
            life.gap_ds = 0;
            life.gap_sq_ds2 = 0;
        }
        life.end_ds = at_ds + d->last_ds;
    }
    sums->life(sums->context, &life);
}

static void count_infrastructure(const struct yk_span *span, const struct yk_heard_in_window *list, size_t count,
                                 struct yk_walk_sums *sums)
{
    size_t last_hour = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t quarter = quarter_of(span, &list[i]), hour = span->hour_of[quarter];
        sums->quarter[quarter].infrastructure++;
        sums->hour[hour].infrastructure += hour != last_hour;
        count_key(&sums->quarter[quarter], &span->quarter_key[quarter], list[i].device.key_id);
        count_key(&sums->hour[hour], &span->hour_key[hour], list[i].device.key_id);
        last_hour = hour;
    }
    sums->day.infrastructure++;
}

static void walk_one(const struct yk_span *span, const struct yk_heard_in_window *list, size_t count, size_t closed,
                     struct yk_walk_sums *sums)
{
    uint8_t class = class_of(list, count);
    if ((class == YK_CLASS_PUBLIC || class == YK_CLASS_STATIC) && there_when_closed(span, list, count, closed)) {
        count_infrastructure(span, list, count, sums);
        return;
    }
    size_t last_hour = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        int64_t at_ds = list[i].window_s * 10;
        bool before =
            i > 0 &&
            at_ds + list[i].device.first_ds - (list[i - 1].window_s * 10 + list[i - 1].device.last_ds) <= MERGE_DS;
        bool after =
            i + 1 < count &&
            list[i + 1].window_s * 10 + list[i + 1].device.first_ds - (at_ds + list[i].device.last_ds) <= MERGE_DS;
        struct yk_rotation_sums s = sums_of(&list[i].device, before, after);
        size_t quarter = quarter_of(span, &list[i]), hour = span->hour_of[quarter];
        int64_t end_s = list[i].window_s + YK_WINDOW_S;
        add(&sums->quarter[quarter].class_of[class], &s, true, true, true);
        add(&sums->hour[hour].class_of[class], &s, hour != last_hour,
            quarter == 0 || span->hour_of[quarter - 1] != hour, end_s == span->hour_end[hour]);
        add(&sums->day.class_of[class], &s, i == 0, quarter == 0, end_s == span->end_s);
        count_key(&sums->quarter[quarter], &span->quarter_key[quarter], list[i].device.key_id);
        count_key(&sums->hour[hour], &span->hour_key[hour], list[i].device.key_id);
        last_hour = hour;
    }
    if (sums->life)
        tell_lives(sums, list, count, class);
}

void yk_lives_walk(const struct yk_span *span, struct yk_heard_in_window *list, size_t count, struct yk_walk_sums *sums)
{
    yk_pseudonym_sort(list, count, sizeof *list, by_identity_and_time);
    memset(span->quarter_key, 0, (span->quarters + 1) * sizeof *span->quarter_key);
    memset(span->hour_key, 0, (span->quarters + 1) * sizeof *span->hour_key);
    memset(span->closed_heard, 0, (span->quarters + 1) * sizeof *span->closed_heard);
    size_t closed = 0;
    for (size_t i = 0; i < count; i++) {
        size_t quarter = quarter_of(span, &list[i]);
        closed += span->closed[quarter] && !span->closed_heard[quarter];
        span->closed_heard[quarter] = true;
    }
    uint64_t day_key = 0; /* key ids are never 0 */
    for (size_t from = 0, to; from < count; from = to) {
        count_key(&sums->day, &day_key, list[from].device.key_id);
        for (to = from + 1; to < count && list[to].device.pseudonym == list[from].device.pseudonym &&
                            list[to].device.key_id == list[from].device.key_id;)
            to++;
        walk_one(span, list + from, to - from, closed, sums);
    }
}
