/* The presence table against lists of every advert. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reference keeps each address's adverts apart and makes the records of a tick, the gaps and the ends of lives out
 * of them. It knows a pseudonym by asking the identity. */
#include "presence/table.h"

#include "../presence/heard_frames.h"

#include <gsl/gsl_rng.h>
#include <malloc.h>

#include "identity/raw_id.h"
#include "support/grow.h"

#define T0_DS INT64_C(17749836000) /* 2026-04-01T04:00+09:00, an epoch's start, in tenths of a second */

static struct radio radio;
static struct yk_presence_table *table;
static gsl_rng *rng;

static void start(void)
{
    radio_open(&radio);
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    cr_assert_eq(yk_presence_table_new(radio.session, &table, &radio_err), YK_OK);
}

static void stop(void)
{
    yk_presence_table_free(table);
    gsl_rng_free(rng);
    radio_close(&radio);
}
TestSuite(table, .init = start, .fini = stop);

static struct yk_raw_id address(uint32_t number)
{
    struct yk_raw_id id = {.address_class = (uint8_t)(number % YK_CLASS_COUNT)};
    for (int i = 0; i < 4; i++)
        id.address[i] = (uint8_t)(number >> 8 * i);
    return id;
}

static void hear(uint32_t number, int64_t t_ds, int rssi)
{
    struct yk_raw_id id = address(number);
    cr_assert_eq(yk_session_advance(radio.session, (struct yk_wall){t_ds * 100000}, &radio_err), YK_OK);
    cr_assert_eq(yk_presence_hear(table, &id, t_ds * 100000 + 99999, (int8_t)rssi, &radio_err), YK_OK);
}

static void finish(void)
{
    cr_assert_eq(yk_presence_finish(table, &radio_err), YK_OK);
    cr_assert_eq(yk_session_finish(radio.session, &radio_err), YK_OK);
    heard_read();
}

/* What is expected of one address in one tick. */
struct model {
    int64_t tick;
    uint32_t number, adverts, gap_ds, gap_sq;
    int32_t rssi_sum;
    uint16_t rssi_count;
    int rssi_max, first_ds, last_ds;
};
static struct model *model;
static size_t model_count, model_capacity;

#define ADDRESSES 400
static int64_t last_heard[ADDRESSES]; /* 0: never */

static void model_hear(uint32_t number, int64_t t_ds, int rssi)
{
    static int64_t newest;
    int64_t tick = t_ds / 100;
    newest = tick > newest ? tick : newest;
    if (tick < newest) { /* of a closed tick: taken as this one's beginning */
        tick = newest;
        t_ds = newest * 100;
    }
    struct model *m = NULL;
    for (size_t i = model_count; i-- > 0 && model[i].tick == tick;)
        if (model[i].number == number)
            m = &model[i];
    if (!m) {
        model = grow_to(model, model_count + 1, sizeof *model, &model_capacity);
        m = &model[model_count++];
        *m = (struct model){.tick = tick,
                            .number = number,
                            .rssi_max = 127,
                            .first_ds = (int)(t_ds % 100),
                            .last_ds = (int)(t_ds % 100)};
    }
    m->adverts++;
    if (rssi != 127) {
        m->rssi_sum += rssi;
        m->rssi_count++;
        m->rssi_max = m->rssi_max == 127 || rssi > m->rssi_max ? rssi : m->rssi_max;
    }
    int64_t gap = last_heard[number] ? t_ds - last_heard[number] : 0;
    if (gap > 0 && gap <= 6000) {
        m->gap_ds += (uint32_t)gap;
        m->gap_sq += (uint32_t)(gap * gap);
    }
    m->last_ds = t_ds % 100 > m->last_ds ? (int)(t_ds % 100) : m->last_ds;
    last_heard[number] = t_ds > last_heard[number] ? t_ds : last_heard[number];
}

static int by_tick_and_pseudonym(const void *a, const void *b)
{
    const struct yk_presence *x = &((const struct heard_presence *)a)->presence,
                             *y = &((const struct heard_presence *)b)->presence;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return x->pseudonym < y->pseudonym ? -1 : x->pseudonym > y->pseudonym;
}

