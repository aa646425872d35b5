/* Sorting what begins with a key id and a pseudonym. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_LIVES_PSEUDONYM_SORT_H
#define YK_LIVES_PSEUDONYM_SORT_H

#include <stddef.h>

#define YK_PSEUDONYM_SORT_SIZE_MAX 128

/* Sorts `count` elements of `size` bytes in place; each begins with two uint64_t, key id and pseudonym, by which `compare` orders
 * before anything else. Not stable: compare settles what is equal. size is at most YK_PSEUDONYM_SORT_SIZE_MAX. */
void yk_pseudonym_sort(void *list, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif
