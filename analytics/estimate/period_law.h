/* The law of the rotation period. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counting devices needs the mean period alone (rotation/rotation.h). How long they stay and where they go next needs more: the
 * chance F'(t) that an address is kept for longer than t (the survivor of the period) and the chance Fe'(t) that one that is in
 * use at a random instant is kept for t more (the survivor of its equilibrium law):
 *
 *     Fe'(t) = 1/R * integral from t of F'(u) du,   F'(t) = -R d/dt Fe'(t)
 *
 * A law is a mixture of uniform ones, which holds a histogram as well as '5 to 8 minutes'. Shares are by rotation, not by
 * device: a device of period P is there 1/P times as often. Then one law serves any mixture of devices whose stays do not
 * depend on their make: with device shares s and periods m both survivors are exact for shares proportional to s/m.
 *
 * Cox, Renewal Theory (1962), section 5.2 for the equilibrium law. Times in seconds. */
#ifndef YK_ESTIMATE_PERIOD_LAW_H
#define YK_ESTIMATE_PERIOD_LAW_H

#include "rotation/rotation.h"

#include <stdbool.h>

#define YK_LAW_PARTS 64

struct yk_law_part {
    double share;        /* by rotation, above 0 */
    double from_s, to_s; /* uniform between; 0 <= from <= to, to > 0; equal: fixed */
};

struct yk_period_law {
    unsigned count; /* 1..YK_LAW_PARTS */
    struct yk_law_part part[YK_LAW_PARTS];
    double mean_s; /* R */
};

/* Shares need not sum to 1. False if the parts are not as above. */
bool yk_law_make(const struct yk_law_part *parts, unsigned count, struct yk_period_law *out);
/* The law that a measured period stands for where its shape is not known: one uniform part of its mean and cv. */
bool yk_law_of_period(const struct yk_rotation_period *period, struct yk_period_law *out);
/* Every period shorter by this: what is left of a period P between the first and the last advert, P - 2g. Parts that would end
 * at 0 or below are cut there. False if nothing is left. */
bool yk_law_shorten(const struct yk_period_law *law, double by_s, struct yk_period_law *out);
/* Every period longer by this factor, above 0: what a law is if its mean was measured too short. */
bool yk_law_stretch(const struct yk_period_law *law, double factor, struct yk_period_law *out);

double yk_law_survivor(const struct yk_period_law *law, double t_s);    /* F'(t): 1 up to the shortest period */
double yk_law_equilibrium(const struct yk_period_law *law, double t_s); /* Fe'(t): 1 at 0, 1 - t/R up to the shortest */
double yk_law_shortest_s(const struct yk_period_law *law);
double yk_law_longest_s(const struct yk_period_law *law);

#endif
