/* What share of those who pass come in, or stop. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Turn-in rate = entries / passers, stop rate = stops / passers. Method and sources: turn_in.c. */
#ifndef YK_ESTIMATE_TURN_IN_H
#define YK_ESTIMATE_TURN_IN_H

#include "estimate/interval.h"

#include <stddef.h>
#include <stdint.h>

/* One window, 15 minutes as a rule. Passers include those who turn in. */
struct yk_turn_in_bin {
    int64_t passers;
    int64_t turned; /* entries or stops */
};

enum yk_turn_in_state {
    YK_TURN_IN_OK,
    YK_TURN_IN_BAD_COUNTS, /* a negative count */
    YK_TURN_IN_NOBODY,     /* no passer: there is no rate */
    YK_TURN_IN_ABOVE_ALL,  /* more entries than passers: the two are not counted of the same people */
};
const char *yk_turn_in_state_text(enum yk_turn_in_state state);

#define YK_TURN_IN_BINS_MIN 8 /* bins with passers from which the scatter between bins is measured */

struct yk_turn_in {
    struct yk_interval rate; /* 95 %; NAN unless OK */
    double dispersion;       /* by how much the scatter between bins multiplies the binomial variance; at least 1 */
    size_t bins;             /* with passers */
    int64_t passers, turned;
};

/* One bin, or few: every passer is taken to decide alone. Bins from YK_TURN_IN_BINS_MIN on say by themselves how people
 * go together and how the rate changes over the day. Order does not matter. */
enum yk_turn_in_state yk_turn_in_rate(const struct yk_turn_in_bin *bins, size_t count, struct yk_turn_in *out);

#endif
