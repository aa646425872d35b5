/* Any bytes as the list of edges. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/enrolment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Ids are ids, keys follow one another, and what holds at a border is told the same way by all that tell it. */
static void check_edge(const struct yk_enrolment *list, const struct yk_enrolled_edge *edge)
{
    must(yk_enrolment_id_ok(edge->edge) && yk_enrolment_find(list, edge->edge) == edge);
    must(edge->key_count >= 1 && edge->key_count <= YK_ENROLLED_KEYS_MAX);
    for (size_t k = 0; k < edge->key_count; k++) {
        const struct yk_enrolled_key *key = &edge->keys[k];
        must(key->valid_from_s <= key->valid_until_s);
        must(k == 0 || key[-1].valid_until_s <= key->valid_from_s);
        if (key->valid_from_s < key->valid_until_s) {
            must(yk_enrolled_key_at(edge, key->valid_from_s) == key->public_key);
            must(yk_enrolled_state_at(edge, key->valid_from_s) == YK_ENROLLED_VALID);
            must(yk_enrolled_key_at(edge, key->valid_until_s) != key->public_key);
        }
    }
    must(!yk_enrolled_key_at(edge, yk_enrolled_end_s(edge)));
    for (size_t s = 0; s < edge->sensor_count; s++) {
        const struct yk_enrolled_span *span = &edge->sensors[s];
        must(yk_enrolment_id_ok(span->id) && span->valid_from_s <= span->valid_until_s);
        if (span->valid_from_s < span->valid_until_s)
            must(yk_enrolled_sensor_at(edge, span->id, span->valid_from_s));
    }
}

/* What it is written as is read again, and written the same. */
static struct yk_enrolment *again(const struct yk_enrolment *list)
{
    struct yk_enrolment *copy = NULL;
    char *text = yk_enrolment_text(list);
    must(text && yk_enrolment_read_bytes("fuzz", text, strlen(text), &copy, NULL) == YK_OK);
    char *second = yk_enrolment_text(copy);
    must(second && strcmp(text, second) == 0);
    free(text);
    free(second);
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t t_s = 1790000000;
    struct yk_enrolment *list;
    struct yk_error err = {0};
    enum yk_status status = yk_enrolment_read_bytes("fuzz", data, size, &list, &err);
    must((status == YK_OK) == (list != NULL));
    must(status == YK_OK || (status == YK_ERR_INPUT && err.message[0] != '\0'));
    if (!list)
        return 0;
    static const char *const sensors[] = {"radio-1", "cam-1"};
    uint8_t key[32] = {7};
    for (size_t i = 0; i < list->count; i++) {
        const struct yk_enrolled_edge *edge = &list->edges[i];
        struct yk_enrolment_request request = {.edge = edge->edge,
                                               .public_key = edge->keys[edge->key_count - 1].public_key,
                                               .sensors = sensors,
                                               .sensor_count = 2,
                                               .from_s = t_s};
        check_edge(list, edge);
        if (yk_enrolment_enroll(list, &request, NULL) == YK_OK)
            must(yk_enrolled_sensor_at(edge, "cam-1", t_s) && yk_enrolled_sensor_at(edge, "radio-1", INT64_MAX - 1));
        request.public_key = key;
        if (yk_enrolment_replace(list, &request, NULL) == YK_OK)
            must(memcmp(yk_enrolled_key_at(edge, t_s), key, sizeof key) == 0);
        if (yk_enrolment_revoke(list, edge->edge, t_s + 60, NULL) == YK_OK)
            must(!yk_enrolled_key_at(edge, t_s + 60) && !yk_enrolled_key_at(edge, INT64_MAX - 1));
        check_edge(list, edge);
    }
    struct yk_enrolment *copy = again(list);
    must(copy->count == list->count);
    yk_enrolment_free(copy);
    yk_enrolment_free(list);
    return 0;
}
