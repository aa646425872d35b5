/* Flows against R, against drawn rotations, and at awkward values. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/transition.h"
#include "flows_reference.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

static struct yk_period_law half_and_half(void)
{
    static const struct yk_law_part parts[] = {{0.5 / 390, 300, 480}, {0.5 / 900, 900, 900}};
    struct yk_period_law law;
    cr_assert(yk_law_make(parts, 2, &law));
    return law;
}

static void expect_near(double is, double wanted, double relative, const char *what, int of)
{
    cr_expect_leq(fabs(is - wanted), relative * fabs(wanted) + 1e-12, "%s of %d: %.12g, R says %.12g", what, of, is,
                  wanted);
}

enum { HORIZON, MU, SIGMA, BEYOND, BEYOND_VARIANCE, SLOPE, SURVIVE, WEIGHTED, VARIANCE, ELASTICITY, RESULTS };

Test(transition, agrees_with_r)
{
    double tau[YK_TAU_BINS * 3], wanted[3 * RESULTS];
    cr_assert_eq(flows_reference("tau", 3, tau, YK_TAU_BINS), YK_TAU_BINS);
    cr_assert_eq(flows_reference("transitions", RESULTS, wanted, 3), 3);
    struct yk_period_law law = half_and_half();
    struct yk_rotation_period period = {.period_s = law.mean_s, .se_s = 0.03 * law.mean_s, .slot = 2};
    for (int i = 0; i < 3; i++) {
        const double *r = &wanted[i * RESULTS];
        struct yk_transitions t = {0};
        for (int k = 0; k < YK_TAU_BINS; k++)
            t.by_tau[k] = (int64_t)tau[k * 3 + i];
        struct yk_travel travel;
        cr_assert_eq(yk_travel_fit(&t, &law, &travel), YK_TRANSITION_OK);
        cr_expect_eq(travel.horizon_s, r[HORIZON]);
        expect_near(travel.mu, r[MU], 1e-6, "mu", i);
        expect_near(travel.sigma, r[SIGMA], 1e-6, "sigma", i);
        expect_near(travel.beyond, r[BEYOND], 1e-5, "share beyond", i);
        expect_near(travel.survive, r[SURVIVE], 1e-6, "share seen", i);
        expect_near(travel.beyond_slope, r[SLOPE], 1e-4, "slope", i);
        double variance = r[BEYOND_VARIANCE] * fmax(travel.dispersion, 1);
        expect_near(travel.beyond_se, sqrt(variance), 1e-4, "its error", i);
        cr_expect(travel.dispersion > 0.5 && travel.dispersion < 1.6, "log-normal it is: %g", travel.dispersion);

        struct yk_transition_flow flow;
        cr_assert_eq(yk_transition_estimate(&t, &law, &period, &travel, &flow), YK_TRANSITION_OK);
        double inside = 1 - r[BEYOND], value = r[WEIGHTED] / inside, per_share = value / inside;
        expect_near(flow.value, value, 1e-6, "flow", i);
        expect_near(flow.beyond, value * r[BEYOND], 1e-5, "flow beyond", i);
        expect_near(flow.variance,
                    r[VARIANCE] / inside / inside + per_share * r[BEYOND] + per_share * per_share * variance, 1e-4,
                    "variance", i);
        double error = 1.959963984540054 * 0.03 * fabs(r[ELASTICITY] + r[SLOPE] / inside);
        expect_near(flow.shift_up[2], value * (exp(error) - 1), 1e-4, "shift up", i);
        expect_near(flow.shift_down[2], value * (1 - exp(-error)), 1e-4, "shift down", i);
        cr_expect_eq(flow.estimated, r[BEYOND] > 0.005);
        cr_expect(flow.observed <= flow.lower && flow.lower < flow.value && flow.value < flow.upper);
    }
}

Test(transition, interval_of_what_was_missed)
{
    double rows[6 * 4];
    cr_assert_eq(flows_reference("gamma", 4, rows, 6), 6);
    for (int i = 0; i < 6; i++) {
        const double *r = &rows[i * 4];
        struct yk_transition_flow sum = {0};
        struct yk_transition_flow flow = {.observed = 10, .missed = r[0], .variance = r[1]};
        yk_transition_add(&sum, &flow);
        cr_expect_float_eq(sum.value, 10 + r[0], 1e-12);
        cr_expect_float_eq(sum.lower, 10 + floor(r[2]), 1e-6 * r[0], "devices are whole");
        cr_expect_float_eq(sum.upper, 10 + fmax(r[3], r[0]), 2e-6 * r[3] + 1e-9);
    }
}

/* By definition: draw devices, let each rotate, keep what is seen. No law of travel is assumed: times are uniform. */
Test(transition, weights_are_free_of_bias)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct yk_period_law law;
    cr_assert(yk_law_make(&(struct yk_law_part){1, 300, 480}, 1, &law));
    struct yk_travel travel = {.horizon_s = 300, .survive = 0.6};
    struct yk_rotation_period period = {.period_s = 390};
    struct yk_transitions t = {0};
    const int went = 100000;
    for (int i = 0; i < went; i++) {
        double kept;
        do
            kept = gsl_ran_flat(rng, 300, 480);
        while (gsl_rng_uniform(rng) * 480 > kept);
        double last = gsl_ran_flat(rng, 0, 3600), tau = gsl_ran_flat(rng, 0, 295);
        if (kept * gsl_rng_uniform(rng) > tau)
            yk_transitions_note(&t, (int64_t)floor(last * 10), (int64_t)floor((last + tau) * 10));
    }
    struct yk_transition_flow flow;
    cr_assert_eq(yk_transition_estimate(&t, &law, &period, &travel, &flow), YK_TRANSITION_OK);
    cr_expect_float_eq(flow.observed, went * (1 - 147.5 / 390), 0.01 * went, "%g", flow.observed);
    cr_expect_float_eq(flow.value, went, 4 * sqrt(flow.variance), "%g", flow.value);
    cr_expect_lt(sqrt(flow.variance), 0.01 * went);
    gsl_rng_free(rng);
}

