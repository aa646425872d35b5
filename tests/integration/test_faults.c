/* The world fails, or lies: a full disk, a Redis that goes away, frames that nobody should believe.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each fault is caused while the work is under way, and in the end the table has to be the one of an unhindered run. */
#include "frame/keys.h"
#include "support/frames.h"
#include "support/rig.h"

#include <criterion/criterion.h>
#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct scene {
    struct yk_rig rig;
    const char *rec, *log;
};

static void open_scene(struct scene *s, const char *duration)
{
    yk_rig_open(&s->rig);
    s->rec = yk_rig_path(&s->rig, "rec");
    s->log = yk_rig_path(&s->rig, "log");
    cr_assert_eq(yk_rig_run(&s->rig, s->log, "simulate", s->rig.district, "--out", s->rec, "--scene", "short-stays",
                            "--duration", duration, "--from", "2026-10-01T10:00", NULL),
                 0);
}

static void start_collect(struct scene *s, struct yk_child *child, const char *family, const char *spool,
                          const char *log)
{
    bool radio = strcmp(family, "radio") == 0;
    const char *extension = radio ? "pcap" : "jsonl", *name = radio ? "radio" : "cam";
    yk_rig_start(&s->rig, child, log, "collect", s->rig.district, "--keys", s->rig.keys, "--spool", spool, "--bulk",
                 "--family", family, "--input", yk_rig_text(&s->rig, "%s-1=%s/%s-1.%s", name, s->rec, name, extension),
                 "--input", yk_rig_text(&s->rig, "%s-2=%s/%s-2.%s", name, s->rec, name, extension), NULL);
}

static void collect_all(struct scene *s, const char *spool)
{
    static const char *const families[] = {"radio", "camera"};
    for (int f = 0; f < 2; f++) {
        struct yk_child child;
        start_collect(s, &child, families[f], spool, s->log);
        cr_assert_eq(yk_rig_wait(&child), 0, "see %s", s->log);
    }
}

/* One district server, with a run folder of its own. */
struct server {
    const char *dir, *state, *publish, *log;
    struct yk_private_redis redis;
    struct yk_child analyze;
};

static void start_analyze(struct scene *s, struct server *v)
{
    yk_rig_start(&s->rig, &v->analyze, v->log, "analyze", s->rig.district, "--keys", s->rig.keys, "--state", v->state,
                 "--publish", v->publish, "--redis", v->redis.url, "--history", NULL);
}

static void open_server(struct scene *s, struct server *v, const char *name)
{
    v->dir = yk_rig_path(&s->rig, name);
    cr_assert_eq(mkdir(v->dir, 0700), 0);
    v->state = yk_rig_text(&s->rig, "%s/state", v->dir);
    v->publish = yk_rig_text(&s->rig, "%s/publish.db", v->dir);
    v->log = yk_rig_text(&s->rig, "%s/log", v->dir);
    yk_rig_redis(&v->redis, v->dir);
}

static void start_uplink(struct scene *s, struct server *v, struct yk_child *uplink, const char *spool)
{
    yk_rig_start(&s->rig, uplink, v->log, "uplink", s->rig.district, "--keys", s->rig.keys, "--spool", spool, "--redis",
                 v->redis.url, "--drain", "--resend-after", "2", "--quiet", NULL);
}

/* Ends the parts, works out the tables: the path of the CSV file. */
static const char *tables(struct scene *s, struct server *v)
{
    const char *out = yk_rig_text(&s->rig, "%s/tables", v->dir);
    yk_rig_kill(&v->analyze, SIGTERM);
    yk_rig_kill(&v->redis.child, SIGTERM);
    cr_assert_eq(yk_rig_run(&s->rig, v->log, "analyze", s->rig.district, "--keys", s->rig.keys, "--state", v->state,
                            "--publish", v->publish, "--finish", "all", NULL),
                 0);
    cr_assert_eq(
        yk_rig_run(&s->rig, v->log, "export", "--store", v->publish, "--config", s->rig.district, "--out", out, NULL),
        0);
    return yk_rig_text(&s->rig, "%s/kpis.csv", out);
}

