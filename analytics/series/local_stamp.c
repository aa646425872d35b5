/* Times as tables write them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Counters write the time of their own wall. Then an hour comes twice in autumn and one never in spring, midnight may
 * be called 24:00, and spreadsheets drop zeros in front.
 *
 * Method. The digits are put in the form that base/calendar.h reads, which knows the zone. A time that never came is one whose moment
 * shows other digits; one that comes twice is shown again by the moment an hour, or half an hour, later (Lord Howe Island). */
#include "series/local_stamp.h"

#include "base/calendar.h"

#include <stdio.h>
#include <string.h>

struct reader {
    const char *at, *end;
};

static bool take(struct reader *r, const char *any_of)
{
    if (r->at >= r->end || !strchr(any_of, *r->at) || *r->at == '\0')
        return false;
    r->at++;
    return true;
}

static bool digits(struct reader *r, int at_least, int at_most, int *out)
{
    int count = 0;
    *out = 0;
    for (; count < at_most && r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, count++)
        *out = *out * 10 + (*r->at - '0');
    return count >= at_least;
}

struct parts {
    int year, month, day, hour, minute, second;
};

static bool date(struct reader *r, struct parts *p)
{
    if (!digits(r, 4, 4, &p->year) || !take(r, "-/"))
        return false;
    char separator[] = {r->at[-1], '\0'};
    return digits(r, 1, 2, &p->month) && take(r, separator) && digits(r, 1, 2, &p->day);
}

/* H, H:MM or H:MM:SS; what follows is left. */
static bool time_of_day(struct reader *r, struct parts *p)
{
    if (!digits(r, 1, 2, &p->hour))
        return false;
    if (take(r, ":") && !digits(r, 2, 2, &p->minute))
        return false;
    return !take(r, ":") || digits(r, 2, 2, &p->second);
}

static bool same_digits(int64_t t, const struct yk_civil *c)
{
    struct yk_civil o = yk_calendar_civil(t);
    return o.year == c->year && o.month == c->month && o.day == c->day && o.hour == c->hour && o.minute == c->minute &&
           o.second == c->second;
}

/* `rest` as RFC 3339 has it behind the seconds. */
static bool moment(const struct parts *p, const char *rest, size_t length, int64_t *out)
{
    char text[80];
    if (length > 32)
        return false;
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%.*s", p->year, p->month, p->day, p->hour, p->minute,
             p->second, (int)length, rest);
    struct yk_wall wall;
    if (!yk_time_parse(text, &wall))
        return false;
    *out = wall.us / 1000000;
    return true;
}

static enum yk_stamp_state local(const struct parts *p, struct yk_stamp *out)
{
    struct yk_civil shown = yk_calendar_civil(out->time_s);
    if (shown.day != p->day || shown.hour != p->hour || shown.minute != p->minute || shown.second != p->second)
        return YK_STAMP_NEVER;
    for (int64_t later = 1800; later <= 3600; later += 1800) {
        if (same_digits(out->time_s + later, &shown)) {
            out->again_s = out->time_s + later;
            return YK_STAMP_TWICE;
        }
    }
    return YK_STAMP_OK;
}

enum yk_stamp_state yk_stamp_parse(const struct yk_csv_field *text, const struct yk_csv_field *hour,
                                   struct yk_stamp *out)
{
    struct parts p = {0};
    struct reader r = {text->text, text->text + text->length};
    *out = (struct yk_stamp){0};
    if (!date(&r, &p))
        return YK_STAMP_BAD;
    if (hour) {
        if (r.at != r.end) /* some write "2026-04-01T00:00:00" for the date: midnight says nothing more */
            if (!take(&r, "T ") || !time_of_day(&r, &p) || p.hour != 0 || p.minute != 0 || p.second != 0 ||
                r.at != r.end)
                return YK_STAMP_BAD;
        r = (struct reader){hour->text, hour->text + hour->length};
        if (!time_of_day(&r, &p) || r.at != r.end)
            return YK_STAMP_BAD;
    } else if (r.at != r.end) {
        if (!take(&r, "Tt ") || !time_of_day(&r, &p))
            return YK_STAMP_BAD;
    }
    /* Midnight at the day's end: the next day's beginning, which is not always 24 hours away. */
    bool next_day = p.hour == 24;
    if (next_day && (p.minute != 0 || p.second != 0))
        return YK_STAMP_BAD;
    if (next_day)
        p.hour = 0;
    const char *rest = r.at;
    size_t left = (size_t)(r.end - r.at);
    bool offset =
        left > 0 && (r.end[-1] == 'Z' || r.end[-1] == 'z' || memchr(rest, '+', left) || memchr(rest, '-', left));
    if (left > 0 && !offset) { /* a fraction of local time, which base/calendar.h does not read */
        int fraction;
        if (!take(&r, ".") || !digits(&r, 1, 9, &fraction) || r.at != r.end)
            return YK_STAMP_BAD;
        left = 0;
    }
    if (!moment(&p, rest, left, &out->time_s))
        return YK_STAMP_BAD;
    if (!next_day)
        return offset ? YK_STAMP_OK : local(&p, out);
    out->time_s = offset ? out->time_s + 86400 : yk_calendar_day_next(yk_calendar_day_start(out->time_s, 0), 0);
    return YK_STAMP_OK;
}

bool yk_stamp_day(const struct yk_csv_field *text, int64_t *day)
{
    struct parts p = {0};
    struct reader r = {text->text, text->text + text->length};
    int64_t moment_s;
    if (!date(&r, &p))
        return false;
    if (r.at != r.end && (!take(&r, "T ") || !time_of_day(&r, &p) || p.hour || p.minute || p.second || r.at != r.end))
        return false;
    if (!moment(&p, "Z", 1, &moment_s))
        return false;
    *day = moment_s / 86400;
    return true;
}
