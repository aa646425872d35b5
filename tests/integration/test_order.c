/* For the same accepted frames the final table is the same, byte for byte. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One spool, written once, is brought to tables three times: quietly; in random order with duplicates; and while the
 * worker and Redis are killed again and again. The frames are live ones (a minute of presence, 5 s of the rest), so
 * that there are many. Moments are drawn from a fixed seed, which is printed; that the kills came midway is asserted,
 * not hoped for. */
#include "support/frames.h"
#include "support/needles.h"
#include "support/rig.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KILLS 6

static uint64_t random_state;

static uint64_t draw(void) /* xorshift64* */
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(2685821657736338717);
}

/* A run in a folder of its own, with the rig's keys and district. */
struct run {
    struct yk_rig *rig;
    const char *dir, *state, *publish, *out, *log;
    struct yk_private_redis redis;
    struct yk_child analyze, uplink;
    const struct yk_test_frames *frames;
    size_t wanted; /* frames covered */
};

static void run_open(struct run *run, struct yk_rig *rig, const char *name, const struct yk_test_frames *frames)
{
    memset(run, 0, sizeof *run);
    run->rig = rig;
    run->frames = frames;
    run->dir = yk_rig_path(rig, name);
    cr_assert_eq(mkdir(run->dir, 0700), 0);
    run->state = yk_rig_text(rig, "%s/state", run->dir);
    run->publish = yk_rig_text(rig, "%s/publish.db", run->dir);
    run->out = yk_rig_text(rig, "%s/tables", run->dir);
    run->log = yk_rig_text(rig, "%s/log", run->dir);
    yk_rig_redis(&run->redis, run->dir);
}

static void start_analyze(struct run *run)
{
    yk_rig_start(run->rig, &run->analyze, run->log, "analyze", run->rig->district, "--keys", run->rig->keys, "--state",
                 run->state, "--publish", run->publish, "--redis", run->redis.url, "--history", NULL);
}

static void start_uplink(struct run *run, const char *spool)
{
    yk_rig_start(run->rig, &run->uplink, run->log, "uplink", run->rig->district, "--keys", run->rig->keys, "--spool",
                 spool, "--redis", run->redis.url, "--drain", "--resend-after", "2", "--quiet", NULL);
}

static bool is_covered(void *context)
{
    struct run *run = context;
    return yk_test_covered(run->redis.url, run->rig->keys, run->frames) >= run->wanted;
}

static void all_covered(struct run *run)
{
    run->wanted = run->frames->count;
    cr_assert(yk_rig_until(is_covered, run, YK_RIG_DEADLINE_S), "%zu of %zu frames covered; see %s",
              yk_test_covered(run->redis.url, run->rig->keys, run->frames), run->frames->count, run->log);
}

static void finish(struct run *run)
{
    struct yk_rig *rig = run->rig;
    yk_rig_kill(&run->analyze, SIGTERM);
    yk_rig_kill(&run->redis.child, SIGTERM);
    cr_assert_eq(yk_rig_run(rig, run->log, "analyze", rig->district, "--keys", rig->keys, "--state", run->state,
                            "--publish", run->publish, "--finish", "all", NULL),
                 0);
    cr_assert_eq(yk_rig_run(rig, run->log, "export", "--store", run->publish, "--config", rig->district, "--out",
                            run->out, NULL),
                 0);
}

static const char *csv(struct run *run)
{
    return yk_rig_text(run->rig, "%s/kpis.csv", run->out);
}

/* Three hours across the end of an epoch (04:00), two radios and two cameras. */
static const char *make_spool(struct yk_rig *rig)
{
    const char *rec = yk_rig_path(rig, "rec"), *bulk = yk_rig_path(rig, "collected"),
               *spool = yk_rig_path(rig, "spool"), *log = yk_rig_path(rig, "collect.log");
    cr_assert_eq(yk_rig_run(rig, log, "simulate", rig->district, "--out", rec, "--scene", "short-stays", "--duration",
                            "3h", "--from", "2026-10-01T02:30", "--seed", "7", NULL),
                 0);
    cr_assert_eq(yk_rig_run(rig, log, "collect", rig->district, "--keys", rig->keys, "--spool", bulk, "--bulk",
                            "--family", "radio", "--input", yk_rig_text(rig, "radio-1=%s/radio-1.pcap", rec), "--input",
                            yk_rig_text(rig, "radio-2=%s/radio-2.pcap", rec), NULL),
                 0);
    cr_assert_eq(yk_rig_run(rig, log, "collect", rig->district, "--keys", rig->keys, "--spool", bulk, "--bulk",
                            "--family", "camera", "--input", yk_rig_text(rig, "cam-1=%s/cam-1.jsonl", rec), "--input",
                            yk_rig_text(rig, "cam-2=%s/cam-2.jsonl", rec), NULL),
                 0);
    yk_test_frames_repack(bulk, spool, rig->keys);
    return spool;
}

