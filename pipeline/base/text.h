/* Copying text into a field of fixed size. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_BASE_TEXT_H
#define YK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copies with the terminating NUL. False if it does not fit: the field then holds what fits, terminated. */
static inline bool yk_text_copy(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size);
    bool fits = length < size;
    if (!fits)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
    return fits;
}

#endif
