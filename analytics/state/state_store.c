/* The files of the state store, and the changes that wait for a commit. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/state_store.h"

#include "base/log.h"
#include "base/text.h"
#include "state/pending.h"
#include "state/state_file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FACTS_MAX   16
#define LEFT_MAX    16
#define EPOCHS_OPEN 4 /* files at a time */

struct fact {
    char name[32];
    int64_t value;
    bool dirty;
};

struct yk_state_store {
    char dir[YK_PATH_SIZE - 64];
    struct yk_state_file main;
    struct yk_state_file **epochs; /* sorted by start */
    int64_t *epoch_starts;
    size_t epoch_count, epoch_capacity;
    uint64_t uses;          /* of epochs' files */
    int64_t left[LEFT_MAX]; /* closed epochs whose files could not be erased */
    size_t left_count;
    int64_t *closed;
    size_t closed_count, closed_capacity;
    struct yk_pending pending; /* changes since the last commit */
    struct fact facts[FACTS_MAX];
    size_t fact_count;
    int64_t changed_plain_s, changed_presence_s;
};

static enum yk_status no_memory(struct yk_error *err)
{
    return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
}

/* A history of a year has hundreds of epochs before the first is closed; each open file costs memory and descriptors. */
static void rest_idle(struct yk_state_store *store)
{
    for (;;) {
        struct yk_state_file *idle = NULL;
        size_t open = 0;
        for (size_t i = 0; i < store->epoch_count; i++) {
            struct yk_state_file *file = store->epochs[i];
            open += file->db != NULL;
            if (file->db && (!idle || file->used < idle->used))
                idle = file;
        }
        if (open <= EPOCHS_OPEN)
            return;
        yk_state_file_rest(idle);
    }
}

static enum yk_status use(struct yk_state_store *store, struct yk_state_file *file, struct yk_error *err)
{
    file->used = ++store->uses;
    enum yk_status status = yk_state_file_wake(file, err);
    rest_idle(store);
    return status;
}

static enum yk_status epoch_file(struct yk_state_store *store, int64_t epoch_s, struct yk_state_file **out,
                                 struct yk_error *err)
{
    size_t at = 0;
    while (at < store->epoch_count && store->epoch_starts[at] < epoch_s)
        at++;
    if (at < store->epoch_count && store->epoch_starts[at] == epoch_s) {
        *out = store->epochs[at];
        return use(store, *out, err);
    }
    if (store->epoch_count == store->epoch_capacity) {
        size_t capacity = store->epoch_capacity ? 2 * store->epoch_capacity : 8;
        struct yk_state_file **epochs = realloc(store->epochs, capacity * sizeof *epochs);
        if (epochs)
            store->epochs = epochs;
        int64_t *starts = realloc(store->epoch_starts, capacity * sizeof *starts);
        if (starts)
            store->epoch_starts = starts;
        if (!epochs || !starts)
            return no_memory(err);
        store->epoch_capacity = capacity;
    }
    struct yk_state_file *file = malloc(sizeof *file);
    if (!file)
        return no_memory(err);
    char path[YK_PATH_SIZE];
    snprintf(path, sizeof path, "%s/epoch-%" PRId64 ".db", store->dir, epoch_s);
    enum yk_status status = yk_state_file_open(file, path, epoch_s, err);
    if (status != YK_OK) {
        free(file);
        return status;
    }
    memmove(store->epochs + at + 1, store->epochs + at, (store->epoch_count - at) * sizeof *store->epochs);
    memmove(store->epoch_starts + at + 1, store->epoch_starts + at,
            (store->epoch_count - at) * sizeof *store->epoch_starts);
    store->epochs[at] = file;
    store->epoch_starts[at] = epoch_s;
    store->epoch_count++;
    *out = file;
    return use(store, file, err);
}

static enum yk_status add_closed(struct yk_state_store *store, int64_t epoch_s)
{
    if (store->closed_count == store->closed_capacity) {
        size_t capacity = store->closed_capacity ? 2 * store->closed_capacity : 32;
        int64_t *closed = realloc(store->closed, capacity * sizeof *closed);
        if (!closed)
            return YK_ERR_MEMORY;
        store->closed = closed;
        store->closed_capacity = capacity;
    }
    store->closed[store->closed_count++] = epoch_s;
    return YK_OK;
}

