/* camera.headroom.*, camera.bytes_per_camera: what a core does for cameras. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A hundred cameras with 11 people in each of 30 pictures a second are 33,000 detections a second: the rate that one core
 * has to bear five times over. Their messages go one by one through the feed that every live source uses: decoder, line,
 * zone, session, frames into a spool. One thread does it all; what is counted is this process' CPU time. That all of it was
 * understood is checked: no detection is dropped, and people who cross the line are counted. */
#include "benches.h"
#include "camera_messages.h"
#include "process.h"

#include "base/clock.h"
#include "frame/spool.h"
#include "session_private.h"
#include "sources/camera_feed.h"

#include <malloc.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE 33000.0

struct camera {
    struct yk_session *session;
    struct yk_camera_feed *feed;
};

struct street {
    struct yk_config config;
    struct yk_place_config place;
    struct yk_line_config line;
    struct yk_zone_config zone;
    struct yk_sensor_config sensors[YK_BENCH_CAMERAS];
    struct camera cameras[YK_BENCH_CAMERAS];
    struct yk_spool *spool;
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];
    char dir[YK_BENCH_PATH];
    volatile sig_atomic_t stop;
    double bytes_per_feed, bytes_per_session;
};

static double allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

static void draw(struct street *s, double unit)
{
    s->line.points = (struct yk_polygon){2, {{960 * unit, 0}, {960 * unit, 1080 * unit}}};
    s->line.hysteresis = 15 * unit;
    s->zone.points = (struct yk_polygon){
        4,
        {{1000 * unit, 100 * unit}, {1600 * unit, 100 * unit}, {1600 * unit, 1000 * unit}, {1000 * unit, 1000 * unit}}};
}

static void open_camera(struct street *s, int i, const struct yk_camera_dialect *dialect)
{
    struct camera *c = &s->cameras[i];
    struct yk_sensor_config *sensor = &s->sensors[i];
    struct yk_error err = {0};
    snprintf(sensor->id, sizeof sensor->id, "cam-%d", i);
    strcpy(sensor->kind, "camera_mqtt");
    snprintf(sensor->format, sizeof sensor->format, "%s", dialect->name);
    sensor->family = YK_FAMILY_CAMERA;
    sensor->fps = YK_BENCH_FPS;
    sensor->valid_from = INT64_MIN;
    sensor->frame[0] = 1920;
    sensor->frame[1] = 1080;
    sensor->lines = &s->line;
    sensor->zones = &s->zone;
    sensor->line_count = sensor->zone_count = 1;
    const struct yk_session_options options = {
        .config = &s->config, .sensor = sensor, .spool = s->spool, .flush = YK_FLUSH_LIVE, .stop = &s->stop};
    double before = allocated();
    yk_bench_must(yk_session_new(&options, &c->session, &err), "a session", &err);
    s->bytes_per_session += (allocated() - before) / YK_BENCH_CAMERAS;
    before = allocated();
    yk_bench_must(yk_camera_feed_new(c->session, &c->feed, &err), "a feed", &err);
    s->bytes_per_feed += (allocated() - before) / YK_BENCH_CAMERAS;
}

static struct street *open_street(const struct yk_bench *bench, const struct yk_camera_dialect *dialect)
{
    struct street *s = (struct street *)calloc(1, sizeof *s);
    struct yk_error err = {0};
    if (!s || sodium_init() < 0)
        yk_bench_give_up("no memory", NULL);
    crypto_sign_keypair(s->public_key, s->secret_key);
    snprintf(s->dir, sizeof s->dir, "%.500s/camera-spool", bench->dir);
    yk_bench_make_folder(s->dir);
    strcpy(s->config.district, "bench");
    strcpy(s->place.id, "street");
    strcpy(s->line.id, "line");
    strcpy(s->zone.id, "zone");
    s->place.valid_from = s->line.valid_from = s->zone.valid_from = INT64_MIN;
    s->config.places = &s->place;
    s->config.place_count = 1;
    s->config.sensors = s->sensors;
    s->config.sensor_count = YK_BENCH_CAMERAS;
    s->config.privacy.epoch_hours = 24;
    draw(s, dialect->y_up ? 0.01 : 1);
    const struct yk_spool_options options = {
        .dir = s->dir, .slot = "camera", .district = "bench", .edge = "edge-1", .secret_key = s->secret_key};
    yk_bench_must(yk_spool_open(&options, &s->spool, &err), "a spool", &err);
    for (int i = 0; i < YK_BENCH_CAMERAS; i++)
        open_camera(s, i, dialect);
    return s;
}

