/* Flows in persons, from lives and calibrations made by hand. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices keep their addresses here, so that visits and flows are counts; what rotation does to flows is in test_district.c, what
 * the fit is worth in tests/accuracy. */
#include "calibrations/calibrations.h"
#include "kpis/kpi.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct yk_config config;
static struct yk_place_config places[4];
static struct yk_periods periods;
static struct yk_district_facts facts;
static struct yk_candidate got[16];
static size_t got_count;
static uint64_t device;

static void calibrate(int place, double rho)
{
    facts.calibration[place] =
        (struct yk_calibration_in_force){.basis = YK_CALIBRATED_OWN,
                                         .calibration = {.rho = rho, .serial = 1, .dof = 1e6, .period_se = 0.01},
                                         .id = "c0ffee12"};
}

static void start(void)
{
    static const char *const names[] = {"street", "plaza", "park", "hall"};
    struct yk_error err;
    struct yk_span span = {.start_s = 86400, .end_s = 172800};
    gsl_set_error_handler_off();
    strcpy(config.district, "riverside");
    for (int i = 0; i < 4; i++)
        strcpy(places[i].id, names[i]);
    config.places = places;
    config.place_count = 4;
    strcpy(periods.id, "0123456789abcdef R390.0/?");
    cr_assert_eq(yk_district_facts_open(&facts, &config, &periods, &span, true, &err), YK_OK);
    for (int i = 0; i < 4; i++) {
        facts.place_cover[i] = (struct yk_cover){86400, 86400};
        calibrate(i, 2.5);
    }
    facts.place_cover[1].ran_s = 43200;
}

static void stop(void)
{
    yk_district_facts_clear(&facts);
}
TestSuite(od_flow_persons, .init = start, .fini = stop);

/* The next device is at the place for a while. */
static void lives(uint32_t place, uint8_t class, int64_t begin_s, int64_t end_s)
{
    facts.reading = place;
    yk_district_facts_life(&facts, &(struct yk_lived){.key_id = 7,
                                                      .pseudonym = device,
                                                      .address_class = class,
                                                      .begin_ds = (86400 + begin_s) * 10,
                                                      .end_ds = (86400 + end_s) * 10});
    facts.place[place].class_of[class].addresses++;
}

static void visit(uint32_t place, int count)
{
    for (; count > 0; count--, device++)
        lives(place, YK_CLASS_STATIC, 100, 200);
}

static void go(uint32_t from, uint32_t to, int count)
{
    for (; count > 0; count--, device++) {
        lives(from, YK_CLASS_STATIC, 100, 200);
        lives(to, YK_CLASS_STATIC, 250, 300);
    }
}

static void closed(void)
{
    struct yk_error err;
    cr_assert_eq(yk_district_facts_close(&facts, &err), YK_OK);
}

static void give(void *context, const struct yk_candidate *candidate)
{
    (void)context;
    cr_assert_lt(got_count, 16);
    got[got_count++] = *candidate;
}

static void ask(void)
{
    const struct yk_kpi *kpi = yk_kpi_find("od_flow_persons");
    cr_assert_not_null(kpi);
    got_count = 0;
    kpi->district_rows(kpi, &facts, give, NULL);
    for (size_t i = 0; i < got_count; i++) {
        const struct yk_kpi_row *row = &got[i].row;
        cr_expect(row->start_s == 86400 && row->end_s == 172800 && row->resolution == YK_RES_1D && row->final);
        cr_expect_str_eq(row->unit, "persons");
        cr_expect_eq(row->basis, YK_BASIS_ESTIMATED);
        cr_expect_eq(row->state == YK_STATE_OK, row->reason == YK_REASON_NONE);
        if (row->state != YK_STATE_OK)
            cr_expect(isnan(row->value) && isnan(row->lower) && isnan(row->upper) && row->n_low == -1);
    }
}

static const struct yk_candidate *row_of(const char *place)
{
    for (size_t i = 0; i < got_count; i++)
        if (strcmp(got[i].row.place, place) == 0)
            return &got[i];
    cr_assert(false, "no row of %s", place);
    return NULL;
}

/* Persons are 2.5 times the devices at each place: then they are on every way. */
Test(od_flow_persons, with_one_ratio)
{
    go(0, 1, 40);
    go(1, 2, 12);
    go(2, 0, 6);
    visit(0, 60);
    visit(1, 100);
    closed();
    ask();
    cr_assert_eq(got_count, 3);
    const struct yk_candidate *c = row_of("street>plaza");
    cr_expect_float_eq(c->row.value, 100, 0.01);
    cr_expect(c->row.lower <= c->row.value && c->row.upper >= c->row.value);
    cr_expect(c->devices_lower == 40 && c->row.n_low == 40, "what k is tested on");
    cr_expect_eq(c->row.coverage, 0.5, "of the place that was listened to less");
    cr_expect_str_eq(c->row.parameters, "0123456789abcdef R390.0/? Cc0ffee12");
    cr_expect_float_eq(row_of("plaza>park")->row.value, 30, 0.01);
    cr_expect_float_eq(row_of("park>street")->row.value, 15, 0.01);
}

