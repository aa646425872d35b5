/* SQLite's codes and habits, wrapped once. SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/sqlite.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum yk_status yk_db_error(sqlite3 *db, int code, struct yk_error *err)
{
    const char *file = db ? sqlite3_db_filename(db, "main") : NULL;
    enum yk_status status = YK_ERR_IO;
    switch (code & 0xFF) {
    case SQLITE_FULL:
        status = YK_ERR_FULL;
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        status = YK_ERR_UNAVAILABLE;
        break;
    case SQLITE_NOMEM:
        status = YK_ERR_MEMORY;
        break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        status = YK_ERR_INPUT;
        break;
    case SQLITE_CANTOPEN:
        status = YK_ERR_NO_INPUT;
        break;
    case SQLITE_MISUSE:
    case SQLITE_ERROR:
        status = YK_ERR_INTERNAL;
        break;
    default:
        break;
    }
    return yk_error_set(err, status, "store %s: %s", file && *file ? file : "(closed)",
                        db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

enum yk_status yk_db_exec(sqlite3 *db, const char *sql, struct yk_error *err)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? YK_OK : yk_db_error(db, code, err);
}

/* A new file has version 0. */
static enum yk_status check_version(sqlite3 *db, const char *path, int version, struct yk_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    enum yk_status status = yk_db_prepare(db, "PRAGMA user_version", &s, err);
    if (status == YK_OK)
        status = yk_db_step(db, s, &row, err);
    int found = row ? sqlite3_column_int(s, 0) : 0;
    sqlite3_finalize(s);
    if (status != YK_OK || found == 0 || found == version)
        return status;
    return yk_error_set(err, YK_ERR_CONFIG,
                        "store %s has layout %d and this program reads %d: it belongs to another version of Yukikai. "
                        "Use that one, or move the file away",
                        path, found, version);
}

enum yk_status yk_db_open(const char *path, enum yk_db_mode mode, int version, const char *schema, sqlite3 **out,
                          struct yk_error *err)
{
    *out = NULL;
    if (mode == YK_DB_READ && access(path, R_OK) != 0)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "store %s", path);
    sqlite3 *db = NULL;
    int flags =
        SQLITE_OPEN_NOMUTEX | (mode == YK_DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    mode_t before = umask(0077);
    int code = sqlite3_open_v2(path, &db, flags, NULL);
    umask(before);
    enum yk_status status = YK_OK;
    if (code != SQLITE_OK) {
        status = yk_error_set(err, YK_ERR_NO_INPUT, "cannot open store %s: %s", path,
                              db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
        goto fail;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, 10000);
    status = check_version(db, path, version, err);
    if (status == YK_OK && mode == YK_DB_WRITE) {
        status = yk_db_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;", err);
        if (status == YK_OK && schema)
            status = yk_db_exec(db, schema, err);
        char stamp[48];
        snprintf(stamp, sizeof stamp, "PRAGMA user_version=%d", version);
        if (status == YK_OK)
            status = yk_db_exec(db, stamp, err);
    }
    if (status == YK_OK) {
        *out = db;
        return YK_OK;
    }
fail:
    sqlite3_close_v2(db);
    return status;
}

void yk_db_close(sqlite3 *db)
{
    sqlite3_close_v2(db);
}

enum yk_status yk_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct yk_error *err)
{
    int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return code == SQLITE_OK ? YK_OK : yk_db_error(db, code, err);
}

enum yk_status yk_db_step(sqlite3 *db, sqlite3_stmt *statement, bool *row, struct yk_error *err)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return YK_OK;
    enum yk_status status = code == SQLITE_DONE ? YK_OK : yk_db_error(db, code, err);
    sqlite3_reset(statement);
    return status;
}

enum yk_status yk_db_run(sqlite3 *db, sqlite3_stmt *statement, struct yk_error *err)
{
    bool row;
    enum yk_status status = yk_db_step(db, statement, &row, err);
    if (row)
        sqlite3_reset(statement);
    return status;
}
