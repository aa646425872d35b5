/* Merging: any split, in any order, gives the whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/cell.h"

#include "lives/heard_set.h"

#include <criterion/criterion.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#define W0     INT64_C(1774987200)
#define EVENTS 400

static gsl_rng *rng;

static void start(void)
{
    rng = gsl_rng_alloc(gsl_rng_mt19937);
}
static void stop(void)
{
    gsl_rng_free(rng);
}
TestSuite(cell, .init = start, .fini = stop);

static uint32_t draw(uint32_t below)
{
    return (uint32_t)gsl_rng_uniform_int(rng, below);
}

/* Things that happen to a cell of each kind. */
struct event {
    uint64_t key_id;
    struct yk_presence presence;
    struct yk_zone_slice slice;
    int64_t t0_s, t1_s;
    struct yk_presence_sums sums;
    uint64_t number;
    int index;
};

static struct event random_event(void)
{
    struct event e = {.key_id = 1 + draw(2), .number = draw(1000), .index = (int)draw(1000)};
    uint8_t first = (uint8_t)draw(100);
    e.presence = (struct yk_presence){.pseudonym = draw(30),
                                      .tick = W0 / 10 + draw(90),
                                      .address_class = 2,
                                      .adverts = (uint16_t)(1 + draw(50)),
                                      .first_ds = first,
                                      .last_ds = (uint8_t)(first + draw(100u - first)),
                                      .gap_ds = draw(6100),
                                      .gap_sq_ds2 = draw(36000000)};
    int64_t from = W0 * 1000 + draw(900000);
    e.slice = (struct yk_zone_slice){.from_ms = from,
                                     .to_ms = from + draw((uint32_t)(60000 - from % 60000) + 1),
                                     .inside_ms = draw(60000),
                                     .entered = draw(2),
                                     .left = draw(2)};
    e.t0_s = W0 - 300 + draw(1200);
    e.t1_s = e.t0_s + 1 + draw(600);
    /* Six lengths where a cell has room for four; few values, so that ties of what is covered are met. */
    e.sums = (struct yk_presence_sums){.start_s = W0, .length_s = 900 * (1 + draw(6)), .covered_s = draw(4)};
    e.sums.radio.keys = draw(3);
    e.sums.radio.class_of[draw(4)].life_ds = draw(5);
    return e;
}

static void happen(struct yk_cell *cell, const struct event *e)
{
    switch (cell->kind) {
    case YK_CELL_PRESENCE:
        cr_assert_eq(yk_cell_hear(cell, e->key_id, &e->presence), YK_OK);
        break;
    case YK_CELL_CROSSING:
        cell->as.crossing.plus += e->number;
        cell->as.crossing.minus += e->number / 2;
        break;
    case YK_CELL_ZONE:
        yk_cell_stay(cell, &e->slice);
        break;
    case YK_CELL_HEALTH:
    case YK_CELL_LATE_HEALTH:
        yk_cell_ran(cell, e->t0_s, e->t1_s);
        cell->as.health.records += e->number;
        cell->as.health.drops.count[e->index % YK_DROP_COUNT] += e->number;
        break;
    case YK_CELL_LAGS:
        cell->as.lags->lags[e->index % 2].lag[e->index % YK_LAG_BINS] += e->number;
        cell->as.lags->lags[e->index % 2].gap[e->index % YK_GAP_BINS] += e->number;
        cell->as.lags->lags[e->index % 2].births += 1;
        cell->as.lags->lags[e->index % 2].gap_sq_ds2 += e->number * e->number;
        break;
    case YK_CELL_REDUCED:
        yk_cell_reduce(cell, &e->sums);
        break;
    case YK_CELL_AWAITED:
        cell->as.awaited.resolutions |= UINT64_C(1) << e->index % 3;
        break;
    }
}

struct bytes {
    uint8_t *bytes;
    size_t size;
};

/* Devices in the order of their identity: a part has them as they came. */
static struct bytes encode(struct yk_cell *cell)
{
    struct bytes b;
    if (cell->kind == YK_CELL_PRESENCE)
        yk_heard_set_sort(&cell->as.devices);
    cr_assert_eq(yk_cell_encode(cell, &b.bytes, &b.size), YK_OK);
    return b;
}

