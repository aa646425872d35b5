/* Parts and marks in one file. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts are only ever inserted by a commit, so a commit costs what changed and not what is there. A cell that was found in
 * many parts is written back as one when all that was asked for has been read. */
#include "state/state_file.h"

#include "lives/heard_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION   2
#define PARTS_MAX 8 /* more are merged into one when they are read */

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS part(kind INTEGER NOT NULL, key TEXT NOT NULL, window INTEGER NOT NULL,"
    " bytes BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS part_by_cell ON part(kind, key, window);"
    "CREATE INDEX IF NOT EXISTS part_by_time ON part(window);"
    "CREATE TABLE IF NOT EXISTS received(edge TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS position(edge TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS closed(epoch INTEGER PRIMARY KEY);"
    "CREATE TABLE IF NOT EXISTS fact(name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;";

static enum yk_status load_received(struct yk_state_file *file, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(file->db, "SELECT edge, bytes FROM received ORDER BY edge", &s, err);
    bool row = true;
    while (status == YK_OK && (status = yk_db_step(file->db, s, &row, err)) == YK_OK && row) {
        struct yk_received *received = yk_state_file_edge(file, (const char *)sqlite3_column_text(s, 0), true);
        if (!received)
            status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        else if (yk_received_decode(sqlite3_column_blob(s, 1), (size_t)sqlite3_column_bytes(s, 1), received) != YK_OK)
            status = yk_error_set(err, YK_ERR_INPUT, "%s: the received marks are damaged", file->path);
    }
    sqlite3_finalize(s);
    return status;
}

enum yk_status yk_state_file_open(struct yk_state_file *file, const char *path, int64_t epoch_s, struct yk_error *err)
{
    memset(file, 0, sizeof *file);
    snprintf(file->path, sizeof file->path, "%s", path);
    file->epoch_s = epoch_s;
    enum yk_status status = yk_state_file_wake(file, err);
    if (status == YK_OK)
        status = load_received(file, err);
    if (status != YK_OK)
        yk_state_file_close(file);
    return status;
}

enum yk_status yk_state_file_wake(struct yk_state_file *file, struct yk_error *err)
{
    if (file->db)
        return YK_OK;
    enum yk_status status = yk_db_open(file->path, YK_DB_WRITE, VERSION, schema, &file->db, err);
    if (status == YK_OK)
        status = yk_db_prepare(file->db, "INSERT INTO part VALUES(?1, ?2, ?3, ?4)", &file->put_part, err);
    if (status == YK_OK)
        status = yk_db_prepare(file->db, "INSERT OR REPLACE INTO received VALUES(?1, ?2)", &file->put_received, err);
    if (status == YK_OK)
        status = yk_db_prepare(file->db,
                               "SELECT key, window, bytes FROM part WHERE kind=?1 AND key=?4 AND window>=?2 AND "
                               "window<?3 ORDER BY key, window",
                               &file->parts_of_key, err);
    if (status == YK_OK)
        status = yk_db_prepare(file->db,
                               "SELECT key, window, bytes FROM part WHERE kind=?1 AND window>=?2 AND window<?3 "
                               "ORDER BY key, window",
                               &file->parts_of_any, err);
    if (status != YK_OK)
        yk_state_file_rest(file);
    return status;
}

void yk_state_file_rest(struct yk_state_file *file)
{
    sqlite3_finalize(file->put_part);
    sqlite3_finalize(file->put_received);
    sqlite3_finalize(file->parts_of_key);
    sqlite3_finalize(file->parts_of_any);
    yk_db_close(file->db);
    file->db = NULL;
    file->put_part = file->put_received = file->parts_of_key = file->parts_of_any = NULL;
}

void yk_state_file_close(struct yk_state_file *file)
{
    yk_state_file_rest(file);
    for (size_t i = 0; i < file->edge_count; i++)
        yk_received_clear(&file->edges[i].received);
    free(file->edges);
    memset(file, 0, sizeof *file);
}

/* Where the edge stands in the list, which is sorted by name, or would stand. */
static size_t edge_at(const struct yk_state_file *file, const char *edge)
{
    size_t low = 0, high = file->edge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(file->edges[middle].edge, edge) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct yk_edge_received *find_edge(const struct yk_state_file *file, const char *edge)
{
    size_t at = edge_at(file, edge);
    return at < file->edge_count && strcmp(file->edges[at].edge, edge) == 0 ? &file->edges[at] : NULL;
}

struct yk_received *yk_state_file_edge(struct yk_state_file *file, const char *edge, bool make)
{
    struct yk_edge_received *found = find_edge(file, edge);
    if (found || !make)
        return found ? &found->received : NULL;
    struct yk_edge_received *edges = realloc(file->edges, (file->edge_count + 1) * sizeof *edges);
    if (!edges)
        return NULL;
    file->edges = edges;
    size_t at = edge_at(file, edge);
    memmove(&edges[at + 1], &edges[at], (file->edge_count++ - at) * sizeof *edges);
    found = &edges[at];
    memset(found, 0, sizeof *found);
    snprintf(found->edge, sizeof found->edge, "%s", edge);
    return &found->received;
}

bool yk_state_file_has(const struct yk_state_file *file, const struct yk_frame_header *header, uint64_t last)
{
    const struct yk_edge_received *edge = find_edge(file, header->edge);
    return edge && yk_received_has(&edge->received, header, last);
}

enum yk_status yk_state_file_mark(struct yk_state_file *file, const struct yk_frame_header *header, uint64_t last)
{
    struct yk_received *received = yk_state_file_edge(file, header->edge, true);
    if (!received)
        return YK_ERR_MEMORY;
    find_edge(file, header->edge)->dirty = true;
    return yk_received_add(received, header, last);
}

enum yk_status yk_state_file_put_received(struct yk_state_file *file, struct yk_error *err)
{
    for (size_t i = 0; i < file->edge_count; i++) {
        if (!file->edges[i].dirty)
            continue;
        uint8_t *bytes;
        size_t size;
        if (yk_received_encode(&file->edges[i].received, &bytes, &size) != YK_OK)
            return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        sqlite3_bind_text(file->put_received, 1, file->edges[i].edge, -1, SQLITE_STATIC);
        sqlite3_bind_blob64(file->put_received, 2, bytes, size, SQLITE_STATIC);
        enum yk_status status = yk_db_run(file->db, file->put_received, err);
        sqlite3_clear_bindings(file->put_received);
        free(bytes);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

enum yk_status yk_state_file_put_cell(struct yk_state_file *file, struct yk_cell *cell, struct yk_error *err)
{
    uint8_t *bytes;
    size_t size;
    enum yk_status status = yk_cell_encode(cell, &bytes, &size);
    if (status != YK_OK)
        return yk_error_set(err, status, "a state does not fit its part");
    sqlite3_bind_int(file->put_part, 1, (int)cell->kind);
    sqlite3_bind_text(file->put_part, 2, cell->key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(file->put_part, 3, cell->window_s);
    sqlite3_bind_blob64(file->put_part, 4, bytes, size, SQLITE_STATIC);
    status = yk_db_run(file->db, file->put_part, err);
    sqlite3_clear_bindings(file->put_part);
    free(bytes);
    return status;
}

/* Replaces the parts of a cell by the merged one, inside a transaction. */
static enum yk_status write_back(struct yk_state_file *file, struct yk_cell *cell, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(file->db, "DELETE FROM part WHERE kind=?1 AND key=?2 AND window=?3", &s, err);
    if (status == YK_OK) {
        sqlite3_bind_int(s, 1, (int)cell->kind);
        sqlite3_bind_text(s, 2, cell->key, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 3, cell->window_s);
        status = yk_db_run(file->db, s, err);
    }
    sqlite3_finalize(s);
    return status == YK_OK ? yk_state_file_put_cell(file, cell, err) : status;
}

/* A cell that was of many parts when it was read. */
struct cell_name {
    char key[YK_CELL_KEY_SIZE];
    int64_t window_s;
};

/* Cells as they are read: parts come in order of key and window, so a cell is whole when the next one begins. */
struct reading {
    struct yk_state_file *file;
    yk_cell_fn *fn;
    void *context;
    struct yk_cell cell;
    size_t parts;   /* of the cell so far; 0: none has begun */
    bool rewriting; /* they are read to be written back, and need not be noted again */
    struct cell_name *many;
    size_t many_count, many_capacity;
};

static enum yk_status note_many(struct reading *r, struct yk_error *err)
{
    if (r->many_count == r->many_capacity) {
        size_t capacity = r->many_capacity ? 2 * r->many_capacity : 128;
        struct cell_name *list = realloc(r->many, capacity * sizeof *list);
        if (!list)
            return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        r->many = list;
        r->many_capacity = capacity;
    }
    struct cell_name *name = &r->many[r->many_count++];
    memcpy(name->key, r->cell.key, sizeof name->key);
    name->window_s = r->cell.window_s;
    return YK_OK;
}

static enum yk_status hand_over(struct reading *r, struct yk_error *err)
{
    if (r->parts == 0)
        return YK_OK;
    enum yk_status status = r->parts > PARTS_MAX && !r->rewriting ? note_many(r, err) : YK_OK;
    if (status == YK_OK)
        status = r->fn(r->context, &r->cell, err);
    yk_cell_clear(&r->cell);
    r->parts = 0;
    return status;
}

static enum yk_status take_part(struct reading *r, enum yk_cell_kind kind, const char *key, int64_t window_s,
                                const void *bytes, size_t size, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (r->parts > 0 && (r->cell.window_s != window_s || strcmp(r->cell.key, key) != 0))
        status = hand_over(r, err);
    if (status == YK_OK && r->parts == 0) {
        if (yk_cell_init(&r->cell, kind, key, window_s) != YK_OK)
            return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        r->cell.epoch_s = r->file->epoch_s;
    }
    if (status != YK_OK)
        return status;
    r->parts++;
    status = yk_cell_merge(&r->cell, bytes, size);
    return status == YK_OK ? YK_OK
                           : yk_error_set(err, status, "%s: a state of %s is damaged", r->file->path, r->cell.key);
}

/* Steps through all parts that the statement, with everything bound, finds. */
static enum yk_status read_parts(struct reading *r, sqlite3_stmt *s, enum yk_cell_kind kind, struct yk_error *err)
{
    bool row = true;
    enum yk_status status;
    while ((status = yk_db_step(r->file->db, s, &row, err)) == YK_OK && row) {
        const char *key = (const char *)sqlite3_column_text(s, 0);
        status = key ? take_part(r, kind, key, sqlite3_column_int64(s, 1), sqlite3_column_blob(s, 2),
                                 (size_t)sqlite3_column_bytes(s, 2), err)
                     : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        if (status != YK_OK)
            break;
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return status == YK_OK ? hand_over(r, err) : status;
}

static enum yk_status find_parts(struct reading *r, enum yk_cell_kind kind, const char *key, int64_t from_s,
                                 int64_t to_s, struct yk_error *err)
{
    sqlite3_stmt *s = key ? r->file->parts_of_key : r->file->parts_of_any;
    if (sqlite3_stmt_busy(s))
        return yk_error_set(err, YK_ERR_INTERNAL, "%s: cells are read while cells are read", r->file->path);
    sqlite3_bind_int(s, 1, (int)kind);
    sqlite3_bind_int64(s, 2, from_s);
    sqlite3_bind_int64(s, 3, to_s);
    if (key)
        sqlite3_bind_text(s, 4, key, -1, SQLITE_STATIC);
    return read_parts(r, s, kind, err);
}

/* Devices are written in order of their identity, which no longer tells in which order they came. */
static enum yk_status put_whole(void *context, struct yk_cell *cell, struct yk_error *err)
{
    struct yk_state_file *file = context;
    if (cell->kind == YK_CELL_PRESENCE)
        yk_heard_set_sort(&cell->as.devices);
    return write_back(file, cell, err);
}

/* One transaction for all, after they were read: writing changes the table, and is made durable once. */
static enum yk_status write_many_back(struct yk_state_file *file, enum yk_cell_kind kind, const struct cell_name *many,
                                      size_t count, struct yk_error *err)
{
    if (count == 0)
        return YK_OK;
    enum yk_status status = yk_db_exec(file->db, "BEGIN IMMEDIATE", err);
    bool begun = status == YK_OK;
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        struct reading r = {.file = file, .fn = put_whole, .context = file, .rewriting = true};
        status = find_parts(&r, kind, many[i].key, many[i].window_s, many[i].window_s + 1, err);
        yk_cell_clear(&r.cell);
    }
    if (begun && status == YK_OK)
        status = yk_db_exec(file->db, "COMMIT", err);
    if (begun && status != YK_OK)
        sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum yk_status yk_state_file_read(struct yk_state_file *file, enum yk_cell_kind kind, const char *key, int64_t from_s,
                                  int64_t to_s, yk_cell_fn *fn, void *context, struct yk_error *err)
{
    struct reading r = {.file = file, .fn = fn, .context = context};
    enum yk_status status = find_parts(&r, kind, key, from_s, to_s, err);
    yk_cell_clear(&r.cell);
    if (status == YK_OK)
        status = write_many_back(file, kind, r.many, r.many_count, err);
    free(r.many);
    return status;
}
