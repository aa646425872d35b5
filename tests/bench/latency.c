/* latency.crossing_s, latency.presence_s: from an event to the district's knowing of it. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Not CPU time but time by the clock, of one live machine that does nothing else. 110 people cross a line and 110 devices
 * are heard for the first time, at intervals that fit none of the product's own, so that every phase is met. What became
 * of them is looked at every 50 ms, and so are these times known:
 *
 *     happened     the picture with the track beyond the line, or the first advert, was written into its pipe
 *     spooled      a frame with it lies in the spool: tick, flush
 *     sent         Redis has been given that many frames: the uplink
 *     covered      a signed message says that the district has it: the worker's commit
 *     published    a crossing: the row's value counts it. A device: something was published after it was covered
 *
 * A device is no number that is shown: rows about devices are told when their window has ended, suppressed below k, and
 * rounded while they are provisional, so that nobody can be seen in them. So its end here is the publication that takes its
 * window in, by which a screen could show it at the earliest. Which pseudonym is which device is known by the time of its
 * first advert, which stands in the frame. */
#include "benches.h"
#include "live_district.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS          110
#define CROSSING_STEP_S 1.13
#define DEVICE_STEP_S   1.07
#define POLL_MS         50
#define PICTURE_S       0.1
#define TRACK_STEPS     15
#define TRACK_FROM_X    1100.0 /* beyond the line at 960 and its hysteresis of 15 in the tenth step */
#define TRACK_STEP_X    16.0
#define BEYOND_X        945.0
#define ADVERTS         20 /* of a device, a second apart */
#define AFTER_S         180
#define FRAMES_MAX      2048

enum stage { HAPPENED, SPOOLED, SENT, COVERED, PUBLISHED, STAGES };

struct event {
    double at_s[STAGES]; /* monotonic; 0: not yet */
    double wall_s;       /* when it happened */
    size_t frame;        /* that tells of it, once it is spooled */
};

struct frame_seen {
    struct yk_frame_header header;
    bool sent, covered;
};

struct watch {
    struct yk_live_district live;
    struct event crossings[EVENTS], devices[EVENTS];
    size_t crossings_spooled;
    unsigned adverts[EVENTS]; /* sent so far */
    unsigned steps[EVENTS];   /* of each track, so far */
    uint64_t known[4 * EVENTS];
    size_t known_count;
    struct frame_seen frames[FRAMES_MAX];
    size_t frame_count;
    struct yk_unpacker *unpacker;
    struct yk_presence records[YK_FRAME_RECORDS_MAX];
};

static void happen(struct event *event)
{
    event->at_s[HAPPENED] = yk_bench_now_s();
    event->wall_s = (double)yk_wall_now(&yk_clock_system).us / 1e6;
}

/* --- What happens ----------------------------------------------------------------------------------------------- */

/* A step a picture, however late it comes: a machine that was away for a while leaves nobody out. */
static void take_picture(struct watch *w, double now_s)
{
    struct yk_live_track tracks[8];
    size_t count = 0;
    for (unsigned i = 0; i < EVENTS && count < 8; i++) {
        if (now_s < i * CROSSING_STEP_S || w->steps[i] == TRACK_STEPS)
            continue;
        double x = TRACK_FROM_X - TRACK_STEP_X * w->steps[i]++;
        tracks[count++] = (struct yk_live_track){1 + i, x};
        if (x < BEYOND_X && w->crossings[i].at_s[HAPPENED] <= 0)
            happen(&w->crossings[i]);
    }
    yk_live_district_picture(&w->live, tracks, count);
}

static void advertise(struct watch *w, double now_s)
{
    for (unsigned i = 0; i < EVENTS; i++) {
        if (w->adverts[i] == ADVERTS || now_s < i * DEVICE_STEP_S + w->adverts[i])
            continue;
        if (w->adverts[i]++ == 0)
            happen(&w->devices[i]);
        yk_live_district_advert(&w->live, 1 + i);
    }
}

/* --- What becomes of it ----------------------------------------------------------------------------------------- */

static void note_crossing(void *context, const struct yk_observation *o)
{
    struct watch *w = context;
    if (o->kind != YK_KIND_CROSSING || w->crossings_spooled == EVENTS)
        return;
    struct event *event = &w->crossings[w->crossings_spooled++]; /* in the order in which they happened */
    event->at_s[SPOOLED] = yk_bench_now_s();
    event->frame = w->frame_count - 1;
}

static bool is_known(struct watch *w, uint64_t pseudonym)
{
    for (size_t i = 0; i < w->known_count; i++)
        if (w->known[i] == pseudonym)
            return true;
    if (w->known_count < sizeof w->known / sizeof w->known[0])
        w->known[w->known_count++] = pseudonym;
    return false;
}

static void note_device(struct watch *w, const struct yk_presence *p)
{
    double first_s = (double)p->tick * YK_TICK_S + p->first_ds / 10.0;
    if (is_known(w, p->pseudonym))
        return;
    for (size_t i = 0; i < EVENTS; i++) {
        struct event *event = &w->devices[i];
        if (event->at_s[HAPPENED] <= 0 || event->at_s[SPOOLED] > 0 || fabs(event->wall_s - first_s) > 0.3)
            continue;
        event->at_s[SPOOLED] = yk_bench_now_s();
        event->frame = w->frame_count - 1;
        return;
    }
}

