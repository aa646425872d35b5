/* How far a target is reached, and whether it will be. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * attainment = (actual - base)/(target - base), as in the follow-up of Japan's plans for town centres: 0 where nothing has changed
 * since the base year, 1 where the target is met, below 0 where it got worse. A target below the base (fewer empty shops) counts
 * downwards by itself. Code and sources: attainment.c. */
#ifndef YK_ESTIMATE_ATTAINMENT_H
#define YK_ESTIMATE_ATTAINMENT_H

#include "estimate/baseline.h"
#include "estimate/interval.h"

#include <stdbool.h>
#include <stdint.h>

enum yk_attainment_status {
    YK_ATTAINMENT_NOT_YET,  /* no actual value, or nothing between base and target */
    YK_ATTAINMENT_SHORT,    /* not better than the base */
    YK_ATTAINMENT_IMPROVED, /* better than the base, short of the target */
    YK_ATTAINMENT_MET,
};
const char *yk_attainment_status_text(enum yk_attainment_status status);

struct yk_attainment {
    enum yk_attainment_status status; /* by the value, as the national follow-up does */
    bool sure;                        /* both bounds of actual have the same status */
    struct yk_interval share;         /* NAN while not yet measurable */
};
/* actual: NAN where it cannot be told yet; bounds NAN: an exact count. */
struct yk_attainment yk_attainment_of(double base, double target, struct yk_interval actual);

enum yk_attainment_measure {
    YK_ATTAINMENT_TOTAL,      /* people over the fiscal year */
    YK_ATTAINMENT_DAILY_MEAN, /* people a day: the total over the year's local days */
};

struct yk_attainment_outlook {
    struct yk_attainment at_year_end; /* of the expected value, in the measure's unit */
    struct yk_interval actual;        /* the year's total or daily mean as expected, with its 95 % interval */
    double chance;                    /* of meeting the target by the year's end */
    double covered;                   /* share of the year's hours that were counted so far */
};
/* observed: the counts of the year so far (may be NULL). Other states than YK_BASELINE_OK leave *out not measurable. */
enum yk_baseline_state yk_attainment_expect(const struct yk_baseline *baseline, const struct yk_baseline_days *days,
                                            const struct yk_series *observed, int fiscal_year, int start_month,
                                            enum yk_attainment_measure measure, double base, double target,
                                            const struct yk_baseline_draw *draw, struct yk_attainment_outlook *out);

#endif
