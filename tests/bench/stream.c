/* Frames against one entry per observation, in Redis. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     stream.in_vs_single_entry             observations taken in per CPU second of the server
 *     stream.out_vs_single_entry            the same for handing them out
 *     stream.tls_cost_vs_plain              what TLS adds to taking them in
 *     stream.redis_bytes_per_observation    what they take in its memory
 *     stream.spool_bytes_per_observation    and on the edge's disk
 *
 * The same presence observations go into the same server in both ways, over a unix socket, TCP and TLS, without a file
 * and with one (AOF, everysec). An id without more is the unix socket without a file. CPU seconds are those that the
 * server tells of itself, all threads; what clients spend is not in them. A turn measures every combination once, so
 * that what is compared lies close together in time. */
#include "benches.h"
#include "day.h"
#include "feed.h"
#include "server.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSES       3 /* of all frames in one measurement: one alone is some hundredths of a second */
#define PASS_ENTRIES 50000u
#define ENTRIES      (PASSES * PASS_ENTRIES)
#define RECORD_BYTES 32 /* of an unpacked record: pseudonym, time, sensor, counts */
#define COMBINATIONS (2 * YK_ROAD_COUNT)

/* Observations per CPU second of the server, by turn. */
struct speeds {
    double frames_in[YK_BENCH_RUNS_MAX], entries_in[YK_BENCH_RUNS_MAX];
    double frames_out[YK_BENCH_RUNS_MAX], entries_out[YK_BENCH_RUNS_MAX];
};

struct stream {
    struct yk_bench *bench;
    struct yk_spooled frames;
    struct yk_entry_text *texts;
    char dir[YK_BENCH_PATH];
    bool in, out, memory; /* wanted */
    struct speeds speeds[COMBINATIONS];
    double frame_bytes[YK_BENCH_RUNS_MAX], entry_bytes[YK_BENCH_RUNS_MAX]; /* of memory per observation */
    double usage_bytes;                                                    /* what MEMORY USAGE tells */
    double benchmark[2][YK_BENCH_RUNS_MAX];                                /* redis-benchmark: entries per CPU second */
};

static const char frames_key[] = "yukikai:{day:0}:frames:edge-1", entries_key[] = "yukikai:{day:0}:entries";

static void forget(struct yk_redis *redis, const char *key)
{
    const char *argv[] = {"DEL", key};
    freeReplyObject(yk_bench_ask(redis, 2, argv));
}

/* With nobody connected but who asks: buffers of clients count as used memory too. */
static double used_memory(const struct yk_secure_redis *server)
{
    struct yk_redis *redis = yk_bench_connect(server, YK_ROAD_UNIX);
    double until = yk_bench_now_s() + 10;
    while (yk_bench_server_info(redis, "clients", "connected_clients:") > 1 && yk_bench_now_s() < until)
        yk_bench_sleep_ms(10);
    double bytes = yk_bench_server_info(redis, "memory", "used_memory:");
    yk_redis_free(redis);
    return bytes;
}

static double memory_usage(const struct yk_secure_redis *server, const char *key)
{
    struct yk_redis *redis = yk_bench_connect(server, YK_ROAD_UNIX);
    const char *argv[] = {"MEMORY", "USAGE", key, "SAMPLES", "0"};
    redisReply *reply = yk_bench_ask(redis, 5, argv);
    double bytes = (double)reply->integer;
    freeReplyObject(reply);
    yk_redis_free(redis);
    return bytes;
}

static void fill(struct stream *s, const struct yk_secure_redis *server, enum yk_road road, bool frames)
{
    struct yk_redis *redis = yk_bench_connect(server, road);
    if (frames)
        yk_feed_frames(redis, frames_key, &s->frames);
    else
        yk_feed_entries(redis, entries_key, s->texts, ENTRIES);
    yk_redis_free(redis);
}

static void measure_memory(struct stream *s, const struct yk_secure_redis *server, size_t turn)
{
    for (int frames = 1; frames >= 0; frames--) {
        struct yk_redis *admin = yk_bench_connect(server, YK_ROAD_UNIX);
        const char *key = frames ? frames_key : entries_key;
        double observations = frames ? (double)s->frames.observations : ENTRIES;
        forget(admin, key);
        yk_redis_free(admin);
        double before = used_memory(server);
        fill(s, server, YK_ROAD_UNIX, frames);
        (frames ? s->frame_bytes : s->entry_bytes)[turn] = (used_memory(server) - before) / observations;
        if (frames)
            s->usage_bytes = memory_usage(server, key) / observations;
        admin = yk_bench_connect(server, YK_ROAD_UNIX);
        forget(admin, key);
        yk_redis_free(admin);
    }
}