static bool unlink_epoch(const struct yk_state_store *store, int64_t epoch_s)
{
    static const char *const endings[] = {"-wal", "-shm", ""}; /* the name that is looked for at the start goes last */
    int failed = 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[YK_PATH_SIZE];
        snprintf(path, sizeof path, "%s/epoch-%" PRId64 ".db%s", store->dir, epoch_s, endings[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            failed = errno;
    }
    errno = failed;
    return failed == 0;
}

/* Pseudonyms may not outlive their epoch: what cannot be erased is said, and tried again with each commit. */
static void erase_epoch(struct yk_state_store *store, int64_t epoch_s)
{
    if (unlink_epoch(store, epoch_s))
        return;
    yk_log(YK_LOG_ERROR,
           "%s/epoch-%" PRId64 ".db, with the pseudonyms of an ended epoch, cannot be erased: %s; it is tried again",
           store->dir, epoch_s, strerror(errno));
    if (store->left_count < LEFT_MAX)
        store->left[store->left_count++] = epoch_s;
}

static void erase_left(struct yk_state_store *store)
{
    for (size_t i = store->left_count; i-- > 0;)
        if (unlink_epoch(store, store->left[i]))
            store->left[i] = store->left[--store->left_count];
}

static enum yk_status load(struct yk_state_store *store, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = true;
    enum yk_status status = yk_db_prepare(store->main.db, "SELECT epoch FROM closed ORDER BY epoch", &s, err);
    while (status == YK_OK && (status = yk_db_step(store->main.db, s, &row, err)) == YK_OK && row)
        status = add_closed(store, sqlite3_column_int64(s, 0));
    sqlite3_finalize(s);
    s = NULL;
    if (status == YK_OK)
        status = yk_db_prepare(store->main.db, "SELECT name, number FROM fact", &s, err);
    while (status == YK_OK && (status = yk_db_step(store->main.db, s, &row, err)) == YK_OK && row)
        yk_state_note(store, (const char *)sqlite3_column_text(s, 0), sqlite3_column_int64(s, 1), YK_FACT_SET);
    sqlite3_finalize(s);
    for (size_t i = 0; i < store->fact_count; i++)
        store->facts[i].dirty = false;

    DIR *dir = opendir(store->dir);
    for (struct dirent *entry; status == YK_OK && dir && (entry = readdir(dir));) {
        if (strncmp(entry->d_name, "epoch-", 6) != 0)
            continue;
        char *ending;
        int64_t epoch_s = strtoll(entry->d_name + 6, &ending, 10);
        if (strcmp(ending, ".db") != 0)
            continue;
        struct yk_state_file *file;
        if (yk_state_epoch_closed(store, epoch_s))
            erase_epoch(store, epoch_s); /* the power went between remembering and unlinking */
        else
            status = epoch_file(store, epoch_s, &file, err);
    }
    if (dir)
        closedir(dir);
    return status;
}

enum yk_status yk_state_open(const char *dir, struct yk_state_store **out, struct yk_error *err)
{
    *out = NULL;
    if (strlen(dir) >= sizeof((struct yk_state_store *)0)->dir)
        return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %s", dir);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", dir);
    struct yk_state_store *store = calloc(1, sizeof *store);
    if (!store)
        return no_memory(err);
    yk_text_copy(store->dir, sizeof store->dir, dir);
    store->changed_plain_s = store->changed_presence_s = INT64_MIN;
    char path[YK_PATH_SIZE];
    snprintf(path, sizeof path, "%s/state.db", dir);
    enum yk_status status = yk_state_file_open(&store->main, path, INT64_MIN, err);
    if (status == YK_OK)
        status = load(store, err);
    if (status != YK_OK) {
        yk_state_close(store);
        return status;
    }
    *out = store;
    return YK_OK;
}

void yk_state_close(struct yk_state_store *store)
{
    if (!store)
        return;
    yk_pending_clear(&store->pending);
    for (size_t i = 0; i < store->epoch_count; i++) {
        yk_state_file_close(store->epochs[i]);
        free(store->epochs[i]);
    }
    yk_state_file_close(&store->main);
    free(store->epochs);
    free(store->epoch_starts);
    free(store->closed);
    free(store);
}

bool yk_state_epoch_closed(const struct yk_state_store *store, int64_t epoch_s)
{
    for (size_t i = store->closed_count; i-- > 0;)
        if (store->closed[i] == epoch_s)
            return true;
    return false;
}

bool yk_state_has(const struct yk_state_store *store, const struct yk_frame_header *header, uint64_t last)
{
    if (yk_state_file_has(&store->main, header, last))
        return true;
    for (size_t i = 0; header->group == YK_GROUP_PRESENCE && i < store->epoch_count; i++)
        if (store->epoch_starts[i] == header->epoch_s)
            return yk_state_file_has(store->epochs[i], header, last);
    return false;
}

