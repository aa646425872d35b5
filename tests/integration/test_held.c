/* A radio that hears before its machine's clock is right. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The real collector reads a pipe under a clock that shows the summer of 2025, when there was no such program; then the
 * clock is set. What the district makes of its frames is compared, byte by byte, with what it makes of a collector whose
 * clock was right all along and that heard the same at the true times. */
#include "held/file.h"
#include "status/collect_status.h"
#include "support/clock.h"
#include "support/frames.h"
#include "support/pipe.h"
#include "support/rig.h"
#include "support/table.h"

#include "base/calendar.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUMMER_S INT64_C(1748736000) /* 2025-06-01 */
#define MINUTES  10
#define HEADER   24 /* of a pcap file */
#define RECORD   16 /* of each of its records */

static struct yk_rig rig;
static struct yk_test_clock shim;
static int64_t behind_s;          /* a multiple of 10 min */
static int64_t first_s;           /* true time of the recording's first second */
static const char *wrong, *right; /* the recording under either clock */

static uint32_t le32(const char *at)
{
    const uint8_t *p = (const uint8_t *)at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void restamp(const char *from, const char *to, int64_t shift_s)
{
    size_t size;
    char *bytes = yk_rig_read(from, &size);
    cr_assert_eq(le32(bytes), 0xa1b2c3d4);
    for (size_t at = HEADER; at + RECORD <= size; at += RECORD + le32(bytes + at + 8)) {
        uint32_t t = (uint32_t)(le32(bytes + at) + shift_s);
        for (int i = 0; i < 4; i++)
            bytes[at + (size_t)i] = (char)(t >> (8 * i));
    }
    yk_rig_write(to, bytes, size);
    free(bytes);
}

static void start(void)
{
    char from[YK_TIME_TEXT_MAX];
    yk_rig_open(&rig);
    yk_test_clock_open(&shim, rig.dir);
    yk_test_mid_epoch(&rig);
    const char *rec = yk_rig_path(&rig, "rec"), *log = yk_rig_path(&rig, "simulate.log");
    first_s = time(NULL);
    if (first_s % 60 < 10) /* what is told of the last full minute must not look like the end */
        first_s += 10 - first_s % 60;
    behind_s = (first_s - SUMMER_S) / 600 * 600;
    yk_time_format(from, first_s);
    from[19] = '\0'; /* local time */
    cr_assert_eq(yk_rig_run(&rig, log, "simulate", rig.district, "--out", rec, "--scene", "short-stays", "--duration",
                            "10m", "--from", from, NULL),
                 0, "see %s", log);
    right = yk_rig_text(&rig, "%s/radio-1.pcap", rec);
    wrong = yk_rig_path(&rig, "wrong.pcap");
    restamp(right, wrong, -behind_s);
}

static void stop(void)
{
    yk_test_clock_close(&shim);
    yk_rig_close(&rig);
}

TestSuite(held, .init = start, .fini = stop, .timeout = 200);

struct radio {
    const char *spool, *pipe, *log;
    struct yk_child collect;
};

static void radio_begin(struct radio *r)
{
    yk_test_clock_enter(&shim);
    yk_rig_start(&rig, &r->collect, r->log, "collect", rig.district, "--keys", rig.keys, "--spool", r->spool,
                 "--family", "radio", "--input", yk_rig_text(&rig, "radio-1=%s", r->pipe), "--quiet", NULL);
    yk_test_clock_leave(&shim);
}

static void radio_open(struct radio *r, const char *name)
{
    *r = (struct radio){.spool = yk_rig_path(&rig, name),
                        .pipe = yk_rig_text(&rig, "%s/%s.pipe", rig.dir, name),
                        .log = yk_rig_text(&rig, "%s/%s.log", rig.dir, name)};
    cr_assert_eq(mkfifo(r->pipe, 0600), 0);
    radio_begin(r);
}

/* Held files, and until when the sensor says there that it ran: what it heard before stands before that. */
struct look {
    char path[512];
    int64_t stamp_s;
    size_t files;
};

static void look_at(void *context, const char *path)
{
    struct look *look = context;
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".held") != 0)
        return;
    look->files++;
    snprintf(look->path, sizeof look->path, "%s", path);
    size_t size;
    char *bytes = yk_rig_read(path, &size);
    struct yk_held_reader reader;
    struct yk_held_record record;
    if (yk_held_read_head(&reader, (const uint8_t *)bytes, size))
        while (yk_held_read(&reader, &record))
            if (record.observation.kind == YK_KIND_HEALTH && record.observation.as.health.t1_s > look->stamp_s)
                look->stamp_s = record.observation.as.health.t1_s;
    free(bytes);
}

