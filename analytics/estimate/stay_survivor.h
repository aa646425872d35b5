/* How long devices stay that change their address. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and measured errors: stay_survivor.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_STAY_SURVIVOR_H
#define YK_ESTIMATE_STAY_SURVIVOR_H

#include "estimate/period_law.h"
#include "estimate/stay_curve.h"

#include <stddef.h>

/* The life of one address at a place, inside the window: from its first to its last advert. */
struct yk_stay_piece {
    double length_s;            /* at least 0; cut where it leaves the window */
    bool began_before, goes_on; /* cut at the window's start, at its end */
};

enum yk_stay_state {
    YK_STAY_OK,
    YK_STAY_BAD_PIECES, /* a negative or not finite length, or not sorted */
    YK_STAY_NO_PERIOD,  /* adverts are too rare for this period */
    YK_STAY_TOO_FEW,    /* pieces that began inside the window */
    YK_STAY_NO_VISITS,  /* more rotations than addresses: the period is too short for these lives */
};
const char *yk_stay_state_text(enum yk_stay_state state);

#define YK_STAY_PIECES_MIN 30
#define YK_STAY_HORIZON    0.2 /* least chance Fe' of keeping an address for so long: about 0.8 R */

/* Pieces of addresses that share a period. law: of the whole period, 2g included; known_to_s: up to which length it is known
 * (period_shape.h), which bounds the horizon. law NULL: addresses that don't change. */
struct yk_stay_group {
    const struct yk_stay_piece *pieces; /* sorted */
    const unsigned *weight;             /* optional: how often each is counted, for a bootstrap */
    size_t count;
    const struct yk_period_law *law;
    double known_to_s, two_g_s;
};
#define YK_STAY_GROUPS 4

struct yk_stay_survivor {
    double visits;              /* N that arrived in the window, by these pieces */
    double mean_s;              /* of a stay; observable whatever its length */
    struct yk_stay_curve curve; /* up to the horizon */
};

/* Sorts by length, the shortest first, as estimating needs it. */
void yk_stay_sort(struct yk_stay_piece *pieces, size_t count);
/* All groups together, to the nearest of their horizons. At most YK_STAY_GROUPS, of which one at least rotates; unchanging
 * addresses alone are for kaplan_meier.h. Windows much longer than a stay. On any state but OK *out is zeroed. No allocation. A
 * quantile is to be shown only under the conditions of stay_told.h. */
enum yk_stay_state yk_stay_survivor_pool(const struct yk_stay_group *groups, size_t count,
                                         struct yk_stay_survivor *out);
/* The same of one group. */
enum yk_stay_state yk_stay_survivor_estimate(const struct yk_stay_piece *pieces, const unsigned *weight, size_t count,
                                             const struct yk_period_law *law, double known_to_s, double two_g_s,
                                             struct yk_stay_survivor *out);

#endif
