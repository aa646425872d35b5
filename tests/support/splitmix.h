/* Ids that are as evenly spread as pseudonyms, by number. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * splitmix64 (Steele, Lea and Flood 2014): a permutation of 64-bit numbers, so that different numbers give different ids. */
#ifndef YK_TESTS_SPLITMIX_H
#define YK_TESTS_SPLITMIX_H

#include <stdint.h>

static inline uint64_t splitmix(uint64_t number)
{
    uint64_t z = number * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

#endif