Test(table, random_adverts_give_the_records_of_the_model)
{
    const struct yk_epoch *epoch;
    int64_t t = T0_DS + 36000;
    for (int i = 0; i < 60000; i++) {
        t += gsl_rng_uniform_int(rng, 2000) == 0 ? (int64_t)gsl_rng_uniform_int(rng, 12500)
                                                 : (int64_t)gsl_rng_uniform_int(rng, 3);
        int64_t late = gsl_rng_uniform_int(rng, 20) == 0 ? (int64_t)gsl_rng_uniform_int(rng, 90) : 0;
        uint32_t number = (uint32_t)(gsl_rng_uniform(rng) * gsl_rng_uniform(rng) * ADDRESSES);
        int rssi = gsl_rng_uniform_int(rng, 10) ? -30 - (int)gsl_rng_uniform_int(rng, 70) : 127;
        hear(number, t - late, rssi);
        model_hear(number, t - late, rssi);
    }
    finish();
    cr_assert_eq(heard_count, model_count, "%zu records, %zu expected", heard_count, model_count);
    cr_assert_eq(yk_identity_epoch(radio.identity, t / 10, &epoch, &radio_err), YK_OK);
    qsort(heard, heard_count, sizeof *heard, by_tick_and_pseudonym);
    for (size_t i = 0; i < model_count; i++) {
        const struct model *m = &model[i];
        struct yk_raw_id id = address(m->number);
        struct heard_presence key = {.presence = {.tick = m->tick, .pseudonym = yk_pseudonym(epoch, &id)}};
        const struct heard_presence *found = bsearch(&key, heard, heard_count, sizeof *heard, by_tick_and_pseudonym);
        cr_assert_not_null(found);
        const struct yk_presence *p = &found->presence;
        cr_assert(p->adverts == m->adverts && p->address_class == m->number % YK_CLASS_COUNT);
        cr_assert(p->rssi_sum_dbm == m->rssi_sum && p->rssi_count == m->rssi_count && p->rssi_max_dbm == m->rssi_max);
        cr_assert(p->first_ds == m->first_ds && p->last_ds == m->last_ds);
        cr_assert(p->gap_ds == m->gap_ds && p->gap_sq_ds2 == m->gap_sq, "gaps %u %u, expected %u %u", p->gap_ds,
                  p->gap_sq_ds2, m->gap_ds, m->gap_sq);
        cr_assert(found->epoch_s == T0_DS / 10 && found->key_id == epoch->key_id);
    }
}

static uint64_t sum_adverts(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < heard_count; i++)
        sum += heard[i].presence.adverts;
    return sum;
}

Test(table, the_merge_gap_to_a_tenth_of_a_second)
{
    hear(1, T0_DS, -50);
    hear(1, T0_DS + 6000, -50);
    hear(2, T0_DS + 6000, -50);
    hear(2, T0_DS + 12001, -50);
    finish();
    cr_assert_eq(heard_count, 4);
    uint32_t gaps = 0;
    for (size_t i = 0; i < 4; i++)
        gaps += heard[i].presence.gap_ds;
    cr_expect_eq(gaps, 6000, "600 s is one life, 600.1 s two");
}

Test(table, an_advert_count_saturates)
{
    for (int i = 0; i < 70000; i++)
        hear(1, T0_DS + i / 1000, -1);
    finish();
    cr_assert_eq(heard_count, 1);
    cr_expect_eq(heard[0].presence.adverts, 65535);
    cr_expect_eq(heard[0].presence.rssi_sum_dbm, -65535);
    cr_expect_eq(heard[0].presence.gap_ds, 69);
}

Test(table, an_epoch_changes_every_pseudonym)
{
    for (int64_t t = T0_DS - 300; t < T0_DS + 300; t += 7)
        hear(5, t, -50);
    finish();
    cr_expect_eq(sum_adverts(), 86);
    uint64_t before = 0, after = 0;
    for (size_t i = 0; i < heard_count; i++) {
        const struct heard_presence *h = &heard[i];
        bool new_epoch = h->presence.tick >= T0_DS / 100;
        cr_expect_eq(h->epoch_s, new_epoch ? T0_DS / 10 : T0_DS / 10 - 86400);
        uint64_t *pseudonym = new_epoch ? &after : &before;
        cr_expect(*pseudonym == 0 || *pseudonym == h->presence.pseudonym);
        *pseudonym = h->presence.pseudonym;
        if (h->presence.tick == T0_DS / 100) /* no gap reaches over the change */
            cr_expect_eq(h->presence.gap_ds, (uint32_t)(h->presence.last_ds - h->presence.first_ds));
    }
    cr_expect_neq(before, after);
    cr_expect(before && after);
}

/* An advert that comes late by less than a tick belongs to the epoch that has begun. */
Test(table, a_late_advert_does_not_go_back_an_epoch)
{
    hear(1, T0_DS - 50, -50);
    hear(1, T0_DS, -50);
    hear(1, T0_DS - 10, -50);
    hear(1, T0_DS + 20, -50);
    finish();
    cr_assert_eq(heard_count, 2);
    size_t ended = heard[0].presence.tick < heard[1].presence.tick ? 0 : 1;
    cr_expect_eq(heard[ended].presence.adverts, 1);
    cr_expect_eq(heard[1 - ended].presence.adverts, 3);
    cr_expect_eq(heard[1 - ended].presence.gap_ds, 20);
}

