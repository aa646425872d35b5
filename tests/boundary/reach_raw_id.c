/* Another stage reaches for raw identifiers. SPDX-License-Identifier: GPL-3.0-or-later */
#include "observation.h"
#ifndef YK_CONTROL
#include "identity/raw_id.h"
#endif

uint64_t yk_boundary(const struct yk_presence *presence);
uint64_t yk_boundary(const struct yk_presence *presence)
{
    return presence->pseudonym;
}
