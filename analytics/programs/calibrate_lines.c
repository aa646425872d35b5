/* Persons per crossing of cameras' lines. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate_private.h"

#include "base/text.h"

#include <stdlib.h>

/* Sessions, then what the camera counted in them. */
static enum yk_status gather_lines(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                   struct yk_sessions *sessions, struct yk_error *err)
{
    struct yk_calibrate_stores there;
    enum yk_status status = yk_calibrate_stores(a, &there, err);
    if (status == YK_OK)
        status = yk_sessions_read(sessions, config, a->counts, err);
    if (status == YK_OK && a->place)
        yk_sessions_keep(sessions, a->place);
    if (status == YK_OK && sessions->count == 0)
        status = yk_error_set(err, YK_ERR_INPUT, "no session%s%s in %s", a->place ? " at " : "",
                              a->place ? a->place : "", a->counts);
    if (status == YK_OK && there.state)
        status = yk_sessions_watch_state(sessions, config, a->state, err);
    if (status == YK_OK && there.rows)
        status = yk_sessions_watch_rows(sessions, config, a->publish, err);
    return status;
}

static enum yk_status accept_lines(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                   const struct yk_line_fitted *fits, size_t count, const struct yk_hold *hold,
                                   struct yk_error *err)
{
    struct yk_calibration_entry *entries = calloc(count + 1, sizeof *entries);
    if (!entries)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (fits[i].state != YK_RATIO_OK)
            continue;
        struct yk_calibration_entry *e = &entries[n++];
        *e = yk_calibrate_entry(a, hold, YK_CALIBRATION_OF_LINE, fits[i].place);
        (void)yk_text_copy(e->line, sizeof e->line, fits[i].line);
        (void)yk_text_copy(e->direction, sizeof e->direction, fits[i].direction);
        e->line_fit = fits[i].fit;
    }
    enum yk_status status = yk_calibrate_accept(a, config, hold, entries, n, err);
    free(entries);
    return status;
}

enum yk_status yk_calibrate_lines(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                  const struct yk_hold *hold, struct yk_error *err)
{
    struct yk_sessions sessions = {0};
    struct yk_line_fitted *fits = NULL;
    size_t count = 0, good = 0;
    enum yk_status status = gather_lines(a, config, &sessions, err);
    if (status == YK_OK && yk_sessions_fit(&sessions, &fits, &count) != YK_OK)
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (status == YK_OK)
        yk_calibrate_lines_table(fits, count, hold->expires_s, stdout);
    for (size_t i = 0; i < count; i++)
        good += fits[i].state == YK_RATIO_OK;
    if (status == YK_OK && a->json)
        status = yk_calibrate_lines_json(a->json, config->district, fits, count, err);
    if (status == YK_OK && a->svg)
        status = yk_calibrate_lines_svg(a->svg, fits, count, err);
    if (status == YK_OK && good == 0)
        status = yk_error_set(err, YK_ERR_INPUT, "no line could be calibrated");
    if (status == YK_OK && a->accept)
        status = accept_lines(a, config, fits, count, hold, err);
    yk_lines_fitted_free(fits, count);
    yk_sessions_clear(&sessions);
    return status;
}
