/* JSON in messages. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A message is one JSON value, or several one behind the other: JSON lines, a batch that a gateway put together, a value
 * that was laid out over many lines. jansson reads it: no value deeper than 2,048 levels, no number that does not fit, no
 * text that is not UTF-8. */
#ifndef YK_DECODE_JSON_RECORD_H
#define YK_DECODE_JSON_RECORD_H

#include "decode/camera_record.h"

#include <jansson.h>

/* One value of a message: an object; an array is handed on element by element, one level deep. */
typedef enum yk_status yk_json_object_fn(void *state, const json_t *object, const struct yk_camera_sink *sink,
                                         struct yk_error *err);

/* Hands on every object of the message. What is no JSON is counted as bad_json, with all that follows it in the message;
 * values that are no objects as bad_schema. */
enum yk_status yk_json_record(const char *text, size_t length, yk_json_object_fn *fn, void *state,
                              const struct yk_camera_sink *sink, struct yk_error *err) YK_MUST_CHECK;

/* The value under a path such as "frame", "observations"; NULL if one step is missing or no object. */
#define yk_json_at(object, ...) yk_json_path(object, (const char *const[]){__VA_ARGS__, NULL})
const json_t *yk_json_path(const json_t *object, const char *const *keys);

/* A number, or text that is one ("3"); finite. */
bool yk_json_number(const json_t *value, double *out);
/* A whole number from 0 to 2^53, or text that is one. */
bool yk_json_count(const json_t *value, uint64_t *out);
/* The name of a line or zone: text, or a whole number. False if it is neither, or empty. */
bool yk_json_name(const json_t *value, struct yk_device_name *out);
/* The same of text that is not JSON. */
bool yk_device_name_set(struct yk_device_name *out, const char *text, size_t length);
bool yk_json_is(const json_t *value, const char *text); /* that text, whatever the case */

#endif