static struct bytes merged(enum yk_cell_kind kind, const struct bytes *parts, size_t count, bool backwards)
{
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, kind, "plaza", W0), YK_OK);
    for (size_t i = 0; i < count; i++) {
        const struct bytes *part = &parts[backwards ? count - 1 - i : i];
        cr_assert_eq(yk_cell_merge(&cell, part->bytes, part->size), YK_OK);
    }
    struct bytes b = encode(&cell);
    yk_cell_clear(&cell);
    return b;
}

static void expect_same(struct bytes a, struct bytes b, const char *what, int kind)
{
    cr_assert_eq(a.size, b.size, "%s, kind %d: %zu and %zu bytes", what, kind, a.size, b.size);
    cr_assert(a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0, "%s, kind %d", what, kind);
}

Test(cell, merging_random_splits_in_any_order)
{
    for (int kind = YK_CELL_PRESENCE; kind <= YK_CELL_LATE_HEALTH; kind++)
        for (int round = 0; round < 30; round++) {
            size_t count = 1 + draw(6);
            struct yk_cell whole, part[6];
            struct bytes parts[6];
            cr_assert_eq(yk_cell_init(&whole, (enum yk_cell_kind)kind, "plaza", W0), YK_OK);
            for (size_t i = 0; i < count; i++)
                cr_assert_eq(yk_cell_init(&part[i], (enum yk_cell_kind)kind, "plaza", W0), YK_OK);
            for (int i = 0; i < (round ? EVENTS : 0); i++) {
                struct event e = random_event();
                happen(&whole, &e);
                happen(&part[draw((uint32_t)count)], &e);
            }
            for (size_t i = 0; i < count; i++)
                parts[i] = encode(&part[i]);
            struct bytes all = encode(&whole), there = merged((enum yk_cell_kind)kind, parts, count, false),
                         back = merged((enum yk_cell_kind)kind, parts, count, true);
            expect_same(all, there, "in order", kind);
            expect_same(all, back, "backwards", kind);
            free(all.bytes);
            free(there.bytes);
            free(back.bytes);
            for (size_t i = 0; i < count; i++) {
                free(parts[i].bytes);
                yk_cell_clear(&part[i]);
            }
            yk_cell_clear(&whole);
        }
}

Test(cell, a_device_by_hand)
{
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
    const struct yk_presence heard[] = {
        {.pseudonym = 5,
         .tick = W0 / 10 + 89,
         .address_class = 3,
         .adverts = 7,
         .first_ds = 10,
         .last_ds = 99,
         .gap_ds = 80,
         .gap_sq_ds2 = 900},
        {.pseudonym = 5,
         .tick = W0 / 10 + 63,
         .address_class = 3,
         .adverts = 2,
         .first_ds = 0,
         .last_ds = 3,
         .gap_ds = 3,
         .gap_sq_ds2 = 9},
        {.pseudonym = 5, .tick = W0 / 10 + 64, .address_class = 3, .adverts = 1, .first_ds = 50, .last_ds = 50},
    };
    for (int i = 0; i < 3; i++)
        cr_assert_eq(yk_cell_hear(&cell, 9, &heard[i]), YK_OK);
    cr_assert_eq(yk_cell_hear(&cell, 8, &heard[0]), YK_OK); /* another key: another device */
    yk_heard_set_sort(&cell.as.devices);
    cr_assert_eq(cell.as.devices.count, 2);
    cr_expect_eq(cell.as.devices.list[0].key_id, 8);
    const struct yk_heard *d = &cell.as.devices.list[1];
    cr_expect(d->ticks[0] == UINT64_C(1) << 63 && d->ticks[1] == (UINT64_C(1) | UINT64_C(1) << 25));
    cr_expect(d->adverts == 10 && d->gap_ds == 83 && d->gap_sq_ds2 == 909);
    cr_expect(d->first_ds == 6300 && d->last_ds == 8999 && d->address_class == 3);
    yk_cell_clear(&cell);
}