/* What is drawn hangs on the window and on nothing of the process. */
Test(od_flow_persons, the_same_facts_give_the_same_row)
{
    go(0, 1, 40);
    visit(0, 60);
    visit(1, 100);
    for (int i = 0; i < 4; i++)
        facts.calibration[i].calibration.kappa = 1;
    closed();
    ask();
    struct yk_kpi_row first = got[0].row;
    cr_assert(first.lower < 95 && first.upper > 105, "chance in who carries a device");
    void *room = malloc(12345); /* elsewhere in memory */
    ask();
    cr_expect_eq(memcmp(&first, &got[0].row, sizeof first), 0);
    free(room);
    facts.start_s += 86400;
    const struct yk_kpi *kpi = yk_kpi_find("od_flow_persons");
    got_count = 0;
    kpi->district_rows(kpi, &facts, give, NULL);
    cr_expect(got[0].row.lower != first.lower && got[0].row.value == first.value, "another day, other draws");
}

/* 50 devices at each of two places, 30 go either way, 100 persons at the one and 150 at the other: worked out in
 * estimate/test_person_flows.c. Nearly all who were at the street went on, so there cannot have been many more than it had. */
Test(od_flow_persons, with_two_ratios)
{
    go(0, 1, 30);
    go(1, 0, 30);
    /* those who return are one visit each at either place: 60 addresses there less the 10 that follow */
    facts.place[0].class_of[YK_CLASS_STATIC].addresses = facts.place[1].class_of[YK_CLASS_STATIC].addresses = 50;
    calibrate(0, 2);
    calibrate(1, 3);
    closed();
    ask();
    double x = 30 * pow(6, 0.75) / sqrt(2.5), p = 2 * x / 3, q = 5 * x / 6 + 40;
    double a = (-q + sqrt(q * q + 400 * p)) / (2 * p), b = (50 + 40 * a) / 60;
    cr_expect_float_eq(row_of("street>plaza")->row.value, x * a * b, 1e-3);
    cr_expect_float_eq(row_of("plaza>street")->row.value, x * a * b, 1e-3);
    cr_expect_gt(row_of("street>plaza")->row.upper, 1.1 * x * a * b, "ratios that differ make flows uncertain");
}

Test(od_flow_persons, an_uncalibrated_place_is_outside)
{
    go(0, 1, 40);
    go(1, 2, 12);
    go(3, 0, 20);
    visit(0, 30);
    visit(1, 30);
    visit(3, 30);
    facts.calibration[2].basis = YK_CALIBRATED_NOT;
    closed();
    ask();
    cr_assert_eq(got_count, 3);
    cr_expect_float_eq(row_of("street>plaza")->row.value, 100, 0.01, "the others do not depend on it");
    cr_expect_float_eq(row_of("hall>street")->row.value, 50, 0.01);
    cr_expect_eq(row_of("plaza>park")->row.reason, YK_REASON_UNCALIBRATED);
    cr_expect_eq(row_of("plaza>park")->devices_lower, 12, "its gate is that of the devices");
    for (int i = 0; i < 4; i++)
        facts.calibration[i].basis = YK_CALIBRATED_NOT;
    ask();
    for (size_t i = 0; i < got_count; i++)
        cr_expect_eq(got[i].row.reason, YK_REASON_UNCALIBRATED);
}

Test(od_flow_persons, what_cannot_be_told)
{
    go(0, 1, 40);
    visit(0, 10);
    visit(1, 10);
    for (int i = 0; i < 12; i++, device++) { /* too few for a law of travel times, and no period */
        lives(2, YK_CLASS_RESOLVABLE, 100, 200);
        lives(3, YK_CLASS_RESOLVABLE, 250, 300);
    }
    closed();
    ask();
    cr_assert_eq(got_count, 2);
    cr_expect_eq(row_of("park>hall")->row.reason, YK_REASON_NOT_MEASURABLE);
    cr_expect_float_eq(row_of("street>plaza")->row.value, 100, 0.01);
    facts.place[0].class_of[YK_CLASS_RESOLVABLE].addresses = 1; /* nor is it known how many visited the street */
    ask();
    cr_expect_eq(row_of("street>plaza")->row.reason, YK_REASON_NOT_MEASURABLE);
    facts.keys = 2;
    ask();
    cr_expect_eq(row_of("street>plaza")->row.reason, YK_REASON_NOT_OBSERVABLE);
    facts.move_count = 0;
    ask();
    cr_expect_eq(got_count, 0, "nobody was seen to move: no zero");
}

/* The calibration comes with the place's day. */
Test(od_flow_persons, a_place_brings_its_calibration)
{
    struct yk_calibration_in_force in_force = {.basis = YK_CALIBRATED_POOLED, .calibration = {.rho = 1.5}};
    struct yk_facts day = {.calibration = &in_force, .radio_cover = {7, 9}};
    yk_district_facts_place(&facts, 3, &day);
    cr_expect(facts.calibration[3].basis == YK_CALIBRATED_POOLED && facts.calibration[3].calibration.rho == 1.5);
    cr_expect(facts.place_cover[3].ran_s == 7 && facts.calibration[2].calibration.rho == 2.5);
}
