/* Persons between places, where the answer can be worked out. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/person_flows.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

TestSuite(person_flows, .init = (void (*)(void))gsl_set_error_handler_off);

static struct yk_person_place place(double devices, double persons, double half)
{
    return (struct yk_person_place){.devices = devices, .persons = {persons, persons - half, persons + half}};
}

/* With one ratio everywhere a flow is its devices times the ratio, also when other flows are not in the table. */
Test(person_flows, one_ratio)
{
    const struct yk_person_place places[3] = {place(100, 250, 0), place(400, 1000, 0), place(80, 200, 0)};
    const struct yk_person_flow flows[4] = {{0, 1, 40, 0, 0}, {1, 0, 30, 0, 0}, {1, 2, 50, 0, 0}, {2, 0, 7, 0, 0}};
    struct yk_interval out[4];
    cr_assert_eq(yk_person_flows(places, 3, flows, 4, 1, out), YK_PERSON_FLOWS_OK);
    for (int k = 0; k < 4; k++) {
        cr_expect_float_eq(out[k].value, 2.5 * flows[k].devices, 1e-3 * flows[k].devices);
        cr_expect_float_eq(out[k].upper, out[k].value, 1e-3 * out[k].value, "nothing is uncertain");
    }
    cr_assert_eq(yk_person_flows(places, 3, flows, 1, 1, out), YK_PERSON_FLOWS_OK);
    cr_expect_float_eq(out[0].value, 100, 0.1);
}

/* Two places with 50 device visits each, 30 of which went to the other; 100 and 150 persons, so rho is 2 and 3, and 2.5 in all. The
 * pattern is x = 30 (2 * 3)^0.75 2.5^-0.5 each way, 20 * 2 to and from the outside here and 20 * 3 there. By symmetry a place has one
 * factor for its row and its column: x a b + 40 a = 100 and x a b + 60 b = 150. */
Test(person_flows, two_places)
{
    const struct yk_person_place places[2] = {place(50, 100, 0), place(50, 150, 0)};
    const struct yk_person_flow flows[2] = {{0, 1, 30, 0, 0}, {1, 0, 30, 0, 0}};
    struct yk_interval out[2];
    cr_assert_eq(yk_person_flows(places, 2, flows, 2, 1, out), YK_PERSON_FLOWS_OK);
    double x = 30 * pow(6, 0.75) / sqrt(2.5);
    /* b = (50 + 40 a)/60 put into x a b + 40 a = 100: (2 x/3) a^2 + (5 x/6 + 40) a - 100 = 0 */
    double p = 2 * x / 3, q = 5 * x / 6 + 40, a = (-q + sqrt(q * q + 400 * p)) / (2 * p), b = (50 + 40 * a) / 60;
    cr_expect_float_eq(out[0].value, x * a * b, 1e-3);
    cr_expect_float_eq(out[1].value, x * a * b, 1e-3);
    /* Nothing is uncertain but the model: 0.4 of the standard deviation of log rho, persons as weights. */
    double mean = (100 * log(2) + 150 * log(3)) / 250;
    double square = (100 * pow(log(2) - mean, 2) + 150 * pow(log(3) - mean, 2)) / 250;
    cr_expect_float_eq(log(out[0].upper / out[0].value), YK_Z95 * 0.4 * sqrt(square), 1e-6);
    cr_expect_float_eq(log(out[0].value / out[0].lower), YK_Z95 * 0.4 * sqrt(square), 1e-6);
}

/* One small flow between large places, so that the fit changes nothing: its standard error is what was put in. 200 draws know a
 * standard deviation to 5 %. */
static double se(struct yk_person_place a, struct yk_person_place b, struct yk_person_flow flow)
{
    const struct yk_person_place places[2] = {a, b};
    struct yk_interval out;
    cr_assert_eq(yk_person_flows(places, 2, &flow, 1, 20270503, &out), YK_PERSON_FLOWS_OK);
    cr_expect_float_eq(out.value, 2 * flow.devices, 1e-3 * flow.devices);
    return log(out.upper / out.value) / YK_Z95;
}

Test(person_flows, each_error_by_itself)
{
    struct yk_person_place big = place(1e6, 2e6, 0);
    const struct yk_person_flow exact = {0, 1, 400, 0, 0};
    struct yk_person_flow flow = exact;
    cr_expect_lt(se(big, big, exact), 1e-6);
    flow.variance = 1600; /* 40 of 400 */
    cr_expect_float_eq(se(big, big, flow), 0.1, 0.018);
    flow = exact;
    flow.period = 0.1; /* and the visits grow by 0.05: shares of them fall by 0.15 */
    struct yk_person_place turning = big;
    turning.period = 0.05;
    cr_expect_float_eq(se(turning, turning, flow), 0.15, 0.03);
    struct yk_person_place carried = big;
    carried.scatter = 8; /* 800 persons with 8 each: 80 of 800 */
    cr_expect_float_eq(se(carried, carried, exact), 0.1, 0.018);
    struct yk_person_place counted =
        place(1e6, 2e6, 2e6 * 0.2 * YK_Z95); /* to 20 %, each by itself, or both together */
    double alone = se(counted, counted, exact);
    counted.common = 1;
    double together = se(counted, counted, exact);
    cr_expect_float_eq(together, 0.2, 0.04);
    cr_expect(alone > 0.1 && alone < 0.19, "errors of two places cancel in part: %g", alone);
}

