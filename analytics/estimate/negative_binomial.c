/* Negative-binomial regression by weighted least squares. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Hourly counts of people scatter far more than Poisson's law: with it a standard error of a baseline is several
 * times too small, and busy hours outweigh all others. With variance mu + mu^2/theta an hour weighs 1/(1/mu + 1/theta).
 *
 * Method. Maximum likelihood, theta and coefficients in turns (Venables and Ripley, Modern Applied Statistics with S, 4th edition
 * 2002, section 7.4, the method of their glm.nb; Hilbe, Negative Binomial Regression, 2nd edition 2011, sections 8.2 and 8.3):
 * given theta, iterated weighted least squares with log link,
 *
 *     W = mu / (1 + mu/theta),   z = X b + (y - mu)/mu,   (X'WX + P) b = X'W z
 *
 * given mu, Newton's method on theta's score. Both in turns until neither moves the likelihood by more than 1e-10 of itself. A
 * step that lowers the (penalised) likelihood is halved. P is a diagonal of penalties, a normal prior on coefficients: hours
 * at which nobody ever came have no finite maximum without one.
 *
 * Speed. Rows are sparse (an hour of the week, a few waves): X'WX is gathered cell by cell, so a year costs 9,000 times a few
 * hundred products, and the Cholesky factor of some 250 columns is small beside it. The sums of digamma(theta + y)
 * depend on y alone: they are taken over the distinct counts.
 *
 * Bounds. A column of zeros is dropped (coefficient 0). theta above 1e7, or squares of residuals that sum to less than
 * the counts do, is Poisson's law: theta = INFINITY. Without penalties an hour of zeros only drives its coefficient
 * down until the likelihood no longer sees it; the diagonal of X'WX is then too small for a factor, and the column keeps the
 * value it has.
 *
 * Tried. theta by moments (Pearson): fewer sums, but 10 to 30 % off where residuals have long tails, and not what others
 * publish. QR on the full matrix (gsl_multifit_wlinear): 250 columns and 60,000 rows take seconds a round. */
#include "estimate/negative_binomial.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <gsl/gsl_vector.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TURNS        60
#define ROUNDS       60
#define THETA_ROUNDS 50
#define HALVINGS     25
#define SETTLED      1e-10 /* of the likelihood's size */
#define THETA_MAX    1e7
#define ETA_MIN      (-30.0) /* 1e-13 persons an hour */
#define ETA_MAX      50.0
#define SINGULAR     1e-11 /* of a diagonal cell: what is left of it once the columns before are taken off */

const char *yk_negative_binomial_state_text(enum yk_negative_binomial_state state)
{
    switch (state) {
    case YK_NEGATIVE_BINOMIAL_OK:
        return "ok";
    case YK_NEGATIVE_BINOMIAL_NO_ROWS:
        return "no counts";
    case YK_NEGATIVE_BINOMIAL_BAD_COUNT:
        return "a count is negative or not a number";
    case YK_NEGATIVE_BINOMIAL_ALL_ZERO:
        return "nothing was ever counted";
    case YK_NEGATIVE_BINOMIAL_SINGULAR:
        return "two of the regression's columns say the same";
    case YK_NEGATIVE_BINOMIAL_NOT_SETTLED:
        return "the regression did not settle";
    case YK_NEGATIVE_BINOMIAL_MEMORY:
        return "out of memory";
    }
    return "unknown";
}

double yk_design_row(const struct yk_design *design, size_t row, const double *coefficient)
{
    double sum = 0;
    for (size_t k = design->start[row]; k < design->start[row + 1]; k++)
        sum += design->value[k] * coefficient[design->column[k]];
    return sum;
}

struct distinct {
    double value, times;
};

struct work {
    const struct yk_negative_binomial_input *in;
    double *eta, *mu;        /* by row */
    struct distinct *counts; /* sorted */
    size_t count_kinds;
    double log_factorials; /* sum of log Gamma(y + 1) */
    double theta;
    double *next, *held; /* by column: coefficients of the step under trial; not 0: the column takes no part */
    gsl_matrix *information;
    gsl_vector *right;
};

/* --- Likelihood ---------------------------------------------------------------------------------------------------- */

static void predict(struct work *w, const double *coefficient)
{
    for (size_t r = 0; r < w->in->design.rows; r++) {
        double eta = yk_design_row(&w->in->design, r, coefficient) + (w->in->offset ? w->in->offset[r] : 0);
        w->eta[r] = fmin(fmax(eta, ETA_MIN), ETA_MAX);
        w->mu[r] = exp(w->eta[r]);
    }
}

