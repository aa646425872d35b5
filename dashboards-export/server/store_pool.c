/* Read handles of the publish store. SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/store_pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#define IDLE_MAX 8 /* more than the server has threads */

struct yk_store_pool {
    const char *path;
    pthread_mutex_t lock;
    struct yk_store_handle idle[IDLE_MAX];
    size_t idle_count;
};

struct yk_store_pool *yk_store_pool_new(const char *path)
{
    struct yk_store_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->path = path;
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void yk_store_pool_free(struct yk_store_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->idle_count; i++)
        yk_publish_close(pool->idle[i].store);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static bool pop(struct yk_store_pool *pool, struct yk_store_handle *out)
{
    pthread_mutex_lock(&pool->lock);
    bool any = pool->idle_count > 0;
    if (any)
        *out = pool->idle[--pool->idle_count];
    pthread_mutex_unlock(&pool->lock);
    return any;
}

enum yk_status yk_store_pool_take(struct yk_store_pool *pool, struct yk_store_handle *out, struct yk_error *err)
{
    struct stat file;
    if (stat(pool->path, &file) != 0)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "store %s", pool->path);
    while (pop(pool, out)) {
        if (out->device == file.st_dev && out->inode == file.st_ino)
            return YK_OK;
        yk_publish_close(out->store);
    }
    /* Which file it is was asked before opening: should it be replaced in between, the next take opens again. */
    *out = (struct yk_store_handle){.device = file.st_dev, .inode = file.st_ino};
    return yk_publish_open(pool->path, YK_PUBLISH_READ, &out->store, err);
}

void yk_store_pool_give(struct yk_store_pool *pool, struct yk_store_handle handle, enum yk_status status)
{
    pthread_mutex_lock(&pool->lock);
    bool keep = (status == YK_OK || status == YK_ERR_USAGE) && pool->idle_count < IDLE_MAX;
    if (keep)
        pool->idle[pool->idle_count++] = handle;
    pthread_mutex_unlock(&pool->lock);
    if (!keep)
        yk_publish_close(handle.store);
}
