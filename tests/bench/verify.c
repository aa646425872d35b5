/* stream.verify_share: what checking who made a frame costs, as a share of the worker's CPU time.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker takes a district's frames, presence and health, from a real Redis; the same frames are authenticated in this
 * process, and the two are compared. Frames are as a live edge cuts them (a minute each), since a frame costs one check
 * however much is in it. */
#include "benches.h"
#include "day.h"
#include "feed.h"
#include "frame/keys.h"
#include "frame/tag.h"
#include "server.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>

/* What the worker does to believe a frame; the one place to change when it does something else. */
static bool authenticate(const struct yk_frame *frame, const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE],
                         struct yk_tag_keys *tag_keys)
{
    return yk_frame_authentic(frame, public_key, tag_keys) == YK_AUTHENTIC_BY_TAG;
}

static double authenticate_all(const struct yk_spooled *frames, const uint8_t *public_key, struct yk_tag_keys *tag_keys)
{
    double began = yk_bench_own_seconds();
    for (size_t i = 0; i < frames->count; i++)
        if (!authenticate(&frames->list[i], public_key, tag_keys))
            yk_bench_give_up("a frame has no tag of its edge's", NULL);
    return yk_bench_own_seconds() - began;
}

/* The worker cuts the stream behind what it has committed. */
static void wait_until_taken(struct yk_redis *redis, const char *key, struct yk_child *worker)
{
    const char *argv[] = {"XLEN", key};
    double until = yk_bench_now_s() + 300;
    for (long long left = 1; left > 0; yk_bench_sleep_ms(20)) {
        redisReply *reply = yk_bench_ask(redis, 2, argv);
        left = reply->integer;
        freeReplyObject(reply);
        if (!yk_child_running(worker) || yk_bench_now_s() > until)
            yk_bench_give_up("analyze does not take the frames", NULL);
    }
}

static double worker_seconds(const struct yk_bench *bench, const struct yk_day *day, const struct yk_spooled *frames)
{
    struct yk_secure_redis server;
    struct yk_child worker;
    struct yk_error err = {0};
    char dir[YK_BENCH_PATH], state[YK_BENCH_PATH], key[YK_KEY_SIZE];
    snprintf(dir, sizeof dir, "%s/redis", bench->dir);
    snprintf(state, sizeof state, "%s/verify-state", bench->dir);
    yk_key_frames(key, YK_DAY_DISTRICT, 0, "edge-1");
    yk_bench_server_start(&server, dir, false);
    yk_child_program("analyze", worker.program, sizeof worker.program);
    yk_child_init(&worker, "analyze", NULL);
    yk_child_args(&worker, day->district, "--keys", day->keys, "--state", state, "--redis", server.unix_url,
                  "--history", "--quiet", NULL);
    yk_bench_must(yk_child_start(&worker, &err), "analyze", &err);
    struct yk_redis *redis = yk_bench_connect(&server, YK_ROAD_UNIX);
    yk_feed_frames(redis, key, frames);
    wait_until_taken(redis, key, &worker);
    double seconds = yk_bench_end(&worker);
    yk_redis_free(redis);
    yk_bench_server_end(&server);
    yk_bench_remove(state);
    return seconds;
}

void yk_bench_verify(struct yk_bench *bench)
{
    double verify[YK_BENCH_RUNS_MAX], worker[YK_BENCH_RUNS_MAX];
    const struct yk_day *day = yk_day_small(bench);
    struct yk_spooled frames;
    struct yk_error err = {0};
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE], *district_key;
    char spool[YK_BENCH_PATH];
    size_t runs = (size_t)bench->runs;
    yk_day_spool(day, 1, spool);
    yk_spooled_read(&frames, spool, 0);
    yk_bench_must(yk_keys_load_public(day->keys, "edge", public_key, &err), "keys", &err);
    yk_bench_must(yk_keys_load_secret(day->keys, "district", &district_key, &err), "keys", &err);
    struct yk_tag_keys *tag_keys = yk_tag_keys_new(district_key);
    if (!tag_keys)
        yk_bench_give_up("no memory", NULL);
    for (size_t i = 0; i < runs; i++) {
        worker[i] = worker_seconds(bench, day, &frames);
        verify[i] = authenticate_all(&frames, public_key, tag_keys);
    }
    yk_bench_report_turns(bench,
                          &(struct yk_figure){.id = "stream.verify_share",
                                              .unit = "CPU seconds, of the worker's",
                                              .goal_is = YK_GOAL_RATIO_MAX,
                                              .goal = 0.2,
                                              .runs = bench->runs},
                          verify, worker);
    printf("  %zu frames, %.1f us each to authenticate; %.2f million observations per CPU second of the worker\n",
           frames.count, yk_median(verify, runs) / (double)frames.count * 1e6,
           (double)frames.observations / yk_median(worker, runs) / 1e6);
    yk_tag_keys_free(tag_keys);
    sodium_free(district_key);
    yk_spooled_clear(&frames);
}
