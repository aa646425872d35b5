/* The known word that a mistyped one was probably meant to be. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distance: optimal string alignment (Damerau 1964): letters added, lost, changed, and two neighbours swapped, each of
 * cost 1, every letter touched once. Three rows of the table are kept. Words longer than MAX_LENGTH are near to
 * nothing, and so is a word of which no letter would stay. */
#include "base/nearest.h"

#include <string.h>

#define MAX_LENGTH 63

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][MAX_LENGTH + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_length];
}

const char *yk_nearest(const char *word, const char *const *words, size_t count)
{
    size_t length = strlen(word);
    if (length == 0 || length > MAX_LENGTH)
        return NULL;
    size_t best = length <= 4 ? 1 : length <= 8 ? 2 : 3;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(words[i]);
        if (other == 0 || other > MAX_LENGTH)
            continue;
        size_t d = distance(word, length, words[i], other);
        if (d < length && d < best + (found == NULL)) {
            best = d;
            found = words[i];
        }
    }
    return found;
}
