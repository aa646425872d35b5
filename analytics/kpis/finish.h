/* The finisher: states to rows. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A pure function from merged states, the configuration and frozen periods to rows; nothing in it depends on when or in
 * which order frames came. It runs over days: device days from epoch to epoch, camera days from midnight. A day whose
 * horizon has passed is told for the last time, as final; a final epoch's pseudonyms are erased. */
#ifndef YK_KPIS_FINISH_H
#define YK_KPIS_FINISH_H

#include "calibrations/calibrations.h"
#include "config/config.h"
#include "state/state_store.h"
#include "store/publish.h"

struct yk_finish {
    const struct yk_config *config;
    struct yk_state_store *store;
    struct yk_publish *publish;
    const struct yk_calibrations *calibrations; /* or NULL: nothing is calibrated */
    int64_t now_s;   /* for horizons, and as the end of the tables when live; INT64_MAX makes every day final */
    bool everything; /* all days that are not final, not only those that changed */
    void (*progress)(void *context, int64_t done_s, int64_t total_s);
    void *context;
    uint64_t rows; /* counted */
};

/* True once nothing of a day that ended at end_s is accepted any more, of cameras and of sums. */
static inline bool yk_finish_past_horizon(const struct yk_finish *finish, int64_t end_s)
{
    return finish->now_s == INT64_MAX || finish->now_s >= end_s + (int64_t)finish->config->retention.plain_days * 86400;
}

/* Evaluates what changed since the last call and publishes it. */
enum yk_status yk_finish_run(struct yk_finish *finish, struct yk_error *err) YK_MUST_CHECK;
/* Days of what is followed over time that ended since the last call, and those that can be final now; after yk_finish_run, whose rows
 * they are made of. YK_ERR_NO_INPUT and YK_ERR_CONFIG are about the covariates' file: nothing was told, and it will be tried again. */
enum yk_status yk_finish_followed(struct yk_finish *finish, struct yk_error *err) YK_MUST_CHECK;

#endif
