/* Byte by byte from the first, in place. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pseudonyms of one key are keyed hashes and spread evenly over 64 bits, so a byte parts them into 256 heaps of one size:
 * elements are exchanged to their heap, cycle by cycle, and each heap is sorted by the next byte until it holds a few (the
 * American flag sort: McIlroy, Bostic and McIlroy, Engineering Radix Sort, Computing Systems 6 (1993)). With several keys, or
 * few elements, it is qsort's work. */
#include "lives/pseudonym_sort.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEAPS  256
#define FEWEST 24 /* below, comparing costs less than parting */

struct identity {
    uint64_t key_id, pseudonym;
};

static struct identity identity_of(const unsigned char *element)
{
    struct identity id;
    memcpy(&id, element, sizeof id);
    return id;
}

static bool of_one_key(const unsigned char *list, size_t count, size_t size)
{
    uint64_t key_id = identity_of(list).key_id;
    for (size_t i = 1; i < count; i++)
        if (identity_of(list + i * size).key_id != key_id)
            return false;
    return true;
}

/* Few at a time. */
static void insert(unsigned char *list, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    unsigned char held[YK_PSEUDONYM_SORT_SIZE_MAX];
    for (size_t i = 1; i < count; i++) {
        size_t to = i;
        while (to > 0 && compare(list + (to - 1) * size, list + i * size) > 0)
            to--;
        if (to == i)
            continue;
        memcpy(held, list + i * size, size);
        memmove(list + (to + 1) * size, list + to * size, (i - to) * size);
        memcpy(list + to * size, held, size);
    }
}

/* By the byte of the pseudonym that begins at bit `shift`, and those after it; those before are alike. */
static void part(unsigned char *list, size_t count, size_t size, int shift, int (*compare)(const void *, const void *))
{
    size_t next[HEAPS], end[HEAPS] = {0};
    unsigned char held[YK_PSEUDONYM_SORT_SIZE_MAX], taken[YK_PSEUDONYM_SORT_SIZE_MAX];
    for (size_t i = 0; i < count; i++)
        end[identity_of(list + i * size).pseudonym >> shift & (HEAPS - 1)]++;
    for (size_t b = 0, from = 0; b < HEAPS; b++) {
        next[b] = from;
        from = end[b] += from;
    }
    for (size_t b = 0; b < HEAPS; b++)
        for (; next[b] < end[b]; next[b]++) {
            unsigned char *here = list + next[b] * size;
            size_t to = identity_of(here).pseudonym >> shift & (HEAPS - 1);
            if (to == b)
                continue;
            memcpy(held, here, size); /* around the cycle, until what belongs here comes */
            for (; to != b; to = identity_of(held).pseudonym >> shift & (HEAPS - 1)) {
                unsigned char *there = list + next[to]++ * size;
                memcpy(taken, there, size);
                memcpy(there, held, size);
                memcpy(held, taken, size);
            }
            memcpy(here, held, size);
        }
    for (size_t b = 0, from = 0; b < HEAPS; from = end[b++]) {
        if (end[b] - from < FEWEST)
            insert(list + from * size, end[b] - from, size, compare);
        else if (shift > 0)
            part(list + from * size, end[b] - from, size, shift - 8, compare);
        else /* one pseudonym, many times */
            qsort(list + from * size, end[b] - from, size, compare);
    }
}

void yk_pseudonym_sort(void *list, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    assert(size >= sizeof(struct identity) && size <= YK_PSEUDONYM_SORT_SIZE_MAX);
    if (count >= FEWEST && of_one_key(list, count, size))
        part(list, count, size, 56, compare);
    else if (count > 1)
        qsort(list, count, size, compare);
}
