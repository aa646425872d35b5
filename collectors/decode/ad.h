/* AD structures: what an advertisement says. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_AD_H
#define YK_DECODE_AD_H

#include "base/cursor.h"

struct yk_ad {
    uint8_t type;        /* Assigned Numbers 2.3: 0x01 flags, 0x16 service data, 0xFF manufacturer, ... */
    const uint8_t *data; /* inside the payload */
    size_t length;
};

/* The next structure; false at the end. A structure that is longer than what is left ends the walk and sets c->failed.
 */
bool yk_ad_next(struct yk_cursor *c, struct yk_ad *ad);

#endif
