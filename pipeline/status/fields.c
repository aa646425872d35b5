/* Fields and tallies to JSON and back. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/fields.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

static json_t *write_field(const struct yk_field *field, const char *at)
{
    int64_t time;
    uint64_t count;
    double real;
    bool flag;
    switch (field->kind) {
    case YK_FIELD_TEXT:
        return json_string(at);
    case YK_FIELD_COUNT:
        memcpy(&count, at, sizeof count);
        return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
    case YK_FIELD_TIME:
        memcpy(&time, at, sizeof time);
        return time == YK_NONE ? json_null() : json_integer(time);
    case YK_FIELD_FLAG:
        memcpy(&flag, at, sizeof flag);
        return json_boolean(flag);
    case YK_FIELD_REAL:
        memcpy(&real, at, sizeof real);
        return isfinite(real) ? json_real(real) : json_null();
    }
    return NULL;
}

json_t *yk_fields_write(const struct yk_field *fields, size_t count, const void *record)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < count; i++)
        if (json_object_set_new(object, fields[i].name,
                                write_field(&fields[i], (const char *)record + fields[i].offset)) != 0) {
            json_decref(object);
            object = NULL;
        }
    return object;
}

static bool copy_text(char *to, size_t size, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    if (length >= size || strlen(text) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    memcpy(to, text, length + 1);
    return true;
}

static bool read_field(const struct yk_field *field, const json_t *value, char *at)
{
    bool missing = !value || json_is_null(value);
    json_int_t number = missing ? 0 : json_integer_value(value);
    switch (field->kind) {
    case YK_FIELD_TEXT:
        memset(at, 0, field->size);
        return missing || (json_is_string(value) && copy_text(at, field->size, value));
    case YK_FIELD_COUNT: {
        uint64_t count = number < 0 ? 0 : (uint64_t)number;
        memcpy(at, &count, sizeof count);
        return missing || (json_is_integer(value) && number >= 0);
    }
    case YK_FIELD_TIME: {
        /* Differences of two of them must not overflow. */
        bool fits = number > -(1LL << 52) && number < 1LL << 52;
        int64_t time = missing || !fits ? YK_NONE : number;
        memcpy(at, &time, sizeof time);
        return missing || (json_is_integer(value) && fits);
    }
    case YK_FIELD_FLAG: {
        bool flag = json_is_true(value);
        memcpy(at, &flag, sizeof flag);
        return missing || json_is_boolean(value);
    }
    case YK_FIELD_REAL: {
        double real = missing ? (double)NAN : json_number_value(value);
        memcpy(at, &real, sizeof real);
        return missing || (json_is_number(value) && fabs(real) < 1e15); /* so that it can become an integer */
    }
    }
    return false;
}

bool yk_fields_read(const struct yk_field *fields, size_t count, const json_t *object, void *record)
{
    bool ok = json_is_object(object);
    for (size_t i = 0; i < count; i++)
        ok &= read_field(&fields[i], json_object_get(object, fields[i].name), (char *)record + fields[i].offset);
    return ok;
}

static struct yk_tally *find(struct yk_tallies *tallies, const char *name)
{
    for (size_t i = 0; i < YK_TALLIES; i++) {
        struct yk_tally *tally = &tallies->list[i];
        if (!tally->name[0]) {
            yk_text_copy(tally->name, sizeof tally->name, name);
            tally->last_s = YK_NONE;
            return tally;
        }
        if (strcmp(tally->name, name) == 0)
            return tally;
    }
    return NULL;
}

void yk_tally_add(struct yk_tallies *tallies, const char *name, uint64_t count, int64_t last_s)
{
    struct yk_tally *tally = count ? find(tallies, name) : NULL;
    if (!tally)
        return;
    tally->count += count;
    if (last_s > tally->last_s)
        tally->last_s = last_s;
}

uint64_t yk_tally_count(const struct yk_tallies *tallies, const char *name)
{
    for (size_t i = 0; i < YK_TALLIES; i++)
        if (strcmp(tallies->list[i].name, name) == 0)
            return tallies->list[i].count;
    return 0;
}

uint64_t yk_tally_sum(const struct yk_tallies *tallies)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < YK_TALLIES && tallies->list[i].name[0]; i++)
        sum += tallies->list[i].count;
    return sum;
}

static const struct yk_field tally_fields[] = {
    YK_FIELD(COUNT, struct yk_tally, count),
    YK_FIELD(TIME, struct yk_tally, last_s),
};

json_t *yk_tallies_write(const struct yk_tallies *tallies)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < YK_TALLIES && tallies->list[i].name[0]; i++)
        if (json_object_set_new(object, tallies->list[i].name, yk_fields_write(tally_fields, 2, &tallies->list[i])) !=
            0) {
            json_decref(object);
            object = NULL;
        }
    return object;
}

bool yk_tallies_read(const json_t *object, struct yk_tallies *tallies)
{
    memset(tallies, 0, sizeof *tallies);
    if (!object)
        return true;
    if (!json_is_object(object) || json_object_size(object) > YK_TALLIES)
        return false;
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    for (size_t i = 0; at; i++, at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *name = json_object_iter_key(at);
        struct yk_tally *tally = &tallies->list[i];
        if (!name[0] || strlen(name) >= sizeof tally->name ||
            strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name) ||
            !yk_fields_read(tally_fields, 2, json_object_iter_value(at), tally)) {
            memset(tally, 0, sizeof *tally);
            return false;
        }
        memcpy(tally->name, name, strlen(name) + 1);
    }
    return true;
}
