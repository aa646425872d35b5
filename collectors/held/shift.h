/* From stamps to time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stamp's clock was `offset` ahead of CLOCK_BOOTTIME, a clock that is right is `now` ahead of it: what was stamped t
 * happened at t + (now - offset). Presence and what a radio says of itself lie on the grid of 10 s, so a radio is moved
 * by the nearest multiple of 10 s (wrong by 5 s at most) and all others by the nearest second. A zone's slice that comes
 * to lie across a full minute is cut in two there, as the rule for slices is. */
#ifndef YK_HELD_SHIFT_H
#define YK_HELD_SHIFT_H

#include "observation.h"

#include <stddef.h>
#include <stdint.h>

/* Seconds to add; grid_s is 10 or 1. */
int64_t yk_held_shift(int64_t offset_us, int64_t now_us, int grid_s);
/* Moves an observation; gives one, or two where a slice was cut, or none if it comes to lie before 1970. */
size_t yk_held_move(const struct yk_observation *held, int64_t shift_s, struct yk_observation out[static 2]);

#endif
