/* keys list, keys acl: what follows from the list. SPDX-License-Identifier: GPL-3.0-or-later */
#include "keys_private.h"

#include "base/calendar.h"
#include "base/log.h"
#include "config/config.h"
#include "frame/enrolment.h"
#include "frame/keys.h"
#include "link/acl.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The key that holds, or held, or will. */
static const struct yk_enrolled_key *shown_key(const struct yk_enrolled_edge *edge, int64_t t_s)
{
    for (size_t i = 0; i < edge->key_count; i++)
        if (edge->keys[i].valid_until_s > t_s && edge->keys[i].valid_until_s > edge->keys[i].valid_from_s)
            return &edge->keys[i];
    return &edge->keys[edge->key_count - 1];
}

/* "active", "active from T", "active, revoked from T", "revoked since T". */
static void state_text(const struct yk_enrolled_edge *edge, int64_t t_s, char *out, size_t size)
{
    char time[YK_TIME_TEXT_MAX], begin[YK_TIME_TEXT_MAX];
    int64_t end_s = yk_enrolled_end_s(edge);
    const struct yk_enrolled_key *key = shown_key(edge, t_s);
    if (yk_enrolled_state_at(edge, t_s) != YK_ENROLLED_VALID && key->valid_from_s > t_s &&
        key->valid_until_s > key->valid_from_s)
        snprintf(out, size, "active from %s%s%s", yk_time_format(begin, key->valid_from_s),
                 end_s == INT64_MAX ? "" : ", revoked from ", end_s == INT64_MAX ? "" : yk_time_format(time, end_s));
    else if (yk_enrolled_state_at(edge, t_s) != YK_ENROLLED_VALID)
        snprintf(out, size, "revoked since %s", yk_time_format(time, end_s));
    else if (end_s != INT64_MAX)
        snprintf(out, size, "active, revoked from %s", yk_time_format(time, end_s));
    else
        snprintf(out, size, "active");
}

static void print_sensors(const struct yk_enrolled_edge *edge, int64_t t_s)
{
    char time[YK_TIME_TEXT_MAX];
    const char *comma = "";
    for (size_t i = 0; i < edge->sensor_count; i++) {
        const struct yk_enrolled_span *span = &edge->sensors[i];
        if (span->valid_until_s <= t_s)
            continue;
        printf("%s%s", comma, span->id);
        comma = ", ";
        if (span->valid_from_s > t_s)
            printf(" (from %s)", yk_time_format(time, span->valid_from_s));
        if (span->valid_until_s != INT64_MAX)
            printf(" (until %s)", yk_time_format(time, span->valid_until_s));
    }
    printf("%s\n", *comma ? "" : "no sensor");
}

static void print_table(const struct yk_enrolment *list, int64_t t_s)
{
    char state[128], fingerprint[YK_FINGERPRINT_SIZE];
    int edge_width = (int)strlen("EDGE"), state_width = (int)strlen("STATE");
    for (size_t i = 0; i < list->count; i++) {
        state_text(&list->edges[i], t_s, state, sizeof state);
        edge_width = (int)strlen(list->edges[i].edge) > edge_width ? (int)strlen(list->edges[i].edge) : edge_width;
        state_width = (int)strlen(state) > state_width ? (int)strlen(state) : state_width;
    }
    printf("%-*s  %-*s  %-19s  %s\n", edge_width, "EDGE", state_width, "STATE", "FINGERPRINT", "SENSORS");
    for (size_t i = 0; i < list->count; i++) {
        state_text(&list->edges[i], t_s, state, sizeof state);
        yk_keys_fingerprint(shown_key(&list->edges[i], t_s)->public_key, fingerprint);
        printf("%-*s  %-*s  %-19s  ", edge_width, list->edges[i].edge, state_width, state, fingerprint);
        print_sensors(&list->edges[i], t_s);
    }
}

static json_t *time_or_null(int64_t t_s)
{
    char text[YK_TIME_TEXT_MAX];
    return t_s == INT64_MIN || t_s == INT64_MAX ? json_null() : json_string(yk_time_format(text, t_s));
}

