/* A bounded write buffer in the caller's memory, the counterpart of cursor.h. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing past the end sets `failed` and writes nothing more; the caller checks once. */
#ifndef YK_BASE_BUFFER_H
#define YK_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct yk_buffer {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    bool failed;
};

static inline struct yk_buffer yk_buffer_of(void *bytes, size_t capacity)
{
    return (struct yk_buffer){(uint8_t *)bytes, 0, capacity, false};
}

static inline uint8_t *yk_buffer_reserve(struct yk_buffer *b, size_t n)
{
    if (b->failed || b->capacity - b->length < n) {
        b->failed = true;
        return NULL;
    }
    uint8_t *p = b->bytes + b->length;
    b->length += n;
    return p;
}

static inline void yk_buffer_put(struct yk_buffer *b, const void *bytes, size_t n)
{
    uint8_t *p = yk_buffer_reserve(b, n);
    if (p && n)
        memcpy(p, bytes, n);
}

static inline void yk_buffer_u8(struct yk_buffer *b, uint8_t v)
{
    yk_buffer_put(b, &v, 1);
}

static inline void yk_buffer_le(struct yk_buffer *b, uint64_t v, size_t n)
{
    uint8_t *p = yk_buffer_reserve(b, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void yk_buffer_be(struct yk_buffer *b, uint64_t v, size_t n)
{
    uint8_t *p = yk_buffer_reserve(b, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static inline void yk_buffer_varint(struct yk_buffer *b, uint64_t v)
{
    while (v >= 0x80) {
        yk_buffer_u8(b, (uint8_t)(v | 0x80));
        v >>= 7;
    }
    yk_buffer_u8(b, (uint8_t)v);
}

static inline void yk_buffer_svarint(struct yk_buffer *b, int64_t v)
{
    yk_buffer_varint(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

#endif
