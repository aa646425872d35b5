/* The list as text, and back. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading is strict, each mistake is told with the edge's place in the list, and nothing that it takes can break what
 * is made of it: ids are ids (they become Redis rules), times lie in years that can be written again, keys are in order
 * and never two at a time. Times are written in UTC, so that the file does not depend on who changed it where. */
#include "frame/enrolment.h"

#include "base/calendar.h"
#include "base/text.h"
#include "frame/keys.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_MIN_S INT64_C(31536000)     /* 1971-01-01 */
#define TIME_MAX_S INT64_C(253370764799) /* 9998-12-31T23:59:59Z */
#define HEX_SIZE   (2 * 32 + 1)

bool yk_enrolment_time_parse(const char *text, int64_t *out_s)
{
    /* "2026-04-01T09:00:00Z": what follows the seconds has to be an offset. */
    struct yk_wall wall;
    if (strnlen(text, 26) < 20 || strnlen(text, 26) > 25 || strchr("Zz+-", text[19]) == NULL ||
        !yk_time_parse(text, &wall))
        return false;
    *out_s = wall.us / 1000000;
    return *out_s >= TIME_MIN_S && *out_s <= TIME_MAX_S;
}

/* --- Reading ---------------------------------------------------------------------------------------------------- */

struct place {
    const char *path;
    size_t number; /* of the edge, from 1 */
    const char *edge;
    struct yk_error *err;
};

static enum yk_status wrong(const struct place *at, const char *what)
{
    return yk_error_set(at->err, YK_ERR_INPUT, "%s: edge %zu%s%.40s%s: %s", at->path, at->number, at->edge ? " ('" : "",
                        at->edge ? at->edge : "", at->edge ? "')" : "", what);
}

static enum yk_status read_times(const struct place *at, const char *from, const char *until, int64_t *from_s,
                                 int64_t *until_s)
{
    *from_s = INT64_MIN;
    *until_s = INT64_MAX;
    if ((from && !yk_enrolment_time_parse(from, from_s)) || (until && !yk_enrolment_time_parse(until, until_s)))
        return wrong(at, "valid_from and valid_until are times such as 2026-04-01T09:00:00+09:00");
    return *until_s >= *from_s ? YK_OK : wrong(at, "a valid_until lies before its valid_from");
}

static enum yk_status read_key(const struct place *at, json_t *entry, struct yk_enrolled_edge *edge)
{
    const char *hex, *from = NULL, *until = NULL;
    struct yk_enrolled_key *key = &edge->keys[edge->key_count];
    if (json_unpack_ex(entry, NULL, JSON_STRICT, "{s:s, s?s, s?s}", "public_key", &hex, "valid_from", &from,
                       "valid_until", &until) != 0)
        return wrong(at, "a key has public_key, valid_from and valid_until, and nothing else");
    if (!yk_keys_parse_public(hex, key->public_key))
        return wrong(at, "a public_key has 64 hex digits");
    enum yk_status status = read_times(at, from, until, &key->valid_from_s, &key->valid_until_s);
    if (status != YK_OK)
        return status;
    if (edge->key_count > 0 && key->valid_from_s < key[-1].valid_until_s)
        return wrong(at, "its keys overlap, or are not in the order of their times");
    edge->key_count++;
    return YK_OK;
}

static enum yk_status read_sensor(const struct place *at, json_t *entry, struct yk_enrolled_edge *edge)
{
    const char *id, *from = NULL, *until = NULL;
    struct yk_enrolled_span *span = &edge->sensors[edge->sensor_count];
    if (json_unpack_ex(entry, NULL, JSON_STRICT, "{s:s, s?s, s?s}", "id", &id, "valid_from", &from, "valid_until",
                       &until) != 0)
        return wrong(at, "a sensor has id, valid_from and valid_until, and nothing else");
    if (!yk_enrolment_id_ok(id))
        return wrong(at, "a sensor's id is 1 to 31 of a-z, 0-9 and '-'");
    yk_text_copy(span->id, sizeof span->id, id);
    enum yk_status status = read_times(at, from, until, &span->valid_from_s, &span->valid_until_s);
    if (status == YK_OK)
        edge->sensor_count++;
    return status;
}