Test(person_flows, is_the_same_every_time)
{
    struct yk_person_place places[2] = {place(60, 100, 20), place(50, 130, 30)};
    const struct yk_person_flow flows[2] = {{0, 1, 20, 9, 0.02}, {1, 0, 11, 4, 0.02}};
    struct yk_interval a[2], b[2], c[2];
    places[0].scatter = places[1].scatter = 1;
    cr_assert_eq(yk_person_flows(places, 2, flows, 2, 7, a), YK_PERSON_FLOWS_OK);
    cr_assert_eq(yk_person_flows(places, 2, flows, 2, 7, b), YK_PERSON_FLOWS_OK);
    cr_assert_eq(yk_person_flows(places, 2, flows, 2, 8, c), YK_PERSON_FLOWS_OK);
    cr_expect_eq(memcmp(a, b, sizeof a), 0);
    cr_expect(a[0].value == c[0].value && a[0].lower < c[0].lower * 1.2 && a[0].lower > c[0].lower / 1.2);
    cr_expect_neq(a[0].lower, c[0].lower);
    for (int k = 0; k < 2; k++)
        cr_expect(a[k].lower > 0 && a[k].lower < a[k].value && a[k].value < a[k].upper);
}

/* More went than were there: the flows are noise too, and the fit finds what there is room for. */
Test(person_flows, more_moves_than_visits)
{
    const struct yk_person_place places[2] = {place(20, 40, 5), place(20, 44, 5)};
    const struct yk_person_flow flows[2] = {{0, 1, 25, 4, 0}, {1, 0, 22, 4, 0}};
    struct yk_interval out[2];
    cr_assert_eq(yk_person_flows(places, 2, flows, 2, 1, out), YK_PERSON_FLOWS_OK);
    cr_expect(out[0].value > 30 && out[0].value < 40, "%g", out[0].value);
}

Test(person_flows, refuses)
{
    struct yk_person_place places[2] = {place(20, 40, 5), place(20, 44, 5)};
    struct yk_person_flow flow = {0, 1, 5, 1, 0};
    struct yk_interval out = {1, 1, 1};
    cr_expect_eq(yk_person_flows(places, 2, NULL, 0, 1, NULL), YK_PERSON_FLOWS_OK);
    flow.to = 2;
    cr_expect_eq(yk_person_flows(places, 2, &flow, 1, 1, &out), YK_PERSON_FLOWS_BAD_NUMBERS);
    cr_expect(isnan(out.value) && isnan(out.lower) && isnan(out.upper));
    flow.to = 0;
    cr_expect_eq(yk_person_flows(places, 2, &flow, 1, 1, &out), YK_PERSON_FLOWS_BAD_NUMBERS, "who stays did not go");
    flow.to = 1;
    flow.devices = 0;
    cr_expect_eq(yk_person_flows(places, 2, &flow, 1, 1, &out), YK_PERSON_FLOWS_BAD_NUMBERS);
    flow.devices = 5;
    places[0].devices = 0;
    cr_expect_eq(yk_person_flows(places, 2, &flow, 1, 1, &out), YK_PERSON_FLOWS_BAD_NUMBERS);
    places[0].devices = 20;
    places[1].persons.upper = (double)INFINITY;
    cr_expect_eq(yk_person_flows(places, 2, &flow, 1, 1, &out), YK_PERSON_FLOWS_BAD_NUMBERS);
}

/* What a calibration says of a place: rho 2, known to 5 %; 100 devices with 50 rotations, R to 4 %. */
Test(person_flows, a_calibrated_place)
{
    struct yk_calibration c = {.rho = 2, .rho_se = 0.1, .serial = 1, .kappa = 1.5, .noise = 0.1, .dof = 1e6};
    const struct yk_visits visits = {.raw = 100, .floor = 1, .addresses = 150, .variance = 10};
    struct yk_person_place own, pooled;
    yk_person_place(&c, false, &visits, 0, &own);
    cr_expect(own.devices == 100 && own.persons.value == 200 && own.period == 0 && own.common == 0);
    cr_expect_float_eq(own.scatter, 1.5 - 2 * 0.1, 1e-12);
    yk_person_place(&c, true, &visits, 0, &pooled);
    /* Variances 10^2 of rho and 1.5 * 200 of chance: a quarter is common. Bounds on a log scale are not quite those. */
    cr_expect_float_eq(pooled.common, 0.25, 0.01);
    c.rotations = 0;
    yk_person_place(&c, false, &visits, 0.04, &own);
    cr_expect_float_eq(own.period, 50 * 0.04 / 100, 1e-12);
    cr_expect_float_eq(own.common, 16.0 / 416, 0.004, "4 of 200 by the period");
}
