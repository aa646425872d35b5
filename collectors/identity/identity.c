/* Epoch keys in locked memory. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sodium_malloc puts the table between guard pages and locks it, so no key is swapped out. A replay of recordings meets
 * many epochs; the table holds about eleven years of days and wipes its oldest entry after that. */
#include "identity/identity.h"

#include "base/calendar.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "identity/raw_id.h"

#define EPOCHS_MAX 4096

struct held {
    struct yk_epoch epoch; /* first: a pointer to it is a pointer to this */
    unsigned holders;
};

struct yk_identity {
    pthread_mutex_t lock;
    int hours, start_s;
    struct held **epochs; /* sorted by nothing: few are live, the newest is looked at first */
    size_t count;
    struct yk_key_provider provider; /* functions may be NULL */
};

enum yk_status yk_identity_new(const struct yk_config *config, struct yk_identity **out, struct yk_error *err)
{
    *out = NULL;
    struct yk_identity *identity = calloc(1, sizeof *identity);
    if (!identity || sodium_init() < 0)
        goto no_memory;
    identity->epochs = calloc(EPOCHS_MAX, sizeof *identity->epochs);
    if (!identity->epochs)
        goto no_memory;
    pthread_mutex_init(&identity->lock, NULL);
    identity->hours = config->privacy.epoch_hours;
    identity->start_s = config->privacy.epoch_start_s;
    *out = identity;
    return YK_OK;
no_memory:
    free(identity);
    if (err)
        err->status = YK_ERR_MEMORY;
    return YK_ERR_MEMORY;
}

static void forget_at(struct yk_identity *identity, size_t i)
{
    sodium_free(identity->epochs[i]); /* wipes before it frees */
    identity->epochs[i] = identity->epochs[--identity->count];
}

void yk_identity_free(struct yk_identity *identity)
{
    if (!identity)
        return;
    while (identity->count > 0)
        forget_at(identity, identity->count - 1);
    pthread_mutex_destroy(&identity->lock);
    free(identity->epochs);
    free(identity);
}

void yk_identity_provider(struct yk_identity *identity, const struct yk_key_provider *provider)
{
    identity->provider = *provider;
}

void yk_identity_forget(struct yk_identity *identity, int64_t t_s)
{
    pthread_mutex_lock(&identity->lock);
    for (size_t i = identity->count; i-- > 0;)
        if (identity->epochs[i]->holders == 0 && identity->epochs[i]->epoch.end_s <= t_s) {
            int64_t start_s = identity->epochs[i]->epoch.start_s;
            forget_at(identity, i);
            if (identity->provider.gone)
                identity->provider.gone(identity->provider.context, start_s);
        }
    pthread_mutex_unlock(&identity->lock);
}

static struct held *find(const struct yk_identity *identity, int64_t start_s)
{
    for (size_t i = identity->count; i-- > 0;)
        if (identity->epochs[i]->epoch.start_s == start_s)
            return identity->epochs[i];
    return NULL;
}

/* Makes room in a full table: the oldest epoch that nobody holds. */
static bool forget_oldest(struct yk_identity *identity)
{
    size_t oldest = SIZE_MAX;
    for (size_t i = 0; i < identity->count; i++)
        if (identity->epochs[i]->holders == 0 &&
            (oldest == SIZE_MAX || identity->epochs[i]->epoch.start_s < identity->epochs[oldest]->epoch.start_s))
            oldest = i;
    if (oldest == SIZE_MAX)
        return false;
    forget_at(identity, oldest);
    return true;
}

static struct held *make(struct yk_identity *identity, int64_t start_s)
{
    if (identity->count == EPOCHS_MAX && !forget_oldest(identity))
        return NULL;
    struct held *held = sodium_malloc(sizeof *held);
    if (!held)
        return NULL;
    held->holders = 0;
    held->epoch.start_s = start_s;
    held->epoch.end_s = yk_epoch_end(start_s, identity->hours, identity->start_s);
    held->epoch.local = !identity->provider.key || !identity->provider.key(identity->provider.context, &held->epoch);
    if (held->epoch.local) {
        do
            randombytes_buf(&held->epoch.key_id, sizeof held->epoch.key_id);
        while (held->epoch.key_id == 0);
        randombytes_buf(held->epoch.key, sizeof held->epoch.key);
    }
    identity->epochs[identity->count++] = held;
    return held;
}

enum yk_status yk_identity_epoch(struct yk_identity *identity, int64_t t_s, const struct yk_epoch **out,
                                 struct yk_error *err)
{
    *out = NULL;
    pthread_mutex_lock(&identity->lock);
    int64_t start_s = yk_epoch_start(t_s, identity->hours, identity->start_s);
    struct held *held = find(identity, start_s);
    if (!held)
        held = make(identity, start_s);
    if (held) {
        held->holders++;
        *out = &held->epoch;
    } else if (err) {
        err->status = YK_ERR_MEMORY;
    }
    pthread_mutex_unlock(&identity->lock);
    return held ? YK_OK : YK_ERR_MEMORY;
}

void yk_identity_release(struct yk_identity *identity, const struct yk_epoch *epoch)
{
    if (!epoch)
        return;
    pthread_mutex_lock(&identity->lock);
    struct held *held = find(identity, epoch->start_s);
    if (held && held->holders > 0)
        held->holders--;
    pthread_mutex_unlock(&identity->lock);
}

uint64_t yk_pseudonym(const struct yk_epoch *epoch, const struct yk_raw_id *id)
{
    uint64_t pseudonym;
    crypto_shorthash_siphash24((unsigned char *)&pseudonym, (const unsigned char *)id, sizeof *id, epoch->key);
    return pseudonym;
}
