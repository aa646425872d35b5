/* A survey that counts a part of the time, expanded to all of it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and sources: expansion.c. */
#ifndef YK_ESTIMATE_EXPANSION_H
#define YK_ESTIMATE_EXPANSION_H

#include "estimate/interval.h"

#include <stddef.h>
#include <stdint.h>

struct yk_survey_count {
    int64_t start_s, end_s;
    double count; /* at least 0 */
};

enum yk_expansion_basis {
    YK_EXPANSION_NONE,    /* all of the time was counted: nothing is estimated */
    YK_EXPANSION_SAMPLED, /* expanded */
};

struct yk_expansion {
    struct yk_interval total; /* of the persons who passed in the window */
    enum yk_expansion_basis basis;
    double factor;         /* declared with the number: window / time counted */
    double highest_factor; /* of a stratum */
    double counted;        /* persons that were counted */
    int64_t counted_s, window_s;
    double phi; /* dispersion between neighbouring intervals, at least 1 */
    double dof; /* of t */
    size_t counts;
};

enum yk_expansion_state {
    YK_EXPANSION_OK,
    YK_EXPANSION_BAD_COUNTS, /* not a count, out of order, over each other, over a stratum's end or outside the window */
    YK_EXPANSION_HOLE,       /* a stratum in which nothing was counted: it cannot be expanded from others */
    YK_EXPANSION_TOO_FEW,    /* intervals to tell a spread from */
};
const char *yk_expansion_state_text(enum yk_expansion_state state);

#define YK_EXPANSION_COUNTS_MIN 4

/* The window [from_s, to_s) in strata of stratum_s (3600: each hour is expanded by itself), counts in order of time. *out is
 * zeroed on any state but OK. */
enum yk_expansion_state yk_expansion(const struct yk_survey_count *counts, size_t count, int64_t from_s, int64_t to_s,
                                     int64_t stratum_s, struct yk_expansion *out);

#endif
