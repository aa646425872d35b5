/* How far rotation periods vary. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/period_spread.h"

#include <math.h>
#include <stdlib.h>

#define OWN_SQ      0.0439 /* ((900 - 420)/(900 + 420))^2 / 3: drawn anew between 7 and 15 minutes */
#define MAKES_LEAST 0.25   /* share of the variance */

void yk_period_spread_of_law(const struct yk_period_law *law, struct yk_rotation_period *period)
{
    double shares = 0, square = 0;
    for (unsigned i = 0; i < law->count; i++) {
        const struct yk_law_part *p = &law->part[i];
        shares += p->share;
        square += p->share * (p->from_s * p->from_s + p->from_s * p->to_s + p->to_s * p->to_s) / 3;
    }
    double all = fmax(square / shares / (law->mean_s * law->mean_s) - 1, 0);
    double makes = fmax(all - OWN_SQ, MAKES_LEAST * all);
    period->cv = sqrt(all - makes);
    period->cv_between = sqrt(makes);
}

static int by_time(const void *a, const void *b)
{
    const struct yk_shape_life *x = a, *y = b;
    if (x->begin_s < y->begin_s || x->begin_s > y->begin_s)
        return x->begin_s < y->begin_s ? -1 : 1;
    return (x->end_s > y->end_s) - (x->end_s < y->end_s);
}

bool yk_period_spread(struct yk_shape_life *lives, size_t count, double two_g_s, struct yk_rotation_period *period)
{
    struct yk_period_law law;
    if (count == 0)
        return false;
    /* Lives come in the order of their pseudonyms, which hangs on the key; sums of doubles hang on the order. */
    qsort(lives, count, sizeof *lives, by_time);
    double *work = malloc((4 * count + 4) * sizeof *work);
    bool good = work && yk_period_shape(lives, count, work, period, two_g_s, &law, NULL) == YK_SHAPE_OK;
    if (good)
        yk_period_spread_of_law(&law, period);
    free(work);
    return good;
}
