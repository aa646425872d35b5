/* Intervals in order. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/told_set.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16

/* The first interval that ends behind t. */
static size_t behind(const struct yk_told_set *set, int64_t t_us)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->list[middle].to_us > t_us)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool yk_told_is_new(const struct yk_told_set *set, int64_t from_us, int64_t to_us)
{
    size_t next = behind(set, from_us);
    return from_us >= set->floor_us && (next == set->count || set->list[next].from_us >= to_us);
}

static bool make_room(struct yk_told_set *set)
{
    if (set->count < set->capacity)
        return true;
    size_t capacity = set->capacity ? 2 * set->capacity : ROOM_FIRST;
    struct yk_told_span *list = (struct yk_told_span *)realloc(set->list, capacity * sizeof *list);
    if (!list)
        return false;
    set->list = list;
    set->capacity = capacity;
    return true;
}

static void take_out(struct yk_told_set *set, size_t i)
{
    memmove(&set->list[i], &set->list[i + 1], (--set->count - i) * sizeof *set->list);
}

bool yk_told_add(struct yk_told_set *set, int64_t from_us, int64_t to_us)
{
    size_t next = behind(set, from_us);
    bool meets_before = next > 0 && set->list[next - 1].to_us == from_us;
    bool meets_next = next < set->count && set->list[next].from_us == to_us;
    if (meets_before && meets_next) {
        set->list[next - 1].to_us = set->list[next].to_us;
        take_out(set, next);
    } else if (meets_before) {
        set->list[next - 1].to_us = to_us;
    } else if (meets_next) {
        set->list[next].from_us = from_us;
    } else {
        if (!make_room(set))
            return false;
        memmove(&set->list[next + 1], &set->list[next], (set->count++ - next) * sizeof *set->list);
        set->list[next] = (struct yk_told_span){from_us, to_us};
    }
    if (set->count > YK_TOLD_MAX) {
        set->floor_us = set->list[0].to_us;
        take_out(set, 0);
    }
    return true;
}

void yk_told_clear(struct yk_told_set *set)
{
    free(set->list);
    *set = (struct yk_told_set){.floor_us = INT64_MIN};
}
