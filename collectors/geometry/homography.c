/* The plane of the ground, seen by a camera. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A pinhole camera maps a plane to its picture by a 3x3 matrix that is known up to a factor, and so does the way back
 * (Hartley and Zisserman, Multiple View Geometry, 2nd ed., 2.3 and 8.1):
 *
 *     (X w, Y w, w) = H (x, y, 1)         x, y in the picture; X, Y on the ground, in metres
 *
 * w is 0 on the horizon. Beyond it, in the sky, the formula gives places too: those behind the camera that would be seen
 * there upside down. A detection in the sky is no person on the ground. Which sign of w the ground has cannot be told
 * from the nine numbers, since their common sign is free, and programs that make the last one 1 give either. It is told
 * by what is drawn on the ground, which has to be seen: a place (X, Y) is seen where w = det H / s, s being the third
 * entry of adj(H) (X, Y, 1). The lines and zones of a sensor vote, a point each; one that is drawn generously around may
 * have a corner behind the camera.
 *
 * How close to the horizon? A pixel there is a kilometre; no bound is set but that w is more than rounding. */
#include "geometry/homography.h"

#include "base/matrix3.h"
#include "decode/camera_record.h"

#include <math.h>
#include <string.h>

#define ROUNDING 1e-9 /* of the sum of the sizes of what w is made of */

bool yk_homography_set(struct yk_homography *homography, const double m[static 9])
{
    memcpy(homography->m, m, sizeof homography->m);
    homography->faced = false;
    return !yk_matrix3_singular(m);
}

int yk_homography_side(const struct yk_homography *homography, const struct yk_polygon *ground)
{
    double back[9];
    bool up = yk_matrix3_determinant(homography->m) > 0;
    int side = 0;
    yk_matrix3_adjugate(homography->m, back);
    for (size_t i = 0; i < ground->count; i++) {
        double s = back[6] * ground->points[i][0] + back[7] * ground->points[i][1] + back[8];
        if (s > 0 || s < 0)
            side += (s > 0) == up ? 1 : -1;
    }
    return side;
}

void yk_homography_face(struct yk_homography *homography, int side)
{
    homography->faced = homography->faced || side != 0;
    for (int i = 0; side < 0 && i < 9; i++)
        homography->m[i] = -homography->m[i];
}

bool yk_homography_map(const struct yk_homography *homography, double x, double y, double ground[static 2])
{
    const double *m = homography->m;
    double w = m[6] * x + m[7] * y + m[8];
    double least = ROUNDING * (fabs(m[6] * x) + fabs(m[7] * y) + fabs(m[8]));
    if (!((homography->faced ? w : fabs(w)) > least))
        return false;
    ground[0] = (m[0] * x + m[1] * y + m[2]) / w;
    ground[1] = (m[3] * x + m[4] * y + m[5]) / w;
    return fabs(ground[0]) <= YK_COORDINATE_MAX && fabs(ground[1]) <= YK_COORDINATE_MAX;
}
