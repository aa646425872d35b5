/* People with paper: where and when they cross. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/cameras.h"

#include "base/calendar.h"
#include "status/collect_status.h"
#include "support/frames.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAME_US 100000
#define WALK_US  3000000
#define FROM_X   1050.0
#define TO_X     1350.0

static void write_stamp(FILE *file, int64_t time_us)
{
    time_t second = (time_t)(time_us / 1000000);
    struct tm tm;
    char text[32];
    gmtime_r(&second, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    fprintf(file, "{\"version\":\"4.0\",\"@timestamp\":\"%s.%03dZ\",\"sensorId\":\"cam\",\"objects\":[", text,
            (int)(time_us / 1000 % 1000));
}

size_t yk_test_people(const char *path, int64_t first_us, unsigned people, unsigned first_track)
{
    FILE *file = fopen(path, "a");
    cr_assert(file, "cannot write %s", path);
    size_t frames = (people + 4) * (1000000 / FRAME_US);
    for (size_t f = 0; f < frames; f++) {
        int64_t t_us = (int64_t)f * FRAME_US;
        bool first = true;
        write_stamp(file, first_us + t_us);
        for (unsigned p = 0; p < people; p++) {
            double part = (double)(t_us - (int64_t)p * 1000000) / WALK_US;
            if (part < 0 || part > 1)
                continue;
            double x = p % 2 == 0 ? FROM_X + part * (TO_X - FROM_X) : TO_X - part * (TO_X - FROM_X);
            fprintf(file, "%s\"%u|%.2f|300|%.2f|%u|Person\"", first ? "" : ",", first_track + p, x - 20, x + 20,
                    500 + 20 * (p % 7));
            first = false;
        }
        fputs("]}\n", file);
    }
    cr_assert_eq(fclose(file), 0);
    return frames;
}

int64_t yk_test_minutes_ago_us(int minutes)
{
    return (int64_t)(time(NULL) / 60 * 60 - minutes * 60 + 10) * 1000000;
}

static void take(void *context, const struct yk_observation *o)
{
    struct yk_test_told *told = context;
    if (o->kind == YK_KIND_CROSSING) {
        cr_assert_lt(told->count, YK_TEST_CROSSINGS_MAX);
        told->crossings[told->count].t_ms = o->as.crossing.t_ms;
        told->crossings[told->count++].direction = o->as.crossing.direction;
    } else if (o->kind == YK_KIND_HEALTH) {
        cr_assert_lt(told->health_count, YK_TEST_HEALTH_MAX);
        told->health[told->health_count][0] = o->as.health.t0_s;
        told->health[told->health_count++][1] = o->as.health.t1_s;
        for (int i = 0; i < YK_DROP_COUNT; i++)
            told->drops[i] += o->as.health.drops.count[i];
    }
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b; /* t_ms stands first */
    return (*x > *y) - (*x < *y);
}

void yk_test_told(struct yk_test_told *told, const char *spool, const char *sensor)
{
    struct yk_test_frames frames;
    memset(told, 0, sizeof *told);
    yk_test_frames_read(&frames, spool);
    for (size_t i = 0; i < frames.count; i++)
        if (frames.list[i].header.group == YK_GROUP_PLAIN && strcmp(frames.list[i].header.sensor, sensor) == 0)
            cr_assert(yk_body_plain_decode(&frames.list[i], take, told));
    yk_test_frames_free(&frames);
    qsort(told->crossings, told->count, sizeof told->crossings[0], by_time);
}

