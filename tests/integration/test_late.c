/* The real collector with presence of an ended epoch in its spool, and a clock of the test's. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "base/calendar.h"
#include "support/frames.h"
#include "support/needles.h"
#include "support/rig.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EPOCH_S INT64_C(1790794800) /* 2026-10-01T04:00+09:00 */
#define OVER_S  (EPOCH_S + 86400 + 6 * 3600)

struct scene {
    struct yk_rig rig;
    const char *spool, *log, *clock, *pipe;
    uint64_t *pseudonyms;
    size_t pseudonym_count, presence_count;
    uint64_t last[2];    /* presence frames of radio-1 and radio-2 */
    int64_t covered[2];  /* seconds they tell of */
    size_t addresses[2]; /* pseudonyms in them */
};

static int sensor_of(const struct yk_frame *frame)
{
    return strcmp(frame->header.sensor, "radio-2") == 0;
}

static bool is_presence(const struct yk_frame *frame)
{
    return frame->header.group == YK_GROUP_PRESENCE && !(frame->header.flags & YK_FRAME_TOMBSTONE);
}

/* Programs that are started until ordinary_time() think that it is that time. */
static void pretend(struct scene *s, int64_t wall_s)
{
    int64_t offset_s = wall_s - time(NULL);
    yk_rig_write(s->clock, &offset_s, sizeof offset_s);
    setenv("YK_FAULTS_CLOCK", s->clock, 1);
    setenv("LD_PRELOAD", YK_FAULTS_SHIM, 1);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0); /* the shim is loaded before it */
}

static void ordinary_time(void)
{
    unsetenv("LD_PRELOAD");
    unsetenv("YK_FAULTS_CLOCK");
}

/* Twenty minutes of two radios, collected as recordings; nobody has sent them. */
static void open_scene(struct scene *s)
{
    memset(s, 0, sizeof *s);
    yk_rig_open(&s->rig);
    struct yk_error err;
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    s->spool = yk_rig_path(&s->rig, "spool");
    s->log = yk_rig_path(&s->rig, "log");
    s->clock = yk_rig_path(&s->rig, "clock");
    s->pipe = yk_rig_path(&s->rig, "pipe");
    cr_assert_eq(mkfifo(s->pipe, 0600), 0);
    const char *rec = yk_rig_path(&s->rig, "rec");
    cr_assert_eq(yk_rig_run(&s->rig, s->log, "simulate", s->rig.district, "--out", rec, "--scene", "short-stays",
                            "--duration", "20m", "--from", "2026-10-01T10:00", NULL),
                 0);
    pretend(s, EPOCH_S + 8 * 3600); /* or the spool would prove later that the clock is behind */
    cr_assert_eq(yk_rig_run(&s->rig, s->log, "collect", s->rig.district, "--keys", s->rig.keys, "--spool", s->spool,
                            "--bulk", "--family", "radio", "--input",
                            yk_rig_text(&s->rig, "radio-1=%s/radio-1.pcap", rec), "--input",
                            yk_rig_text(&s->rig, "radio-2=%s/radio-2.pcap", rec), NULL),
                 0);
    ordinary_time();
    struct yk_test_frames frames;
    yk_test_frames_read(&frames, s->spool);
    s->pseudonym_count = yk_test_pseudonyms(&frames, &s->pseudonyms);
    for (int sensor = 0; sensor < 2; sensor++) {
        struct yk_test_frames own = {.list = calloc(frames.count, sizeof *own.list)};
        uint64_t *list;
        cr_assert(own.list);
        for (size_t i = 0; i < frames.count; i++)
            if (is_presence(&frames.list[i]) && sensor_of(&frames.list[i]) == sensor)
                own.list[own.count++] = frames.list[i];
        cr_assert_gt(own.count, 0);
        s->presence_count += own.count;
        s->addresses[sensor] = yk_test_pseudonyms(&own, &list);
        for (size_t i = 0; i < own.count; i++) { /* one start: its frames tile its time */
            const struct yk_frame_header *h = &own.list[i].header;
            cr_assert_eq(h->epoch_s, EPOCH_S);
            s->covered[sensor] += h->told_to_s - h->told_from_s;
            s->last[sensor] = h->sequence > s->last[sensor] ? h->sequence : s->last[sensor];
        }
        free(list);
        free(own.list);
    }
    yk_test_frames_free(&frames);
}

static void close_scene(struct scene *s)
{
    free(s->pseudonyms);
    yk_rig_close(&s->rig);
}

static bool is_there(void *context)
{
    return access(context, F_OK) == 0;
}

