/* Devices of a recording, against made ones whose truth is known. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Adverts of devices that come, change their address and go are told to the listener as a decoder would. What is expected
 * is counted from the devices themselves, or worked out by hand. */
#include "recording/report.h"

#include "base/clock.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decode/advert.h"
#include "decode/capture_file.h"

#define START_S 1774951200 /* 2026-03-31T10:00:00Z, a full hour */

struct heard {
    double t_s; /* after the start */
    uint8_t address_class;
    uint32_t number;
};

static struct heard *adverts;
static size_t count, capacity;
static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static void say(double t_s, uint8_t address_class, uint32_t number)
{
    if (count == capacity) {
        capacity = capacity ? 2 * capacity : 4096;
        adverts = realloc(adverts, capacity * sizeof *adverts);
        cr_assert_not_null(adverts);
    }
    adverts[count++] = (struct heard){t_s, address_class, number};
}

static void say_all(double from_s, double to_s, double every_s, uint8_t address_class, uint32_t number)
{
    for (double t = from_s; t < to_s; t += every_s)
        say(t, address_class, number);
}

static int by_time(const void *a, const void *b)
{
    double x = ((const struct heard *)a)->t_s, y = ((const struct heard *)b)->t_s;
    return (x > y) - (x < y);
}

/* From start_s on, listened for length_s: a packet without an advert each second says that the radio ran. */
static void estimate(int64_t start_s, double length_s, struct yk_recording_figures *out)
{
    struct yk_listening *listening;
    struct yk_recording *recording;
    struct yk_error err = {0};
    gsl_set_error_handler_off();
    qsort(adverts, count, sizeof *adverts, by_time);
    cr_assert_eq(yk_listening_new(&listening, &err), YK_OK, "%s", err.message);
    struct yk_capture_listener listener = yk_listening_listener(listening);
    size_t next = 0;
    for (double t = 0; t <= length_s; t++) {
        listener.at(listener.context, start_s * 1000000 + (int64_t)(t * 1e6));
        for (; next < count && adverts[next].t_s < t + 1 && adverts[next].t_s < length_s; next++) {
            struct yk_advert advert = {.id.address_class = adverts[next].address_class,
                                       .rssi_dbm = -60,
                                       .time_us = start_s * 1000000 + (int64_t)(adverts[next].t_s * 1e6)};
            memcpy(advert.id.address, &adverts[next].number, 4);
            listener.heard(listener.context, &advert);
            listener.at(listener.context, advert.time_us);
        }
    }
    cr_assert_eq(yk_listening_finish(listening, &recording, &err), YK_OK, "%s", err.message);
    cr_assert_eq(yk_recording_estimate(recording, out, &err), YK_OK, "%s", err.message);
    yk_listening_free(listening);
    count = 0;
}

/* Three static addresses in an hour: one all the time, one that was there from the beginning for 600 s, one from 1000 s to
 * 1600 s. The inner time is 3540 s: the second is in it for 570 s and leaves, the third comes and leaves. */
