/* A day's lives at a place, with the laws of their periods. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_ESTIMATE_STAY_DAY_H
#define YK_ESTIMATE_STAY_DAY_H

#include "estimate/period_law.h"
#include "estimate/stay_tally.h"
#include "rotation/rotation.h"

struct yk_stay_day {
    const struct yk_stay_tally *tally;
    const struct yk_radio_sums *sums; /* of the same lives */
    /* By kind; the first is not used, those addresses keep. */
    bool known[YK_STAY_KINDS];
    struct yk_rotation_period period[YK_STAY_KINDS];
    struct yk_period_law law[YK_STAY_KINDS]; /* of the period's mean */
    double known_to_s[YK_STAY_KINDS];        /* the length up to which its shape is known */
};

/* period: by rotating class, NULL where it is not known. The shape of the law is measured in the lives themselves
 * (period_shape.h), of both kinds together where their periods agree; where that can't be, it is known to 0.6 R as it is from the
 * mean alone. tally and sums have to outlive the day. False without memory. Nothing to free. */
bool yk_stay_day_init(struct yk_stay_day *day, const struct yk_stay_tally *tally, const struct yk_radio_sums *sums,
                      const struct yk_rotation_period *resolvable, const struct yk_rotation_period *non_resolvable);

/* Sums of the classes that make a kind, as far as arrivals need them. */
struct yk_rotation_sums yk_stay_day_sums(const struct yk_stay_day *day, enum yk_stay_kind kind);

#endif
