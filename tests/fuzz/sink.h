/* Where fuzzed radio parsers hand their adverts: what they promise is checked. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef YK_TESTS_FUZZ_SINK_H
#define YK_TESTS_FUZZ_SINK_H

#include <stdlib.h>
#include <string.h>

#include "decode/decoder.h"

struct sink {
    const uint8_t *bytes;
    size_t length;
    struct yk_drops drops;
};

/* The payload lies inside the input and can be read; the class is one of the four. */
static void sink_take(void *context, const struct yk_advert *advert)
{
    const struct sink *sink = context;
    volatile uint8_t sum = 0;
    if (advert->payload_length > sink->length)
        abort();
    for (size_t i = 0; i < advert->payload_length; i++)
        sum = (uint8_t)(sum + advert->payload[i]);
    if (advert->kind >= YK_PAYLOAD_COUNT || advert->payload_length > YK_CHAIN_PAYLOAD_MAX)
        abort();
    if (!advert->anonymous && advert->id.address_class >= YK_CLASS_COUNT)
        abort();
}

/* After yk_decoder_finish: nothing of an advert is left in the decoder. */
static inline void sink_end(const struct yk_decoder *decoder)
{
    static const struct yk_chain nothing;
    if (decoder->chains.open != 0)
        abort();
    for (size_t i = 0; i < YK_CHAINS; i++)
        if (memcmp(&decoder->chains.chain[i], &nothing, sizeof nothing) != 0)
            abort();
}

#endif
