/* Pipes in, stores out. SPDX-License-Identifier: GPL-3.0-or-later */
#include "live_district.h"

#include "base/clock.h"
#include "frame/keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DISTRICT "riverside"
#define EDGE     "local"
#define START_S  60

/* Both ends, so that writing never waits for a reader and the reader never sees an end. */
static int make_pipe(const char *path)
{
    int fd = mkfifo(path, 0600) == 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        yk_bench_give_up(path, NULL);
    return fd;
}

static void put(int fd, const void *bytes, size_t size)
{
    if (write(fd, bytes, size) != (ssize_t)size)
        yk_bench_give_up("a pipe", NULL);
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        *at++ = (uint8_t)(value >> 8 * i);
    return at;
}

/* pcap, microseconds, link type 201: HCI packets behind four bytes of direction. */
static void begin_capture(int fd)
{
    uint8_t header[24], *at = put_u32(header, 0xa1b2c3d4);
    at = put_u32(at, 2 | 4 << 16);
    at = put_u32(put_u32(at, 0), 0);
    put_u32(put_u32(at, 65535), 201);
    put(fd, header, sizeof header);
}

void yk_live_district_advert(struct yk_live_district *live, unsigned n)
{
    enum { PACKET = 4 + 1 + 2 + 2 + 1 + 1 + 6 + 1 + 3 + 1 };
    int64_t now_us = yk_wall_now(&yk_clock_system).us;
    uint8_t record[16 + PACKET], *at = put_u32(record, (uint32_t)(now_us / 1000000));
    at = put_u32(put_u32(put_u32(at, (uint32_t)(now_us % 1000000)), PACKET), PACKET);
    const uint8_t packet[PACKET] = {0,           0,
                                    0,           1,          /* received */
                                    0x04,                    /* an event: */
                                    0x3e,        PACKET - 7, /* LE meta */
                                    0x02,        1,          /* one advertising report */
                                    0x00,        0x01,       /* ADV_IND, random address */
                                    (uint8_t)n,  (uint8_t)(n >> 8),
                                    0x11,        0x22,
                                    0x33,        0xc4, /* a static one */
                                    3,           0x02,
                                    0x01,        0x06, /* flags */
                                    (uint8_t)-60};     /* dBm */
    memcpy(at, packet, sizeof packet);
    put(live->radio, record, sizeof record);
}

void yk_live_district_picture(struct yk_live_district *live, const struct yk_live_track *tracks, size_t count)
{
    char line[4096], stamp[32];
    int64_t now_ms = yk_wall_now(&yk_clock_system).us / 1000;
    time_t second = (time_t)(now_ms / 1000);
    struct tm tm;
    gmtime_r(&second, &tm);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
    size_t at = (size_t)snprintf(line, sizeof line,
                                 "{\"version\":\"4.0\",\"id\":\"1\",\"@timestamp\":\"%s.%03dZ\",\"sensorId\":\"cam-1\","
                                 "\"objects\":[",
                                 stamp, (int)(now_ms % 1000));
    for (size_t i = 0; i < count && at + 100 < sizeof line; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "%s\"%u|%.2f|400|%.2f|500|Person\"", i ? "," : "",
                               tracks[i].id, tracks[i].x - 10, tracks[i].x + 10);
    at += (size_t)snprintf(line + at, sizeof line - at, "]}\n");
    put(live->camera, line, at);
}

static bool is_there(const struct yk_live_district *live, const char *name)
{
    char path[YK_BENCH_PATH];
    snprintf(path, sizeof path, "%s/%s", live->run, name);
    return access(path, F_OK) == 0;
}

/* Status files are written by parts that have begun their work. */
static void wait_until_up(struct yk_live_district *live)
{
    static const char *const names[] = {"publish.db", "publish.db.status.json", "spool/radio.status.json",
                                        "spool/camera.status.json", "spool/uplink.status.json"};
    double until = yk_bench_now_s() + START_S;
    for (size_t i = 0; i < sizeof names / sizeof names[0];) {
        if (is_there(live, names[i])) {
            i++;
            continue;
        }
        if (!yk_child_running(&live->up) || yk_bench_now_s() > until)
            yk_bench_give_up("yukikai up does not come up", NULL);
        yk_live_district_picture(live, NULL, 0);
        yk_bench_sleep_ms(100);
    }
}

