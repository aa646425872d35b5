/* What a spool tells of the devices that were heard, for checks. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     told SPOOL
 *
 * A line per pseudonym, sorted, without the pseudonym: over all its ticks, and how many of its adverts had an RSSI. Then
 * a line per reason with what the sensor's health says was dropped, and the totals:
 *
 *     resolvable adverts 3 rssi 3 sum -180 max -60
 *     drop malformed 2
 *     total pseudonyms 1 adverts 3
 */
#include "frame/frame.h"

#include "bench/spooled.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spool {
    struct yk_unpacker *unpacker;
    struct yk_presence *list;
    size_t count, capacity;
    struct yk_drops drops;
};

static void take_plain(void *context, const struct yk_observation *observation)
{
    struct spool *spool = context;
    if (observation->kind != YK_KIND_HEALTH)
        return;
    for (int reason = 0; reason < YK_DROP_COUNT; reason++)
        spool->drops.count[reason] += observation->as.health.drops.count[reason];
}

static bool take(void *context, const struct yk_frame *given)
{
    struct spool *spool = context;
    struct yk_frame frame = *given;
    if (frame.header.flags & YK_FRAME_TOMBSTONE)
        return true;
    if (!yk_frame_unpack(spool->unpacker, &frame))
        return false;
    if (frame.header.group != YK_GROUP_PRESENCE)
        return yk_body_plain_decode(&frame, take_plain, spool);
    if (spool->capacity - spool->count < YK_FRAME_RECORDS_MAX) {
        spool->capacity = 2 * spool->capacity + YK_FRAME_RECORDS_MAX;
        spool->list = realloc(spool->list, spool->capacity * sizeof *spool->list);
        if (!spool->list)
            return false;
    }
    if (!yk_body_presence_decode(&frame, spool->list + spool->count))
        return false;
    spool->count += frame.header.records;
    return true;
}

static int by_pseudonym(const void *a, const void *b)
{
    const struct yk_presence *x = a, *y = b;
    return (x->pseudonym > y->pseudonym) - (x->pseudonym < y->pseudonym);
}

struct device {
    uint8_t address_class;
    uint64_t adverts, rssi_count;
    int64_t rssi_sum_dbm;
    int rssi_max_dbm;
};

static int by_what_is_printed(const void *a, const void *b)
{
    const struct device *x = a, *y = b;
    if (x->address_class != y->address_class)
        return x->address_class < y->address_class ? -1 : 1;
    if (x->adverts != y->adverts)
        return x->adverts < y->adverts ? -1 : 1;
    return (x->rssi_sum_dbm > y->rssi_sum_dbm) - (x->rssi_sum_dbm < y->rssi_sum_dbm);
}

/* Records of one pseudonym, as many as there are from `from` on. Returns where the next one's begin. */
static size_t merge(const struct spool *spool, size_t from, struct device *device)
{
    size_t i = from;
    *device = (struct device){.address_class = spool->list[from].address_class, .rssi_max_dbm = -128};
    for (; i < spool->count && spool->list[i].pseudonym == spool->list[from].pseudonym; i++) {
        const struct yk_presence *p = &spool->list[i];
        device->adverts += p->adverts;
        device->rssi_count += p->rssi_count;
        device->rssi_sum_dbm += p->rssi_sum_dbm;
        if (p->rssi_count > 0 && p->rssi_max_dbm > device->rssi_max_dbm)
            device->rssi_max_dbm = p->rssi_max_dbm;
    }
    return i;
}

static void print(const struct spool *spool, struct device *devices)
{
    static const char *const classes[YK_CLASS_COUNT] = {"public", "static", "resolvable", "non-resolvable"};
    size_t count = 0;
    uint64_t adverts = 0;
    for (size_t i = 0; i < spool->count;)
        i = merge(spool, i, &devices[count++]);
    qsort(devices, count, sizeof *devices, by_what_is_printed);
    for (size_t i = 0; i < count; i++) {
        const struct device *d = &devices[i];
        adverts += d->adverts;
        printf("%s adverts %" PRIu64 " rssi %" PRIu64, classes[d->address_class], d->adverts, d->rssi_count);
        if (d->rssi_count > 0)
            printf(" sum %" PRId64 " max %d", d->rssi_sum_dbm, d->rssi_max_dbm);
        putchar('\n');
    }
    for (int reason = 0; reason < YK_DROP_COUNT; reason++)
        if (spool->drops.count[reason])
            printf("drop %s %" PRIu64 "\n", yk_drop_name((enum yk_drop)reason), spool->drops.count[reason]);
    printf("total pseudonyms %zu adverts %" PRIu64 "\n", count, adverts);
}

int main(int argc, char **argv)
{
    struct spool spool = {.unpacker = yk_unpacker_new()};
    bool ok = spool.unpacker && argc == 2 && yk_spooled_walk(argv[1], take, &spool);
    struct device *devices = calloc(spool.count + 1, sizeof *devices);
    if (spool.count > 0)
        qsort(spool.list, spool.count, sizeof *spool.list, by_pseudonym);
    if (ok && devices)
        print(&spool, devices);
    else
        fprintf(stderr, "usage: told SPOOL, of whole frames\n");
    yk_unpacker_free(spool.unpacker);
    free(devices);
    free(spool.list);
    return ok && devices ? 0 : 1;
}