/* Runs a live collector at that time of day until it has looked after its spool once, and ends it. */
static void run_at(struct scene *s, const char *family, const char *sensor, int64_t wall_s)
{
    struct yk_child child;
    char *status = strdup(yk_rig_text(&s->rig, "%s/%s.status.json", s->spool, family));
    unlink(status);
    pretend(s, wall_s);
    yk_rig_start(&s->rig, &child, s->log, "collect", s->rig.district, "--keys", s->rig.keys, "--spool", s->spool,
                 "--family", family, "--input", yk_rig_text(&s->rig, "%s=%s", sensor, s->pipe), NULL);
    ordinary_time();
    cr_assert(yk_rig_until(is_there, status, YK_RIG_DEADLINE_S), "see %s", s->log);
    yk_rig_kill(&child, SIGTERM);
    cr_assert_eq(child.exit_status, 0, "see %s", s->log);
    free(status);
}

struct found {
    size_t presence, reduced;
    uint64_t given_up[2];
    int64_t addresses[2], covered[2]; /* of the epoch's sums */
    size_t epochs[2];
    int sensor;
};

static void take_sums(void *context, const struct yk_observation *o)
{
    struct found *f = context;
    if (o->as.sums.length_s != 86400)
        return;
    cr_expect_eq(o->as.sums.start_s, EPOCH_S);
    f->epochs[f->sensor]++;
    f->covered[f->sensor] = o->as.sums.covered_s;
    for (int c = 0; c < YK_CLASS_COUNT; c++)
        f->addresses[f->sensor] += o->as.sums.radio.class_of[c].addresses;
}

static struct found look(const struct scene *s)
{
    struct yk_test_frames frames;
    struct found f = {0};
    yk_test_frames_read(&frames, s->spool);
    for (size_t i = 0; i < frames.count; i++) {
        const struct yk_frame *frame = &frames.list[i];
        uint64_t last;
        f.sensor = sensor_of(frame);
        f.presence += is_presence(frame);
        if (yk_frame_tombstone(frame, &last))
            f.given_up[f.sensor] += last - frame->header.sequence + 1;
        if (frame->header.group == YK_GROUP_REDUCED) {
            f.reduced++;
            cr_expect(yk_body_plain_decode(frame, take_sums, &f));
        }
    }
    yk_test_frames_free(&frames);
    return f;
}

Test(late, a_radio_turns_an_ended_epoch_into_sums, .timeout = 200)
{
    struct scene s;
    open_scene(&s);
    run_at(&s, "radio", "radio-1", OVER_S - 3600);
    struct found f = look(&s);
    cr_expect(f.presence == s.presence_count && f.reduced == 0, "the grace is not over");

    run_at(&s, "radio", "radio-1", OVER_S + 60);
    f = look(&s);
    cr_expect_eq(f.presence, 0);
    cr_expect_neq(access(yk_rig_text(&s.rig, "%s/presence-%lld", s.spool, (long long)EPOCH_S), F_OK), 0);
    for (int sensor = 0; sensor < 2; sensor++) {
        cr_expect_eq(f.given_up[sensor], s.last[sensor], "tombstones for all frames");
        cr_expect_eq(f.epochs[sensor], 1);
        cr_expect_eq(f.addresses[sensor], (int64_t)s.addresses[sensor]);
        cr_expect_eq(f.covered[sensor], s.covered[sensor]);
    }
    cr_expect_eq(f.reduced, 2);
    cr_expect(yk_rig_file_says(s.log, "which the district never got, became sums without pseudonyms of"));
    cr_expect(yk_rig_file_says(s.log, yk_rig_text(&s.rig, "%zu late frames became sums of", s.presence_count)));

    struct yk_needles needles = {0};
    struct yk_needle_hits hits = {0};
    cr_assert_gt(s.pseudonym_count, 20);
    for (size_t i = 0; i < s.pseudonym_count; i++) {
        uint64_t swapped = __builtin_bswap64(s.pseudonyms[i]);
        yk_needles_add(&needles, &s.pseudonyms[i], 8, "raw", (uint32_t)i);
        yk_needles_add(&needles, &swapped, 8, "reversed", (uint32_t)i);
    }
    yk_needles_ready(&needles);
    yk_needles_search_tree(&needles, s.spool, &hits);
    cr_expect_eq(hits.count, 0, "%s", hits.first_form);
    yk_needles_free(&needles);

    run_at(&s, "radio", "radio-1", OVER_S + 600);
    cr_expect_eq(look(&s).reduced, 2, "once");
    close_scene(&s);
}

Test(late, a_camera_waits_an_hour_for_the_radio, .timeout = 200)
{
    struct scene s;
    open_scene(&s);
    run_at(&s, "camera", "cam-1", OVER_S + 1800);
    struct found f = look(&s);
    cr_expect(f.presence == s.presence_count && f.reduced == 0);
    run_at(&s, "camera", "cam-1", OVER_S + 3660);
    f = look(&s);
    cr_expect(f.presence == 0 && f.reduced == 0);
    cr_expect(f.given_up[0] == s.last[0] && f.given_up[1] == s.last[1]);
    close_scene(&s);
}
