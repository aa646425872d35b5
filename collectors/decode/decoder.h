/* What every radio decoder is given: where adverts go and where rejections are counted.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_DECODER_H
#define YK_DECODE_DECODER_H

#include "base/drops.h"
#include "decode/nordic_clock.h"

#include "decode/advert.h"
#include "decode/chain.h"

/* Address type of an advertiser in HCI reports (Core 5.3, Vol 4 Part E 7.7.65.13). */
enum yk_address_type {
    YK_ADDRESS_PUBLIC = 0x00,
    YK_ADDRESS_RANDOM = 0x01,
    YK_ADDRESS_PUBLIC_IDENTITY = 0x02, /* the controller resolved a private address: this is the identity behind it */
    YK_ADDRESS_RANDOM_IDENTITY = 0x03,
    YK_ADDRESS_ANONYMOUS = 0xFF,
};

/* Zero-initialised but for the first three. One per recording or radio. About 14 KiB. */
struct yk_decoder {
    yk_advert_fn *heard;
    void *context;
    struct yk_drops *drops;
    struct yk_nordic_clock nordic;
    uint16_t adapter; /* of the HCI packet at hand; monitors record several */
    struct yk_chains chains;
    uint64_t kinds[YK_PAYLOAD_COUNT]; /* adverts handed over by kind of payload; scan responses are none */
};

/* Sets the advert's address and class by its type; false when the type is none of the above. */
bool yk_decoder_address(struct yk_advert *advert, uint8_t address_type, const uint8_t address[static 6]);

/* Looks at the payload, hands the advert over and wipes it. An address of the reserved class is counted and goes no further; an anonymous
 * advert and one whose AD structures overrun are counted and handed over. `whole`: the payload is all there, so that an
 * overrun is the sender's. */
void yk_decoder_emit(struct yk_decoder *decoder, struct yk_advert *advert, bool whole);

/* Event time has come to here, with or without a packet: hands over adverts of which nothing more will come. Decoders
 * of packets call it themselves; a source calls it while nothing is heard. */
void yk_decoder_pass(struct yk_decoder *decoder, int64_t time_us);
/* The input has ended: hands over what is still in pieces, and wipes the decoder's copies. */
void yk_decoder_finish(struct yk_decoder *decoder);

#endif
