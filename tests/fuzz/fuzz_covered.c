/* The covered message, and the lanes alone as they stand in a checkpoint. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A fuzzer cannot sign, so the lanes are also read without the envelope: from offset 77 on, and from the start. */
#include "frame/received.h"

#include <stdlib.h>
#include <string.h>

static void lanes(const uint8_t *bytes, size_t length)
{
    struct yk_received received = {0}, again = {0};
    if (yk_received_decode(bytes, length, &received) == YK_OK) {
        uint8_t *encoded;
        size_t size;
        if (yk_received_encode(&received, &encoded, &size) != YK_OK ||
            yk_received_decode(encoded, size, &again) != YK_OK || again.count != received.count)
            abort();
        for (size_t i = 0; i < received.count; i++) {
            const struct yk_intervals *a = &received.lanes[i].sequences, *b = &again.lanes[i].sequences;
            if (a->count != b->count || (a->count && memcmp(a->list, b->list, a->count * sizeof *a->list) != 0))
                abort();
            for (size_t k = 1; k < a->count; k++)
                if (a->list[k].first <= a->list[k - 1].last + 1)
                    abort();
        }
        free(encoded);
    }
    yk_received_clear(&received);
    yk_received_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const uint8_t key[YK_FRAME_PUBLIC_SIZE] = {1};
    struct yk_received received = {0};
    uint64_t counter = 0;
    if (yk_covered_open(bytes, length, "riverside", "edge-1", key, &counter, &received) == YK_OK)
        abort();
    lanes(bytes, length);
    if (length > 77 + 64)
        lanes(bytes + 77, length - 77 - 64);
    return 0;
}
