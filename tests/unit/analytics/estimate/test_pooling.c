/* Pooling of places, against R. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/pooling.h"
#include "support/reference.h"

#include <criterion/criterion.h>

#include <math.h>

static struct yk_calibration places[16];

static struct yk_calibration place(double y, double se)
{
    /* f = 4: half of it is serial correlation */
    return (struct yk_calibration){
        .rho = exp(y), .rho_se = exp(y) * se / 2, .serial = 4, .kappa = 1, .rotations = 0.5, .dof = 20, .points = 24};
}

static size_t read_pool(const char *name)
{
    FILE *file = yk_reference_open("pooling_places.csv");
    struct yk_reference_row row;
    size_t n = 0;
    while (yk_reference_next(file, &row))
        if (strcmp(row.field[0], name) == 0)
            places[n++] = place(yk_reference_number(&row, 1), yk_reference_number(&row, 2));
    fclose(file);
    return n;
}

Test(pooling, agrees_with_r)
{
    FILE *file = yk_reference_open("pooling_fits.csv");
    struct yk_reference_row row;
    int pools = 0;
    while (yk_reference_next(file, &row)) {
        const char *name = row.field[0];
        struct yk_pool pool;
        cr_assert_eq(yk_pool_fit(places, read_pool(name), &pool), YK_POOL_OK, "%s", name);
        cr_expect_float_eq(pool.tau_raw, yk_reference_number(&row, 1), 1e-6, "%s: tau %g", name, pool.tau_raw);
        cr_expect_float_eq(pool.mu, yk_reference_number(&row, 2), 1e-6, "%s: mu %g", name, pool.mu);
        cr_expect_float_eq(pool.mu_se, yk_reference_number(&row, 3), 1e-6, "%s", name);
        cr_expect_geq(pool.tau, 0.1);
        struct yk_calibration own;
        yk_pool_shrink(&pool, &places[0], &own);
        cr_expect_float_eq(log(own.rho), yk_reference_number(&row, 4), 1e-6, "%s", name);
        cr_expect_leq(own.rho_se / own.rho, 1.0001 * places[0].rho_se * 2 / places[0].rho, "%s: pooling adds knowledge",
                      name);
        pools++;
    }
    fclose(file);
    cr_expect_eq(pools, 4);
}

/* Three exact places at log 1, 2, 3: mu 2, tau 1 (their variance), Var mu 1/3. */
Test(pooling, by_hand)
{
    for (int i = 0; i < 3; i++)
        places[i] = place(i + 1, 1e-9);
    struct yk_pool pool;
    cr_assert_eq(yk_pool_fit(places, 3, &pool), YK_POOL_OK);
    cr_expect_float_eq(pool.tau, 1, 1e-6);
    cr_expect_float_eq(pool.mu, 2, 1e-9);
    cr_expect_float_eq(pool.mu_se, sqrt(1.0 / 3), 1e-6);
    cr_expect_float_eq(pool.between, sqrt(4.0 / 3), 1e-6);
    struct yk_calibration elsewhere;
    yk_pool_elsewhere(&pool, &elsewhere);
    cr_expect_float_eq(elsewhere.rho, exp(2), 1e-6);
    cr_expect_eq(elsewhere.slope_dof, 2);
    /* t(2) = 4.302652730: the upper bound is that much on the log scale, and the scatter adds to it. */
    struct yk_interval v = yk_calibration_apply(&elsewhere, 10000, 15000, 0.03);
    cr_expect_float_eq(v.upper / v.value / exp(4.302652730 * sqrt(4.0 / 3)), 1, 0.02, "%g", v.upper);
    cr_expect_gt(v.lower, 0);
    cr_expect_lt(v.lower, 0.05 * v.value);
}

Test(pooling, one_place_is_no_pool)
{
    struct yk_pool pool;
    places[0] = place(1, 0.1);
    cr_expect_eq(yk_pool_fit(places, 1, &pool), YK_POOL_TOO_FEW);
    places[1] = place(1, 0.1);
    places[1].rho = 0;
    cr_expect_eq(yk_pool_fit(places, 2, &pool), YK_POOL_BAD);
    places[1] = places[0];
    cr_expect_eq(yk_pool_fit(places, 2, &pool), YK_POOL_OK, "two that agree to the last digit");
    cr_expect_eq(pool.tau, 0.1);
    cr_expect_eq(pool.tau_raw, 0);
}