static const char *tables_of_spool(struct scene *s, const char *name, const char *spool)
{
    static struct server v;
    struct yk_child uplink;
    memset(&v, 0, sizeof v);
    open_server(s, &v, name);
    start_analyze(s, &v);
    start_uplink(s, &v, &uplink, spool);
    cr_assert_eq(yk_rig_wait(&uplink), 0, "see %s", v.log);
    return tables(s, &v);
}

struct saying {
    const char *log, *text;
    struct yk_child *child; /* must go on running meanwhile */
};

static bool says(void *context)
{
    struct saying *s = context;
    return yk_rig_file_says(s->log, s->text) || !yk_child_running(s->child);
}

static void until_said(const char *log, const char *text, struct yk_child *child)
{
    struct saying saying = {log, text, child};
    cr_assert(yk_rig_until(says, &saying, 60), "%s never says '%s'", log, text);
    cr_assert(yk_rig_file_says(log, text), "%s ended before it said '%s'; see %s", child->name, text, log);
}

/* A file system of its own, in a mount namespace that ends with this test's process. */
static bool small_disk(const char *dir, const char *size)
{
    cr_assert_eq(mkdir(dir, 0700), 0);
    char options[64];
    snprintf(options, sizeof options, "size=%s", size);
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", dir, "tmpfs", 0, options) == 0;
}

/* Leaves about `room` bytes. */
static const char *fill(struct scene *s, const char *dir, size_t room)
{
    const char *path = yk_rig_text(&s->rig, "%s/filler", dir);
    struct statvfs fs;
    cr_assert_eq(statvfs(dir, &fs), 0);
    size_t size = (size_t)fs.f_bavail * fs.f_frsize;
    cr_assert_gt(size, room);
    char *bytes = calloc(1, size - room);
    yk_rig_write(path, bytes, size - room);
    free(bytes);
    return path;
}

/* The disk is full at several stages: at once, after the first page, in the middle. */
Test(faults, full_disk_under_the_spool, .timeout = 200)
{
    static struct scene s;
    open_scene(&s, "2h");
    const char *free_spool = yk_rig_path(&s.rig, "spool"), *disk = yk_rig_path(&s.rig, "disk");
    collect_all(&s, free_spool);
    const char *expected = tables_of_spool(&s, "unhindered", free_spool);
    if (!small_disk(disk, "1m")) {
        fprintf(stderr, "SKIPPED: may not mount a file system (%s); the file size limit stands for it\n",
                strerror(errno));
        cr_skip_test("no mount");
    }
    static const size_t rooms[] = {0, 4096, 12288};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        const char *spool = yk_rig_text(&s.rig, "%s/spool-%zu", disk, i), *filler = fill(&s, disk, rooms[i]);
        static const char *const families[] = {"radio", "camera"};
        for (int f = 0; f < 2; f++) {
            const char *log = yk_rig_text(&s.rig, "%s/full-%zu-%d.log", s.rig.dir, i, f);
            struct yk_child child;
            start_collect(&s, &child, families[f], spool, log);
            until_said(log, "waiting for room, nothing is lost yet", &child);
            cr_assert_eq(unlink(filler), 0);
            cr_assert_eq(yk_rig_wait(&child), 0, "see %s", log);
            cr_expect(yk_rig_file_says(log, "there is room on disk again"));
            if (f == 0)
                filler = fill(&s, disk, rooms[i]);
        }
        yk_rig_same_bytes(expected, tables_of_spool(&s, yk_rig_text(&s.rig, "hindered-%zu", i), spool));
    }
    cr_assert_eq(umount2(disk, MNT_DETACH), 0);
    yk_rig_close(&s.rig);
}

/* The same without any right: no file of the collector may grow beyond 8 KiB, until it has said so. */
Test(faults, no_room_for_a_file, .timeout = 200)
{
    static struct scene s;
    open_scene(&s, "2h");
    const char *free_spool = yk_rig_path(&s.rig, "spool"), *spool = yk_rig_path(&s.rig, "tight"),
               *log = yk_rig_path(&s.rig, "tight.log");
    collect_all(&s, free_spool);
    const char *expected = tables_of_spool(&s, "unhindered", free_spool);
    signal(SIGXFSZ, SIG_IGN); /* children inherit it: a write fails with EFBIG, as on a full disk with ENOSPC */
    struct rlimit kept, tight;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &kept), 0);
    tight = (struct rlimit){8192, kept.rlim_max};
    for (int f = 0; f < 2; f++) {
        struct yk_child child;
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
        start_collect(&s, &child, f ? "camera" : "radio", spool, log);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &kept), 0);
        until_said(log, "waiting for room, nothing is lost yet", &child);
        cr_assert_eq(prlimit(child.pid, RLIMIT_FSIZE, &kept, NULL), 0);
        cr_assert_eq(yk_rig_wait(&child), 0, "see %s", log);
        cr_assert_eq(unlink(log), 0);
    }
    yk_rig_same_bytes(expected, tables_of_spool(&s, "hindered", spool));
    yk_rig_close(&s.rig);
}

