/* Lives and laws. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/stay_day.h"

#include "estimate/period_shape.h"

#include <math.h>
#include <stdlib.h>

#define AGREE 2.0 /* standard errors of the difference of two periods */

static void add(struct yk_rotation_sums *to, const struct yk_rotation_sums *from)
{
    to->addresses += from->addresses;
    to->births += from->births;
    to->deaths += from->deaths;
    to->carried_in += from->carried_in;
    to->carried_out += from->carried_out;
    to->life_ds += from->life_ds;
    to->gap_ds += from->gap_ds;
    to->gap_sq_ds2 += from->gap_sq_ds2;
}

struct yk_rotation_sums yk_stay_day_sums(const struct yk_stay_day *day, enum yk_stay_kind kind)
{
    struct yk_rotation_sums sums = {0};
    for (int class = 0; class < YK_CLASS_COUNT; class ++)
        if (yk_stay_kind_of(class) == kind)
            add(&sums, &day->sums->class_of[class]);
    return sums;
}

static bool agree(const struct yk_rotation_period *a, const struct yk_rotation_period *b)
{
    double error = hypot(a->se_s / a->period_s, b->se_s / b->period_s);
    return fabs(log(a->period_s / b->period_s)) <= AGREE * error;
}

/* Of the kinds that are marked, with the mean of the first of them. */
static bool measure(struct yk_stay_day *day, const bool kinds[YK_STAY_KINDS])
{
    const struct yk_stay_tally *tally = day->tally;
    struct yk_rotation_sums sums = {0};
    int first = YK_STAY_KINDS;
    for (int kind = YK_STAY_KINDS - 1; kind > YK_STAY_FIXED; kind--)
        if (kinds[kind]) {
            struct yk_rotation_sums own = yk_stay_day_sums(day, kind);
            add(&sums, &own);
            first = kind;
        }
    struct yk_shape_life *lives = calloc(tally->life_count + 1, sizeof *lives);
    double *work = calloc(4 * tally->life_count + 4, sizeof *work);
    size_t count = 0;
    bool memory = lives && work;
    for (size_t i = 0; memory && i < tally->life_count; i++) {
        const struct yk_stay_life *life = &tally->lives[i];
        if (kinds[life->kind])
            lives[count++] = (struct yk_shape_life){(double)life->begin_ds / 10, (double)life->end_ds / 10,
                                                    life->began_before, life->goes_on};
    }
    struct yk_period_law law;
    struct yk_shape_fit fit;
    if (memory &&
        yk_period_shape(lives, count, work, &day->period[first], yk_rotation_two_g_s(&sums), &law, &fit) == YK_SHAPE_OK)
        for (int kind = first; kind < YK_STAY_KINDS; kind++)
            if (kinds[kind]) {
                double stretch = day->period[kind].period_s / law.mean_s;
                if (yk_law_stretch(&law, stretch, &day->law[kind]))
                    day->known_to_s[kind] = fit.known_to_s * stretch;
            }
    free(lives);
    free(work);
    return memory;
}

bool yk_stay_day_init(struct yk_stay_day *day, const struct yk_stay_tally *tally, const struct yk_radio_sums *sums,
                      const struct yk_rotation_period *resolvable, const struct yk_rotation_period *non_resolvable)
{
    const struct yk_rotation_period *period[YK_STAY_KINDS] = {NULL, resolvable, non_resolvable};
    *day = (struct yk_stay_day){.tally = tally, .sums = sums};
    for (int kind = YK_STAY_FIXED + 1; kind < YK_STAY_KINDS; kind++) {
        if (!period[kind] || !yk_law_of_period(period[kind], &day->law[kind]))
            continue;
        day->known[kind] = true;
        day->period[kind] = *period[kind];
        day->known_to_s[kind] = YK_LAW_KNOWN * period[kind]->period_s;
    }
    if (day->known[YK_STAY_RESOLVABLE] && day->known[YK_STAY_NON_RESOLVABLE] &&
        agree(&day->period[YK_STAY_RESOLVABLE], &day->period[YK_STAY_NON_RESOLVABLE]))
        return measure(day, (const bool[YK_STAY_KINDS]){false, true, true});
    return (!day->known[YK_STAY_RESOLVABLE] || measure(day, (const bool[YK_STAY_KINDS]){false, true, false})) &&
           (!day->known[YK_STAY_NON_RESOLVABLE] || measure(day, (const bool[YK_STAY_KINDS]){false, false, true}));
}
