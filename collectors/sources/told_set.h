/* Which time was told already. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counters send again what they are not sure has arrived, and recordings are played twice: an interval that touches time
 * that was told must not be told. The set keeps half-open intervals in order, and joins those that meet, so a counter
 * that never missed a minute has one entry whatever its age. It is bounded: when YK_TOLD_MAX gaps are between them the
 * oldest goes, and nothing before its end is taken any more. A device that is silent every other minute fills it in 34
 * hours; what is sent again a day late is therefore always known. */
#ifndef YK_SOURCES_TOLD_SET_H
#define YK_SOURCES_TOLD_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_TOLD_MAX 1024

struct yk_told_span {
    int64_t from_us, to_us;
};

/* Zero-initialised but for floor_us = INT64_MIN; freed with yk_told_clear. */
struct yk_told_set {
    struct yk_told_span *list; /* in order, apart from each other */
    size_t count, capacity;
    int64_t floor_us; /* nothing is known of the time before */
};

/* True if none of [from, to) was told, and none of it lies before the floor. from < to. */
bool yk_told_is_new(const struct yk_told_set *set, int64_t from_us, int64_t to_us);
/* Adds an interval that is new. False if there is no memory for it. */
bool yk_told_add(struct yk_told_set *set, int64_t from_us, int64_t to_us);
void yk_told_clear(struct yk_told_set *set);

#endif
