/* A level that walks, and weeks that stray from it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     w[k] = level[k] + stray[k] + noise,   level[k] = level[k-1] + step,   stray[k] = keep stray[k-1] + push
 *
 * all normal; NAN: not seen. Logarithms of counts are what the priors are made for. Method and sources: level.c. */
#ifndef YK_ESTIMATE_LEVEL_H
#define YK_ESTIMATE_LEVEL_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

struct yk_level_law {
    double step_sd;        /* of the level, a week */
    double stray_sd, keep; /* in the long run; 0 <= keep < 1 */
    double noise_sd;
};

/* What is known of one week's level and stray. */
struct yk_level_state {
    double level, stray;
    double level_variance, covariance, stray_variance;
};

/* The likeliest law, with the priors of level.c; false with fewer than 4 values seen, or no memory. */
bool yk_level_fit(const double *seen, size_t count, struct yk_level_law *out);
/* From w[0..k], for each k. Returns the log likelihood. */
double yk_level_filter(const double *seen, size_t count, const struct yk_level_law *law, struct yk_level_state *state);
/* From all of them; state holds the filter's on the way in. */
void yk_level_smooth(size_t count, const struct yk_level_law *law, struct yk_level_state *state);
/* Draws level + stray of the weeks from..to-1, in agreement with what the filter knew of weeks 0..known-1 (known > 0); what
 * lies after them goes on from there, with steps `wider` times the law's. */
void yk_level_draw(const struct yk_level_state *filtered, size_t known, const struct yk_level_law *law, size_t from,
                   size_t to, double wider, gsl_rng *rng, double *sum);

#endif
