/* The shape of the rotation period's law, measured. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and measured errors: period_shape.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_PERIOD_SHAPE_H
#define YK_ESTIMATE_PERIOD_SHAPE_H

#include "estimate/period_law.h"

#include <stddef.h>

/* The life of one address at one sensor or place. Absolute seconds, to 0.1 s. */
struct yk_shape_life {
    double begin_s, end_s;
    bool began_before, goes_on; /* cut at the record's start, at its end */
};

enum yk_shape_state {
    YK_SHAPE_OK,
    YK_SHAPE_TOO_FEW,  /* lives */
    YK_SHAPE_TOO_SLOW, /* adverts too rare to tell rotations from chance, or for this period */
    YK_SHAPE_UNKNOWN,  /* known to less than YK_LAW_KNOWN of R: take yk_law_of_period */
};
const char *yk_shape_state_text(enum yk_shape_state state);

#define YK_SHAPE_LIVES_MIN 200
#define YK_SHAPE_SE_MAX    0.1 /* of log Fe' */
/* Up to this share of R the laws of one mean that phones were seen to have are alike, and the mean alone will do:
 * yk_law_of_period is known to 0.6 R. */
#define YK_LAW_KNOWN 0.6

struct yk_shape_fit {
    double rotations;  /* deaths that a birth follows, beyond chance */
    double known_to_s; /* the law is measured up to this length of period; beyond it only its mean is */
    double se;         /* standard error of log Fe' there */
};

/* Lives of one class over one epoch or several, from one place; their order is changed. work: 4 doubles a life, the
 * caller's. The law has the mean of period. On any state but OK *law is zeroed. fit (optional) is filled as far as the
 * method came. No allocation. */
enum yk_shape_state yk_period_shape(struct yk_shape_life *lives, size_t count, double *work,
                                    const struct yk_rotation_period *period, double two_g_s, struct yk_period_law *law,
                                    struct yk_shape_fit *fit);

#endif
