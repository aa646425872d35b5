/* How many ids are in both of two sets. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. |A and B| from |A| + |B| - |A or B| takes the difference of large estimates: with 1 % error of each, an overlap of
 * 2 % is noise. It has to be counted, in a sample that both sets draw alike.
 *
 * Method. Keep the k smallest ids and, as theta, the (k+1)th as a part of 2^64. Given theta each id of the set is kept with
 * chance theta by itself, so n = kept / theta, without bias: Bar-Yossef et al., Counting distinct elements in a data stream (2002),
 * in the form of Dasgupta, Lang, Rhodes and Thaler, A framework for estimating stream expression cardinalities (2015,
 * arXiv:1510.01455), whose theorem says that the same holds for unions and intersections with theta = min. A union of
 * sketches is the sketch of the union, byte by byte. An intersection keeps what is in both below the smaller theta: a
 * smaller sample, and a wider interval.
 *
 * Interval. Kept is binomial (n, theta). The bounds are those n under which as few, or as many, are kept in 2.5 %, the
 * exact limits of Clopper and Pearson turned to n (binomial tails by the incomplete beta function of GSL). They are wide
 * where few are kept and right where none is: 0 to 3.7/theta.
 *
 * Bounds. The theta of an intersection is that of the larger set: an overlap of a thousandth of a million ids shows as four
 * kept ids, about 1000 (270 to 2500). Ids have to be spread evenly over 64 bits. */
#include "estimate/theta_sketch.h"

#include <gsl/gsl_cdf.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define TAIL   0.025
#define HALVES 200

void yk_theta_sketch_clear(struct yk_theta_sketch *sketch)
{
    memset(sketch, 0, sizeof *sketch);
    sketch->limit = UINT64_MAX;
}

/* First place whose id is not below this one. */
static uint32_t place_of(const struct yk_theta_sketch *sketch, uint64_t id)
{
    uint32_t from = 0, to = sketch->count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (sketch->ids[middle] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void forget_from(struct yk_theta_sketch *sketch, uint32_t count)
{
    memset(&sketch->ids[count], 0, (YK_THETA_K + 1 - count) * sizeof sketch->ids[0]);
    sketch->count = count;
}

void yk_theta_sketch_add(struct yk_theta_sketch *sketch, uint64_t id)
{
    if (id >= sketch->limit)
        return;
    uint32_t at = place_of(sketch, id);
    if (at < sketch->count && sketch->ids[at] == id)
        return;
    memmove(&sketch->ids[at + 1], &sketch->ids[at], (sketch->count - at) * sizeof sketch->ids[0]);
    sketch->ids[at] = id;
    if (++sketch->count > YK_THETA_K) {
        sketch->limit = sketch->ids[YK_THETA_K];
        forget_from(sketch, YK_THETA_K);
    }
}

static void lower_limit(struct yk_theta_sketch *sketch, uint64_t limit)
{
    if (limit >= sketch->limit)
        return;
    sketch->limit = limit;
    forget_from(sketch, place_of(sketch, limit));
}

void yk_theta_sketch_unite(struct yk_theta_sketch *to, const struct yk_theta_sketch *from)
{
    lower_limit(to, from->limit);
    for (uint32_t i = 0; i < from->count && from->ids[i] < to->limit; i++)
        yk_theta_sketch_add(to, from->ids[i]);
}

void yk_theta_sketch_intersect(struct yk_theta_sketch *to, const struct yk_theta_sketch *from)
{
    lower_limit(to, from->limit);
    uint32_t kept = 0;
    for (uint32_t i = 0, j = 0; i < to->count; i++) {
        while (j < from->count && from->ids[j] < to->ids[i])
            j++;
        if (j < from->count && from->ids[j] == to->ids[i])
            to->ids[kept++] = to->ids[i];
    }
    forget_from(to, kept);
}

/* P(as many kept or more | n) rises with n. */
static double as_many(double kept, double n, double theta)
{
    return gsl_cdf_beta_P(theta, kept, n - kept + 1);
}

static double as_few(double kept, double n, double theta)
{
    return gsl_cdf_beta_Q(theta, kept + 1, n - kept);
}

/* n at which the tail is 2.5 %: as_many rises, as_few falls. */
static double solve(double kept, double theta, bool upper)
{
    double from = kept, to = kept + 1;
    if (!upper && as_many(kept, kept, theta) >= TAIL) /* there are no fewer than were seen */
        return kept;
    while (to < 1e20 && (upper ? as_few(kept, to, theta) > TAIL : as_many(kept, to, theta) < TAIL))
        to = 2 * to;
    for (int i = 0; i < HALVES && to - from > 1e-9 * to; i++) {
        double n = from + (to - from) / 2;
        bool below = upper ? n <= kept || as_few(kept, n, theta) > TAIL : as_many(kept, n, theta) < TAIL;
        *(below ? &from : &to) = n;
    }
    return to;
}

struct yk_interval yk_theta_sketch_count(const struct yk_theta_sketch *sketch)
{
    double kept = sketch->count;
    if (sketch->limit == UINT64_MAX)
        return (struct yk_interval){kept, kept, kept};
    double theta = ldexp((double)sketch->limit, -64), n = kept / theta;
    return (struct yk_interval){n, kept > 0 ? fmin(solve(kept, theta, false), n) : 0,
                                fmax(solve(kept, theta, true), n)};
}
