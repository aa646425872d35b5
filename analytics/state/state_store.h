/* The state store: what the worker knows, in files only the worker opens. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     STATE/state.db              plain cells, stream positions, received sets, closed epochs
 *     STATE/epoch-<start>.db      presence cells of one epoch and the received sets of its frames; unlinked at its end
 *
 * A frame's whole effect, its cells and the mark that it was received, lies in one file: presence in its epoch's, plain
 * frames in state.db. So one transaction per file is enough for exactly-once, without a transaction over several:
 * positions are committed last, and a frame that is read again after a crash is known by its mark. SQLite in WAL mode,
 * synchronous FULL. */
#ifndef YK_STATE_STATE_STORE_H
#define YK_STATE_STATE_STORE_H

#include "base/error.h"
#include "frame/received.h"
#include "state/cell.h"

#include <stdbool.h>

struct yk_state_store;

#define YK_POSITION_SIZE 44 /* a Redis stream id, "MS-SEQ", and the NUL */

enum yk_status yk_state_open(const char *dir, struct yk_state_store **out, struct yk_error *err) YK_MUST_CHECK;
void yk_state_close(struct yk_state_store *store);

/* True if the frame was taken before, in whichever file. last: its sequence, or the last that a tombstone stands for. */
bool yk_state_has(const struct yk_state_store *store, const struct yk_frame_header *header, uint64_t last);
/* True if the epoch is closed: its presence is final. */
bool yk_state_epoch_closed(const struct yk_state_store *store, int64_t epoch_s);
/* Remembers that the frame was taken; durable with the next commit. `elsewhere`: the frame had no effect on its epoch
 * (it came too late), so the mark goes to state.db. */
enum yk_status yk_state_mark(struct yk_state_store *store, const struct yk_frame_header *header, uint64_t last,
                             bool elsewhere) YK_MUST_CHECK;
/* Opens the file that the frame will change, so that a full disk is met before anything has changed. */
enum yk_status yk_state_ready(struct yk_state_store *store, const struct yk_frame_header *header,
                              struct yk_error *err) YK_MUST_CHECK;
/* The cell that collects changes until the next commit. */
enum yk_status yk_state_cell(struct yk_state_store *store, enum yk_cell_kind kind, const char *key, int64_t window_s,
                             int64_t epoch_s, struct yk_cell **out) YK_MUST_CHECK;

/* Position of a stream in the checkpoint; "0-0" if there is none. */
enum yk_status yk_state_position(struct yk_state_store *store, const char *edge, char id[static YK_POSITION_SIZE],
                                 struct yk_error *err) YK_MUST_CHECK;
struct yk_position {
    const char *edge;
    const char *id;
};
/* Writes cells, marks and then the positions, durable before it returns. On failure the changes stay in memory and the
 * commit can be tried again. */
enum yk_status yk_state_commit(struct yk_state_store *store, const struct yk_position *positions, size_t count,
                               struct yk_error *err) YK_MUST_CHECK;
/* Forgets the marks of lanes that ended before t; frames that old are refused by their age. */
void yk_state_prune(struct yk_state_store *store, int64_t before_s);
/* Calls fn for each stretch of time whose frames of that sensor and group are missing (frame/received.h). */
enum yk_status yk_state_lost(const struct yk_state_store *store, const char *sensor, enum yk_group group,
                             yk_lost_fn *fn, void *context) YK_MUST_CHECK;
/* Everything received from an edge, over all files, as committed. */
enum yk_status yk_state_received(const struct yk_state_store *store, const char *edge,
                                 struct yk_received *out) YK_MUST_CHECK;

/* Calls fn with each cell of the kind, merged from its parts, whose key is `key` or (key NULL) any, and window in
 * [from, to); in order of key and window. Committed cells only. Presence cells are asked for with their epoch; their devices
 * are in no order. fn may use the store for yk_state_cell only. */
typedef enum yk_status yk_cell_fn(void *context, struct yk_cell *cell, struct yk_error *err);
enum yk_status yk_state_read(struct yk_state_store *store, enum yk_cell_kind kind, int64_t epoch_s, const char *key,
                             int64_t from_s, int64_t to_s, yk_cell_fn *fn, void *context,
                             struct yk_error *err) YK_MUST_CHECK;

/* True if any plain cell of that kind and key (NULL: any) lies in [from, to). */
enum yk_status yk_state_any(struct yk_state_store *store, enum yk_cell_kind kind, const char *key, int64_t from_s,
                            int64_t to_s, bool *any, struct yk_error *err) YK_MUST_CHECK;

/* Starts of the epochs that have a file, oldest first. */
size_t yk_state_epochs(const struct yk_state_store *store, const int64_t **out);
/* Moves the epoch's marks to state.db, remembers that it is closed, then unlinks its file. */
enum yk_status yk_state_close_epoch(struct yk_state_store *store, int64_t epoch_s, struct yk_error *err) YK_MUST_CHECK;

/* The earliest window of plain cells, and of presence, that a commit changed since the last call; everything after
 * opening. INT64_MAX: none. */
void yk_state_take_changed(struct yk_state_store *store, int64_t *plain_s, int64_t *presence_s);
/* After a failure: what was taken counts as changed again. */
void yk_state_give_back_changed(struct yk_state_store *store, int64_t plain_s, int64_t presence_s);

/* Retention: plain cells of windows before t are deleted; nothing is evaluated from them any more. */
enum yk_status yk_state_expire(struct yk_state_store *store, int64_t before_s, struct yk_error *err) YK_MUST_CHECK;

/* A named number, kept as the smallest or greatest ever given, or set. */
enum yk_fact_rule { YK_FACT_MIN, YK_FACT_MAX, YK_FACT_SET };
void yk_state_note(struct yk_state_store *store, const char *name, int64_t value, enum yk_fact_rule rule);
/* `otherwise` if it was never noted. */
int64_t yk_state_fact(const struct yk_state_store *store, const char *name, int64_t otherwise);

#endif