static void run_quietly(struct run *run, const char *spool)
{
    start_analyze(run);
    start_uplink(run, spool);
    cr_assert_eq(yk_rig_wait(&run->uplink), 0);
    all_covered(run);
}

/* Every frame at least once, a fifth of them twice, in any order; half of it before the worker starts. */
static void run_shuffled(struct run *run)
{
    const struct yk_test_frames *f = run->frames;
    size_t count = f->count + f->count / 5;
    size_t *order = calloc(count, sizeof *order);
    cr_assert(order);
    for (size_t i = 0; i < count; i++)
        order[i] = i < f->count ? i : draw() % f->count;
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = draw() % (i + 1), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    struct yk_redis *redis = yk_test_redis_connect(run->redis.url);
    for (size_t i = 0; i < count; i++) {
        if (i == count / 2)
            start_analyze(run);
        yk_test_redis_add(redis, "local", f->list[order[i]].bytes, f->list[order[i]].size);
    }
    yk_redis_free(redis);
    free(order);
    all_covered(run);
}

struct backlog {
    struct yk_redis *redis;
    size_t entries;
    struct run *run;
};

static bool has_entries(void *context)
{
    struct backlog *b = context;
    return yk_test_redis_length(b->redis, "local") >= b->entries;
}

/* The worker has committed something since, or there is nothing left for it. */
static bool has_moved(void *context)
{
    struct backlog *b = context;
    return is_covered(b->run) || yk_test_redis_length(b->redis, "local") <= 1;
}

/* The worker dies KILLS times, from its first milliseconds to deep inside its work, and Redis once, with frames in it
 * that nobody has: it comes back empty. The real uplink has to send again what was lost. */
static void run_killed(struct run *run, const char *spool)
{
    size_t midway = 0, with_progress = 0;
    start_uplink(run, spool);
    struct backlog backlog = {yk_test_redis_connect(run->redis.url), 1000, run};
    cr_assert(yk_rig_until(has_entries, &backlog, YK_RIG_DEADLINE_S));
    kill(run->uplink.pid, SIGSTOP);
    for (int k = 0; k < KILLS; k++) {
        start_analyze(run);
        /* Some kills at a moment since the start, some at a moment since a commit. */
        if (k % 2 == 1) {
            run->wanted = yk_test_covered(run->redis.url, run->rig->keys, run->frames) + 1;
            cr_assert(yk_rig_until(has_moved, &backlog, YK_RIG_DEADLINE_S));
        }
        nanosleep(&(struct timespec){.tv_nsec = (long)(draw() % (k % 2 ? 5000000 : 60000000))}, NULL);
        yk_rig_kill(&run->analyze, SIGKILL);
        size_t covered = yk_test_covered(run->redis.url, run->rig->keys, run->frames);
        midway += covered < run->frames->count;
        with_progress += covered > 0 && covered < run->frames->count;
        if (k == KILLS / 2) {
            kill(run->uplink.pid, SIGCONT);
            backlog.entries = 100;
            cr_assert(yk_rig_until(has_entries, &backlog, YK_RIG_DEADLINE_S));
            size_t held = yk_test_redis_length(backlog.redis, "local");
            cr_assert_gt(held, 1, "Redis holds frames when it is killed");
            yk_rig_kill(&run->redis.child, SIGKILL);
            yk_redis_free(backlog.redis);
            yk_rig_redis(&run->redis, run->dir);
            backlog.redis = yk_test_redis_connect(run->redis.url);
            printf("redis-server killed with %zu entries, back with %zu\n", held,
                   yk_test_redis_length(backlog.redis, "local"));
        }
    }
    yk_redis_free(backlog.redis);
    printf("analyze killed %d times, %zu midway, %zu after a commit\n", KILLS, midway, with_progress);
    cr_assert_gt(midway, KILLS / 2, "the kills came too late to mean anything");
    start_analyze(run);
    cr_assert_eq(yk_rig_wait(&run->uplink), 0);
    all_covered(run);
}

