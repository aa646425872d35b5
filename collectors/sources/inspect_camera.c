/* What is in a file of camera tracks. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same reader as the source uses, and the scene of the whole file (scene.h) in place of the table of running tracks:
 * no track is too short and no gap too long, and raw crossings are told too, so that the figures can be laid beside a
 * reference. Figures and places only: no track number is shown.
 *
 * Time. Decoders tell microseconds. A frame rate of 9 or 15 puts frames between them, and over a thousand stays the
 * rounding could be seen in the last digits; so a time that is a frame's, to half a microsecond, is taken as frame / fps.
 * Seconds run from frame 0, of dated formats from the first frame. */
#include "sources/inspect_camera.h"

#include "decode/camera_reader.h"
#include "geometry/homography.h"
#include "sources/scene.h"
#include "sources/scene_files.h"
#include "sources/scene_svg.h"

#include <math.h>
#include <time.h>

#define HALF_US 0.501

/* Between the reader and the scene. */
struct run {
    struct yk_scene *scene;
    const struct yk_camera_dialect *dialect; /* set by the reader before the first frame */
    double fps, scale, frame[2];
    const struct yk_homography *ground; /* NULL: none */
    struct yk_drops *drops;
    bool begun;
    int64_t origin_us;
    double now_s;
    FILE *dwell;
    struct yk_scene_events *events;
    struct yk_scene_svg *svg;
};

static double seconds_of(const struct run *run, int64_t time_us)
{
    double us = (double)(time_us - run->origin_us);
    double frame = round(us * run->fps / 1e6);
    if (!run->dialect->dated && fabs(frame * 1e6 / run->fps - us) <= HALF_US)
        return frame / run->fps;
    return us / 1e6;
}

static enum yk_status on_frame(void *context, int64_t time_us, struct yk_error *err)
{
    struct run *run = (struct run *)context;
    if (!run->begun) {
        run->begun = true;
        run->origin_us = run->dialect->dated ? time_us : 0;
        yk_scene_occupancy(run->scene)->every_frame = run->dialect->every_frame;
        yk_scene_occupancy(run->scene)->fps = run->fps;
    }
    run->now_s = seconds_of(run, time_us);
    return yk_scene_frame(run->scene, run->now_s, err);
}

/* Centimetres come as 0.01: dividing by 100 rounds right, multiplying by 0.01 would not always. */
static double scaled(double value, double scale)
{
    double inverse = 1 / scale;
    return scale < 1 && inverse == round(inverse) ? value / inverse : value * scale;
}

/* Parts of the picture, pixels, metres. */
static enum yk_status on_sample(void *context, const struct yk_track_sample *sample, struct yk_error *err)
{
    struct run *run = (struct run *)context;
    double x = sample->x, y = sample->y;
    if (run->frame[0] > 0 && run->dialect->normalised) {
        x *= run->frame[0];
        y *= run->frame[1];
    }
    double place[2] = {scaled(x, run->scale), scaled(y, run->scale)};
    if (run->ground && !yk_homography_map(run->ground, place[0], place[1], place)) {
        yk_drop(run->drops, YK_DROP_malformed);
        return YK_OK;
    }
    struct yk_dwell_point point = {.x = place[0], .y = place[1], .t_s = run->now_s};
    return yk_scene_sample(run->scene, sample->track, &point, err);
}

/* To the end of the file a track that the camera ended may come back, as one that it lost. */
static enum yk_status on_change(void *context, const struct yk_track_change *change, struct yk_error *err)
{
    const struct run *run = (const struct run *)context;
    return change->kind == YK_TRACK_RENAMED ? yk_scene_rename(run->scene, change->track, change->to, err) : YK_OK;
}

/* --- from the scene to the files --- */

static enum yk_status on_event(void *context, const struct yk_scene_event *event, struct yk_error *err)
{
    struct run *run = (struct run *)context;
    return run->events ? yk_scene_events_take(run->events, event, err) : YK_OK;
}

static enum yk_status on_step(void *context, const struct yk_dwell_point *before, const struct yk_dwell_point *now,
                              struct yk_error *err)
{
    struct run *run = (struct run *)context;
    return run->svg ? yk_scene_svg_step(run->svg, before, now, err) : YK_OK;
}

