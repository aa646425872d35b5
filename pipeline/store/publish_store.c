/* The publish store on SQLite. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One table, clustered by what identifies a row; a second index by time serves the dashboard's questions. Text is
 * stored as text and enums by number. Paging continues after the sort key of the last row given
 * ("START~PLACE~KPI~DIRECTION~RES"), so that rows that are added or restated between two pages never shift the others.
 */
#include "store/publish.h"
#include "base/text.h"

#include "store/public_row_private.h"
#include "store/sqlite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS rows("
    " place TEXT NOT NULL, kpi TEXT NOT NULL, direction TEXT NOT NULL, resolution INTEGER NOT NULL,"
    " start INTEGER NOT NULL, end INTEGER NOT NULL, district TEXT NOT NULL, value REAL, lower REAL, upper REAL,"
    " unit TEXT NOT NULL, coverage REAL, basis INTEGER NOT NULL, state INTEGER NOT NULL, reason INTEGER NOT NULL,"
    " n_low INTEGER NOT NULL, n_high INTEGER NOT NULL, revision INTEGER NOT NULL, final INTEGER NOT NULL,"
    " parameters TEXT NOT NULL, PRIMARY KEY(place, kpi, direction, resolution, start)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS rows_by_time ON rows(start, place, kpi, direction, resolution);"
    "CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;";
#define VERSION 1

#define COLUMNS                                                                                                    \
    "district, place, kpi, direction, start, end, resolution, value, lower, upper, unit, coverage, basis, state, " \
    "reason, n_low, n_high, revision, final, parameters"

struct yk_publish {
    sqlite3 *db;
    sqlite3_stmt *put;
};

enum yk_status yk_publish_open(const char *path, enum yk_publish_mode mode, struct yk_publish **out,
                               struct yk_error *err)
{
    *out = NULL;
    struct yk_publish *store = calloc(1, sizeof *store);
    if (!store)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    enum yk_status status =
        yk_db_open(path, mode == YK_PUBLISH_READ ? YK_DB_READ : YK_DB_WRITE, VERSION, schema, &store->db, err);
    if (status == YK_OK && mode == YK_PUBLISH_WRITE)
        status = yk_db_prepare(store->db,
                               "INSERT OR REPLACE INTO rows(" COLUMNS ") VALUES"
                               "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
                               &store->put, err);
    if (status != YK_OK) {
        yk_publish_close(store);
        return status;
    }
    *out = store;
    return YK_OK;
}

void yk_publish_close(struct yk_publish *store)
{
    if (!store)
        return;
    sqlite3_finalize(store->put);
    yk_db_close(store->db);
    free(store);
}

enum yk_status yk_publish_begin(struct yk_publish *store, struct yk_error *err)
{
    return yk_db_exec(store->db, "BEGIN IMMEDIATE", err);
}

enum yk_status yk_publish_commit(struct yk_publish *store, struct yk_error *err)
{
    return yk_db_exec(store->db, "COMMIT", err);
}

