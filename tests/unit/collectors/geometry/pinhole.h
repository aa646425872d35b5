/* A camera on a mast, and where it sees a place: the truth for maps of the ground. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Two ways that share no formula. A place on the ground is projected by its distances along the camera's own axes; the
 * matrix comes from where the ray through a pixel meets the ground. x to the east, y to the north, the camera over the
 * origin and looking north, tilted down. */
#ifndef YK_TESTS_GEOMETRY_PINHOLE_H
#define YK_TESTS_GEOMETRY_PINHOLE_H

#include <math.h>

struct pinhole {
    double height_m, tilt, focal_px, centre[2];
};

static const struct pinhole mast = {.height_m = 6, .tilt = 0.4, .focal_px = 1400, .centre = {960, 540}};

static inline void pinhole_see(const struct pinhole *p, double east, double north, double pixel[2])
{
    double along = north * cos(p->tilt) + p->height_m * sin(p->tilt);
    double below = p->height_m * cos(p->tilt) - north * sin(p->tilt);
    pixel[0] = p->centre[0] + p->focal_px * east / along;
    pixel[1] = p->centre[1] + p->focal_px * below / along;
}

/* The ray of pixel (x, y) falls by F sin t + (y - cy) cos t on its way; it meets the ground after height / that. */
static inline void pinhole_matrix(const struct pinhole *p, double m[9])
{
    double h = p->height_m, f = p->focal_px, s = sin(p->tilt), c = cos(p->tilt);
    m[0] = h, m[1] = 0, m[2] = -h * p->centre[0];
    m[3] = 0, m[4] = -h * s, m[5] = h * (f * c + p->centre[1] * s);
    m[6] = 0, m[7] = c, m[8] = f * s - p->centre[1] * c;
}

static inline double pinhole_horizon(const struct pinhole *p)
{
    return p->centre[1] - p->focal_px * tan(p->tilt);
}

#endif