enum yk_status yk_state_ready(struct yk_state_store *store, const struct yk_frame_header *header, struct yk_error *err)
{
    struct yk_state_file *file;
    return header->group == YK_GROUP_PRESENCE ? epoch_file(store, header->epoch_s, &file, err) : YK_OK;
}

enum yk_status yk_state_mark(struct yk_state_store *store, const struct yk_frame_header *header, uint64_t last,
                             bool elsewhere)
{
    struct yk_state_file *file = &store->main;
    if (header->group == YK_GROUP_PRESENCE && !elsewhere) {
        enum yk_status status = epoch_file(store, header->epoch_s, &file, NULL);
        if (status != YK_OK)
            return status;
    }
    return yk_state_file_mark(file, header, last);
}

enum yk_status yk_state_cell(struct yk_state_store *store, enum yk_cell_kind kind, const char *key, int64_t window_s,
                             int64_t epoch_s, struct yk_cell **out)
{
    return yk_pending_cell(&store->pending, kind, key, window_s, epoch_s, out);
}

enum yk_status yk_state_position(struct yk_state_store *store, const char *edge, char id[static YK_POSITION_SIZE],
                                 struct yk_error *err)
{
    yk_text_copy(id, YK_POSITION_SIZE, "0-0");
    sqlite3_stmt *s = NULL;
    bool row = false;
    enum yk_status status = yk_db_prepare(store->main.db, "SELECT id FROM position WHERE edge=?1", &s, err);
    if (status != YK_OK)
        return status;
    sqlite3_bind_text(s, 1, edge, -1, SQLITE_STATIC);
    status = yk_db_step(store->main.db, s, &row, err);
    if (status == YK_OK && row)
        snprintf(id, YK_POSITION_SIZE, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return status;
}

static enum yk_status put_positions(struct yk_state_store *store, const struct yk_position *positions, size_t count,
                                    struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(store->main.db, "INSERT OR REPLACE INTO position VALUES(?1, ?2)", &s, err);
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        sqlite3_bind_text(s, 1, positions[i].edge, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, positions[i].id, -1, SQLITE_STATIC);
        status = yk_db_run(store->main.db, s, err);
    }
    sqlite3_finalize(s);
    return status;
}

static enum yk_status put_facts(struct yk_state_store *store, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(store->main.db, "INSERT OR REPLACE INTO fact VALUES(?1, ?2)", &s, err);
    for (size_t i = 0; i < store->fact_count && status == YK_OK; i++) {
        if (!store->facts[i].dirty)
            continue;
        sqlite3_bind_text(s, 1, store->facts[i].name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 2, store->facts[i].value);
        status = yk_db_run(store->main.db, s, err);
    }
    sqlite3_finalize(s);
    return status;
}

/* The part of a commit that goes to one file. */
static enum yk_status commit_file(struct yk_state_store *store, struct yk_state_file *file,
                                  const struct yk_position *positions, size_t count, struct yk_error *err)
{
    bool main_file = file == &store->main;
    enum yk_status status = yk_db_exec(file->db, "BEGIN IMMEDIATE", err);
    if (status != YK_OK)
        return status;
    for (size_t i = 0; i < store->pending.count && status == YK_OK; i++) {
        struct yk_cell *cell = store->pending.cells[i];
        bool here = cell->kind == YK_CELL_PRESENCE ? cell->epoch_s == file->epoch_s : main_file;
        if (!here)
            continue;
        status = yk_state_file_put_cell(file, cell, err);
        int64_t *since_s = main_file ? &store->changed_plain_s : &store->changed_presence_s;
        if (cell->kind != YK_CELL_AWAITED && cell->window_s < *since_s) /* that is the finisher's own note */
            *since_s = cell->window_s;
    }
    if (status == YK_OK)
        status = yk_state_file_put_received(file, err);
    if (status == YK_OK && main_file)
        status = put_positions(store, positions, count, err);
    if (status == YK_OK && main_file)
        status = put_facts(store, err);
    if (status == YK_OK)
        status = yk_db_exec(file->db, "COMMIT", err);
    if (status != YK_OK) {
        sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
        return status;
    }
    for (size_t i = 0; i < file->edge_count; i++)
        file->edges[i].dirty = false;
    return YK_OK;
}

