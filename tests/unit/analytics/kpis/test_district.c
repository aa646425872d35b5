/* Rows of the whole district, from lives made by hand. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three places. Devices of fixed address walk from the street to the plaza; rotating ones do too, in 50 s, of which a share
 * 1 - 50/R keeps its address: what is seen is made so, and the flow has to be what went. */
#include "base/calendar.h"
#include "kpis/kpi.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct yk_config config;
static struct yk_place_config places[3];
static struct yk_periods periods;
static struct yk_district_facts facts;
static struct yk_candidate got[16];
static size_t got_count;

static void start(void)
{
    struct yk_error err;
    struct yk_span span = {.start_s = 86400, .end_s = 172800};
    strcpy(config.district, "riverside");
    strcpy(places[0].id, "street");
    strcpy(places[1].id, "plaza");
    strcpy(places[2].id, "park");
    config.places = places;
    config.place_count = 3;
    strcpy(periods.id, "0123456789abcdef R390.0/?");
    periods.known[YK_ROTATING_RESOLVABLE] = true;
    periods.period[YK_ROTATING_RESOLVABLE] =
        (struct yk_rotation_period){.period_s = 390, .cv = 0.13, .cv_between = 0.2};
    cr_assert_eq(yk_district_facts_open(&facts, &config, &periods, &span, true, &err), YK_OK);
    for (int i = 0; i < 3; i++)
        facts.place_cover[i] = (struct yk_cover){86400, 86400};
}

static void stop(void)
{
    yk_district_facts_clear(&facts);
}
TestSuite(district, .init = start, .fini = stop);

static void lives(uint32_t place, uint64_t pseudonym, uint8_t class, int64_t begin_s, int64_t end_s)
{
    facts.reading = place;
    yk_district_facts_life(&facts, &(struct yk_lived){.key_id = 7,
                                                      .pseudonym = pseudonym,
                                                      .address_class = class,
                                                      .begin_ds = (86400 + begin_s) * 10,
                                                      .end_ds = (86400 + end_s) * 10});
    struct yk_rotation_sums *sums = &facts.place[place].class_of[class];
    sums->addresses++;
    sums->births++;
    sums->deaths++;
    sums->life_ds += (end_s - begin_s) * 10;
    sums->gap_ds += (end_s - begin_s) * 10;
    sums->gap_sq_ds2 += (end_s - begin_s) * 10 * 20; /* an advert every 2 s */
}

static void give(void *context, const struct yk_candidate *candidate)
{
    (void)context;
    cr_assert_lt(got_count, 16);
    got[got_count++] = *candidate;
}

static void ask(const char *name)
{
    const struct yk_kpi *kpi = yk_kpi_find(name);
    cr_assert_not_null(kpi);
    got_count = 0;
    kpi->district_rows(kpi, &facts, give, NULL);
    for (size_t i = 0; i < got_count; i++) {
        const struct yk_kpi_row *row = &got[i].row;
        cr_expect(row->start_s == 86400 && row->end_s == 172800 && row->resolution == YK_RES_1D);
        cr_expect(row->final && row->revision == 1);
        cr_expect_str_eq(row->district, "riverside");
        cr_expect_eq(row->state == YK_STATE_OK, row->reason == YK_REASON_NONE);
    }
}

static void closed(void)
{
    struct yk_error err;
    cr_assert_eq(yk_district_facts_close(&facts, &err), YK_OK);
}

Test(district, moves_in_any_order_of_lives)
{
    lives(1, 5, YK_CLASS_STATIC, 700, 900); /* the plaza, reached at 700 */
    lives(0, 5, YK_CLASS_STATIC, 100, 650); /* the street, left at 650 */
    lives(0, 5, YK_CLASS_STATIC, 2000, 2100);
    lives(0, 5, YK_CLASS_STATIC, 3000, 3100); /* after a pause, no move */
    lives(2, 6, YK_CLASS_STATIC, 100, 800);
    lives(1, 6, YK_CLASS_STATIC, 790, 900); /* heard at both for a while */
    closed();
    cr_assert_eq(facts.move_count, 3);
    cr_expect_eq(facts.keys, 1);
    const struct yk_move *m = facts.moves;
    cr_expect(m[0].from == 0 && m[0].to == 1 && m[0].left_ds == 870500 && m[0].reached_ds == 871000);
    cr_expect(m[1].from == 1 && m[1].to == 0 && m[1].left_ds == 873000);
    cr_expect(m[2].from == 2 && m[2].to == 1 && m[2].left_ds - m[2].reached_ds == 100);
}

/* The last tenth of a second that a window of a day of 25 hours and its end can hold. */
Test(district, moves_at_the_end_of_a_long_day)
{
    lives(0, 5, YK_CLASS_STATIC, 0, 86400);
    lives(1, 5, YK_CLASS_STATIC, 86500, 90000 + 899);
    closed();
    cr_assert_eq(facts.move_count, 1);
    cr_expect(facts.moves[0].left_ds == 1728000 && facts.moves[0].reached_ds == 1729000);
}

