/* The cells that changed since the last commit. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_STATE_PENDING_H
#define YK_STATE_PENDING_H

#include "state/cell.h"

/* Zero-initialised is empty. Free with yk_pending_clear. */
struct yk_pending {
    struct yk_cell **cells;
    size_t count, capacity;
    uint32_t *slots; /* open addressing over cells: index + 1, 0 = free */
    size_t slot_count;
};

void yk_pending_clear(struct yk_pending *pending);
/* The cell of that name, made if it is new. */
enum yk_status yk_pending_cell(struct yk_pending *pending, enum yk_cell_kind kind, const char *key, int64_t window_s,
                               int64_t epoch_s, struct yk_cell **out) YK_MUST_CHECK;
/* Everything has been committed. */
void yk_pending_forget(struct yk_pending *pending);
/* An epoch's file has committed: its cells go, so that a commit that fails later in another file and is tried again does not
 * add them twice. */
void yk_pending_settle(struct yk_pending *pending, int64_t epoch_s);

#endif
