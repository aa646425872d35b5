/* Cells: adding, merging, and their bytes. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A part of a presence cell, its numbers LEB128 where no size is given:
 *
 *     number k of key ids, k times 8 bytes key id
 *     number of devices, then per device
 *         8 bytes pseudonym
 *         4 * index of its key id + address class
 *         first_ds, last_ds - first_ds
 *         the ticks between those of the first and the last advert, a bit each from the low end: none if there is
 *             none between, else as many bytes as they need; the two at the ends are set, or there would be no advert
 *         adverts, G, G^2
 *
 * About 25 bytes where the memory's form has 64: a commit of a few minutes writes each device of a busy place, and what
 * is written costs more than what is counted. */
#include "state/cell.h"

#include "lives/heard_set.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct yk_heard) == 64, "a device is one line of a cache");
_Static_assert(sizeof(struct yk_cell) <= 512,
               "an epoch that ends awaits ten thousands of cells: what is large stands apart");

enum yk_status yk_cell_init(struct yk_cell *cell, enum yk_cell_kind kind, const char *key, int64_t window_s)
{
    memset(cell, 0, sizeof *cell);
    cell->kind = kind;
    memcpy(cell->key, key, strnlen(key, sizeof cell->key - 1));
    cell->window_s = window_s;
    if (kind == YK_CELL_ZONE) {
        cell->as.zone = calloc(1, sizeof *cell->as.zone);
        if (!cell->as.zone)
            return YK_ERR_MEMORY;
    }
    if (kind == YK_CELL_LAGS) {
        cell->as.lags = calloc(1, sizeof *cell->as.lags);
        if (!cell->as.lags)
            return YK_ERR_MEMORY;
    }
    if (kind == YK_CELL_REDUCED) {
        cell->as.reduced = calloc(1, sizeof *cell->as.reduced);
        if (!cell->as.reduced)
            return YK_ERR_MEMORY;
    }
    return YK_OK;
}

void yk_cell_clear(struct yk_cell *cell)
{
    if (cell->kind == YK_CELL_PRESENCE)
        yk_heard_set_clear(&cell->as.devices);
    else if (cell->kind == YK_CELL_ZONE)
        free(cell->as.zone);
    else if (cell->kind == YK_CELL_LAGS)
        free(cell->as.lags);
    else if (cell->kind == YK_CELL_REDUCED)
        free(cell->as.reduced);
    memset(cell, 0, sizeof *cell);
}

enum yk_status yk_cell_hear_run(struct yk_cell *cell, uint64_t key_id, const struct yk_presence *run, size_t count)
{
    return yk_heard_set_hear(&cell->as.devices, cell->window_s, key_id, run, count);
}

enum yk_status yk_cell_hear(struct yk_cell *cell, uint64_t key_id, const struct yk_presence *presence)
{
    return yk_cell_hear_run(cell, key_id, presence, 1);
}

/* First whole second of the window at or after t. */
static int second_of(const struct yk_cell *cell, int64_t t_ms)
{
    int64_t second = (t_ms - cell->window_s * 1000 + 999) / 1000;
    return second < 0 ? 0 : second > YK_WINDOW_S ? YK_WINDOW_S : (int)second;
}

void yk_cell_stay(struct yk_cell *cell, const struct yk_zone_slice *slice)
{
    struct yk_zone_cell *zone = cell->as.zone;
    zone->inside_ms += slice->inside_ms;
    zone->entered += slice->entered;
    zone->left += slice->left;
    zone->change[second_of(cell, slice->from_ms)]++;
    zone->change[second_of(cell, slice->to_ms)]--;
}

