/* The table of open stays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only people who are inside have an entry: buckets by zone and track, and a list by the last word, oldest first. All is
 * allocated once. */
#include "sources/own_stays.h"

#include "geometry/stay.h"

#include <stddef.h>
#include <stdlib.h>

#define NONE       UINT32_MAX
#define BUCKETS    4096 /* a power of two */
#define SILENCE_US INT64_C(3600000000)

struct entry {
    uint64_t track;
    struct yk_stay stay;
    int64_t word_us;
    uint32_t next, older, newer; /* in its bucket, in the list; `next` also links the free ones */
    uint8_t zone;
    bool gap;
};

struct yk_own_stays {
    struct yk_own_stays_listener listener;
    struct yk_drops *drops;
    uint32_t unused, oldest, newest;
    uint32_t buckets[BUCKETS];
    struct entry entries[YK_OWN_STAYS_MAX];
};

static uint32_t *bucket_of(struct yk_own_stays *s, uint8_t zone, uint64_t track)
{
    uint64_t h = track ^ (uint64_t)zone << 56; /* finaliser of splitmix64 */
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBu;
    return &s->buckets[(h ^ (h >> 31)) % BUCKETS];
}

static uint32_t find(struct yk_own_stays *s, uint8_t zone, uint64_t track)
{
    uint32_t at = *bucket_of(s, zone, track);
    while (at != NONE && (s->entries[at].zone != zone || s->entries[at].track != track))
        at = s->entries[at].next;
    return at;
}

static void unlink_age(struct yk_own_stays *s, const struct entry *e)
{
    *(e->older == NONE ? &s->oldest : &s->entries[e->older].newer) = e->newer;
    *(e->newer == NONE ? &s->newest : &s->entries[e->newer].older) = e->older;
}

static void link_newest(struct yk_own_stays *s, uint32_t at)
{
    s->entries[at].older = s->newest;
    s->entries[at].newer = NONE;
    *(s->newest == NONE ? &s->oldest : &s->entries[s->newest].newer) = at;
    s->newest = at;
}

static void forget(struct yk_own_stays *s, uint32_t at)
{
    struct entry *e = &s->entries[at];
    uint32_t *link = bucket_of(s, e->zone, e->track);
    while (*link != at)
        link = &s->entries[*link].next;
    *link = e->next;
    unlink_age(s, e);
    e->next = s->unused;
    s->unused = at;
}

/* A slice on its way out. */
struct slice_path {
    const struct yk_own_stays *stays;
    uint8_t zone;
};

static enum yk_status take_slice(void *context, const struct yk_zone_slice *slice, struct yk_error *err)
{
    const struct slice_path *path = (const struct slice_path *)context;
    struct yk_zone_slice placed = *slice;
    placed.zone = path->zone;
    return path->stays->listener.zone(path->stays->listener.context, &placed, err);
}

static enum yk_status end_stay(struct yk_own_stays *s, uint32_t at, struct yk_error *err)
{
    struct slice_path path = {s, s->entries[at].zone};
    struct yk_stay_sink sink = {take_slice, &path};
    enum yk_status status = yk_stay_end(&s->entries[at].stay, &sink, err);
    forget(s, at);
    return status;
}

static enum yk_status enter(struct yk_own_stays *s, uint8_t zone, uint64_t track, uint32_t *out, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (s->unused == NONE) {
        yk_drop(s->drops, YK_DROP_table_full);
        status = end_stay(s, s->oldest, err);
    }
    uint32_t at = s->unused, *bucket = bucket_of(s, zone, track);
    s->unused = s->entries[at].next;
    s->entries[at] = (struct entry){.track = track, .zone = zone, .next = *bucket};
    *bucket = at;
    link_newest(s, at);
    *out = at;
    return status;
}

enum yk_status yk_own_stays_word(struct yk_own_stays *s, uint8_t zone, uint64_t track, int64_t time_us, bool inside,
                                 struct yk_error *err)
{
    uint32_t at = find(s, zone, track);
    enum yk_status status = YK_OK;
    if (at != NONE && time_us < s->entries[at].word_us) {
        yk_drop(s->drops, YK_DROP_out_of_order);
        return YK_OK;
    }
    if (at == NONE && !inside)
        return YK_OK; /* nobody said that they came */
    bool held = at != NONE && !s->entries[at].gap && time_us - s->entries[at].word_us <= SILENCE_US;
    if (at == NONE) {
        status = enter(s, zone, track, &at, err);
    } else {
        unlink_age(s, &s->entries[at]);
        link_newest(s, at);
    }
    struct entry *e = &s->entries[at];
    struct slice_path path = {s, zone};
    struct yk_stay_sink sink = {take_slice, &path};
    e->word_us = time_us;
    e->gap = false;
    if (status == YK_OK)
        status = yk_stay_word(&e->stay, time_us, inside, held, &sink, err);
    if (!e->stay.open)
        forget(s, at);
    return status;
}

void yk_own_stays_gap(struct yk_own_stays *s)
{
    for (uint32_t at = s->oldest; at != NONE; at = s->entries[at].newer)
        s->entries[at].gap = true;
}

enum yk_status yk_own_stays_end(struct yk_own_stays *s, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    while (status == YK_OK && s->oldest != NONE)
        status = end_stay(s, s->oldest, err);
    return status;
}

enum yk_status yk_own_stays_new(const struct yk_own_stays_listener *listener, struct yk_drops *drops,
                                struct yk_own_stays **out, struct yk_error *err)
{
    struct yk_own_stays *s = (struct yk_own_stays *)calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the table of stays");
    s->listener = *listener;
    s->drops = drops;
    s->oldest = s->newest = NONE;
    for (size_t i = 0; i < BUCKETS; i++)
        s->buckets[i] = NONE;
    for (uint32_t i = 0; i < YK_OWN_STAYS_MAX; i++)
        s->entries[i].next = i + 1 < YK_OWN_STAYS_MAX ? i + 1 : NONE;
    return YK_OK;
}

void yk_own_stays_free(struct yk_own_stays *s)
{
    free(s);
}
