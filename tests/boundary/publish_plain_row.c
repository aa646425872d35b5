/* A row is published past the gate. SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/disclosure.h"

#ifdef YK_CONTROL
typedef struct yk_public_row row_type;
#else
typedef struct yk_kpi_row row_type;
#endif

enum yk_status yk_boundary(struct yk_publish *store, const row_type *row);
enum yk_status yk_boundary(struct yk_publish *store, const row_type *row)
{
    return yk_publish_put(store, row, NULL);
}