void yk_cell_ran(struct yk_cell *cell, int64_t t0_s, int64_t t1_s)
{
    int64_t from = t0_s - cell->window_s, to = t1_s - cell->window_s;
    for (int64_t i = from < 0 ? 0 : from; i < to && i < YK_WINDOW_S; i++)
        cell->as.health.ran[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Any order will do as long as it is one: by what is covered first. */
static int compare_sums(uint32_t covered_s, const struct yk_radio_sums *radio, uint32_t other_covered_s,
                        const struct yk_radio_sums *other)
{
    if (covered_s != other_covered_s)
        return covered_s < other_covered_s ? -1 : 1;
    return memcmp(radio, other, sizeof *radio);
}

static void reduce(struct yk_reduced_cell *cell, uint32_t length_s, uint32_t covered_s,
                   const struct yk_radio_sums *radio)
{
    unsigned at = 0;
    while (at < cell->count && cell->list[at].length_s < length_s)
        at++;
    if (at == cell->count || cell->list[at].length_s != length_s) {
        /* With more lengths than any district has the longest go, whichever came first. */
        if (at == YK_REDUCED_LENGTHS)
            return;
        if (cell->count == YK_REDUCED_LENGTHS)
            cell->count--;
        memmove(&cell->list[at + 1], &cell->list[at], (cell->count - at) * sizeof cell->list[0]);
        cell->count++;
    } else if (compare_sums(covered_s, radio, cell->list[at].covered_s, &cell->list[at].radio) <= 0) {
        return;
    }
    cell->list[at].length_s = length_s;
    cell->list[at].covered_s = covered_s;
    cell->list[at].radio = *radio;
}

void yk_cell_reduce(struct yk_cell *cell, const struct yk_presence_sums *sums)
{
    reduce(cell->as.reduced, sums->length_s, sums->covered_s, &sums->radio);
}

int64_t yk_zone_cell_max(const struct yk_zone_cell *zone)
{
    int64_t now = 0, most = 0;
    for (int i = 0; i < YK_WINDOW_S; i++) {
        now += zone->change[i];
        most = now > most ? now : most;
    }
    return most;
}

int yk_health_cell_seconds(const struct yk_health_cell *health)
{
    int seconds = 0;
    for (size_t i = 0; i < sizeof health->ran / sizeof health->ran[0]; i++)
        seconds += __builtin_popcountll(health->ran[i]);
    return seconds;
}

/* The greatest lengths: a zone cell's numbers are at most 10 bytes each, a lags cell's too. */
#define ENCODED_MAX 16384
#define TICK_DS     (YK_TICK_S * 10)
#define WINDOW_DS   (YK_WINDOW_S * 10)
#define KEY_BYTES   8
#define DEVICE_MAX  48 /* 8 pseudonym, 5 key and class, 2 + 2 first and last, 11 ticks, 5 + 5 + 10 sums */
#define DEVICE_MIN  14

/* The bits of a 128-bit number from `from` on. */
static void shift_down(const uint64_t in[static 2], unsigned from, uint64_t out[static 2])
{
    out[0] = from >= 64 ? in[1] >> (from - 64) : from ? in[0] >> from | in[1] << (64 - from) : in[0];
    out[1] = from >= 64 ? 0 : in[1] >> from;
}

static void shift_up(const uint64_t in[static 2], unsigned by, uint64_t out[static 2])
{
    out[1] = by >= 64 ? in[0] << (by - 64) : by ? in[1] << by | in[0] >> (64 - by) : in[1];
    out[0] = by >= 64 ? 0 : in[0] << by;
}

/* Ticks strictly between the first and the last, in whole bytes. */
static size_t bytes_between(const struct yk_heard *d)
{
    unsigned first = d->first_ds / TICK_DS, last = d->last_ds / TICK_DS;
    return last > first ? (last - first - 1 + 7) / 8 : 0;
}

static void put_device(struct yk_buffer *b, const struct yk_heard *d, size_t key)
{
    unsigned first = d->first_ds / TICK_DS, last = d->last_ds / TICK_DS;
    uint64_t between[2];
    yk_buffer_le(b, d->pseudonym, sizeof d->pseudonym);
    yk_buffer_varint(b, key * YK_CLASS_COUNT + d->address_class);
    yk_buffer_varint(b, d->first_ds);
    yk_buffer_varint(b, (uint64_t)(d->last_ds - d->first_ds));
    shift_down(d->ticks, first + 1, between);
    size_t bytes = bytes_between(d), low = bytes < 8 ? bytes : 8;
    if (last > first) /* the last tick is told by last_ds */
        between[(last - first - 1) / 64] &= ~(UINT64_C(1) << ((last - first - 1) % 64));
    yk_buffer_le(b, between[0], low);
    yk_buffer_le(b, between[1], bytes - low);
    yk_buffer_varint(b, d->adverts);
    yk_buffer_varint(b, d->gap_ds);
    yk_buffer_varint(b, d->gap_sq_ds2);
}

static uint64_t take_le(struct yk_cursor *c, size_t bytes)
{
    const uint8_t *p = yk_cursor_take(c, bytes);
    uint64_t value = 0;
    for (size_t i = 0; p && i < bytes; i++)
        value |= (uint64_t)p[i] << (8 * i);
    return value;
}

/* False if the bytes are no device. */
static bool take_device(struct yk_cursor *c, const uint8_t *keys, uint64_t key_count, struct yk_heard *d)
{
    *d = (struct yk_heard){.pseudonym = yk_cursor_le64(c)};
    uint64_t key_and_class = yk_cursor_varint(c), from = yk_cursor_varint(c), length = yk_cursor_varint(c);
    if (c->failed || key_and_class / YK_CLASS_COUNT >= key_count || from >= WINDOW_DS || length >= WINDOW_DS - from)
        return false;
    struct yk_cursor key = yk_cursor_of(keys + key_and_class / YK_CLASS_COUNT * KEY_BYTES, KEY_BYTES);
    d->key_id = yk_cursor_le64(&key);
    d->address_class = (uint8_t)(key_and_class % YK_CLASS_COUNT);
    d->first_ds = (uint16_t)from;
    d->last_ds = (uint16_t)(from + length);
    unsigned first = d->first_ds / TICK_DS, last = d->last_ds / TICK_DS, between = last > first ? last - first - 1 : 0;
    size_t bytes = bytes_between(d), low = bytes < 8 ? bytes : 8;
    uint64_t ticks[2];
    ticks[0] = take_le(c, low);
    ticks[1] = take_le(c, bytes - low);
    if (between < 64 ? ticks[1] != 0 || ticks[0] >> between != 0 : ticks[1] >> (between - 64) != 0)
        return false;
    shift_up(ticks, first + 1, d->ticks);
    d->ticks[first / 64] |= UINT64_C(1) << (first % 64);
    d->ticks[last / 64] |= UINT64_C(1) << (last % 64);
    uint64_t adverts = yk_cursor_varint(c), gap = yk_cursor_varint(c);
    d->gap_sq_ds2 = yk_cursor_varint(c);
    d->adverts = (uint32_t)adverts;
    d->gap_ds = (uint32_t)gap;
    return !c->failed && adverts <= UINT32_MAX && gap <= UINT32_MAX;
}

/* The key ids of a cell, each once, and each device's among them: a place hears few edges, mostly one. */
static enum yk_status number_keys(const struct yk_heard_set *set, uint64_t **keys, size_t *count, uint32_t **numbers)
{
    size_t capacity = 4, at = 0;
    *count = 0;
    *keys = malloc(capacity * sizeof **keys);
    *numbers = malloc((set->count + 1) * sizeof **numbers);
    for (size_t i = 0; *keys && *numbers && i < set->count; i++) {
        uint64_t key = set->list[i].key_id;
        if (at >= *count || (*keys)[at] != key)
            for (at = 0; at < *count && (*keys)[at] != key;)
                at++;
        if (at == capacity) {
            capacity *= 2;
            uint64_t *more = realloc(*keys, capacity * sizeof *more);
            if (!more)
                goto fail;
            *keys = more;
        }
        if (at == *count)
            (*keys)[(*count)++] = key;
        (*numbers)[i] = (uint32_t)at;
    }
    if (*keys && *numbers)
        return YK_OK;
fail:
    free(*keys);
    free(*numbers);
    return YK_ERR_MEMORY;
}

static enum yk_status encode_devices(const struct yk_heard_set *set, uint8_t **out, size_t *size)
{
    uint64_t *keys;
    uint32_t *numbers;
    size_t key_count;
    enum yk_status status = number_keys(set, &keys, &key_count, &numbers);
    if (status != YK_OK)
        return status;
    size_t bound = 20 + key_count * KEY_BYTES + set->count * DEVICE_MAX;
    *out = malloc(bound);
    if (*out) {
        struct yk_buffer b = yk_buffer_of(*out, bound);
        yk_buffer_varint(&b, key_count);
        for (size_t i = 0; i < key_count; i++)
            yk_buffer_le(&b, keys[i], KEY_BYTES);
        yk_buffer_varint(&b, set->count);
        for (size_t i = 0; i < set->count; i++)
            put_device(&b, &set->list[i], numbers[i]);
        *size = b.length;
        status = b.failed ? YK_ERR_INTERNAL : YK_OK;
        if (b.failed) {
            free(*out);
            *out = NULL;
        }
    } else {
        status = YK_ERR_MEMORY;
    }
    free(keys);
    free(numbers);
    return status;
}

static enum yk_status merge_devices(struct yk_heard_set *set, struct yk_cursor *c)
{
    uint64_t key_count = yk_cursor_varint(c);
    const uint8_t *keys = key_count <= yk_cursor_left(c) / KEY_BYTES ? yk_cursor_take(c, key_count * KEY_BYTES) : NULL;
    uint64_t count = yk_cursor_varint(c);
    if (!keys || c->failed || count > yk_cursor_left(c) / DEVICE_MIN)
        return YK_ERR_INPUT;
    enum yk_status status = set->count == 0 ? yk_heard_set_reserve(set, count) : YK_OK;
    for (uint64_t i = 0; i < count && status == YK_OK; i++) {
        struct yk_heard device;
        status = take_device(c, keys, key_count, &device) ? yk_heard_set_merge(set, &device) : YK_ERR_INPUT;
    }
    return status;
}

static void put_zone(struct yk_buffer *b, const struct yk_zone_cell *zone)
{
    yk_buffer_varint(b, zone->inside_ms);
    yk_buffer_varint(b, zone->entered);
    yk_buffer_varint(b, zone->left);
    for (int i = 0; i <= YK_WINDOW_S; i++)
        if (zone->change[i]) {
            yk_buffer_varint(b, (uint64_t)i + 1);
            yk_buffer_svarint(b, zone->change[i]);
        }
    yk_buffer_varint(b, 0);
}

static void take_zone(struct yk_cursor *c, struct yk_zone_cell *zone)
{
    zone->inside_ms += yk_cursor_varint(c);
    zone->entered += yk_cursor_varint(c);
    zone->left += yk_cursor_varint(c);
    for (uint64_t i; !c->failed && (i = yk_cursor_varint(c)) != 0;) {
        int64_t change = yk_cursor_svarint(c);
        if (i > YK_WINDOW_S + 1)
            c->failed = true;
        else
            zone->change[i - 1] += (int32_t)change;
    }
}

static void put_health(struct yk_buffer *b, const struct yk_health_cell *health)
{
    yk_buffer_put(b, health->ran, sizeof health->ran);
    yk_buffer_varint(b, health->records);
    yk_buffer_varint(b, YK_DROP_COUNT);
    for (int i = 0; i < YK_DROP_COUNT; i++)
        yk_buffer_varint(b, health->drops.count[i]);
}

static void take_health(struct yk_cursor *c, struct yk_health_cell *health)
{
    for (size_t i = 0; i < sizeof health->ran / sizeof health->ran[0]; i++)
        health->ran[i] |= yk_cursor_le64(c);
    health->records += yk_cursor_varint(c);
    uint64_t reasons = yk_cursor_varint(c);
    for (uint64_t i = 0; i < reasons && !c->failed; i++) {
        uint64_t count = yk_cursor_varint(c);
        if (i < YK_DROP_COUNT)
            health->drops.count[i] += count;
    }
}

static void put_lags(struct yk_buffer *b, const struct yk_lags_cell *lags)
{
    for (int r = 0; r < YK_ROTATING_COUNT; r++) {
        const struct yk_lag_histogram *h = &lags->lags[r];
        const uint64_t sums[] = {h->births,     h->deaths,      h->life_ds, h->gap_ds,
                                 h->gap_sq_ds2, h->observed_ds, h->slow_ds, h->dropped};
        for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
            yk_buffer_varint(b, sums[i]);
        for (int i = 0; i < YK_LAG_BINS; i++)
            yk_buffer_varint(b, h->lag[i]);
        for (int i = 0; i < YK_GAP_BINS; i++)
            yk_buffer_varint(b, h->gap[i]);
    }
}

static void take_lags(struct yk_cursor *c, struct yk_lags_cell *lags)
{
    for (int r = 0; r < YK_ROTATING_COUNT; r++) {
        struct yk_lag_histogram h;
        memset(&h, 0, sizeof h);
        h.births = yk_cursor_varint(c);
        h.deaths = yk_cursor_varint(c);
        h.life_ds = yk_cursor_varint(c);
        h.gap_ds = yk_cursor_varint(c);
        h.gap_sq_ds2 = yk_cursor_varint(c);
        h.observed_ds = yk_cursor_varint(c);
        h.slow_ds = yk_cursor_varint(c);
        h.dropped = yk_cursor_varint(c);
        for (int i = 0; i < YK_LAG_BINS; i++)
            h.lag[i] = yk_cursor_varint(c);
        for (int i = 0; i < YK_GAP_BINS; i++)
            h.gap[i] = yk_cursor_varint(c);
        if (!c->failed)
            yk_lag_histogram_add(&lags->lags[r], &h);
    }
}

static void put_sums(struct yk_buffer *b, const struct yk_rotation_sums *s)
{
    const int64_t numbers[] = {s->addresses,   s->births,  s->deaths, s->carried_in,
                               s->carried_out, s->life_ds, s->gap_ds, s->gap_sq_ds2};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        yk_buffer_varint(b, (uint64_t)numbers[i]);
}

static void put_reduced(struct yk_buffer *b, const struct yk_reduced_cell *cell)
{
    yk_buffer_varint(b, cell->count);
    for (unsigned i = 0; i < cell->count; i++) {
        yk_buffer_varint(b, cell->list[i].length_s);
        yk_buffer_varint(b, cell->list[i].covered_s);
        yk_buffer_varint(b, (uint64_t)cell->list[i].radio.keys);
        for (int class = 0; class < YK_CLASS_COUNT; class ++)
            put_sums(b, &cell->list[i].radio.class_of[class]);
    }
}

static void take_reduced(struct yk_cursor *c, struct yk_reduced_cell *cell)
{
    uint64_t count = yk_cursor_varint(c);
    if (count > YK_REDUCED_LENGTHS)
        c->failed = true;
    for (uint64_t i = 0; i < count && !c->failed; i++) {
        struct yk_radio_sums radio;
        memset(&radio, 0, sizeof radio);
        uint64_t length_s = yk_cursor_varint(c), covered_s = yk_cursor_varint(c);
        radio.keys = (int64_t)yk_cursor_varint(c);
        for (int class = 0; class < YK_CLASS_COUNT; class ++) {
            struct yk_rotation_sums *s = &radio.class_of[class];
            int64_t *const numbers[] = {&s->addresses,   &s->births,  &s->deaths, &s->carried_in,
                                        &s->carried_out, &s->life_ds, &s->gap_ds, &s->gap_sq_ds2};
            for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++)
                *numbers[n] = (int64_t)yk_cursor_varint(c);
        }
        if (length_s == 0 || length_s > UINT32_MAX || covered_s > length_s)
            c->failed = true;
        if (!c->failed)
            reduce(cell, (uint32_t)length_s, (uint32_t)covered_s, &radio);
    }
}

enum yk_status yk_cell_encode(const struct yk_cell *cell, uint8_t **out, size_t *size)
{
    if (cell->kind == YK_CELL_PRESENCE)
        return encode_devices(&cell->as.devices, out, size);
    *out = malloc(ENCODED_MAX);
    if (!*out)
        return YK_ERR_MEMORY;
    struct yk_buffer b = yk_buffer_of(*out, ENCODED_MAX);
    switch (cell->kind) {
    case YK_CELL_PRESENCE:
        break;
    case YK_CELL_CROSSING:
        yk_buffer_varint(&b, cell->as.crossing.plus);
        yk_buffer_varint(&b, cell->as.crossing.minus);
        break;
    case YK_CELL_ZONE:
        put_zone(&b, cell->as.zone);
        break;
    case YK_CELL_HEALTH:
    case YK_CELL_LATE_HEALTH:
        put_health(&b, &cell->as.health);
        break;
    case YK_CELL_LAGS:
        put_lags(&b, cell->as.lags);
        break;
    case YK_CELL_REDUCED:
        put_reduced(&b, cell->as.reduced);
        break;
    case YK_CELL_AWAITED:
        yk_buffer_varint(&b, cell->as.awaited.resolutions);
        break;
    }
    if (b.failed) {
        free(*out);
        *out = NULL;
        return YK_ERR_INTERNAL;
    }
    *size = b.length;
    return YK_OK;
}

enum yk_status yk_cell_merge(struct yk_cell *cell, const uint8_t *bytes, size_t size)
{
    struct yk_cursor c = yk_cursor_of(bytes, size);
    enum yk_status status;
    switch (cell->kind) {
    case YK_CELL_PRESENCE:
        status = merge_devices(&cell->as.devices, &c);
        if (status != YK_OK)
            return status;
        break;
    case YK_CELL_CROSSING:
        cell->as.crossing.plus += yk_cursor_varint(&c);
        cell->as.crossing.minus += yk_cursor_varint(&c);
        break;
    case YK_CELL_ZONE:
        take_zone(&c, cell->as.zone);
        break;
    case YK_CELL_HEALTH:
    case YK_CELL_LATE_HEALTH:
        take_health(&c, &cell->as.health);
        break;
    case YK_CELL_LAGS:
        take_lags(&c, cell->as.lags);
        break;
    case YK_CELL_REDUCED:
        take_reduced(&c, cell->as.reduced);
        break;
    case YK_CELL_AWAITED:
        cell->as.awaited.resolutions |= yk_cursor_varint(&c);
        break;
    }
    return c.failed || c.at != c.end ? YK_ERR_INPUT : YK_OK;
}
