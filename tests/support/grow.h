/* Lists of tests that grow in doublings. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Under the address sanitizer every realloc copies: a list that grows by one is quadratic there, and minutes long. */
#ifndef YK_TESTS_SUPPORT_GROW_H
#define YK_TESTS_SUPPORT_GROW_H

#include <criterion/criterion.h>

#include <stddef.h>
#include <stdlib.h>

/* `list` of *capacity elements of `size` bytes, moved if it has no room for `count` of them. */
static inline void *grow_to(void *list, size_t count, size_t size, size_t *capacity)
{
    if (count <= *capacity)
        return list;
    *capacity = count > 2 * *capacity ? count : 2 * *capacity;
    list = realloc(list, *capacity * size);
    cr_assert(list);
    return list;
}

#endif