/* Split among many accumulators, merged in any order: the same integers, and so the same doubles. */
Test(transition, merging_in_any_split_and_order)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (unsigned long seed = 1; seed <= 50; seed++) {
        gsl_rng_set(rng, seed);
        struct yk_transitions whole = {0}, part[8], merged = {0};
        memset(part, 0, sizeof part);
        int parts = 1 + (int)gsl_rng_uniform_int(rng, 8);
        for (int i = 0; i < 3000; i++) {
            int64_t last = (int64_t)gsl_rng_uniform_int(rng, 1u << 30), tau = (int64_t)gsl_ran_lognormal(rng, 7, 1.5);
            yk_transitions_note(&whole, last, last + tau);
            yk_transitions_note(&part[gsl_rng_uniform_int(rng, (unsigned long)parts)], last, last + tau);
        }
        int order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
        gsl_ran_shuffle(rng, order, (size_t)parts, sizeof *order);
        int pairwise = parts > 2; /* (a + b) + rest as well as rest + (a + b) */
        if (pairwise) {
            yk_transitions_merge(&part[order[1]], &part[order[0]]);
            memset(&part[order[0]], 0, sizeof part[0]);
        }
        for (int i = 0; i < parts; i++)
            yk_transitions_merge(&merged, &part[order[i]]);
        cr_assert_eq(memcmp(&merged, &whole, sizeof whole), 0, "seed %lu", seed);
        cr_assert_eq(yk_transitions_count(&merged), 3000);
    }
    gsl_rng_free(rng);
}

Test(transition, bins)
{
    struct yk_transitions t = {0};
    yk_transitions_note(&t, 1000, 1000);
    yk_transitions_note(&t, 1000, 900);  /* heard at j before i fell silent */
    yk_transitions_note(&t, 1000, 1049); /* 4.9 s */
    yk_transitions_note(&t, 1000, 1050);
    yk_transitions_note(&t, 0, 17999);
    yk_transitions_note(&t, 0, 18000);
    yk_transitions_note(&t, 0, INT64_MAX);
    cr_expect_eq(t.by_tau[0], 3);
    cr_expect_eq(t.by_tau[1], 1);
    cr_expect_eq(t.by_tau[YK_TAU_BINS - 1], 1);
    cr_expect_eq(t.later, 2);
}

static struct yk_transitions log_normal(double median_s, double sigma, double n, const struct yk_period_law *law)
{
    struct yk_transitions t = {0};
    for (int k = 0; k < YK_TAU_BINS; k++) { /* the mean counts, rounded */
        double z0 = k > 0 ? log(k * 5 / median_s) / sigma : -40, z1 = log((k + 1) * 5 / median_s) / sigma;
        double share = (erfc(z0 / sqrt(2)) - erfc(z1 / sqrt(2))) / 2;
        t.by_tau[k] = llround(n * share * yk_law_equilibrium(law, k * 5 + 2.5));
    }
    return t;
}