typedef void action(struct stream *s, struct yk_redis *redis, unsigned pass);

static void put_frames(struct stream *s, struct yk_redis *redis, unsigned pass)
{
    (void)pass;
    yk_feed_frames(redis, frames_key, &s->frames);
}

static void put_entries(struct stream *s, struct yk_redis *redis, unsigned pass)
{
    yk_feed_entries(redis, entries_key, s->texts + (size_t)pass * PASS_ENTRIES, PASS_ENTRIES);
}

static void get_frames(struct stream *s, struct yk_redis *redis, unsigned pass)
{
    (void)pass;
    yk_feed_read(redis, frames_key, "16", s->frames.count);
}

static void get_entries(struct stream *s, struct yk_redis *redis, unsigned pass)
{
    (void)s;
    (void)pass;
    yk_feed_read(redis, entries_key, "1000", PASS_ENTRIES);
}

/* One combination: passes of the two ways in turns, so that both meet the machine in the same mood. The server's CPU
 * seconds are asked for over a connection of its own. */
static void measure_road(struct stream *s, const struct yk_secure_redis *server, struct yk_redis *admin,
                         enum yk_road road, struct speeds *speeds, size_t turn)
{
    static action *const actions[] = {put_frames, put_entries, get_frames, get_entries};
    const size_t count = sizeof actions / sizeof actions[0];
    double spent[4] = {0};
    struct yk_redis *redis = yk_bench_connect(server, road);
    for (unsigned pass = 0; pass < PASSES; pass++) {
        for (size_t i = 0; i < (s->out ? count : 2); i++) {
            double began = yk_bench_server_seconds(admin);
            actions[i](s, redis, pass);
            spent[i] += yk_bench_server_seconds(admin) - began;
        }
        forget(admin, frames_key);
        forget(admin, entries_key);
    }
    speeds->frames_in[turn] = PASSES * (double)s->frames.observations / spent[0];
    speeds->entries_in[turn] = ENTRIES / spent[1];
    speeds->frames_out[turn] = s->out ? PASSES * (double)s->frames.observations / spent[2] : (double)NAN;
    speeds->entries_out[turn] = s->out ? ENTRIES / spent[3] : (double)NAN;
    yk_redis_free(redis);
}

/* Somebody else's program sends the same command: is our reference a fair one? */
static double redis_benchmark(struct stream *s, const struct yk_secure_redis *server, struct yk_redis *admin)
{
    const struct yk_entry_text *t = &s->texts[0];
    char count[16];
    snprintf(count, sizeof count, "%u", ENTRIES);
    const char *argv[] = {"redis-benchmark",
                          "-s",
                          server->socket,
                          "-P",
                          "128",
                          "-c",
                          "1",
                          "-n",
                          count,
                          "-q",
                          "XADD",
                          "benchmark",
                          "*",
                          "sensor",
                          t->sensor,
                          "pseudonym",
                          t->pseudonym,
                          "tick",
                          t->tick,
                          "adverts",
                          t->adverts,
                          "rssi",
                          t->rssi,
                          "class",
                          t->address_class,
                          NULL};
    double began = yk_bench_server_seconds(admin);
    yk_bench_run(argv, NULL, 0);
    double spent = yk_bench_server_seconds(admin) - began;
    forget(admin, "benchmark");
    return ENTRIES / spent;
}

static void take_turn(struct stream *s, size_t turn)
{
    for (int aof = 0; aof < 2; aof++) {
        struct yk_secure_redis server;
        yk_bench_server_start(&server, s->dir, aof);
        struct yk_redis *admin = yk_bench_connect(&server, YK_ROAD_UNIX);
        for (enum yk_road road = YK_ROAD_UNIX; road < YK_ROAD_COUNT; road++)
            if (s->in || s->out)
                measure_road(s, &server, admin, road, &s->speeds[2 * (int)road + aof], turn);
        if (s->in)
            s->benchmark[aof][turn] = redis_benchmark(s, &server, admin);
        yk_redis_free(admin);
        if (!aof && s->memory)
            measure_memory(s, &server, turn);
        yk_bench_server_end(&server);
    }
}