static struct look look_into(const char *spool)
{
    struct look look = {.stamp_s = INT64_MIN};
    yk_rig_each_file(spool, look_at, &look);
    return look;
}

static bool all_is_held(void *context)
{
    const struct radio *r = context;
    return look_into(r->spool).stamp_s >= first_s - behind_s + MINUTES * 60 - 5;
}

static size_t frames_in(const char *spool)
{
    struct yk_test_frames frames = {0};
    yk_test_frames_read(&frames, spool);
    size_t count = frames.count;
    yk_test_frames_free(&frames);
    return count;
}

static void feed_and_hold(struct radio *r)
{
    yk_test_pipe_feed(r->pipe, wrong);
    cr_assert(yk_rig_until(all_is_held, r, 60), "see %s", r->log);
    cr_expect_eq(frames_in(r->spool), 0, "nothing is signed while nobody knows when it was");
}

static void told_and_end(struct radio *r)
{
    yk_test_until_told(r->spool, first_s + MINUTES * 60 - 5);
    yk_rig_kill(&r->collect, SIGTERM);
    cr_expect_eq(look_into(r->spool).files, 0, "what is told is not kept");
}

/* What the district makes of a spool. */
static const char *table_of(const char *spool)
{
    const char *dir = yk_rig_text(&rig, "%s-district", spool), *log = yk_rig_text(&rig, "%s-district/log", spool);
    const char *state = yk_rig_text(&rig, "%s/state", dir), *publish = yk_rig_text(&rig, "%s/publish.db", dir),
               *out = yk_rig_text(&rig, "%s/tables", dir);
    struct yk_private_redis redis;
    struct yk_child analyze;
    cr_assert_eq(mkdir(dir, 0700), 0);
    yk_rig_redis(&redis, dir);
    yk_rig_start(&rig, &analyze, log, "analyze", rig.district, "--keys", rig.keys, "--state", state, "--publish",
                 publish, "--redis", redis.url, "--history", NULL);
    cr_assert_eq(yk_rig_run(&rig, log, "uplink", rig.district, "--keys", rig.keys, "--spool", spool, "--redis",
                            redis.url, "--drain", "--resend-after", "2", "--quiet", NULL),
                 0, "see %s", log);
    yk_rig_kill(&analyze, SIGTERM);
    yk_rig_kill(&redis.child, SIGTERM);
    cr_assert_eq(yk_rig_run(&rig, log, "analyze", rig.district, "--keys", rig.keys, "--state", state, "--publish",
                            publish, "--finish", "all", NULL),
                 0, "see %s", log);
    cr_assert_eq(yk_rig_run(&rig, log, "export", "--store", publish, "--config", rig.district, "--out", out, NULL), 0);
    return yk_rig_text(&rig, "%s/kpis.csv", out);
}

/* The same under a clock that is right. */
static const char *reference(void)
{
    struct radio r;
    int64_t offset_s = *shim.offset_s;
    *shim.offset_s = 0;
    radio_open(&r, "reference");
    yk_test_pipe_feed(r.pipe, right);
    told_and_end(&r);
    *shim.offset_s = offset_s;
    return table_of(r.spool);
}

static bool is_frame_of_presence(const struct yk_frame_header *h)
{
    return h->group == YK_GROUP_PRESENCE;
}

/* Time within which the radio's records lie. */
static void bounds(const char *spool, int64_t *first, int64_t *last)
{
    struct yk_test_frames frames = {0};
    yk_test_frames_read(&frames, spool);
    *first = INT64_MAX;
    *last = INT64_MIN;
    for (size_t i = 0; i < frames.count; i++) {
        const struct yk_frame_header *h = &frames.list[i].header;
        if (!is_frame_of_presence(h))
            continue;
        cr_expect(h->flags & YK_FRAME_LOCAL_KEY);
        *first = h->base_s < *first ? h->base_s : *first;
        *last = h->last_s > *last ? h->last_s : *last;
    }
    yk_test_frames_free(&frames);
}