static enum yk_status on_dwell(void *context, const struct yk_dwell *dwell, struct yk_error *err)
{
    struct run *run = (struct run *)context;
    (void)err;
    if (run->dwell)
        yk_scene_dwell_row(run->dwell, dwell);
    return YK_OK;
}

/* --- the report --- */

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

static json_t *pair_json(const uint64_t counts[2])
{
    return json_pack("{s:I, s:I}", "plus", (json_int_t)counts[1], "minus", (json_int_t)counts[0]);
}

static json_t *ratio_json(double sum, uint64_t n)
{
    return n ? json_real(sum / (double)n) : json_null();
}

static json_t *frame_json(const struct run *run, const struct yk_occupancy *o, double t_s)
{
    return o->frames ? time_json(run->origin_us + (int64_t)llround(t_s * 1e6), run->dialect->dated) : json_null();
}

/* In metres only. Speed is the way inside over the time inside (Edie, Proc. 2nd Int. Symp. Theory of Road Traffic Flow,
 * 1963), so that whoever stays longer counts for longer. */
static void report_ground(json_t *object, const struct yk_occupancy *o, const struct yk_scene_figures *figures,
                          double area_m2)
{
    json_object_set_new(object, "density_mean_per_m2", ratio_json((double)o->sum / area_m2, o->frames));
    json_object_set_new(object, "density_max_per_m2", json_real((double)o->max / area_m2));
    json_object_set_new(object, "speed_mean_m_s",
                        figures->dwell_total_s > 0 ? json_real(figures->path_total / figures->dwell_total_s)
                                                   : json_null());
}

static json_t *report(const struct run *run, bool has_line, const struct yk_polygon *zone)
{
    const struct yk_occupancy *o = yk_scene_occupancy(run->scene);
    struct yk_scene_figures figures = yk_scene_figures(run->scene);
    json_t *object =
        json_pack("{s:s, s:I, s:I, s:o, s:o, s:o}", "format", run->dialect->name, "frames", (json_int_t)o->frames,
                  "tracks", (json_int_t)figures.tracks, "first", frame_json(run, o, o->first_s), "last",
                  frame_json(run, o, o->last_s), "drops", drops_json(run->drops));
    if (object && has_line) {
        json_object_set_new(object, "crossings_raw", pair_json(figures.raw));
        json_object_set_new(object, "crossings", pair_json(figures.counted));
    }
    if (object && zone) {
        json_object_set_new(object, "occupancy_mean", ratio_json((double)o->sum, o->frames));
        json_object_set_new(object, "occupancy_max", json_integer((json_int_t)o->max));
        json_object_set_new(object, "dwell_mean_s", ratio_json(figures.dwell_total_s, figures.tracks_in_zone));
        json_object_set_new(object, "dwell_total_s", json_real(figures.dwell_total_s));
        json_object_set_new(object, "tracks_in_zone", json_integer((json_int_t)figures.tracks_in_zone));
        double area_m2 = yk_zone_area(zone);
        if ((run->ground || run->dialect->y_up) && area_m2 > 0)
            report_ground(object, o, &figures, area_m2);
    }
    return object;
}

bool yk_inspect_camera_guess(const char *path)
{
    return yk_camera_file_guess(path) != NULL;
}

static enum yk_status read_scene(const char *path, const struct yk_inspect_camera_options *options, struct run *run,
                                 struct yk_drops *drops, struct yk_error *err)
{
    struct yk_camera_reader_options reading = {
        .format = options->format,
        .camera = {.fps = run->fps, .fps_assumed = !(options->fps > 0), .has_base = true, .base_us = 0}};
    struct yk_camera_sink sink = {
        .frame = on_frame, .sample = on_sample, .change = on_change, .context = run, .drops = drops};
    enum yk_status status = yk_camera_read(path, &reading, &sink, &run->dialect, err);
    if (status == YK_OK)
        status = yk_scene_end(run->scene, err);
    if (status == YK_OK && !run->dialect)
        status = yk_error_set(err, YK_ERR_INPUT, "%s is empty", path);
    return status;
}