/* What a tick holds when the clock is set back is told while the session still stands at the time it was heard in. */
Test(table, a_step_back_tells_first)
{
    struct yk_session_figures figures;
    hear(1, T0_DS + 36000, -50);
    hear(2, T0_DS + 36010, -50);
    yk_session_figures(radio.session, &figures);
    cr_assert_eq(figures.observations, 0);
    cr_assert_eq(yk_presence_pass(table, (T0_DS + 35911) * 100000, &radio_err), YK_OK);
    yk_session_figures(radio.session, &figures);
    cr_expect_eq(figures.observations, 0, "a tick's length is no step");
    cr_assert_eq(yk_presence_pass(table, (T0_DS + 18000) * 100000, &radio_err), YK_OK);
    yk_session_figures(radio.session, &figures);
    cr_expect_eq(figures.observations, 2);
    hear(1, T0_DS + 18001, -50);
    finish();
    cr_assert_eq(heard_count, 3);
    cr_expect_eq(sum_adverts(), 3);
    int64_t last_s = INT64_MIN;
    for (size_t i = 0; i < health_count; i++)
        last_s = healths[i].t1_s > last_s ? healths[i].t1_s : last_s;
    cr_expect_eq(last_s, T0_DS / 10 + 3601, "both were heard until then");
}

/* Nobody knows what the radio did in a silence of more than an hour: a life does not go on over it, and neither does the
 * counting of lags. */
Test(table, an_hour_of_silence_ends_the_record)
{
    for (int64_t t = 0; t <= 600; t += 5)
        hear(2, T0_DS + 36000 + t, -50);
    cr_assert_eq(yk_presence_pass(table, (T0_DS + 36600 + 72000) * 100000, &radio_err), YK_OK);
    for (int64_t t = 0; t <= 600; t += 5)
        hear(2, T0_DS + 36600 + 72000 + t, -50);
    finish();
    uint64_t observed_ds = 0;
    for (size_t i = 0; i < health_count; i++)
        if (healths[i].has_lags)
            observed_ds += healths[i].lags[0].observed_ds;
    cr_expect_leq(observed_ds, 1300, "%lu", (unsigned long)observed_ds);
    cr_expect_eq(sum_adverts(), 242);
}

Test(table, a_clock_that_is_set_back_loses_nothing)
{
    int64_t t = T0_DS + 90000;
    uint64_t told = 0;
    for (int turn = 0; turn < 20; turn++) {
        for (uint32_t n = 0; n < 50; n++, told++)
            hear(n, t + n, -50);
        t -= 50 + (int64_t)gsl_rng_uniform_int(rng, 4000);
    }
    finish();
    cr_expect_eq(sum_adverts(), told);
}

/* A million addresses in a flood: what is counted stays exact, memory stands still, and what was given up is told. */
Test(table, a_flood_evicts_and_does_not_grow)
{
    enum { FLOOD = 1000000 };
    for (uint32_t n = 0; n < 2 * YK_PRESENCE_CAPACITY; n++)
        hear(n, T0_DS + n / 2000, -50);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (uint32_t n = 2 * YK_PRESENCE_CAPACITY; n < FLOOD; n++)
        hear(n, T0_DS + n / 2000, -50);
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    cr_expect_leq(after, before + 4096, "%zu bytes, then %zu", before, after);
    cr_expect_eq(yk_session_drops(radio.session)->count[YK_DROP_table_full], FLOOD - YK_PRESENCE_CAPACITY);
    finish();
    cr_expect_eq(heard_count, FLOOD);
    cr_expect_eq(sum_adverts(), FLOOD);
    uint64_t records = 0, drops = 0;
    for (size_t i = 0; i < health_count; i++) {
        records += healths[i].records;
        drops += healths[i].drops.count[YK_DROP_table_full];
    }
    cr_expect_eq(records, FLOOD);
    cr_expect_eq(drops, FLOOD - YK_PRESENCE_CAPACITY);
}

/* The table at its limit with addresses that come back: no advert is lost, whoever is given up. */
Test(table, eviction_keeps_every_advert)
{
    uint64_t told = 0;
    for (int i = 0; i < 300000; i++, told++)
        hear((uint32_t)gsl_rng_uniform_int(rng, 3 * YK_PRESENCE_CAPACITY), T0_DS + i / 400, -50);
    finish();
    cr_expect_eq(sum_adverts(), told);
    cr_expect_gt(yk_session_drops(radio.session)->count[YK_DROP_table_full], 1000);
}

/* Addresses that fell silent make room: wave after wave of strangers, each as many as the table holds. */
Test(table, the_silent_make_room)
{
    static const uint32_t waves[] = {100, YK_PRESENCE_CAPACITY, 7, YK_PRESENCE_CAPACITY, YK_PRESENCE_CAPACITY};
    uint32_t number = 0;
    int64_t t_ds = T0_DS;
    for (size_t w = 0; w < sizeof waves / sizeof waves[0]; w++, t_ds += YK_MERGE_GAP_S * 10 + 600)
        for (uint32_t i = 0; i < waves[w]; i++)
            hear(number++, t_ds, -50);
    cr_expect_eq(yk_session_drops(radio.session)->count[YK_DROP_table_full], 0);
    finish();
    cr_expect_eq(heard_count, number);
}
