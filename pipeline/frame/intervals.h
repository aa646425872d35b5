/* Which sequences were received: a set of closed intervals. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Frames mostly come in order, so the set is one interval that grows: the low-water mark. What comes early, late or
 * twice costs an interval, and gives it back when the gap closes. Union and membership are all that exactly-once needs.
 *
 * Frames of a lane tile event time, so an interval also knows which time its frames spoke of, and what lies between two
 * intervals is the time of the frames that are missing: lost coverage, if they never come. */
#ifndef YK_FRAME_INTERVALS_H
#define YK_FRAME_INTERVALS_H

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yk_sequences {
    uint64_t first, last; /* both inside; first >= 1 */
    int64_t from_s, to_s; /* told from of the first, told to of the last; 0, 0 where nobody asks */
};

/* Zero-initialised is the empty set. Free with yk_intervals_clear. */
struct yk_intervals {
    struct yk_sequences *list; /* sorted, neither overlapping nor touching */
    size_t count, capacity;
};

void yk_intervals_clear(struct yk_intervals *set);
bool yk_intervals_contain(const struct yk_intervals *set, uint64_t sequence);
/* Adds all of an interval (first <= last). */
enum yk_status yk_intervals_add(struct yk_intervals *set, struct yk_sequences add) YK_MUST_CHECK;
enum yk_status yk_intervals_merge(struct yk_intervals *to, const struct yk_intervals *from) YK_MUST_CHECK;

/* Count, then first minus the last before, last minus first, as LEB128; with times, from_s and to_s minus from_s after
 * each. Decoding refuses what is not sorted. */
void yk_intervals_encode(const struct yk_intervals *set, bool times, struct yk_buffer *out);
enum yk_status yk_intervals_decode(struct yk_intervals *set, bool times, struct yk_cursor *in) YK_MUST_CHECK;

#endif
