/* Civil time of one district. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Days, hours and epochs are local, and a local clock is no clock: once a year an hour is missing, once an
 * hour comes twice, and in some zones (Beirut, formerly Sao Paulo) the missing hour is the one after midnight. mktime()
 * is no help: for a time that is missing or comes twice its answer depends on what it was asked before.
 *
 * Method. Only one thing is asked of the zone data: the offset at a moment (localtime_r). Local time is kept as the
 * number of seconds that its digits would be in UTC ("local seconds"), so that days are 86400 of them. to_utc() turns
 * local seconds into a moment:
 *
 *     offsets one day before and one day after    -> one or two candidates; valid when the zone agrees with them
 *     valid candidates                            -> the earlier one (a time that comes twice means its first coming)
 *     none (the time is missing)                  -> the moment of the change, found by bisection
 *
 * It never decreases when local seconds increase, so borders laid in local seconds (days, epochs) stay in order; two
 * borders that fall on the same moment are one.
 *
 * Bounds. At most one change of offset within two days around a local time: true of every zone since 1970. Times
 * outside the years 1 to 9999 are taken as the nearest end. Dates are proleptic Gregorian (days_from_civil after H.
 * Hinnant, "chrono-compatible low-level date algorithms"). */
#include "base/calendar.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY_S    INT64_C(86400)
#define TIME_MIN (INT64_C(-62135596800) + 2 * DAY_S) /* 0001-01-03 */
#define TIME_MAX (INT64_C(253402300799) - 2 * DAY_S) /* 9999-12-29 */

/* --- Zone -----------------------------------------------------------------------------------------------------------
 */

