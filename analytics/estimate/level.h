/* A level that walks, seen with noise. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     w[k] = l[k] + noise,   l[k] = l[k-1] + step,   both normal; NAN: not seen
 *
 * Method and sources: level.c. */
#ifndef YK_ESTIMATE_LEVEL_H
#define YK_ESTIMATE_LEVEL_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

struct yk_level_law {
    double step_sd, noise_sd;
    double log_likelihood; /* without the first value seen, on which the others stand */
};

/* Maximum likelihood; false with fewer than 4 values seen, or none that differ. */
bool yk_level_fit(const double *seen, size_t count, struct yk_level_law *out);
/* What is known of l[k] from w[0..k]: mean and variance. Infinite variance before the first value seen. */
void yk_level_filter(const double *seen, size_t count, const struct yk_level_law *law, double *mean, double *variance);
/* What is known of l[k] from all of them. mean and variance hold the filter's on the way in. */
void yk_level_smooth(size_t count, const struct yk_level_law *law, double *mean, double *variance);
/* A course of l[from..to-1] that agrees with the filter's mean and variance of l[0..known-1], known > 0; it walks on where
 * to > known. step: draws a step (mean 0). */
void yk_level_draw(const double *mean, const double *variance, size_t known, const struct yk_level_law *law,
                   size_t from, size_t to, gsl_rng *rng, double *level);

#endif
