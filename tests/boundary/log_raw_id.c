/* A file that has seen raw identifiers logs one. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include "identity/raw_id.h"

int yk_boundary(const struct yk_raw_id *id);
int yk_boundary(const struct yk_raw_id *id)
{
#ifndef YK_CONTROL
    yk_log(YK_LOG_DEBUG, "%02x", id->address[0]);
#endif
    return id->address_class;
}
