/* What tests of message dialects share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_EVENT_LINES_H
#define YK_TESTS_EVENT_LINES_H

#include "camera_capture.h"

#define T0   1780000000000000LL /* 2026-05-28T20:26:40Z */
#define SEC  1000000LL
#define HOUR (3600 * SEC)

/* Nothing came of the text but one drop of that reason (and what `before` drops). */
static inline void expect_dropped(const struct yk_camera_dialect *dialect, const char *text, enum yk_drop reason)
{
    struct camera_capture c = capture_text(dialect, (struct yk_camera_options){0}, text);
    cr_expect_eq(c.sample_count + c.change_count + c.crossing_count + c.stay_count + c.count_count, 0, "%s", text);
    cr_expect_eq(c.drops.count[reason], 1, "%s: not %s", text, yk_drop_name(reason));
    cr_expect_eq(drops_in_all(&c.drops), 1, "%s", text);
}

/* What no JSON dialect may stumble over; each is refused, and counted once. */
static inline void expect_hostile_json_refused(const struct yk_camera_dialect *dialect)
{
    static char deep[200001];
    memset(deep, '[', 200000);
    expect_dropped(dialect, deep, YK_DROP_bad_json);
    for (size_t i = 0; i < 200000; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    expect_dropped(dialect, deep, YK_DROP_bad_json);
    expect_dropped(dialect, "{\"time\":", YK_DROP_bad_json);
    expect_dropped(dialect, "hello", YK_DROP_bad_json);
    expect_dropped(dialect, "{\"time\":1e999}", YK_DROP_bad_json);
    expect_dropped(dialect, "{\"time\":NaN}", YK_DROP_bad_json);
    expect_dropped(dialect, "{\"time\":\"\xFF\"}", YK_DROP_bad_json);
    expect_dropped(dialect, "[5]", YK_DROP_bad_schema);
}

/* No other dialect takes the line for its own. */
static inline void expect_guessed(const struct yk_camera_dialect *dialect, const char *text)
{
    const struct yk_camera_dialect *guessed = yk_camera_dialect_guess(text, strlen(text));
    cr_expect_eq(guessed, dialect, "%s is taken for %s", text, guessed ? guessed->name : "nothing");
}

static inline void expect_not_guessed(const struct yk_camera_dialect *dialect, const char *text)
{
    cr_expect_not(dialect->guess(text, strlen(text)), "%s", text);
}

/* A line of each of the others that this repository knows, and of some that it might. */
static const char *const other_lines[] = {
    "",
    "1,1,5,5,10,10,1,1,1",
    "frame,id,x,y",
    "{\"version\":\"4.0\",\"@timestamp\":\"2026-05-28T20:26:40Z\",\"objects\":[\"1|0|0|1|1|Person\"]}",
    "{\"channel_id\":1,\"timestamp\":\"2026-07-29T11:55:30.369150Z\",\"detections\":[]}",
    "{\"Frame\":[{\"@UtcTime\":\"2021-10-05T15:13:27.321\",\"@Source\":\"M\",\"Object\":[]}]}",
    "{\"UtcTime\":\"2008-10-10T12:24:57.321Z\",\"Source\":{\"Rule\":\"Fence1\"},\"Data\":{\"ObjectId\":\"15\"}}",
    "{\"logics_data\":{\"package_info\":{\"id\":4711,\"from\":\"2026-10-02T18:00:00+00:00\",\"to\":\"2026-10-02T18:01:"
    "00"
    "+00:00\"},\"sensor_info\":{\"time\":\"2026-10-02T18:01:01+00:00\"},\"logics\":[{\"geometries\":[{\"type\":"
    "\"LINE\"}]"
    "}]}}",
    "{\"live_data\":{\"frames\":[{\"time\":\"2026-10-02T18:00:00.100+00:00\",\"tracked_objects\":[]}]}}",
    "{\"topic\":\"axis:x\",\"timestamp\":1712345678901,\"message\":{\"data\":{\"scenario\":\"Crossline\",\"total\":"
    "\"3\"}}}",
    "{\"serial\":\"00408CAC512B\",\"name\":\"Exit south\",\"timestamp\":\"20170503112756\",\"in\":12,\"out\":318}",
    "{\"time_info\":{\"start_time\":\"2026-07-16 06:40:00\"},\"line_periodic_data\":[{\"line\":1,\"total\":{\"in\":0,"
    "\"out\":0}}]}",
    "<EventNotificationAlert version=\"2.0\">",
};

static inline void expect_others_left_alone(const struct yk_camera_dialect *dialect)
{
    for (size_t i = 0; i < sizeof other_lines / sizeof *other_lines; i++)
        expect_not_guessed(dialect, other_lines[i]);
}

#endif
