/* What is known of the district's days: holidays, days of its own, the weather. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_FOLLOWED_DAYS_H
#define YK_FOLLOWED_DAYS_H

#include "base/error.h"
#include "config/config.h"
#include "estimate/baseline.h"

struct yk_followed_calendar {
    struct yk_baseline_days days; /* what a baseline takes; points into the rest */
    uint8_t *kind;
    double *covariate;
    char covariates_id[9]; /* head of the hash of the covariates' file; "": none */
};

/* The days from the local day of from_s to that of to_s. Free with yk_followed_calendar_clear, also after a failure.
 * YK_ERR_NO_INPUT: the covariates' file cannot be read; YK_ERR_CONFIG: it is none. */
enum yk_status yk_followed_calendar_open(struct yk_followed_calendar *calendar, const struct yk_config *config,
                                         int64_t from_s, int64_t to_s, struct yk_error *err) YK_MUST_CHECK;
void yk_followed_calendar_clear(struct yk_followed_calendar *calendar);
/* The kind of a day by its number (yk_baseline_day). */
uint8_t yk_followed_calendar_kind(const struct yk_followed_calendar *calendar, int64_t day);

#endif