static void feed_all(struct street *s, const struct yk_camera_messages *messages)
{
    struct yk_error err = {0};
    size_t at = 0;
    for (size_t i = 0; i < messages->count; i++) {
        struct yk_camera_feed *feed = s->cameras[messages->cameras[i]].feed;
        yk_bench_must(yk_camera_feed_message(feed, messages->text + at, messages->ends[i] - at, &err), "a message",
                      &err);
        at = messages->ends[i];
    }
    for (int i = 0; i < YK_BENCH_CAMERAS; i++) {
        yk_bench_must(yk_camera_feed_end(s->cameras[i].feed, &err), "a feed", &err);
        yk_bench_must(yk_session_finish(s->cameras[i].session, &err), "a session", &err);
    }
}

/* What was not understood would be fast. */
static void check(const struct street *s, const struct yk_camera_messages *messages, const char *name)
{
    uint64_t observations = 0, drops = 0;
    for (int i = 0; i < YK_BENCH_CAMERAS; i++) {
        struct yk_session_figures figures;
        yk_session_figures(s->cameras[i].session, &figures);
        observations += figures.observations;
        for (int d = 0; d < YK_DROP_COUNT; d++)
            drops += yk_session_drops(s->cameras[i].session)->count[d];
    }
    if (drops > 0 || observations < messages->crossings) {
        fprintf(
            stderr, "bench: %s: %llu detections dropped; %llu crossings and slices, at least %llu crossings expected\n",
            name, (unsigned long long)drops, (unsigned long long)observations, (unsigned long long)messages->crossings);
        yk_bench_give_up("a dialect does not understand its messages", NULL);
    }
}

static void close_street(struct street *s)
{
    for (int i = 0; i < YK_BENCH_CAMERAS; i++) {
        yk_camera_feed_free(s->cameras[i].feed);
        yk_session_free(s->cameras[i].session);
    }
    yk_spool_close(s->spool);
    yk_bench_remove(s->dir);
    free(s);
}

static void measure(struct yk_bench *bench, size_t d, const struct yk_camera_dialect *dialect)
{
    double rates[YK_BENCH_RUNS_MAX], references[YK_BENCH_RUNS_MAX], bytes[YK_BENCH_RUNS_MAX], session_bytes = 0;
    char id[64];
    struct yk_camera_messages messages;
    size_t runs = (size_t)bench->runs, kilobytes = 0;
    snprintf(id, sizeof id, "camera.headroom.%s", dialect->name);
    for (size_t i = 0; i < runs; i++) {
        /* Live messages have the time of their coming. */
        int64_t begin_us = (yk_wall_now(&yk_clock_system).us / 1000000 - YK_BENCH_SECONDS) * 1000000;
        if (!yk_bench_camera_messages(d, begin_us, &messages))
            yk_bench_give_up("no memory", NULL);
        struct street *street = open_street(bench, dialect);
        bytes[i] = street->bytes_per_feed;
        session_bytes = street->bytes_per_session;
        double began = yk_bench_own_seconds();
        feed_all(street, &messages);
        rates[i] = (double)messages.detections / (yk_bench_own_seconds() - began);
        references[i] = RATE;
        check(street, &messages, dialect->name);
        kilobytes = messages.length / 1000;
        close_street(street);
        yk_bench_camera_messages_free(&messages);
    }
    yk_bench_report_turns(bench,
                          &(struct yk_figure){.id = id,
                                              .unit = "detections per CPU second",
                                              .goal_is = YK_GOAL_RATIO_MIN,
                                              .goal = 5,
                                              .runs = bench->runs},
                          rates, references);
    printf("  %d cameras, %d s, %zu kB of messages\n", YK_BENCH_CAMERAS, YK_BENCH_SECONDS, kilobytes);
    if (d > 0)
        return;
    yk_bench_report(bench, &(struct yk_figure){.id = "camera.bytes_per_camera",
                                               .unit = "bytes of one feed with its tables",
                                               .value = yk_median(bytes, runs),
                                               .reference = (double)NAN,
                                               .runs = bench->runs});
    printf("  and %.0f bytes of its session\n", session_bytes);
}

void yk_bench_camera(struct yk_bench *bench)
{
    const char *name;
    for (size_t d = 0; (name = yk_bench_camera_dialect(d)); d++) {
        const struct yk_camera_dialect *dialect = yk_camera_dialect_find(name);
        char id[64];
        snprintf(id, sizeof id, "camera.headroom.%s", name);
        bool memory = d == 0 && yk_bench_wants(bench, "camera.bytes_per_camera", false);
        if (!memory && !yk_bench_wants(bench, id, false))
            continue;
        if (dialect)
            measure(bench, d, dialect);
        else
            printf("%-44s not measured: there is no such dialect\n", id);
    }
}
