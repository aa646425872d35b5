/* The known word that a mistyped one was probably meant to be. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_BASE_NEAREST_H
#define YK_BASE_NEAREST_H

#include <stddef.h>

/* The nearest of `words` by letters added, lost, changed or swapped, or NULL when none is near enough to be worth
 * saying: at most one error for words of up to 4 letters, two up to 8, three above. The first wins a tie. */
const char *yk_nearest(const char *word, const char *const *words, size_t count);

#endif
