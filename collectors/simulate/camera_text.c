/* Camera events as text. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"version":"4.0","id":"418","@timestamp":"2026-04-01T00:00:00.200Z","sensorId":"cam-1","objects":["7|l|t|r|b|Person"]}
 *     frame,id,left,top,width,height,confidence,-1,-1,-1
 *
 * DeepStream's minimal message, one line a frame, also of a frame without anybody; MOTChallenge text as trackers write
 * it (class -1), frames from 1, which can't tell an empty frame. Coordinates are rounded to 1/100 (pixels) or 1/10000
 * (other units) so that the foot point comes out exactly as it went in: half the width is rounded before it is added.
 * Numbers are written by hand: printf would take longer than everything else together. */
#include "simulate/camera_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const names[YK_CAMERA_FORMAT_COUNT] = {"deepstream", "mot"};

const char *yk_camera_format_name(enum yk_camera_format format)
{
    return names[format];
}

enum yk_camera_format yk_camera_format_parse(const char *text)
{
    int i = 0;
    while (i < YK_CAMERA_FORMAT_COUNT && strcmp(text, names[i]) != 0)
        i++;
    return (enum yk_camera_format)i;
}

const char *yk_camera_format_suffix(enum yk_camera_format format)
{
    return format == YK_CAMERA_MOT ? "txt" : "jsonl";
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20];
    int n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

/* value is in units of the last decimal. */
static char *put_fixed(char *at, int64_t value, int decimals)
{
    if (value < 0) {
        *at++ = '-';
        value = -value;
    }
    int64_t scale = decimals == 4 ? 10000 : 100;
    at = put_number(at, (uint64_t)(value / scale));
    *at++ = '.';
    for (int64_t rest = value % scale; scale > 1; rest %= scale) {
        scale /= 10;
        *at++ = (char)('0' + rest / scale);
    }
    return at;
}

static char *put_text(char *at, const char *text)
{
    return stpcpy(at, text); /* with room for its NUL, which the next piece overwrites */
}

#define LINE_MAX_BYTES 256 /* a frame's head, or a detection, at most */

void yk_camera_text_begin(struct yk_camera_text *text, struct yk_sink *sink, uint64_t frame, int64_t time_us)
{
    text->first = true;
    text->frame = frame;
    if (text->format == YK_CAMERA_MOT)
        return;
    int64_t second = time_us / 1000000;
    if (second != text->second || text->stamp[0] == '\0') {
        struct tm tm;
        time_t t = (time_t)second;
        gmtime_r(&t, &tm);
        strftime(text->stamp, sizeof text->stamp, "%Y-%m-%dT%H:%M:%S", &tm);
        text->second = second;
    }
    char *line = (char *)yk_sink_reserve(sink, LINE_MAX_BYTES), *at = line;
    at = put_text(at, "{\"version\":\"4.0\",\"id\":\"");
    at = put_number(at, frame);
    at = put_text(at, "\",\"@timestamp\":\"");
    at = put_text(at, text->stamp);
    int ms = (int)(time_us / 1000 % 1000);
    *at++ = '.';
    *at++ = (char)('0' + ms / 100);
    *at++ = (char)('0' + ms / 10 % 10);
    *at++ = (char)('0' + ms % 10);
    at = put_text(at, "Z\",\"sensorId\":\"");
    at = put_text(at, text->sensor_id);
    at = put_text(at, "\",\"objects\":[");
    sink->used += (size_t)(at - line);
}

void yk_camera_text_person(struct yk_camera_text *text, struct yk_sink *sink, uint64_t track, double x, double y,
                           double width, double height)
{
    double scale = text->decimals == 4 ? 10000 : 100;
    int64_t foot_x = llround(x * scale), foot_y = llround(y * scale);
    int64_t half = llround(width * scale / 2), high = llround(height * scale);
    char *line = (char *)yk_sink_reserve(sink, LINE_MAX_BYTES), *at = line;
    bool mot = text->format == YK_CAMERA_MOT;
    char separator = mot ? ',' : '|';
    if (mot) {
        at = put_number(at, text->frame + 1);
        *at++ = ',';
    } else {
        if (!text->first)
            *at++ = ',';
        *at++ = '"';
    }
    const int64_t box[4] = {foot_x - half, foot_y - high, mot ? 2 * half : foot_x + half, mot ? high : foot_y};
    at = put_number(at, track);
    for (int i = 0; i < 4; i++) {
        *at++ = separator;
        at = put_fixed(at, box[i], text->decimals);
    }
    at = put_text(at, mot ? ",0.9,-1,-1,-1\n" : "|Person\"");
    sink->used += (size_t)(at - line);
    text->first = false;
}

void yk_camera_text_end(struct yk_camera_text *text, struct yk_sink *sink)
{
    if (text->format == YK_CAMERA_DEEPSTREAM)
        yk_sink_put(sink, "]}\n", 3);
}