/* Without the terms in which neither mu nor the coefficients are: those are added once, by constant(). */
static double moving_part(const struct work *w, const double *coefficient)
{
    const double *y = w->in->count;
    double sum = 0, theta = w->theta;
    for (size_t r = 0; r < w->in->design.rows; r++)
        sum += isinf(theta) ? y[r] * w->eta[r] - w->mu[r]
                            : y[r] * w->eta[r] - (y[r] + theta) * log1p(w->mu[r] / theta) - y[r] * log(theta);
    if (w->in->penalty)
        for (size_t j = 0; j < w->in->design.columns; j++)
            sum -= 0.5 * w->in->penalty[j] * coefficient[j] * coefficient[j];
    return sum;
}

static double constant(const struct work *w)
{
    double sum = -w->log_factorials;
    if (isinf(w->theta))
        return sum;
    double base = gsl_sf_lngamma(w->theta);
    for (size_t k = 0; k < w->count_kinds; k++)
        sum += w->counts[k].times * (gsl_sf_lngamma(w->theta + w->counts[k].value) - base);
    return sum;
}

/* --- theta --------------------------------------------------------------------------------------------------------- */

static void theta_score(const struct work *w, double theta, double *score, double *information)
{
    double psi = gsl_sf_psi(theta), psi_1 = gsl_sf_psi_1(theta);
    *score = *information = 0;
    for (size_t k = 0; k < w->count_kinds; k++) {
        double y = w->counts[k].value;
        *score += w->counts[k].times * (gsl_sf_psi(theta + y) - psi);
        *information += w->counts[k].times * (psi_1 - gsl_sf_psi_1(theta + y));
    }
    for (size_t r = 0; r < w->in->design.rows; r++) {
        double y = w->in->count[r], all = theta + w->mu[r];
        *score += 1 - log1p(w->mu[r] / theta) - (y + theta) / all;
        *information += -1 / theta + 2 / all - (y + theta) / (all * all);
    }
}

/* The best theta for the mu at hand, from w->theta on; its standard error. */
static bool best_theta(struct work *w, double *se)
{
    size_t rows = w->in->design.rows;
    double over = 0, relative = 0;
    for (size_t r = 0; r < rows; r++) {
        double away = w->in->count[r] - w->mu[r];
        over += away * away - w->in->count[r];
        relative += away * away / (w->mu[r] * w->mu[r]);
    }
    *se = NAN;
    if (over <= 0) { /* the score is negative for every large theta */
        w->theta = INFINITY;
        return true;
    }
    double theta = isinf(w->theta) ? (double)rows / fmax(relative, 1e-300) : w->theta;
    for (int round = 0; round < THETA_ROUNDS; round++) {
        double score, information;
        theta_score(w, theta, &score, &information);
        double step = information > 0 ? score / information : score > 0 ? theta : -theta / 2;
        step = fmin(fmax(step, -theta / 2), 4 * theta);
        theta += step;
        if (theta > THETA_MAX) {
            w->theta = INFINITY;
            return true;
        }
        if (fabs(step) < 1e-9 * theta) {
            w->theta = theta;
            *se = information > 0 ? 1 / sqrt(information) : (double)NAN;
            return true;
        }
    }
    return false;
}

/* --- Coefficients -------------------------------------------------------------------------------------------------- */

static void gather(struct work *w, const double *coefficient)
{
    const struct yk_design *x = &w->in->design;
    gsl_matrix_set_zero(w->information);
    gsl_vector_set_zero(w->right);
    double *a = w->information->data, *right = w->right->data;
    size_t stride = w->information->tda;
    for (size_t r = 0; r < x->rows; r++) {
        double mu = w->mu[r], weight = isinf(w->theta) ? mu : mu / (1 + mu / w->theta);
        double residual = weight * (w->in->count[r] - mu) / mu;
        for (size_t i = x->start[r]; i < x->start[r + 1]; i++) {
            double value = weight * x->value[i], *to = a + x->column[i] * stride;
            right[x->column[i]] += residual * x->value[i];
            for (size_t j = x->start[r]; j < x->start[r + 1]; j++)
                if (x->column[j] <= x->column[i])
                    to[x->column[j]] += value * x->value[j];
        }
    }
    for (size_t j = 0; j < x->columns; j++)
        if (w->in->penalty) {
            a[j * stride + j] += w->in->penalty[j];
            right[j] -= w->in->penalty[j] * coefficient[j];
        }
}

