/* One advertising report or PDU as any decoder hands it over. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_ADVERT_H
#define YK_DECODE_ADVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/payload_kind.h"

#include "identity/raw_id.h"

#define YK_RSSI_NONE 127

struct yk_advert {
    struct yk_raw_id id;
    bool anonymous;         /* no address: id is not set, never a device */
    bool scan_response;     /* carries the address, is no advertisement */
    int8_t rssi_dbm;        /* YK_RSSI_NONE: not available */
    int64_t time_us;        /* wall time, microseconds since 1970 */
    const uint8_t *payload; /* AD structures; valid during the call only */
    size_t payload_length;
    enum yk_payload_kind kind; /* set by yk_decoder_emit */
};

/* Called for each one; the advert is wiped by the caller of the callback afterwards. */
typedef void yk_advert_fn(void *context, const struct yk_advert *advert);

#endif
