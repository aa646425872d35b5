/* One scene, told in many dialects, is one scene. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Through the whole source, from the file to what stands in the frames of the spool: crossings and zone slices are the
 * same to 2 ms. The scene by hand has a picture of 1000 by 500, a line down its middle with 20 to either side, a zone on the
 * right, and 4 frames a second:
 *
 *     1   walks to the right: over the line at 0.45 s, in the zone from 0.95 to 1.95 s
 *     2   walks to the left: out of the zone at 0.833 s, over the line at 1.667 s
 *     3   steps over the line and back, within 20 of it
 *     5   walks to the right, over the line at 0.9375 s; where a dialect has new names, from 1.25 s on it is 6
 *     9   a car, which is nobody */
#include "session_private.h"
#include "sources/source.h"

#include "base/calendar.h"
#include "data.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <glob.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define RESULTS_MAX 256

struct scene {
    struct yk_crossing crossings[RESULTS_MAX];
    struct yk_zone_slice slices[RESULTS_MAX];
    size_t crossing_count, slice_count;
    uint64_t drops[YK_DROP_COUNT];
};

static void setup(void)
{
    scratch_make();
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
}

TestSuite(same_scene, .init = setup, .fini = scratch_remove, .timeout = 120);

/* --- a source over a spool of its own --- */

static int earlier_crossing(const void *left, const void *right)
{
    const struct yk_crossing *a = left, *b = right;
    return (a->t_ms > b->t_ms) - (a->t_ms < b->t_ms);
}

static int earlier_slice(const void *left, const void *right)
{
    const struct yk_zone_slice *a = left, *b = right;
    if (a->from_ms != b->from_ms)
        return a->from_ms < b->from_ms ? -1 : 1;
    return (a->to_ms > b->to_ms) - (a->to_ms < b->to_ms);
}

static void take(void *context, const struct yk_observation *o)
{
    struct scene *scene = context;
    cr_assert_lt(scene->crossing_count, RESULTS_MAX);
    cr_assert_lt(scene->slice_count, RESULTS_MAX);
    if (o->kind == YK_KIND_CROSSING)
        scene->crossings[scene->crossing_count++] = o->as.crossing;
    if (o->kind == YK_KIND_ZONE)
        scene->slices[scene->slice_count++] = o->as.zone;
    for (int i = 0; o->kind == YK_KIND_HEALTH && i < YK_DROP_COUNT; i++)
        scene->drops[i] += o->as.health.drops.count[i];
}

static void read_spool(const char *spool, struct scene *scene)
{
    static uint8_t bytes[1 << 20];
    char pattern[160];
    glob_t found;
    struct yk_unpacker *unpacker = yk_unpacker_new();
    snprintf(pattern, sizeof pattern, "%s/*/*.seg", spool);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
    for (size_t s = 0; s < found.gl_pathc; s++) {
        FILE *file = fopen(found.gl_pathv[s], "rb");
        cr_assert_not_null(file);
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        struct yk_frame frame;
        for (size_t at = 0; at < size; at += frame.size) {
            cr_assert_eq(yk_frame_parse(bytes + at, size - at, &frame), YK_FRAME_OK);
            cr_assert(yk_frame_unpack(unpacker, &frame));
            cr_assert(yk_body_plain_decode(&frame, take, scene));
        }
    }
    globfree(&found);
    yk_unpacker_free(unpacker);
    qsort(scene->crossings, scene->crossing_count, sizeof *scene->crossings, earlier_crossing);
    qsort(scene->slices, scene->slice_count, sizeof *scene->slices, earlier_slice);
}