struct backlog {
    struct yk_redis *redis;
    const char *edge;
    size_t at_least, at_most;
};

static bool backlog_is(void *context)
{
    struct backlog *b = context;
    size_t length = yk_test_redis_length(b->redis, b->edge);
    return length >= b->at_least && length <= b->at_most;
}

Test(faults, redis_goes_away, .timeout = 200)
{
    static struct scene s;
    static struct server v;
    open_scene(&s, "1h");
    const char *spool = yk_rig_path(&s.rig, "spool"), *copy = yk_rig_path(&s.rig, "copy");
    collect_all(&s, yk_rig_path(&s.rig, "collected"));
    yk_test_frames_repack(yk_rig_path(&s.rig, "collected"), spool, s.rig.keys);
    yk_rig_copy(spool, copy);
    const char *expected = tables_of_spool(&s, "unhindered", copy);

    open_server(&s, &v, "hindered");
    struct yk_child uplink;
    start_uplink(&s, &v, &uplink, spool);
    struct backlog backlog = {yk_test_redis_connect(v.redis.url), "local", 100, SIZE_MAX};
    cr_assert(yk_rig_until(backlog_is, &backlog, 60));
    yk_redis_free(backlog.redis);
    yk_rig_kill(&v.redis.child, SIGKILL);
    until_said(v.log, "frames wait in the spool", &uplink);
    start_analyze(&s, &v); /* it comes up without a Redis, and waits too */
    until_said(v.log, "; waiting", &v.analyze);
    cr_assert(yk_child_running(&uplink));
    yk_rig_redis(&v.redis, v.dir); /* empty */
    cr_assert_eq(yk_rig_wait(&uplink), 0, "see %s", v.log);
    cr_expect(yk_rig_file_says(v.log, "uplink: connected to Redis again"));
    cr_expect(yk_rig_file_says(v.log, "analyze: connected to Redis again"));
    yk_rig_same_bytes(expected, tables(&s, &v));
    yk_rig_close(&s.rig);
}

/* Entries that are not to be believed, and how often each is counted in the closing line. */
struct lies {
    struct yk_redis *redis;
    uint8_t bytes[2 * YK_FRAME_SIZE_MAX];
    uint8_t *edge_key, forger[YK_FRAME_KEY_SIZE];
};

static void tell(struct lies *l, struct yk_frame_header header, const struct yk_frame *body, const uint8_t *key,
                 const char *stream)
{
    size_t size = yk_frame_seal(&header, body->body, body->body_size, key, NULL, l->bytes);
    cr_assert_gt(size, 0);
    yk_test_redis_add(l->redis, stream, l->bytes, size);
}

static void tell_bytes(struct lies *l, const struct yk_frame *frame, size_t size, size_t flip)
{
    memset(l->bytes, 0xa5, sizeof l->bytes);
    memcpy(l->bytes, frame->bytes, frame->size);
    if (flip)
        l->bytes[flip] ^= 3;
    yk_test_redis_add(l->redis, "local", l->bytes, size);
}

