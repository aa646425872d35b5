/* A hash table of cells by kind, key, window and epoch. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/pending.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_name(enum yk_cell_kind kind, const char *key, int64_t window_s)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)kind; /* FNV-1a */
    for (; *key; key++)
        h = (h ^ (uint8_t)*key) * UINT64_C(1099511628211);
    h = (h ^ (uint64_t)window_s) * UINT64_C(1099511628211);
    return h ^ h >> 29;
}

static uint32_t *slot_of(const struct yk_pending *pending, enum yk_cell_kind kind, const char *key, int64_t window_s,
                         int64_t epoch_s)
{
    assert(pending->slots); /* asked for a cell after growing only */
    size_t mask = pending->slot_count - 1;
    size_t i = (size_t)hash_name(kind, key, window_s) & mask;
    for (; pending->slots[i]; i = (i + 1) & mask) {
        const struct yk_cell *cell = pending->cells[pending->slots[i] - 1];
        if (cell->kind == kind && cell->window_s == window_s && cell->epoch_s == epoch_s && strcmp(cell->key, key) == 0)
            break;
    }
    return &pending->slots[i];
}

static enum yk_status grow(struct yk_pending *pending)
{
    size_t capacity = pending->capacity ? 2 * pending->capacity : 64;
    struct yk_cell **cells = realloc(pending->cells, capacity * sizeof(*cells));
    if (!cells)
        return YK_ERR_MEMORY;
    pending->cells = cells;
    uint32_t *slots = calloc(2 * capacity, sizeof *slots);
    if (!slots)
        return YK_ERR_MEMORY;
    free(pending->slots);
    pending->slots = slots;
    pending->slot_count = 2 * capacity;
    pending->capacity = capacity;
    for (size_t i = 0; i < pending->count; i++)
        *slot_of(pending, cells[i]->kind, cells[i]->key, cells[i]->window_s, cells[i]->epoch_s) = (uint32_t)(i + 1);
    return YK_OK;
}

enum yk_status yk_pending_cell(struct yk_pending *pending, enum yk_cell_kind kind, const char *key, int64_t window_s,
                               int64_t epoch_s, struct yk_cell **out)
{
    if (pending->count == pending->capacity) {
        enum yk_status status = grow(pending);
        if (status != YK_OK)
            return status;
    }
    uint32_t *slot = slot_of(pending, kind, key, window_s, epoch_s);
    if (*slot == 0) {
        struct yk_cell *cell = malloc(sizeof *cell);
        if (!cell)
            return YK_ERR_MEMORY;
        enum yk_status status = yk_cell_init(cell, kind, key, window_s);
        if (status != YK_OK) {
            free(cell);
            return status;
        }
        cell->epoch_s = epoch_s;
        pending->cells[pending->count++] = cell;
        *slot = (uint32_t)pending->count;
    }
    *out = pending->cells[*slot - 1];
    return YK_OK;
}

void yk_pending_forget(struct yk_pending *pending)
{
    for (size_t i = 0; i < pending->count; i++) {
        yk_cell_clear(pending->cells[i]);
        free(pending->cells[i]);
    }
    pending->count = 0;
    if (pending->slots)
        memset(pending->slots, 0, pending->slot_count * sizeof *pending->slots);
}

void yk_pending_clear(struct yk_pending *pending)
{
    yk_pending_forget(pending);
    free(pending->cells);
    free(pending->slots);
    *pending = (struct yk_pending){0};
}

void yk_pending_settle(struct yk_pending *pending, int64_t epoch_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < pending->count; i++) {
        struct yk_cell *cell = pending->cells[i];
        if (cell->kind == YK_CELL_PRESENCE && cell->epoch_s == epoch_s) {
            yk_cell_clear(cell);
            free(cell);
        } else {
            pending->cells[kept++] = cell;
        }
    }
    pending->count = kept;
    if (pending->slots)
        memset(pending->slots, 0, pending->slot_count * sizeof *pending->slots);
    for (size_t i = 0; i < kept; i++)
        *slot_of(pending, pending->cells[i]->kind, pending->cells[i]->key, pending->cells[i]->window_s,
                 pending->cells[i]->epoch_s) = (uint32_t)(i + 1);
}
