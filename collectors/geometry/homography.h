/* From places in a picture to places on the ground. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GEOMETRY_HOMOGRAPHY_H
#define YK_GEOMETRY_HOMOGRAPHY_H

#include "config/config.h"

#include <stdbool.h>

struct yk_homography {
    double m[9]; /* row by row */
    bool faced;  /* only places with w > 0 are on the ground */
};

/* Takes nine numbers, to any scale. False if one is not finite or there is no way back (base/matrix3.h). */
bool yk_homography_set(struct yk_homography *homography, const double m[static 9]);

/* On which side of the horizon the points of a shape on the ground are seen: how many more have w > 0 than w < 0. */
int yk_homography_side(const struct yk_homography *homography, const struct yk_polygon *ground);
/* From now on places beyond the horizon are refused; `side` as above. 0: nothing is known, and nothing changes. */
void yk_homography_face(struct yk_homography *homography, int side);

/* False if the picture's point is on the horizon or beyond it, or the ground's is further than YK_COORDINATE_MAX. */
bool yk_homography_map(const struct yk_homography *homography, double x, double y, double ground[static 2]);

#endif
