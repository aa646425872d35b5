/* A raw identifier: the one thing that must never leave this folder tree. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * It has no string form, no file form and no log form. It lives on the stack or in a table slot only until it has been
 * hashed under the epoch's key, and is wiped there. Including this header poisons everything that formats, writes or
 * sends, so a file that sees raw identifiers cannot print one: include it after all others. A cast can defeat a type;
 * the walls behind it are the process split and the canary test. */
#ifndef YK_IDENTITY_RAW_ID_H
#define YK_IDENTITY_RAW_ID_H

#include "observation.h"

#include <assert.h>
#include <stdint.h>

/* Without holes, so that it is hashed as it lies and no copy has to be wiped. */
struct yk_raw_id {
    uint8_t address_class; /* enum yk_address_class */
    uint8_t address[6];    /* as on the air: least significant byte first */
};
static_assert(sizeof(struct yk_raw_id) == 7, "the class and the address, one behind the other");

/* Class of a random address by its two top bits; YK_CLASS_COUNT for the reserved pattern 10. */
static inline uint8_t yk_random_address_class(const uint8_t address[static 6])
{
    static const uint8_t by_top_bits[4] = {YK_CLASS_NON_RESOLVABLE, YK_CLASS_RESOLVABLE, YK_CLASS_COUNT,
                                           YK_CLASS_STATIC};
    return by_top_bits[address[5] >> 6];
}

#pragma GCC poison printf fprintf sprintf snprintf vprintf vfprintf vsnprintf dprintf puts fputs putchar fwrite
#pragma GCC poison write writev send sendto sendmsg syslog yk_log yk_log_enter yk_log_leave yk_error_set yk_error_errno

#endif