void yk_publish_rollback(struct yk_publish *store)
{
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

enum yk_status yk_publish_expire(struct yk_publish *store, int64_t before_s, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(store->db, "DELETE FROM rows WHERE start<?1 AND end<=?1", &s, err);
    if (status != YK_OK)
        return status;
    sqlite3_bind_int64(s, 1, before_s);
    status = yk_db_run(store->db, s, err);
    sqlite3_finalize(s);
    return status;
}

static void bind_real(sqlite3_stmt *s, int at, double value)
{
    if (isfinite(value))
        sqlite3_bind_double(s, at, value);
    else
        sqlite3_bind_null(s, at);
}

enum yk_status yk_publish_put(struct yk_publish *store, const struct yk_public_row *public_row, struct yk_error *err)
{
    const struct yk_kpi_row *r = &public_row->row;
    sqlite3_stmt *s = store->put;
    sqlite3_bind_text(s, 1, r->district, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, r->place, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, r->kpi, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 4, r->direction, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, r->start_s);
    sqlite3_bind_int64(s, 6, r->end_s);
    sqlite3_bind_int(s, 7, (int)r->resolution);
    bind_real(s, 8, r->value);
    bind_real(s, 9, r->lower);
    bind_real(s, 10, r->upper);
    sqlite3_bind_text(s, 11, r->unit, -1, SQLITE_STATIC);
    bind_real(s, 12, r->coverage);
    sqlite3_bind_int(s, 13, (int)r->basis);
    sqlite3_bind_int(s, 14, (int)r->state);
    sqlite3_bind_int(s, 15, (int)r->reason);
    sqlite3_bind_int64(s, 16, r->n_low);
    sqlite3_bind_int64(s, 17, r->n_high);
    sqlite3_bind_int64(s, 18, r->revision);
    sqlite3_bind_int(s, 19, r->final);
    sqlite3_bind_text(s, 20, r->parameters, -1, SQLITE_STATIC);
    return yk_db_run(store->db, s, err);
}

static void copy_text(char *to, size_t size, sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    snprintf(to, size, "%s", text ? (const char *)text : "");
}

static double real_of(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(s, column);
}

/* A number from the file, kept inside its enum whatever the file holds. */
static int bounded(sqlite3_stmt *s, int column, int count)
{
    int value = sqlite3_column_int(s, column);
    return value < 0 || value >= count ? 0 : value;
}

static void read_row(sqlite3_stmt *s, struct yk_kpi_row *r)
{
    memset(r, 0, sizeof *r);
    copy_text(r->district, sizeof r->district, s, 0);
    copy_text(r->place, sizeof r->place, s, 1);
    copy_text(r->kpi, sizeof r->kpi, s, 2);
    copy_text(r->direction, sizeof r->direction, s, 3);
    r->start_s = sqlite3_column_int64(s, 4);
    r->end_s = sqlite3_column_int64(s, 5);
    r->resolution = (enum yk_resolution)bounded(s, 6, YK_RES_COUNT);
    r->value = real_of(s, 7);
    r->lower = real_of(s, 8);
    r->upper = real_of(s, 9);
    copy_text(r->unit, sizeof r->unit, s, 10);
    r->coverage = real_of(s, 11);
    r->basis = (enum yk_basis)bounded(s, 12, YK_BASIS_IMPUTED + 1);
    r->state = (enum yk_row_state)bounded(s, 13, YK_STATE_MISSING + 1);
    r->reason = (enum yk_reason)bounded(s, 14, YK_REASON_COUNT);
    r->n_low = sqlite3_column_int64(s, 15);
    r->n_high = sqlite3_column_int64(s, 16);
    r->revision = (uint32_t)sqlite3_column_int64(s, 17);
    r->final = sqlite3_column_int(s, 18) != 0;
    copy_text(r->parameters, sizeof r->parameters, s, 19);
}

/* The sort key of a row as text and back. '~' stands in no identifier. */
struct place_in_order {
    long long start;
    char place[YK_ROW_PLACE_SIZE], kpi[YK_ID_SIZE], direction[8];
    int resolution;
};

static void next_text(char out[YK_QUERY_NEXT_SIZE], const struct yk_kpi_row *r)
{
    snprintf(out, YK_QUERY_NEXT_SIZE, "%lld~%s~%s~%s~%d", (long long)r->start_s, r->place, r->kpi, r->direction,
             (int)r->resolution);
}

static bool parse_after(const char *text, struct place_in_order *out)
{
    char copy[YK_QUERY_NEXT_SIZE];
    if (strlen(text) >= sizeof copy)
        return false;
    yk_text_copy(copy, sizeof copy, text);
    char *fields[5] = {copy};
    int n = 1;
    for (char *p = copy; *p; p++)
        if (*p == '~') {
            if (n == 5)
                return false;
            *p = '\0';
            fields[n++] = p + 1;
        }
    if (n != 5 || strlen(fields[1]) >= sizeof out->place || strlen(fields[2]) >= sizeof out->kpi ||
        strlen(fields[3]) >= sizeof out->direction || strlen(fields[4]) != 1)
        return false;
    char *end;
    out->start = strtoll(fields[0], &end, 10);
    if (end == fields[0] || *end)
        return false;
    yk_text_copy(out->place, sizeof out->place, fields[1]);
    yk_text_copy(out->kpi, sizeof out->kpi, fields[2]);
    yk_text_copy(out->direction, sizeof out->direction, fields[3]);
    out->resolution = fields[4][0] - '0';
    return out->resolution >= 0 && out->resolution < YK_RES_COUNT;
}

enum yk_status yk_publish_query(struct yk_publish *store, const struct yk_row_query *q, yk_row_fn *fn, void *context,
                                char next[YK_QUERY_NEXT_SIZE], struct yk_error *err)
{
    struct place_in_order after;
    if (q->after && !parse_after(q->after, &after))
        return yk_error_set(err, YK_ERR_USAGE, "'after' is not a value that an earlier answer gave as 'next'");

    const char *order =
        q->newest_first ? "start DESC, place, kpi, direction, resolution" : "start, place, kpi, direction, resolution";
    char sql[1024];
    snprintf(sql, sizeof sql,
             "SELECT " COLUMNS " FROM rows WHERE start>=?1 AND start<?2%s%s%s%s%s ORDER BY %s LIMIT ?7",
             q->place ? " AND (place=?3 OR (place>?3||'/' AND place<?3||'0'))" : "", q->kpi ? " AND kpi=?4" : "",
             q->direction ? " AND direction=?5" : "", q->resolution < YK_RES_COUNT ? " AND resolution=?6" : "",
             !q->after         ? ""
             : q->newest_first ? " AND (start<?8 OR (start=?8 AND (place,kpi,direction,resolution)>(?9,?10,?11,?12)))"
                               : " AND (start,place,kpi,direction,resolution)>(?8,?9,?10,?11,?12)",
             order);
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(store->db, sql, &s, err);
    if (status != YK_OK)
        return status;
    sqlite3_bind_int64(s, 1, q->from_s);
    sqlite3_bind_int64(s, 2, q->to_s);
    if (q->place)
        sqlite3_bind_text(s, 3, q->place, -1, SQLITE_STATIC);
    if (q->kpi)
        sqlite3_bind_text(s, 4, q->kpi, -1, SQLITE_STATIC);
    if (q->direction)
        sqlite3_bind_text(s, 5, q->direction, -1, SQLITE_STATIC);
    if (q->resolution < YK_RES_COUNT)
        sqlite3_bind_int(s, 6, (int)q->resolution);
    sqlite3_bind_int64(s, 7, q->limit ? (sqlite3_int64)q->limit + 1 : -1);
    if (q->after) {
        sqlite3_bind_int64(s, 8, after.start);
        sqlite3_bind_text(s, 9, after.place, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 10, after.kpi, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 11, after.direction, -1, SQLITE_STATIC);
        sqlite3_bind_int(s, 12, after.resolution);
    }
    if (next)
        next[0] = '\0';
    struct yk_kpi_row row = {0};
    size_t given = 0;
    for (;;) {
        bool more;
        status = yk_db_step(store->db, s, &more, err);
        if (status != YK_OK || !more)
            break;
        if (q->limit && given == q->limit) {
            if (next)
                next_text(next, &row); /* one more row is there: go on after the last one given */
            break;
        }
        read_row(s, &row);
        fn(context, &row);
        given++;
    }
    sqlite3_finalize(s);
    return status;
}

static enum yk_status one_number(struct yk_publish *store, const char *sql, int64_t *out, struct yk_error *err)
{
    *out = 0;
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(store->db, sql, &s, err);
    if (status != YK_OK)
        return status;
    bool row;
    status = yk_db_step(store->db, s, &row, err);
    if (status == YK_OK && row)
        *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return status;
}

enum yk_status yk_publish_generation(struct yk_publish *store, int64_t *out, struct yk_error *err)
{
    return one_number(store, "PRAGMA data_version", out, err);
}

enum yk_status yk_publish_as_of(struct yk_publish *store, int64_t *out, struct yk_error *err)
{
    return one_number(store, "SELECT number FROM facts WHERE name='as_of'", out, err);
}

enum yk_status yk_publish_set_as_of(struct yk_publish *store, int64_t as_of_s, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    enum yk_status status = yk_db_prepare(
        store->db, "INSERT INTO facts VALUES('as_of', ?1) ON CONFLICT(name) DO UPDATE SET number=?1", &s, err);
    if (status != YK_OK)
        return status;
    sqlite3_bind_int64(s, 1, as_of_s);
    status = yk_db_run(store->db, s, err);
    sqlite3_finalize(s);
    return status;
}