/* The information's factor, with columns that say nothing held. Scaled to a diagonal of ones, so that small is small. */
static bool factor(struct work *w, double *scale)
{
    size_t columns = w->in->design.columns;
    for (size_t j = 0; j < columns; j++) {
        double diagonal = gsl_matrix_get(w->information, j, j);
        bool held = w->held[j] != 0 || !(diagonal > 1e-9);
        scale[j] = held ? 0 : 1 / sqrt(diagonal);
    }
    for (size_t i = 0; i < columns; i++) {
        for (size_t j = 0; j < i; j++)
            gsl_matrix_set(w->information, i, j, gsl_matrix_get(w->information, i, j) * scale[i] * scale[j]);
        gsl_matrix_set(w->information, i, i, 1);
    }
    /* gsl_linalg calls GSL's error handler, which main turns off, and returns the code. */
    if (gsl_linalg_cholesky_decomp1(w->information) != GSL_SUCCESS)
        return false;
    for (size_t j = 0; j < columns; j++) {
        double left = gsl_matrix_get(w->information, j, j);
        if (left * left < SINGULAR)
            return false;
    }
    return true;
}

/* Maximises over the coefficients for the theta at hand. */
static enum yk_negative_binomial_state best_coefficients(struct work *w, double *coefficient, double *scale,
                                                         unsigned *rounds)
{
    size_t columns = w->in->design.columns;
    predict(w, coefficient);
    double likelihood = moving_part(w, coefficient);
    for (int round = 0; round < ROUNDS; round++) {
        ++*rounds;
        gather(w, coefficient);
        if (!factor(w, scale))
            return YK_NEGATIVE_BINOMIAL_SINGULAR;
        for (size_t j = 0; j < columns; j++)
            w->right->data[j] *= scale[j];
        if (gsl_linalg_cholesky_svx(w->information, w->right) != GSL_SUCCESS)
            return YK_NEGATIVE_BINOMIAL_SINGULAR;
        double gain = -1;
        for (int halving = 0; halving < HALVINGS && !(gain >= 0); halving++) {
            for (size_t j = 0; j < columns; j++)
                w->next[j] = coefficient[j] + ldexp(w->right->data[j] * scale[j], -halving);
            predict(w, w->next);
            gain = moving_part(w, w->next) - likelihood;
        }
        if (!(gain >= 0)) { /* no way up: the top, to rounding */
            predict(w, coefficient);
            return YK_NEGATIVE_BINOMIAL_OK;
        }
        memcpy(coefficient, w->next, columns * sizeof *coefficient);
        likelihood += gain;
        if (gain <= SETTLED * (1 + fabs(likelihood)))
            return YK_NEGATIVE_BINOMIAL_OK;
    }
    return YK_NEGATIVE_BINOMIAL_NOT_SETTLED;
}

/* --- Room ---------------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = ((const struct distinct *)a)->value, y = ((const struct distinct *)b)->value;
    return (x > y) - (x < y);
}

static bool prepare(struct work *w)
{
    size_t rows = w->in->design.rows, columns = w->in->design.columns;
    w->eta = malloc(rows * sizeof *w->eta);
    w->mu = malloc(rows * sizeof *w->mu);
    w->counts = malloc(rows * sizeof *w->counts);
    w->next = malloc(columns * sizeof *w->next);
    w->held = calloc(columns, sizeof *w->held);
    w->information = gsl_matrix_calloc(columns, columns);
    w->right = gsl_vector_calloc(columns);
    if (!w->eta || !w->mu || !w->counts || !w->next || !w->held || !w->information || !w->right)
        return false;
    for (size_t r = 0; r < rows; r++) {
        w->counts[r] = (struct distinct){w->in->count[r], 1};
        w->log_factorials += gsl_sf_lngamma(w->in->count[r] + 1);
    }
    qsort(w->counts, rows, sizeof *w->counts, by_value);
    size_t kinds = 0;
    for (size_t r = 0; r < rows; r++) {
        if (kinds > 0 && !(w->counts[r].value > w->counts[kinds - 1].value))
            w->counts[kinds - 1].times++;
        else
            w->counts[kinds++] = w->counts[r];
    }
    w->count_kinds = kinds;
    return true;
}

static void clear(struct work *w)
{
    free(w->eta);
    free(w->mu);
    free(w->counts);
    free(w->next);
    free(w->held);
    gsl_matrix_free(w->information);
    gsl_vector_free(w->right);
}

/* A start from the counts themselves: one round of least squares on log(y + 1/6). */
static bool begin(struct work *w, double *coefficient, double *scale)
{
    const struct yk_design *x = &w->in->design;
    memset(coefficient, 0, x->columns * sizeof *coefficient);
    for (size_t r = 0; r < x->rows; r++) {
        w->mu[r] = w->in->count[r] + 1.0 / 6;
        w->eta[r] = log(w->mu[r]);
    }
    gather(w, coefficient);
    gsl_vector_set_zero(w->right);
    for (size_t r = 0; r < x->rows; r++) {
        double working = w->eta[r] - (w->in->offset ? w->in->offset[r] : 0) - 1.0 / 6 / w->mu[r];
        for (size_t k = x->start[r]; k < x->start[r + 1]; k++)
            w->right->data[x->column[k]] += w->mu[r] * x->value[k] * working;
    }
    if (!factor(w, scale))
        return false;
    for (size_t j = 0; j < x->columns; j++)
        w->right->data[j] *= scale[j];
    if (gsl_linalg_cholesky_svx(w->information, w->right) != GSL_SUCCESS)
        return false;
    for (size_t j = 0; j < x->columns; j++)
        coefficient[j] = w->right->data[j] * scale[j];
    return true;
}