void yk_live_district_start(struct yk_live_district *live, const char *dir)
{
    static const char *const sensors[] = {"cam-1", "radio-1"};
    struct yk_error err = {0};
    char keys[YK_BENCH_PATH], spool[YK_BENCH_PATH], url[YK_BENCH_PATH];
    memset(live, 0, sizeof *live);
    yk_bench_make_folder(dir);
    snprintf(live->run, sizeof live->run, "%s/run", dir);
    snprintf(live->log, sizeof live->log, "%s/log", dir);
    snprintf(live->district, sizeof live->district, "%s/examples/riverside.yaml", YK_SOURCE_DIR);
    snprintf(live->publish_path, sizeof live->publish_path, "%s/publish.db", live->run);
    for (int i = 0; i < 2; i++) {
        snprintf(live->pipes[i], sizeof live->pipes[i], "%s/%s.pipe", dir, sensors[i]);
        snprintf(live->inputs[i], sizeof live->inputs[i], "%s=%s/%s.pipe", sensors[i], dir, sensors[i]);
    }
    live->camera = make_pipe(live->pipes[0]);
    live->radio = make_pipe(live->pipes[1]);
    begin_capture(live->radio);
    struct yk_child *up = &live->up;
    yk_child_program("up", up->program, sizeof up->program);
    yk_child_init(up, "up", NULL);
    up->log_path = live->log;
    yk_child_args(up, live->district, "--run", live->run, "--listen", "127.0.0.1:0", "--drain-for", "5", "--input",
                  live->inputs[0], "--input", live->inputs[1], NULL);
    yk_bench_must(yk_child_start(up, &err), "up", &err);
    wait_until_up(live);
    snprintf(keys, sizeof keys, "%s/keys", live->run);
    snprintf(spool, sizeof spool, "%s/spool", live->run);
    snprintf(url, sizeof url, "unix:%s/redis.sock", live->run);
    yk_bench_must(yk_keys_load_public(keys, "district", live->district_public, &err), "keys", &err);
    yk_bench_must(yk_outbox_new(spool, &live->outbox, &err), "spool", &err);
    yk_bench_must(yk_redis_connect(&(struct yk_redis_options){.url = url}, &live->redis, &err), "Redis", &err);
    yk_bench_must(yk_publish_open(live->publish_path, YK_PUBLISH_READ, &live->publish, &err), "the store", &err);
    yk_bench_must(yk_publish_generation(live->publish, &live->generation, &err), "the store", &err);
}

void yk_live_district_end(struct yk_live_district *live)
{
    yk_publish_close(live->publish);
    yk_redis_free(live->redis);
    yk_outbox_free(live->outbox);
    yk_child_end(&live->up, 60000);
    close(live->camera);
    close(live->radio);
}

/* A reader like the uplink's, that never covers and so never deletes. */
bool yk_live_district_frame(struct yk_live_district *live, struct yk_frame *frame)
{
    struct yk_error err = {0};
    const uint8_t *bytes;
    size_t size;
    yk_bench_must(yk_outbox_scan(live->outbox, &err), "spool", &err);
    return yk_outbox_next(live->outbox, (struct yk_mono){1}, (struct yk_mono){0}, &bytes, &size) &&
           yk_frame_parse(bytes, size, frame) == YK_FRAME_OK;
}

uint64_t yk_live_district_added(struct yk_live_district *live)
{
    char key[YK_KEY_SIZE];
    struct yk_error err;
    redisReply *reply = NULL;
    uint64_t added = 0;
    yk_key_frames(key, DISTRICT, 0, EDGE);
    const char *argv[] = {"XINFO", "STREAM", key};
    if (yk_redis_command(live->redis, 3, argv, NULL, &reply, &err) != YK_OK) /* "no such key" */
        return 0;
    for (size_t i = 0; i + 1 < reply->elements; i += 2)
        if (reply->element[i]->str && strcmp(reply->element[i]->str, "entries-added") == 0)
            added = (uint64_t)reply->element[i + 1]->integer;
    freeReplyObject(reply);
    return added;
}

bool yk_live_district_covered(struct yk_live_district *live, struct yk_received *covered)
{
    char key[YK_KEY_SIZE];
    struct yk_error err = {0};
    redisReply *reply = NULL;
    yk_key_covered(key, DISTRICT, 0, EDGE);
    const char *argv[] = {"GET", key};
    yk_bench_must(yk_redis_command(live->redis, 2, argv, NULL, &reply, &err), "GET", &err);
    bool there = reply->type == REDIS_REPLY_STRING &&
                 yk_covered_open((const uint8_t *)reply->str, (size_t)reply->len, DISTRICT, EDGE, live->district_public,
                                 &live->covered_counter, covered) == YK_OK;
    freeReplyObject(reply);
    return there;
}

bool yk_live_district_published(struct yk_live_district *live)
{
    struct yk_error err = {0};
    int64_t was = live->generation;
    yk_bench_must(yk_publish_generation(live->publish, &live->generation, &err), "the store", &err);
    return live->generation != was;
}

static void add_up(void *context, const struct yk_kpi_row *row)
{
    if (row->state == YK_STATE_OK && strcmp(row->place, "street") == 0) /* not its lines */
        *(double *)context += row->value;
}

double yk_live_district_footfall(struct yk_live_district *live)
{
    struct yk_error err = {0};
    double total = 0;
    const struct yk_row_query query = {.place = "street",
                                       .kpi = "footfall",
                                       .direction = "both",
                                       .resolution = YK_RES_15M,
                                       .from_s = INT64_MIN,
                                       .to_s = INT64_MAX};
    yk_bench_must(yk_publish_query(live->publish, &query, add_up, &total, NULL, &err), "the store", &err);
    return total;
}
