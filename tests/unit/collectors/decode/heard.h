/* Adverts written down for a test to look at. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * To be included after all system headers: identifiers are in sight from here on. */
#ifndef YK_TESTS_HEARD_H
#define YK_TESTS_HEARD_H

#include "decode/decoder.h"

#define HEARD_MAX 64

struct heard {
    size_t count;
    struct yk_advert advert[HEARD_MAX];
    uint8_t payload[HEARD_MAX][YK_CHAIN_PAYLOAD_MAX]; /* a copy: the advert's is gone after the call */
    struct yk_drops drops;
    struct yk_decoder decoder;
};

static void heard_note(void *context, const struct yk_advert *advert)
{
    struct heard *heard = context;
    if (heard->count < HEARD_MAX) {
        heard->advert[heard->count] = *advert;
        for (size_t i = 0; i < advert->payload_length && i < YK_CHAIN_PAYLOAD_MAX; i++)
            heard->payload[heard->count][i] = advert->payload[i];
    }
    heard->count++;
}

static inline void heard_start(struct heard *heard)
{
    memset(heard, 0, sizeof *heard);
    heard->decoder = (struct yk_decoder){.heard = heard_note, .context = heard, .drops = &heard->drops};
}

static inline uint64_t heard_drops(const struct heard *heard)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < YK_DROP_COUNT; i++)
        sum += heard->drops.count[i];
    return sum;
}

#endif
