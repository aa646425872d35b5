/* Enrolling, revoking, replacing: changes of the list in memory. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each is checked whole before anything changes. "From T on the sensors are these" is laid in two steps: what there is
 * gets cut at T, and what is wanted goes on where it was cut or begins there. */
#include "frame/enrolment.h"

#include "base/calendar.h"
#include "base/text.h"
#include "frame/keys.h"

#include <stdlib.h>
#include <string.h>

static struct yk_enrolled_edge *find(struct yk_enrolment *list, const char *edge)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->edges[i].edge, edge) == 0)
            return &list->edges[i];
    return NULL;
}

static enum yk_status no_memory(struct yk_error *err)
{
    return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
}

static void set_redis(struct yk_enrolled_edge *edge, const uint8_t *sha256)
{
    edge->has_redis = sha256 != NULL;
    if (sha256)
        memcpy(edge->redis_sha256, sha256, sizeof edge->redis_sha256);
}

static enum yk_status add_key(struct yk_enrolled_edge *edge, const uint8_t *public_key, int64_t from_s,
                              struct yk_error *err)
{
    struct yk_enrolled_key *keys = realloc(edge->keys, (edge->key_count + 1) * sizeof *keys);
    if (!keys)
        return no_memory(err);
    edge->keys = keys;
    struct yk_enrolled_key *key = &keys[edge->key_count++];
    memcpy(key->public_key, public_key, sizeof key->public_key);
    key->valid_from_s = from_s;
    key->valid_until_s = INT64_MAX;
    return YK_OK;
}

static void cut_sensors(struct yk_enrolled_edge *edge, int64_t from_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < edge->sensor_count; i++) {
        struct yk_enrolled_span span = edge->sensors[i];
        if (span.valid_from_s >= from_s)
            continue;
        if (span.valid_until_s > from_s)
            span.valid_until_s = from_s;
        edge->sensors[kept++] = span;
    }
    edge->sensor_count = kept;
}

/* True if one that was cut goes on. */
static bool continue_sensor(struct yk_enrolled_edge *edge, const char *id, int64_t from_s)
{
    for (size_t i = 0; i < edge->sensor_count; i++)
        if (edge->sensors[i].valid_until_s == from_s && strcmp(edge->sensors[i].id, id) == 0) {
            edge->sensors[i].valid_until_s = INT64_MAX;
            return true;
        }
    return false;
}

static enum yk_status set_sensors(struct yk_enrolled_edge *edge, const struct yk_enrolment_request *request,
                                  struct yk_error *err)
{
    size_t most = edge->sensor_count + request->sensor_count;
    struct yk_enrolled_span *spans = realloc(edge->sensors, (most + 1) * sizeof *spans);
    if (!spans)
        return no_memory(err);
    edge->sensors = spans;
    cut_sensors(edge, request->from_s);
    for (size_t i = 0; i < request->sensor_count; i++) {
        const char *id = request->sensors[i];
        if (yk_enrolled_sensor_at(edge, id, INT64_MAX - 1)) /* given twice */
            continue;
        if (continue_sensor(edge, id, request->from_s))
            continue;
        struct yk_enrolled_span *span = &edge->sensors[edge->sensor_count++];
        yk_text_copy(span->id, sizeof span->id, id);
        span->valid_from_s = request->from_s;
        span->valid_until_s = INT64_MAX;
    }
    if (edge->sensor_count > YK_ENROLLED_SPANS_MAX)
        return yk_error_set(err, YK_ERR_REFUSED, "the sensors of edge '%s' have changed too often: at most %d entries",
                            edge->edge, YK_ENROLLED_SPANS_MAX);
    return YK_OK;
}

static enum yk_status check_request(const struct yk_enrolment_request *request, struct yk_error *err)
{
    if (!yk_enrolment_id_ok(request->edge))
        return yk_error_set(
            err, YK_ERR_USAGE,
            "an edge's id is 1 to 31 of a-z, 0-9 and '-', which neither begins nor ends it, not '%.40s'",
            request->edge);
    size_t distinct = 0;
    for (size_t i = 0; i < request->sensor_count; i++) {
        if (!yk_enrolment_id_ok(request->sensors[i]))
            return yk_error_set(err, YK_ERR_USAGE, "'%.40s' is no sensor's id", request->sensors[i]);
        size_t first = 0;
        while (strcmp(request->sensors[first], request->sensors[i]) != 0)
            first++;
        distinct += first == i;
    }
    if (distinct > YK_ENROLLED_SENSORS_MAX)
        return yk_error_set(err, YK_ERR_USAGE, "at most %d sensors an edge", YK_ENROLLED_SENSORS_MAX);
    return YK_OK;
}

