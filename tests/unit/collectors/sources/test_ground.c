/* A camera whose lines and zones are drawn on the ground. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Somebody walks in metres; where the camera sees that is worked out by projection (pinhole.h), and the feed has to lead
 * it back by the matrix of the rays. What must come out is counted in metres by hand. */
#include "../geometry/pinhole.h"
#include "../presence/heard_frames.h"

#include "sources/camera_feed.h"

#include "decode/camera_record.h"

#define T0_US  INT64_C(1774983600000000) /* 2026-04-01T04:00:00+09:00 */
#define STEP_S 0.1

static struct radio camera;
static struct yk_line_config line = {.id = "north", .points = {2, {{-5, 25}, {5, 25}}}, .hysteresis = 0.3};
static struct yk_zone_config zone = {.id = "hall", .points = {4, {{-2, 24}, {2, 24}, {2, 28}, {-2, 28}}}};
static struct pinhole low;

static struct yk_crossing crossings[16];
static struct yk_zone_slice slices[16];
static size_t crossing_count, slice_count;

static void take(void *context, const struct yk_observation *o)
{
    (void)context;
    if (o->kind == YK_KIND_CROSSING)
        crossings[crossing_count++ % 16] = o->as.crossing;
    if (o->kind == YK_KIND_ZONE)
        slices[slice_count++ % 16] = o->as.zone;
}

static void read_spool(void)
{
    static uint8_t bytes[1 << 20];
    char pattern[100];
    glob_t found;
    struct yk_frame frame;
    struct yk_unpacker *unpacker = yk_unpacker_new();
    snprintf(pattern, sizeof pattern, "%s/*/*.seg", scratch);
    size_t segments = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    for (size_t s = 0; s < segments; s++) {
        FILE *file = fopen(found.gl_pathv[s], "rb");
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        for (size_t at = 0; at < size; at += frame.size) {
            cr_assert_eq(yk_frame_parse(bytes + at, size - at, &frame), YK_FRAME_OK);
            cr_assert(yk_frame_unpack(unpacker, &frame));
            cr_assert(yk_body_plain_decode(&frame, take, NULL));
        }
    }
    globfree(&found);
    yk_unpacker_free(unpacker);
}

static void start(void)
{
    radio_open(&camera);
    camera.sensor.family = YK_FAMILY_CAMERA;
    strcpy(camera.sensor.kind, "camera_file");
    camera.sensor.lines = &line;
    camera.sensor.line_count = 1;
    camera.sensor.zones = &zone;
    camera.sensor.zone_count = 1;
    camera.sensor.has_homography = true;
    low = mast;
    low.tilt = 0.2; /* the horizon is in the picture */
    pinhole_matrix(&low, camera.sensor.homography);
    double last = camera.sensor.homography[8];
    cr_assert_lt(last, 0);
    for (int i = 0; i < 9; i++)
        camera.sensor.homography[i] /= last; /* w < 0 where people walk */
}

static void stop(void)
{
    radio_close(&camera);
}

TestSuite(ground, .init = start, .fini = stop, .timeout = 30);

static const struct yk_camera_dialect in_pixels = {.name = "pixels", .dated = true, .every_frame = true};
static const struct yk_camera_dialect in_parts = {
    .name = "parts", .dated = true, .every_frame = true, .normalised = true};

/* From north 22.05 m to 30 m at 1 m/s, and another on the same way behind the mast, which the picture has upside down
 * in the sky. Coordinates are divided by `part`. */
static void walk(const struct yk_camera_dialect *dialect, const double part[2])
{
    struct yk_camera_feed *feed;
    cr_assert_eq(yk_camera_feed_new(camera.session, &feed, &radio_err), YK_OK, "%s", radio_err.message);
    *yk_camera_feed_dialect(feed) = dialect;
    struct yk_camera_sink sink = yk_camera_feed_sink(feed);
    for (int i = 0; i < 80; i++) {
        double north = 22.05 + STEP_S * i, pixel[2];
        struct yk_track_sample sample = {.track = 1, .time_us = T0_US + i * 100000};
        cr_assert_eq(sink.frame(sink.context, sample.time_us, &radio_err), YK_OK);
        for (sample.track = 1; sample.track <= 2; sample.track++) {
            pinhole_see(&low, 0.5, sample.track == 1 ? north : -north, pixel);
            sample.x = pixel[0] / part[0];
            sample.y = pixel[1] / part[1];
            cr_assert_eq(sink.sample(sink.context, &sample, &radio_err), YK_OK);
        }
    }
    cr_assert_eq(yk_camera_feed_end(feed, &radio_err), YK_OK);
    yk_camera_feed_free(feed);
    cr_expect_eq(yk_session_drops(camera.session)->count[YK_DROP_malformed], 80);
    cr_assert_eq(yk_session_finish(camera.session, &radio_err), YK_OK);
    read_spool();
}

/* Over the line at 25 m: 2.95 s after the start, to the plus side (A is in the west, so plus is the north). In the zone
 * from 24 to 28 m: 4 s, from 1.95 s on. */
static void check(void)
{
    cr_assert_eq(crossing_count, 1, "%zu %zu", crossing_count, slice_count);
    cr_expect_eq(crossings[0].direction, 1);
    cr_expect_eq(crossings[0].t_ms, T0_US / 1000 + 2950);
    uint32_t inside_ms = 0;
    for (size_t i = 0; i < slice_count; i++)
        inside_ms += slices[i].inside_ms;
    cr_expect_eq(inside_ms, 4000, "%u", inside_ms);
    cr_expect_eq(slices[0].from_ms, T0_US / 1000 + 1950);
}

Test(ground, lines_and_zones_in_metres)
{
    walk(&in_pixels, (double[2]){1, 1});
    check();
}

/* Parts of the picture become pixels of `frame` first. */
Test(ground, parts_of_the_picture)
{
    camera.sensor.frame[0] = 1920;
    camera.sensor.frame[1] = 1080;
    walk(&in_parts, (double[2]){1920, 1080});
    check();
}

Test(ground, a_matrix_of_rank_two)
{
    struct yk_camera_feed *feed;
    static const double flat[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    memcpy(camera.sensor.homography, flat, sizeof flat);
    cr_expect_eq(yk_camera_feed_new(camera.session, &feed, &radio_err), YK_ERR_CONFIG);
    cr_expect_null(feed);
    cr_expect(strstr(radio_err.message, "radio-1"));
}
