/* Persons per device of places. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Persons, then devices: from the state store while the epoch's addresses are there, from rows otherwise. */
static enum yk_status gather(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                             struct yk_pairs *pairs, struct yk_error *err)
{
    struct yk_calibrate_stores there;
    enum yk_status status = yk_calibrate_stores(a, &there, err);
    if (status == YK_OK)
        status = a->counts ? yk_pairs_read_counts(pairs, config, a->counts, err)
                           : yk_pairs_read_footfall(pairs, a->publish, a->resolution, err);
    if (status == YK_OK && a->place)
        yk_pairs_keep(pairs, a->place);
    if (status == YK_OK)
        status = yk_pairs_sort(pairs, err);
    if (status == YK_OK && there.state)
        status = yk_pairs_hear_state(pairs, config, a->state, err);
    if (status == YK_OK && there.rows)
        status = yk_pairs_hear_rows(pairs, a->publish, err);
    if (status == YK_OK && pairs->count == 0)
        status = yk_error_set(err, YK_ERR_INPUT, "no window with persons%s%s in %s", a->place ? " of " : "",
                              a->place ? a->place : "", a->counts ? a->counts : a->publish);
    return status;
}

/* pairs->list[from .. to) are of one place. */
static enum yk_status fit_place(const struct yk_pairs *pairs, size_t from, size_t to, struct yk_place_fit *out)
{
    *out = (struct yk_place_fit){.place = pairs->list[from].place,
                                 .points = calloc(to - from, sizeof *out->points),
                                 .residual = calloc(to - from, sizeof *out->residual)};
    if (!out->points || !out->residual)
        return YK_ERR_MEMORY;
    double errors = 0, rotations = 0;
    for (size_t i = from; i < to; i++) {
        const struct yk_pair *pair = &pairs->list[i];
        if (!pair->heard) {
            out->unheard++;
            continue;
        }
        out->points[out->count++] = pair->point;
        if (!isnan(pair->point.addresses)) {
            double turns = fmax(0, pair->point.addresses - pair->point.devices);
            errors += turns * pair->period_se;
            rotations += turns;
        }
    }
    out->state = yk_calibration_fit(out->points, out->count, &out->fit, out->residual);
    if (out->state == YK_CALIBRATION_OK)
        out->fit.period_se = rotations > 0 ? errors / rotations : 0;
    return YK_OK;
}

static enum yk_status fit_all(const struct yk_pairs *pairs, struct yk_place_fit **out, size_t *count)
{
    *out = calloc(pairs->count + 1, sizeof(**out));
    if (!*out)
        return YK_ERR_MEMORY;
    for (size_t from = 0, to; from < pairs->count; from = to) {
        for (to = from + 1; to < pairs->count && strcmp(pairs->list[to].place, pairs->list[from].place) == 0;)
            to++;
        if (fit_place(pairs, from, to, &(*out)[(*count)++]) != YK_OK)
            return YK_ERR_MEMORY;
    }
    return YK_OK;
}

static enum yk_status accept_fits(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                  const struct yk_place_fit *fits, size_t count, const struct yk_hold *hold,
                                  struct yk_error *err)
{
    struct yk_calibration_entry *entries = calloc(count + 1, sizeof *entries);
    if (!entries)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (fits[i].state != YK_CALIBRATION_OK)
            continue;
        entries[n] = yk_calibrate_entry(a, hold, YK_CALIBRATION_OF_DEVICES, fits[i].place);
        entries[n++].fit = fits[i].fit;
    }
    enum yk_status status = yk_calibrate_accept(a, config, hold, entries, n, err);
    free(entries);
    return status;
}

enum yk_status yk_calibrate_devices(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                    const struct yk_hold *hold, struct yk_error *err)
{
    struct yk_pairs pairs = {0};
    struct yk_place_fit *fits = NULL;
    size_t count = 0, good = 0;
    enum yk_status status = gather(a, config, &pairs, err);
    if (status == YK_OK && fit_all(&pairs, &fits, &count) != YK_OK)
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (status == YK_OK)
        yk_calibrate_table(fits, count, hold->expires_s, stdout);
    for (size_t i = 0; i < count; i++)
        good += fits[i].state == YK_CALIBRATION_OK;
    if (status == YK_OK && a->json)
        status = yk_calibrate_json(a->json, config->district, fits, count, err);
    if (status == YK_OK && a->svg)
        status = yk_calibrate_svg(a->svg, fits, count, err);
    if (status == YK_OK && good == 0)
        status = yk_error_set(err, YK_ERR_INPUT, "no place could be calibrated");
    if (status == YK_OK && a->accept)
        status = accept_fits(a, config, fits, count, hold, err);
    for (size_t i = 0; i < count; i++) {
        free(fits[i].points);
        free(fits[i].residual);
    }
    free(fits);
    yk_pairs_clear(&pairs);
    return status;
}
