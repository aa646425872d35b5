/* Keys, spools and processes of many edges. SPDX-License-Identifier: GPL-3.0-or-later */
#include "crowd.h"

#include "base/calendar.h"
#include "base/clock.h"
#include "frame/enrolment.h"
#include "frame/frame_writer.h"
#include "frame/keys.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PER_PLACE 20
#define RECORDS   20 /* of presence in a minute of one radio */
#define MINUTE_S  60

static void write_district(const struct yk_crowd *crowd)
{
    FILE *f = fopen(crowd->district, "w");
    if (!f)
        yk_bench_give_up(crowd->district, NULL);
    fprintf(f, "version: 1\ndistrict: { id: %s, name: { en: A crowd }, timezone: Asia/Tokyo }\nplaces:\n",
            YK_CROWD_DISTRICT);
    for (size_t i = 0; i * PER_PLACE < crowd->count; i++)
        fprintf(f, "  - { id: place-%zu, name: { en: Place %zu }, area_m2: 1000 }\n", i, i);
    fputs("sensors:\n", f);
    for (size_t i = 0; i < crowd->count; i++)
        fprintf(f, "  - { id: r-%zu, place: place-%zu, kind: ble_capture }\n", i, i / PER_PLACE);
    fputs("privacy: { epoch_hours: 24, epoch_start: \"04:00\", k: 10 }\n", f);
    if (fclose(f) != 0)
        yk_bench_give_up(crowd->district, NULL);
}

/* What `yukikai keys acl` would let an edge and the worker do (link/acl.h). */
static void describe_user(struct yk_crowd_edge *edge, struct yk_secure_user *user)
{
    snprintf(edge->user, sizeof edge->user, "edge-%s", edge->id);
    snprintf(edge->password, sizeof edge->password, "%08x%08x%08x%08x", randombytes_random(), randombytes_random(),
             randombytes_random(), randombytes_random());
    snprintf(edge->rules, sizeof edge->rules,
             "resetkeys -@all (+xadd %%W~yukikai:{%s:0}:frames:%s) (+get %%R~yukikai:{%s:0}:covered:%s)",
             YK_CROWD_DISTRICT, edge->id, YK_CROWD_DISTRICT, edge->id);
    *user = (struct yk_secure_user){edge->user, edge->password, edge->rules};
}

static void make_edge(struct yk_crowd *crowd, size_t i, struct yk_enrolment *list)
{
    struct yk_crowd_edge *edge = &crowd->edges[i];
    struct yk_error err = {0};
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    char dir[YK_BENCH_PATH / 2 + 40], from[YK_BENCH_PATH + 16], to[YK_BENCH_PATH + 16], sensor[32];
    snprintf(edge->id, sizeof edge->id, "e-%zu", i);
    snprintf(sensor, sizeof sensor, "r-%zu", i);
    snprintf(dir, sizeof dir, "%s/edges/%zu", crowd->dir, i);
    snprintf(edge->keys, sizeof edge->keys, "%s/keys", dir);
    snprintf(edge->spool, sizeof edge->spool, "%s/spool", dir);
    yk_bench_make_folder(dir);
    yk_bench_must(yk_keys_make(edge->keys, "edge", &err), "keys", &err);
    yk_bench_must(yk_keys_load_secret(edge->keys, "edge", &edge->secret, &err), "keys", &err);
    yk_bench_must(yk_keys_load_public(edge->keys, "edge", public_key, &err), "keys", &err);
    snprintf(from, sizeof from, "%s/district.pub", crowd->keys);
    snprintf(to, sizeof to, "%s/district.pub", edge->keys);
    if (symlink(from, to) != 0)
        yk_bench_give_up(to, NULL);
    const char *sensors[] = {sensor};
    struct yk_enrolment_request request = {
        .edge = edge->id, .public_key = public_key, .sensors = sensors, .sensor_count = 1, .from_s = INT64_MIN};
    yk_bench_must(yk_enrolment_enroll(list, &request, &err), "enrolment", &err);
    describe_user(edge, &crowd->users[crowd->user_count++]);
}

