/* Walking AD structures. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bluetooth Core 5.3, Vol 3 Part C 11: the payload is a chain of
 *
 *     0  length n (type and data)    1  type    2  data, n-1 bytes
 *
 * and a length of zero ends it early; the rest is padding. Lengths that run past the payload occur in the wild: they
 * end the walk, and the structures before them stand. */
#include "decode/ad.h"

bool yk_ad_next(struct yk_cursor *c, struct yk_ad *ad)
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