/* What the source makes of the file. The sensor says the rest: format, frame, fps, valid_from, lines and zones. */
static struct scene run(struct yk_sensor_config sensor, const char *path)
{
    static int runs;
    static struct scene scene;
    char spool_dir[128];
    volatile sig_atomic_t stop = 0;
    uint8_t public_key[32], secret_key[64];
    struct yk_place_config place = {.id = "plaza", .valid_from = INT64_MIN};
    struct yk_config config = {.district = "riverside",
                               .sensors = &sensor,
                               .sensor_count = 1,
                               .places = &place,
                               .place_count = 1,
                               .privacy = {.epoch_hours = 24, .epoch_start_s = 4 * 3600}};
    struct yk_spool *spool;
    struct yk_session *session;
    struct yk_error err;
    memset(&scene, 0, sizeof scene);
    sensor.family = YK_FAMILY_CAMERA;
    strcpy(sensor.id, "cam-1");
    strcpy(sensor.kind, "camera_file");
    crypto_sign_keypair(public_key, secret_key);
    snprintf(spool_dir, sizeof spool_dir, "%s/spool-%d", scratch, runs++);
    struct yk_spool_options spool_options = {
        .dir = spool_dir, .slot = "camera", .district = "riverside", .edge = "edge-1", .secret_key = secret_key};
    cr_assert_eq(yk_spool_open(&spool_options, &spool, &err), YK_OK, "%s", err.message);
    struct yk_session_options options = {
        .config = &config, .sensor = &sensor, .spool = spool, .flush = YK_FLUSH_BULK, .stop = &stop};
    cr_assert_eq(yk_session_new(&options, &session, &err), YK_OK);
    cr_assert_eq(yk_source_find("camera_file")->run(session, path, &err), YK_OK, "%s", err.message);
    cr_assert_eq(yk_session_finish(session, &err), YK_OK);
    yk_session_free(session);
    yk_spool_close(spool);
    read_spool(spool_dir, &scene);
    return scene;
}

static bool is_near(int64_t a, int64_t b)
{
    return a - b <= 2 && b - a <= 2;
}

static void expect_same(const char *what, const struct scene *a, const struct scene *b)
{
    cr_assert_eq(a->crossing_count, b->crossing_count, "%s: %zu crossings and not %zu", what, a->crossing_count,
                 b->crossing_count);
    for (size_t i = 0; i < a->crossing_count; i++) {
        cr_assert(is_near(a->crossings[i].t_ms, b->crossings[i].t_ms), "%s: crossing %zu", what, i);
        cr_assert_eq(a->crossings[i].direction, b->crossings[i].direction, "%s: crossing %zu", what, i);
    }
    cr_assert_eq(a->slice_count, b->slice_count, "%s: %zu slices and not %zu", what, a->slice_count, b->slice_count);
    for (size_t i = 0; i < a->slice_count; i++) {
        cr_assert(is_near(a->slices[i].from_ms, b->slices[i].from_ms), "%s: slice %zu", what, i);
        cr_assert(is_near(a->slices[i].to_ms, b->slices[i].to_ms), "%s: slice %zu", what, i);
        cr_assert(is_near(a->slices[i].inside_ms, b->slices[i].inside_ms), "%s: slice %zu", what, i);
        cr_assert_eq(a->slices[i].entered, b->slices[i].entered, "%s: slice %zu", what, i);
        cr_assert_eq(a->slices[i].left, b->slices[i].left, "%s: slice %zu", what, i);
    }
}

/* --- the scene by hand --- */

#define FROM_S  INT64_C(1790816400) /* 2026-10-01T01:00:00Z */
#define FRAMES  13
#define STEP_MS 250
#define WIDTH   1000.0
#define HEIGHT  500.0

struct person {
    int track;
    double x, y; /* the foot, in pixels */
    bool car, renamed;
};

static size_t people_of(int frame, struct person out[5])
{
    static const double to_and_fro[] = {470, 490, 512, 490, 470};
    size_t n = 0;
    out[n++] = (struct person){.track = 1, .x = 410 + 50 * frame, .y = 200};
    out[n++] = (struct person){.track = 2, .x = 700 - 30 * frame, .y = 300};
    if (frame < 5)
        out[n++] = (struct person){.track = 3, .x = to_and_fro[frame], .y = 250};
    out[n++] = (struct person){.track = 5, .x = 425 + 20 * frame, .y = 450, .renamed = frame >= 5};
    out[n++] = (struct person){.track = 9, .x = 300 + 60 * frame, .y = 350, .car = true};
    return n;
}