Test(recording_estimate, still_addresses_by_hand)
{
    struct yk_recording_figures f;
    say_all(0, 3600, 1, YK_CLASS_PUBLIC, 1);
    say_all(0, 600.5, 1, YK_CLASS_STATIC, 2);
    say_all(1000, 1600.5, 1, YK_CLASS_STATIC, 3);
    estimate(START_S, 3600, &f);
    cr_assert_null(f.why);
    const struct yk_group_figures *still = &f.whole.group[YK_GROUP_STILL];
    cr_expect_float_eq(f.listened_s, 3600, 1e-9);
    cr_expect_eq(f.infrastructure_still, 1);
    cr_expect_eq(f.infrastructure_rotating, 0);
    cr_expect_eq(still->sums.addresses, 2);
    cr_expect_eq(still->sums.life_ds, 12000);
    cr_expect_float_eq(still->visits.value, 2, 1e-12);
    cr_expect_float_eq(still->arrivals.value, 1, 1e-12);
    cr_expect_not_null(still->stay_s.why); /* one and a half came and left */
    /* Gaps of 1 s: 2g = 1 s, g = 0.5 s for one birth and two deaths. */
    cr_expect_float_eq(still->occupancy.value, (570 + 600 + 1.5) / 3540, 1e-9);
    cr_expect_float_eq(still->occupancy.lower, (570 + 600.0) / 3540, 1e-9);
    cr_expect_float_eq(still->occupancy.upper, (570 + 600 + 3.0) / 3540, 1e-9);
    cr_expect_eq(f.window_count, 4);
    cr_expect_eq(f.windows[0].start_s, START_S);
    cr_expect_float_eq(f.windows[0].group[YK_GROUP_STILL].visits.value, 1, 1e-12);
    cr_expect_eq(f.windows[1].group[YK_GROUP_STILL].sums.addresses, 1);
    cr_expect_eq(f.windows[3].group[YK_GROUP_ALL].sums.addresses, 0);
    cr_expect_float_eq(f.windows[3].group[YK_GROUP_ALL].visits.upper, 0, 1e-12);
    cr_expect_eq(f.period[YK_ROTATING_RESOLVABLE].state, YK_PERIOD_NO_DATA);
    yk_recording_figures_clear(&f);
}

/* In a quarter of an hour who stays is no infrastructure; in two hours an address that never rotates is. */
Test(recording_estimate, infrastructure)
{
    struct yk_recording_figures f;
    say_all(0, 900, 1, YK_CLASS_PUBLIC, 1);
    estimate(START_S, 900, &f);
    cr_expect_eq(f.infrastructure_still, 0);
    cr_expect_eq(f.whole.group[YK_GROUP_STILL].sums.addresses, 1);
    yk_recording_figures_clear(&f);
    say_all(0, 6600, 1, YK_CLASS_RESOLVABLE, 1);
    say_all(0, 6400, 1, YK_CLASS_RESOLVABLE, 2);
    estimate(START_S, 7200, &f);
    cr_expect_eq(f.infrastructure_rotating, 1);
    cr_expect_eq(f.whole.group[YK_GROUP_RESOLVABLE].sums.addresses, 1);
    yk_recording_figures_clear(&f);
}

static void expect_nonsense(int64_t start_s, double length_s, const char *says)
{
    struct yk_recording_figures f;
    say_all(0, length_s, 1, YK_CLASS_RESOLVABLE, 1);
    estimate(start_s, length_s, &f);
    cr_assert_not_null(f.why, "%s", says);
    cr_expect_not_null(strstr(f.why, says), "%s", f.why);
    json_t *json = yk_recording_json(&f);
    cr_expect_str_eq(json_string_value(json_object_get(json, "state")), "not_measurable");
    cr_expect_eq(json_object_size(json), 2);
    json_decref(json);
    yk_recording_figures_clear(&f);
}

Test(recording_estimate, times_that_make_no_sense)
{
    expect_nonsense(905225, 10, "before there was Bluetooth LE");
    expect_nonsense(INT64_C(4102444800), 10, "future");
    struct yk_listening *listening;
    struct yk_recording *recording;
    struct yk_recording_figures f;
    struct yk_error err = {0};
    static const struct {
        int64_t t_s[4];
        const char *says;
    } cases[] = {{{START_S, START_S + 60, START_S + 49, START_S + 70}, "set back"},
                 {{START_S, START_S + 5, START_S + 8595490, START_S + 8595495}, "hardly any"}};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(yk_listening_new(&listening, &err), YK_OK);
        struct yk_capture_listener listener = yk_listening_listener(listening);
        for (int k = 0; k < 4; k++)
            listener.at(listener.context, cases[i].t_s[k] * 1000000);
        cr_assert_eq(yk_listening_finish(listening, &recording, &err), YK_OK);
        cr_assert_eq(yk_recording_estimate(recording, &f, &err), YK_OK);
        cr_expect(f.why && strstr(f.why, cases[i].says), "%s", f.why ? f.why : "-");
        yk_listening_free(listening);
    }
    cr_assert_eq(yk_listening_new(&listening, &err), YK_OK);
    yk_listening_listener(listening).at(listening, YK_TIME_NONE);
    cr_assert_eq(yk_listening_finish(listening, &recording, &err), YK_OK);
    cr_assert_eq(yk_recording_estimate(recording, &f, &err), YK_OK);
    cr_expect(f.why && strstr(f.why, "no packet"));
    yk_listening_free(listening);
}