void yk_crowd_make(struct yk_crowd *crowd, const char *dir, size_t count)
{
    static const struct yk_secure_user analyze = {
        "analyze", "a password of the bench",
        "resetkeys -@all (+xread +xinfo|stream +xtrim ~yukikai:{" YK_CROWD_DISTRICT
        ":0}:frames:*) (+set ~yukikai:{" YK_CROWD_DISTRICT ":0}:covered:*) (+xadd ~yukikai:{" YK_CROWD_DISTRICT
        ":0}:quarantine)"};
    struct yk_error err = {0};
    struct yk_enrolment_edit edit = {0};
    char edges[YK_BENCH_PATH];
    *crowd = (struct yk_crowd){.count = count};
    snprintf(crowd->dir, sizeof crowd->dir, "%s", dir);
    snprintf(crowd->district, sizeof crowd->district, "%s/crowd.yaml", dir);
    snprintf(crowd->keys, sizeof crowd->keys, "%s/keys", dir);
    snprintf(crowd->log, sizeof crowd->log, "%s/uplinks.log", dir);
    snprintf(edges, sizeof edges, "%s/edges", dir);
    crowd->edges = calloc(count, sizeof *crowd->edges);
    crowd->users = calloc(count + 1, sizeof *crowd->users);
    if (!crowd->edges || !crowd->users)
        yk_bench_give_up("out of memory", NULL);
    yk_bench_make_folder(dir);
    yk_bench_make_folder(edges);
    write_district(crowd);
    yk_bench_must(yk_keys_make(crowd->keys, "district", &err), "keys", &err);
    yk_bench_must(yk_enrolment_edit_begin(crowd->keys, 1000, &edit, &err), "enrolment", &err);
    crowd->users[crowd->user_count++] = analyze;
    for (size_t i = 0; i < count; i++)
        make_edge(crowd, i, edit.list);
    yk_bench_must(yk_enrolment_edit_save(&edit, NULL, &err), "enrolment", &err);
    yk_enrolment_edit_end(&edit);
    yk_bench_must(yk_calendar_open("Asia/Tokyo", &err), "calendar", &err);
}

void yk_crowd_free(struct yk_crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        sodium_free(crowd->edges[i].secret);
    free(crowd->edges);
    free(crowd->users);
}

static void add_minute(struct yk_crowd *crowd, struct yk_frame_writer *writer, int64_t from_s)
{
    struct yk_error err = {0};
    for (unsigned r = 0; r < RECORDS; r++) {
        struct yk_observation o = {.kind = YK_KIND_PRESENCE};
        o.as.presence = (struct yk_presence){.tick = from_s / YK_TICK_S + r * 6 / RECORDS,
                                             .address_class = YK_CLASS_STATIC,
                                             .adverts = 3,
                                             .rssi_sum_dbm = -210,
                                             .rssi_count = 3,
                                             .rssi_max_dbm = -70,
                                             .last_ds = 20,
                                             .gap_ds = 20,
                                             .gap_sq_ds2 = 200};
        randombytes_buf(&o.as.presence.pseudonym, sizeof o.as.presence.pseudonym);
        yk_bench_must(yk_frame_writer_add(writer, &o, &err), "a record", &err);
    }
    struct yk_observation o = {.kind = YK_KIND_HEALTH};
    o.as.health.t0_s = from_s;
    o.as.health.t1_s = from_s + MINUTE_S;
    o.as.health.records = RECORDS;
    yk_bench_must(yk_frame_writer_add(writer, &o, &err), "a record", &err);
    yk_bench_must(yk_frame_writer_flush(writer, from_s + MINUTE_S, true, &err), "a frame", &err);
    crowd->observations += RECORDS + 1;
}