Test(cell, a_zone_by_the_second)
{
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, YK_CELL_ZONE, "plaza/area", W0), YK_OK);
    const int64_t w = W0 * 1000;
    const struct yk_zone_slice slices[] = {
        {w + 100, w + 60000, 1, 0, true, false},                                               /* seconds 1..59 */
        {w + 60000, w + 61000, 1, 0, false, true},   {w + 59000, w + 59500, 1, 0, true, true}, /* second 59 */
        {w + 30200, w + 30900, 1, 0, true, true}, /* between two seconds: nobody ever sees it */
        {w + 899001, w + 900000, 1, 0, true, false},
    };
    for (int i = 0; i < 5; i++)
        yk_cell_stay(&cell, &slices[i]);
    cr_expect_eq(yk_zone_cell_max(cell.as.zone), 2);
    cr_expect_eq(cell.as.zone->inside_ms, 5);
    cr_expect_eq(cell.as.zone->entered, 4);
    cr_expect_eq(cell.as.zone->left, 3);
    yk_cell_clear(&cell);
}

Test(cell, health_takes_its_window_only)
{
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, YK_CELL_HEALTH, "radio-1", W0), YK_OK);
    yk_cell_ran(&cell, W0 - 100, W0);
    yk_cell_ran(&cell, W0 + 900, W0 + 1000);
    cr_expect_eq(yk_health_cell_seconds(&cell.as.health), 0);
    yk_cell_ran(&cell, W0 - 5, W0 + 1);
    yk_cell_ran(&cell, W0 + 899, W0 + 960);
    cr_expect_eq(yk_health_cell_seconds(&cell.as.health), 2);
    yk_cell_ran(&cell, W0 + 100, W0 + 200);
    yk_cell_ran(&cell, W0 + 150, W0 + 250); /* told twice counts once */
    cr_expect_eq(yk_health_cell_seconds(&cell.as.health), 152);
    yk_cell_ran(&cell, W0 - 1000, W0 + 2000);
    cr_expect_eq(yk_health_cell_seconds(&cell.as.health), 900);
    yk_cell_clear(&cell);
}

Test(cell, every_cut_part_is_an_error)
{
    for (int kind = YK_CELL_PRESENCE; kind <= YK_CELL_LATE_HEALTH; kind++) {
        struct yk_cell cell, into;
        cr_assert_eq(yk_cell_init(&cell, (enum yk_cell_kind)kind, "plaza", W0), YK_OK);
        for (int i = 0; i < 50; i++) {
            struct event e = random_event();
            happen(&cell, &e);
        }
        struct bytes b = encode(&cell);
        for (size_t n = 0; n <= b.size + 1; n++) {
            uint8_t *cut = calloc(1, n + 1);
            memcpy(cut, b.bytes, n < b.size ? n : b.size);
            cr_assert_eq(yk_cell_init(&into, (enum yk_cell_kind)kind, "plaza", W0), YK_OK);
            cr_assert_eq(yk_cell_merge(&into, cut, n), n == b.size ? YK_OK : YK_ERR_INPUT, "kind %d, %zu of %zu", kind,
                         n, b.size);
            yk_cell_clear(&into);
            free(cut);
        }
        free(b.bytes);
        yk_cell_clear(&cell);
    }
}

