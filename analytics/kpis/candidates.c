/* A growing list of rows. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/candidates.h"

#include "gate/disclosure.h"

#include <stdlib.h>

void yk_candidates_give(void *context, const struct yk_candidate *candidate)
{
    struct yk_candidates *c = context;
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 512;
        struct yk_candidate *list = realloc(c->list, capacity * sizeof *list);
        if (!list) {
            c->out_of_memory = true;
            return;
        }
        c->list = list;
        c->capacity = capacity;
    }
    c->list[c->count++] = *candidate;
}

enum yk_status yk_candidates_publish(struct yk_candidates *candidates, const struct yk_config *config,
                                     struct yk_publish *publish, struct yk_error *err)
{
    if (candidates->out_of_memory)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    return yk_gate_publish(config, candidates->list, candidates->count, publish, err);
}

void yk_candidates_clear(struct yk_candidates *candidates)
{
    free(candidates->list);
    *candidates = (struct yk_candidates){0};
}