static json_t *edge_json(const struct yk_enrolled_edge *edge, int64_t t_s)
{
    static const char *const states[] = {
        [YK_ENROLLED_VALID] = "active", [YK_ENROLLED_NOT_YET] = "not_yet", [YK_ENROLLED_REVOKED] = "revoked"};
    char fingerprint[YK_FINGERPRINT_SIZE];
    json_t *keys = json_array(), *sensors = json_array();
    for (size_t i = 0; i < edge->key_count; i++) {
        const struct yk_enrolled_key *key = &edge->keys[i];
        yk_keys_fingerprint(key->public_key, fingerprint);
        json_array_append_new(keys, json_pack("{s:s, s:o, s:o}", "fingerprint", fingerprint, "valid_from",
                                              time_or_null(key->valid_from_s), "valid_until",
                                              time_or_null(key->valid_until_s)));
    }
    for (size_t i = 0; i < edge->sensor_count; i++) {
        const struct yk_enrolled_span *span = &edge->sensors[i];
        json_array_append_new(sensors, json_pack("{s:s, s:o, s:o}", "id", span->id, "valid_from",
                                                 time_or_null(span->valid_from_s), "valid_until",
                                                 time_or_null(span->valid_until_s)));
    }
    yk_keys_fingerprint(shown_key(edge, t_s)->public_key, fingerprint);
    return json_pack("{s:s, s:s, s:o, s:s, s:b, s:o, s:o}", "edge", edge->edge, "state",
                     states[yk_enrolled_state_at(edge, t_s)], "revoked_from", time_or_null(yk_enrolled_end_s(edge)),
                     "fingerprint", fingerprint, "redis", edge->has_redis, "keys", keys, "sensors", sensors);
}

static enum yk_status print_json(const struct yk_enrolment *list, int64_t t_s, struct yk_error *err)
{
    json_t *edges = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(edges, edge_json(&list->edges[i], t_s));
    json_t *root = json_pack("{s:o}", "edges", edges);
    bool ok = root && json_array_size(edges) == list->count && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    putchar('\n');
    json_decref(root);
    return ok ? YK_OK : yk_error_set(err, YK_ERR_IO, "cannot write the list");
}

enum yk_status yk_keys_list(const struct keys_arguments *a, struct yk_error *err)
{
    struct yk_enrolment *list = NULL;
    int64_t t_s = yk_wall_now(&yk_clock_system).us / 1000000;
    enum yk_status status = yk_enrolment_read(a->keys, &list, err);
    if (status != YK_OK)
        return status;
    if (a->json)
        status = print_json(list, t_s, err);
    else if (list->count == 0)
        printf("no edge is enrolled in %s\n", a->keys);
    else
        print_table(list, t_s);
    yk_enrolment_free(list);
    return status;
}

enum yk_status yk_keys_acl(const struct keys_arguments *a, struct yk_error *err)
{
    struct yk_config *config = NULL;
    struct yk_enrolment *list = NULL;
    uint8_t analyze[YK_REDIS_HASH_SIZE], keys[YK_REDIS_HASH_SIZE];
    enum yk_status status = yk_config_load(a->operand, &config, err);
    if (status == YK_OK)
        status = yk_enrolment_read(a->keys, &list, err);
    if (status == YK_OK)
        status = yk_acl_password_hash(a->keys, "analyze", analyze, err);
    if (status == YK_OK)
        status = yk_acl_password_hash(a->keys, "keys", keys, err);
    if (status == YK_OK) {
        struct yk_acl acl = {.district = config->district,
                             .enrolment = list,
                             .now_s = yk_wall_now(&yk_clock_system).us / 1000000,
                             .analyze_sha256 = analyze,
                             .keys_sha256 = keys};
        status = yk_acl_write(&acl, stdout, err);
        for (size_t i = 0; i < list->count && status == YK_OK; i++)
            if (yk_acl_entry_of(&list->edges[i], acl.now_s) == YK_ACL_NO_PASSWORD)
                yk_log(
                    YK_LOG_WARNING,
                    "%s is left out: its edge.pub tells of no Redis password. 'yukikai keys make --name edge' on the "
                    "device adds one; then enroll that edge.pub again",
                    list->edges[i].edge);
    }
    yk_enrolment_free(list);
    yk_config_free(config);
    return status;
}
