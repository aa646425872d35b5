/* Read handles of the publish store for several threads. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A handle serves one thread at a time, so each request takes one and gives it back. The store may appear late or be
 * replaced by another file under the same name: a handle whose file is not the one at the path is not given out again.
 */
#ifndef YK_SERVER_STORE_POOL_H
#define YK_SERVER_STORE_POOL_H

#include "base/error.h"
#include "store/publish.h"

struct yk_store_pool;

/* Keeps path by pointer. NULL when out of memory. Free with yk_store_pool_free (NULL is fine), all handles given back.
 */
struct yk_store_pool *yk_store_pool_new(const char *path);
void yk_store_pool_free(struct yk_store_pool *pool);

struct yk_store_handle {
    struct yk_publish *store;
    unsigned long long device, inode; /* which file it reads */
};

enum yk_status yk_store_pool_take(struct yk_store_pool *pool, struct yk_store_handle *out,
                                  struct yk_error *err) YK_MUST_CHECK;
/* status: how the handle's last use went; after a failure it is closed and not used again. */
void yk_store_pool_give(struct yk_store_pool *pool, struct yk_store_handle handle, enum yk_status status);

#endif
