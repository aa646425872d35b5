/* A set of keyed hashes. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * To count addresses one has to recognise them, which does not mean to keep them: the set holds 64 bits of SipHash-2-4
 * of class and address, under a random key that is made for one recording, told to nobody and wiped at the end. Two of
 * n addresses fall together with probability n^2 / 2^65: one in a billion at 190,000 addresses.
 *
 * Open addressing with linear probing over a power of two, at most half full, doubled when it would get fuller. Zero
 * marks an empty slot; the hash 0 is stored as 1. */
#include "decode/distinct.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "identity/raw_id.h"

#define FIRST_CAPACITY 1024

struct yk_distinct {
    uint8_t key[crypto_shorthash_siphash24_KEYBYTES];
    uint64_t *slots;
    size_t capacity; /* a power of two */
    size_t count;
};

struct yk_distinct *yk_distinct_new(void)
{
    struct yk_distinct *set = calloc(1, sizeof *set);
    uint64_t *slots = calloc(FIRST_CAPACITY, sizeof *slots);
    if (!set || !slots || sodium_init() < 0) {
        free(set);
        free(slots);
        return NULL;
    }
    set->slots = slots;
    set->capacity = FIRST_CAPACITY;
    randombytes_buf(set->key, sizeof set->key);
    return set;
}

/* The slot that holds the hash or would. */
static uint64_t *slot_of(uint64_t *slots, size_t capacity, uint64_t hash)
{
    size_t i = hash & (capacity - 1);
    while (slots[i] != 0 && slots[i] != hash)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static enum yk_status grow(struct yk_distinct *set)
{
    size_t capacity = set->capacity * 2;
    uint64_t *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return YK_ERR_MEMORY;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i] != 0)
            *slot_of(slots, capacity, set->slots[i]) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return YK_OK;
}

enum yk_status yk_distinct_add(struct yk_distinct *set, const struct yk_raw_id *id, bool *fresh)
{
    uint8_t message[1 + sizeof id->address];
    message[0] = id->address_class;
    memcpy(message + 1, id->address, sizeof id->address);
    uint8_t out[crypto_shorthash_siphash24_BYTES];
    crypto_shorthash_siphash24(out, message, sizeof message, set->key);
    sodium_memzero(message, sizeof message);
    uint64_t hash;
    memcpy(&hash, out, sizeof hash);
    hash += hash == 0;

    *fresh = false;
    uint64_t *slot = slot_of(set->slots, set->capacity, hash);
    if (*slot == hash)
        return YK_OK;
    if (set->count >= set->capacity / 2) {
        enum yk_status status = grow(set);
        if (status != YK_OK)
            return status;
        slot = slot_of(set->slots, set->capacity, hash);
    }
    *slot = hash;
    set->count++;
    *fresh = true;
    return YK_OK;
}

void yk_distinct_free(struct yk_distinct *set)
{
    if (!set)
        return;
    free(set->slots);
    sodium_memzero(set, sizeof *set);
    free(set);
}