Test(held, a_clock_that_is_set_later_changes_no_row)
{
    struct radio r;
    *shim.offset_s = -behind_s - 3; /* its stamps are three seconds ahead of it: what counts is the nearest tick */
    radio_open(&r, "late");
    feed_and_hold(&r);
    *shim.offset_s = 0;
    told_and_end(&r);
    cr_expect(yk_rig_file_says(r.log, "this machine's clock is not known yet"), "see %s", r.log);
    const char *ours = table_of(r.spool), *theirs = reference();
    struct yk_table table;
    yk_table_read(&table, theirs);
    cr_expect_gt(table.rows, 3);
    yk_table_free(&table);
    yk_rig_same_bytes(ours, theirs);
}

/* A shift between two ticks is rounded: five seconds at the most, and here they are four. */
Test(held, another_shift_is_within_five_seconds)
{
    struct radio r, exact;
    int64_t first, last, true_first, true_last;
    *shim.offset_s = -behind_s - 6;
    radio_open(&r, "late");
    feed_and_hold(&r);
    *shim.offset_s = 0;
    told_and_end(&r);
    radio_open(&exact, "exact");
    yk_test_pipe_feed(exact.pipe, right);
    told_and_end(&exact);
    bounds(r.spool, &first, &last);
    bounds(exact.spool, &true_first, &true_last);
    cr_expect_eq(first, true_first + 10);
    cr_expect_eq(last, true_last + 10);
}

/* Killed while it holds, and started again before the clock is set: it goes on with what is on the disk. */
Test(held, a_kill_loses_nothing_that_was_written)
{
    struct radio r;
    *shim.offset_s = -behind_s;
    radio_open(&r, "late");
    feed_and_hold(&r);
    yk_rig_kill(&r.collect, SIGKILL);
    radio_begin(&r);
    *shim.offset_s = 0;
    told_and_end(&r);
    yk_rig_same_bytes(table_of(r.spool), reference());
}

static bool something_is_held(void *context)
{
    return look_into(((struct radio *)context)->spool).stamp_s > INT64_MIN;
}

/* The writer holds the pipe open over the step: the radio begins another epoch's key and misses nothing. */
Test(held, the_clock_is_set_in_the_middle_of_a_stream)
{
    struct radio r;
    size_t size, half = HEADER;
    *shim.offset_s = -behind_s;
    radio_open(&r, "late");
    char *before = yk_rig_read(wrong, &size), *after = yk_rig_read(right, &size);
    while (half < size / 2)
        half += RECORD + le32(before + half + 8);
    int fd = open(r.pipe, O_WRONLY | O_CLOEXEC);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, before, half), (ssize_t)half);
    cr_assert(yk_rig_until(something_is_held, &r, 60), "see %s", r.log);
    *shim.offset_s = 0;
    yk_test_until_told(r.spool, first_s + 60);
    cr_assert_eq(write(fd, after + half, size - half), (ssize_t)(size - half));
    close(fd);
    told_and_end(&r);
    free(before);
    free(after);

    struct yk_test_frames frames = {0};
    yk_test_frames_read(&frames, r.spool);
    uint64_t keys[2] = {0};
    int64_t first, last, told_s = INT64_MIN;
    for (size_t i = 0; i < frames.count; i++) {
        const struct yk_frame_header *h = &frames.list[i].header;
        if (!is_frame_of_presence(h)) {
            cr_expect(told_s == INT64_MIN || h->told_from_s <= told_s + 10, "%ld s are told of by nobody",
                      (long)(h->told_from_s - told_s));
            told_s = h->told_to_s;
            continue;
        }
        int k = keys[0] == 0 || keys[0] == h->key_id ? 0 : 1;
        cr_expect(keys[k] == 0 || keys[k] == h->key_id, "one key before and one after");
        keys[k] = h->key_id;
    }
    cr_expect_neq(keys[1], 0);
    yk_test_frames_free(&frames);
    bounds(r.spool, &first, &last);
    cr_expect(first >= first_s - 10 && first < first_s + 30);
    cr_expect(last > first_s + MINUTES * 60 - 30 && last <= first_s + MINUTES * 60 + 10);
}

