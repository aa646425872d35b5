/* Places that are known twice: in the picture, and on the ground. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GROUND_PAIRS_H
#define YK_GROUND_PAIRS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_GROUND_PAIRS_MAX 200

struct yk_ground_pair {
    double picture[2]; /* pixels, y down */
    double ground[2];  /* metres, x to the east and y to the north, or any other two that lie so */
};

struct yk_ground_pairs {
    size_t count;
    struct yk_ground_pair list[YK_GROUND_PAIRS_MAX];
};

/* One pair as a person types it: "x,y=X,Y". False if it is not that, or a number is beyond 1e9. */
bool yk_ground_pair_parse(const char *text, struct yk_ground_pair *out);
/* Adds the rows x_px,y_px,x_m,y_m of a file; empty lines, lines that begin with # and a first line of words are passed
 * over. YK_ERR_NO_INPUT if there is none, YK_ERR_INPUT with its line if a row is no pair. */
enum yk_status yk_ground_pairs_read(const char *path, struct yk_ground_pairs *out, struct yk_error *err) YK_MUST_CHECK;

#endif
