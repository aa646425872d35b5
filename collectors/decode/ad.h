/* AD structures: what an advertisement says. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bluetooth Core 5.3, Vol 3 Part C 11: the payload is a chain of
 *
 *     0  length n (type and data)    1  type    2  data, n-1 bytes
 *
 * and a length of zero ends it early; the rest is padding. Lengths that run past the payload occur in the wild: they
 * end the walk, and the structures before them stand. */
#ifndef YK_DECODE_AD_H
#define YK_DECODE_AD_H

#include "base/cursor.h"

struct yk_ad {
    uint8_t type;        /* Assigned Numbers 2.3: 0x01 flags, 0x16 service data, 0xFF manufacturer, ... */
    const uint8_t *data; /* inside the payload */
    size_t length;
};

/* The next structure; false at the end. A structure that is longer than what is left ends the walk and sets c->failed.
 * Here, because every advert goes through it and the call cost more than the walk. */
static inline bool yk_ad_next(struct yk_cursor *c, struct yk_ad *ad)
{
    if (yk_cursor_left(c) == 0)
        return false;
    size_t length = yk_cursor_u8(c);
    if (length == 0) {
        c->at = c->end;
        return false;
    }
    const uint8_t *structure = yk_cursor_take(c, length);
    if (!structure)
        return false;
    *ad = (struct yk_ad){structure[0], structure + 1, length - 1};
    return true;
}

#endif
