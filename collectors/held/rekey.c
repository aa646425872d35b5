/* A few keys. SPDX-License-Identifier: GPL-3.0-or-later */
#include "held/rekey.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>

/* What is held is never older than an epoch and its grace: at an hour's epochs and two days of grace, some fifty. */
#define EPOCHS_MAX 64

struct epoch_key {
    int64_t epoch_s;
    uint64_t key_id; /* 0: free */
    uint8_t key[crypto_shorthash_KEYBYTES];
};

struct yk_rekey {
    pthread_mutex_t lock;
    unsigned next;
    struct epoch_key keys[EPOCHS_MAX];
};

enum yk_status yk_rekey_new(struct yk_rekey **out, struct yk_error *err)
{
    *out = sodium_init() < 0 ? NULL : sodium_malloc(sizeof **out);
    if (!*out)
        return yk_error_set(err, YK_ERR_MEMORY, "no locked memory for keys (see ulimit -l)");
    sodium_memzero(*out, sizeof **out);
    pthread_mutex_init(&(*out)->lock, NULL);
    return YK_OK;
}

void yk_rekey_free(struct yk_rekey *rekey)
{
    if (!rekey)
        return;
    pthread_mutex_destroy(&rekey->lock);
    sodium_free(rekey); /* wipes before it frees */
}

static struct epoch_key *key_of(struct yk_rekey *rekey, int64_t epoch_s)
{
    for (unsigned i = 0; i < EPOCHS_MAX; i++)
        if (rekey->keys[i].key_id != 0 && rekey->keys[i].epoch_s == epoch_s)
            return &rekey->keys[i];
    struct epoch_key *made = &rekey->keys[rekey->next++ % EPOCHS_MAX];
    made->epoch_s = epoch_s;
    do
        randombytes_buf(&made->key_id, sizeof made->key_id);
    while (made->key_id == 0);
    randombytes_buf(made->key, sizeof made->key);
    return made;
}

uint64_t yk_rekey(struct yk_rekey *rekey, int64_t epoch_s, uint64_t held, uint64_t *key_id)
{
    uint64_t told;
    pthread_mutex_lock(&rekey->lock);
    const struct epoch_key *key = key_of(rekey, epoch_s);
    crypto_shorthash_siphash24((unsigned char *)&told, (const unsigned char *)&held, sizeof held, key->key);
    *key_id = key->key_id;
    pthread_mutex_unlock(&rekey->lock);
    return told;
}
