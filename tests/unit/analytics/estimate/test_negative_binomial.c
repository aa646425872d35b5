/* Against MASS::glm.nb and glm (tests/accuracy/r/negative_binomial.R). SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/negative_binomial.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROWS    700
#define COLUMNS 6

struct data {
    double y[ROWS], offset[ROWS], value[2 * ROWS];
    size_t start[ROWS + 1];
    uint16_t column[2 * ROWS];
};

static FILE *reference(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", YK_REFERENCE_DIR, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    return file;
}

static struct yk_negative_binomial_input read_case(const char *name, struct data *d)
{
    char file_name[64], line[256];
    snprintf(file_name, sizeof file_name, "negative_binomial_%s.csv", name);
    FILE *file = reference(file_name);
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (int r = 0; r < ROWS; r++) {
        unsigned group;
        double x;
        cr_assert_not_null(fgets(line, sizeof line, file));
        cr_assert_eq(sscanf(line, "%lf,%u,%lf,%lf", &d->y[r], &group, &x, &d->offset[r]), 4, "%s", line);
        d->start[r] = 2 * (size_t)r;
        d->column[2 * r] = (uint16_t)group;
        d->value[2 * r] = 1;
        d->column[2 * r + 1] = 5;
        d->value[2 * r + 1] = x;
    }
    d->start[ROWS] = 2 * (size_t)ROWS;
    fclose(file);
    return (struct yk_negative_binomial_input){
        .design = {ROWS, COLUMNS, d->start, d->column, d->value}, .count = d->y, .offset = d->offset};
}

struct answers {
    double value[COLUMNS], se[COLUMNS], theta, theta_se, log_likelihood;
};

static struct answers answers_of(const char *name, const char *law)
{
    struct answers a = {0};
    char line[256], wanted[64];
    snprintf(wanted, sizeof wanted, "%s,%s,", name, law);
    FILE *file = reference("negative_binomial.csv");
    int found = 0;
    while (fgets(line, sizeof line, file)) {
        /* R pads fields with blanks. */
        char packed[256], *to = packed;
        for (const char *from = line; *from; from++)
            if (*from != ' ')
                *to++ = *from;
        *to = '\0';
        if (strncmp(packed, wanted, strlen(wanted)) != 0)
            continue;
        cr_assert(found < COLUMNS);
        char theta[32], theta_se[32];
        cr_assert_eq(sscanf(packed + strlen(wanted), "%*[^,],%lf,%lf,%31[^,],%31[^,],%lf", &a.value[found],
                            &a.se[found], theta, theta_se, &a.log_likelihood),
                     5, "%s", packed);
        a.theta = strcmp(theta, "Inf") == 0 ? INFINITY : strtod(theta, NULL);
        a.theta_se = strcmp(theta_se, "NA") == 0 ? NAN : strtod(theta_se, NULL);
        found++;
    }
    fclose(file);
    cr_assert_eq(found, COLUMNS);
    return a;
}

static void same(const char *name, const char *law)
{
    static struct data data;
    struct yk_negative_binomial_input input = read_case(name, &data);
    struct answers a = answers_of(name, law);
    struct yk_negative_binomial fit;
    double b[COLUMNS], covariance[COLUMNS * COLUMNS];
    cr_assert_eq(yk_negative_binomial_fit(&input, false, &fit, b, covariance), YK_NEGATIVE_BINOMIAL_OK);
    for (int j = 0; j < COLUMNS; j++) {
        cr_expect_float_eq(b[j], a.value[j], 1e-5 * fabs(a.value[j]), "%s %d: %.9g, R %.9g", name, j, b[j], a.value[j]);
        double se = sqrt(covariance[j * COLUMNS + j]);
        cr_expect_float_eq(se, a.se[j], 1e-4 * a.se[j], "%s se %d: %.9g, R %.9g", name, j, se, a.se[j]);
    }
    cr_expect_float_eq(fit.log_likelihood, a.log_likelihood, 1e-7 * fabs(a.log_likelihood), "%s: %.10g, R %.10g", name,
                       fit.log_likelihood, a.log_likelihood);
    if (isinf(a.theta)) {
        cr_expect(isinf(fit.theta) && isnan(fit.theta_se), "%s: theta %g", name, fit.theta);
        return;
    }
    cr_expect_float_eq(fit.theta, a.theta, 1e-3 * a.theta, "%s: theta %.9g, R %.9g", name, fit.theta, a.theta);
    cr_expect_float_eq(fit.theta_se, a.theta_se, 1e-2 * a.theta_se, "%s: %.9g, R %.9g", name, fit.theta_se, a.theta_se);
}

Test(negative_binomial, wide_scatter_as_in_R)
{
    same("wide", "nb");
}

Test(negative_binomial, narrow_scatter_as_in_R)
{
    same("narrow", "nb");
}

Test(negative_binomial, less_scatter_than_Poisson_is_Poisson)
{
    same("under", "poisson");
}