static void count_segment(void *context, const char *path)
{
    const char *dot = strrchr(path, '.');
    *(size_t *)context += dot && strcmp(dot, ".seg") == 0;
}

static void count_epoch(void *context, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (strncmp(slash + 1, "epoch-", 6) == 0)
        ++*(size_t *)context;
}

/* A finished epoch's pseudonyms are in no file. The needle's own proof: before the end they are found. */
static void check_forgotten(struct yk_needles *needles, const struct run *run)
{
    struct yk_needle_hits hits = {0};
    size_t epochs = 0;
    yk_rig_each_file(run->dir, count_epoch, &epochs);
    cr_assert_eq(epochs, 0, "%zu files of finished epochs in %s", epochs, run->dir);
    yk_needles_search_tree(needles, run->dir, &hits);
    cr_assert_eq(hits.count, 0, "%zu pseudonyms of finished epochs below %s", hits.count, run->dir);
}

Test(order, tables_are_the_same, .timeout = 220)
{
    static struct yk_rig rig;
    static struct run quiet, shuffled, killed;
    random_state = UINT64_C(20260401);
    printf("seed %llu\n", (unsigned long long)random_state);
    yk_rig_open(&rig);
    const char *spool = make_spool(&rig);
    struct yk_test_frames frames;
    yk_test_frames_read(&frames, spool);
    printf("%zu frames\n", frames.count);
    cr_assert_gt(frames.count, 1000);
    const char *copies[] = {yk_rig_path(&rig, "spool-a"), yk_rig_path(&rig, "spool-c")};
    for (int i = 0; i < 2; i++)
        yk_rig_copy(spool, copies[i]);

    struct yk_needles needles = {0};
    uint64_t *pseudonyms;
    size_t count = yk_test_pseudonyms(&frames, &pseudonyms);
    for (size_t i = 0; i < count; i++) {
        uint64_t swapped = __builtin_bswap64(pseudonyms[i]);
        yk_needles_add(&needles, &pseudonyms[i], 8, "pseudonym", (uint32_t)i);
        yk_needles_add(&needles, &swapped, 8, "pseudonym, bytes reversed", (uint32_t)i);
    }
    free(pseudonyms);
    yk_needles_ready(&needles);

    run_open(&quiet, &rig, "a", &frames);
    run_quietly(&quiet, copies[0]);
    struct yk_needle_hits before = {0};
    yk_needles_search_tree(&needles, quiet.dir, &before);
    cr_assert_gt(before.count, count / 2, "the search finds pseudonyms where they are: %zu of %zu", before.count,
                 count);
    finish(&quiet);

    run_open(&shuffled, &rig, "b", &frames);
    run_shuffled(&shuffled);
    finish(&shuffled);

    run_open(&killed, &rig, "c", &frames);
    run_killed(&killed, copies[1]);
    finish(&killed);

    yk_rig_same_bytes(csv(&quiet), csv(&shuffled));
    yk_rig_same_bytes(csv(&quiet), csv(&killed));

    check_forgotten(&needles, &quiet);
    check_forgotten(&needles, &shuffled);
    check_forgotten(&needles, &killed);
    for (int i = 0; i < 2; i++) {
        size_t segments = 0;
        yk_rig_each_file(copies[i], count_segment, &segments);
        cr_expect_eq(segments, 0, "%zu segments left in %s: what is covered is unlinked", segments, copies[i]);
        struct yk_needle_hits left = {0};
        yk_needles_search_tree(&needles, copies[i], &left);
        cr_expect_eq(left.count, 0);
    }
    cr_assert_lt(yk_needles_chance(&needles), 1e-6, "chance hits can't be ruled out: %g", yk_needles_chance(&needles));
    printf("%zu pseudonyms sought in %.1f MB; by chance %.1g\n", count, (double)needles.searched / 1e6,
           yk_needles_chance(&needles));
    yk_needles_free(&needles);
    yk_test_frames_free(&frames);
    yk_rig_close(&rig);
}
