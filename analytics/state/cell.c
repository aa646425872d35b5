/* Cells: adding, merging, and their bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/cell.h"

#include "state/device_set.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct yk_device) == 64, "the state file holds devices as they are in memory");

enum yk_status yk_cell_init(struct yk_cell *cell, enum yk_cell_kind kind, const char *key, int64_t window_s)
{
    memset(cell, 0, sizeof *cell);
    cell->kind = kind;
    memcpy(cell->key, key, strnlen(key, sizeof cell->key - 1));
    cell->window_s = window_s;
    if (kind == YK_CELL_LAGS) {
        cell->as.lags = calloc(1, sizeof *cell->as.lags);
        if (!cell->as.lags)
            return YK_ERR_MEMORY;
    }
    return YK_OK;
}

void yk_cell_clear(struct yk_cell *cell)
{
    if (cell->kind == YK_CELL_PRESENCE)
        yk_devices_clear(&cell->as.devices);
    else if (cell->kind == YK_CELL_LAGS)
        free(cell->as.lags);
    memset(cell, 0, sizeof *cell);
}

enum yk_status yk_cell_hear(struct yk_cell *cell, uint64_t key_id, const struct yk_presence *p)
{
    unsigned tick = (unsigned)(p->tick - cell->window_s / YK_TICK_S);
    struct yk_device device = {
        .key_id = key_id,
        .pseudonym = p->pseudonym,
        .gap_sq_ds2 = p->gap_sq_ds2,
        .gap_ds = p->gap_ds,
        .adverts = p->adverts,
        .first_ds = (uint16_t)(tick * YK_TICK_S * 10 + p->first_ds),
        .last_ds = (uint16_t)(tick * YK_TICK_S * 10 + p->last_ds),
        .address_class = p->address_class,
    };
    device.ticks[tick / 64] = UINT64_C(1) << (tick % 64);
    return yk_devices_merge(&cell->as.devices, &device);
}

/* First whole second of the window at or after t. */
static int second_of(const struct yk_cell *cell, int64_t t_ms)
{
    int64_t second = (t_ms - cell->window_s * 1000 + 999) / 1000;
    return second < 0 ? 0 : second > YK_WINDOW_S ? YK_WINDOW_S : (int)second;
}

void yk_cell_stay(struct yk_cell *cell, const struct yk_zone_slice *slice)
{
    struct yk_zone_cell *zone = &cell->as.zone;
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

enum yk_status yk_cell_encode(struct yk_cell *cell, uint8_t **out, size_t *size)
{
    size_t bound = ENCODED_MAX;
    if (cell->kind == YK_CELL_PRESENCE)
        bound = cell->as.devices.count * sizeof(struct yk_device);
    *out = malloc(bound ? bound : 1);
    if (!*out)
        return YK_ERR_MEMORY;
    struct yk_buffer b = yk_buffer_of(*out, bound);
    switch (cell->kind) {
    case YK_CELL_PRESENCE:
        yk_devices_sort(&cell->as.devices);
        yk_buffer_put(&b, cell->as.devices.list, bound);
        break;
    case YK_CELL_CROSSING:
        yk_buffer_varint(&b, cell->as.crossing.plus);
        yk_buffer_varint(&b, cell->as.crossing.minus);
        break;
    case YK_CELL_ZONE:
        put_zone(&b, &cell->as.zone);
        break;
    case YK_CELL_HEALTH:
        put_health(&b, &cell->as.health);
        break;
    case YK_CELL_LAGS:
        put_lags(&b, cell->as.lags);
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
    switch (cell->kind) {
    case YK_CELL_PRESENCE:
        while (yk_cursor_left(&c) > 0) {
            struct yk_device device;
            const uint8_t *p = yk_cursor_take(&c, sizeof device);
            if (!p)
                return YK_ERR_INPUT;
            memcpy(&device, p, sizeof device);
            if (device.address_class >= YK_CLASS_COUNT)
                return YK_ERR_INPUT;
            enum yk_status status = yk_devices_merge(&cell->as.devices, &device);
            if (status != YK_OK)
                return status;
        }
        break;
    case YK_CELL_CROSSING:
        cell->as.crossing.plus += yk_cursor_varint(&c);
        cell->as.crossing.minus += yk_cursor_varint(&c);
        break;
    case YK_CELL_ZONE:
        take_zone(&c, &cell->as.zone);
        break;
    case YK_CELL_HEALTH:
        take_health(&c, &cell->as.health);
        break;
    case YK_CELL_LAGS:
        take_lags(&c, cell->as.lags);
        break;
    }
    return c.failed || c.at != c.end ? YK_ERR_INPUT : YK_OK;
}
