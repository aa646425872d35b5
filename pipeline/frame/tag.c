/* Tags and their keys. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/tag.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(YK_FRAME_TAG_SIZE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "a tag is Poly1305's");
_Static_assert(YK_TAG_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "its key is XChaCha20's");
_Static_assert(YK_FRAME_SIGNATURE_SIZE >= crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "the signature gives the nonce");

static bool derive(const uint8_t *secret, const uint8_t *other_public, const uint8_t *edge_public,
                   const uint8_t *district_public, uint8_t out[static YK_TAG_KEY_SIZE])
{
    uint8_t scalar[crypto_scalarmult_SCALARBYTES], point[crypto_scalarmult_BYTES], shared[crypto_scalarmult_BYTES];
    static const uint8_t purpose[] = {'y', 'u', 'k', 'i', 'k', 'a', 'i', ' ', 't', 'a', 'g', ' ', '1'};
    bool ok = crypto_sign_ed25519_pk_to_curve25519(point, other_public) == 0 &&
              crypto_sign_ed25519_sk_to_curve25519(scalar, secret) == 0 &&
              crypto_scalarmult(shared, scalar, point) == 0;
    if (ok) {
        crypto_generichash_state hash;
        crypto_generichash_init(&hash, NULL, 0, YK_TAG_KEY_SIZE);
        crypto_generichash_update(&hash, purpose, sizeof purpose);
        crypto_generichash_update(&hash, shared, sizeof shared);
        crypto_generichash_update(&hash, edge_public, YK_FRAME_PUBLIC_SIZE);
        crypto_generichash_update(&hash, district_public, YK_FRAME_PUBLIC_SIZE);
        crypto_generichash_final(&hash, out, YK_TAG_KEY_SIZE);
        sodium_memzero(&hash, sizeof hash);
    }
    sodium_memzero(scalar, sizeof scalar);
    sodium_memzero(shared, sizeof shared);
    return ok;
}

bool yk_tag_key_of_edge(const uint8_t edge_secret[static YK_FRAME_KEY_SIZE],
                        const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE], uint8_t out[static YK_TAG_KEY_SIZE])
{
    uint8_t edge_public[YK_FRAME_PUBLIC_SIZE];
    crypto_sign_ed25519_sk_to_pk(edge_public, edge_secret);
    return derive(edge_secret, district_public, edge_public, district_public, out);
}

bool yk_tag_key_of_district(const uint8_t district_secret[static YK_FRAME_KEY_SIZE],
                            const uint8_t edge_public[static YK_FRAME_PUBLIC_SIZE], uint8_t out[static YK_TAG_KEY_SIZE])
{
    uint8_t district_public[YK_FRAME_PUBLIC_SIZE];
    crypto_sign_ed25519_sk_to_pk(district_public, district_secret);
    return derive(district_secret, edge_public, edge_public, district_public, out);
}

void yk_tag_make(const uint8_t *bytes, size_t size, const uint8_t key[static YK_TAG_KEY_SIZE],
                 uint8_t out[static YK_FRAME_TAG_SIZE])
{
    uint8_t nothing[1] = {0};
    const uint8_t *nonce = bytes + size - YK_FRAME_SIGNATURE_SIZE;
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(nothing, out, NULL, nothing, 0, bytes, size, NULL, nonce, key);
}

bool yk_tag_check(const struct yk_frame *frame, const uint8_t key[static YK_TAG_KEY_SIZE])
{
    if (!(frame->header.flags & YK_FRAME_TAGGED))
        return false;
    size_t size = frame->size - YK_FRAME_TAG_SIZE;
    const uint8_t *nonce = frame->bytes + size - YK_FRAME_SIGNATURE_SIZE;
    uint8_t nothing[1] = {0};
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(nothing, NULL, nothing, 0, frame->bytes + size,
                                                               frame->bytes, size, nonce, key) == 0;
}

struct entry {
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    uint8_t key[YK_TAG_KEY_SIZE];
    bool used, none; /* none: no tag can be made with that public key */
};

/* Open addressing by the public key's own bytes, which only enrolled keys reach: nobody can choose them to collide. */
struct yk_tag_keys {
    const uint8_t *district_secret;
    struct entry *entries;
    size_t count, capacity; /* a power of two, at most half full */
};

static struct entry *entries_new(size_t capacity)
{
    struct entry *entries = sodium_allocarray(capacity, sizeof *entries);
    if (entries)
        sodium_memzero(entries, capacity * sizeof *entries);
    return entries;
}

struct yk_tag_keys *yk_tag_keys_new(const uint8_t district_secret[static YK_FRAME_KEY_SIZE])
{
    struct yk_tag_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    keys->district_secret = district_secret;
    keys->capacity = 64;
    keys->entries = entries_new(keys->capacity);
    if (!keys->entries) {
        free(keys);
        return NULL;
    }
    return keys;
}

void yk_tag_keys_free(struct yk_tag_keys *keys)
{
    if (!keys)
        return;
    sodium_free(keys->entries);
    free(keys);
}

static struct entry *place_of(struct entry *entries, size_t capacity, const uint8_t *public_key)
{
    size_t at;
    memcpy(&at, public_key, sizeof at);
    for (at &= capacity - 1; entries[at].used; at = (at + 1) & (capacity - 1))
        if (memcmp(entries[at].public_key, public_key, YK_FRAME_PUBLIC_SIZE) == 0)
            break;
    return &entries[at];
}

/* NULL: none; the signature decides. */
static const uint8_t *key_for(struct yk_tag_keys *keys, const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE])
{
    struct entry *entry = place_of(keys->entries, keys->capacity, public_key);
    if (!entry->used && 2 * (keys->count + 1) > keys->capacity) {
        struct entry *larger = entries_new(2 * keys->capacity);
        if (!larger)
            return NULL;
        for (size_t i = 0; i < keys->capacity; i++)
            if (keys->entries[i].used)
                *place_of(larger, 2 * keys->capacity, keys->entries[i].public_key) = keys->entries[i];
        sodium_free(keys->entries);
        keys->entries = larger;
        keys->capacity *= 2;
        entry = place_of(larger, keys->capacity, public_key);
    }
    if (!entry->used) {
        memcpy(entry->public_key, public_key, YK_FRAME_PUBLIC_SIZE);
        entry->none = !yk_tag_key_of_district(keys->district_secret, public_key, entry->key);
        entry->used = true;
        keys->count++;
    }
    return entry->none ? NULL : entry->key;
}

enum yk_authentic yk_frame_authentic(const struct yk_frame *frame,
                                     const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE], struct yk_tag_keys *keys)
{
    const uint8_t *key = keys && (frame->header.flags & YK_FRAME_TAGGED) ? key_for(keys, public_key) : NULL;
    if (key && yk_tag_check(frame, key))
        return YK_AUTHENTIC_BY_TAG;
    return yk_frame_verify(frame, public_key) ? YK_AUTHENTIC_BY_SIGNATURE : YK_AUTHENTIC_NOT;
}
