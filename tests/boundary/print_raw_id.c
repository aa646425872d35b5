/* A file that has seen raw identifiers prints one. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "identity/raw_id.h"

int yk_boundary(const struct yk_raw_id *id);
int yk_boundary(const struct yk_raw_id *id)
{
#ifndef YK_CONTROL
    printf("%02x\n", id->address[0]);
#endif
    return id->address_class;
}
