/* Epoch keys in locked memory. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sodium_malloc puts the table between guard pages and locks it, so no key is swapped out. A replay of recordings meets
 * many epochs; the table holds about eleven years of days and wipes its oldest entry after that. */
#include "identity/identity.h"

#include "base/calendar.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "identity/raw_id.h"

#define EPOCHS_MAX 4096

struct yk_identity {
    pthread_mutex_t lock;
    int hours, start_s;
    struct yk_epoch **epochs; /* sorted by nothing: few are live, the newest is looked at first */
    size_t count;
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

void yk_identity_forget(struct yk_identity *identity, int64_t t_s)
{
    pthread_mutex_lock(&identity->lock);
    for (size_t i = identity->count; i-- > 0;)
        if (identity->epochs[i]->end_s <= t_s)
            forget_at(identity, i);
    pthread_mutex_unlock(&identity->lock);
}

static struct yk_epoch *find(struct yk_identity *identity, int64_t start_s)
{
    for (size_t i = identity->count; i-- > 0;)
        if (identity->epochs[i]->start_s == start_s)
            return identity->epochs[i];
    return NULL;
}

enum yk_status yk_identity_epoch(struct yk_identity *identity, int64_t t_s, const struct yk_epoch **out,
                                 struct yk_error *err)
{
    pthread_mutex_lock(&identity->lock);
    int64_t start_s = yk_epoch_start(t_s, identity->hours, identity->start_s);
    struct yk_epoch *epoch = find(identity, start_s);
    enum yk_status status = YK_OK;
    if (!epoch) {
        if (identity->count == EPOCHS_MAX)
            forget_at(identity, 0);
        epoch = sodium_malloc(sizeof *epoch);
        if (epoch) {
            epoch->start_s = start_s;
            epoch->end_s = yk_epoch_end(start_s, identity->hours, identity->start_s);
            do
                randombytes_buf(&epoch->key_id, sizeof epoch->key_id);
            while (epoch->key_id == 0);
            randombytes_buf(epoch->key, sizeof epoch->key);
            sodium_mprotect_readonly(epoch);
            identity->epochs[identity->count++] = epoch;
        } else {
            status = YK_ERR_MEMORY;
            if (err)
                err->status = status;
        }
    }
    *out = epoch;
    pthread_mutex_unlock(&identity->lock);
    return status;
}

uint64_t yk_pseudonym(const struct yk_epoch *epoch, const struct yk_raw_id *id)
{
    uint8_t input[7] = {id->address_class};
    for (int i = 0; i < 6; i++)
        input[1 + i] = id->address[i];
    uint64_t pseudonym;
    crypto_shorthash_siphash24((unsigned char *)&pseudonym, input, sizeof input, epoch->key);
    sodium_memzero(input, sizeof input);
    return pseudonym;
}
