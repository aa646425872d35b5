/* A row before the gate. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GATE_CANDIDATE_H
#define YK_GATE_CANDIDATE_H

#include "kpi_row.h"

struct yk_candidate {
    struct yk_kpi_row row;
    /* Lower bound of the estimated number of devices that the row is about: what k is tested on. NAN: the row is about
     * no device (camera counts, coverage). */
    double devices_lower;
};

#endif
