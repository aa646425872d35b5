/* The covered message, and the lanes alone as they stand in a checkpoint. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A fuzzer cannot sign, so the lanes are also read without the envelope: from offset 77 on, and from the start. */
#include "frame/received.h"

#include <stdlib.h>
#include <string.h>

static void same_set(const struct yk_intervals *a, const struct yk_intervals *b)
{
    if (a->count != b->count || (a->count && memcmp(a->list, b->list, a->count * sizeof *a->list) != 0))
        abort();
    for (size_t k = 1; k < a->count; k++)
        if (a->list[k].first <= a->list[k - 1].last + 1)
            abort();
}

static void lost(void *context, int64_t from_s, int64_t to_s)
{
    (void)context;
    if (from_s >= to_s)
        abort();
}

static void lanes(const uint8_t *bytes, size_t length)
{
    struct yk_received received = {0}, again = {0};
    if (yk_received_decode(bytes, length, &received) == YK_OK) {
        uint8_t *encoded;
        size_t size;
        if (yk_received_encode(&received, &encoded, &size) != YK_OK ||
            yk_received_decode(encoded, size, &again) != YK_OK || again.count != received.count)
            abort();
        free(encoded);
        for (int turn = 0; turn < 2; turn++) { /* and a merge with itself changes nothing */
            for (size_t i = 0; i < received.count; i++) {
                const struct yk_received_lane *a = &received.lanes[i], *b = &again.lanes[i];
                same_set(&a->sequences, &b->sequences);
                same_set(&a->given_up, &b->given_up);
                if (a->from_s != b->from_s || a->end_sequence != b->end_sequence || a->end_to_s != b->end_to_s)
                    abort();
                yk_received_lost(&received, a->key.sensor, (enum yk_group)a->key.group, lost, NULL);
            }
            if (yk_received_merge(&again, &received) != YK_OK)
                abort();
        }
        static const uint8_t secret[YK_FRAME_KEY_SIZE] = {2};
        if (yk_covered_seal(&received, "riverside", "edge-1", 1, secret, &encoded, &size) != YK_OK)
            abort();
        free(encoded);
        yk_received_prune(&received, 1774987200);
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
