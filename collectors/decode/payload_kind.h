/* What kind of thing an advertisement's payload says it is. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_PAYLOAD_KIND_H
#define YK_DECODE_PAYLOAD_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of precedence: a payload with several is of the first one here, wherever in it they stand. */
#define YK_PAYLOAD_KINDS(X)  \
    X(none)                  \
    X(ibeacon)               \
    X(altbeacon)             \
    X(eddystone_uid)         \
    X(eddystone_url)         \
    X(eddystone_tlm)         \
    X(eddystone_eid)         \
    X(exposure_notification) \
    X(find_my)               \
    X(dult)                  \
    X(fast_pair)

enum yk_payload_kind {
#define X(name) YK_PAYLOAD_##name,
    YK_PAYLOAD_KINDS(X)
#undef X
        YK_PAYLOAD_COUNT
};

struct yk_payload {
    bool whole; /* every AD structure lies inside the payload */
    enum yk_payload_kind kind;
};

/* One walk over the AD structures. Those before an overrun count. */
struct yk_payload yk_payload_look(const uint8_t *payload, size_t length);

/* "ibeacon"; the names are keys in what `yukikai inspect` writes. */
const char *yk_payload_kind_name(enum yk_payload_kind kind);

#endif