static enum yk_status allocate(const struct place *at, const json_t *keys, const json_t *sensors,
                               struct yk_enrolled_edge *edge)
{
    if (json_array_size(keys) > YK_ENROLLED_KEYS_MAX || json_array_size(sensors) > YK_ENROLLED_SPANS_MAX)
        return wrong(at, "more keys or sensors than an edge can have");
    edge->keys = calloc(keys ? json_array_size(keys) + 1 : 1, sizeof *edge->keys);
    edge->sensors = calloc(json_array_size(sensors) + 1, sizeof *edge->sensors);
    if (edge->keys && edge->sensors)
        return YK_OK;
    (void)yk_error_set(at->err, YK_ERR_MEMORY, "out of memory");
    return YK_ERR_MEMORY;
}

/* {"edge", "public_key", "sensors": ["id"], "valid_from"}: one key, and sensors that hold as long as it. */
static enum yk_status read_first_form(const struct place *at, json_t *entry, struct yk_enrolled_edge *edge)
{
    const char *name, *hex, *from = NULL;
    json_t *sensors;
    if (json_unpack_ex(entry, NULL, JSON_STRICT, "{s:s, s:s, s:o, s?s}", "edge", &name, "public_key", &hex, "sensors",
                       &sensors, "valid_from", &from) != 0 ||
        !json_is_array(sensors))
        return wrong(at, "edge, public_key, sensors and valid_from are expected, and nothing else");
    enum yk_status status = allocate(at, NULL, sensors, edge);
    if (status != YK_OK)
        return status;
    int64_t from_s, until_s;
    status = read_times(at, from, NULL, &from_s, &until_s);
    if (status != YK_OK)
        return status;
    if (!yk_keys_parse_public(hex, edge->keys[0].public_key))
        return wrong(at, "a public_key has 64 hex digits");
    edge->keys[edge->key_count].valid_from_s = from_s;
    edge->keys[edge->key_count++].valid_until_s = until_s;
    for (size_t i = 0; i < json_array_size(sensors); i++) {
        const char *id = json_string_value(json_array_get(sensors, i));
        if (!id || !yk_enrolment_id_ok(id))
            return wrong(at, "a sensor's id is 1 to 31 of a-z, 0-9 and '-'");
        struct yk_enrolled_span *span = &edge->sensors[edge->sensor_count++];
        yk_text_copy(span->id, sizeof span->id, id);
        span->valid_from_s = from_s;
        span->valid_until_s = until_s;
    }
    return YK_OK;
}

static enum yk_status read_present_form(const struct place *at, json_t *entry, struct yk_enrolled_edge *edge)
{
    const char *name, *redis = NULL;
    json_t *keys, *sensors;
    if (json_unpack_ex(entry, NULL, JSON_STRICT, "{s:s, s:o, s:o, s?s}", "edge", &name, "keys", &keys, "sensors",
                       &sensors, "redis_sha256", &redis) != 0 ||
        !json_is_array(keys) || !json_is_array(sensors) || json_array_size(keys) == 0)
        return wrong(at, "edge, keys (one or more), sensors and redis_sha256 are expected, and nothing else");
    enum yk_status status = allocate(at, keys, sensors, edge);
    if (status == YK_OK && redis && !yk_keys_parse_public(redis, edge->redis_sha256))
        status = wrong(at, "redis_sha256 has 64 hex digits");
    edge->has_redis = redis != NULL;
    for (size_t i = 0; status == YK_OK && i < json_array_size(keys); i++)
        status = read_key(at, json_array_get(keys, i), edge);
    for (size_t i = 0; status == YK_OK && i < json_array_size(sensors); i++)
        status = read_sensor(at, json_array_get(sensors, i), edge);
    return status;
}

