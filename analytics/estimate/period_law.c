/* Mixtures of uniform periods. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/period_law.h"

#include <math.h>

bool yk_law_make(const struct yk_law_part *parts, unsigned count, struct yk_period_law *out)
{
    *out = (struct yk_period_law){0};
    if (count == 0 || count > YK_LAW_PARTS)
        return false;
    double sum = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct yk_law_part *p = &parts[i];
        if (!isfinite(p->share) || !isfinite(p->from_s) || !isfinite(p->to_s) || p->share <= 0 || p->from_s < 0 ||
            p->to_s < p->from_s || p->to_s <= 0)
            return false;
        sum += p->share;
    }
    for (unsigned i = 0; i < count; i++) {
        out->part[i] = parts[i];
        out->part[i].share /= sum;
        out->mean_s += out->part[i].share * (parts[i].from_s + parts[i].to_s) / 2;
    }
    out->count = count;
    return true;
}

bool yk_law_of_period(const struct yk_rotation_period *period, struct yk_period_law *out)
{
    double half = sqrt(3) * period->cv * period->period_s;
    struct yk_law_part part = {1, fmax(period->period_s - half, 0), period->period_s + half};
    return yk_law_make(&part, 1, out);
}

bool yk_law_shorten(const struct yk_period_law *law, double by_s, struct yk_period_law *out)
{
    struct yk_law_part parts[YK_LAW_PARTS];
    unsigned count = 0;
    for (unsigned i = 0; i < law->count; i++) {
        const struct yk_law_part *p = &law->part[i];
        double from = fmax(p->from_s - by_s, 0), to = p->to_s - by_s;
        if (to <= 0)
            continue;
        double kept = p->to_s > p->from_s ? (to - from) / (p->to_s - p->from_s) : 1;
        parts[count++] = (struct yk_law_part){p->share * kept, from, to};
    }
    return yk_law_make(parts, count, out);
}

bool yk_law_stretch(const struct yk_period_law *law, double factor, struct yk_period_law *out)
{
    struct yk_law_part parts[YK_LAW_PARTS];
    for (unsigned i = 0; i < law->count; i++)
        parts[i] = (struct yk_law_part){law->part[i].share, law->part[i].from_s * factor, law->part[i].to_s * factor};
    return yk_law_make(parts, law->count, out);
}

double yk_law_survivor(const struct yk_period_law *law, double t)
{
    double sum = 0;
    for (unsigned i = 0; i < law->count; i++) {
        const struct yk_law_part *p = &law->part[i];
        if (t <= p->from_s)
            sum += p->share;
        else if (t < p->to_s)
            sum += p->share * (p->to_s - t) / (p->to_s - p->from_s);
    }
    return sum;
}

double yk_law_equilibrium(const struct yk_period_law *law, double t)
{
    double sum = 0;
    t = fmax(t, 0);
    for (unsigned i = 0; i < law->count; i++) {
        const struct yk_law_part *p = &law->part[i];
        if (t <= p->from_s)
            sum += p->share * ((p->from_s + p->to_s) / 2 - t);
        else if (t < p->to_s)
            sum += p->share * (p->to_s - t) * (p->to_s - t) / (2 * (p->to_s - p->from_s));
    }
    return sum / law->mean_s;
}

double yk_law_shortest_s(const struct yk_period_law *law)
{
    double shortest = (double)INFINITY;
    for (unsigned i = 0; i < law->count; i++)
        shortest = fmin(shortest, law->part[i].from_s);
    return shortest;
}

double yk_law_longest_s(const struct yk_period_law *law)
{
    double longest = 0;
    for (unsigned i = 0; i < law->count; i++)
        longest = fmax(longest, law->part[i].to_s);
    return longest;
}