static bool changed(const struct yk_state_store *store, const struct yk_state_file *file)
{
    for (size_t i = 0; i < file->edge_count; i++)
        if (file->edges[i].dirty)
            return true;
    for (size_t i = 0; i < store->pending.count; i++)
        if (store->pending.cells[i]->kind == YK_CELL_PRESENCE && store->pending.cells[i]->epoch_s == file->epoch_s)
            return true;
    return false;
}

enum yk_status yk_state_commit(struct yk_state_store *store, const struct yk_position *positions, size_t count,
                               struct yk_error *err)
{
    for (size_t i = 0; i < store->epoch_count; i++) {
        if (!changed(store, store->epochs[i]))
            continue;
        enum yk_status status = use(store, store->epochs[i], err);
        if (status == YK_OK)
            status = commit_file(store, store->epochs[i], NULL, 0, err);
        if (status != YK_OK)
            return status;
        yk_pending_settle(&store->pending, store->epoch_starts[i]);
    }
    enum yk_status status = commit_file(store, &store->main, positions, count, err);
    if (status != YK_OK)
        return status;
    for (size_t i = 0; i < store->fact_count; i++)
        store->facts[i].dirty = false;
    yk_pending_forget(&store->pending);
    erase_left(store);
    return YK_OK;
}

static struct yk_state_file *main_of(const struct yk_state_store *store)
{
    return (struct yk_state_file *)(uintptr_t)&store->main;
}

enum yk_status yk_state_received(const struct yk_state_store *store, const char *edge, struct yk_received *out)
{
    struct yk_received *received = yk_state_file_edge(main_of(store), edge, false);
    enum yk_status status = received ? yk_received_merge(out, received) : YK_OK;
    for (size_t i = 0; i < store->epoch_count && status == YK_OK; i++) {
        received = yk_state_file_edge(store->epochs[i], edge, false);
        if (received)
            status = yk_received_merge(out, received);
    }
    return status;
}

void yk_state_prune(struct yk_state_store *store, int64_t before_s)
{
    for (size_t i = 0; i < store->main.edge_count; i++)
        yk_received_prune(&store->main.edges[i].received, before_s);
}

/* One sensor may have been told by several edges, one after the other; and the marks of one lane lie in several files. */
enum yk_status yk_state_lost(const struct yk_state_store *store, const char *sensor, enum yk_group group,
                             yk_lost_fn *fn, void *context)
{
    for (size_t f = 0; f <= store->epoch_count; f++) {
        const struct yk_state_file *file = f == 0 ? &store->main : store->epochs[f - 1];
        for (size_t e = 0; e < file->edge_count; e++) {
            const char *edge = file->edges[e].edge;
            bool told = f > 0 && yk_state_file_edge(main_of(store), edge, false);
            for (size_t g = 1; g < f && !told; g++)
                told = yk_state_file_edge(store->epochs[g - 1], edge, false);
            if (told)
                continue;
            struct yk_received all = {0};
            enum yk_status status = yk_state_received(store, edge, &all);
            if (status == YK_OK)
                yk_received_lost(&all, sensor, group, fn, context);
            yk_received_clear(&all);
            if (status != YK_OK)
                return status;
        }
    }
    return YK_OK;
}

enum yk_status yk_state_read(struct yk_state_store *store, enum yk_cell_kind kind, int64_t epoch_s, const char *key,
                             int64_t from_s, int64_t to_s, yk_cell_fn *fn, void *context, struct yk_error *err)
{
    if (kind != YK_CELL_PRESENCE)
        return yk_state_file_read(&store->main, kind, key, from_s, to_s, fn, context, err);
    for (size_t i = 0; i < store->epoch_count; i++)
        if (store->epoch_starts[i] == epoch_s) {
            enum yk_status status = use(store, store->epochs[i], err);
            return status == YK_OK ? yk_state_file_read(store->epochs[i], kind, key, from_s, to_s, fn, context, err)
                                   : status;
        }
    return YK_OK;
}

enum yk_status yk_state_any(struct yk_state_store *store, enum yk_cell_kind kind, const char *key, int64_t from_s,
                            int64_t to_s, bool *any, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    *any = false;
    enum yk_status status =
        yk_db_prepare(store->main.db,
                      key ? "SELECT 1 FROM part WHERE kind=?1 AND key=?2 AND window>=?3 AND window<?4 LIMIT 1"
                          : "SELECT 1 FROM part WHERE kind=?1 AND window>=?3 AND window<?4 LIMIT 1",
                      &s, err);
    if (status != YK_OK)
        return status;
    sqlite3_bind_int(s, 1, (int)kind);
    if (key)
        sqlite3_bind_text(s, 2, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, from_s);
    sqlite3_bind_int64(s, 4, to_s);
    status = yk_db_step(store->main.db, s, any, err);
    sqlite3_finalize(s);
    return status;
}

