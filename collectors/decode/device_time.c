/* Times as devices write them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The text is brought into the one form that yk_time_parse takes (base/calendar.h), piece by piece:
 *
 *     date   yyyy-mm-dd or yyyymmdd    T or a blank, or nothing    time   hh:mm:ss or hhmmss
 *     fraction of a second    offset   Z, +hh:mm or +hhmm
 */
#include "decode/device_time.h"

#include "base/calendar.h"
#include "decode/decimal.h"

#include <math.h>
#include <string.h>

#define EPOCH_2000_S 946684800.0
#define SECONDS_MAX  1e11
#define MILLIS_MAX   1e14
#define DIGITS       14 /* of date and time */

struct pieces {
    char moment[20]; /* yyyy-mm-ddThh:mm:ss and the NUL */
    const char *fraction;
    size_t fraction_length; /* with its point */
    const char *offset;
    size_t offset_length;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Date and time with or without their separators, all of one kind or the other. */
static bool take_moment(const char **at, const char *end, char out[20])
{
    static const char separators[] = "-- ::"; /* behind the 4th, 6th, 8th, 10th and 12th digit */
    size_t n = 0, separated = 0;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        if (digit >= 4 && digit % 2 == 0) {
            char wanted = separators[digit / 2 - 2];
            bool there = *at < end && (**at == wanted || (wanted == ' ' && (**at == 'T' || **at == 't')));
            *at += there;
            separated += there;
            out[n++] = wanted == ' ' ? 'T' : wanted;
        }
        if (*at == end || !is_digit(**at))
            return false;
        out[n++] = *(*at)++;
    }
    out[n] = '\0';
    return separated == 5 || separated == 0;
}

static bool take_pieces(const char *text, size_t length, struct pieces *p)
{
    const char *at = text, *end = text + length;
    if (!take_moment(&at, end, p->moment))
        return false;
    p->fraction = at;
    if (at < end && *at == '.')
        for (at++; at < end && is_digit(*at);)
            at++;
    p->fraction_length = (size_t)(at - p->fraction);
    while (at < end && *at == ' ')
        at++;
    p->offset = at;
    p->offset_length = (size_t)(end - at);
    return true;
}

/* The moment, in UTC or with an offset. */
static bool exact(const struct pieces *p, int64_t *out_us)
{
    char text[64];
    size_t n = strlen(p->moment);
    if (p->fraction_length > 10 || p->offset_length > 6)
        return false;
    memcpy(text, p->moment, n);
    memcpy(text + n, p->fraction, p->fraction_length);
    n += p->fraction_length;
    memcpy(text + n, p->offset, p->offset_length);
    n += p->offset_length;
    if (p->offset_length == 5) { /* +0900 */
        text[n] = text[n - 1];
        text[n - 1] = text[n - 2];
        text[n - 2] = ':';
        n++;
    }
    text[n] = '\0';
    struct yk_wall wall;
    if (!yk_time_parse(text, &wall))
        return false;
    *out_us = wall.us;
    return true;
}

static bool same_civil(int64_t a_s, int64_t b_s)
{
    struct yk_civil a = yk_calendar_civil(a_s), b = yk_calendar_civil(b_s);
    return a.day == b.day && a.hour == b.hour && a.minute == b.minute && a.second == b.second;
}

/* The second coming of a local time that comes twice: clocks are set back by one hour, by half of one on Lord Howe, by
 * two in Antarctica. */
static int64_t second_coming(int64_t first_us)
{
    static const int64_t steps_s[] = {3600, 1800, 7200};
    for (size_t i = 0; i < sizeof steps_s / sizeof *steps_s; i++)
        if (same_civil(first_us / 1000000, first_us / 1000000 + steps_s[i]))
            return first_us + steps_s[i] * 1000000;
    return first_us;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

static bool local(const struct pieces *p, int64_t near_us, int64_t *out_us)
{
    struct yk_wall wall;
    double fraction = 0;
    if (!yk_time_parse(p->moment, &wall))
        return false;
    if (p->fraction_length > 1 && !yk_decimal_parse(p->fraction, p->fraction_length, &fraction))
        return false;
    if (p->fraction_length == 1)
        return false;
    int64_t first_us = wall.us, again_us = second_coming(first_us), part_us = (int64_t)(fraction * 1e6);
    bool again = near_us != 0 && distance(again_us, near_us) < distance(first_us, near_us);
    *out_us = (again ? again_us : first_us) + part_us;
    return true;
}

bool yk_device_time_exact(const char *text, size_t length, int64_t *out_us)
{
    struct pieces p;
    return take_pieces(text, length, &p) && p.offset_length > 0 && exact(&p, out_us);
}

bool yk_device_time(const char *text, size_t length, int64_t near_us, int64_t *out_us)
{
    struct pieces p;
    if (!take_pieces(text, length, &p))
        return false;
    return p.offset_length ? exact(&p, out_us) : local(&p, near_us, out_us);
}

bool yk_device_epoch(double number, int64_t *out_us)
{
    double unit_us = number < SECONDS_MAX ? 1e6 : number < MILLIS_MAX ? 1e3 : 1;
    if (!(number * unit_us >= EPOCH_2000_S * 1e6 && number * unit_us < SECONDS_MAX * 1e6))
        return false;
    *out_us = llround(number * unit_us);
    return true;
}

bool yk_device_time_json(const json_t *value, int64_t near_us, int64_t *out_us)
{
    if (json_is_string(value))
        return yk_device_time(json_string_value(value), json_string_length(value), near_us, out_us);
    return json_is_number(value) && yk_device_epoch(json_number_value(value), out_us);
}
