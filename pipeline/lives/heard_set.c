/* Open addressing over a growing list. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pseudonyms are keyed hashes already, so their bits are taken as they are. The list is dense: encoding and evaluation
 * walk it without the table. (Trying the device after the one merged last first, since they tend to come in the same
 * order, was measured and gives nothing: the table's line is in the cache, and a wrong guess costs as much.) */
#include "lives/heard_set.h"

#include <stdlib.h>

#define FEWEST 32

void yk_heard_set_clear(struct yk_heard_set *set)
{
    free(set->list);
    free(set->slots);
    *set = (struct yk_heard_set){0};
}

static uint32_t *slot_of(const struct yk_heard_set *set, uint64_t key_id, uint64_t pseudonym)
{
    size_t mask = set->slot_count - 1;
    size_t i = (size_t)(pseudonym ^ key_id) & mask;
    while (set->slots[i]) {
        const struct yk_heard *device = &set->list[set->slots[i] - 1];
        if (device->pseudonym == pseudonym && device->key_id == key_id)
            break;
        i = (i + 1) & mask;
    }
    return &set->slots[i];
}

enum yk_status yk_heard_set_reserve(struct yk_heard_set *set, size_t more)
{
    /* A power of two also after yk_heard_set_sort, which gives the table up: slot_of masks with it. */
    size_t capacity = FEWEST, needed = set->count + more;
    if (needed <= set->capacity)
        return YK_OK;
    while (capacity < needed)
        capacity *= 2;
    struct yk_heard *list = realloc(set->list, capacity * sizeof *list);
    if (!list)
        return YK_ERR_MEMORY;
    set->list = list;
    uint32_t *slots = calloc(2 * capacity, sizeof *slots);
    if (!slots)
        return YK_ERR_MEMORY;
    free(set->slots);
    set->slots = slots;
    set->slot_count = 2 * capacity;
    set->capacity = capacity;
    for (size_t i = 0; i < set->count; i++)
        *slot_of(set, list[i].key_id, list[i].pseudonym) = (uint32_t)(i + 1);
    return YK_OK;
}

enum yk_status yk_heard_set_merge(struct yk_heard_set *set, const struct yk_heard *from)
{
    enum yk_status status = yk_heard_set_reserve(set, 1);
    if (status != YK_OK)
        return status;
    uint32_t *slot = slot_of(set, from->key_id, from->pseudonym);
    if (*slot == 0) {
        set->list[set->count++] = *from;
        *slot = (uint32_t)set->count;
        return YK_OK;
    }
    struct yk_heard *to = &set->list[*slot - 1];
    /* A pseudonym has one class; if a frame says otherwise, the choice must not depend on which came first. */
    to->address_class = from->address_class < to->address_class ? from->address_class : to->address_class;
    to->ticks[0] |= from->ticks[0];
    to->ticks[1] |= from->ticks[1];
    to->gap_ds += from->gap_ds;
    to->gap_sq_ds2 += from->gap_sq_ds2;
    to->adverts += from->adverts;
    to->first_ds = from->first_ds < to->first_ds ? from->first_ds : to->first_ds;
    to->last_ds = from->last_ds > to->last_ds ? from->last_ds : to->last_ds;
    return YK_OK;
}

enum yk_status yk_heard_set_hear(struct yk_heard_set *set, int64_t window_s, uint64_t key_id,
                                 const struct yk_presence *run, size_t count)
{
    struct yk_heard device = {
        .key_id = key_id, .pseudonym = run[0].pseudonym, .first_ds = UINT16_MAX, .address_class = run[0].address_class};
    int64_t window_tick = window_s / YK_TICK_S;
    for (size_t i = 0; i < count; i++) {
        const struct yk_presence *p = &run[i];
        unsigned tick = (unsigned)(p->tick - window_tick), start_ds = tick * YK_TICK_S * 10;
        device.ticks[tick / 64] |= UINT64_C(1) << (tick % 64);
        device.gap_sq_ds2 += p->gap_sq_ds2;
        device.gap_ds += p->gap_ds;
        device.adverts += p->adverts;
        if (start_ds + p->first_ds < device.first_ds)
            device.first_ds = (uint16_t)(start_ds + p->first_ds);
        if (start_ds + p->last_ds > device.last_ds)
            device.last_ds = (uint16_t)(start_ds + p->last_ds);
        if (p->address_class < device.address_class)
            device.address_class = p->address_class;
    }
    return yk_heard_set_merge(set, &device);
}

static int by_identity(const void *a, const void *b)
{
    const struct yk_heard *x = a, *y = b;
    if (x->key_id != y->key_id)
        return x->key_id < y->key_id ? -1 : 1;
    if (x->pseudonym != y->pseudonym)
        return x->pseudonym < y->pseudonym ? -1 : 1;
    return 0;
}

void yk_heard_set_sort(struct yk_heard_set *set)
{
    if (set->count > 1)
        qsort(set->list, set->count, sizeof *set->list, by_identity);
    free(set->slots);
    set->slots = NULL;
    set->slot_count = 0;
    set->capacity = 0; /* reserving makes the table anew, and keeps the list */
}