/* What is written as it comes has its file from the start. */
static enum yk_status open_series(const struct yk_inspect_camera_options *options, struct run *run, FILE **occupancy,
                                  struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (options->occupancy_path)
        status = yk_scene_file_open(options->occupancy_path, "--occupancy", occupancy, err);
    if (status == YK_OK && *occupancy) {
        yk_scene_occupancy_head(*occupancy);
        yk_scene_occupancy(run->scene)->told = yk_scene_occupancy_row;
        yk_scene_occupancy(run->scene)->context = *occupancy;
    }
    if (status == YK_OK && options->dwell_path)
        status = yk_scene_file_open(options->dwell_path, "--dwell", &run->dwell, err);
    if (status == YK_OK && run->dwell)
        yk_scene_dwell_head(run->dwell);
    return status;
}

static enum yk_status write_events(const char *path, struct yk_scene_events *events, struct yk_error *err)
{
    FILE *file;
    enum yk_status status = yk_scene_file_open(path, "--events", &file, err);
    if (status != YK_OK)
        return status;
    yk_scene_events_write(events, file);
    return yk_scene_file_close(file, path, err);
}

static enum yk_status write_svg(const char *path, const struct run *run, const struct yk_scene_options *looking,
                                struct yk_error *err)
{
    FILE *file;
    enum yk_status status = yk_scene_file_open(path, "--svg", &file, err);
    if (status != YK_OK)
        return status;
    yk_scene_svg_write(run->svg, looking->line, looking->zone, run->ground || run->dialect->y_up,
                       run->ground ? 0 : run->scale, file);
    return yk_scene_file_close(file, path, err);
}

/* What is drawn says on which side of the horizon the ground is. */
static enum yk_status set_ground(const struct yk_inspect_camera_options *options, struct yk_homography *ground,
                                 struct yk_error *err)
{
    if (!yk_homography_set(ground, options->homography))
        return yk_error_set(err, YK_ERR_USAGE, "the homography leads the whole picture to one line of the ground");
    int side = yk_homography_side(ground, &options->line);
    yk_homography_face(ground, side + yk_homography_side(ground, &options->zone));
    return YK_OK;
}

enum yk_status yk_inspect_camera(const char *path, const struct yk_inspect_camera_options *options, json_t **out,
                                 struct yk_error *err)
{
    struct yk_line line;
    bool has_line = options->line.count > 0;
    enum yk_status status = has_line ? yk_line_set(&line, &options->line, options->hysteresis, "--line", err) : YK_OK;
    struct yk_homography ground;
    if (status == YK_OK && options->has_homography)
        status = set_ground(options, &ground, err);
    if (status != YK_OK)
        return status;

    struct yk_scene_events events = {0};
    struct yk_scene_svg svg = {0};
    FILE *occupancy = NULL;
    struct yk_drops drops = {{0}};
    struct run run = {.fps = options->fps > 0 ? options->fps : YK_INSPECT_FPS,
                      .scale = options->scale > 0 ? options->scale : 1,
                      .frame = {options->frame[0], options->frame[1]},
                      .ground = options->has_homography ? &ground : NULL,
                      .drops = &drops,
                      .events = options->events_path ? &events : NULL,
                      .svg = options->svg_path ? &svg : NULL};
    const struct yk_scene_options looking = {.line = has_line ? &line : NULL,
                                             .zone = options->zone.count ? &options->zone : NULL};
    const struct yk_scene_listener listener = {.event = on_event, .step = on_step, .dwell = on_dwell, .context = &run};
    status = yk_scene_new(&looking, &listener, &drops, &run.scene, err);
    if (status != YK_OK)
        return status;
    status = open_series(options, &run, &occupancy, err);
    if (status == YK_OK)
        status = read_scene(path, options, &run, &drops, err);
    if (status == YK_OK && run.events)
        status = write_events(options->events_path, &events, err);
    if (status == YK_OK && run.svg)
        status = write_svg(options->svg_path, &run, &looking, err);

    enum yk_status closed = yk_scene_file_close(occupancy, options->occupancy_path, status == YK_OK ? err : NULL);
    status = status == YK_OK ? closed : status;
    closed = yk_scene_file_close(run.dwell, options->dwell_path, status == YK_OK ? err : NULL);
    status = status == YK_OK ? closed : status;
    if (status == YK_OK) {
        *out = report(&run, has_line, looking.zone);
        if (!*out)
            status = yk_error_set(err, YK_ERR_MEMORY, "no memory for the report on %s", path);
    }
    yk_scene_events_free(&events);
    yk_scene_svg_free(&svg);
    yk_scene_free(run.scene);
    return status;
}
