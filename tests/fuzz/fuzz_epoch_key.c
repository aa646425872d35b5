/* Key messages. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A fuzzer cannot sign: each input is read as it is, and once more with its last 64 bytes made a good signature, so that
 * what lies behind the signature is reached too. */
#include "frame/epoch_key.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static uint8_t public_key[32], secret_key[64], sealing_public[32], sealing_secret[32];
static const struct yk_key_scope scope = {"riverside", "edge-1", 1775070000, 1775156400};

static void make_keys(void)
{
    static const uint8_t seed[32] = {7};
    if (sodium_init() < 0)
        abort();
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    for (int i = 0; i < 32; i++)
        sealing_secret[i] = (uint8_t)(64 + i);
    crypto_scalarmult_base(sealing_public, sealing_secret);
}

static void read_all(const uint8_t *bytes, size_t length, bool is_signed)
{
    struct yk_sealing_key sealing;
    struct yk_epoch_secret secret;
    enum yk_key_fault fault = yk_sealing_key_read(bytes, length, &scope, public_key, &sealing);
    if (fault == YK_KEY_OK && (!is_signed || length != YK_SEALING_MESSAGE_SIZE))
        abort();
    fault = yk_epoch_key_open(bytes, length, &scope, public_key, sealing_public, sealing_secret, &secret);
    if (fault == YK_KEY_OK && (!is_signed || length != YK_EPOCH_KEY_MESSAGE_SIZE || secret.key_id == 0))
        abort();
    if (!yk_key_fault_text(fault))
        abort();
    for (size_t at = 0, size; at < length; at += size) {
        int64_t epoch_s;
        size = yk_epoch_key_peek(bytes + at, length - at, &epoch_s);
        if (size > length - at)
            abort();
        if (size == 0)
            break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (!public_key[0] && !public_key[1])
        make_keys();
    read_all(bytes, length, false);
    if (length < 64 || length > 4096)
        return 0;
    uint8_t *copy = malloc(length);
    if (!copy)
        abort();
    memcpy(copy, bytes, length);
    crypto_sign_detached(copy + length - 64, NULL, copy, length - 64, secret_key);
    read_all(copy, length, true);
    free(copy);
    return 0;
}
