/* Suppression, rounding, bands. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * k is tested on the lower bound of the estimated devices, never on addresses: one phone that changes its address every
 * seven minutes shows nine of them in an hour (docs/PRIVACY.md, rule 4). */
#include "gate/disclosure.h"

#include "store/public_row_private.h"

#include <math.h>
#include <string.h>

#define ROUND_TO 5.0

void yk_gate_band(int64_t n, int64_t *low, int64_t *high)
{
    *low = *high = n;
    if (n <= 0)
        return;
    int64_t from = 1, decade = 10;
    static const int steps[] = {1, 2, 5}; /* 10, 20, 50, 100, ... */
    for (int i = 0;; i++) {
        int64_t to = decade * steps[i % 3];
        if (n < to) {
            *low = from;
            *high = to - 1;
            return;
        }
        from = to;
        if (i % 3 == 2)
            decade *= 10;
    }
}

static bool about_devices(const struct yk_candidate *c)
{
    return !isnan(c->devices_lower);
}

static void suppress(struct yk_candidate *c, enum yk_reason reason)
{
    struct yk_kpi_row *row = &c->row;
    row->value = row->lower = row->upper = row->coverage = (double)NAN;
    row->n_low = row->n_high = -1;
    row->state = YK_STATE_SUPPRESSED;
    row->reason = reason;
}

/* Below k and not nothing. */
static bool too_few(const struct yk_config *config, const struct yk_candidate *c)
{
    const struct yk_kpi_row *row = &c->row;
    if (row->state != YK_STATE_OK)
        return false;
    if (about_devices(c))
        return row->value > 0 && c->devices_lower < config->privacy.k;
    return config->privacy.line_k > 0 && strcmp(row->kpi, "footfall") == 0 && row->value > 0 &&
           row->value < config->privacy.line_k;
}

static bool same_series(const struct yk_kpi_row *a, const struct yk_kpi_row *b)
{
    return strcmp(a->kpi, b->kpi) == 0 && strcmp(a->place, b->place) == 0 && strcmp(a->direction, b->direction) == 0;
}

/* If exactly one of the parts of a shown whole is hidden, hides the smallest shown one as well. */
static void complement(struct yk_candidate *all, size_t count, const struct yk_candidate *whole)
{
    struct yk_candidate *smallest = NULL;
    size_t hidden = 0;
    for (size_t i = 0; i < count; i++) {
        struct yk_candidate *part = &all[i];
        if (part->row.resolution + 1 != whole->row.resolution || part->row.start_s < whole->row.start_s ||
            part->row.end_s > whole->row.end_s || !same_series(&part->row, &whole->row))
            continue;
        if (part->row.state == YK_STATE_SUPPRESSED)
            hidden++;
        else if (part->row.state == YK_STATE_OK && part->row.value > 0 &&
                 (!smallest || part->row.value < smallest->row.value))
            smallest = part;
    }
    if (hidden == 1 && smallest)
        suppress(smallest, YK_REASON_COMPLEMENTARY);
}

static double rounded(double value)
{
    return ROUND_TO * floor(value / ROUND_TO + 0.5);
}

enum yk_status yk_gate_publish(const struct yk_config *config, struct yk_candidate *candidates, size_t count,
                               struct yk_publish *store, struct yk_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (too_few(config, &candidates[i]))
            suppress(&candidates[i], YK_REASON_BELOW_K);
    /* Days first, so that an hour hidden for its day is a hidden part that its own quarters answer to. */
    for (int resolution = YK_RES_1D; resolution > YK_RES_15M; resolution--)
        for (size_t i = 0; i < count; i++) {
            struct yk_candidate *whole = &candidates[i];
            bool hideable = about_devices(whole) || config->privacy.line_k > 0;
            if (hideable && whole->row.resolution == (enum yk_resolution)resolution && whole->row.state == YK_STATE_OK)
                complement(candidates, count, whole);
        }
    for (size_t i = 0; i < count; i++) {
        struct yk_public_row public_row = {candidates[i].row};
        struct yk_kpi_row *row = &public_row.row;
        if (about_devices(&candidates[i]) && row->state == YK_STATE_OK) {
            if (!row->final) {
                row->value = rounded(row->value);
                row->lower = rounded(row->lower);
                row->upper = rounded(row->upper);
            }
            yk_gate_band(row->n_low, &row->n_low, &row->n_high);
        }
        enum yk_status status = yk_publish_put(store, &public_row, err);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}
