/* What a hundred cameras say, in each JSON dialect. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The texts are as the makers' own examples are, with what a decoder has no use for (scores, names, classes) left in:
 * passing it over is work too. Each dialect groups detections as its devices do: a message per frame, per object, or per
 * half a second. */
#include "camera_messages.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PI       3.14159265358979323846
#define PERIOD_S 8.0 /* to and fro */
#define WIDTH    1920.0
#define HEIGHT   1080.0

struct moment {
    int64_t begin_us;
    int camera, frame, frames, person, persons;
};

struct person {
    int number;
    double left, top, right, bottom;
};

static double across(int camera, int person, int frame)
{
    double turn = (double)frame / YK_BENCH_FPS / PERIOD_S + (double)person / YK_BENCH_PEOPLE + camera * 0.37;
    return 960 + 700 * sin(2 * PI * turn);
}

static struct person at(const struct moment *m, int person, int frame)
{
    double x = across(m->camera, person, frame), y = 200 + 63.7 * person;
    return (struct person){
        .number = m->camera * 100 + person + 1, .left = x - 40, .top = y - 160, .right = x + 40, .bottom = y};
}

static void add(struct yk_camera_messages *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* There is always room for one message (grow). */
static void add(struct yk_camera_messages *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(out->text + out->length, out->room - out->length, fmt, args);
    va_end(args);
    out->length += n > 0 ? (size_t)n : 0;
}

static void add_time(struct yk_camera_messages *out, const struct moment *m, int frame, int digits, const char *zone)
{
    int64_t us = m->begin_us + (int64_t)frame * 1000000 / YK_BENCH_FPS;
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    char text[32];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    int fraction = (int)(us % 1000000);
    add(out, "%s.%0*d%s", text, digits, digits == 3 ? fraction / 1000 : fraction, zone);
}

/* --- the dialects --- */

static void deepstream(struct yk_camera_messages *out, const struct moment *m)
{
    add(out, "{\"version\":\"4.0\",\"id\":\"%d\",\"@timestamp\":\"", m->frame);
    add_time(out, m, m->frame, 3, "Z");
    add(out, "\",\"sensorId\":\"CAM_%d\",\"objects\":[", m->camera);
    for (int i = 0; i < m->persons; i++) {
        struct person p = at(m, i, m->frame);
        add(out, "%s\"%d|%.3f|%.3f|%.3f|%.3f|Person|#|||||||0.66\"", i ? "," : "", p.number, p.left, p.top, p.right,
            p.bottom);
    }
    add(out, "]}");
}

static void deepstream_full(struct yk_camera_messages *out, const struct moment *m)
{
    struct person p = at(m, m->person, m->frame);
    add(out, "{\"messageid\":\"ff7cc527-d019-4348-8b25-%012d\",\"mdsversion\":\"1.0\",\"@timestamp\":\"", m->frame);
    add_time(out, m, m->frame, 3, "Z");
    add(out,
        "\",\"place\":{\"id\":\"1\",\"name\":\"XYZ\",\"type\":\"street\",\"location\":{\"lat\":30.32,\"lon\":-40.55,"
        "\"alt\":100.0}},\"sensor\":{\"id\":\"CAM_%d\",\"type\":\"Camera\",\"description\":\"entrance\",\"location\":{"
        "\"lat\":45.2,\"lon\":-75.8,\"alt\":48.1},\"coordinate\":{\"x\":5.2,\"y\":10.1,\"z\":11.2}},"
        "\"analyticsModule\":{"
        "\"id\":\"XYZ\",\"description\":\"tracker\",\"source\":\"x\",\"version\":\"1.0\"},\"object\":{\"id\":\"%d\","
        "\"speed\":0.0,\"direction\":0.0,\"orientation\":0.0,\"person\":{\"age\":0,\"gender\":\"\",\"hair\":\"\","
        "\"cap\":\"\",\"apparel\":\"\",\"confidence\":0.9},\"bbox\":{\"topleftx\":%.0f,\"toplefty\":%.0f,"
        "\"bottomrightx\":%.0f,\"bottomrighty\":%.0f},\"location\":{\"lat\":0,\"lon\":0,\"alt\":0},\"coordinate\":{"
        "\"x\":0,\"y\":0,\"z\":0}},\"event\":{\"id\":\"3509e9f8-1d5e-4b55-9d2a-%012d\",\"type\":\"moving\"},"
        "\"videoPath\":\"\"}",
        m->camera, p.number, p.left, p.top, p.right, p.bottom, m->frame);
}

static void axis(struct yk_camera_messages *out, const struct moment *m)
{
    add(out, "{\"channel_id\":1,\"timestamp\":\"");
    add_time(out, m, m->frame, 6, "Z");
    add(out, "\",\"detections\":[");
    for (int i = 0; i < m->persons; i++) {
        struct person p = at(m, i, m->frame);
        add(out,
            "%s{\"object_track_id\":\"8e653185-8e54-4dca-8af1-%012d\",\"bounding_box\":{\"left\":%.7f,\"top\":%.7f,"
            "\"right\":%.7f,\"bottom\":%.7f},\"class\":{\"type\":\"Human\",\"score\":0.7}}",
            i ? "," : "", p.number, p.left / WIDTH, p.top / HEIGHT, p.right / WIDTH, p.bottom / HEIGHT);
    }
    add(out, "]}");
}

/* -1 to 1 and y up. */
static void onvif(struct yk_camera_messages *out, const struct moment *m)
{
    add(out, "{\"Frame\":[{\"@UtcTime\":\"");
    add_time(out, m, m->frame, 3, "Z");
    add(out, "\",\"@Source\":\"M\",\"Object\":[");
    for (int i = 0; i < m->persons; i++) {
        struct person p = at(m, i, m->frame);
        double left = 2 * p.left / WIDTH - 1, right = 2 * p.right / WIDTH - 1;
        double top = 1 - 2 * p.top / HEIGHT, bottom = 1 - 2 * p.bottom / HEIGHT;
        add(out,
            "%s{\"@ObjectId\":%d,\"Appearance\":{\"Shape\":{\"BoundingBox\":{\"@left\":%.7f,\"@top\":%.7f,\"@right\":%."
            "7f,"
            "\"@bottom\":%.7f},\"CenterOfGravity\":{\"@x\":%.7f,\"@y\":%.7f}},\"Class\":{\"Type\":[{\"@Likelihood\":0."
            "9,"
            "\"#text\":\"Human\"}]}}}",
            i ? "," : "", p.number, left, top, right, bottom, (left + right) / 2, (top + bottom) / 2);
    }
    add(out, "]}]}");
}

/* Metres on the ground: a hundredth of the pixels. */
static void xovis(struct yk_camera_messages *out, const struct moment *m)
{
    add(out,
        "{\"live_data\":{\"package_info\":{\"version\":\"5.0\",\"id\":%d,\"agent_id\":1},\"sensor_info\":{\"type\":"
        "\"SINGLE_SENSOR\",\"serial_number\":\"80:1F:12:00:00:%02d\",\"name\":\"corridor\",\"time\":\"",
        m->frame / m->frames + 1, m->camera);
    add_time(out, m, m->frame + m->frames, 3, "+00:00");
    add(out, "\"},\"frames\":[");
    for (int frame = m->frame; frame < m->frame + m->frames; frame++) {
        add(out, "%s{\"framenumber\":%d,\"time\":\"", frame > m->frame ? "," : "", frame + 1);
        add_time(out, m, frame, 6, "+00:00");
        add(out, "\",\"tracked_objects\":[");
        for (int i = 0; i < m->persons; i++) {
            struct person p = at(m, i, frame);
            add(out,
                "%s{\"track_id\":%d,\"track_id_str\":\"%d\",\"type\":\"PERSON\",\"position\":[%.5f,%.5f,1.72],"
                "\"attributes\":{\"tag\":\"NO_TAG\",\"gender\":\"NOT_SURE\"}}",
                i ? "," : "", p.number, p.number, (p.left + p.right) / 200, p.bottom / 100);
        }
        add(out, "],\"events\":[]}");
    }
    add(out, "]}}");
}

static void events(struct yk_camera_messages *out, const struct moment *m)
{
    add(out, "{\"time\":\"");
    add_time(out, m, m->frame, 3, "Z");
    add(out, "\",\"tracks\":[");
    for (int i = 0; i < m->persons; i++) {
        struct person p = at(m, i, m->frame);
        add(out, "%s{\"id\":%d,\"x\":%.3f,\"y\":%.3f}", i ? "," : "", p.number, (p.left + p.right) / 2, p.bottom);
    }
    add(out, "]}");
}

static const struct {
    const char *name;
    void (*message)(struct yk_camera_messages *out, const struct moment *m);
    int frames, persons; /* that one message tells of */
} dialects[] = {
    {"deepstream", deepstream, 1, YK_BENCH_PEOPLE},
    {"deepstream_full", deepstream_full, 1, 1},
    {"axis", axis, 1, YK_BENCH_PEOPLE},
    {"onvif", onvif, 1, YK_BENCH_PEOPLE},
    {"xovis", xovis, YK_BENCH_FPS / 2, YK_BENCH_PEOPLE},
    {"events", events, 1, YK_BENCH_PEOPLE},
};
#define DIALECTS (sizeof dialects / sizeof dialects[0])
#define LARGEST  65536 /* bytes of a message */

const char *yk_bench_camera_dialect(size_t i)
{
    return i < DIALECTS ? dialects[i].name : NULL;
}

/* Room for one more message. */
static bool grow(struct yk_camera_messages *out)
{
    if (out->room - out->length < LARGEST) {
        size_t room = 2 * out->room + LARGEST;
        char *text = (char *)realloc(out->text, room);
        if (!text)
            return false;
        out->text = text;
        out->room = room;
    }
    if (out->count == out->capacity) {
        size_t capacity = 2 * out->capacity + 1024;
        size_t *ends = (size_t *)realloc(out->ends, capacity * sizeof *ends);
        if (ends)
            out->ends = ends;
        int *cameras = (int *)realloc(out->cameras, capacity * sizeof *cameras);
        if (cameras)
            out->cameras = cameras;
        if (!ends || !cameras)
            return false;
        out->capacity = capacity;
    }
    return true;
}

static void count_crossings(struct yk_camera_messages *out, int camera)
{
    for (int person = 0; person < YK_BENCH_PEOPLE; person++)
        for (int frame = YK_BENCH_FPS; frame < YK_BENCH_FPS * YK_BENCH_SECONDS - YK_BENCH_FPS; frame++)
            out->crossings +=
                (across(camera, person, frame - 1) > 960) != (across(camera, person, frame) > 960) ? 1 : 0;
}

bool yk_bench_camera_messages(size_t d, int64_t begin_us, struct yk_camera_messages *out)
{
    *out = (struct yk_camera_messages){0};
    for (int frame = 0; frame < YK_BENCH_FPS * YK_BENCH_SECONDS; frame += dialects[d].frames)
        for (int camera = 0; camera < YK_BENCH_CAMERAS; camera++)
            for (int person = 0; person < YK_BENCH_PEOPLE; person += dialects[d].persons) {
                const struct moment m = {.begin_us = begin_us,
                                         .camera = camera,
                                         .frame = frame,
                                         .frames = dialects[d].frames,
                                         .person = person,
                                         .persons = dialects[d].persons};
                if (!grow(out)) {
                    yk_bench_camera_messages_free(out);
                    return false;
                }
                dialects[d].message(out, &m);
                out->detections += (uint64_t)m.frames * (uint64_t)m.persons;
                out->cameras[out->count] = camera;
                out->ends[out->count++] = out->length;
            }
    for (int camera = 0; camera < YK_BENCH_CAMERAS; camera++)
        count_crossings(out, camera);
    return true;
}

void yk_bench_camera_messages_free(struct yk_camera_messages *messages)
{
    free(messages->text);
    free(messages->ends);
    free(messages->cameras);
    *messages = (struct yk_camera_messages){0};
}