/* What lies beyond is known here: 0.5 erfc(ln(horizon / median) / (sigma sqrt 2)). */
Test(transition, beyond_the_horizon)
{
    struct yk_period_law law;
    cr_assert(yk_law_make(&(struct yk_law_part){1, 300, 480}, 1, &law));
    struct yk_rotation_period period = {.period_s = 390, .se_s = 8};
    struct yk_travel travel;
    struct yk_transition_flow flow;

    struct yk_transitions near = log_normal(150, 0.5, 1e5, &law);
    cr_assert_eq(yk_travel_fit(&near, &law, &travel), YK_TRANSITION_OK);
    cr_expect_eq(travel.horizon_s, 310, "Fe'(t) = 0.2 at 312 s");
    double beyond = erfc(log(310 / 150.0) / 0.5 / sqrt(2)) / 2;
    cr_expect_float_eq(travel.beyond, beyond, 0.001, "%g for %g", travel.beyond, beyond);
    cr_assert_eq(yk_transition_estimate(&near, &law, &period, &travel, &flow), YK_TRANSITION_OK);
    cr_expect_float_eq(flow.value, 1e5, 200);
    cr_expect(flow.estimated);
    cr_expect_float_eq(flow.value, flow.observed + flow.missed, 1e-6);

    struct yk_transitions far = log_normal(240, 0.5, 1e5, &law);
    cr_assert_eq(yk_travel_fit(&far, &law, &travel), YK_TRANSITION_BEYOND);
    cr_expect_float_eq(travel.beyond, erfc(log(310 / 240.0) / 0.5 / sqrt(2)) / 2, 0.005);
    cr_assert_eq(yk_transition_estimate(&far, &law, &period, &travel, &flow), YK_TRANSITION_BEYOND);
    cr_expect_eq(flow.value, 0);
    cr_expect_eq(flow.lower, (double)yk_transitions_count(&far), "what was seen did go");
}

Test(transition, few_and_none)
{
    struct yk_period_law law;
    cr_assert(yk_law_make(&(struct yk_law_part){1, 300, 480}, 1, &law));
    struct yk_rotation_period period = {.period_s = 390, .se_s = 8};
    struct yk_transitions days = log_normal(80, 0.4, 1e4, &law), quarter = {0};
    struct yk_travel travel, none;
    struct yk_transition_flow flow;
    cr_assert_eq(yk_travel_fit(&days, &law, &travel), YK_TRANSITION_OK);
    cr_expect_eq(yk_travel_fit(&quarter, &law, &none), YK_TRANSITION_TOO_FEW);
    cr_expect_eq(yk_transition_estimate(&quarter, &law, &period, &none, &flow), YK_TRANSITION_TOO_FEW);

    /* None seen in a quarter: 0, but not sure. If one went it was missed with chance 1 - survive, so that the 97.5 % point
     * lies near ln 0.025 / ln(1 - survive), of the geometric law. */
    cr_assert_eq(yk_transition_estimate(&quarter, &law, &period, &travel, &flow), YK_TRANSITION_OK);
    cr_expect_eq(flow.value, 0);
    cr_expect_eq(flow.lower, 0);
    cr_expect_float_eq(flow.upper, log(0.025) / log(1 - travel.survive), 1, "%g", flow.upper);

    yk_transitions_note(&quarter, 0, 800);
    cr_assert_eq(yk_transition_estimate(&quarter, &law, &period, &travel, &flow), YK_TRANSITION_OK);
    cr_expect_float_eq(flow.value, 1 / (1 - 82.5 / 390), 0.001);
    cr_expect_eq(flow.lower, 1);
}

/* The same moment for all: sigma at its bound, nothing beyond, no NaN. */
Test(transition, no_scatter)
{
    struct yk_period_law law = half_and_half();
    struct yk_transitions t = {0};
    struct yk_travel travel;
    t.by_tau[20] = 500;
    cr_assert_eq(yk_travel_fit(&t, &law, &travel), YK_TRANSITION_OK);
    cr_expect_lt(travel.beyond, 1e-9);
    cr_expect(isfinite(travel.beyond_se) && isfinite(travel.beyond_slope) && isfinite(travel.survive));
    t.by_tau[20] = 0;
    t.by_tau[0] = 500; /* overlapping places */
    cr_assert_eq(yk_travel_fit(&t, &law, &travel), YK_TRANSITION_OK);
    cr_expect_lt(travel.beyond, 1e-9);
    cr_expect(isfinite(travel.beyond_se) && isfinite(travel.survive));
}

