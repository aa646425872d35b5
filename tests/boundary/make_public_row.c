/* Somebody makes a row that looks as if it had passed the gate. SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/disclosure.h"

enum yk_status yk_boundary(struct yk_publish *store);
enum yk_status yk_boundary(struct yk_publish *store)
{
#ifdef YK_CONTROL
    const struct yk_public_row *row = NULL;
    return yk_publish_put(store, row, NULL);
#else
    struct yk_public_row row = {0};
    return yk_publish_put(store, &row, NULL);
#endif
}
