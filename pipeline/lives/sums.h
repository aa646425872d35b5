/* What is added up of the devices heard, with nothing left that tells one from another. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef YK_LIVES_SUMS_H
#define YK_LIVES_SUMS_H

#include <stdint.h>

/* Class of an advertiser address (Bluetooth Core 5.3, Vol 6 Part B 1.3). */
enum yk_address_class {
    YK_CLASS_PUBLIC = 0,
    YK_CLASS_STATIC = 1,
    YK_CLASS_RESOLVABLE = 2,
    YK_CLASS_NON_RESOLVABLE = 3,
    YK_CLASS_COUNT = 4,
};

/* Integer sums over one address class, place and window; they add up over classes that share a period, not over
 * windows. Times in tenths of a second. */
struct yk_rotation_sums {
    int64_t addresses;   /* A: distinct addresses heard in the window */
    int64_t births;      /* B: lives that begin in it */
    int64_t deaths;      /* D: lives that end in it */
    int64_t carried_in;  /* c0: heard on both sides of the start */
    int64_t carried_out; /* c1: heard on both sides of the end */
    int64_t life_ds;     /* T: time of all lives inside the window */
    int64_t gap_ds;      /* sum G */
    int64_t gap_sq_ds2;  /* sum G^2 */
};

/* Sums of one place, or one sensor, and window. Lives of more than 1.8 h do not rotate and are counted as if static.
 * Infrastructure is in no class. */
struct yk_radio_sums {
    struct yk_rotation_sums class_of[YK_CLASS_COUNT];
    int64_t keys;           /* under how many keys pseudonyms were made: a device may be in the sums once for each */
    int64_t infrastructure; /* addresses; known to who has the pseudonyms, and not told in frames */
};

#endif