/* Boxes are 20 wide and 80 high. */
struct box {
    double left, top, right, bottom;
};

static struct box box_of(const struct person *p)
{
    return (struct box){p->x - 10, p->y - 80, p->x + 10, p->y};
}

static int name_of(const struct person *p)
{
    return p->renamed ? 6 : p->track;
}

/* "01:00:00.250" */
static const char *time_of(int frame)
{
    static char text[32];
    snprintf(text, sizeof text, "01:00:%02d.%03d", frame * STEP_MS / 1000, frame * STEP_MS % 1000);
    return text;
}

static void write_mot(FILE *out, int frame, const struct person *people, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct box b = box_of(&people[i]);
        fprintf(out, "%d,%d,%g,%g,%g,%g,1,%d,1\n", frame + 1, people[i].track, b.left, b.top, b.right - b.left,
                b.bottom - b.top, people[i].car ? 3 : 1);
    }
}

static void write_deepstream(FILE *out, int frame, const struct person *people, size_t count)
{
    fprintf(out, "{\"version\":\"4.0\",\"@timestamp\":\"2026-10-01T%sZ\",\"objects\":[", time_of(frame));
    for (size_t i = 0; i < count; i++) {
        struct box b = box_of(&people[i]);
        fprintf(out, "%s\"%d|%g|%g|%g|%g|%s\"", i ? "," : "", people[i].track, b.left, b.top, b.right, b.bottom,
                people[i].car ? "Car" : "Person");
    }
    fputs("]}\n", out);
}

static void write_deepstream_full(FILE *out, int frame, const struct person *people, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct box b = box_of(&people[i]);
        fprintf(
            out,
            "{\"mdsversion\":\"1.0\",\"@timestamp\":\"2026-10-01T%sZ\",\"sensor\":{\"id\":\"c\"},\"object\":{\"id\":"
            "\"%d\",\"%s\":{},\"bbox\":{\"topleftx\":%g,\"toplefty\":%g,\"bottomrightx\":%g,\"bottomrighty\":%g}},"
            "\"event\":{\"type\":\"%s\"}}\n",
            time_of(frame), people[i].track, people[i].car ? "vehicle" : "person", b.left, b.top, b.right, b.bottom,
            people[i].track == 3 && frame == 4 ? "exit" : "moving");
    }
}

static void write_axis(FILE *out, int frame, const struct person *people, size_t count)
{
    fprintf(out, "{\"channel_id\":1,\"timestamp\":\"2026-10-01T%s000Z\",\"detections\":[", time_of(frame));
    for (size_t i = 0; i < count; i++) {
        struct box b = box_of(&people[i]);
        fprintf(out,
                "%s{\"object_track_id\":\"%08d-5b\",\"bounding_box\":{\"left\":%.7f,\"top\":%.7f,\"right\":%.7f,"
                "\"bottom\":%.7f},\"class\":{\"type\":\"%s\"}}",
                i ? "," : "", name_of(&people[i]), b.left / WIDTH, b.top / HEIGHT, b.right / WIDTH, b.bottom / HEIGHT,
                people[i].car ? "Car" : "Human");
    }
    fputc(']', out);
    if (frame == 5)
        fputs(",\"track_events\":[{\"type\":\"TrackEnded\",\"object_track_id\":\"00000003-5b\"},{\"type\":\"Rename\","
              "\"from_id\":\"00000005-5b\",\"to_id\":\"00000006-5b\"}]",
              out);
    fputs("}\n", out);
}

/* -1 to 1, y up. */
static struct box onvif_box(const struct person *p)
{
    struct box b = box_of(p);
    return (struct box){2 * b.left / WIDTH - 1, 1 - 2 * b.top / HEIGHT, 2 * b.right / WIDTH - 1,
                        1 - 2 * b.bottom / HEIGHT};
}

