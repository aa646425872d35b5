/* The publish store: rows behind the gate, all that serve and export ever open. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Writing takes struct yk_public_row, which only the disclosure gate (analytics/gate) can make; reading gives plain
 * rows. SQLite in WAL mode behind this interface; one writer, any number of readers, in several processes. */
#ifndef YK_STORE_PUBLISH_H
#define YK_STORE_PUBLISH_H

#include "base/error.h"
#include "kpi_row.h"

struct yk_publish;
struct yk_public_row; /* opaque: see analytics/gate/disclosure.h */

enum yk_publish_mode { YK_PUBLISH_READ, YK_PUBLISH_WRITE };

/* READ fails with YK_ERR_NO_INPUT when the store does not exist yet. Free with yk_publish_close (NULL is fine). A
 * handle is for one thread at a time. */
enum yk_status yk_publish_open(const char *path, enum yk_publish_mode mode, struct yk_publish **out,
                               struct yk_error *err) YK_MUST_CHECK;
void yk_publish_close(struct yk_publish *store);

/* All rows put between begin and commit become visible at once. A put replaces the row with the same (place, kpi,
 * direction, resolution, start). */
enum yk_status yk_publish_begin(struct yk_publish *store, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_publish_put(struct yk_publish *store, const struct yk_public_row *row,
                              struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_publish_commit(struct yk_publish *store, struct yk_error *err) YK_MUST_CHECK;

/* Gives up what was put since begin. */
void yk_publish_rollback(struct yk_publish *store);

/* Retention: rows of windows that ended before t are deleted. */
enum yk_status yk_publish_expire(struct yk_publish *store, int64_t before_s, struct yk_error *err) YK_MUST_CHECK;

struct yk_row_query {
    const char *place;             /* NULL = all; a place's id also gives its lines "PLACE/..." */
    const char *kpi;               /* NULL = all */
    const char *direction;         /* NULL = all */
    enum yk_resolution resolution; /* YK_RES_COUNT = all */
    int64_t from_s, to_s;          /* start >= from and start < to; INT64_MIN / INT64_MAX = open */
    bool newest_first;             /* by start; otherwise oldest first. Ties by place, kpi, direction, resolution. */
    size_t limit;                  /* 0 = no limit */
    const char *after;             /* NULL, or what an earlier answer gave as next */
};

#define YK_QUERY_NEXT_SIZE 256
typedef void yk_row_fn(void *context, const struct yk_kpi_row *row);

/* Calls fn for each row in order. next (may be NULL) becomes "" when no row is left, else the place to go on from; it
 * is text without secrets for a URL. YK_ERR_USAGE when `after` was not made by an earlier answer. */
enum yk_status yk_publish_query(struct yk_publish *store, const struct yk_row_query *query, yk_row_fn *fn,
                                void *context, char next[YK_QUERY_NEXT_SIZE], struct yk_error *err) YK_MUST_CHECK;

/* A number that changes whenever another connection has committed; for live streams. */
enum yk_status yk_publish_generation(struct yk_publish *store, int64_t *out, struct yk_error *err) YK_MUST_CHECK;

/* The time of the newest event that the rows take in (seconds since 1970), 0 when none: what "now" means on event time.
 */
enum yk_status yk_publish_set_as_of(struct yk_publish *store, int64_t as_of_s, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_publish_as_of(struct yk_publish *store, int64_t *out, struct yk_error *err) YK_MUST_CHECK;

#endif
