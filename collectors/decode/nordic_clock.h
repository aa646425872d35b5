/* Event time from a sniffer's own microsecond counter. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_NORDIC_CLOCK_H
#define YK_DECODE_NORDIC_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised. */
struct yk_nordic_clock {
    bool started;
    int64_t anchor_us;  /* host time of the packet that the counting began at */
    int64_t elapsed_us; /* firmware time since that packet */
    uint32_t stamp_us;  /* of the last packet */
    uint32_t air_us;    /* how long the last packet took */
};

/* Wall time of a packet. `stamp_us` counts from an arbitrary point and wraps (absolute), or from the end of the packet
 * before (not absolute). host_us may be YK_TIME_NONE; so is the result while no packet has had a host time. */
int64_t yk_nordic_clock_step(struct yk_nordic_clock *clock, bool absolute, uint32_t stamp_us, uint32_t air_us,
                             int64_t host_us);

#endif
