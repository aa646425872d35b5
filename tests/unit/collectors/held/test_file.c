/* Held observations as bytes, and their time. SPDX-License-Identifier: GPL-3.0-or-later */
#include "held/file.h"
#include "held/rekey.h"
#include "held/shift.h"

#include <criterion/criterion.h>

#include <string.h>

static uint8_t bytes[65536];
static struct yk_buffer b;

static const struct yk_presence somebody = {.pseudonym = 0x1122334455667788,
                                            .tick = 176722560,
                                            .address_class = YK_CLASS_RESOLVABLE,
                                            .adverts = 7,
                                            .rssi_sum_dbm = -420,
                                            .rssi_count = 6,
                                            .rssi_max_dbm = -61,
                                            .first_ds = 3,
                                            .last_ds = 98,
                                            .gap_ds = 100,
                                            .gap_sq_ds2 = 1700};

static void start(void)
{
    b = yk_buffer_of(bytes, sizeof bytes);
    yk_held_write_head(&b);
    yk_held_write(
        &b, &(struct yk_held_record){.kind = YK_HELD_BEGIN, .stamp_s = 1767225600, .offset_us = -5, .fresh = true});
}

TestSuite(held_file, .init = start);

static void put_presence(const struct yk_presence *presence)
{
    struct yk_held_record record = {.kind = YK_HELD_PRESENCE, .observation.kind = YK_KIND_PRESENCE};
    record.observation.as.presence = *presence;
    yk_held_write(&b, &record);
}

static size_t readable(size_t size)
{
    struct yk_held_reader reader;
    struct yk_held_record record;
    size_t count = 0;
    if (yk_held_read_head(&reader, bytes, size))
        while (yk_held_read(&reader, &record))
            count++;
    return count;
}