void yk_test_same_crossings(const struct yk_test_told *a, const struct yk_test_told *b)
{
    cr_assert_eq(a->count, b->count, "%zu crossings, not %zu", a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        cr_assert(a->crossings[i].t_ms == b->crossings[i].t_ms &&
                      a->crossings[i].direction == b->crossings[i].direction,
                  "crossing %zu differs", i);
}

void yk_test_all_crossed(const struct yk_test_told *told, size_t from, int64_t first_us, unsigned people)
{
    cr_assert_geq(told->count, from + people, "%zu crossings", told->count);
    for (unsigned p = 0; p < people; p++) {
        int64_t middle_ms = first_us / 1000 + (int64_t)p * 1000 + WALK_US / 2000;
        int64_t off_ms = told->crossings[from + p].t_ms - middle_ms;
        cr_expect(off_ms >= -1 && off_ms <= 1, "person %u crossed %lld ms late", p, (long long)off_ms);
        cr_expect_eq(told->crossings[from + p].direction, p % 2 == 0 ? -1 : 1, "person %u", p);
    }
}

bool yk_test_saw(const struct yk_test_told *told, int64_t t_s)
{
    for (size_t i = 0; i < told->health_count; i++)
        if (told->health[i][0] <= t_s && t_s < told->health[i][1])
            return true;
    return false;
}

struct wanted {
    const char *spool, *sensor, *reason;
    uint64_t count, seen;
};

static bool is_told(void *context)
{
    struct wanted *w = context;
    char path[2 * YK_PATH_SIZE];
    struct yk_collect_status status;
    yk_collect_status_path(w->spool, "camera", path);
    if (yk_collect_status_read(path, &status, NULL) != YK_OK)
        return false;
    for (size_t i = 0; i < status.sensor_count; i++)
        if (!status.head.ended && strcmp(status.sensors[i].id, w->sensor) == 0) /* not of the one before */
            w->seen = w->reason ? yk_tally_count(&status.sensors[i].drops, w->reason) : status.sensors[i].observations;
    yk_collect_status_clear(&status);
    return w->seen >= w->count;
}

void yk_test_until_observed(const char *spool, const char *sensor, uint64_t count)
{
    struct wanted wanted = {.spool = spool, .sensor = sensor, .count = count};
    cr_assert(yk_rig_until(is_told, &wanted, YK_RIG_DEADLINE_S / 2), "%s: %llu of %llu observations", sensor,
              (unsigned long long)wanted.seen, (unsigned long long)count);
}

void yk_test_until_dropped(const char *spool, const char *sensor, enum yk_drop reason, uint64_t count)
{
    struct wanted wanted = {.spool = spool, .sensor = sensor, .reason = yk_drop_name(reason), .count = count};
    cr_assert(yk_rig_until(is_told, &wanted, YK_RIG_DEADLINE_S / 2), "%s: %llu of %llu drops (%s)", sensor,
              (unsigned long long)wanted.seen, (unsigned long long)count, wanted.reason);
}

struct saying {
    const char *path, *text;
    unsigned times;
};

static bool says(void *context)
{
    const struct saying *s = context;
    if (access(s->path, R_OK) != 0)
        return false;
    char *content = yk_rig_read(s->path, NULL);
    unsigned found = 0;
    for (const char *at = content; (at = strstr(at, s->text)); at++)
        found++;
    free(content);
    return found >= s->times;
}

void yk_test_until_says(const char *path, const char *text, unsigned times)
{
    struct saying saying = {path, text, times};
    cr_assert(yk_rig_until(says, &saying, YK_RIG_DEADLINE_S / 2), "%s does not say '%s'", path, text);
}

int yk_test_port(int which)
{
    return 10000 + 4 * (getpid() % 5000) + which;
}

void yk_test_from_file(struct yk_rig *rig, struct yk_test_told *told, const char *name, const char *sensor,
                       const char *lines)
{
    const char *spool = yk_rig_path(rig, name), *log = yk_rig_text(rig, "%s/%s.log", rig->dir, name);
    cr_assert_eq(yk_rig_run(rig, log, "collect", rig->district, "--keys", rig->keys, "--spool", spool, "--input",
                            yk_rig_text(rig, "%s=%s", sensor, lines), "--quiet", NULL),
                 0, "see %s", log);
    yk_test_told(told, spool, sensor);
}
