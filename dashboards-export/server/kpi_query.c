/* The parameters of /api/v1/kpis, checked. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * place, kpi, direction and resolution choose rows; from (inclusive) and to (exclusive) bound the start of their
 * windows; limit and after page. A '+' in a query string means a blank, so "2026-04-01T00:00:00+09:00" arrives with a
 * blank where the offset begins unless it was written %2B: since nothing else can stand there, that blank is read as
 * '+'. */
#include "server/kpi_query.h"

#include "base/calendar.h"

#include <stdbool.h>
#include <string.h>

enum { PLACE, KPI, DIRECTION, RESOLUTION, FROM, TO, LIMIT, AFTER, KEY_COUNT };
static const char *const keys[KEY_COUNT] = {"place", "kpi", "direction", "resolution", "from", "to", "limit", "after"};

#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* "plaza" or "plaza/north". */
static bool is_place(const char *text)
{
    size_t first = strspn(text, ID_CHARACTERS);
    if (first == 0 || first >= YK_ID_SIZE)
        return false;
    if (text[first] == '\0')
        return true;
    const char *part = text + first + 1;
    size_t second = strspn(part, ID_CHARACTERS);
    return text[first] == '/' && second > 0 && second < YK_ID_SIZE && part[second] == '\0';
}

static bool is_kpi(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return n > 0 && n < YK_ID_SIZE && text[n] == '\0';
}

static bool is_direction(const char *text)
{
    return strcmp(text, "plus") == 0 || strcmp(text, "minus") == 0 || strcmp(text, "both") == 0;
}

static enum yk_status parse_time(const char *key, const char *value, int64_t *out, struct yk_error *err)
{
    char text[64];
    size_t n = strlen(value);
    struct yk_wall t;
    if (n < sizeof text) {
        memcpy(text, value, n + 1);
        if (n > 6 && text[n - 6] == ' ' && text[n - 3] == ':')
            text[n - 6] = '+';
        if (yk_time_parse(text, &t)) {
            *out = t.us / 1000000 - (t.us % 1000000 < 0);
            return YK_OK;
        }
    }
    return yk_error_set(err, YK_ERR_USAGE,
                        "%s is not a time; write a local date as 2026-04-01 or a time as 2026-04-01T09:00:00%%2B09:00",
                        key);
}

static enum yk_status parse_limit(const char *value, size_t *out, struct yk_error *err)
{
    size_t digits = strspn(value, "0123456789");
    size_t limit = 0;
    if (digits > 0 && digits <= 5 && value[digits] == '\0')
        for (const char *p = value; *p; p++)
            limit = limit * 10 + (size_t)(*p - '0');
    if (limit < 1 || limit > YK_KPI_QUERY_LIMIT_MAX)
        return yk_error_set(err, YK_ERR_USAGE, "limit is a whole number from 1 to %d", YK_KPI_QUERY_LIMIT_MAX);
    *out = limit;
    return YK_OK;
}

static enum yk_status take(size_t key, const char *value, struct yk_row_query *q, struct yk_error *err)
{
    switch (key) {
    case PLACE:
        q->place = value;
        if (!is_place(value))
            return yk_error_set(err, YK_ERR_USAGE, "place is the id of a place, or PLACE/LINE");
        break;
    case KPI:
        q->kpi = value;
        if (!is_kpi(value))
            return yk_error_set(err, YK_ERR_USAGE, "kpi is the id of a KPI, for example footfall");
        break;
    case DIRECTION:
        q->direction = value;
        if (!is_direction(value))
            return yk_error_set(err, YK_ERR_USAGE, "direction is one of plus, minus, both");
        break;
    case RESOLUTION:
        q->resolution = yk_resolution_parse(value);
        if (q->resolution == YK_RES_COUNT)
            return yk_error_set(err, YK_ERR_USAGE, "resolution is one of 15m, 1h, 1d");
        break;
    case FROM:
        return parse_time("from", value, &q->from_s, err);
    case TO:
        return parse_time("to", value, &q->to_s, err);
    case LIMIT:
        return parse_limit(value, &q->limit, err);
    default:
        q->after = value;
        if (strlen(value) >= YK_QUERY_NEXT_SIZE)
            return yk_error_set(err, YK_ERR_USAGE, "after is not a value that an earlier answer gave as next");
        break;
    }
    return YK_OK;
}

enum yk_status yk_kpi_query_parse(const struct yk_param *params, size_t count, struct yk_row_query *out,
                                  struct yk_error *err)
{
    *out = (struct yk_row_query){
        .resolution = YK_RES_COUNT, .from_s = INT64_MIN, .to_s = INT64_MAX, .limit = YK_KPI_QUERY_LIMIT_DEFAULT};
    bool seen[KEY_COUNT] = {false};
    for (size_t i = 0; i < count; i++) {
        size_t key = 0;
        while (key < KEY_COUNT && strcmp(keys[key], params[i].key) != 0)
            key++;
        if (key == KEY_COUNT)
            return yk_error_set(err, YK_ERR_USAGE,
                                "unknown parameter '%.40s'; there are place, kpi, direction, resolution, from, to, "
                                "limit, after",
                                params[i].key);
        if (seen[key])
            return yk_error_set(err, YK_ERR_USAGE, "parameter %s is there twice", keys[key]);
        seen[key] = true;
        if (!params[i].value || !*params[i].value)
            return yk_error_set(err, YK_ERR_USAGE, "parameter %s has no value; leave it out or fill it in", keys[key]);
        enum yk_status status = take(key, params[i].value, out, err);
        if (status != YK_OK)
            return status;
    }
    if (out->from_s >= out->to_s)
        return yk_error_set(err, YK_ERR_USAGE, "from must be before to");
    return YK_OK;
}
