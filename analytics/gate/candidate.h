/* A row before the gate. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GATE_CANDIDATE_H
#define YK_GATE_CANDIDATE_H

#include "kpi_row.h"

struct yk_candidate {
    struct yk_kpi_row row;
    /* Lower bound of the estimated number of devices that the row is about: what k is tested on. NAN: the row is about
     * no device (camera counts, coverage). */
    double devices_lower;
    /* How many persons a row about camera counts speaks of: what line_k is tested on. Of corrected counts the persons or the
     * crossings, whichever are fewer: the row tells both. 0: the row's own value, where it is a count of persons. */
    double persons;
    /* A mean, a share or a quantile of devices: it does not add up to a whole, so nothing is hidden for its sake, and rounding
     * would spoil it; it is told when it is final only, since two revisions of it and of the count tell one device's part. */
    bool ratio;
    /* A share, or a sum over a part of the day, of its place's crossings: told beside them it would tell one that is hidden. */
    bool of_lines;
};

#endif