static void write_onvif(FILE *out, int frame, const struct person *people, size_t count)
{
    fprintf(out, "{\"Frame\":[{\"@UtcTime\":\"2026-10-01T%s\",\"Object\":[", time_of(frame));
    for (size_t i = 0; i < count; i++) {
        struct box b = onvif_box(&people[i]);
        fprintf(out,
                "%s{\"@ObjectId\":%d,\"Appearance\":{\"Shape\":{\"BoundingBox\":{\"@left\":%.7f,\"@top\":%.7f,"
                "\"@right\":%.7f,\"@bottom\":%.7f}},\"Class\":{\"Type\":[{\"@Likelihood\":0.9,\"#text\":\"%s\"}]}}}",
                i ? "," : "", name_of(&people[i]), b.left, b.top, b.right, b.bottom,
                people[i].car ? "Vehicle" : "Human");
    }
    fputc(']', out);
    if (frame == 5)
        fputs(",\"ObjectTree\":{\"Rename\":[{\"from\":{\"@ObjectId\":5},\"to\":{\"@ObjectId\":6}}],\"Delete\":[{"
              "\"@ObjectId\":3}]}",
              out);
    fputs("}]}\n", out);
}

/* In pixels, with the transformation that says so; laid out over lines. */
static void write_onvif_xml(FILE *out, int frame, const struct person *people, size_t count)
{
    fprintf(out,
            "<?xml version=\"1.0\"?>\n<tt:MetadataStream xmlns:tt=\"http://www.onvif.org/ver10/schema\">"
            "<tt:VideoAnalytics>\n <tt:Frame UtcTime=\"2026-10-01T%s\"><tt:Transformation><tt:Translate x=\"-1\" "
            "y=\"1\"/><tt:Scale x=\"0.002\" y=\"-0.004\"/></tt:Transformation>\n",
            time_of(frame));
    for (size_t i = 0; i < count; i++) {
        struct box b = box_of(&people[i]);
        fprintf(out,
                "  <tt:Object ObjectId=\"%d\"><tt:Appearance><tt:Shape>\n   <tt:BoundingBox left=\"%g\" top=\"%g\" "
                "right=\"%g\" bottom=\"%g\"/></tt:Shape><tt:Class><tt:Type Likelihood=\"0.9\">%s</tt:Type></tt:Class>"
                "</tt:Appearance></tt:Object>\n",
                name_of(&people[i]), b.left, b.top, b.right, b.bottom, people[i].car ? "Vehicle" : "Human");
    }
    if (frame == 5)
        fputs("  <tt:ObjectTree><tt:Rename><tt:from ObjectId=\"5\"/><tt:to ObjectId=\"6\"/></tt:Rename><tt:Delete "
              "ObjectId=\"3\"/></tt:ObjectTree>\n",
              out);
    fputs(" </tt:Frame></tt:VideoAnalytics>\n</tt:MetadataStream>\n", out);
}

typedef void writer(FILE *out, int frame, const struct person *people, size_t count);

static struct scene by_hand(const char *format, writer *write, bool in_parts)
{
    static struct yk_line_config line = {.id = "middle", .points = {2, {{500, 0}, {500, 500}}}, .hysteresis = 20};
    static struct yk_zone_config zone = {.id = "right",
                                         .points = {4, {{600, 100}, {800, 100}, {800, 400}, {600, 400}}}};
    struct yk_sensor_config sensor = {
        .fps = 4, .valid_from = FROM_S, .lines = &line, .line_count = 1, .zones = &zone, .zone_count = 1};
    char path[128];
    if (in_parts) {
        sensor.frame[0] = WIDTH;
        sensor.frame[1] = HEIGHT;
    }
    strcpy(sensor.format, format);
    snprintf(path, sizeof path, "%s/%s", scratch, format);
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    for (int frame = 0; frame < FRAMES; frame++) {
        struct person people[5];
        write(out, frame, people, people_of(frame, people));
    }
    fclose(out);
    return run(sensor, path);
}

