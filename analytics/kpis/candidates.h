/* Rows on their way to the gate. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_CANDIDATES_H
#define YK_KPIS_CANDIDATES_H

#include "base/error.h"
#include "gate/candidate.h"
#include "store/publish.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised; free with yk_candidates_clear. */
struct yk_candidates {
    struct yk_candidate *list;
    size_t count, capacity;
    bool out_of_memory; /* some could not be kept: publishing says so */
};

/* Keeps a copy. A yk_candidate_fn: the context is the candidates. */
void yk_candidates_give(void *context, const struct yk_candidate *candidate);
/* All of them through the gate, inside the caller's begin and commit. */
enum yk_status yk_candidates_publish(struct yk_candidates *candidates, const struct yk_config *config,
                                     struct yk_publish *publish, struct yk_error *err) YK_MUST_CHECK;
void yk_candidates_clear(struct yk_candidates *candidates);

#endif