/* 5,000 lives with pseudonyms all over 64 bits, some twice; of one key, and of two. */
Test(district, lives_are_put_in_order)
{
    for (int keys = 1; keys <= 2; keys++) {
        struct yk_error err;
        struct yk_span span = {.start_s = 86400, .end_s = 172800};
        uint64_t sum = 0, found = 0, x = 88172645463325252u;
        yk_district_facts_clear(&facts);
        cr_assert_eq(yk_district_facts_open(&facts, &config, &periods, &span, true, &err), YK_OK);
        for (int i = 0; i < 5000; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17; /* Marsaglia's xorshift */
            uint64_t who = i % 7 == 0 && i > 0 ? facts.lives[i - 1].pseudonym : x;
            facts.reading = (uint32_t)(x % 3);
            yk_district_facts_life(&facts, &(struct yk_lived){.key_id = 7 + x % (uint64_t)keys,
                                                              .pseudonym = who,
                                                              .begin_ds = 864000 + (int64_t)(x % 1000),
                                                              .end_ds = 866000});
            sum += who;
        }
        closed();
        cr_expect_eq(facts.keys, keys);
        for (size_t i = 0; i < facts.life_count; i++) {
            const struct yk_place_life *b = &facts.lives[i], *a = i > 0 ? &facts.lives[i - 1] : b;
            found += b->pseudonym;
            cr_expect(a->key_id < b->key_id || (a->key_id == b->key_id && a->pseudonym < b->pseudonym) ||
                      (a->key_id == b->key_id && a->pseudonym == b->pseudonym && a->begin_ds <= b->begin_ds));
        }
        cr_expect_eq(sum, found);
    }
}

Test(district, flows_of_fixed_addresses_are_counts)
{
    for (uint64_t i = 0; i < 12; i++) {
        lives(0, i, YK_CLASS_PUBLIC, 100, 400);
        lives(1, i, YK_CLASS_PUBLIC, 500, 800);
    }
    closed();
    ask("od_flow");
    cr_assert_eq(got_count, 1);
    cr_expect_str_eq(got[0].row.place, "street>plaza");
    cr_expect(got[0].row.value == 12 && got[0].row.lower == 12 && got[0].row.upper == 12);
    cr_expect(got[0].devices_lower == 12 && got[0].row.n_low == 12);
    ask("circulation");
    cr_assert_eq(got_count, 1);
    cr_expect_str_eq(got[0].row.place, "*");
    cr_expect_eq(got[0].row.value, 2, "24 visits of 12: %g", got[0].row.value);
    cr_expect(got[0].ratio && got[0].row.n_low == 12 && got[0].devices_lower == 12);
}

/* 1,000 went; at 40 to 60 s each keeps its address with 1 - tau/390. */
Test(district, flows_through_rotation)
{
    uint64_t id = 0;
    double seen = 0;
    for (int went = 0; went < 1000; went++) {
        int64_t tau = 40 + went % 21;
        seen += 1 - (double)tau / 390;
        if (seen < 1)
            continue;
        seen -= 1;
        lives(0, ++id, YK_CLASS_RESOLVABLE, 100, 200);
        lives(1, id, YK_CLASS_RESOLVABLE, 200 + tau, 300 + tau);
    }
    closed();
    ask("od_flow");
    cr_assert_eq(got_count, 1);
    cr_assert_eq(got[0].row.state, YK_STATE_OK);
    cr_expect_lt(fabs(got[0].row.value - 1000), 15, "%g", got[0].row.value);
    cr_expect(got[0].row.lower < 1000 && got[0].row.upper > 1000 && got[0].row.lower > 900 && got[0].row.upper < 1100);
    cr_expect_lt((double)facts.move_count, 900, "what is seen is less: %zu", facts.move_count);
}

Test(district, what_cannot_be_told)
{
    for (uint64_t i = 0; i < 12; i++) {
        lives(0, i, YK_CLASS_RESOLVABLE, 100, 400);
        lives(1, i, YK_CLASS_RESOLVABLE, 500, 800);
    }
    closed();
    ask("od_flow"); /* too few for a law of travel times */
    cr_assert_eq(got_count, 1);
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_MEASURABLE);
    cr_expect(isnan(got[0].row.value));
    ask("circulation");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_MEASURABLE);
    facts.keys = 2; /* radios with keys of their own: nobody is seen to move between them */
    ask("od_flow");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_OBSERVABLE);
    ask("circulation");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_OBSERVABLE);
    facts.keys = 1;
    facts.move_count = 0; /* they may have gone too far to be seen, so 1 would be a guess */
    ask("circulation");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_OBSERVABLE);
    facts.place_cover[2].ran_s = 0;
    ask("circulation");
    cr_expect_eq(got[0].row.reason, YK_REASON_OUTAGE);
    facts.place_cover[1] = facts.place_cover[2] = (struct yk_cover){0, 0};
    ask("circulation");
    cr_expect_eq(got_count, 0, "one place has no circulation");
}
