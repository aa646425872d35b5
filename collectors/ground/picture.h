/* A picture of how well pairs fit. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GROUND_PICTURE_H
#define YK_GROUND_PICTURE_H

#include "ground/fit.h"

#include <stdio.h>

/* As SVG, north up: each place on the ground as it was measured, and, by a line and a cross, where the picture puts it. What
 * is between the two is drawn larger where it would not be seen, and the picture says how much. */
void yk_ground_picture(const struct yk_ground_pairs *pairs, const struct yk_ground_fit *fit, FILE *file);

#endif
