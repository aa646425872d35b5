/* A table of counts: manual surveys, and what counters' own programs export. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     from,to,line,in,out                                        開始;終了;地点;入;出
 *     2026-10-02T09:00:00+09:00,2026-10-02T09:15:00+09:00,north,31,18       2026/10/2 9:00;2026/10/2 9:15;北口;31;18
 *
 *     what    names of its column                         values
 *     from    from, start, begin, 開始                    when counting began, and
 *     to      to, end, until, 終了                        when it ended: persons counted in [from, to)
 *     line    line, gate, 線, 地点                        the name that a line's `device` has; without the column, "1"
 *     in      in, plus, 入                                persons in direction plus
 *     out     out, minus, 出                              persons in direction minus; one of in and out may be missing
 *
 * The header names the columns in any order, others are passed over. Comma, semicolon or tab; the header says which. Quotes,
 * a byte-order mark and Windows line ends do not matter. A time is RFC 3339, or local: 2026-10-02 09:00[:00], with T or a
 * blank, - or / (and then one digit is enough for a month, a day or an hour). 24:00 is the end of the day.
 *
 * An empty cell is not a zero: a row that lacks a number, or has one with a separator for thousands, is bad_schema. Rows may
 * come in any order; told twice, the first counts. */
#include "decode/camera_dialect.h"
#include "base/csv_row.h"
#include "decode/decimal.h"
#include "decode/device_time.h"
#include "decode/json_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column { FROM, TO, LINE, IN, OUT, COLUMNS };

static const char *const names[COLUMNS][5] = {
    [FROM] = {"from", "start", "begin", "開始"},
    [TO] = {"to", "end", "until", "終了"},
    [LINE] = {"line", "gate", "線", "地点"},
    [IN] = {"in", "plus", "入"},
    [OUT] = {"out", "minus", "出"},
};

struct layout {
    char separator;
    int at[COLUMNS]; /* number of each column, or -1 */
};

struct state {
    bool begun;
    struct layout layout;
    int64_t last_us; /* end of the row before, for the hour that comes twice; 0: none */
};

/* --- header --- */

static enum column column_of(const struct yk_csv_field *field)
{
    for (int column = 0; column < COLUMNS; column++)
        for (const char *const *name = names[column]; *name; name++)
            if (yk_csv_is(field, *name))
                return (enum column)column;
    return COLUMNS;
}

/* False if it names too little, or one thing twice. */
static bool read_columns(const char *text, const char *end, struct layout *out)
{
    struct yk_csv_field field;
    for (int column = 0; column < COLUMNS; column++)
        out->at[column] = -1;
    for (int i = 0; yk_csv_next(&text, end, out->separator, &field); i++) {
        enum column column = column_of(&field);
        if (column == COLUMNS)
            continue;
        if (out->at[column] >= 0)
            return false;
        out->at[column] = i;
    }
    return out->at[FROM] >= 0 && out->at[TO] >= 0 && (out->at[IN] >= 0 || out->at[OUT] >= 0);
}

static bool read_header(const char *text, size_t length, struct layout *out)
{
    static const char separators[] = {',', ';', '\t'};
    const char *begin = yk_csv_begin(text, length), *end = text + length;
    for (size_t i = 0; i < sizeof separators; i++) {
        out->separator = separators[i];
        if (memchr(begin, separators[i], (size_t)(end - begin)) && read_columns(begin, end, out))
            return true;
    }
    return false;
}

/* --- times as people write them --- */

/* Up to `max` digits and what follows them, which is then passed over. False if there are none. */
static bool take_number(const char **at, const char *end, int max, const char *followed_by, int *out)
{
    int digits = 0;
    for (*out = 0; digits < max && *at < end && **at >= '0' && **at <= '9'; digits++)
        *out = *out * 10 + *(*at)++ - '0';
    if (digits == 0)
        return false;
    if (*followed_by && (*at == end || !strchr(followed_by, **at)))
        return false;
    *at += *followed_by != '\0';
    return true;
}

