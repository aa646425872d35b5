/* What every radio decoder is given: where adverts go and where rejections are counted.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_DECODER_H
#define YK_DECODE_DECODER_H

#include "base/drops.h"
#include "decode/nordic_clock.h"

#include "decode/advert.h"

/* Address type of an advertiser in HCI reports (Core 5.3, Vol 4 Part E 7.7.65.13). */
enum yk_address_type {
    YK_ADDRESS_PUBLIC = 0x00,
    YK_ADDRESS_RANDOM = 0x01,
    YK_ADDRESS_PUBLIC_IDENTITY = 0x02, /* the controller resolved a private address: this is the identity behind it */
    YK_ADDRESS_RANDOM_IDENTITY = 0x03,
    YK_ADDRESS_ANONYMOUS = 0xFF,
};

/* A chain of extended reports that is not complete yet. */
struct yk_report_chain {
    bool open;
    bool scan_response;
    uint8_t set_id; /* advertising SID */
    uint8_t address_type;
    uint8_t address[6];
};

/* Zero-initialised but for the first three. One per recording or adapter. */
struct yk_decoder {
    yk_advert_fn *heard;
    void *context;
    struct yk_drops *drops;
    struct yk_nordic_clock nordic;
    struct yk_report_chain chain;
};

/* Sets the advert's address and class by its type; false when the type is none of the above. */
bool yk_decoder_address(struct yk_advert *advert, uint8_t address_type, const uint8_t address[static 6]);

/* Hands the advert over and wipes it. An address of the reserved class is counted and goes no further; an anonymous
 * advert and one whose AD structures overrun are counted and handed over. `whole`: the payload is all there, so that an
 * overrun is the sender's. */
void yk_decoder_emit(struct yk_decoder *decoder, struct yk_advert *advert, bool whole);

#endif
