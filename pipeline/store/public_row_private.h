/* The inside of a row that has passed the gate. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For two files only: analytics/gate/disclosure.c, which makes it, and publish_store.c, which stores it. tests/boundary
 * holds that no other file of the product includes this header. */
#ifndef YK_STORE_PUBLIC_ROW_PRIVATE_H
#define YK_STORE_PUBLIC_ROW_PRIVATE_H

#include "kpi_row.h"

struct yk_public_row {
    struct yk_kpi_row row;
};

#endif