Test(held_file, layout_by_hand)
{
    static const uint8_t head[] = {'Y', 'K', 'H', 'D', 1, 0, 0, 0, 17, 0, 1};
    cr_expect_arr_eq(bytes, head, sizeof head);
    static const uint8_t payload[] = {0x00, 0xb9, 0x55, 0x69, 0,    0,    0,    0, 0xfb,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    cr_expect_arr_eq(bytes + 11, payload, sizeof payload);
    cr_expect_eq(b.length, 8 + 3 + 17 + 4);
}

Test(held_file, what_was_written_is_read)
{
    put_presence(&somebody);
    struct yk_held_record o = {.kind = YK_HELD_PLAIN, .observation.kind = YK_KIND_ZONE};
    o.observation.as.zone = (struct yk_zone_slice){60500, 119999, 40000, 3, true, false};
    yk_held_write(&b, &o);
    o.observation.kind = YK_KIND_HEALTH;
    memset(&o.observation.as, 0, sizeof o.observation.as);
    o.observation.as.health = (struct yk_health){.t0_s = 60, .t1_s = 120, .records = 9, .has_lags = true};
    o.observation.as.health.lags[1].lag[5] = UINT64_MAX;
    yk_held_write(&b, &o);
    yk_held_write(&b, &(struct yk_held_record){.kind = YK_HELD_ADVANCE, .stamp_s = 130});
    cr_assert_not(b.failed);

    struct yk_held_reader reader;
    struct yk_held_record r;
    cr_assert(yk_held_read_head(&reader, bytes, b.length));
    cr_assert(yk_held_read(&reader, &r));
    cr_expect(r.kind == YK_HELD_BEGIN && r.stamp_s == 1767225600 && r.offset_us == -5 && r.fresh);
    cr_assert(yk_held_read(&reader, &r));
    const struct yk_presence *p = &r.observation.as.presence;
    cr_expect(r.kind == YK_HELD_PRESENCE && p->pseudonym == somebody.pseudonym && p->tick == somebody.tick &&
              p->address_class == somebody.address_class && p->adverts == 7 && p->rssi_sum_dbm == -420 &&
              p->rssi_count == 6 && p->rssi_max_dbm == -61 && p->first_ds == 3 && p->last_ds == 98 &&
              p->gap_ds == 100 && p->gap_sq_ds2 == 1700);
    cr_assert(yk_held_read(&reader, &r));
    const struct yk_zone_slice *z = &r.observation.as.zone;
    cr_expect(r.observation.kind == YK_KIND_ZONE && z->from_ms == 60500 && z->to_ms == 119999 &&
              z->inside_ms == 40000 && z->zone == 3 && z->entered && !z->left);
    cr_assert(yk_held_read(&reader, &r));
    const struct yk_health *h = &r.observation.as.health;
    cr_expect(h->t0_s == 60 && h->t1_s == 120 && h->records == 9 && h->has_lags && h->lags[1].lag[5] == UINT64_MAX);
    cr_assert(yk_held_read(&reader, &r));
    cr_expect(r.kind == YK_HELD_ADVANCE && r.stamp_s == 130);
    cr_expect_not(yk_held_read(&reader, &r), "the end");
}

/* A torn tail, and any bit that rotted, ends the file there and spoils nothing before it. */
Test(held_file, a_torn_tail_ends_it)
{
    size_t ends[4] = {b.length};
    for (int i = 1; i < 4; i++) {
        put_presence(&somebody);
        ends[i] = b.length;
    }
    for (size_t size = 0; size <= b.length; size++) {
        size_t whole = 0;
        while (whole < 4 && ends[whole] <= size)
            whole++;
        cr_expect_eq(readable(size), whole, "of %zu bytes", size);
    }
    for (size_t bit = 0; bit < 8 * b.length; bit++) {
        size_t before = 0;
        while (before < 4 && ends[before] <= bit / 8)
            before++;
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_expect_eq(readable(b.length), bit < 64 ? 0 : before, "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* Whole, but nothing that a frame would carry. */
Test(held_file, contradictions_are_not_read)
{
    static const struct yk_presence wrong[] = {
        {.tick = 1, .adverts = 0, .rssi_max_dbm = 127},
        {.tick = -1, .adverts = 1, .rssi_max_dbm = 127},
        {.tick = 1, .adverts = 1, .rssi_max_dbm = 127, .address_class = 4},
        {.tick = 1, .adverts = 1, .rssi_count = 2, .rssi_max_dbm = -1, .rssi_sum_dbm = -2},
        {.tick = 1, .adverts = 1, .rssi_count = 1, .rssi_max_dbm = -60, .rssi_sum_dbm = -59},
        {.tick = 1, .adverts = 1, .rssi_count = 1, .rssi_max_dbm = -60, .rssi_sum_dbm = -129},
        {.tick = 1, .adverts = 1, .rssi_max_dbm = 127, .first_ds = 2, .last_ds = 1},
        {.tick = 1, .adverts = 1, .rssi_max_dbm = 127, .last_ds = 100},
        {.tick = 1, .adverts = 1, .rssi_max_dbm = 127, .gap_ds = 6101},
        {.tick = 1, .adverts = 1, .rssi_max_dbm = 127, .gap_ds = 3, .gap_sq_ds2 = 10},
        {.tick = INT64_C(25340230080), .adverts = 1, .rssi_max_dbm = 127},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        start();
        put_presence(&wrong[i]);
        cr_expect_eq(readable(b.length), 1, "%zu", i);
    }
    b = yk_buffer_of(bytes, sizeof bytes);
    yk_held_write_head(&b);
    put_presence(&somebody);
    cr_expect_eq(readable(b.length), 0, "without a begin nobody knows when");
}

Test(held_file, shifts_are_rounded_to_the_grid)
{
    cr_expect_eq(yk_held_shift(0, 0, 10), 0);
    cr_expect_eq(yk_held_shift(0, 4999999, 10), 0);
    cr_expect_eq(yk_held_shift(0, 5000000, 10), 10);
    cr_expect_eq(yk_held_shift(0, -5000000, 10), 0);
    cr_expect_eq(yk_held_shift(0, -5000001, 10), -10);
    cr_expect_eq(yk_held_shift(1000000, 1767225600 * INT64_C(1000000) + 700000, 1), 1767225600);
    cr_expect_eq(yk_held_shift(-400000, 200000, 1), 1);
}

Test(held_file, a_slice_stays_in_its_minute)
{
    struct yk_observation held = {.kind = YK_KIND_ZONE}, out[2];
    held.as.zone = (struct yk_zone_slice){120000, 180000, 30000, 1, true, true};
    cr_assert_eq(yk_held_move(&held, 600, out), 1, "full minutes stay whole");
    cr_expect(out[0].as.zone.from_ms == 720000 && out[0].as.zone.to_ms == 780000 && out[0].as.zone.inside_ms == 30000);
    cr_assert_eq(yk_held_move(&held, 10, out), 2);
    const struct yk_zone_slice *a = &out[0].as.zone, *z = &out[1].as.zone;
    cr_expect(a->from_ms == 130000 && a->to_ms == 180000 && a->inside_ms == 25000 && a->entered && !a->left);
    cr_expect(z->from_ms == 180000 && z->to_ms == 190000 && z->inside_ms == 5000 && !z->entered && z->left);
    held.as.zone.inside_ms = 60000;
    cr_assert_eq(yk_held_move(&held, -59, out), 2);
    cr_expect(out[0].as.zone.inside_ms == 59000 && out[1].as.zone.inside_ms == 1000);
    cr_expect_eq(yk_held_move(&held, -121, out), 0, "before 1970 there is nothing");
}

/* A count that lay within its quarter of an hour lies across two: 200 s before the border, 100 s behind it. */
Test(held_file, counts_are_cut_at_quarters)
{
    struct yk_observation held = {.kind = YK_KIND_COUNT}, out[2];
    held.as.count = (struct yk_count){.from_ms = 600000, .to_ms = 900000, .plus = 10, .minus = 3, .line = 5};
    cr_assert_eq(yk_held_move(&held, 1800, out), 1);
    cr_expect(out[0].as.count.from_ms == 2400000 && out[0].as.count.to_ms == 2700000 && out[0].as.count.plus == 10);
    cr_assert_eq(yk_held_move(&held, 100, out), 2);
    cr_expect(out[0].kind == YK_KIND_COUNT && out[0].as.count.from_ms == 700000 && out[0].as.count.to_ms == 900000);
    cr_expect(out[1].kind == YK_KIND_COUNT && out[1].as.count.from_ms == 900000 && out[1].as.count.to_ms == 1000000);
    cr_expect(out[0].as.count.plus == 7 && out[1].as.count.plus == 3, "6.67 and the rest");
    cr_expect(out[0].as.count.minus == 2 && out[1].as.count.minus == 1);
    cr_expect(out[0].as.count.line == 5 && out[1].as.count.line == 5);
    held.as.count.to_ms = held.as.count.from_ms; /* a moment */
    cr_assert_eq(yk_held_move(&held, 100, out), 1);
    cr_expect(out[0].as.count.from_ms == 700000 && out[0].as.count.plus == 10);
    cr_expect_eq(yk_held_move(&held, -601, out), 0);
}

Test(held_file, no_pseudonym_is_in_two_epochs)
{
    struct yk_rekey *rekey, *other;
    struct yk_error err;
    uint64_t key[4];
    cr_assert_eq(yk_rekey_new(&rekey, &err), YK_OK);
    cr_assert_eq(yk_rekey_new(&other, &err), YK_OK);
    uint64_t first = yk_rekey(rekey, 1000, 42, &key[0]), second = yk_rekey(rekey, 2000, 42, &key[1]);
    cr_expect_neq(first, second);
    cr_expect_neq(first, 42);
    cr_expect_neq(key[0], key[1]);
    cr_expect_eq(yk_rekey(rekey, 1000, 42, &key[2]), first, "and it stays the same in one");
    cr_expect_eq(key[2], key[0]);
    cr_expect_neq(yk_rekey(other, 1000, 42, &key[3]), first);
    yk_rekey_free(rekey);
    yk_rekey_free(other);
}