static void look_into_spool(struct watch *w)
{
    struct yk_frame frame;
    while (yk_live_district_frame(&w->live, &frame) && w->frame_count < FRAMES_MAX) {
        w->frames[w->frame_count++] = (struct frame_seen){.header = frame.header};
        if (!yk_frame_unpack(w->unpacker, &frame))
            yk_bench_give_up("a frame cannot be unpacked", NULL);
        if (frame.header.group == YK_GROUP_PLAIN)
            (void)yk_body_plain_decode(&frame, note_crossing, w);
        else if (frame.header.group == YK_GROUP_PRESENCE && yk_body_presence_decode(&frame, w->records))
            for (size_t i = 0; i < frame.header.records; i++)
                note_device(w, &w->records[i]);
    }
}

static void reach(struct event *events, size_t frame, enum stage stage, double now_s)
{
    for (size_t i = 0; i < EVENTS; i++)
        if (events[i].at_s[SPOOLED] > 0 && events[i].frame == frame && events[i].at_s[stage] <= 0)
            events[i].at_s[stage] = now_s;
}

static void frame_reaches(struct watch *w, size_t frame, enum stage stage)
{
    double now_s = yk_bench_now_s();
    reach(w->crossings, frame, stage, now_s);
    reach(w->devices, frame, stage, now_s);
}

static void look_into_redis(struct watch *w)
{
    struct yk_received covered = {0};
    uint64_t added = yk_live_district_added(&w->live);
    bool there = yk_live_district_covered(&w->live, &covered);
    for (size_t i = 0; i < w->frame_count; i++) {
        if (!w->frames[i].sent && i < added) {
            w->frames[i].sent = true;
            frame_reaches(w, i, SENT);
        }
        if (!w->frames[i].covered && there && yk_received_covers(&covered, &w->frames[i].header)) {
            w->frames[i].covered = true;
            frame_reaches(w, i, COVERED);
        }
    }
    yk_received_clear(&covered);
}

static void look_into_store(struct watch *w)
{
    if (!yk_live_district_published(&w->live))
        return;
    double footfall = yk_live_district_footfall(&w->live), now_s = yk_bench_now_s();
    for (size_t i = 0; i < EVENTS; i++) {
        struct event *crossing = &w->crossings[i], *device = &w->devices[i];
        if (crossing->at_s[PUBLISHED] <= 0 && (double)i < footfall)
            crossing->at_s[PUBLISHED] = now_s;
        if (device->at_s[PUBLISHED] <= 0 && device->at_s[COVERED] > 0)
            device->at_s[PUBLISHED] = now_s;
    }
}

static bool is_over(const struct watch *w)
{
    for (size_t i = 0; i < EVENTS; i++)
        if (w->crossings[i].at_s[PUBLISHED] <= 0 || w->devices[i].at_s[PUBLISHED] <= 0)
            return false;
    return true;
}

/* --- Telling ---------------------------------------------------------------------------------------------------- */

static void report(struct yk_bench *bench, const char *id, const char *unit, const struct event *events, double goal)
{
    static const char *const legs[] = {"", "in the spool", "in Redis", "covered", "published"};
    double all[EVENTS];
    char name[64];
    for (size_t i = 0; i < EVENTS; i++)
        all[i] = events[i].at_s[PUBLISHED] - events[i].at_s[HAPPENED];
    const double shares[] = {0.99, 0.5};
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s%s", id, i ? ".p50" : "");
        yk_bench_report(bench, &(struct yk_figure){.id = name,
                                                   .unit = unit,
                                                   .value = yk_percentile(all, EVENTS, shares[i]),
                                                   .reference = (double)NAN,
                                                   .goal_is = YK_GOAL_VALUE_MAX,
                                                   .goal = goal,
                                                   .runs = 1});
    }
    printf("  where it goes, s by p50 and p99:");
    for (enum stage stage = SPOOLED; stage < STAGES; stage++) {
        double leg[EVENTS];
        for (size_t i = 0; i < EVENTS; i++)
            leg[i] = events[i].at_s[stage] - events[i].at_s[stage - 1];
        printf("%s %s %.2f, %.2f", stage > SPOOLED ? ";" : "", legs[stage], yk_percentile(leg, EVENTS, 0.5),
               yk_percentile(leg, EVENTS, 0.99));
    }
    putchar('\n');
}

void yk_bench_latency(struct yk_bench *bench)
{
    static struct watch w;
    char dir[YK_BENCH_PATH / 2];
    w.unpacker = yk_unpacker_new();
    if (!w.unpacker)
        yk_bench_give_up("out of memory", NULL);
    snprintf(dir, sizeof dir, "%s/live", bench->dir);
    yk_live_district_start(&w.live, dir);
    fprintf(stderr, "living for some minutes\n");
    double began = yk_bench_now_s(), pictured = -1, until = EVENTS * CROSSING_STEP_S + AFTER_S;
    while (!is_over(&w)) {
        double now_s = yk_bench_now_s() - began;
        if (now_s > until)
            yk_bench_give_up("not every event was published", NULL);
        advertise(&w, now_s);
        if (now_s - pictured >= PICTURE_S) {
            take_picture(&w, now_s);
            pictured = now_s;
        }
        look_into_spool(&w);
        look_into_redis(&w);
        look_into_store(&w);
        yk_bench_sleep_ms(POLL_MS);
    }
    report(bench, "latency.crossing_s", "s, by the clock", w.crossings, 6);
    report(bench, "latency.presence_s", "s, by the clock", w.devices, 70);
    yk_live_district_end(&w.live);
    yk_unpacker_free(w.unpacker);
    yk_bench_remove(dir);
}
