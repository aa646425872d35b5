/* A 32-bit counter unrolled. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem: the host's time stamp is the moment at which a packet was read from the serial line. Thousands of packets
 * that waited in a buffer get stamps within one second; the firmware stamped each when it was on the air. Method: the
 * first packet's host time is the anchor, and from there firmware time counts. The counter wraps after 71.6 minutes,
 * which subtraction modulo 2^32 covers as long as some packet comes in between; if none does, the host's clock tells
 * how many whole turns are missing, to the nearest one.
 *
 * Bounds: a buffer delays by seconds, not by half an hour. When the two clocks are further apart than that, the sniffer
 * was started anew (or the host's clock was set) and a new anchor is taken. */
#include "decode/nordic_clock.h"

#include "decode/capture_file.h"

#define TURN_US      (INT64_C(1) << 32)
#define TOLERANCE_US (INT64_C(30) * 60 * 1000000)

int64_t yk_nordic_clock_step(struct yk_nordic_clock *clock, bool absolute, uint32_t stamp_us, uint32_t air_us,
                             int64_t host_us)
{
    bool host = host_us != YK_TIME_NONE;
    if (!clock->started && !host)
        return YK_TIME_NONE;
    if (clock->started) {
        clock->elapsed_us +=
            absolute ? (int64_t)(uint32_t)(stamp_us - clock->stamp_us) : (int64_t)clock->air_us + (int64_t)stamp_us;
        int64_t ahead_us = host ? host_us - clock->anchor_us - clock->elapsed_us : 0;
        if (absolute && ahead_us > TURN_US / 2) {
            int64_t turns = (ahead_us + TURN_US / 2) / TURN_US;
            clock->elapsed_us += turns * TURN_US;
            ahead_us -= turns * TURN_US;
        }
        if (ahead_us > TOLERANCE_US || ahead_us < -TOLERANCE_US)
            clock->started = false;
    }
    if (!clock->started)
        *clock = (struct yk_nordic_clock){.started = true, .anchor_us = host_us};
    clock->stamp_us = stamp_us;
    clock->air_us = air_us;
    return clock->anchor_us + clock->elapsed_us;
}