static void check_by_hand(const char *format, writer *write, bool in_parts)
{
    static struct scene got, other;
    got = by_hand(format, write, in_parts);
    const struct {
        double t_ms;
        int direction;
    } crossings[] = {{450, -1}, {937.5, -1}, {5000.0 / 3, 1}};
    cr_assert_eq(got.crossing_count, 3, "%s: %zu crossings", format, got.crossing_count);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_float_eq((double)(got.crossings[i].t_ms - FROM_S * 1000), crossings[i].t_ms, 1, "%s: crossing %zu",
                           format, i);
        cr_assert_eq(got.crossings[i].direction, crossings[i].direction, "%s: crossing %zu", format, i);
    }
    double inside_ms = 0;
    for (size_t i = 0; i < got.slice_count; i++)
        inside_ms += (double)got.slices[i].inside_ms;
    cr_assert_eq(got.slice_count, 2, "%s: %zu slices", format, got.slice_count);
    cr_assert_float_eq(inside_ms, 1000 + 2500.0 / 3, 2, "%s: %f ms inside", format, inside_ms);
    for (int i = 0; i < YK_DROP_COUNT; i++)
        cr_assert_eq(got.drops[i], i == YK_DROP_not_person ? FRAMES : 0, "%s: drop %d", format, i);
    other = by_hand("deepstream", write_deepstream, false);
    expect_same(format, &got, &other);
}

Test(same_scene, by_hand)
{
    check_by_hand("mot", write_mot, false);
    check_by_hand("deepstream", write_deepstream, false);
    check_by_hand("deepstream_full", write_deepstream_full, false);
    check_by_hand("axis", write_axis, true);
    check_by_hand("onvif", write_onvif, true);
    check_by_hand("onvif_xml", write_onvif_xml, true);
}

/* --- a real one --- */

static struct scene recorded(const char *data, const char *file, const char *format, bool in_parts)
{
    static struct yk_line_config line = {.id = "north", .points = {2, {{1200, 0}, {1200, 1080}}}, .hysteresis = 15};
    static struct yk_zone_config zone = {.id = "hall",
                                         .points = {4, {{600, 500}, {1400, 500}, {1400, 1080}, {600, 1080}}}};
    struct yk_sensor_config sensor = {.fps = 30,
                                      .valid_from = 1714532400, /* 2024-05-01T03:00:00Z */
                                      .lines = &line,
                                      .line_count = 1,
                                      .zones = &zone,
                                      .zone_count = 1};
    char path[512];
    if (in_parts) {
        sensor.frame[0] = 1920;
        sensor.frame[1] = 1080;
    }
    strcpy(sensor.format, format);
    snprintf(path, sizeof path, "%s/camera/%s", data, file);
    return run(sensor, path);
}

Test(same_scene, four_recordings)
{
    YK_NEED_TEST_DATA(data);
    static struct scene mot, other;
    mot = recorded(data, "tracks/mot17-09/gt.txt", "mot", false);
    size_t plus = 0;
    for (size_t i = 0; i < mot.crossing_count; i++)
        plus += mot.crossings[i].direction > 0;
    cr_assert_eq(plus, 1); /* the reference's, with hysteresis */
    cr_assert_eq(mot.crossing_count - plus, 8);
    cr_assert_gt(mot.slice_count, 10);
    other = recorded(data, "vectors/mot17-09_deepstream_minimal.jsonl", "deepstream", false);
    expect_same("deepstream", &other, &mot);
    other = recorded(data, "vectors/mot17-09_axis_frame_v1.jsonl", "axis", true);
    expect_same("axis", &other, &mot);
    other = recorded(data, "vectors/mot17-09_onvif_mj.jsonl", "onvif", true);
    expect_same("onvif", &other, &mot);
}
