/* A bounded read cursor: the only way parsers touch foreign bytes. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading past the end sets `failed`, returns zero and stays failed, so a parser reads a whole layout and checks once.
 * Memory belongs to the caller and must outlive the cursor. */
#ifndef YK_BASE_CURSOR_H
#define YK_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct yk_cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static inline struct yk_cursor yk_cursor_of(const void *bytes, size_t length)
{
    const uint8_t *p = (const uint8_t *)bytes;
    return (struct yk_cursor){p, length ? p + length : p, false};
}

static inline size_t yk_cursor_left(const struct yk_cursor *c)
{
    return c->failed ? 0 : (size_t)(c->end - c->at);
}

/* The next n bytes, or NULL (and failed) when fewer are left. */
static inline const uint8_t *yk_cursor_take(struct yk_cursor *c, size_t n)
{
    if (c->failed || (size_t)(c->end - c->at) < n) {
        c->failed = true;
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += n;
    return p;
}

static inline uint8_t yk_cursor_u8(struct yk_cursor *c)
{
    const uint8_t *p = yk_cursor_take(c, 1);
    return p ? p[0] : 0;
}

static inline uint16_t yk_cursor_le16(struct yk_cursor *c)
{
    const uint8_t *p = yk_cursor_take(c, 2);
    return p ? (uint16_t)(p[0] | p[1] << 8) : 0;
}

static inline uint32_t yk_cursor_le32(struct yk_cursor *c)
{
    const uint8_t *p = yk_cursor_take(c, 4);
    return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static inline uint64_t yk_cursor_le64(struct yk_cursor *c)
{
    uint64_t low = yk_cursor_le32(c);
    return low | (uint64_t)yk_cursor_le32(c) << 32;
}

static inline uint16_t yk_cursor_be16(struct yk_cursor *c)
{
    const uint8_t *p = yk_cursor_take(c, 2);
    return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t yk_cursor_be32(struct yk_cursor *c)
{
    const uint8_t *p = yk_cursor_take(c, 4);
    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3] : 0;
}

static inline uint64_t yk_cursor_be64(struct yk_cursor *c)
{
    uint64_t high = yk_cursor_be32(c);
    return high << 32 | yk_cursor_be32(c);
}

/* LEB128, at most 10 bytes; an over-long number fails. */
static inline uint64_t yk_cursor_varint(struct yk_cursor *c)
{
    if (!c->failed && c->at < c->end && c->at[0] < 0x80) /* most of them */
        return *c->at++;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = yk_cursor_u8(c);
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
    c->failed = true;
    return 0;
}

/* Zigzag over LEB128. */
static inline int64_t yk_cursor_svarint(struct yk_cursor *c)
{
    uint64_t u = yk_cursor_varint(c);
    return (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
}

#endif
