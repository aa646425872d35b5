/* A part of a presence cell: what is taken must come back from its own encoding. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/cell.h"

#include "lives/heard_set.h"

#include <stdlib.h>
#include <string.h>

#define W0 INT64_C(1774987200)

static void begin(struct yk_cell *cell)
{
    if (yk_cell_init(cell, YK_CELL_PRESENCE, "plaza", W0) != YK_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct yk_cell cell, again;
    begin(&cell);
    begin(&again);
    if (yk_cell_merge(&cell, bytes, length) == YK_OK) {
        uint8_t *part;
        size_t size;
        if (yk_cell_encode(&cell, &part, &size) != YK_OK || yk_cell_merge(&again, part, size) != YK_OK ||
            again.as.devices.count != cell.as.devices.count)
            abort();
        for (size_t i = 0; i < cell.as.devices.count; i++)
            if (memcmp(&again.as.devices.list[i], &cell.as.devices.list[i], sizeof(struct yk_heard)) != 0)
                abort();
        free(part);
    }
    yk_heard_set_sort(&cell.as.devices);
    yk_cell_clear(&cell);
    yk_cell_clear(&again);
    return 0;
}
