/* Sorted intervals in one array. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/intervals.h"

#include <stdlib.h>

void yk_intervals_clear(struct yk_intervals *set)
{
    free(set->list);
    *set = (struct yk_intervals){0};
}

/* The first interval whose last is at or after sequence. */
static size_t find(const struct yk_intervals *set, uint64_t sequence)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->list[middle].last < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool yk_intervals_contain(const struct yk_intervals *set, uint64_t sequence)
{
    size_t i = find(set, sequence);
    return i < set->count && set->list[i].first <= sequence;
}

enum yk_status yk_intervals_add(struct yk_intervals *set, struct yk_sequences add)
{
    size_t from = find(set, add.first > 1 ? add.first - 1 : add.first); /* one that touches from below counts */
    size_t to = from;
    while (to < set->count && set->list[to].first <= (add.last == UINT64_MAX ? add.last : add.last + 1)) {
        if (set->list[to].first < add.first) {
            add.first = set->list[to].first;
            add.from_s = set->list[to].from_s;
        }
        if (set->list[to].last > add.last) {
            add.last = set->list[to].last;
            add.to_s = set->list[to].to_s;
        }
        to++;
    }
    if (to == from) { /* joins nothing: make room for one */
        if (set->count == set->capacity) {
            size_t capacity = set->capacity ? 2 * set->capacity : 4;
            struct yk_sequences *list = realloc(set->list, capacity * sizeof *list);
            if (!list)
                return YK_ERR_MEMORY;
            set->list = list;
            set->capacity = capacity;
        }
        memmove(set->list + from + 1, set->list + from, (set->count - from) * sizeof *set->list);
        set->count++;
    } else {
        memmove(set->list + from + 1, set->list + to, (set->count - to) * sizeof *set->list);
        set->count -= to - from - 1;
    }
    set->list[from] = add;
    return YK_OK;
}

enum yk_status yk_intervals_merge(struct yk_intervals *to, const struct yk_intervals *from)
{
    for (size_t i = 0; i < from->count; i++) {
        enum yk_status status = yk_intervals_add(to, from->list[i]);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

void yk_intervals_encode(const struct yk_intervals *set, bool times, struct yk_buffer *out)
{
    yk_buffer_varint(out, set->count);
    uint64_t before = 0;
    for (size_t i = 0; i < set->count; i++) {
        yk_buffer_varint(out, set->list[i].first - before);
        yk_buffer_varint(out, set->list[i].last - set->list[i].first);
        if (times) {
            yk_buffer_svarint(out, set->list[i].from_s);
            yk_buffer_svarint(out, (int64_t)((uint64_t)set->list[i].to_s - (uint64_t)set->list[i].from_s));
        }
        before = set->list[i].last;
    }
}

enum yk_status yk_intervals_decode(struct yk_intervals *set, bool times, struct yk_cursor *in)
{
    uint64_t count = yk_cursor_varint(in);
    uint64_t before = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t step = yk_cursor_varint(in), length = yk_cursor_varint(in);
        if (in->failed || step == 0 || step > UINT64_MAX - before || length > UINT64_MAX - before - step)
            return YK_ERR_INPUT;
        struct yk_sequences interval = {.first = before + step, .last = before + step + length};
        if (times) {
            interval.from_s = yk_cursor_svarint(in);
            interval.to_s = (int64_t)((uint64_t)interval.from_s + (uint64_t)yk_cursor_svarint(in));
            if (in->failed)
                return YK_ERR_INPUT;
        }
        enum yk_status status = yk_intervals_add(set, interval);
        if (status != YK_OK)
            return status;
        before = interval.last;
    }
    return in->failed ? YK_ERR_INPUT : YK_OK;
}
