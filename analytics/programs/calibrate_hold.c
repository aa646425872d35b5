/* From when to when an accepted calibration holds. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * It begins with an epoch (of a line: with a local day), since rows of one day have one set of parameters, and with one that has
 * not begun, so that published rows stay as they are. A past that is replayed may be calibrated on request, and only where nothing
 * of that time was published as final: a final row is never told again, and would say something else than the calibrations do. */
#include "calibrate_private.h"

#include "base/calendar.h"
#include "store/publish.h"

#include <string.h>
#include <unistd.h>

/* The first epoch, or the day, that begins on the local date whose midnight this is. */
static int64_t first_of_date(const struct yk_config *config, bool lines, int64_t midnight_s)
{
    int hours = config->privacy.epoch_hours, offset_s = config->privacy.epoch_start_s;
    if (lines)
        return midnight_s;
    int64_t epoch_s = yk_epoch_start(midnight_s, hours, offset_s);
    return epoch_s < midnight_s ? yk_epoch_end(epoch_s, hours, offset_s) : epoch_s;
}

static int64_t next_begin(const struct yk_config *config, bool lines, int64_t now_s)
{
    int hours = config->privacy.epoch_hours, offset_s = config->privacy.epoch_start_s;
    if (lines)
        return yk_calendar_day_next(yk_calendar_day_start(now_s, 0), 0);
    return yk_epoch_end(yk_epoch_start(now_s, hours, offset_s), hours, offset_s);
}

static enum yk_status read_date(const struct yk_config *config, bool lines, const char *option, const char *text,
                                int64_t *out_s, struct yk_error *err)
{
    struct yk_wall wall;
    if (strlen(text) != 10 || !yk_time_parse(text, &wall))
        return yk_error_set(err, YK_ERR_USAGE, "%s takes a date such as 2026-04-01, not '%.40s'", option, text);
    *out_s = first_of_date(config, lines, wall.us / 1000000);
    return YK_OK;
}

enum yk_status yk_hold_find(const struct yk_config *config, bool lines, const char *from, const char *expires,
                            bool for_the_past, struct yk_hold *out, struct yk_error *err)
{
    char text[YK_TIME_TEXT_MAX];
    enum yk_status status = YK_OK;
    int64_t next_s = next_begin(config, lines, out->now_s);
    out->from_s = next_s;
    if (from)
        status = read_date(config, lines, "--valid-from", from, &out->from_s, err);
    out->expires_s = out->from_s + YK_CALIBRATION_YEAR_S;
    if (status == YK_OK && expires)
        status = read_date(config, lines, "--expires", expires, &out->expires_s, err);
    if (status != YK_OK)
        return status;
    out->begun = out->from_s < next_s;
    if (out->expires_s <= out->from_s)
        return yk_error_set(err, YK_ERR_USAGE, "--expires has to be after the day from which on it holds (%.10s)",
                            yk_time_format(text, out->from_s));
    if (out->begun && !for_the_past)
        return yk_error_set(
            err, YK_ERR_REFUSED,
            "%s has begun, and its rows may be out; the first that has not is %.10s. For a past that is "
            "replayed say --for-the-past",
            from, yk_time_format(text, next_s));
    return YK_OK;
}

struct search {
    bool lines;
    bool found;
    struct yk_kpi_row row; /* the first */
};

/* A row that was told as it would not be told with another calibration. Outages, and what was not measurable, stay so. */
static void look(void *context, const struct yk_kpi_row *row)
{
    struct search *s = context;
    bool of_lines = strcmp(row->kpi, "footfall") == 0 || strcmp(row->kpi, "los") == 0;
    bool moves = s->lines ? of_lines && row->state != YK_STATE_MISSING
                          : !of_lines && (row->reason == YK_REASON_UNCALIBRATED ||
                                          (row->state != YK_STATE_MISSING && strstr(row->parameters, " C") != NULL));
    if (s->found || !row->final || !moves)
        return;
    s->found = true;
    s->row = *row;
}

enum yk_status yk_hold_refuse_published(const char *publish, const struct yk_calibration_entry *entries, size_t count,
                                        struct yk_error *err)
{
    struct yk_publish *store = NULL;
    if (access(publish, F_OK) != 0)
        return YK_OK;
    enum yk_status status = yk_publish_open(publish, YK_PUBLISH_READ, &store, err);
    struct search search = {0};
    for (size_t i = 0; i < count && status == YK_OK && !search.found; i++) {
        const struct yk_calibration_entry *e = &entries[i];
        search.lines = e->kind == YK_CALIBRATION_OF_LINE;
        /* Places that have radios draw on each other; lines don't. */
        const struct yk_row_query question = {.place = search.lines ? e->place : NULL,
                                              .resolution = YK_RES_COUNT,
                                              .from_s = e->valid_from_s,
                                              .to_s = e->expires_s};
        status = yk_publish_query(store, &question, look, &search, NULL, err);
    }
    yk_publish_close(store);
    char text[YK_TIME_TEXT_MAX];
    if (status == YK_OK && search.found)
        status = yk_error_set(err, YK_ERR_REFUSED,
                              "%s has final rows of that time (%s of %s, %s), and what is final stays as it was "
                              "published. Replay into a new publish store, and name that with --publish; it need not "
                              "exist yet",
                              publish, search.row.kpi, search.row.place, yk_time_format(text, search.row.start_s));
    return status;
}
