/* A set of devices keyed by (key id, pseudonym), merged on insertion. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_LIVES_HEARD_SET_H
#define YK_LIVES_HEARD_SET_H

#include "base/error.h"
#include "observation.h"

#include <stddef.h>

/* One pseudonym in one place and window, 64 bytes: one line of a cache. The first advert lies in the first tick that is
 * set and the last advert in the last one; merging keeps that true. */
struct yk_heard {
    uint64_t key_id, pseudonym;
    uint64_t ticks[2];   /* bit i: heard in tick i of the window, 90 in use */
    uint64_t gap_sq_ds2; /* sum G^2 */
    uint32_t gap_ds;     /* sum G */
    uint32_t adverts;
    uint16_t first_ds, last_ds; /* first and last advert, tenths of a second into the window, 0..8999 */
    uint8_t address_class;
    uint8_t unused[11];
};

struct yk_heard_set {
    struct yk_heard *list; /* sorted by (key_id, pseudonym) after yk_heard_set_sort; as they came before */
    size_t count, capacity;
    uint32_t *slots; /* open addressing over list, 0 = free, else index + 1 */
    size_t slot_count;
};

void yk_heard_set_clear(struct yk_heard_set *set);
/* Makes room for that many more, so that merging them grows the set at most once. */
enum yk_status yk_heard_set_reserve(struct yk_heard_set *set, size_t more) YK_MUST_CHECK;
/* Merges one device state: OR of ticks, earliest first, latest last, sums of the rest. */
enum yk_status yk_heard_set_merge(struct yk_heard_set *set, const struct yk_heard *from) YK_MUST_CHECK;
/* The same for a run of records that all have the first one's pseudonym and lie in the window, in any order. */
enum yk_status yk_heard_set_hear(struct yk_heard_set *set, int64_t window_s, uint64_t key_id,
                                 const struct yk_presence *run, size_t count) YK_MUST_CHECK;
/* Puts the list in order of (key_id, pseudonym), which no longer tells in which order the devices came. A device merged
 * afterwards costs the table anew. */
void yk_heard_set_sort(struct yk_heard_set *set);

#endif
