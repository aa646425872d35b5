/* Health covers exactly the time that events prove. SPDX-License-Identifier: GPL-3.0-or-later */
#include "presence/heard_frames.h"

#include <gsl/gsl_rng.h>

#define T0 INT64_C(1774983600)

static struct radio radio;

static void start(void)
{
    radio_open(&radio);
}
static void stop(void)
{
    radio_close(&radio);
}
TestSuite(session, .init = start, .fini = stop);

static void at(int64_t t_s)
{
    cr_assert_eq(yk_session_advance(radio.session, (struct yk_wall){t_s * 1000000 + 999999}, &radio_err), YK_OK);
}

static void emit(int64_t t_s)
{
    struct yk_observation o = {.kind = YK_KIND_CROSSING};
    o.as.crossing = (struct yk_crossing){.t_ms = t_s * 1000, .direction = 1};
    cr_assert_eq(yk_session_emit(radio.session, &o, &radio_err), YK_OK);
}

static void finish(void)
{
    cr_assert_eq(yk_session_finish(radio.session, &radio_err), YK_OK);
    heard_read();
}

static void expect_health(const int64_t (*spans)[2], size_t count)
{
    cr_assert_eq(health_count, count, "%zu health records", health_count);
    for (size_t i = 0; i < count; i++)
        cr_expect(healths[i].t0_s == T0 + spans[i][0] && healths[i].t1_s == T0 + spans[i][1], "%zu: %ld to %ld", i,
                  (long)(healths[i].t0_s - T0), (long)(healths[i].t1_s - T0));
}

Test(session, whole_minutes_and_the_rest)
{
    for (int64_t t = 5; t <= 130; t++)
        at(T0 + t);
    finish();
    expect_health((const int64_t[][2]){{5, 60}, {60, 120}, {120, 130}}, 3);
}

Test(session, one_event_proves_one_second)
{
    at(T0 + 7);
    finish();
    expect_health((const int64_t[][2]){{7, 8}}, 1);
}

Test(session, nothing_proves_nothing)
{
    at(-5);
    finish();
    cr_expect_eq(health_count, 0);
}

Test(session, an_hour_of_silence_ends_the_proof)
{
    at(T0);
    at(T0 + 3600); /* just borne */
    at(T0 + 3610);
    at(T0 + 3610 + 3601); /* too long */
    at(T0 + 3610 + 3602);
    finish();
    expect_health((const int64_t[][2]){{0, 3600}, {3600, 3610}, {7211, 7212}}, 3);
}

Test(session, the_longest_interval_is_an_hour)
{
    at(T0);
    at(T0 + 59);
    at(T0 + 59 + 3600);
    finish();
    expect_health((const int64_t[][2]){{0, 3600}, {3600, 3659}}, 2);
}

Test(session, small_steps_back_are_ignored_great_ones_begin_anew)
{
    at(T0 + 100);
    at(T0 + 90); /* 10 s: disorder */
    at(T0 + 105);
    at(T0 + 94); /* 11 s: the clock was set */
    at(T0 + 96);
    finish();
    expect_health((const int64_t[][2]){{100, 105}, {94, 96}}, 2);
}

Test(session, a_break_between_two_files)
{
    at(T0 + 10);
    at(T0 + 20);
    cr_assert_eq(yk_session_break(radio.session, &radio_err), YK_OK);
    at(T0 - 86400); /* the second file is the older one */
    at(T0 - 86400 + 30);
    cr_assert_eq(yk_session_break(radio.session, &radio_err), YK_OK);
    cr_assert_eq(yk_session_break(radio.session, &radio_err), YK_OK, "nothing open");
    finish();
    cr_assert_eq(health_count, 2);
    int64_t ran = 0;
    for (size_t i = 0; i < 2; i++)
        ran += healths[i].t1_s - healths[i].t0_s;
    cr_expect_eq(ran, 10 + 30);
}

/* Tracks that end with their input, when its connection was lost before. */
Test(session, what_is_emitted_after_a_break_is_told)
{
    at(T0 + 10);
    at(T0 + 20);
    cr_assert_eq(yk_session_break(radio.session, &radio_err), YK_OK);
    emit(T0 + 15);
    finish();
    cr_assert_eq(plain_count, 1);
    cr_expect_eq(plains[0].as.crossing.t_ms, (T0 + 15) * 1000);
    expect_health((const int64_t[][2]){{10, 20}}, 1);
}

/* Random event times against a plain list of seconds. A stretch of events that are at most an hour apart proves the
 * seconds from its first event up to its last; one event alone proves its own. */
Test(session, random_times_against_seconds)
{
    enum { SPAN = 200000 };
    static bool proven[SPAN], told[SPAN];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    uint64_t emitted = 0, drops = 0;
    int64_t t = 0, before = 0, first = 0;
    while (t < SPAN - 1) {
        at(T0 + t);
        if (t - before <= 3600) {
            for (int64_t s = before; s < t; s++)
                proven[s] = true;
        } else {
            proven[first] = true;
            first = t;
        }
        for (unsigned n = (unsigned)gsl_rng_uniform_int(rng, 3); n > 0; n--, emitted++)
            emit(T0 + t);
        if (gsl_rng_uniform_int(rng, 2)) {
            yk_drop(yk_session_drops(radio.session), YK_DROP_malformed);
            drops++;
        }
        before = t;
        t += gsl_rng_uniform_int(rng, 60) == 0 ? (int64_t)gsl_rng_uniform_int(rng, 7300)
                                               : (int64_t)gsl_rng_uniform_int(rng, 90);
    }
    proven[first] = true;
    finish();
    uint64_t records = 0, dropped = 0;
    for (size_t i = 0; i < health_count; i++) {
        records += healths[i].records;
        dropped += healths[i].drops.count[YK_DROP_malformed];
        cr_assert_leq(healths[i].t1_s - healths[i].t0_s, 3600);
        for (int64_t s = healths[i].t0_s - T0; s < healths[i].t1_s - T0; s++) {
            cr_assert_not(told[s], "second %ld told twice", (long)s);
            told[s] = true;
        }
    }
    for (int64_t s = 0; s < SPAN; s++)
        cr_assert_eq(told[s], proven[s], "second %ld", (long)s);
    cr_expect_eq(records, emitted);
    cr_expect_eq(dropped, drops);
    struct yk_session_figures figures;
    yk_session_figures(radio.session, &figures);
    cr_expect_eq(figures.observations, emitted);
    gsl_rng_free(rng);
}
