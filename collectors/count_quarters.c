/* Proportional shares. SPDX-License-Identifier: GPL-3.0-or-later */
#include "count_quarters.h"

#define QUARTER_MS (YK_WINDOW_S * INT64_C(1000))

/* Of n persons, those before `part` of `whole`; below 2^32 x 2^27 x 2, which fits. */
static uint64_t up_to(uint32_t n, int64_t part_ms, int64_t whole_ms)
{
    return (2 * (uint64_t)n * (uint64_t)part_ms + (uint64_t)whole_ms) / (2 * (uint64_t)whole_ms);
}

bool yk_count_next_quarter(const struct yk_count *whole, struct yk_count *piece)
{
    int64_t length_ms = whole->to_ms - whole->from_ms, from_ms = piece->to_ms;
    if (from_ms >= whole->to_ms || from_ms < 0 || length_ms > YK_COUNT_LONGEST_MS)
        return false;
    int64_t border_ms = from_ms - from_ms % QUARTER_MS + QUARTER_MS;
    int64_t to_ms = border_ms < whole->to_ms ? border_ms : whole->to_ms;
    int64_t before_ms = from_ms - whole->from_ms, after_ms = to_ms - whole->from_ms;
    *piece = (struct yk_count){
        .from_ms = from_ms,
        .to_ms = to_ms,
        .plus = (uint32_t)(up_to(whole->plus, after_ms, length_ms) - up_to(whole->plus, before_ms, length_ms)),
        .minus = (uint32_t)(up_to(whole->minus, after_ms, length_ms) - up_to(whole->minus, before_ms, length_ms)),
        .line = whole->line,
    };
    return true;
}
