/* Named practices of counting stays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Figures of stays can be compared only if they mean the same. In Japanese surveys of people flow by mobile devices:
 * detections less than 10 minutes apart are one stay; dwell leaves out stays below 15 minutes (passing by) and of 12 hours
 * and more (living and working there); a visitor stays for 15 minutes or more; the ratio of the staying population
 * counts stays of 2 hours and more. Each is a reading of the survivor of stays (stay_curve.h). */
#ifndef YK_ESTIMATE_STAY_PRESETS_H
#define YK_ESTIMATE_STAY_PRESETS_H

#include "estimate/stay_curve.h"

#include <stddef.h>

struct yk_stay_preset {
    const char *name, *text;
    double from_s, to_s; /* stays in [from, to); to may be INFINITY */
};

#define YK_STAY_MERGE_GAP_S 600.0

extern const struct yk_stay_preset yk_stay_presets[]; /* ends with a NULL name */
/* NULL if there is none of this name. */
const struct yk_stay_preset *yk_stay_preset_find(const char *name);

struct yk_stay_figure {
    enum yk_stay_answer answer;
    double value; /* 0 unless observed */
};

struct yk_stay_figures {
    struct yk_stay_figure share;                   /* of all stays that are in the range */
    struct yk_stay_figure mean_s, median_s, p90_s; /* of the stays in the range */
    bool
        open_ended; /* the curve does not reach `to`: longer stays are not left out. Under rotation hardly any is seen. */
};
void yk_stay_preset_apply(const struct yk_stay_curve *curve, const struct yk_stay_preset *preset,
                          struct yk_stay_figures *out);

/* Detections of one tag or unchanging address into stays: those less than gap_s apart become one. spans: begin and end, in
 * order of begin; joined in place. How many are left. */
size_t yk_stay_merge(double (*spans)[2], size_t count, double gap_s);

#endif