/* A failed commit leaves the cell in use after it was encoded: it must go on taking devices. */
Test(cell, goes_on_after_it_was_encoded)
{
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
    for (int turn = 0; turn < 100; turn++) {
        struct bytes b = encode(&cell);
        struct yk_cell copy;
        cr_assert_eq(yk_cell_init(&copy, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
        cr_assert_eq(yk_cell_merge(&copy, b.bytes, b.size), YK_OK);
        cr_assert_eq(copy.as.devices.count, (size_t)turn);
        for (size_t i = 0; i < copy.as.devices.count; i++)
            cr_assert_eq(copy.as.devices.list[i].adverts, 2);
        yk_cell_clear(&copy);
        free(b.bytes);
        struct yk_presence p = {.pseudonym = (uint64_t)turn * 977, .tick = W0 / 10, .adverts = 1};
        cr_assert_eq(yk_cell_hear(&cell, 1, &p), YK_OK);
        cr_assert_eq(yk_cell_hear(&cell, 1, &p), YK_OK);
    }
    yk_cell_clear(&cell);
}

/* A run folded at once is what its records are one by one, in whatever order the run has them. */
Test(cell, a_run_is_its_records)
{
    for (int round = 0; round < 200; round++) {
        struct yk_cell one, run;
        cr_assert_eq(yk_cell_init(&one, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
        cr_assert_eq(yk_cell_init(&run, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
        for (int runs = 0; runs < 8; runs++) {
            struct yk_presence list[40];
            size_t count = 1 + draw(40);
            for (size_t i = 0; i < count; i++) {
                list[i] = random_event().presence;
                list[i].pseudonym = list[0].pseudonym;
                list[i].address_class = (uint8_t)draw(YK_CLASS_COUNT);
                cr_assert_eq(yk_cell_hear(&one, 7, &list[i]), YK_OK);
            }
            cr_assert_eq(yk_cell_hear_run(&run, 7, list, count), YK_OK);
        }
        struct bytes a = encode(&one), b = encode(&run);
        expect_same(a, b, "a run", YK_CELL_PRESENCE);
        free(a.bytes);
        free(b.bytes);
        yk_cell_clear(&one);
        yk_cell_clear(&run);
    }
}

/* The layout in cell.c, laid out by hand. */
static const uint8_t by_hand[] = {
    2,                                                 /* key ids */
    9,    0,    0,    0,    0, 0, 0, 0,                /* 9 */
    8,    0,    0,    0,    0, 0, 0, 0,                /* 8 */
    3,                                                 /* devices */
    0x05, 0,    0,    0,    0, 0, 0, 0xAB,             /* pseudonym */
    3,                                                 /* first key, class 3 */
    0xAC, 0x02,                                        /* first_ds 300: tick 3 */
    0x8F, 0x43,                                        /* last_ds 8891: tick 88, 8591 later */
    0x01, 0,    0,    0,    0, 0, 0, 0x10, 0, 0, 0x08, /* ticks 4, 64 and 87 of 4..87, in 11 bytes */
    7,                                                 /* adverts */
    0x90, 0x4E,                                        /* G 10000 */
    0x80, 0xAD, 0xE2, 0x04,                            /* G^2 10000000 */
    0x06, 0,    0,    0,    0, 0, 0, 0,                /* pseudonym */
    5,                                                 /* second key, class 1 */
    0x59, 0x0A,                                        /* tick 0 into tick 0: 89, 99 */
    1,    0,    0,                                     /* adverts, gaps */
    0x07, 0,    0,    0,    0, 0, 0, 0,                /* pseudonym */
    0,                                                 /* first key, class 0 */
    0x63, 0x01,                                        /* from tick 0 into tick 1: none between */
    2,    1,    1,
};

Test(cell, a_part_of_devices_by_hand)
{
    const struct yk_presence heard[] = {
        {.pseudonym = UINT64_C(0xAB00000000000005), .tick = W0 / 10 + 3, .address_class = 3, .adverts = 3},
        {.pseudonym = UINT64_C(0xAB00000000000005), .tick = W0 / 10 + 4, .address_class = 3, .adverts = 1},
        {.pseudonym = UINT64_C(0xAB00000000000005), .tick = W0 / 10 + 64, .address_class = 3, .adverts = 1},
        {.pseudonym = UINT64_C(0xAB00000000000005), .tick = W0 / 10 + 87, .address_class = 3, .adverts = 1},
        {.pseudonym = UINT64_C(0xAB00000000000005),
         .tick = W0 / 10 + 88,
         .address_class = 3,
         .adverts = 1,
         .last_ds = 91,
         .gap_ds = 10000,
         .gap_sq_ds2 = 10000000},
    };
    const struct yk_presence other = {
        .pseudonym = 6, .tick = W0 / 10, .address_class = 1, .adverts = 1, .first_ds = 89, .last_ds = 99};
    const struct yk_presence border[] = {
        {.pseudonym = 7, .tick = W0 / 10, .adverts = 1, .first_ds = 99, .last_ds = 99},
        {.pseudonym = 7, .tick = W0 / 10 + 1, .adverts = 1, .gap_ds = 1, .gap_sq_ds2 = 1},
    };
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
    cr_assert_eq(yk_cell_hear_run(&cell, 9, heard, 5), YK_OK);
    cr_assert_eq(yk_cell_hear(&cell, 8, &other), YK_OK);
    cr_assert_eq(yk_cell_hear_run(&cell, 9, border, 2), YK_OK);
    struct bytes b;
    cr_assert_eq(yk_cell_encode(&cell, &b.bytes, &b.size), YK_OK);
    expect_same((struct bytes){(uint8_t *)(uintptr_t)by_hand, sizeof by_hand}, b, "encoded", YK_CELL_PRESENCE);
    free(b.bytes);

    struct yk_cell read;
    cr_assert_eq(yk_cell_init(&read, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
    cr_assert_eq(yk_cell_merge(&read, by_hand, sizeof by_hand), YK_OK);
    cr_assert_eq(read.as.devices.count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(memcmp(&read.as.devices.list[i], &cell.as.devices.list[i], sizeof(struct yk_heard)), 0,
                     "device %zu", i);
    cr_expect_eq(read.as.devices.list[0].ticks[0], UINT64_C(0x18));
    cr_expect_eq(read.as.devices.list[0].ticks[1], UINT64_C(1) | UINT64_C(1) << 23 | UINT64_C(1) << 24);
    cr_expect_eq(read.as.devices.list[0].last_ds, 8891);
    yk_cell_clear(&read);
    yk_cell_clear(&cell);
}

Test(cell, parts_that_contradict_themselves_are_errors)
{
    static const struct {
        size_t at;
        uint8_t bytes[2];
        size_t count;
        const char *what;
    } wrong[] = {
        {0, {200}, 1, "more keys than bytes"},
        {0, {1}, 1, "a key id less"},
        {17, {2}, 1, "bytes after the last device"},
        {17, {4}, 1, "a device too many"},
        {17, {127}, 1, "devices that cannot be there"},
        {26, {8}, 1, "a third key of two"},
        {27, {0xA8, 0x46}, 2, "a first advert at 9000"},
        {29, {0xFC, 0x43}, 2, "a last advert at 9000"},
        {41, {0x18}, 1, "a tick at the last one's place"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t part[sizeof by_hand];
        struct yk_cell cell;
        memcpy(part, by_hand, sizeof part);
        memcpy(part + wrong[i].at, wrong[i].bytes, wrong[i].count);
        cr_assert_eq(yk_cell_init(&cell, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
        cr_expect_eq(yk_cell_merge(&cell, part, sizeof part), YK_ERR_INPUT, "%s", wrong[i].what);
        yk_cell_clear(&cell);
    }
}

static void reduced(struct yk_cell *cell, uint32_t length_s, uint32_t covered_s, int64_t addresses)
{
    struct yk_presence_sums sums = {.start_s = W0, .length_s = length_s, .covered_s = covered_s};
    sums.radio.class_of[YK_CLASS_STATIC].addresses = addresses;
    yk_cell_reduce(cell, &sums);
}

static int64_t addresses_of(const struct yk_cell *cell, uint32_t length_s)
{
    for (unsigned i = 0; i < cell->as.reduced->count; i++)
        if (cell->as.reduced->list[i].length_s == length_s)
            return cell->as.reduced->list[i].radio.class_of[YK_CLASS_STATIC].addresses;
    return -1;
}

/* Told twice is told once; what covers more stands, also when it says less; lengths do not mix. */
Test(cell, sums_are_never_added)
{
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, YK_CELL_REDUCED, "radio-1", W0), YK_OK);
    reduced(&cell, 900, 600, 7);
    reduced(&cell, 900, 600, 7);
    cr_expect_eq(addresses_of(&cell, 900), 7);
    reduced(&cell, 3600, 600, 40);
    reduced(&cell, 900, 900, 5);
    reduced(&cell, 900, 899, 1000);
    cr_expect_eq(addresses_of(&cell, 900), 5);
    cr_expect_eq(addresses_of(&cell, 3600), 40);
    cr_expect_eq(cell.as.reduced->count, 2);
    yk_cell_clear(&cell);
}