/* Columns of zeros take no part; how many they are. */
static size_t hold_zeros(struct work *w)
{
    const struct yk_design *x = &w->in->design;
    size_t dropped = x->columns;
    for (size_t j = 0; j < x->columns; j++)
        w->held[j] = 1;
    for (size_t k = x->start[0]; k < x->start[x->rows]; k++)
        if (x->value[k] != 0 && w->held[x->column[k]] != 0) {
            w->held[x->column[k]] = 0;
            dropped--;
        }
    return dropped;
}

static bool covary(struct work *w, const double *coefficient, double *scale, double *covariance)
{
    size_t columns = w->in->design.columns;
    gather(w, coefficient);
    if (!factor(w, scale) || gsl_linalg_cholesky_invert(w->information) != GSL_SUCCESS)
        return false;
    for (size_t i = 0; i < columns; i++)
        for (size_t j = 0; j < columns; j++)
            covariance[i * columns + j] = gsl_matrix_get(w->information, i, j) * scale[i] * scale[j];
    return true;
}

static enum yk_negative_binomial_state fit(struct work *w, bool warm, struct yk_negative_binomial *out,
                                           double *coefficient, double *scale)
{
    out->dropped = hold_zeros(w);
    w->theta = INFINITY;
    if (!warm && !begin(w, coefficient, scale))
        return YK_NEGATIVE_BINOMIAL_SINGULAR;
    for (size_t j = 0; j < w->in->design.columns; j++)
        if (w->held[j] != 0)
            coefficient[j] = 0;
    double before = -INFINITY;
    for (int turn = 0; turn < TURNS; turn++) {
        enum yk_negative_binomial_state state = best_coefficients(w, coefficient, scale, &out->rounds);
        if (state != YK_NEGATIVE_BINOMIAL_OK)
            return state;
        double theta_before = w->theta;
        if (!best_theta(w, &out->theta_se))
            return YK_NEGATIVE_BINOMIAL_NOT_SETTLED;
        out->theta = w->theta;
        double likelihood = moving_part(w, coefficient) + constant(w);
        out->log_likelihood = likelihood;
        bool same = isinf(w->theta) ? isinf(theta_before) : fabs(w->theta - theta_before) < 1e-7 * w->theta;
        if (same && fabs(likelihood - before) <= SETTLED * (1 + fabs(likelihood)))
            return YK_NEGATIVE_BINOMIAL_OK;
        before = likelihood;
    }
    return YK_NEGATIVE_BINOMIAL_NOT_SETTLED;
}

enum yk_negative_binomial_state yk_negative_binomial_fit(const struct yk_negative_binomial_input *input, bool warm,
                                                         struct yk_negative_binomial *out, double *coefficient,
                                                         double *covariance)
{
    *out = (struct yk_negative_binomial){.theta = NAN, .theta_se = NAN, .log_likelihood = NAN};
    size_t rows = input->design.rows, columns = input->design.columns;
    if (rows == 0 || columns == 0 || columns > YK_NEGATIVE_BINOMIAL_COLUMNS_MAX)
        return YK_NEGATIVE_BINOMIAL_NO_ROWS;
    double sum = 0;
    for (size_t r = 0; r < rows; r++) {
        if (!(input->count[r] >= 0) || isinf(input->count[r]))
            return YK_NEGATIVE_BINOMIAL_BAD_COUNT;
        sum += input->count[r];
    }
    if (sum <= 0)
        return YK_NEGATIVE_BINOMIAL_ALL_ZERO;
    struct work work = {.in = input};
    double *scale = calloc(columns, sizeof *scale);
    enum yk_negative_binomial_state state = YK_NEGATIVE_BINOMIAL_MEMORY;
    if (scale && prepare(&work))
        state = fit(&work, warm, out, coefficient, scale);
    if (state == YK_NEGATIVE_BINOMIAL_OK && covariance && !covary(&work, coefficient, scale, covariance))
        state = YK_NEGATIVE_BINOMIAL_SINGULAR;
    clear(&work);
    free(scale);
    return state;
}
