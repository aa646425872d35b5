/* One SQLite file of the state store. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_STATE_STATE_FILE_H
#define YK_STATE_STATE_FILE_H

#include "frame/received.h"
#include "state/cell.h"
#include "state/state_store.h"
#include "store/sqlite.h"

struct yk_edge_received {
    char edge[YK_ID_SIZE];
    struct yk_received received;
    bool dirty;
};

struct yk_state_file {
    sqlite3 *db; /* NULL while it rests */
    sqlite3_stmt *put_part, *put_received, *parts_of_key, *parts_of_any;
    char path[YK_PATH_SIZE];
    int64_t epoch_s; /* INT64_MIN: state.db */
    uint64_t used;   /* when it was woken last, in the owner's count */
    struct yk_edge_received *edges;
    size_t edge_count;
};

enum yk_status yk_state_file_open(struct yk_state_file *file, const char *path, int64_t epoch_s,
                                  struct yk_error *err) YK_MUST_CHECK;
void yk_state_file_close(struct yk_state_file *file);
/* A file that rests has its marks in memory and nothing open; what needs the database wakes it, and fails if it cannot. */
enum yk_status yk_state_file_wake(struct yk_state_file *file, struct yk_error *err) YK_MUST_CHECK;
void yk_state_file_rest(struct yk_state_file *file);
/* NULL if there is none and make is off, or memory ran out. */
struct yk_received *yk_state_file_edge(struct yk_state_file *file, const char *edge, bool make);
bool yk_state_file_has(const struct yk_state_file *file, const struct yk_frame_header *header, uint64_t last);
enum yk_status yk_state_file_mark(struct yk_state_file *file, const struct yk_frame_header *header,
                                  uint64_t last) YK_MUST_CHECK;
/* Between BEGIN and COMMIT: the marks that changed, a cell as a part. */
enum yk_status yk_state_file_put_received(struct yk_state_file *file, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_state_file_put_cell(struct yk_state_file *file, struct yk_cell *cell,
                                      struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_state_file_read(struct yk_state_file *file, enum yk_cell_kind kind, const char *key, int64_t from_s,
                                  int64_t to_s, yk_cell_fn *fn, void *context, struct yk_error *err) YK_MUST_CHECK;

#endif
