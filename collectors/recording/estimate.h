/* What a recording says about devices: visits, arrivals, stays, occupancy. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * No period of address rotation is assumed: it is measured in the recording (rotation/period.h), and where it cannot be,
 * the figures that need it are not known and say why. Method: estimate.c. */
#ifndef YK_RECORDING_ESTIMATE_H
#define YK_RECORDING_ESTIMATE_H

#include "recording/listen.h"
#include "rotation/period.h"

/* A number with its 95 % interval; or why there is none here. */
struct yk_figure {
    const char *why; /* NULL: known */
    double value, lower, upper;
    bool bounded; /* not known, but not outside of lower and upper */
};

enum yk_device_group {
    YK_GROUP_RESOLVABLE, /* as enum yk_rotating_class */
    YK_GROUP_NON_RESOLVABLE,
    YK_GROUP_STILL, /* public and random static addresses */
    YK_GROUP_ALL,
    YK_GROUP_COUNT
};

struct yk_group_figures {
    struct yk_rotation_sums sums;
    struct yk_figure visits;    /* N */
    struct yk_figure occupancy; /* mean number present; the bounds are without and with twice the correction for gaps */
    struct yk_figure arrivals;  /* without those who were there from the beginning; of the whole recording only */
    struct yk_figure stay_s;    /* mean; likewise */
};

struct yk_window_figures {
    int64_t start_s, end_s; /* on the UTC grid; the whole recording: in which its first and last packet lie */
    double listened_s;
    struct yk_group_figures group[YK_GROUP_COUNT];
};

struct yk_measured_period {
    enum yk_period_state state;
    struct yk_rotation_period period;
    struct yk_period_fit fit;
    uint64_t births, deaths;
};

struct yk_recording_figures {
    const char *why; /* NULL; or why nothing can be said, and nothing below is set */
    double listened_s;
    size_t stretches;
    /* Devices that are no people: still addresses that are there nearly all the time, and rotating ones that keep their
     * address for more than 1.8 h. In no figure but these. */
    int64_t infrastructure_still, infrastructure_rotating;
    struct yk_measured_period period[YK_ROTATING_COUNT + 1]; /* by class; all classes together for comparison alone */
    struct yk_window_figures whole;
    struct yk_window_figures *windows; /* quarters, or hours of a long recording; NULL if there is but one */
    size_t window_count;
};

/* Sorts the recording's list and takes infrastructure out of it. Given back with yk_recording_figures_clear. GSL's error
 * handler has to be off. */
enum yk_status yk_recording_estimate(struct yk_recording *recording, struct yk_recording_figures *out,
                                     struct yk_error *err) YK_MUST_CHECK;
void yk_recording_figures_clear(struct yk_recording_figures *figures);

#endif
