/* A held file: whatever is read can be moved and told. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Beside the input as it is, its records get checks that fit, so that the fields behind them are reached. */
#include "held/file.h"
#include "held/shift.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static uint8_t again[2 * YK_HELD_RECORD_MAX];

static void read_all(const uint8_t *bytes, size_t length)
{
    struct yk_held_reader reader;
    struct yk_held_record record;
    if (!yk_held_read_head(&reader, bytes, length))
        return;
    while (yk_held_read(&reader, &record)) {
        struct yk_buffer b = yk_buffer_of(again, sizeof again);
        struct yk_observation moved[2];
        yk_held_write(&b, &record);
        if (b.failed)
            abort(); /* what is read can be written */
        if (record.kind >= YK_HELD_PRESENCE)
            for (int64_t shift_s = -86410; shift_s <= 86410; shift_s += 86410)
                for (size_t i = 0, n = yk_held_move(&record.observation, shift_s, moved); i < n; i++)
                    if (moved[i].kind == YK_KIND_ZONE &&
                        (moved[i].as.zone.from_ms / 60000 < (moved[i].as.zone.to_ms - 1) / 60000 ||
                         moved[i].as.zone.inside_ms > moved[i].as.zone.to_ms - moved[i].as.zone.from_ms))
                        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES];
    uint8_t hash[crypto_shorthash_BYTES];
    read_all(bytes, length);
    uint8_t *mended = malloc(length + 1);
    if (!mended)
        abort();
    memcpy(mended, bytes, length);
    for (size_t at = 8; at + 7 <= length;) {
        size_t size = (size_t)mended[at] | (size_t)mended[at + 1] << 8;
        if (length - at < size + 7)
            break;
        crypto_shorthash_siphash24(hash, mended + at, size + 3, key);
        memcpy(mended + at + 3 + size, hash, 4);
        at += size + 7;
    }
    read_all(mended, length);
    free(mended);
    return 0;
}
