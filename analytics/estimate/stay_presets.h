/* Named practices of counting stays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Figures of stays can be compared only if they mean the same. In Japanese surveys of people flow by mobile devices: dwell
 * leaves out stays below 15 minutes (passing by) and of 12 hours and more (living and working there); a visitor stays for 15
 * minutes or more; the ratio of the staying population counts stays of 2 hours and more. (That detections less than 10
 * minutes apart are one stay is how lives are made everywhere, pipeline/lives/.)
 *
 * Of addresses that keep, alone: what rotates is never seen for so long. Who carries those is not everybody. */
#ifndef YK_ESTIMATE_STAY_PRESETS_H
#define YK_ESTIMATE_STAY_PRESETS_H

#include "estimate/kaplan_meier.h"
#include "estimate/stay_told.h"

#include <stddef.h>

struct yk_stay_preset {
    const char *name, *text;
    double from_s, to_s; /* stays in [from, to); to may be INFINITY */
};

extern const struct yk_stay_preset yk_stay_presets[]; /* ends with a NULL name */
/* NULL if there is none of this name. */
const struct yk_stay_preset *yk_stay_preset_find(const char *name);

enum yk_preset_figure {
    YK_PRESET_SHARE,  /* of all stays, that are in the range; 0..1 */
    YK_PRESET_MEDIAN, /* length of the stays in the range, seconds */
};

/* out->arrivals: the stays that the figure is about, all of them or those that reach the range, without an error. States other
 * than OK: TOO_FEW (YK_STAY_PIECES_MIN stays; two in the range for a median), BEYOND (nobody was watched for so long), WIDE
 * (the median's upper bound is not reached), NO_MEMORY. */
enum yk_told_state yk_stay_preset_told(const struct yk_stay_day *day, const struct yk_stay_preset *preset,
                                       enum yk_preset_figure figure, struct yk_stay_told *out);
/* The same of stays at hand, ages 0, which are sorted by length. Allocates for its own use and frees it. */
enum yk_told_state yk_stay_preset_read(struct yk_km_stay *stays, size_t count, const struct yk_stay_preset *preset,
                                       enum yk_preset_figure figure, struct yk_stay_told *out);

#endif
