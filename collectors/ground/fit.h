/* The map of the ground that fits some pairs best. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GROUND_FIT_H
#define YK_GROUND_FIT_H

#include "ground/pairs.h"

/* Where a pair's other half falls, less where it was said to be. */
struct yk_ground_residual {
    double picture_px, ground[2], ground_m;
};

struct yk_ground_fit {
    double homography[9]; /* picture to ground; w is above 0 at every pair and 1 at their mean place in the picture */
    bool refined;         /* more than four pairs: by the geometric error, in pixels */
    double linear_rms_px; /* of the solution that the refining began with */
    double rms_px, rms_m, median_px;
    struct yk_ground_residual residuals[YK_GROUND_PAIRS_MAX];
};

/* GSL's error handler has to be off. YK_ERR_INPUT, and err names the pairs, if they do not determine a map
 * (spread.h), or the horizon passes between them. */
enum yk_status yk_ground_fit(const struct yk_ground_pairs *pairs, struct yk_ground_fit *out,
                             struct yk_error *err) YK_MUST_CHECK;

/* The pair is three times as far off as the middle one, and by more than a hundredth of a pixel. */
bool yk_ground_outlying(const struct yk_ground_fit *fit, size_t i);

#endif
