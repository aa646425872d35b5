/* Messages come in the order of time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An older message than the last is dropped: its tracks have moved on. Two things look like that and are not. One lone
 * message from more than an hour ahead would make every right one after it 'older'; and a clock that was ahead and was
 * set right would leave the camera deaf until it catches up. So a jump (an hour ahead, or 10 seconds back) is believed
 * when the next message confirms it: comes after it by an hour at the most, and not before it. The messages that were
 * not believed are dropped and counted.
 *
 *     ... 10:00:00  10:00:01  23:00:00  10:00:02     the lone one is dropped, the rest is in order
 *     ... 10:05:00  10:05:01  10:00:02  10:00:03     set back: the third is dropped, from the fourth on it holds
 *
 * A live message needs no other to confirm it when its time is that of its arrival, to an hour. Recordings of devices that
 * speak only when something happens may be silent for a night, and then jumps ahead mean nothing: `sparse`. */
#ifndef YK_DECODE_MESSAGE_ORDER_H
#define YK_DECODE_MESSAGE_ORDER_H

#include "base/drops.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised but for `sparse`. */
struct yk_message_order {
    bool sparse;
    bool begun;
    int64_t last_us;
    bool suspected;
    int64_t suspect_us; /* of a message far off that nothing has confirmed yet */
};

/* True if a message of that time is to be taken; arrived_us as in yk_camera_sink. After a clock was set back the time falls
 * by more than 10 s. */
bool yk_message_in_order(struct yk_message_order *order, int64_t time_us, int64_t arrived_us, struct yk_drops *drops);

#endif