/* 2026/4/1 9:00[:00] with what may follow it, a fraction or an offset, as the device_time module wants it. */
static bool read_time(const char *text, size_t length, int64_t near_us, int64_t *out_us)
{
    const char *at = text, *end = text + length;
    int year, month, day, hour, minute, second = 0;
    if (!take_number(&at, end, 4, "-/", &year) || !take_number(&at, end, 2, "-/", &month) ||
        !take_number(&at, end, 2, " Tt", &day) || !take_number(&at, end, 2, ":", &hour) ||
        !take_number(&at, end, 2, "", &minute))
        return yk_device_time(text, length, near_us, out_us); /* 20261002090000 */
    if (at < end && *at == ':') {
        at++;
        if (!take_number(&at, end, 2, "", &second))
            return false;
    }
    bool midnight = hour == 24 && minute == 0 && second == 0;
    char plain[64];
    int n = snprintf(plain, sizeof plain, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, midnight ? 23 : hour,
                     midnight ? 59 : minute, midnight ? 59 : second);
    if (n < 0 || (size_t)(end - at) >= sizeof plain - (size_t)n)
        return false;
    memcpy(plain + n, at, (size_t)(end - at));
    if (!yk_device_time(plain, (size_t)n + (size_t)(end - at), near_us, out_us))
        return false;
    *out_us += midnight ? 1000000 : 0;
    return true;
}

/* --- rows --- */

struct row {
    struct yk_device_count count;
    bool timed[2]; /* from, to */
};

static bool read_count(const struct yk_csv_field *field, uint64_t *out)
{
    return yk_digits_parse(field->text, field->length, out);
}

/* False if a field is missing or is not what its column says; times are noted apart. */
static bool read_row(const struct state *s, const char *text, size_t length, struct row *row)
{
    const char *next = yk_csv_begin(text, length);
    struct yk_csv_field field;
    unsigned found = 0, wanted = 0;
    for (unsigned column = 0; column < COLUMNS; column++)
        wanted |= s->layout.at[column] >= 0 ? 1U << column : 0;
    if (s->layout.at[LINE] < 0 && !yk_device_name_set(&row->count.line, "1", 1))
        return false;
    for (int i = 0; yk_csv_next(&next, text + length, s->layout.separator, &field); i++)
        for (unsigned column = 0; column < COLUMNS; column++) {
            if (s->layout.at[column] != i)
                continue;
            bool good = true;
            if (column == FROM)
                row->timed[0] = read_time(field.text, field.length, s->last_us, &row->count.from_us);
            else if (column == TO)
                row->timed[1] = read_time(field.text, field.length, s->last_us, &row->count.to_us);
            else if (column == LINE)
                good = yk_device_name_set(&row->count.line, field.text, field.length);
            else
                good = read_count(&field, column == IN ? &row->count.plus : &row->count.minus);
            found |= good ? 1U << column : 0;
        }
    return found == wanted;
}

static enum yk_status dropped(const struct yk_camera_sink *sink, enum yk_drop reason)
{
    yk_drop(sink->drops, reason);
    return YK_OK;
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    struct state *s = (struct state *)state;
    struct row row;
    struct layout layout;
    memset(&row, 0, sizeof row);
    bool good = s->begun && read_row(s, text, length, &row);
    if (!good && read_header(text, length, &layout)) { /* also again, where a file is sent as several messages */
        s->layout = layout;
        s->begun = true;
        return YK_OK;
    }
    if (!good)
        return dropped(sink, YK_DROP_bad_schema);
    if (!row.timed[0] || !row.timed[1])
        return dropped(sink, YK_DROP_bad_time);
    if (row.count.from_us >= row.count.to_us)
        return dropped(sink, YK_DROP_malformed);
    s->last_us = row.count.to_us;
    return sink->count ? sink->count(sink->context, &row.count, err) : YK_OK;
}

/* --- the dialect --- */

static bool guess(const char *text, size_t length)
{
    struct layout layout;
    return read_header(text, yk_csv_first_line(text, length), &layout);
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    *state = calloc(1, sizeof(struct state));
    return *state ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no memory for the decoder of count tables");
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    (void)state;
    (void)sink;
    (void)err;
    return YK_OK;
}

const struct yk_camera_dialect yk_camera_counts_csv = {
    .name = "counts_csv",
    .summary = "a table of counts; its header names the columns from, to, line, in, out",
    .dated = true,
    .pace = YK_PACE_BINS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = free,
};
