/* SQLite as every store of ours uses it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Errors become a yk_status with SQLite's message and the file's name; a full disk is YK_ERR_FULL, so that callers can
 * wait for room instead of giving up. Statements are prepared once and reset after each use. */
#ifndef YK_STORE_SQLITE_H
#define YK_STORE_SQLITE_H

#include "base/error.h"

#include <sqlite3.h>
#include <stdbool.h>

enum yk_db_mode { YK_DB_READ, YK_DB_WRITE };

/* Opens path (created with mode 0600 under WRITE), WAL, synchronous FULL (a checkpoint must survive a power cut before
 * it is announced), secure_delete on, and runs `schema` under WRITE. READ fails with YK_ERR_NO_INPUT when the file is
 * missing. A file whose layout is of another version than `version` (from 1; SQLite's user_version) is left as it is:
 * YK_ERR_CONFIG. */
enum yk_status yk_db_open(const char *path, enum yk_db_mode mode, int version, const char *schema, sqlite3 **out,
                          struct yk_error *err) YK_MUST_CHECK;
/* Checkpoints the log and closes; NULL is fine. */
void yk_db_close(sqlite3 *db);
enum yk_status yk_db_exec(sqlite3 *db, const char *sql, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct yk_error *err) YK_MUST_CHECK;
/* Steps a statement: *row says whether there is a row to read. Without a row the statement is reset. */
enum yk_status yk_db_step(sqlite3 *db, sqlite3_stmt *statement, bool *row, struct yk_error *err) YK_MUST_CHECK;
/* Steps a statement that gives no rows, and resets it. */
enum yk_status yk_db_run(sqlite3 *db, sqlite3_stmt *statement, struct yk_error *err) YK_MUST_CHECK;
/* The status and message of a failed call on db. */
enum yk_status yk_db_error(sqlite3 *db, int code, struct yk_error *err);

#endif
