/* What is in a file of camera tracks. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same reader and the same table of tracks as the source uses, with two differences: no track is too short, and raw
 * crossings are told too, so that the figures can be laid beside a reference. Figures only: no track number is shown.
 */
#include "sources/inspect_camera.h"

#include "decode/camera_reader.h"
#include "sources/tracks.h"

#include <time.h>

struct counts {
    json_int_t plus, minus;
};

struct result {
    struct counts raw, counted;
};

static void count(struct counts *counts, const struct yk_crossing *crossing)
{
    if (crossing->direction > 0)
        counts->plus++;
    else
        counts->minus++;
}

static enum yk_status on_crossing(void *context, const struct yk_crossing *crossing, struct yk_error *err)
{
    (void)err;
    count(&((struct result *)context)->counted, crossing);
    return YK_OK;
}

static enum yk_status on_raw_crossing(void *context, const struct yk_crossing *crossing, struct yk_error *err)
{
    (void)err;
    count(&((struct result *)context)->raw, crossing);
    return YK_OK;
}

/* In UTC: a recording has no district. */
static json_t *time_json(int64_t time_us, bool dated)
{
    if (!dated)
        return json_real((double)time_us / 1e6);
    int64_t ms = (time_us + 500) / 1000;
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char text[64], whole[32];
    if (!gmtime_r(&seconds, &tm) || strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return json_null();
    snprintf(text, sizeof text, "%s.%03dZ", whole, (int)(ms % 1000));
    return json_string(text);
}

static json_t *drops_json(const struct yk_drops *drops)
{
    json_t *object = json_object();
    for (int reason = 0; reason < YK_DROP_COUNT; reason++)
        if (drops->count[reason])
            json_object_set_new(object, yk_drop_name((enum yk_drop)reason),
                                json_integer((json_int_t)drops->count[reason]));
    return object;
}

static json_t *report(const struct yk_camera_dialect *dialect, const struct yk_tracks_summary *summary,
                      const struct yk_drops *drops, const struct result *result, bool has_line)
{
    bool any = summary->frames > 0;
    json_t *object = json_pack(
        "{s:s, s:I, s:I, s:o, s:o, s:o}", "format", dialect->name, "frames", (json_int_t)summary->frames, "tracks",
        (json_int_t)summary->tracks, "first", any ? time_json(summary->first_us, dialect->dated) : json_null(), "last",
        any ? time_json(summary->last_us, dialect->dated) : json_null(), "drops", drops_json(drops));
    if (object && has_line) {
        json_object_set_new(object, "crossings_raw",
                            json_pack("{s:I, s:I}", "plus", result->raw.plus, "minus", result->raw.minus));
        json_object_set_new(object, "crossings",
                            json_pack("{s:I, s:I}", "plus", result->counted.plus, "minus", result->counted.minus));
    }
    return object;
}

bool yk_inspect_camera_guess(const char *path)
{
    return yk_camera_file_guess(path) != NULL;
}

enum yk_status yk_inspect_camera(const char *path, const struct yk_inspect_camera_options *options, json_t **out,
                                 struct yk_error *err)
{
    struct yk_line_config line = {
        .id = "--line",
        .points = {.count = 2, .points = {{options->line[0], options->line[1]}, {options->line[2], options->line[3]}}},
        .hysteresis = options->hysteresis};
    struct yk_sensor_config sensor = {.id = "inspect", .lines = &line, .line_count = options->has_line ? 1 : 0};
    struct yk_tracks_options every = yk_tracks_defaults;
    every.min_age_us = 0;
    struct result result = {{0, 0}, {0, 0}};
    struct yk_tracks_listener listener = {.crossing = on_crossing, .raw_crossing = on_raw_crossing, .context = &result};
    struct yk_drops drops = {{0}};
    struct yk_tracks *tracks;
    enum yk_status status = yk_tracks_new(&sensor, &every, &listener, &drops, &tracks, err);
    if (status != YK_OK)
        return status;

    struct yk_camera_reader_options reading = {
        .format = options->format,
        .camera = {.fps = options->fps > 0 ? options->fps : YK_INSPECT_FPS, .has_base = true, .base_us = 0}};
    struct yk_camera_sink sink = yk_tracks_sink(tracks);
    const struct yk_camera_dialect *dialect;
    status = yk_camera_read(path, &reading, &sink, &dialect, err);
    if (status == YK_OK)
        status = yk_tracks_end(tracks, err);
    if (status == YK_OK && !dialect)
        status = yk_error_set(err, YK_ERR_INPUT, "%s is empty", path);
    else if (status == YK_OK) {
        struct yk_tracks_summary summary = yk_tracks_summary(tracks);
        *out = report(dialect, &summary, &drops, &result, options->has_line);
        if (!*out)
            status = yk_error_set(err, YK_ERR_MEMORY, "no memory for the report on %s", path);
    }
    yk_tracks_free(tracks);
    return status;
}
