/* Which key and which sensors an edge has at a time. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/enrolment.h"

#include <stdlib.h>
#include <string.h>

bool yk_enrolment_id_ok(const char *id)
{
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length < YK_ID_SIZE && id[length] == '\0' && id[0] != '-' && id[length - 1] != '-';
}

const struct yk_enrolled_edge *yk_enrolment_find(const struct yk_enrolment *enrolment, const char *edge)
{
    for (size_t i = 0; i < enrolment->count; i++)
        if (strcmp(enrolment->edges[i].edge, edge) == 0)
            return &enrolment->edges[i];
    return NULL;
}

bool yk_enrolled_sensor_at(const struct yk_enrolled_edge *edge, const char *sensor, int64_t t_s)
{
    for (size_t i = 0; i < edge->sensor_count; i++) {
        const struct yk_enrolled_span *span = &edge->sensors[i];
        if (span->valid_from_s <= t_s && t_s < span->valid_until_s && strcmp(span->id, sensor) == 0)
            return true;
    }
    return false;
}

const uint8_t *yk_enrolled_key_at(const struct yk_enrolled_edge *edge, int64_t t_s)
{
    for (size_t i = 0; i < edge->key_count; i++)
        if (edge->keys[i].valid_from_s <= t_s && t_s < edge->keys[i].valid_until_s)
            return edge->keys[i].public_key;
    return NULL;
}

enum yk_enrolled_state yk_enrolled_state_at(const struct yk_enrolled_edge *edge, int64_t t_s)
{
    bool later = false;
    for (size_t i = 0; i < edge->key_count; i++) {
        const struct yk_enrolled_key *key = &edge->keys[i];
        if (key->valid_from_s >= key->valid_until_s)
            continue;
        if (key->valid_from_s > t_s)
            later = true;
        else if (t_s < key->valid_until_s)
            return YK_ENROLLED_VALID;
        else
            return yk_enrolled_key_at(edge, t_s) ? YK_ENROLLED_VALID : YK_ENROLLED_REVOKED;
    }
    return later ? YK_ENROLLED_NOT_YET : YK_ENROLLED_REVOKED;
}

int64_t yk_enrolled_end_s(const struct yk_enrolled_edge *edge)
{
    for (size_t i = edge->key_count; i-- > 0;)
        if (edge->keys[i].valid_until_s > edge->keys[i].valid_from_s)
            return edge->keys[i].valid_until_s;
    return edge->key_count > 0 ? edge->keys[edge->key_count - 1].valid_until_s : INT64_MIN;
}

void yk_enrolment_free(struct yk_enrolment *enrolment)
{
    if (!enrolment)
        return;
    for (size_t i = 0; enrolment->edges && i < enrolment->count; i++) {
        free(enrolment->edges[i].keys);
        free(enrolment->edges[i].sensors);
    }
    free(enrolment->edges);
    free(enrolment);
}
