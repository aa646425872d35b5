/* What `yukikai calibrate` reads from, and what it adds to the calibrations file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate_private.h"

#include "base/calendar.h"
#include "base/text.h"

#include <unistd.h>

enum yk_status yk_calibrate_stores(const struct yk_calibrate_arguments *a, struct yk_calibrate_stores *out,
                                   struct yk_error *err)
{
    char state_file[4096];
    snprintf(state_file, sizeof state_file, "%s/state.db", a->state);
    *out = (struct yk_calibrate_stores){access(state_file, F_OK) == 0, access(a->publish, F_OK) == 0};
    if (out->state || out->rows)
        return YK_OK;
    return yk_error_set(err, YK_ERR_NO_INPUT, "neither %s nor %s exists: say where with --state and --publish",
                        a->state, a->publish);
}

struct yk_calibration_entry yk_calibrate_entry(const struct yk_calibrate_arguments *a, const struct yk_hold *hold,
                                               enum yk_calibration_kind kind, const char *place)
{
    struct yk_calibration_entry e = {
        .kind = kind, .accepted_s = hold->now_s, .valid_from_s = hold->from_s, .expires_s = hold->expires_s};
    (void)yk_text_copy(e.place, sizeof e.place, place);
    (void)yk_text_copy(e.by, sizeof e.by, a->by);
    return e;
}

enum yk_status yk_calibrate_accept(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                   const struct yk_hold *hold, struct yk_calibration_entry *entries, size_t count,
                                   struct yk_error *err)
{
    enum yk_status status = hold->begun ? yk_hold_refuse_published(a->publish, entries, count, err) : YK_OK;
    if (status == YK_OK)
        status = yk_calibrations_accept(a->calibrations, config->district, entries, count, err);
    char text[YK_TIME_TEXT_MAX];
    for (size_t i = 0; i < count && status == YK_OK; i++)
        printf("accepted %s for %s%s%s%s%s, from %s on\n", entries[i].id, entries[i].place, *entries[i].line ? "/" : "",
               entries[i].line, *entries[i].line ? " " : "", entries[i].direction,
               yk_time_format(text, entries[i].valid_from_s));
    return status;
}
