/* The one door through which adverts leave the parsers. SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "decode/decoder.h"

bool yk_decoder_address(struct yk_advert *advert, uint8_t address_type, const uint8_t address[static 6])
{
    switch (address_type) {
    case YK_ADDRESS_PUBLIC:
    case YK_ADDRESS_PUBLIC_IDENTITY:
        advert->id.address_class = YK_CLASS_PUBLIC;
        break;
    case YK_ADDRESS_RANDOM:
    case YK_ADDRESS_RANDOM_IDENTITY:
        advert->id.address_class = yk_random_address_class(address);
        break;
    case YK_ADDRESS_ANONYMOUS:
        advert->anonymous = true;
        return true;
    default:
        return false;
    }
    memcpy(advert->id.address, address, sizeof advert->id.address);
    return true;
}

void yk_decoder_emit(struct yk_decoder *decoder, struct yk_advert *advert, bool whole)
{
    if (advert->anonymous)
        yk_drop(decoder->drops, YK_DROP_anonymous);
    if (!advert->anonymous && advert->id.address_class >= YK_CLASS_COUNT) {
        yk_drop(decoder->drops, YK_DROP_reserved_address);
    } else {
        struct yk_payload payload = yk_payload_look(advert->payload, advert->payload_length);
        if (whole && !payload.whole)
            yk_drop(decoder->drops, YK_DROP_malformed);
        advert->kind = payload.kind;
        if (!advert->scan_response)
            decoder->kinds[payload.kind]++;
        decoder->heard(decoder->context, advert);
    }
    explicit_bzero(advert, sizeof *advert);
}

void yk_decoder_pass(struct yk_decoder *decoder, int64_t time_us)
{
    if (decoder->chains.open > 0)
        yk_chains_pass(decoder, time_us);
}

void yk_decoder_finish(struct yk_decoder *decoder)
{
    yk_chains_finish(decoder);
}
