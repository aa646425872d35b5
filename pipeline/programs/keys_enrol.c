/* keys enroll, revoke, replace. SPDX-License-Identifier: GPL-3.0-or-later */
#include "keys_private.h"

#include "base/calendar.h"
#include "base/log.h"
#include "config/config.h"
#include "frame/enrolment.h"
#include "frame/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_WAIT_MS 10000

static int64_t now_s(void)
{
    return yk_wall_now(&yk_clock_system).us / 1000000;
}

/* --from or --valid-from; without it the next full minute. */
static enum yk_status take_time(const struct keys_arguments *a, int64_t *out_s, struct yk_error *err)
{
    *out_s = (now_s() + 59) / 60 * 60;
    if (!a->from || yk_enrolment_time_parse(a->from, out_s))
        return YK_OK;
    return yk_error_set(err, YK_ERR_USAGE,
                        "'%.60s' is no time: RFC 3339 with an offset is expected, such as 2026-10-01T09:00:00+09:00",
                        a->from);
}

static void warn_of_past(int64_t from_s, const char *what)
{
    char time[YK_TIME_TEXT_MAX];
    if (from_s >= now_s())
        return;
    yk_log(YK_LOG_WARNING,
           "%s holds from %s, which is past. What was already taken of the time since then stays in the tables: they "
           "keep sums, from which one edge's part cannot be taken out again. What arrives from now on is judged by the "
           "new list",
           what, yk_time_format(time, from_s));
}

static void warn_of_shared_key(const struct yk_enrolment *list, const struct yk_enrolment_request *request)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < list->edges[i].key_count; k++)
            if (strcmp(list->edges[i].edge, request->edge) != 0 &&
                memcmp(list->edges[i].keys[k].public_key, request->public_key, YK_FRAME_PUBLIC_SIZE) == 0) {
                yk_log(YK_LOG_WARNING,
                       "%s has this very key too: each of the two can speak for the other. Was a disk copied? Each "
                       "device makes its own key",
                       list->edges[i].edge);
                return;
            }
}

static void warn_of_shared_sensors(const struct yk_enrolment *list, const struct yk_enrolled_edge *edge, int64_t t_s)
{
    for (size_t s = 0; s < edge->sensor_count; s++)
        for (size_t i = 0; i < list->count && edge->sensors[s].valid_until_s == INT64_MAX; i++)
            if (&list->edges[i] != edge && yk_enrolled_end_s(&list->edges[i]) > t_s &&
                yk_enrolled_sensor_at(&list->edges[i], edge->sensors[s].id, t_s))
                yk_log(YK_LOG_WARNING, "%s may speak for %s too: what both hear counts twice", list->edges[i].edge,
                       edge->sensors[s].id);
}

/* The ids of --sensors, or all of the district. Both arrays are the caller's to free; *ids point into *text or config. */
static enum yk_status take_sensors(const struct keys_arguments *a, const struct yk_config *config, char **text,
                                   const char ***ids, size_t *count, struct yk_error *err)
{
    size_t most = config->sensor_count;
    for (const char *p = a->sensors; p && *p; p++)
        most += *p == ',';
    *count = 0;
    *text = a->sensors ? strdup(a->sensors) : NULL;
    *ids = calloc(most + 2, sizeof **ids);
    if (!*ids || (a->sensors && !*text))
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    for (size_t i = 0; !a->sensors && i < config->sensor_count; i++)
        (*ids)[(*count)++] = config->sensors[i].id;
    char *rest = *text;
    for (char *id; rest && (id = strsep(&rest, ","));) {
        if (!yk_config_sensor(config, id))
            return yk_error_set(err, YK_ERR_USAGE, "there is no sensor '%.40s' in %s", id, a->operand);
        (*ids)[(*count)++] = id;
    }
    return YK_OK;
}

static size_t sensors_from(const struct yk_enrolled_edge *edge)
{
    size_t count = 0;
    for (size_t i = 0; i < edge->sensor_count; i++)
        count += edge->sensors[i].valid_until_s == INT64_MAX;
    return count;
}

static void say_key(const char *verb, const struct yk_enrolled_edge *edge)
{
    char fingerprint[YK_FINGERPRINT_SIZE];
    yk_keys_fingerprint(edge->keys[edge->key_count - 1].public_key, fingerprint);
    printf("%s %s with %zu sensor%s, fingerprint %s: compare it with what the device shows\n", verb, edge->edge,
           sensors_from(edge), sensors_from(edge) == 1 ? "" : "s", fingerprint);
    if (!edge->has_redis)
        printf("it gave no Redis password: 'keys acl' leaves it out (keys make on the device adds one)\n");
}

