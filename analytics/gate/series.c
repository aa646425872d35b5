/* A hash table of first rows, for as long as they are linked. SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/series.h"

#include <stdlib.h>
#include <string.h>

static bool same_series(const struct yk_kpi_row *a, const struct yk_kpi_row *b)
{
    return strcmp(a->kpi, b->kpi) == 0 && strcmp(a->place, b->place) == 0 && strcmp(a->direction, b->direction) == 0;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211); /* FNV-1a */
    return h * UINT64_C(1099511628211);
}

void yk_gate_series_clear(struct yk_gate_series *series)
{
    free(series->first);
    free(series->next);
    *series = (struct yk_gate_series){0};
}

bool yk_gate_series_link(struct yk_gate_series *series, const struct yk_candidate *rows, size_t count)
{
    size_t slot_count = 64;
    while (slot_count < 2 * count)
        slot_count *= 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);                              /* first rows + 1 */
    uint32_t *last = count < YK_GATE_NO_ROW ? calloc(count + 1, sizeof *last) : NULL; /* by first row */
    series->first = calloc(count + 1, sizeof *series->first);
    series->next = calloc(count + 1, sizeof *series->next);
    bool ok = slots && last && series->first && series->next;
    for (size_t i = 0; ok && i < count; i++) {
        const struct yk_kpi_row *row = &rows[i].row;
        uint64_t h =
            hash_text(hash_text(hash_text(UINT64_C(14695981039346656037), row->kpi), row->place), row->direction);
        size_t at = (size_t)(h ^ h >> 29) & (slot_count - 1);
        while (slots[at] && !same_series(&rows[slots[at] - 1].row, row))
            at = (at + 1) & (slot_count - 1);
        if (slots[at])
            series->next[last[slots[at] - 1]] = (uint32_t)i;
        else
            slots[at] = (uint32_t)i + 1;
        series->first[i] = slots[at] - 1;
        series->next[i] = YK_GATE_NO_ROW;
        last[slots[at] - 1] = (uint32_t)i;
    }
    free(slots);
    free(last);
    return ok;
}
