/* Tables as text. SPDX-License-Identifier: GPL-3.0-or-later */
#include "series/csv_table.h"

#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum yk_status yk_csv_load(const char *path, char **text, size_t *length, struct yk_error *err)
{
    *text = NULL;
    *length = 0;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot open %s", path);
    enum yk_status status = YK_OK;
    struct stat info;
    if (fstat(fileno(file), &info) != 0)
        status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", path);
    else if (!S_ISREG(info.st_mode))
        status = yk_error_set(err, YK_ERR_NO_INPUT, "%s is not a regular file", path);
    else if (info.st_size > (off_t)YK_CSV_BYTES_MAX)
        status = yk_error_set(err, YK_ERR_INPUT, "%s has more than %u MiB; split it", path, YK_CSV_BYTES_MAX >> 20);
    if (status)
        goto out;
    *text = malloc((size_t)info.st_size + 1);
    if (!*text) {
        status = yk_error_set(err, YK_ERR_MEMORY, "no memory for %s", path);
        goto out;
    }
    *length = fread(*text, 1, (size_t)info.st_size, file);
    if (ferror(file)) {
        status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", path);
        free(*text);
        *text = NULL;
    }
out:
    fclose(file);
    return status;
}

/* The next line without its end. */
static bool next_line(struct yk_csv_table *t, const char **from, const char **to)
{
    if (t->at >= t->end)
        return false;
    size_t length = yk_csv_first_line(t->at, (size_t)(t->end - t->at));
    *from = t->at;
    *to = t->at + length;
    const char *lf = memchr(*to, '\n', (size_t)(t->end - *to));
    t->at = lf ? lf + 1 : t->end;
    t->line++;
    return true;
}

static char separator_of(const char *from, const char *to)
{
    static const char others[] = {';', '\t'};
    for (size_t i = 0; i < sizeof others; i++)
        if (!memchr(from, ',', (size_t)(to - from)) && memchr(from, others[i], (size_t)(to - from)))
            return others[i];
    return ',';
}

enum yk_status yk_csv_table_open(struct yk_csv_table *t, const char *text, size_t length, const char *name,
                                 const char *const *wanted, unsigned count, struct yk_error *err)
{
    assert(count <= YK_CSV_WANTED_MAX);
    *t = (struct yk_csv_table){.wanted = count};
    if (length == 0)
        return yk_error_set(err, YK_ERR_INPUT, "%s is empty", name);
    t->at = yk_csv_begin(text, length);
    t->end = text + length;
    const char *from = NULL, *to = NULL;
    if (!next_line(t, &from, &to))
        return yk_error_set(err, YK_ERR_INPUT, "%s is empty", name);
    t->separator = separator_of(from, to);
    for (unsigned i = 0; i < count; i++)
        t->column[i] = SIZE_MAX;
    struct yk_csv_field field;
    const char *at = from;
    for (size_t column = 0; yk_csv_next(&at, to, t->separator, &field); column++)
        for (unsigned i = 0; i < count; i++)
            if (wanted[i] && t->column[i] == SIZE_MAX && yk_csv_is(&field, wanted[i]))
                t->column[i] = column;
    for (unsigned i = 0; i < count; i++) {
        if (!wanted[i] || t->column[i] != SIZE_MAX)
            continue;
        int shown = to - from > 120 ? 120 : (int)(to - from);
        return yk_error_set(err, YK_ERR_INPUT, "%s:1: there is no column '%s' in the header '%.*s'", name, wanted[i],
                            shown, from);
    }
    return YK_OK;
}

static bool is_blank_line(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    return from == to;
}

bool yk_csv_table_next(struct yk_csv_table *t)
{
    const char *from = NULL, *to = NULL;
    do {
        if (!next_line(t, &from, &to))
            return false;
    } while (is_blank_line(from, to));
    for (unsigned i = 0; i < t->wanted; i++)
        t->field[i].text = NULL;
    struct yk_csv_field passed;
    const char *at = from;
    for (size_t column = 0; at; column++) {
        unsigned wanted = 0;
        while (wanted < t->wanted && t->column[wanted] != column)
            wanted++;
        if (!yk_csv_next(&at, to, t->separator, wanted < t->wanted ? &t->field[wanted] : &passed))
            break;
        /* One column may be asked for twice. */
        for (unsigned again = wanted + 1; again < t->wanted; again++) {
            if (t->column[again] != column)
                continue;
            t->field[again] = t->field[wanted];
            if (t->field[wanted].text == t->field[wanted].own)
                t->field[again].text = t->field[again].own;
        }
    }
    return true;
}

bool yk_csv_number(const struct yk_csv_field *field, double *out)
{
    char text[48];
    if (field->length == 0 || field->length >= sizeof text)
        return false;
    for (size_t i = 0; i < field->length; i++)
        if (field->text[i] == '\0' || !strchr("0123456789+-.eE", field->text[i]))
            return false;
    memcpy(text, field->text, field->length);
    text[field->length] = '\0';
    char *rest;
    *out = strtod(text, &rest);
    return *rest == '\0' && isfinite(*out);
}