void yk_crowd_spool(struct yk_crowd *crowd, int minutes)
{
    struct yk_error err = {0};
    int64_t now_s = yk_wall_now(&yk_clock_system).us / 1000000 / MINUTE_S * MINUTE_S;
    int64_t epoch_s = yk_epoch_start(now_s - (int64_t)minutes * MINUTE_S, 24, 4 * 3600);
    for (size_t i = 0; i < crowd->count; i++) {
        struct yk_crowd_edge *edge = &crowd->edges[i];
        struct yk_spool *spool;
        struct yk_frame_writer *writer;
        char sensor[32];
        snprintf(sensor, sizeof sensor, "r-%zu", i);
        struct yk_spool_options options = {.dir = edge->spool,
                                           .slot = "radio",
                                           .district = YK_CROWD_DISTRICT,
                                           .edge = edge->id,
                                           .secret_key = edge->secret};
        yk_bench_must(yk_spool_open(&options, &spool, &err), "spool", &err);
        yk_bench_must(yk_frame_writer_new(spool, sensor, YK_FLUSH_LIVE, &writer, &err), "spool", &err);
        yk_bench_must(yk_frame_writer_epoch(writer, epoch_s, 1 + i, true, &err), "spool", &err);
        yk_frame_writer_begin(writer, now_s - (int64_t)minutes * MINUTE_S);
        for (int m = minutes; m > 0; m--)
            add_minute(crowd, writer, now_s - (int64_t)m * MINUTE_S);
        edge->frames += yk_spool_frames(spool);
        yk_frame_writer_free(writer);
        yk_spool_close(spool);
    }
}

size_t yk_crowd_start(struct yk_crowd *crowd, const char *url)
{
    struct yk_error err = {0};
    size_t started = 0;
    for (; started < crowd->count; started++) {
        struct yk_crowd_edge *edge = &crowd->edges[started];
        struct yk_child *uplink = &edge->uplink;
        yk_child_program("uplink", uplink->program, sizeof uplink->program);
        yk_child_init(uplink, "uplink", NULL);
        uplink->log_path = crowd->log;
        yk_child_args(uplink, crowd->district, "--edge", edge->id, "--keys", edge->keys, "--spool", edge->spool,
                      "--redis", url, "--quiet", NULL);
        if (yk_child_start(uplink, &err) != YK_OK)
            break;
        const struct sched_param idle = {0};
        if (sched_setscheduler(uplink->pid, SCHED_IDLE, &idle) != 0)
            yk_bench_give_up("sched_setscheduler", NULL);
    }
    return started;
}

void yk_crowd_end(struct yk_crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        if (crowd->edges[i].uplink.pid)
            kill(crowd->edges[i].uplink.pid, SIGTERM);
    for (size_t i = 0; i < crowd->count; i++)
        yk_child_end(&crowd->edges[i].uplink, 10000);
}

static bool has_segment(const char *folder)
{
    DIR *dir = opendir(folder);
    bool found = false;
    for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        found = dot && strcmp(dot, ".seg") == 0;
    }
    if (dir)
        closedir(dir);
    return found;
}

bool yk_crowd_drained(const struct yk_crowd_edge *edge)
{
    DIR *dir = opendir(edge->spool);
    bool drained = dir != NULL;
    for (struct dirent *entry; dir && drained && (entry = readdir(dir));) {
        char folder[YK_BENCH_PATH + 300];
        snprintf(folder, sizeof folder, "%s/%s", edge->spool, entry->d_name);
        if (strncmp(entry->d_name, "presence-", 9) == 0 || strncmp(entry->d_name, "plain-", 6) == 0)
            drained = !has_segment(folder);
    }
    if (dir)
        closedir(dir);
    return drained;
}

uint64_t yk_crowd_frames(const struct yk_crowd *crowd)
{
    uint64_t frames = 0;
    for (size_t i = 0; i < crowd->count; i++)
        frames += crowd->edges[i].frames;
    return frames;
}
