/* Corrections in force, and sums under them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/line_corrections.h"

#include "calibrations/entry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The newer of the two; of equally new ones the one that was accepted later, which stands behind. */
static void take(const struct yk_calibration_entry **best, const struct yk_calibration_entry *entry)
{
    if (!*best || entry->valid_from_s >= (*best)->valid_from_s)
        *best = entry;
}

static void drop_expired(const struct yk_calibration_entry **entry, int64_t t_s)
{
    if (*entry && t_s >= (*entry)->expires_s)
        *entry = NULL;
}

/* The line's own, made if it is the first of it; there is room for one of each entry. */
static struct yk_line_correction *slot_of(struct yk_line_corrections *corrections, const char *line)
{
    for (size_t k = 0; k < corrections->count; k++)
        if (corrections->list[k].line && strcmp(corrections->list[k].line, line) == 0)
            return &corrections->list[k].correction;
    corrections->list[corrections->count].line = line;
    return &corrections->list[corrections->count++].correction;
}

enum yk_status yk_line_corrections_at(const struct yk_calibrations *c, const char *place, int64_t t_s,
                                      struct yk_line_corrections *out)
{
    *out = (struct yk_line_corrections){0};
    out->list = calloc(c->count + 1, sizeof *out->list);
    if (!out->list)
        return YK_ERR_MEMORY;
    for (size_t i = 0; i < c->count; i++) {
        const struct yk_calibration_entry *e = &c->list[i];
        if (e->kind != YK_CALIBRATION_OF_LINE || strcmp(e->place, place) != 0 || e->valid_from_s > t_s)
            continue;
        struct yk_line_correction *correction = slot_of(out, e->line);
        if (strcmp(e->direction, "minus") != 0)
            take(&correction->plus, e);
        if (strcmp(e->direction, "plus") != 0)
            take(&correction->minus, e);
    }
    for (size_t k = 0; k < out->count; k++) {
        drop_expired(&out->list[k].correction.plus, t_s);
        drop_expired(&out->list[k].correction.minus, t_s);
    }
    return YK_OK;
}

void yk_line_corrections_clear(struct yk_line_corrections *corrections)
{
    free(corrections->list);
    *corrections = (struct yk_line_corrections){0};
}

struct yk_line_correction yk_line_corrections_of(const struct yk_line_corrections *corrections, const char *line)
{
    for (size_t k = 0; corrections && k < corrections->count; k++)
        if (strcmp(corrections->list[k].line, line) == 0)
            return corrections->list[k].correction;
    return (struct yk_line_correction){NULL, NULL};
}

void yk_corrected_begin(struct yk_corrected_sum *sum)
{
    sum->count = 0;
    sum->exact = 0;
}

/* By id, so that the sums of doubles depend on what is added and not on the order. */
void yk_corrected_add(struct yk_corrected_sum *sum, const struct yk_calibration_entry *entry, int64_t camera)
{
    if (!entry) {
        sum->exact += camera;
        return;
    }
    size_t at = 0;
    while (at < sum->count && strcmp(sum->entry[at]->id, entry->id) < 0)
        at++;
    if (at == sum->count || sum->entry[at] != entry) {
        assert(sum->count < YK_CORRECTED_MAX);
        for (size_t k = sum->count++; k > at; k--) {
            sum->entry[k] = sum->entry[k - 1];
            sum->camera[k] = sum->camera[k - 1];
        }
        sum->entry[at] = entry;
        sum->camera[at] = 0;
    }
    sum->camera[at] += camera;
}

struct yk_interval yk_corrected_interval(const struct yk_corrected_sum *sum)
{
    struct yk_corrected_count counts[YK_CORRECTED_MAX];
    for (size_t i = 0; i < sum->count; i++)
        counts[i] = (struct yk_corrected_count){&sum->entry[i]->line_fit.ratio, (double)sum->camera[i]};
    return yk_ratio_sum(counts, sum->count, (double)sum->exact);
}

void yk_corrected_id(const struct yk_corrected_sum *sum, char id[static YK_CALIBRATION_ID_SIZE])
{
    char ids[YK_CORRECTED_MAX * (YK_CALIBRATION_ID_SIZE - 1) + 1];
    id[0] = ids[0] = '\0';
    if (sum->count == 1)
        memcpy(id, sum->entry[0]->id, YK_CALIBRATION_ID_SIZE);
    for (size_t i = 0; i < sum->count; i++)
        memcpy(ids + i * (YK_CALIBRATION_ID_SIZE - 1), sum->entry[i]->id, YK_CALIBRATION_ID_SIZE);
    if (sum->count > 1)
        yk_calibration_hash(ids, id);
}
