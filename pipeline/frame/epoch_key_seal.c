/* The district's side: an epoch's key into a box for one edge. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/epoch_key.h"

#include "base/buffer.h"

#include <sodium.h>
#include <string.h>

#define PLAIN_SIZE (8 + YK_EPOCH_SECRET_SIZE)

static void put_id(struct yk_buffer *b, const char *id)
{
    char field[YK_ID_SIZE] = {0};
    memcpy(field, id, strnlen(id, YK_ID_SIZE - 1));
    yk_buffer_put(b, field, sizeof field);
}

bool yk_epoch_key_seal(const struct yk_key_scope *scope, const struct yk_epoch_secret *secret,
                       const uint8_t sealing_public[static YK_SEALING_KEY_SIZE],
                       const uint8_t district_secret[static YK_FRAME_KEY_SIZE],
                       uint8_t out[static YK_EPOCH_KEY_MESSAGE_SIZE])
{
    struct yk_buffer b = yk_buffer_of(out, YK_EPOCH_KEY_MESSAGE_SIZE);
    yk_buffer_put(&b, "YKEK", 4);
    yk_buffer_u8(&b, 1);
    put_id(&b, scope->district);
    put_id(&b, scope->edge);
    yk_buffer_le(&b, (uint64_t)scope->start_s, 8);
    yk_buffer_le(&b, (uint64_t)scope->end_s, 8);

    uint8_t plain[PLAIN_SIZE];
    struct yk_buffer p = yk_buffer_of(plain, sizeof plain);
    yk_buffer_le(&p, secret->key_id, 8);
    yk_buffer_put(&p, secret->key, sizeof secret->key);
    uint8_t *box = yk_buffer_reserve(&b, PLAIN_SIZE + crypto_box_SEALBYTES);
    bool sealed = crypto_box_seal(box, plain, sizeof plain, sealing_public) == 0;
    sodium_memzero(plain, sizeof plain);
    crypto_sign_detached(out + b.length, NULL, out, b.length, district_secret);
    return sealed;
}
