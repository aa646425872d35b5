/* JSON values of a message. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_record.h"

#include "decode/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT_MAX 9007199254740992.0 /* 2^53: what a real can say exactly */

static enum yk_status hand_on(const json_t *value, yk_json_object_fn *fn, void *state,
                              const struct yk_camera_sink *sink, struct yk_error *err)
{
    if (json_is_object(value))
        return fn(state, value, sink, err);
    if (!json_is_array(value)) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < json_array_size(value) && status == YK_OK; i++) {
        const json_t *item = json_array_get(value, i);
        if (json_is_object(item))
            status = fn(state, item, sink, err);
        else
            yk_drop(sink->drops, YK_DROP_bad_schema);
    }
    return status;
}

static size_t skip_blank(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r'))
        i++;
    return i;
}

enum yk_status yk_json_record(const char *text, size_t length, yk_json_object_fn *fn, void *state,
                              const struct yk_camera_sink *sink, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    size_t blank = skip_blank(text, length);
    do {
        text += blank;
        length -= blank;
        json_error_t where;
        json_t *value = json_loadb(text, length, JSON_DISABLE_EOF_CHECK, &where);
        if (!value && json_error_code(&where) == json_error_numeric_overflow) /* 2^64 - 1, for 'untracked' */
            value = json_loadb(text, length, JSON_DISABLE_EOF_CHECK | JSON_DECODE_INT_AS_REAL, &where);
        if (!value) {
            yk_drop(sink->drops, YK_DROP_bad_json);
            return YK_OK;
        }
        size_t taken = where.position > 0 ? (size_t)where.position : length;
        status = hand_on(value, fn, state, sink, err);
        json_decref(value);
        text += taken;
        length -= taken;
        blank = skip_blank(text, length);
    } while (status == YK_OK && blank < length);
    return status;
}

const json_t *yk_json_path(const json_t *object, const char *const *keys)
{
    while (object && *keys)
        object = json_object_get(object, *keys++); /* NULL for what is no object */
    return object;
}

bool yk_json_number(const json_t *value, double *out)
{
    if (json_is_string(value))
        return yk_decimal_parse(json_string_value(value), json_string_length(value), out) && isfinite(*out);
    if (!json_is_number(value))
        return false;
    *out = json_number_value(value);
    return isfinite(*out);
}

bool yk_json_count(const json_t *value, uint64_t *out)
{
    double number;
    if (!yk_json_number(value, &number) || number < 0 || number > COUNT_MAX || number != floor(number))
        return false;
    *out = (uint64_t)number;
    return true;
}

bool yk_device_name_set(struct yk_device_name *out, const char *text, size_t length)
{
    if (length == 0)
        return false;
    memset(out, 0, sizeof *out);
    memcpy(out->text, text, length < sizeof out->text ? length : sizeof out->text - 1);
    return true;
}

bool yk_json_name(const json_t *value, struct yk_device_name *out)
{
    if (json_is_string(value))
        return yk_device_name_set(out, json_string_value(value), json_string_length(value));
    uint64_t whole;
    char text[24];
    if (!json_is_integer(value) && !(json_is_real(value) && yk_json_count(value, &whole)))
        return false;
    int n = snprintf(text, sizeof text, "%lld",
                     json_is_integer(value) ? (long long)json_integer_value(value) : (long long)whole);
    return yk_device_name_set(out, text, (size_t)n);
}

bool yk_json_is(const json_t *value, const char *text)
{
    const char *is = json_string_value(value);
    return is && strcasecmp(is, text) == 0;
}
