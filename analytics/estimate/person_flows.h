/* Flows of persons between places, from flows of devices and counts of persons. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Model, limits and measured errors: person_flows.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_PERSON_FLOWS_H
#define YK_ESTIMATE_PERSON_FLOWS_H

#include "estimate/calibration.h"
#include "estimate/interval.h"

#include <stdbool.h>
#include <stddef.h>

/* A place that people come to and leave. */
struct yk_person_place {
    double devices;             /* visits of devices, above 0 */
    double period;              /* by what their logarithm grows if the rotation period is one standard error longer */
    struct yk_interval persons; /* visits of persons, above 0 */
    double common;              /* share of the variance of that which all places have in common, 0 to 1 */
    double scatter;             /* variance of persons about rho times their devices, per person: who carries one */
};

/* Devices that went from one place to another. */
struct yk_person_flow {
    size_t from, to; /* into the places */
    double devices;  /* above 0 */
    double variance; /* of it, the period known */
    double period;   /* by what its logarithm falls if the rotation period is one standard error longer */
};

enum yk_person_flows_state {
    YK_PERSON_FLOWS_OK,
    YK_PERSON_FLOWS_BAD_NUMBERS, /* of a place or flow, or a flow to nowhere */
    YK_PERSON_FLOWS_UNSETTLED,   /* the fit does not settle */
    YK_PERSON_FLOWS_MEMORY,
};
const char *yk_person_flows_state_text(enum yk_person_flows_state state);

/* A calibrated place with these visits of devices. pooled: its calibration is that of the others, which share its error. */
void yk_person_place(const struct yk_calibration *calibration, bool pooled, const struct yk_visits *visits,
                     double period_relative_se, struct yk_person_place *out);

/* Persons who went, for each flow; at most one flow for each pair. The same seed gives the same intervals. Allocates for its own
 * use and frees it. *out (of `flow_count`) is NAN on any state but OK. */
enum yk_person_flows_state yk_person_flows(const struct yk_person_place *places, size_t place_count,
                                           const struct yk_person_flow *flows, size_t flow_count, unsigned long seed,
                                           struct yk_interval *out);

#endif