static enum yk_status change_enrolment(const struct keys_arguments *a, struct yk_enrolment_request *request,
                                       struct yk_error *err)
{
    struct yk_enrolment_edit edit;
    bool changed = false, known = false;
    enum yk_status status = yk_enrolment_edit_begin(a->keys, LOCK_WAIT_MS, &edit, err);
    if (status == YK_OK) {
        known = yk_enrolment_find(edit.list, a->edge) != NULL;
        request->keep_sensors = !a->sensors;
        if (!known && !a->from)
            request->from_s = INT64_MIN;
        if (known && !a->sensors && a->from)
            status = yk_error_set(err, YK_ERR_USAGE, "edge '%.40s' is enrolled: --valid-from needs --sensors", a->edge);
    }
    if (status == YK_OK)
        status = yk_enrolment_enroll(edit.list, request, err);
    if (status == YK_OK)
        status = yk_enrolment_edit_save(&edit, &changed, err);
    if (status == YK_OK) {
        const struct yk_enrolled_edge *edge = yk_enrolment_find(edit.list, a->edge);
        char time[YK_TIME_TEXT_MAX];
        say_key(!known ? "enrolled" : changed ? "changed" : "nothing to change:", edge);
        if (changed && request->from_s != INT64_MIN && (!known || a->sensors))
            printf("this holds from %s on\n", yk_time_format(time, request->from_s));
        if (known && changed && a->sensors)
            warn_of_past(request->from_s, "the change");
        warn_of_shared_key(edit.list, request);
        warn_of_shared_sensors(edit.list, edge, request->from_s == INT64_MIN ? now_s() : request->from_s);
    }
    yk_enrolment_edit_end(&edit);
    return status;
}

enum yk_status yk_keys_enroll(const struct keys_arguments *a, struct yk_error *err)
{
    struct yk_config *config = NULL;
    struct yk_public_file file;
    char *text = NULL;
    const char **sensors = NULL;
    struct yk_enrolment_request request = {.edge = a->edge, .public_key = file.public_key};
    if (!yk_enrolment_id_ok(a->edge))
        return yk_error_set(
            err, YK_ERR_USAGE,
            "an edge's id is 1 to 31 of a-z, 0-9 and '-', which neither begins nor ends it, not '%.40s'", a->edge);
    enum yk_status status = take_time(a, &request.from_s, err);
    if (status == YK_OK)
        status = yk_config_load(a->operand, &config, err);
    if (status == YK_OK)
        status = yk_keys_read_public_file(a->public_file, &file, err);
    if (status == YK_OK)
        status = take_sensors(a, config, &text, &sensors, &request.sensor_count, err);
    if (status == YK_OK) {
        request.redis_sha256 = file.has_redis ? file.redis_sha256 : NULL;
        request.sensors = sensors;
        status = change_enrolment(a, &request, err);
    }
    free(sensors);
    free(text);
    yk_config_free(config);
    return status;
}

enum yk_status yk_keys_revoke(const struct keys_arguments *a, struct yk_error *err)
{
    int64_t from_s;
    enum yk_status status = take_time(a, &from_s, err);
    if (status != YK_OK)
        return status;
    struct yk_enrolment_edit edit;
    status = yk_enrolment_edit_begin(a->keys, LOCK_WAIT_MS, &edit, err);
    if (status == YK_OK)
        status = yk_enrolment_revoke(edit.list, a->edge, from_s, err);
    if (status == YK_OK)
        status = yk_enrolment_edit_save(&edit, NULL, err);
    if (status == YK_OK) {
        char time[YK_TIME_TEXT_MAX];
        printf("revoked %s: what it observes from %s on counts nowhere\n", a->edge, yk_time_format(time, from_s));
        printf("to keep it out of Redis too, write the ACL file anew after that time (keys acl) and restart Redis\n");
        warn_of_past(from_s, "the revocation");
    }
    yk_enrolment_edit_end(&edit);
    return status;
}

enum yk_status yk_keys_replace(const struct keys_arguments *a, struct yk_error *err)
{
    struct yk_public_file file;
    struct yk_enrolment_request request = {.edge = a->edge, .public_key = file.public_key};
    enum yk_status status = take_time(a, &request.from_s, err);
    if (status == YK_OK)
        status = yk_keys_read_public_file(a->public_file, &file, err);
    if (status != YK_OK)
        return status;
    request.redis_sha256 = file.has_redis ? file.redis_sha256 : NULL;
    struct yk_enrolment_edit edit;
    status = yk_enrolment_edit_begin(a->keys, LOCK_WAIT_MS, &edit, err);
    if (status == YK_OK)
        status = yk_enrolment_replace(edit.list, &request, err);
    if (status == YK_OK)
        status = yk_enrolment_edit_save(&edit, NULL, err);
    if (status == YK_OK) {
        char time[YK_TIME_TEXT_MAX];
        say_key("replaced the key of", yk_enrolment_find(edit.list, a->edge));
        printf("the new key holds from %s on, the old one until then\n", yk_time_format(time, request.from_s));
        printf("its password of Redis is another one as well: write the ACL file anew (keys acl) and restart Redis\n");
        warn_of_past(request.from_s, "the new key");
        warn_of_shared_key(edit.list, &request);
    }
    yk_enrolment_edit_end(&edit);
    return status;
}