bool yk_calendar_zone_exists(const char *zone)
{
    size_t length = strlen(zone);
    if (length == 0 || length > 63 || zone[0] == '/' || strstr(zone, "..") ||
        zone[strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-")] != '\0')
        return false;
    /* These count leap seconds: every moment would be off by half a minute. */
    if (strncmp(zone, "right/", 6) == 0)
        return false;
    const char *dir = getenv("TZDIR");
    char path[512];
    int n = snprintf(path, sizeof path, "%s/%s", dir && *dir ? dir : "/usr/share/zoneinfo", zone);
    if (n < 0 || (size_t)n >= sizeof path)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return strcmp(zone, "UTC") == 0;
    char magic[4] = {0};
    bool whole = read(fd, magic, sizeof magic) == (ssize_t)sizeof magic;
    close(fd);
    return whole && memcmp(magic, "TZif", sizeof magic) == 0;
}

enum yk_status yk_calendar_open(const char *zone, struct yk_error *err)
{
    if (!yk_calendar_zone_exists(zone))
        return yk_error_set(
            err, YK_ERR_CONFIG,
            "there is no time zone '%.63s' on this machine; names look like Asia/Tokyo (package tzdata)", zone);
    if (setenv("TZ", zone, 1) != 0)
        return yk_error_errno(err, YK_ERR_MEMORY, "cannot set the time zone");
    tzset();
    return YK_OK;
}

static int64_t clamp(int64_t t)
{
    return t < TIME_MIN ? TIME_MIN : t > TIME_MAX ? TIME_MAX : t;
}

/* Seconds east of UTC at the moment t. */
static int64_t offset_at(int64_t t)
{
    time_t moment = (time_t)clamp(t);
    struct tm tm;
    return localtime_r(&moment, &tm) ? (int64_t)tm.tm_gmtoff : 0;
}

/* First moment in (low, high] with another offset than at low; the two ends differ. */
static int64_t change_between(int64_t low, int64_t high)
{
    int64_t before = offset_at(low);
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (offset_at(middle) == before)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int64_t to_utc(int64_t local)
{
    int64_t before = offset_at(local - DAY_S);
    int64_t after = offset_at(local + DAY_S);
    int64_t with_before = local - before;
    int64_t with_after = local - after;
    bool before_holds = offset_at(with_before) == before;
    bool after_holds = offset_at(with_after) == after;
    if (before_holds && after_holds)
        return with_before < with_after ? with_before : with_after;
    if (before_holds)
        return with_before;
    if (after_holds)
        return with_after;
    return change_between(local - DAY_S, local + DAY_S);
}

/* --- Dates ----------------------------------------------------------------------------------------------------------
 */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static struct yk_civil civil_of(int64_t local)
{
    int64_t days = floor_div(local, DAY_S);
    int second = (int)(local - days * DAY_S);
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = (int)(day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
    int shifted_month = (5 * day_of_year + 2) / 153; /* 0 = March */
    int month = shifted_month + (shifted_month < 10 ? 3 : -9);
    return (struct yk_civil){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = day_of_year - (153 * shifted_month + 2) / 5 + 1,
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .weekday = (int)(((days + 4) % 7 + 7) % 7), /* 1970-01-01 was a Thursday */
    };
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

struct yk_civil yk_calendar_civil(int64_t t)
{
    t = clamp(t);
    return civil_of(t + offset_at(t));
}

/* --- Text -----------------------------------------------------------------------------------------------------------
 */

/* millisecond < 0: none. RFC 3339 has whole minutes of offset only; an odd one (Monrovia before 1972) is cut to them
 * and the digits follow, so that the text still names the same moment. */
static void format(char out[static YK_TIME_TEXT_MAX], int64_t seconds, int millisecond)
{
    seconds = clamp(seconds);
    int64_t offset_min = offset_at(seconds) / 60;
    struct yk_civil c = civil_of(seconds + offset_min * 60);
    char fraction[8] = "";
    if (millisecond >= 0)
        snprintf(fraction, sizeof fraction, ".%03u", (unsigned)millisecond % 1000);
    unsigned away = (unsigned)(offset_min < 0 ? -offset_min : offset_min);
    snprintf(out, YK_TIME_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u%s%c%02u:%02u", (unsigned)c.year % 10000,
             (unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100, (unsigned)c.minute % 100,
             (unsigned)c.second % 100, fraction, offset_min < 0 ? '-' : '+', away / 60 % 100, away % 60);
}

const char *yk_time_format(char out[static YK_TIME_TEXT_MAX], int64_t seconds)
{
    format(out, seconds, -1);
    return out;
}

const char *yk_time_format_ms(char out[static YK_TIME_TEXT_MAX], struct yk_wall wall)
{
    int64_t seconds = floor_div(wall.us, 1000000);
    format(out, seconds, (int)((wall.us - seconds * 1000000) / 1000));
    return out;
}

/* `count` digits into *value; *text moves past them. */
static bool take_digits(const char **text, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return true;
}

static bool take_char(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

/* 1 to 9 digits after the point as microseconds; what is finer is cut off. */
static bool take_fraction(const char **text, int64_t *us)
{
    int64_t unit = 100000;
    int digits = 0;
    for (*us = 0; **text >= '0' && **text <= '9'; (*text)++, digits++, unit /= 10)
        *us += unit * (**text - '0');
    return digits >= 1 && digits <= 9;
}

/* 'Z' or +HH:MM, to the end of the text. */
static bool take_offset(const char **text, int64_t *offset_s)
{
    *offset_s = 0;
    if (take_char(text, 'Z') || take_char(text, 'z'))
        return **text == '\0';
    int sign = **text == '+' ? 1 : **text == '-' ? -1 : 0;
    int hour, minute;
    if (sign == 0)
        return false;
    (*text)++;
    if (!take_digits(text, 2, &hour) || !take_char(text, ':') || !take_digits(text, 2, &minute) || hour > 23 ||
        minute > 59)
        return false;
    *offset_s = sign * (hour * 3600 + minute * 60);
    return **text == '\0';
}

/* A leap second can only be the last second of a month in UTC; it is told as the first of the next. */
static bool ends_month(int64_t utc)
{
    struct yk_civil c = civil_of(utc);
    return c.hour == 0 && c.minute == 0 && c.second == 0 && c.day == 1;
}

bool yk_time_parse(const char *text, struct yk_wall *out)
{
    int year, month, day, hour = 0, minute = 0, second = 0;
    if (!take_digits(&text, 4, &year) || !take_char(&text, '-') || !take_digits(&text, 2, &month) ||
        !take_char(&text, '-') || !take_digits(&text, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    int64_t local = days_from_civil(year, month, day) * DAY_S;
    if (*text == '\0') {
        out->us = to_utc(local) * 1000000;
        return true;
    }
    if (!(take_char(&text, 'T') || take_char(&text, 't')) || !take_digits(&text, 2, &hour) || !take_char(&text, ':') ||
        !take_digits(&text, 2, &minute) || hour > 23 || minute > 59)
        return false;
    bool has_second = take_char(&text, ':');
    if (has_second && (!take_digits(&text, 2, &second) || second > 60))
        return false;
    local += hour * 3600 + minute * 60 + second;
    if (*text == '\0') {
        out->us = to_utc(local) * 1000000;
        return second <= 59;
    }
    int64_t us = 0, offset_s = 0;
    if (!has_second || (take_char(&text, '.') && !take_fraction(&text, &us)) || !take_offset(&text, &offset_s))
        return false;
    int64_t utc = local - offset_s;
    if (second == 60 && !ends_month(utc))
        return false;
    out->us = utc * 1000000 + us;
    return true;
}

/* --- Days, hours, epochs --------------------------------------------------------------------------------------------
 */

/* Borders are laid in local seconds, every `step` from `first` on. Index of the last one that is not after t. */
static int64_t border_index(int64_t t, int64_t step, int64_t first)
{
    int64_t i = floor_div(t + offset_at(t) - first, step);
    while (to_utc(first + i * step) > t)
        i--;
    while (to_utc(first + (i + 1) * step) <= t)
        i++;
    return i;
}

int64_t yk_epoch_start(int64_t t, int hours, int start_s)
{
    int64_t step = hours * INT64_C(3600);
    return to_utc(start_s + border_index(clamp(t), step, start_s) * step);
}

int64_t yk_epoch_end(int64_t epoch_start, int hours, int start_s)
{
    int64_t step = hours * INT64_C(3600);
    return to_utc(start_s + (border_index(clamp(epoch_start), step, start_s) + 1) * step);
}

int64_t yk_calendar_day_start(int64_t t, int offset_s)
{
    return yk_epoch_start(t, 24, offset_s);
}

int64_t yk_calendar_day_next(int64_t day_start, int offset_s)
{
    return yk_epoch_end(day_start, 24, offset_s);
}

int64_t yk_calendar_hour_start(int64_t t)
{
    t = clamp(t);
    int64_t local = t + offset_at(t);
    int64_t start = t - (local - floor_div(local, 3600) * 3600);
    /* A change within the hour (Lord Howe Island moves by 30 minutes) begins a piece of its own. */
    return offset_at(start) == offset_at(t) ? start : change_between(start, t);
}
