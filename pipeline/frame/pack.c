/* Bodies through zstd. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The columns of a body are numbers of one kind each: small, skewed, repeating. zstd's entropy coder takes a third to a
 * half off them; its window finds little more. What a frame says of its content's size is checked before a byte is
 * unpacked, so a small frame can't ask for much memory. */
#include "frame/frame.h"

#include <sodium.h>
#include <stdlib.h>
#include <zstd.h>

#define LEVEL    3
#define WORTH_IT 64 /* shorter bodies stay as they are: the zstd frame alone takes about 10 bytes */

struct yk_packer {
    ZSTD_CCtx *context;
    uint8_t bytes[YK_FRAME_BODY_MAX];
};

struct yk_unpacker {
    ZSTD_DCtx *context;
    uint8_t bytes[YK_FRAME_BODY_MAX];
};

struct yk_packer *yk_packer_new(void)
{
    struct yk_packer *packer = malloc(sizeof *packer);
    if (packer && !(packer->context = ZSTD_createCCtx())) {
        free(packer);
        packer = NULL;
    }
    return packer;
}

void yk_packer_free(struct yk_packer *packer)
{
    if (packer)
        ZSTD_freeCCtx(packer->context);
    free(packer);
}

uint8_t yk_pack(struct yk_packer *packer, const uint8_t **body, size_t *size)
{
    if (*size < WORTH_IT)
        return 0;
    size_t packed = ZSTD_compressCCtx(packer->context, packer->bytes, *size, *body, *size, LEVEL);
    if (ZSTD_isError(packed) || packed >= *size) /* it does not fit into the size it had: it would not pay */
        return 0;
    *body = packer->bytes;
    *size = packed;
    return YK_FRAME_ZSTD;
}

struct yk_unpacker *yk_unpacker_new(void)
{
    struct yk_unpacker *unpacker = malloc(sizeof *unpacker);
    if (unpacker && !(unpacker->context = ZSTD_createDCtx())) {
        free(unpacker);
        unpacker = NULL;
    }
    return unpacker;
}

void yk_unpacker_free(struct yk_unpacker *unpacker)
{
    if (unpacker) {
        ZSTD_freeDCtx(unpacker->context);
        sodium_memzero(unpacker->bytes, sizeof unpacker->bytes); /* the last body: pseudonyms, perhaps */
    }
    free(unpacker);
}

bool yk_frame_unpack(struct yk_unpacker *unpacker, struct yk_frame *frame)
{
    if (!(frame->header.flags & YK_FRAME_ZSTD) || frame->body == unpacker->bytes)
        return true;
    unsigned long long content = ZSTD_getFrameContentSize(frame->body, frame->body_size);
    if (content == ZSTD_CONTENTSIZE_ERROR || content == ZSTD_CONTENTSIZE_UNKNOWN || content > sizeof unpacker->bytes)
        return false;
    size_t got =
        ZSTD_decompressDCtx(unpacker->context, unpacker->bytes, sizeof unpacker->bytes, frame->body, frame->body_size);
    if (ZSTD_isError(got) || got != content)
        return false;
    frame->body = unpacker->bytes;
    frame->body_size = got;
    return true;
}
