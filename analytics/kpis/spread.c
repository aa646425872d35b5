/* Gathering lives for the variation of periods. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/spread.h"

#include "estimate/period_spread.h"

#include <stdlib.h>

#define EDGE_DS \
    300 /* an address first or last heard so near to the span's ends may have been there before, or be there still */

void yk_spread_life(struct yk_spread *spread, const struct yk_lived *life)
{
    if (life->address_class < YK_CLASS_RESOLVABLE)
        return;
    int r = life->address_class == YK_CLASS_RESOLVABLE ? YK_ROTATING_RESOLVABLE : YK_ROTATING_NON_RESOLVABLE;
    if (spread->count[r] == spread->capacity[r]) {
        size_t capacity = spread->capacity[r] ? 2 * spread->capacity[r] : 1024;
        struct yk_shape_life *lives = realloc(spread->lives[r], capacity * sizeof *lives);
        if (!lives) {
            spread->out_of_memory = true;
            return;
        }
        spread->lives[r] = lives;
        spread->capacity[r] = capacity;
    }
    spread->lives[r][spread->count[r]++] = (struct yk_shape_life){
        .begin_s = (double)life->begin_ds / 10,
        .end_s = (double)life->end_ds / 10,
        .began_before =
            life->begin_ds<spread->start_s * 10 + EDGE_DS, .goes_on = life->end_ds> spread->end_s * 10 - EDGE_DS};
}

void yk_spread_measure(struct yk_spread *spread, const struct yk_radio_sums *day, struct yk_periods *periods)
{
    for (int r = 0; r < YK_ROTATING_COUNT; r++) {
        int class = r == YK_ROTATING_RESOLVABLE ? YK_CLASS_RESOLVABLE : YK_CLASS_NON_RESOLVABLE;
        double two_g_s = yk_rotation_two_g_s(&day->class_of[class]);
        if (periods->known[r])
            yk_period_spread(spread->lives[r], spread->count[r], two_g_s, &periods->period[r]);
    }
}

void yk_spread_clear(struct yk_spread *spread)
{
    for (int r = 0; r < YK_ROTATING_COUNT; r++)
        free(spread->lives[r]);
    *spread = (struct yk_spread){0};
}