static void tell_lies(struct lies *l, const struct yk_frame *frame)
{
    struct yk_frame_header h = frame->header;
    h.incarnation ^= 1;
    tell(l, h, frame, l->forger, "local"); /* 3 forged: another's key, a changed body, a changed header */
    tell_bytes(l, frame, frame->size, YK_FRAME_HEADER_SIZE + 3);
    tell_bytes(l, frame, frame->size, 176);   /* which configuration the edge ran on */
    tell_bytes(l, frame, frame->size - 1, 0); /* 4 not whole: cut, cut, too long, noise */
    tell_bytes(l, frame, 20, 0);
    tell_bytes(l, frame, frame->size + 1, 0);
    memset(l->bytes, 0x5a, sizeof l->bytes);
    yk_test_redis_add(l->redis, "local", l->bytes, sizeof l->bytes);
    yk_test_redis_add(l->redis, "edge-2", frame->bytes, frame->size); /* 2 in a wrong stream, or of a wrong district */
    struct yk_frame_header other = h;
    strcpy(other.district, "lakeside");
    tell(l, other, frame, l->edge_key, "local");
    struct yk_frame_header sensor = h; /* 2 for sensors that are not, or not the edge's */
    strcpy(sensor.sensor, "radio-9");
    tell(l, sensor, frame, l->edge_key, "local");
    struct yk_frame_header stranger = h;
    strcpy(stranger.edge, "edge-2");
    tell(l, stranger, frame, l->edge_key, "edge-2");
    tell_bytes(l, frame, frame->size, 4); /* 1 of a newer version: 1 becomes 2 */
}

Test(faults, frames_nobody_should_believe, .timeout = 200)
{
    static struct scene s;
    static struct server honest, lied_to;
    static struct lies l;
    open_scene(&s, "1h");
    /* A second edge, which speaks for radio-2 only and is given the first one's key pair: a signature alone is not
     * enough. */
    cr_assert_eq(yk_rig_run(&s.rig, s.log, "keys", "enroll", s.rig.district, "--keys", s.rig.keys, "--edge", "edge-2",
                            "--public", yk_rig_path(&s.rig, "keys/edge.pub"), "--sensors", "radio-2", NULL),
                 0);
    const char *spool = yk_rig_path(&s.rig, "spool");
    collect_all(&s, spool);
    struct yk_test_frames frames;
    yk_test_frames_read(&frames, spool);
    cr_assert_eq(yk_keys_load_secret(s.rig.keys, "edge", &l.edge_key, NULL), YK_OK);
    uint8_t public[YK_FRAME_PUBLIC_SIZE];
    crypto_sign_keypair(public, l.forger);

    struct server *servers[] = {&honest, &lied_to};
    const char *csv[2];
    const struct yk_frame *victim = NULL;
    for (size_t i = 0; i < frames.count && !victim; i++)
        if (frames.list[i].header.group == YK_GROUP_PLAIN && strcmp(frames.list[i].header.sensor, "cam-1") == 0 &&
            frames.list[i].header.records > 1)
            victim = &frames.list[i];
    cr_assert(victim);
    for (int i = 0; i < 2; i++) {
        struct server *v = servers[i];
        open_server(&s, v, i ? "lied-to" : "honest");
        l.redis = yk_test_redis_connect(v->redis.url);
        if (i == 1)
            tell_lies(&l, victim);
        for (size_t f = 0; f < frames.count; f++) {
            yk_test_redis_add(l.redis, "local", frames.list[f].bytes, frames.list[f].size);
            if (i == 1 && f % 10 == 0) /* replayed */
                yk_test_redis_add(l.redis, "local", frames.list[f].bytes, frames.list[f].size);
        }
        start_analyze(&s, v);
        struct backlog backlog = {l.redis, "local", 0, 1};
        cr_assert(yk_rig_until(backlog_is, &backlog, 60), "see %s", v->log);
        backlog.edge = "edge-2";
        cr_assert(yk_rig_until(backlog_is, &backlog, 60), "see %s", v->log);
        cr_expect_eq(yk_test_covered(v->redis.url, s.rig.keys, &frames), frames.count);
        yk_redis_free(l.redis);
        csv[i] = tables(&s, v);
    }
    const char *closing[] = {
        yk_rig_text(&s.rig, "%zu frames taken,", frames.count),
        yk_rig_text(&s.rig, "%zu frames taken before", (frames.count + 9) / 10),
        "3 frames signed by somebody else",
        "4 frames not a whole frame",
        "2 frames in another edge's stream, or for another district",
        "2 frames for a sensor that the edge is not enrolled for",
        "1 frames a frame of a newer version",
    };
    char *log = yk_rig_read(lied_to.log, NULL);
    for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++)
        cr_expect(strstr(log, closing[i]), "the closing line does not say '%s':\n%s", closing[i], log);
    free(log);
    yk_rig_same_bytes(csv[0], csv[1]);
    sodium_free(l.edge_key);
    yk_test_frames_free(&frames);
    yk_rig_close(&s.rig);
}