/* Flat to the end of what can be seen: most of it goes on beyond. */
Test(transition, no_end_in_sight)
{
    struct yk_period_law law = half_and_half();
    struct yk_transitions t = {0};
    for (int k = 0; k < 140; k++)
        t.by_tau[k] = llround(100 * yk_law_equilibrium(&law, k * 5 + 2.5));
    struct yk_travel travel;
    enum yk_transition_state state = yk_travel_fit(&t, &law, &travel);
    cr_expect_neq(state, YK_TRANSITION_OK, "%s", yk_transition_state_text(state));
}

/* One in ten stops on the way where nobody listens. */
Test(transition, a_tail_of_another_kind)
{
    struct yk_period_law law = half_and_half();
    struct yk_transitions t = log_normal(60, 0.4, 4500, &law), late = log_normal(600, 0.4, 500, &law);
    struct yk_travel travel;
    cr_assert_eq(yk_travel_fit(&t, &law, &travel), YK_TRANSITION_OK);
    yk_transitions_merge(&t, &late);
    cr_expect_eq(yk_travel_fit(&t, &law, &travel), YK_TRANSITION_NO_FIT);
    struct yk_rotation_period period = {.period_s = law.mean_s};
    struct yk_transition_flow flow;
    cr_expect_eq(yk_transition_estimate(&t, &law, &period, &travel, &flow), YK_TRANSITION_NO_FIT);
}

Test(transition, sums_and_exact)
{
    struct yk_transition_flow sum = {0}, exact;
    yk_transition_exact(17, &exact);
    cr_expect(exact.value == 17 && exact.lower == 17 && exact.upper == 17);
    struct yk_transition_flow a = {
        .observed = 60, .missed = 40, .variance = 50, .shift_up = {6, 0}, .shift_down = {5, 0}};
    struct yk_transition_flow b = a;
    yk_transition_add(&sum, &a);
    double alone = sum.upper - sum.value;
    yk_transition_add(&sum, &b);
    yk_transition_add(&sum, &exact);
    cr_expect_float_eq(sum.value, 217, 1e-9);
    double both = sum.upper - sum.value;
    cr_expect(both > sqrt(2) * alone && both < 2 * alone, "one error of the period moves both: %g, %g", alone, both);
    b.shift_up[1] = b.shift_up[0], b.shift_up[0] = 0;
    struct yk_transition_flow apart = {0};
    yk_transition_add(&apart, &a);
    yk_transition_add(&apart, &b);
    cr_expect_lt(apart.upper - apart.value, both - 0.5, "two periods, two errors");
}

Test(transition, nonsense_is_refused)
{
    struct yk_period_law law = half_and_half(), none = {0};
    struct yk_rotation_period period = {.period_s = 390, .se_s = 8}, bad = {.period_s = (double)NAN};
    struct yk_transitions t = log_normal(80, 0.4, 1e4, &law);
    struct yk_travel travel, other;
    struct yk_transition_flow flow;
    cr_assert_eq(yk_travel_fit(&t, &law, &travel), YK_TRANSITION_OK);
    cr_expect_eq(yk_travel_fit(&t, &none, &other), YK_TRANSITION_NO_PERIOD);
    cr_expect_eq(yk_travel_fit(&t, NULL, &other), YK_TRANSITION_NO_PERIOD);
    cr_expect_eq(yk_transition_estimate(&t, &law, &bad, &travel, &flow), YK_TRANSITION_NO_PERIOD);
    cr_expect_eq(yk_transition_estimate(&t, &law, NULL, &travel, &flow), YK_TRANSITION_NO_PERIOD);
    cr_expect_eq(yk_transition_estimate(&t, &law, &period, NULL, &flow), YK_TRANSITION_TOO_FEW);
    travel.state = YK_TRANSITION_UNSURE;
    cr_expect_eq(yk_transition_estimate(&t, &law, &period, &travel, &flow), YK_TRANSITION_UNSURE);
    t.by_tau[3] = -1;
    cr_expect_eq(yk_travel_fit(&t, &law, &other), YK_TRANSITION_BAD_COUNTS);
    cr_expect_eq(yk_transition_estimate(&t, &law, &period, &travel, &flow), YK_TRANSITION_BAD_COUNTS);
}
