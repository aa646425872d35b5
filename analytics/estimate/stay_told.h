/* How long stays last, told only where it can be known. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method, the conditions and what they leave of the errors: stay_told.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_STAY_TOLD_H
#define YK_ESTIMATE_STAY_TOLD_H

#include "estimate/interval.h"
#include "estimate/stay_day.h"

struct yk_stay_asked {
    bool
        longer; /* the share of stays that last `at` seconds or longer; otherwise the length that the share `at` of stays */
    double at; /* does not exceed, 0 < at < 1 */
};

enum yk_told_state {
    YK_TOLD_OK,
    YK_TOLD_NO_PERIOD, /* rotating addresses were heard and no period is known for them */
    YK_TOLD_TOO_FEW,   /* lives that began in the day */
    YK_TOLD_UNSURE,    /* arrivals are not known to a quarter */
    YK_TOLD_BEYOND,    /* longer than addresses last */
    YK_TOLD_DISAGREES, /* the curve with the count of arrivals */
    YK_TOLD_WIDE,      /* no interval with the period's error in it, or one that says nothing */
    YK_TOLD_NO_MEMORY,
};
const char *yk_told_state_text(enum yk_told_state state);

struct yk_stay_told {
    struct yk_interval figure;   /* all NAN on any state but OK */
    struct yk_interval arrivals; /* of devices, which the figure is about; NAN where no period is known */
    double fewest; /* devices that it singles out: of a share counted one by one, those in it or those not */
};

/* Of a share of so many: those in it or those not, whichever are fewer; all, where none or all are in it. */
double yk_stay_fewest(double share, double of);

/* The curves of a day, that of the whole and those that are drawn for its error: made once, when they are first needed, and read
 * for each figure. The day has to outlive them. NULL without memory; free with yk_stay_curves_free, NULL is allowed. */
struct yk_stay_curves;
struct yk_stay_curves *yk_stay_curves_new(const struct yk_stay_day *day);
void yk_stay_curves_free(struct yk_stay_curves *curves);
const struct yk_stay_day *yk_stay_curves_day(const struct yk_stay_curves *curves);

enum yk_told_state yk_stay_told(struct yk_stay_curves *curves, const struct yk_stay_asked *asked,
                                struct yk_stay_told *out);

#endif
