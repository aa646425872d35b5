/* How far periods vary at one place, from the lives of the epoch that is told. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Periods are frozen from earlier epochs' lag histograms, which do not hold how long any address lived. How far they vary is
 * therefore measured anew from each epoch's lives while they are there; it matters for intervals alone. Where it cannot be
 * measured, and in sums that an edge sent without pseudonyms, the assumed variation stays. */
#ifndef YK_KPIS_SPREAD_H
#define YK_KPIS_SPREAD_H

#include "estimate/period_shape.h"
#include "kpis/facts.h"
#include "lives/walk.h"

/* Begin with a zeroed one and its span. */
struct yk_spread {
    int64_t start_s, end_s; /* lives at these were cut there */
    struct yk_shape_life *lives[YK_ROTATING_COUNT];
    size_t count[YK_ROTATING_COUNT], capacity[YK_ROTATING_COUNT];
    bool out_of_memory;
};

void yk_spread_life(struct yk_spread *spread, const struct yk_lived *life);
/* All lives are in: sets the variations of known periods. day: the sums of the same lives. Once. */
void yk_spread_measure(struct yk_spread *spread, const struct yk_radio_sums *day, struct yk_periods *periods);
void yk_spread_clear(struct yk_spread *spread);

#endif
