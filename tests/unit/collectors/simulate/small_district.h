/* A small district for the simulator's tests, and readers of their own for what it writes.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SMALL_DISTRICT_H
#define YK_TESTS_SMALL_DISTRICT_H

#include "base/calendar.h"
#include "simulate/simulate.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOON_US (INT64_C(1775012400) * 1000000) /* 2026-04-01T12:00 in Tokyo, a Wednesday */
#define HOUR_US (INT64_C(3600) * 1000000)

struct district {
    struct yk_config config;
    struct yk_place_config places[2];
    struct yk_sensor_config sensors[4];
    struct yk_line_config lines[2];
    struct yk_zone_config zone;
};

static inline void polygon(struct yk_polygon *p, size_t n, const double (*points)[2])
{
    p->count = n;
    memcpy(p->points, points, n * sizeof points[0]);
}

/* Places street and plaza; radio-1 and cam-1 (two lines, a zone) at the street, radio-2 and cam-2 (nothing) at the
 * plaza. */
static inline struct district *district_new(void)
{
    static const double north[][2] = {{960, 0}, {960, 1080}}, door[][2] = {{300, 100}, {340, 1000}};
    static const double shop[][2] = {{1100, 250}, {1800, 300}, {1700, 1000}, {1150, 900}};
    struct district *d = calloc(1, sizeof *d);
    strcpy(d->config.district, "small");
    strcpy(d->config.timezone, "Asia/Tokyo");
    d->config.places = d->places;
    d->config.place_count = 2;
    d->config.sensors = d->sensors;
    d->config.sensor_count = 4;
    d->config.privacy.epoch_start_s = 4 * 3600;
    strcpy(d->places[0].id, "street");
    strcpy(d->places[1].id, "plaza");
    static const char *const ids[] = {"radio-1", "radio-2", "cam-1", "cam-2"};
    for (size_t i = 0; i < 4; i++) {
        strcpy(d->sensors[i].id, ids[i]);
        d->sensors[i].place = i % 2;
        d->sensors[i].family = i < 2 ? YK_FAMILY_RADIO : YK_FAMILY_CAMERA;
        d->sensors[i].rssi_min_dbm = -128;
        d->sensors[i].valid_from = INT64_MIN;
        d->sensors[i].fps = 10;
    }
    strcpy(d->lines[0].id, "north");
    strcpy(d->lines[1].id, "door");
    strcpy(d->zone.id, "shop");
    polygon(&d->lines[0].points, 2, north);
    polygon(&d->lines[1].points, 2, door);
    polygon(&d->zone.points, 4, shop);
    d->lines[0].hysteresis = d->lines[1].hysteresis = 15;
    d->sensors[2].lines = d->lines;
    d->sensors[2].line_count = 2;
    d->sensors[2].zones = &d->zone;
    d->sensors[2].zone_count = 1;
    struct yk_error err;
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    return d;
}

static inline char *folder_new(void)
{
    char *path = strdup("/tmp/yk-simulate-XXXXXX");
    cr_assert(mkdtemp(path));
    return path;
}

static inline void folder_free(char *path)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    cr_assert_eq(system(command), 0);
    free(path);
}

static inline struct yk_simulate_options options_for(const char *scene, const char *dir)
{
    return (struct yk_simulate_options){.scene = yk_scene_find(scene),
                                        .seed = 42,
                                        .from_us = NOON_US,
                                        .to_us = NOON_US + HOUR_US,
                                        .advert_interval_s = 4,
                                        .camera_fps = 5,
                                        .beacons = -1,
                                        .out_dir = dir};
}

static inline struct yk_simulate_summary simulate(struct district *d, const struct yk_simulate_options *options)
{
    struct yk_simulate_summary summary;
    struct yk_error err = {0};
    enum yk_status status = yk_simulate_run(&d->config, options, &summary, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
    return summary;
}

/* The whole file; the caller frees it. */
static inline uint8_t *slurp(const char *dir, const char *name, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    cr_assert(f, "%s is missing", path);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *bytes = malloc(*size + 1);
    cr_assert_eq(fread(bytes, 1, *size, f), *size);
    bytes[*size] = 0;
    fclose(f);
    return bytes;
}

static inline bool exists(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static inline json_t *truth_of(const char *dir)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/truth.json", dir);
    json_t *truth = json_load_file(path, 0, &error);
    cr_assert(truth, "truth.json:%d: %s", error.line, error.text);
    return truth;
}

/* The item of a list whose "id" is id. */
static inline json_t *by_id(const json_t *list, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (strcmp(json_string_value(json_object_get(item, "id")), id) == 0) return item;
    cr_assert(false, "no item %s", id);
    return NULL;
}

static inline json_t *windows_of(const json_t *item, const char *resolution)
{
    return json_object_get(json_object_get(item, "windows"), resolution);
}

static inline int64_t whole(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    cr_assert(json_is_integer(value), "%s is no integer", key);
    return json_integer_value(value);
}

/* --- A reader of DLT 256 files ----------------------------------------------------------------------------------- */

struct heard {
    int64_t time_us;
    uint64_t address; /* most significant byte first, with the class: 0..3 as in observation.h */
    int address_class;
    bool good;             /* checksum, by the flags */
    const uint8_t *record; /* from the pcap record header on */
    size_t length;         /* of the packet, without it */
};

static inline uint32_t word(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Fills list (or only counts, if NULL) with the advertising packets; *first_us and *last_us are of all packets. */
static inline size_t read_256(const uint8_t *bytes, size_t size, struct heard *list, int64_t *first_us,
                              int64_t *last_us)
{
    size_t n = 0;
    int64_t last = INT64_MIN;
    cr_assert_geq(size, 24);
    for (size_t at = 24; at < size;) {
        const uint8_t *r = bytes + at;
        cr_assert(size - at >= 16 && word(r + 8) == word(r + 12) && size - at - 16 >= word(r + 8));
        size_t length = word(r + 8);
        int64_t t = (int64_t)word(r) * 1000000 + word(r + 4);
        cr_assert_geq(t, last, "records go back in time");
        if (last == INT64_MIN && first_us)
            *first_us = t;
        last = t;
        at += 16 + length;
        const uint8_t *p = r + 16;
        if (length < 10 + 4 + 2 + 6 + 3 || word(p + 10) != 0x8E89BED6)
            continue;
        struct heard h = {.time_us = t, .good = (p[9] & 0x0C) == 0x0C, .record = r, .length = length};
        for (int i = 5; i >= 0; i--)
            h.address = h.address << 8 | p[16 + i];
        static const int by_top[4] = {3, 2, -1, 1};
        h.address_class = p[14] & 0x40 ? by_top[p[21] >> 6] : 0;
        if (list)
            list[n] = h;
        n++;
    }
    if (last_us)
        *last_us = last;
    return n;
}

#endif
