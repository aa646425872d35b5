/* Ratios by hand, by a rigid world, and R's t test. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/circulation.h"
#include "flows_reference.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

Test(circulation, of_moves_by_hand)
{
    struct yk_visits places = {
        .raw = 300, .addresses = 400, .variance = 90, .shift_down = {0, 12}, .shift_up = {0, 10}};
    struct yk_transition_flow moves = {.value = 180, .variance = 160, .shift_up = {0, 9}, .shift_down = {0, 8}};
    struct yk_circulation is;
    cr_assert_eq(yk_circulation_of_moves(&places, &moves, &is), YK_CIRCULATION_OK);
    cr_expect_float_eq(is.per_visitor.value, 2.5, 1e-12);
    cr_expect_float_eq(is.visitors, 120, 1e-12);
    /* d(S/(S-F)): -F/120^2 dS + S/120^2 dF, Var S times 2.5 as devices are alike at their 2.5 places; the period: 288/99 and 310/138 */
    double sampling = 1.959963984540054 * sqrt(180.0 * 180 * 90 * 2.5 + 300.0 * 300 * 160) / (120 * 120);
    cr_expect_float_eq(is.per_visitor.upper, 2.5 + hypot(sampling, 288.0 / 99 - 2.5), 1e-9);
    cr_expect_float_eq(is.per_visitor.lower, 2.5 - hypot(sampling, 2.5 - 310.0 / 138), 1e-9);
}

Test(circulation, one_error_above_and_below_the_line)
{
    /* Everybody goes to one place: whatever the period is, there is one visit a visitor. */
    struct yk_rotation_sums one = {.addresses = 500,
                                   .births = 500,
                                   .deaths = 500,
                                   .life_ds = 1000000,
                                   .gap_ds = 990000,
                                   .gap_sq_ds2 = 990000 * 25};
    struct yk_rotation_period sure = {.period_s = 390}, unsure = {.period_s = 390, .se_s = 60};
    struct yk_circulation a, b;
    cr_assert_eq(yk_circulation_of_sums(&one, 1, &one, &sure, &a), YK_CIRCULATION_OK);
    cr_assert_eq(yk_circulation_of_sums(&one, 1, &one, &unsure, &b), YK_CIRCULATION_OK);
    cr_expect_float_eq(a.per_visitor.value, 1, 1e-12);
    cr_expect_float_eq(b.per_visitor.upper, a.per_visitor.upper, 1e-9, "the period's error cancels");
}

Test(circulation, addresses_that_stay)
{
    struct yk_visits places = {0}, one;
    struct yk_transition_flow moves;
    yk_visits_exact(120, &one);
    yk_visits_add(&places, &one);
    yk_visits_exact(80, &one);
    yk_visits_add(&places, &one);
    yk_transition_exact(100, &moves);
    struct yk_circulation is;
    cr_assert_eq(yk_circulation_of_moves(&places, &moves, &is), YK_CIRCULATION_OK);
    cr_expect(is.per_visitor.value == 2 && is.per_visitor.lower == 2 && is.per_visitor.upper == 2);
}

Test(circulation, states)
{
    struct yk_circulation is;
    struct yk_visits none = {0}, places = {.raw = 100, .addresses = 100};
    struct yk_transition_flow moves = {.value = 60, .shift_up = {50}};
    struct yk_rotation_sums sums = {.addresses = 3, .life_ds = 300, .gap_ds = 200, .gap_sq_ds2 = 200 * 5000},
                            empty = {0};
    struct yk_rotation_period period = {.period_s = 390};
    cr_expect_eq(yk_circulation_of_moves(&none, &moves, &is), YK_CIRCULATION_NOBODY);
    cr_expect(isnan(is.per_visitor.value));
    cr_expect_eq(yk_circulation_of_moves(&places, &moves, &is), YK_CIRCULATION_UNSURE, "more moves than visits");
    moves.value = 101;
    cr_expect_eq(yk_circulation_of_moves(&places, &moves, &is), YK_CIRCULATION_UNSURE);
    cr_expect_eq(yk_circulation_of_sums(&sums, 1, &sums, &period, &is), YK_CIRCULATION_NO_VISITS, "2g above R");
    cr_expect_eq(yk_circulation_of_sums(&empty, 1, &empty, &period, &is), YK_CIRCULATION_NOBODY);
}

Test(circulation, distinct_places_agree_with_r)
{
    double counts[64 * 2], wanted[3];
    size_t rows = flows_reference("places_tally", 2, counts, 64);
    cr_assert_eq(flows_reference("places", 3, wanted, 1), 1);
    struct yk_places_tally tally = {0};
    for (size_t i = 0; i < rows; i++)
        tally.visitors[(int)counts[i * 2]] = (int64_t)counts[i * 2 + 1];
    struct yk_places is;
    cr_assert_eq(yk_places_mean(&tally, &is), YK_PLACES_OK);
    cr_expect_eq(is.visitors, 80);
    cr_expect_float_eq(is.mean.value, wanted[0], 1e-12);
    cr_expect_float_eq(is.mean.lower, wanted[1], 1e-9);
    cr_expect_float_eq(is.mean.upper, wanted[2], 1e-9);
    tally.visitors[2] = -1;
    cr_expect_eq(yk_places_mean(&tally, &is), YK_PLACES_BAD_COUNTS);
    memset(&tally, 0, sizeof tally);
    tally.visitors[1] = 9;
    cr_expect_eq(yk_places_mean(&tally, &is), YK_PLACES_TOO_FEW);
    cr_expect(isnan(is.mean.value));
}

Test(circulation, tallies_merge_in_any_order)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct yk_places_tally whole = {0}, part[5], merged = {0};
    memset(part, 0, sizeof part);
    for (int i = 0; i < 2000; i++) {
        unsigned places = (unsigned)gsl_rng_uniform_int(rng, 40); /* 0 is nobody, above 32 is 32 */
        yk_places_note(&whole, places);
        yk_places_note(&part[gsl_rng_uniform_int(rng, 5)], places);
    }
    int order[5] = {0, 1, 2, 3, 4};
    gsl_ran_shuffle(rng, order, 5, sizeof *order);
    for (int i = 0; i < 5; i++)
        yk_places_merge(&merged, &part[order[i]]);
    cr_expect_eq(memcmp(&merged, &whole, sizeof whole), 0);
    cr_expect_eq(whole.visitors[0], 0);
    gsl_rng_free(rng);
}
