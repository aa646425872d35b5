/* Lives by length. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/stay_tally.h"

#include <math.h>
#include <stdlib.h>

#define HOUR_DS    INT64_C(36000)
#define GUARD_DS   600 /* at either end: who is heard so near to it may have been there before, or be there still */
#define EXACT      256 /* tenths of a second with a bin each */
#define PER_OCTAVE 128
#define SHIFT      7 /* 2^7 = PER_OCTAVE */

_Static_assert((YK_STAY_BINS - EXACT) % PER_OCTAVE == 0, "whole octaves");

enum yk_stay_kind yk_stay_kind_of(enum yk_address_class address_class)
{
    if (address_class == YK_CLASS_RESOLVABLE)
        return YK_STAY_RESOLVABLE;
    return address_class == YK_CLASS_NON_RESOLVABLE ? YK_STAY_NON_RESOLVABLE : YK_STAY_FIXED;
}

static size_t bin_of(int64_t length_ds)
{
    if (length_ds < EXACT)
        return length_ds > 0 ? (size_t)length_ds : 0;
    int octave = 63 - __builtin_clzll((uint64_t)length_ds);
    size_t bin = EXACT + (size_t)(octave - 8) * PER_OCTAVE + ((uint64_t)length_ds >> (octave - SHIFT)) % PER_OCTAVE;
    return bin < YK_STAY_BINS ? bin : YK_STAY_BINS - 1;
}

/* The middle of a bin: its lengths are the tenths of a second from the first to the last one in it. */
static double length_s(size_t bin)
{
    if (bin < EXACT)
        return (double)bin / 10;
    int shift = (int)((bin - EXACT) / PER_OCTAVE) + 1;
    double first = (double)((PER_OCTAVE + (bin - EXACT) % PER_OCTAVE) << shift), width = (double)(1 << shift);
    return (first + (width - 1) / 2) / 10;
}

bool yk_stay_tally_init(struct yk_stay_tally *tally, int64_t start_s, int64_t end_s)
{
    *tally =
        (struct yk_stay_tally){.start_s = start_s, .end_s = end_s, .hours = (size_t)((end_s - start_s + 3599) / 3600)};
    tally->hour = calloc(tally->hours + 1, sizeof *tally->hour);
    return tally->hour != NULL;
}

void yk_stay_tally_clear(struct yk_stay_tally *tally)
{
    for (size_t i = 0; tally->hour && i < tally->hours; i++)
        free(tally->hour[i]);
    free(tally->hour);
    free(tally->lives);
    *tally = (struct yk_stay_tally){0};
}

static void keep(struct yk_stay_tally *tally, const struct yk_stay_life *life)
{
    if (tally->life_count == tally->life_capacity) {
        size_t capacity = tally->life_capacity ? 2 * tally->life_capacity : 1024;
        struct yk_stay_life *lives = realloc(tally->lives, capacity * sizeof *lives);
        if (!lives) {
            tally->out_of_memory = true;
            return;
        }
        tally->lives = lives;
        tally->life_capacity = capacity;
    }
    tally->lives[tally->life_count++] = *life;
}

void yk_stay_tally_add(struct yk_stay_tally *tally, enum yk_address_class address_class, int64_t begin_ds,
                       int64_t end_ds, bool began_before, bool goes_on)
{
    int64_t start_ds = 10 * tally->start_s, hour = (begin_ds - start_ds) / HOUR_DS;
    enum yk_stay_kind kind = yk_stay_kind_of(address_class);
    if (begin_ds < start_ds || end_ds < begin_ds || end_ds > 10 * tally->end_s || hour >= (int64_t)tally->hours)
        return;
    began_before |= begin_ds < start_ds + GUARD_DS;
    goes_on |= end_ds > 10 * tally->end_s - GUARD_DS;
    if (kind != YK_STAY_FIXED)
        keep(tally, &(struct yk_stay_life){(uint32_t)(begin_ds - start_ds), (uint32_t)(end_ds - start_ds),
                                           (uint8_t)kind, began_before, goes_on});
    if (began_before)
        return;
    if (!tally->hour[hour])
        tally->hour[hour] = calloc(1, sizeof *tally->hour[hour]);
    if (tally->hour[hour])
        tally->hour[hour]->count[kind][bin_of(end_ds - begin_ds)][goes_on]++;
    else
        tally->out_of_memory = true;
}

static unsigned counted(const struct yk_stay_tally *tally, size_t hour, enum yk_stay_kind kind, size_t bin, int goes_on)
{
    return tally->hour[hour] ? tally->hour[hour]->count[kind][bin][goes_on] : 0;
}

static bool holds_any(const struct yk_stay_tally *tally, enum yk_stay_kind kind, size_t bin, int goes_on)
{
    for (size_t hour = 0; hour < tally->hours; hour++)
        if (counted(tally, hour, kind, bin, goes_on) > 0)
            return true;
    return false;
}

bool yk_stay_bins_of(const struct yk_stay_tally *tally, enum yk_stay_kind kind, struct yk_stay_bins *out)
{
    size_t used = 0;
    *out = (struct yk_stay_bins){.hours = tally->hours};
    for (size_t bin = 0; bin < YK_STAY_BINS; bin++)
        for (int goes_on = 0; goes_on < 2; goes_on++)
            used += holds_any(tally, kind, bin, goes_on);
    out->pieces = calloc(used + 1, sizeof *out->pieces);
    out->weight = calloc(used + 1, sizeof *out->weight);
    out->by_hour = calloc((used + 1) * (tally->hours + 1), sizeof *out->by_hour);
    if (!out->pieces || !out->weight || !out->by_hour) {
        yk_stay_bins_clear(out);
        return false;
    }
    for (size_t bin = 0; bin < YK_STAY_BINS; bin++)
        for (int goes_on = 0; goes_on < 2; goes_on++) {
            if (!holds_any(tally, kind, bin, goes_on))
                continue;
            out->pieces[out->count] = (struct yk_stay_piece){.length_s = length_s(bin), .goes_on = goes_on};
            for (size_t hour = 0; hour < tally->hours; hour++) {
                unsigned n = counted(tally, hour, kind, bin, goes_on);
                out->by_hour[out->count * tally->hours + hour] = n;
                out->weight[out->count] += n;
            }
            out->count++;
        }
    return true;
}

void yk_stay_bins_clear(struct yk_stay_bins *bins)
{
    free(bins->pieces);
    free(bins->weight);
    free(bins->by_hour);
    *bins = (struct yk_stay_bins){0};
}

void yk_stay_bins_weigh(struct yk_stay_bins *bins, const unsigned *times)
{
    for (size_t i = 0; i < bins->count; i++) {
        bins->weight[i] = 0;
        for (size_t hour = 0; hour < bins->hours; hour++)
            bins->weight[i] += times[hour] * bins->by_hour[i * bins->hours + hour];
    }
}

bool yk_stay_bins_unfold(const struct yk_stay_bins *bins, double two_g_s, struct yk_km_stay **out, size_t *count)
{
    size_t all = 0;
    for (size_t i = 0; i < bins->count; i++)
        all += bins->weight[i];
    *count = 0;
    *out = calloc(all + 1, sizeof **out);
    if (!*out)
        return false;
    for (size_t i = 0; i < bins->count; i++)
        for (unsigned k = 0; k < bins->weight[i]; k++)
            (*out)[(*count)++] = (struct yk_km_stay){.length_s = fmax(bins->pieces[i].length_s + two_g_s, 0.05),
                                                     .ended = !bins->pieces[i].goes_on};
    return true;
}