Test(negative_binomial, a_column_of_zeros_is_dropped_and_harmless)
{
    static struct data data;
    struct yk_negative_binomial_input input = read_case("wide", &data);
    struct answers a = answers_of("wide", "nb");
    input.design.columns = COLUMNS + 1; /* one more, which no row has */
    struct yk_negative_binomial fit;
    double b[COLUMNS + 1], covariance[(COLUMNS + 1) * (COLUMNS + 1)];
    cr_assert_eq(yk_negative_binomial_fit(&input, false, &fit, b, covariance), YK_NEGATIVE_BINOMIAL_OK);
    cr_expect_eq(fit.dropped, 1);
    cr_expect_float_eq(b[COLUMNS], 0, 0);
    cr_expect_float_eq(covariance[(COLUMNS + 1) * (COLUMNS + 1) - 1], 0, 0);
    for (int j = 0; j < COLUMNS; j++)
        cr_expect_float_eq(b[j], a.value[j], 1e-5 * fabs(a.value[j]));
}

/* A group at which nobody came: with a penalty its coefficient is finite, and the others don't notice. The maximum is where
 * sum of (y - mu)/(1 + mu/theta) = penalty b, for y = 0 solved here by bisection. */
Test(negative_binomial, an_hour_at_which_nobody_comes)
{
    static struct data data;
    struct yk_negative_binomial_input input = read_case("wide", &data);
    for (int r = 0; r < ROWS; r++)
        if (data.column[2 * r] == 2)
            data.y[r] = 0;
    struct yk_negative_binomial fit;
    double b[COLUMNS], penalty[COLUMNS] = {0, 0, 0.5, 0, 0, 0};
    cr_assert_eq(yk_negative_binomial_fit(&input, false, &fit, b, NULL), YK_NEGATIVE_BINOMIAL_OK);
    cr_expect_lt(b[2], -8, "%g", b[2]);
    input.penalty = penalty;
    cr_assert_eq(yk_negative_binomial_fit(&input, false, &fit, b, NULL), YK_NEGATIVE_BINOMIAL_OK);
    double low = -20, high = 5;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2, score = -penalty[2] * middle;
        for (int r = 0; r < ROWS; r++)
            if (data.column[2 * r] == 2) {
                double mu = exp(middle + b[5] * data.value[2 * r + 1] + data.offset[r]);
                score -= mu / (1 + mu / fit.theta);
            }
        *(score > 0 ? &low : &high) = middle;
    }
    cr_expect_float_eq(b[2], low, 1e-4, "%g, bisection %g", b[2], low);
}

Test(negative_binomial, what_cannot_be_fitted_is_said)
{
    static struct data data;
    struct yk_negative_binomial fit;
    double b[COLUMNS + 1];
    struct yk_negative_binomial_input input = read_case("wide", &data);
    gsl_set_error_handler_off();
    data.y[5] = -1;
    cr_expect_eq(yk_negative_binomial_fit(&input, false, &fit, b, NULL), YK_NEGATIVE_BINOMIAL_BAD_COUNT);
    data.y[5] = NAN;
    cr_expect_eq(yk_negative_binomial_fit(&input, false, &fit, b, NULL), YK_NEGATIVE_BINOMIAL_BAD_COUNT);
    memset(data.y, 0, sizeof data.y);
    cr_expect_eq(yk_negative_binomial_fit(&input, false, &fit, b, NULL), YK_NEGATIVE_BINOMIAL_ALL_ZERO);
    input.design.rows = 0;
    cr_expect_eq(yk_negative_binomial_fit(&input, false, &fit, b, NULL), YK_NEGATIVE_BINOMIAL_NO_ROWS);
    input = read_case("wide", &data);
    for (int r = 0; r < ROWS; r++) /* the slope once more, under another name, in place of group 1 */
        if (data.column[2 * r] == 1)
            data.column[2 * r] = 0;
    static uint16_t column[3 * ROWS];
    static double value[3 * ROWS];
    static size_t start[ROWS + 1];
    for (int r = 0; r < ROWS; r++) {
        start[r] = 3 * (size_t)r;
        memcpy(&column[3 * r], &data.column[2 * r], 2 * sizeof column[0]);
        memcpy(&value[3 * r], &data.value[2 * r], 2 * sizeof value[0]);
        column[3 * r + 2] = 6;
        value[3 * r + 2] = 3 * data.value[2 * r + 1];
    }
    start[ROWS] = 3 * (size_t)ROWS;
    input.design = (struct yk_design){ROWS, COLUMNS + 1, start, column, value};
    cr_expect_eq(yk_negative_binomial_fit(&input, false, &fit, b, NULL), YK_NEGATIVE_BINOMIAL_SINGULAR);
    for (int s = 0; s <= YK_NEGATIVE_BINOMIAL_MEMORY; s++)
        cr_expect_str_neq(yk_negative_binomial_state_text((enum yk_negative_binomial_state)s), "unknown");
}
