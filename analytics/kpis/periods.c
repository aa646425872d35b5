/* Freezing periods. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/periods.h"

#include "base/calendar.h"

#include <stdio.h>
#include <string.h>

#define EPOCHS_BACK 8
#define ANY         YK_ROTATING_COUNT /* all classes together */

struct pool {
    struct yk_lag_histogram lags[YK_ROTATING_COUNT + 1];
};

static enum yk_status add_cell(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct pool *pool = context;
    struct yk_lag_histogram all = {0};
    /* A sensor that hears too rarely for an epoch's measurement takes the others'. */
    for (int r = 0; r < YK_ROTATING_COUNT; r++)
        yk_lag_histogram_add(&all, &cell->as.lags->lags[r]);
    if (yk_period_too_slow(&all))
        return YK_OK;
    for (int r = 0; r < YK_ROTATING_COUNT; r++) {
        yk_lag_histogram_add(&pool->lags[r], &cell->as.lags->lags[r]);
        yk_lag_histogram_add(&pool->lags[ANY], &cell->as.lags->lags[r]);
    }
    return YK_OK;
}

/* Takes from the pool what is not known yet. Slots tell which windows and classes share a measurement and so its error.
 */
static void measure(const struct pool *pool, unsigned first_slot, struct yk_periods *out)
{
    struct yk_rotation_period all;
    bool all_known = yk_period_estimate(&pool->lags[ANY], &all, NULL) == YK_PERIOD_OK;
    for (int r = 0; r < YK_ROTATING_COUNT; r++) {
        if (out->known[r])
            continue;
        struct yk_rotation_period own;
        enum yk_period_state state = yk_period_estimate(&pool->lags[r], &own, NULL);
        if (state == YK_PERIOD_OK) {
            out->period[r] = own;
            out->period[r].slot = first_slot + (unsigned)r;
        } else if (all_known && state != YK_PERIOD_TOO_SLOW) {
            /* Too few of it for a measurement of its own. One that is heard too rarely is another kind of device: in a real
             * hour the others' period made one device of its 38 addresses. */
            out->period[r] = all;
            out->period[r].slot = first_slot + ANY;
        } else {
            continue;
        }
        out->known[r] = true;
    }
}

void yk_periods_none(const struct yk_config *config, struct yk_periods *out)
{
    memset(out, 0, sizeof *out);
    snprintf(out->id, sizeof out->id, "%.16s", config->version_id);
}

enum yk_status yk_periods_of_epoch(const struct yk_config *config, struct yk_state_store *store, int64_t epoch_s,
                                   struct yk_periods *out, struct yk_error *err)
{
    yk_periods_none(config, out);
    int64_t before_s = yk_epoch_start(epoch_s - 1, config->privacy.epoch_hours, config->privacy.epoch_start_s);
    int64_t from_s = before_s;
    for (int i = 0; i < EPOCHS_BACK; i++)
        from_s = yk_epoch_start(from_s - 1, config->privacy.epoch_hours, config->privacy.epoch_start_s);
    struct pool pool;
    memset(&pool, 0, sizeof pool);
    enum yk_status status = yk_state_read(store, YK_CELL_LAGS, 0, NULL, from_s, before_s, add_cell, &pool, err);
    if (status != YK_OK)
        return status;
    measure(&pool, 0, out);
    if (!out->known[0] || !out->known[1]) {
        memset(&pool, 0, sizeof pool);
        status = yk_state_read(store, YK_CELL_LAGS, 0, NULL, epoch_s, epoch_s + 1, add_cell, &pool, err);
        if (status != YK_OK)
            return status;
        measure(&pool, ANY + 1, out);
    }
    char texts[YK_ROTATING_COUNT][10] = {"?", "?"};
    for (int r = 0; r < YK_ROTATING_COUNT; r++)
        if (out->known[r])
            snprintf(texts[r], sizeof texts[r], "%.1f", out->period[r].period_s);
    snprintf(out->id, sizeof out->id, "%.16s R%s/%s", config->version_id, texts[0], texts[1]);
    return YK_OK;
}
