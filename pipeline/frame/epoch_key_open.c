/* The collector's side: the key out of its box. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/epoch_key.h"

#include "base/cursor.h"

#include <sodium.h>
#include <string.h>

#define BOX_AT     85
#define PLAIN_SIZE (8 + YK_EPOCH_SECRET_SIZE)

enum yk_key_fault yk_epoch_key_open(const uint8_t *bytes, size_t size, const struct yk_key_scope *scope,
                                    const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE],
                                    const uint8_t sealing_public[static YK_SEALING_KEY_SIZE],
                                    const uint8_t sealing_secret[static YK_SEALING_KEY_SIZE],
                                    struct yk_epoch_secret *out)
{
    memset(out, 0, sizeof *out);
    enum yk_key_fault fault = yk_epoch_key_check(bytes, size, scope, district_public);
    if (fault != YK_KEY_OK)
        return fault;
    uint8_t plain[PLAIN_SIZE];
    if (crypto_box_seal_open(plain, bytes + BOX_AT, PLAIN_SIZE + crypto_box_SEALBYTES, sealing_public,
                             sealing_secret) == 0) {
        struct yk_cursor c = yk_cursor_of(plain, sizeof plain);
        out->key_id = yk_cursor_le64(&c);
        memcpy(out->key, yk_cursor_take(&c, YK_EPOCH_SECRET_SIZE), YK_EPOCH_SECRET_SIZE);
    }
    sodium_memzero(plain, sizeof plain);
    if (out->key_id != 0)
        return YK_KEY_OK;
    sodium_memzero(out, sizeof *out);
    return YK_KEY_SEALED;
}
