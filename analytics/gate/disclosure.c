/* Suppression, rounding, bands. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * k is tested on the lower bound of the estimated devices, never on addresses: one phone that changes its address every
 * seven minutes shows nine of them in an hour (docs/PRIVACY.md, rule 4). */
#include "gate/disclosure.h"

#include "gate/series.h"
#include "store/public_row_private.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
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
    bool of_persons = strcmp(row->kpi, "footfall") == 0 || strncmp(row->kpi, "occupancy_", 10) == 0;
    double persons = c->persons > 0 ? c->persons : of_persons ? row->value : 0;
    return persons > 0 && persons < config->privacy.line_k;
}

/* Of rows of one series. */
static bool is_part(const struct yk_kpi_row *part, const struct yk_kpi_row *whole)
{
    return part->resolution + 1 == whole->resolution && part->start_s >= whole->start_s && part->end_s <= whole->end_s;
}

/* What a row is about, for k: devices, or crossings where the district protects lines. */
static double weight(const struct yk_candidate *c)
{
    return about_devices(c) ? c->devices_lower : c->persons > 0 ? c->persons : c->row.value;
}

static double limit(const struct yk_config *config, const struct yk_candidate *c)
{
    return about_devices(c) ? config->privacy.k : config->privacy.line_k;
}

/* What is hidden first. Persons and devices of a window go by the same number of devices, so that neither is shown where the
 * other is hidden. */
static double size_of(const struct yk_candidate *c)
{
    return about_devices(c) && c->row.n_low >= 0 ? (double)c->row.n_low : c->row.value;
}

/* Parts and whole: if any part is hidden, or the whole is, then the smallest shown parts are hidden as well until at
 * least two parts are hidden whose sum is k or more. Otherwise the shown rest and the whole, or the parts alone, would
 * tell what is hidden. A part that could not be measured is as good as hidden; its own weight counts nothing. */
static void complement(const struct yk_config *config, const struct yk_candidate *all, enum yk_reason *hide,
                       const struct yk_gate_series *series, size_t whole)
{
    bool wanted = hide[whole] != YK_REASON_NONE;
    for (;;) {
        size_t hidden = 0, smallest = SIZE_MAX;
        double sum = 0;
        for (uint32_t i = series->first[whole]; i != YK_GATE_NO_ROW; i = series->next[i]) {
            if (!is_part(&all[i].row, &all[whole].row))
                continue;
            if (hide[i] != YK_REASON_NONE) {
                hidden++;
                sum += weight(&all[i]);
            } else if (all[i].row.reason == YK_REASON_NOT_MEASURABLE) {
                hidden++;
            } else if (all[i].row.state == YK_STATE_OK && all[i].row.value > 0 &&
                       (smallest == SIZE_MAX || size_of(&all[i]) < size_of(&all[smallest]))) {
                smallest = i;
            }
        }
        bool enough = hidden >= 2 && sum >= limit(config, &all[whole]);
        if ((hidden == 0 && !wanted) || enough || smallest == SIZE_MAX)
            return;
        hide[smallest] = YK_REASON_COMPLEMENTARY;
    }
}

static bool same_window(const struct yk_kpi_row *a, const struct yk_kpi_row *b)
{
    return a->start_s == b->start_s && a->resolution == b->resolution && strcmp(a->kpi, b->kpi) == 0;
}

/* Directions of one line add up, and lines add up to their place: with one hidden for whatever reason, all of them are.
 * True if that hid anything. */
static bool hide_with_directions(struct yk_candidate *all, enum yk_reason *hide, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (hide[i] == YK_REASON_NONE || strcmp(all[i].row.kpi, "footfall") != 0)
            continue;
        for (size_t k = 0; k < count; k++) {
            bool related = strcmp(all[k].row.place, all[i].row.place) == 0 || !strchr(all[k].row.place, '/') ||
                           !strchr(all[i].row.place, '/');
            if (hide[k] == YK_REASON_NONE && all[k].row.state == YK_STATE_OK && related &&
                same_window(&all[k].row, &all[i].row)) {
                hide[k] = YK_REASON_COMPLEMENTARY;
                any = true;
            }
        }
    }
    return any;
}

