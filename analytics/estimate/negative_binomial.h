/* Regression of counts that scatter more than Poisson's. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log mu = offset + X b, variance mu + mu^2/theta. Method and sources: negative_binomial.c. */
#ifndef YK_ESTIMATE_NEGATIVE_BINOMIAL_H
#define YK_ESTIMATE_NEGATIVE_BINOMIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows hold their cells that are not 0: most columns are one-hot. Row r has cells start[r] to start[r + 1]; a column comes at
 * most once in a row. */
struct yk_design {
    size_t rows, columns;
    const size_t *start;    /* of rows + 1 */
    const uint16_t *column; /* below `columns` */
    const double *value;
};

struct yk_negative_binomial_input {
    struct yk_design design;
    const double *count;   /* at least 0, finite; need not be whole */
    const double *offset;  /* NULL: none */
    const double *penalty; /* by column: half of penalty b^2 is taken off the log likelihood; NULL: none */
};

struct yk_negative_binomial {
    double theta;    /* INFINITY: no more scatter than Poisson's */
    double theta_se; /* NAN for Poisson */
    double log_likelihood;
    size_t dropped; /* columns of zeros: coefficient 0 */
    unsigned rounds;
};

enum yk_negative_binomial_state {
    YK_NEGATIVE_BINOMIAL_OK,
    YK_NEGATIVE_BINOMIAL_NO_ROWS,
    YK_NEGATIVE_BINOMIAL_BAD_COUNT,
    YK_NEGATIVE_BINOMIAL_ALL_ZERO,
    YK_NEGATIVE_BINOMIAL_SINGULAR,    /* columns that say the same */
    YK_NEGATIVE_BINOMIAL_NOT_SETTLED, /* the fit so far is in the results */
    YK_NEGATIVE_BINOMIAL_MEMORY,
};
const char *yk_negative_binomial_state_text(enum yk_negative_binomial_state state);

#define YK_NEGATIVE_BINOMIAL_COLUMNS_MAX 1024

/* coefficient: of `columns`, the start on the way in where `warm`, else ignored. covariance (optional): columns * columns, of the
 * coefficients given theta; 0 in the rows of dropped columns. Allocates for its own use and frees it. */
enum yk_negative_binomial_state yk_negative_binomial_fit(const struct yk_negative_binomial_input *input, bool warm,
                                                         struct yk_negative_binomial *out, double *coefficient,
                                                         double *covariance);

/* The predictor X b of one row, without offset. */
double yk_design_row(const struct yk_design *design, size_t row, const double *coefficient);

#endif