static void report_speeds(struct stream *s, const char *id, double goal, bool in)
{
    for (int i = 0; i < COMBINATIONS; i++) {
        char full[64];
        const char *road = i < 2 && i % 2 == 0 ? "" : yk_road_name((enum yk_road)(i / 2));
        snprintf(full, sizeof full, "%s%s%s%s", id, road[0] ? "." : "", road, i % 2 ? ".everysec" : "");
        const struct speeds *speeds = &s->speeds[i];
        yk_bench_report_turns(s->bench,
                              &(struct yk_figure){.id = full,
                                                  .unit = "observations per Redis CPU second",
                                                  .goal_is = YK_GOAL_RATIO_MIN,
                                                  .goal = goal,
                                                  .runs = s->bench->runs},
                              in ? speeds->frames_in : speeds->frames_out,
                              in ? speeds->entries_in : speeds->entries_out);
    }
}

static void report_tls(struct stream *s)
{
    double tls[YK_BENCH_RUNS_MAX], tcp[YK_BENCH_RUNS_MAX]; /* CPU seconds per million observations */
    for (int i = 0; i < s->bench->runs; i++) {
        tls[i] = 1e6 / s->speeds[2 * YK_ROAD_TLS].frames_in[i];
        tcp[i] = 1e6 / s->speeds[2 * YK_ROAD_TCP].frames_in[i];
    }
    yk_bench_report_turns(s->bench,
                          &(struct yk_figure){.id = "stream.tls_cost_vs_plain",
                                              .unit = "Redis CPU s per million, TLS",
                                              .goal_is = YK_GOAL_RATIO_MAX,
                                              .goal = 2,
                                              .runs = s->bench->runs},
                          tls, tcp);
}

static void report_sizes(struct stream *s)
{
    if (s->memory) {
        yk_bench_report_turns(s->bench,
                              &(struct yk_figure){.id = "stream.redis_bytes_per_observation",
                                                  .unit = "bytes of Redis' memory",
                                                  .goal_is = YK_GOAL_VALUE_MAX,
                                                  .goal = 10,
                                                  .runs = s->bench->runs},
                              s->frame_bytes, s->entry_bytes);
        printf("  MEMORY USAGE of the stream: %.2f bytes per observation\n", s->usage_bytes);
    }
    yk_bench_report(s->bench, &(struct yk_figure){.id = "stream.spool_bytes_per_observation",
                                                  .unit = "bytes of presence segments",
                                                  .value = (double)s->frames.bytes / (double)s->frames.observations,
                                                  .reference = RECORD_BYTES,
                                                  .runs = 1});
}

static bool wants_any(const struct yk_bench *bench, const char *id)
{
    /* --only may name one combination, or a prefix of all. */
    return !bench->only || strncmp(bench->only, id, strlen(id)) == 0 || yk_bench_wants(bench, id, false);
}

void yk_bench_stream(struct yk_bench *bench)
{
    static struct stream s;
    char spool[YK_BENCH_PATH];
    s.bench = bench;
    s.in = wants_any(bench, "stream.in_vs_single_entry") || wants_any(bench, "stream.tls_cost_vs_plain");
    s.out = wants_any(bench, "stream.out_vs_single_entry");
    s.memory = wants_any(bench, "stream.redis_bytes_per_observation");
    snprintf(s.dir, sizeof s.dir, "%s/redis", bench->dir);
    yk_day_spool(yk_day_small(bench), 1, spool);
    yk_spooled_read(&s.frames, spool, YK_GROUP_PRESENCE);
    s.texts = yk_feed_texts(&s.frames, ENTRIES);
    for (size_t turn = 0; turn < (size_t)bench->runs && (s.in || s.out || s.memory); turn++)
        take_turn(&s, turn);
    if (s.in) {
        report_speeds(&s, "stream.in_vs_single_entry", 30, true);
        printf(
            "  redis-benchmark, XADD of the same six fields at -P 128: %.0f per CPU second; with AOF everysec %.0f\n",
            yk_median(s.benchmark[0], (size_t)bench->runs), yk_median(s.benchmark[1], (size_t)bench->runs));
        report_tls(&s);
    }
    if (s.out)
        report_speeds(&s, "stream.out_vs_single_entry", 100, false);
    report_sizes(&s);
    printf("  %llu observations in %zu frames of %.0f bytes\n", (unsigned long long)s.frames.observations,
           s.frames.count, (double)s.frames.bytes / (double)s.frames.count);
    free(s.texts);
    yk_spooled_clear(&s.frames);
}
