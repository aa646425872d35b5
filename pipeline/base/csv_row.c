/* Rows with quotes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/csv_row.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The quote that ends the field whose content begins at `at`, or `end`. */
static const char *closing(const char *at, const char *end, bool *doubled)
{
    *doubled = false;
    while ((at = (const char *)memchr(at, '"', (size_t)(end - at))) != NULL) {
        if (at + 1 == end || at[1] != '"')
            return at;
        *doubled = true;
        at += 2;
    }
    return end;
}

static void take_doubled(const char *from, const char *to, struct yk_csv_field *out)
{
    size_t n = 0;
    for (; from < to && n < sizeof out->own; from++) {
        out->own[n++] = *from;
        from += *from == '"' && from + 1 < to;
    }
    out->text = out->own;
    out->length = n;
}

bool yk_csv_next(const char **at, const char *end, char separator, struct yk_csv_field *out)
{
    const char *from = *at;
    if (!from)
        return false;
    while (from < end && *from != separator && is_blank(*from))
        from++;
    bool quoted = from < end && *from == '"', doubled = false;
    const char *to = quoted ? closing(from + 1, end, &doubled) : from;
    const char *stop = (const char *)memchr(to, separator, (size_t)(end - to));
    *at = stop ? stop + 1 : NULL;
    if (!stop)
        stop = end;
    if (quoted && doubled) {
        take_doubled(from + 1, to, out);
        return true;
    }
    for (to = quoted ? to : stop; !quoted && to > from && is_blank(to[-1]);)
        to--;
    out->text = quoted ? from + 1 : from;
    out->length = (size_t)(to - out->text);
    return true;
}

bool yk_csv_is(const struct yk_csv_field *field, const char *name)
{
    return strlen(name) == field->length && strncasecmp(field->text, name, field->length) == 0;
}

size_t yk_csv_first_line(const char *text, size_t length)
{
    const char *lf = (const char *)memchr(text, '\n', length);
    size_t size = lf ? (size_t)(lf - text) : length;
    return size - (size && text[size - 1] == '\r');
}

const char *yk_csv_begin(const char *text, size_t length)
{
    static const char mark[] = {'\xEF', '\xBB', '\xBF'};
    return length >= sizeof mark && memcmp(text, mark, sizeof mark) == 0 ? text + sizeof mark : text;
}