/* 6 h, some 900 devices for 2 to 20 minutes, adverts every 2 s and a fifth lost, a new address after 5 to 8 minutes. Truth is
 * counted from the devices: those that are there at all, and inside the guards who comes and how long they stay. */
Test(recording_estimate, rotating_devices_against_the_truth)
{
    const double length_s = 21600;
    double came = 0, there = 0, present_s = 0, stays_s = 0, addresses = 0;
    uint32_t number = 0;
    seed = 20260401;
    for (double t = -2000; t < length_s; t += -24 * log(1 - uniform())) {
        double stay_s = 120 + 1080 * uniform(), end_s = t + stay_s, phase_s = 2 * uniform(), period_s;
        do /* who comes is somewhere in a period, and more often in a long one */
            period_s = 300 + 180 * uniform();
        while (uniform() * 480 > period_s);
        double next_s = t + period_s * uniform();
        number++;
        for (double a = t + phase_s; a < end_s; a += 2) {
            for (; a >= next_s; next_s += 300 + 180 * uniform())
                number++;
            if (a >= 0 && uniform() >= 0.2)
                say(a, YK_CLASS_RESOLVABLE, number);
        }
        there += end_s > 0;
        came += t >= 30 && t < length_s - 30;
        stays_s += t >= 30 && t < length_s - 30 ? stay_s : 0;
        double from = fmax(t, 30), to = fmin(end_s, length_s - 30);
        present_s += fmax(to - from, 0);
    }
    addresses = number;
    struct yk_recording_figures f;
    estimate(START_S, length_s, &f);
    const struct yk_group_figures *g = &f.whole.group[YK_GROUP_RESOLVABLE];
    const struct yk_measured_period *p = &f.period[YK_ROTATING_RESOLVABLE];
    cr_assert_eq(p->state, YK_PERIOD_OK);
    cr_expect(p->fit.lower_s < 390 && 390 < p->fit.upper_s, "%g to %g", p->fit.lower_s, p->fit.upper_s);
    cr_expect_float_eq(p->period.period_s, 390, 0.1 * 390, "%g", p->period.period_s);
    cr_expect_gt((double)g->sums.addresses, 2 * there); /* the naive count */
    cr_expect_lt((double)g->sums.addresses, addresses + 1);
    cr_assert_null(g->visits.why);
    cr_expect(g->visits.lower <= there && there <= g->visits.upper, "%g in %g to %g", there, g->visits.lower,
              g->visits.upper);
    cr_expect_float_eq(g->visits.value, there, 0.15 * there, "%g, not %g", g->visits.value, there);
    cr_expect_float_eq(g->arrivals.value, came, 0.15 * came, "%g, not %g", g->arrivals.value, came);
    cr_expect_float_eq(g->stay_s.value, stays_s / came, 0.15 * stays_s / came, "%g", g->stay_s.value);
    cr_expect_float_eq(g->occupancy.value, present_s / (length_s - 60), 0.005 * present_s / (length_s - 60), "%g",
                       g->occupancy.value);
    cr_expect_float_eq(f.whole.group[YK_GROUP_ALL].visits.value, g->visits.value, 1e-9);
    cr_expect_float_eq(f.whole.group[YK_GROUP_ALL].stay_s.value, g->stay_s.value, 1e-6 * g->stay_s.value);
    cr_expect_eq(f.window_count, 6); /* hours: more than four were listened to */
    yk_recording_figures_clear(&f);
}