static const char *simulate_camera(const char *name, int64_t from_s)
{
    char from[YK_TIME_TEXT_MAX];
    const char *rec = yk_rig_path(&rig, name), *log = yk_rig_path(&rig, "simulate.log");
    yk_time_format(from, from_s);
    from[19] = '\0';
    cr_assert_eq(yk_rig_run(&rig, log, "simulate", rig.district, "--out", rec, "--scene", "short-stays", "--duration",
                            "10m", "--from", from, NULL),
                 0, "see %s", log);
    return yk_rig_text(&rig, "%s/cam-1.jsonl", rec);
}

static void camera_begin(struct radio *r, const char *name)
{
    *r = (struct radio){.spool = yk_rig_path(&rig, name),
                        .pipe = yk_rig_text(&rig, "%s/%s.pipe", rig.dir, name),
                        .log = yk_rig_text(&rig, "%s/%s.log", rig.dir, name)};
    cr_assert_eq(mkfifo(r->pipe, 0600), 0);
    yk_test_clock_enter(&shim);
    yk_rig_start(&rig, &r->collect, r->log, "collect", rig.district, "--keys", rig.keys, "--spool", r->spool,
                 "--family", "camera", "--input", yk_rig_text(&rig, "cam-1=%s", r->pipe), "--quiet", NULL);
    yk_test_clock_leave(&shim);
}

/* The same people at the same time of another week: the simulator knows no other difference. */
Test(held, a_camera_is_dated_too)
{
    struct radio r, exact;
    int64_t weeks_s = behind_s / 604800 * 604800;
    const char *then = simulate_camera("then", first_s - weeks_s), *now = simulate_camera("now", first_s);
    *shim.offset_s = -weeks_s;
    camera_begin(&r, "late");
    yk_test_pipe_feed(r.pipe, then);
    behind_s = weeks_s;
    cr_assert(yk_rig_until(all_is_held, &r, 60), "see %s", r.log);
    cr_expect_eq(frames_in(r.spool), 0);
    *shim.offset_s = 0;
    told_and_end(&r);
    camera_begin(&exact, "exact");
    yk_test_pipe_feed(exact.pipe, now);
    told_and_end(&exact);
    const char *ours = table_of(r.spool), *theirs = table_of(exact.spool);
    cr_expect(yk_rig_file_says(theirs, "footfall"));
    yk_rig_same_bytes(ours, theirs);
}

static bool tells_lost(void *context)
{
    char path[600];
    struct yk_collect_status status;
    snprintf(path, sizeof path, "%s/radio.status.json", ((struct radio *)context)->spool);
    bool yes = yk_collect_status_read(path, &status, NULL) == YK_OK && status.sensor_count == 1 &&
               yk_tally_count(&status.sensors[0].drops, "undated") > 20;
    yk_collect_status_clear(&status);
    return yes;
}

/* The power went: of another boot nobody can say when it was. */
Test(held, another_boot_counts_as_lost)
{
    struct radio r;
    *shim.offset_s = -behind_s;
    radio_open(&r, "late");
    feed_and_hold(&r);
    yk_rig_kill(&r.collect, SIGKILL);
    struct look look = look_into(r.spool);
    cr_assert_eq(look.files, 1);
    char other[600];
    const char *boot = strchr(strrchr(look.path, '/'), '.') + 1; /* radio.radio-1.BOOT.N.held */
    boot = strchr(boot, '.') + 1;
    snprintf(other, sizeof other, "%.*s%032d%s", (int)(boot - look.path), look.path, 7, boot + 32);
    cr_assert_eq(rename(look.path, other), 0);

    *shim.offset_s = 0;
    radio_begin(&r);
    yk_test_pipe_feed(r.pipe, right);
    cr_assert(yk_rig_until(tells_lost, &r, 60), "see %s", r.log);
    cr_expect(yk_rig_file_says(r.log, "the machine was started again before its clock was known"));
    told_and_end(&r);
    yk_rig_same_bytes(table_of(r.spool), reference());
}