static bool same_place(const char *a, const char *b)
{
    size_t length = strcspn(a, "/");
    return length == strcspn(b, "/") && strncmp(a, b, length) == 0;
}

/* With a hidden count of crossings goes what is made of it. */
static void hide_made_of_lines(const struct yk_candidate *all, enum yk_reason *hide, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct yk_kpi_row *made = &all[i].row;
        if (!all[i].of_lines || made->state != YK_STATE_OK || hide[i] != YK_REASON_NONE)
            continue;
        for (size_t k = 0; k < count && hide[i] == YK_REASON_NONE; k++) {
            const struct yk_kpi_row *row = &all[k].row;
            if (hide[k] != YK_REASON_NONE && strcmp(row->kpi, "footfall") == 0 && same_place(row->place, made->place) &&
                row->start_s < made->end_s && made->start_s < row->end_s)
                hide[i] = YK_REASON_COMPLEMENTARY;
        }
    }
}

static double rounded(double value)
{
    return ROUND_TO * floor(value / ROUND_TO + 0.5);
}

/* A row that is shown: provisional ones about few are told in fives, and counts of devices in bands. */
static void soften(const struct yk_config *config, const struct yk_candidate *c, struct yk_kpi_row *row)
{
    bool of_lines = strcmp(row->kpi, "footfall") == 0 || c->of_lines;
    bool guarded = about_devices(c) || (config->privacy.line_k > 0 && of_lines);
    if (!guarded || row->state != YK_STATE_OK)
        return;
    if (!row->final && !c->ratio) {
        row->value = rounded(row->value);
        row->lower = rounded(row->lower);
        row->upper = rounded(row->upper);
        if (row->n_low >= 0)
            row->n_low = row->n_high = (int64_t)rounded((double)row->n_low);
    }
    if (about_devices(c))
        yk_gate_band(row->n_low, &row->n_low, &row->n_high);
}

enum yk_status yk_gate_publish(const struct yk_config *config, struct yk_candidate *candidates, size_t count,
                               struct yk_publish *store, struct yk_error *err)
{
    enum yk_reason *hide = calloc(count + 1, sizeof *hide);
    struct yk_gate_series series = {0};
    enum yk_status status = YK_OK;
    if (!hide || !yk_gate_series_link(&series, candidates, count)) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        if (too_few(config, &candidates[i]))
            hide[i] = YK_REASON_BELOW_K;
    /* What is hidden for its hour's sake needs its other directions hidden too, and those their own hours: until all
     * holds at once. Nothing is ever shown again, so this ends. */
    do {
        if (config->privacy.line_k > 0)
            hide_with_directions(candidates, hide, count);
        /* Days first, so that an hour hidden for its day is a hidden whole to its own quarters. */
        for (int resolution = YK_RES_1D; resolution > YK_RES_15M; resolution--)
            for (size_t i = 0; i < count; i++) {
                bool guarded = (about_devices(&candidates[i]) && !candidates[i].ratio) ||
                               (config->privacy.line_k > 0 && strcmp(candidates[i].row.kpi, "footfall") == 0);
                if (guarded && candidates[i].row.resolution == (enum yk_resolution)resolution &&
                    candidates[i].row.state == YK_STATE_OK)
                    complement(config, candidates, hide, &series, i);
            }
    } while (config->privacy.line_k > 0 && hide_with_directions(candidates, hide, count));
    if (config->privacy.line_k > 0)
        hide_made_of_lines(candidates, hide, count);
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        if (hide[i] == YK_REASON_NONE && candidates[i].ratio && !candidates[i].row.final &&
            candidates[i].row.state == YK_STATE_OK)
            continue; /* its time comes */
        if (hide[i] != YK_REASON_NONE)
            suppress(&candidates[i], hide[i]);
        struct yk_public_row public_row = {candidates[i].row};
        soften(config, &candidates[i], &public_row.row);
        status = yk_publish_put(store, &public_row, err);
    }
out:
    yk_gate_series_clear(&series);
    free(hide);
    return status;
}