static enum yk_status read_edges(const char *path, json_t *edges, struct yk_enrolment *list, struct yk_error *err)
{
    for (size_t i = 0; i < json_array_size(edges); i++) {
        json_t *entry = json_array_get(edges, i);
        const char *id = json_string_value(json_object_get(entry, "edge"));
        struct place at = {path, i + 1, id, err};
        if (!id || !yk_enrolment_id_ok(id)) {
            at.edge = NULL;
            return wrong(&at, "\"edge\" is its id, 1 to 31 of a-z, 0-9 and '-'");
        }
        if (yk_enrolment_find(list, id))
            return wrong(&at, "an edge is in the list once");
        struct yk_enrolled_edge *edge = &list->edges[list->count++];
        yk_text_copy(edge->edge, sizeof edge->edge, id);
        enum yk_status status = json_object_get(entry, "public_key") ? read_first_form(&at, entry, edge)
                                                                     : read_present_form(&at, entry, edge);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

enum yk_status yk_enrolment_read_bytes(const char *path, const void *bytes, size_t size, struct yk_enrolment **out,
                                       struct yk_error *err)
{
    *out = NULL;
    if (size > YK_ENROLMENT_BYTES_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "%s is larger than %d MiB", path, YK_ENROLMENT_BYTES_MAX >> 20);
    json_error_t mistake;
    json_t *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &mistake);
    if (!root)
        return yk_error_set(err, YK_ERR_INPUT, "%s:%d: %s", path, mistake.line, mistake.text);
    json_t *edges = NULL;
    json_int_t version = 1;
    struct yk_enrolment *list = NULL;
    enum yk_status status;
    if (json_unpack_ex(root, NULL, JSON_STRICT, "{s?I, s:o}", "version", &version, "edges", &edges) != 0 ||
        !json_is_array(edges))
        status = yk_error_set(err, YK_ERR_INPUT, "%s: \"version\" and a list \"edges\" are expected", path);
    else if (version < 1 || version > 2)
        status = yk_error_set(err, YK_ERR_INPUT, "%s is of version %lld; this program knows 1 and 2", path,
                              (long long)version);
    else if (json_array_size(edges) > YK_ENROLLED_EDGES_MAX)
        status = yk_error_set(err, YK_ERR_INPUT, "%s: at most %d edges", path, YK_ENROLLED_EDGES_MAX);
    else {
        list = calloc(1, sizeof *list);
        if (list)
            list->edges = calloc(json_array_size(edges) + 1, sizeof *list->edges);
        status = list && list->edges ? read_edges(path, edges, list, err)
                                     : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    if (status == YK_OK)
        *out = list;
    else
        yk_enrolment_free(list);
    json_decref(root);
    return status;
}

/* --- Writing ---------------------------------------------------------------------------------------------------- */

static json_t *hex_of(const uint8_t bytes[static 32])
{
    char hex[HEX_SIZE];
    return json_string(sodium_bin2hex(hex, sizeof hex, bytes, 32));
}

static int put_time(json_t *object, const char *key, int64_t t_s)
{
    char text[32];
    time_t moment = (time_t)t_s;
    struct tm tm;
    if (!gmtime_r(&moment, &tm) || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return -1;
    return json_object_set_new(object, key, json_string(text));
}

/* One object with its times; takes `value`. 0 if all went well. */
static int put(json_t *list, const char *key, json_t *value, int64_t from_s, int64_t until_s)
{
    json_t *object = json_object();
    int failed = json_object_set_new(object, key, value);
    if (from_s != INT64_MIN)
        failed |= put_time(object, "valid_from", from_s);
    if (until_s != INT64_MAX)
        failed |= put_time(object, "valid_until", until_s);
    return failed | json_array_append_new(list, object);
}

static int put_edge(json_t *list, const struct yk_enrolled_edge *edge)
{
    json_t *object = json_object(), *keys = json_array(), *sensors = json_array();
    int failed = 0;
    for (size_t i = 0; i < edge->key_count; i++)
        failed |= put(keys, "public_key", hex_of(edge->keys[i].public_key), edge->keys[i].valid_from_s,
                      edge->keys[i].valid_until_s);
    for (size_t i = 0; i < edge->sensor_count; i++)
        failed |= put(sensors, "id", json_string(edge->sensors[i].id), edge->sensors[i].valid_from_s,
                      edge->sensors[i].valid_until_s);
    failed |= json_object_set_new(object, "edge", json_string(edge->edge));
    failed |= json_object_set_new(object, "keys", keys);
    failed |= json_object_set_new(object, "sensors", sensors);
    if (edge->has_redis)
        failed |= json_object_set_new(object, "redis_sha256", hex_of(edge->redis_sha256));
    return failed | json_array_append_new(list, object);
}

char *yk_enrolment_text(const struct yk_enrolment *enrolment)
{
    json_t *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < enrolment->count; i++)
        failed |= put_edge(list, &enrolment->edges[i]);
    json_t *root = json_pack("{s:i, s:o}", "version", 2, "edges", list);
    char *text = root && !failed ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    size_t length = text ? strlen(text) : 0;
    char *line = text ? realloc(text, length + 2) : NULL;
    if (line)
        memcpy(line + length, "\n", 2);
    else
        free(text);
    return line;
}