enum yk_status yk_state_expire(struct yk_state_store *store, int64_t before_s, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(store->main.db, "DELETE FROM part WHERE window<?1", &s, err);
    if (status != YK_OK)
        return status;
    sqlite3_bind_int64(s, 1, before_s);
    status = yk_db_run(store->main.db, s, err);
    sqlite3_finalize(s);
    return status;
}

size_t yk_state_epochs(const struct yk_state_store *store, const int64_t **out)
{
    *out = store->epoch_starts;
    return store->epoch_count;
}

enum yk_status yk_state_close_epoch(struct yk_state_store *store, int64_t epoch_s, struct yk_error *err)
{
    size_t at = 0;
    while (at < store->epoch_count && store->epoch_starts[at] != epoch_s)
        at++;
    for (size_t i = 0; at < store->epoch_count && i < store->epochs[at]->edge_count; i++) {
        struct yk_edge_received *edge = &store->epochs[at]->edges[i];
        struct yk_received *to = yk_state_file_edge(&store->main, edge->edge, true);
        if (!to || yk_received_merge(to, &edge->received) != YK_OK)
            return no_memory(err);
    }
    for (size_t i = 0; i < store->main.edge_count; i++)
        store->main.edges[i].dirty = true;
    enum yk_status status = yk_db_exec(store->main.db, "BEGIN IMMEDIATE", err);
    if (status != YK_OK)
        return status;
    char sql[96];
    snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO closed VALUES(%" PRId64 ")", epoch_s);
    status = yk_state_file_put_received(&store->main, err);
    if (status == YK_OK)
        status = yk_db_exec(store->main.db, sql, err);
    if (status == YK_OK)
        status = yk_db_exec(store->main.db, "COMMIT", err);
    if (status != YK_OK) {
        sqlite3_exec(store->main.db, "ROLLBACK", NULL, NULL, NULL);
        return status;
    }
    for (size_t i = 0; i < store->main.edge_count; i++)
        store->main.edges[i].dirty = false;
    if (add_closed(store, epoch_s) != YK_OK)
        return no_memory(err);
    if (at < store->epoch_count) {
        yk_state_file_close(store->epochs[at]);
        free(store->epochs[at]);
        memmove(store->epochs + at, store->epochs + at + 1, (store->epoch_count - at - 1) * sizeof *store->epochs);
        memmove(store->epoch_starts + at, store->epoch_starts + at + 1,
                (store->epoch_count - at - 1) * sizeof *store->epoch_starts);
        store->epoch_count--;
    }
    erase_epoch(store, epoch_s);
    return YK_OK;
}

void yk_state_take_changed(struct yk_state_store *store, int64_t *plain_s, int64_t *presence_s)
{
    *plain_s = store->changed_plain_s;
    *presence_s = store->changed_presence_s;
    store->changed_plain_s = store->changed_presence_s = INT64_MAX;
}

void yk_state_give_back_changed(struct yk_state_store *store, int64_t plain_s, int64_t presence_s)
{
    if (plain_s < store->changed_plain_s)
        store->changed_plain_s = plain_s;
    if (presence_s < store->changed_presence_s)
        store->changed_presence_s = presence_s;
}

static struct fact *find_fact(const struct yk_state_store *store, const char *name)
{
    for (size_t i = 0; i < store->fact_count; i++)
        if (strcmp(store->facts[i].name, name) == 0)
            return (struct fact *)(uintptr_t)&store->facts[i];
    return NULL;
}

void yk_state_note(struct yk_state_store *store, const char *name, int64_t value, enum yk_fact_rule rule)
{
    struct fact *fact = find_fact(store, name);
    if (!fact && store->fact_count < FACTS_MAX) {
        fact = &store->facts[store->fact_count++];
        snprintf(fact->name, sizeof fact->name, "%s", name);
        fact->value = value;
        fact->dirty = true;
        return;
    }
    if (!fact || (rule == YK_FACT_MIN && value >= fact->value) || (rule == YK_FACT_MAX && value <= fact->value))
        return;
    fact->value = value;
    fact->dirty = true;
}

int64_t yk_state_fact(const struct yk_state_store *store, const char *name, int64_t otherwise)
{
    const struct fact *fact = find_fact(store, name);
    return fact ? fact->value : otherwise;
}