static enum yk_status enroll_new(struct yk_enrolment *list, const struct yk_enrolment_request *request,
                                 struct yk_error *err)
{
    if (list->count >= YK_ENROLLED_EDGES_MAX)
        return yk_error_set(err, YK_ERR_REFUSED, "at most %d edges", YK_ENROLLED_EDGES_MAX);
    struct yk_enrolled_edge *edges = realloc(list->edges, (list->count + 1) * sizeof *edges);
    if (!edges)
        return no_memory(err);
    list->edges = edges;
    struct yk_enrolled_edge *edge = &edges[list->count++];
    memset(edge, 0, sizeof *edge);
    yk_text_copy(edge->edge, sizeof edge->edge, request->edge);
    set_redis(edge, request->redis_sha256);
    enum yk_status status = add_key(edge, request->public_key, request->from_s, err);
    return status == YK_OK ? set_sensors(edge, request, err) : status;
}

enum yk_status yk_enrolment_enroll(struct yk_enrolment *list, const struct yk_enrolment_request *request,
                                   struct yk_error *err)
{
    enum yk_status status = check_request(request, err);
    if (status != YK_OK)
        return status;
    struct yk_enrolled_edge *edge = find(list, request->edge);
    if (!edge)
        return enroll_new(list, request, err);
    if (yk_enrolled_end_s(edge) != INT64_MAX) {
        char time[YK_TIME_TEXT_MAX];
        return yk_error_set(err, YK_ERR_REFUSED,
                            "edge '%s' is revoked from %s on; make a new key on the device and give it with: keys "
                            "replace",
                            edge->edge, yk_time_format(time, yk_enrolled_end_s(edge)));
    }
    if (memcmp(edge->keys[edge->key_count - 1].public_key, request->public_key, YK_FRAME_PUBLIC_SIZE) != 0)
        return yk_error_set(err, YK_ERR_REFUSED,
                            "edge '%s' is enrolled with another key; if the device has a new one: keys replace",
                            edge->edge);
    if (request->redis_sha256)
        set_redis(edge, request->redis_sha256);
    return request->keep_sensors ? YK_OK : set_sensors(edge, request, err);
}

static enum yk_status not_enrolled(const char *edge, struct yk_error *err)
{
    return yk_error_set(err, YK_ERR_USAGE, "no edge '%.40s' is enrolled; 'yukikai keys list' shows those that are",
                        edge);
}

enum yk_status yk_enrolment_replace(struct yk_enrolment *list, const struct yk_enrolment_request *request,
                                    struct yk_error *err)
{
    struct yk_enrolled_edge *edge = find(list, request->edge);
    if (!edge)
        return not_enrolled(request->edge, err);
    for (size_t i = 0; i < edge->key_count; i++)
        if (memcmp(edge->keys[i].public_key, request->public_key, YK_FRAME_PUBLIC_SIZE) == 0)
            return yk_error_set(err, YK_ERR_REFUSED,
                                "edge '%s' has, or had, this very key; make a new one on the device", edge->edge);
    if (edge->key_count >= YK_ENROLLED_KEYS_MAX)
        return yk_error_set(err, YK_ERR_REFUSED, "edge '%s' has had %d keys: enrol it under another id", edge->edge,
                            YK_ENROLLED_KEYS_MAX);
    struct yk_enrolled_key *last = &edge->keys[edge->key_count - 1];
    if (last->valid_from_s > request->from_s) {
        char time[YK_TIME_TEXT_MAX];
        return yk_error_set(err, YK_ERR_REFUSED, "the present key of edge '%s' begins only at %s; give a later --from",
                            edge->edge, yk_time_format(time, last->valid_from_s));
    }
    if (last->valid_until_s > request->from_s)
        last->valid_until_s = request->from_s;
    set_redis(edge, request->redis_sha256);
    return add_key(edge, request->public_key, request->from_s, err);
}

enum yk_status yk_enrolment_revoke(struct yk_enrolment *list, const char *id, int64_t from_s, struct yk_error *err)
{
    struct yk_enrolled_edge *edge = find(list, id);
    if (!edge)
        return not_enrolled(id, err);
    int64_t end_s = yk_enrolled_end_s(edge);
    if (end_s <= from_s) {
        char time[YK_TIME_TEXT_MAX];
        return yk_error_set(err, YK_ERR_REFUSED, "edge '%s' is revoked from %s on already", id,
                            yk_time_format(time, end_s));
    }
    for (size_t i = 0; i < edge->key_count; i++) {
        struct yk_enrolled_key *key = &edge->keys[i];
        int64_t cut_s = key->valid_from_s > from_s ? key->valid_from_s : from_s;
        if (key->valid_until_s > cut_s)
            key->valid_until_s = cut_s;
    }
    return YK_OK;
}

enum yk_status yk_enrolment_add(const char *dir, const struct yk_enrolment_request *request, struct yk_error *err)
{
    struct yk_enrolment_edit edit;
    enum yk_status status = yk_enrolment_edit_begin(dir, 10000, &edit, err);
    if (status == YK_OK)
        status = yk_enrolment_enroll(edit.list, request, err);
    if (status == YK_OK)
        status = yk_enrolment_edit_save(&edit, NULL, err);
    yk_enrolment_edit_end(&edit);
    return status;
}
