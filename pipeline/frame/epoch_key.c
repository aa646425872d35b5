/* Layout and envelopes of key messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/epoch_key.h"

#include "base/buffer.h"
#include "base/cursor.h"

#include <sodium.h>
#include <string.h>

#define VERSION   1
#define HEAD_SIZE 5
#define EPOCH_AT  69

const char *yk_key_fault_text(enum yk_key_fault fault)
{
    static const char *const texts[YK_KEY_FAULT_COUNT] = {
        [YK_KEY_OK] = "it is good",
        [YK_KEY_LENGTH] = "it is truncated, or too long",
        [YK_KEY_MAGIC] = "it is no such message",
        [YK_KEY_NEWER] = "its version is newer than this program",
        [YK_KEY_DISTRICT] = "it is for another district",
        [YK_KEY_EDGE] = "it is for another edge",
        [YK_KEY_EPOCH] = "it is for another epoch",
        [YK_KEY_SIGNATURE] = "its signature is wrong",
        [YK_KEY_SEALED] = "its box cannot be opened",
    };
    return (size_t)fault < YK_KEY_FAULT_COUNT ? texts[fault] : "unknown";
}

static void pad(char out[static YK_ID_SIZE], const char *id)
{
    memset(out, 0, YK_ID_SIZE);
    memcpy(out, id, strnlen(id, YK_ID_SIZE - 1));
}

static bool take_id(struct yk_cursor *c, const char *id)
{
    char wanted[YK_ID_SIZE];
    pad(wanted, id);
    const uint8_t *p = yk_cursor_take(c, YK_ID_SIZE);
    return p && memcmp(p, wanted, YK_ID_SIZE) == 0;
}

static enum yk_key_fault take_magic(struct yk_cursor *c, const char *magic)
{
    const uint8_t *p = yk_cursor_take(c, 4);
    uint8_t version = yk_cursor_u8(c);
    if (c->failed)
        return YK_KEY_LENGTH;
    if (memcmp(p, magic, 4) != 0 || version == 0)
        return YK_KEY_MAGIC;
    return version > VERSION ? YK_KEY_NEWER : YK_KEY_OK;
}

/* What both messages begin with and end in; the cursor is left behind the epoch's start. */
static enum yk_key_fault take_envelope(struct yk_cursor *c, const char *magic, size_t wanted_size,
                                       const struct yk_key_scope *scope)
{
    size_t size = yk_cursor_left(c);
    enum yk_key_fault fault = take_magic(c, magic);
    if (fault != YK_KEY_OK)
        return fault;
    if (size != wanted_size)
        return YK_KEY_LENGTH;
    if (!take_id(c, scope->district))
        return YK_KEY_DISTRICT;
    if (!take_id(c, scope->edge))
        return YK_KEY_EDGE;
    return yk_cursor_le64(c) == (uint64_t)scope->start_s ? YK_KEY_OK : YK_KEY_EPOCH;
}

static bool signed_by(const uint8_t *bytes, size_t size, const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE])
{
    size_t covered = size - YK_FRAME_SIGNATURE_SIZE;
    return crypto_sign_verify_detached(bytes + covered, bytes, covered, public_key) == 0;
}

void yk_sealing_key_write(const struct yk_key_scope *scope, const struct yk_sealing_key *key,
                          const uint8_t edge_secret[static YK_FRAME_KEY_SIZE],
                          uint8_t out[static YK_SEALING_MESSAGE_SIZE])
{
    char id[YK_ID_SIZE];
    struct yk_buffer b = yk_buffer_of(out, YK_SEALING_MESSAGE_SIZE);
    yk_buffer_put(&b, "YKSK", 4);
    yk_buffer_u8(&b, VERSION);
    pad(id, scope->district);
    yk_buffer_put(&b, id, sizeof id);
    pad(id, scope->edge);
    yk_buffer_put(&b, id, sizeof id);
    yk_buffer_le(&b, (uint64_t)scope->start_s, 8);
    yk_buffer_put(&b, key->public_key, sizeof key->public_key);
    yk_buffer_le(&b, (uint64_t)key->made_s, 8);
    crypto_sign_detached(out + b.length, NULL, out, b.length, edge_secret);
}

enum yk_key_fault yk_sealing_key_read(const uint8_t *bytes, size_t size, const struct yk_key_scope *scope,
                                      const uint8_t edge_public[static YK_FRAME_PUBLIC_SIZE],
                                      struct yk_sealing_key *out)
{
    struct yk_cursor c = yk_cursor_of(bytes, size);
    enum yk_key_fault fault = take_envelope(&c, "YKSK", YK_SEALING_MESSAGE_SIZE, scope);
    if (fault != YK_KEY_OK)
        return fault;
    if (!signed_by(bytes, size, edge_public))
        return YK_KEY_SIGNATURE;
    memcpy(out->public_key, yk_cursor_take(&c, YK_SEALING_KEY_SIZE), YK_SEALING_KEY_SIZE);
    out->made_s = (int64_t)yk_cursor_le64(&c);
    return YK_KEY_OK;
}

enum yk_key_fault yk_epoch_key_check(const uint8_t *bytes, size_t size, const struct yk_key_scope *scope,
                                     const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE])
{
    struct yk_cursor c = yk_cursor_of(bytes, size);
    enum yk_key_fault fault = take_envelope(&c, "YKEK", YK_EPOCH_KEY_MESSAGE_SIZE, scope);
    if (fault != YK_KEY_OK)
        return fault;
    if (yk_cursor_le64(&c) != (uint64_t)scope->end_s)
        return YK_KEY_EPOCH;
    return signed_by(bytes, size, district_public) ? YK_KEY_OK : YK_KEY_SIGNATURE;
}

size_t yk_epoch_key_peek(const uint8_t *bytes, size_t size, int64_t *claimed_epoch_s)
{
    struct yk_cursor c = yk_cursor_of(bytes, size);
    enum yk_key_fault fault = take_magic(&c, "YKEK");
    if (fault != YK_KEY_OK && fault != YK_KEY_NEWER)
        return 0;
    yk_cursor_take(&c, EPOCH_AT - HEAD_SIZE);
    uint64_t epoch = yk_cursor_le64(&c);
    if (c.failed || (fault == YK_KEY_OK && size < YK_EPOCH_KEY_MESSAGE_SIZE))
        return 0;
    *claimed_epoch_s = (int64_t)epoch;
    return fault == YK_KEY_OK ? YK_EPOCH_KEY_MESSAGE_SIZE : size;
}
