/* How long devices stay that change their address. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A stay is heard in pieces, one an address, and which pieces belong together is not known and is not to be. The
 * end of a piece may be a departure or a rotation, so nothing is labelled as censored; and all pieces but the first
 * begin at an unknown age of the stay. Product-limit estimates of the pieces put medians 76 % too low to 117 % too high.
 *
 * Method. Let G be the survivor of stays and H(l) the integral of G from l on, F' and Fe' the survivors of the period P - 2g
 * and of its equilibrium law (period_law.h), R' its mean. A device enters at a random phase, so its first piece outlasts l with
 * chance Fe'(l) G(l); its later ones begin at rate 1/R' while it stays and outlast l if both the new period and the stay
 * do. Per visit the pieces longer than l are
 *
 *     C(l) / N = Fe'(l) G(l) + F'(l)/R' H(l),     and since F'/R' = - d Fe'/dl, that is - d/dl [Fe' H]
 *
 * so that the seconds of pieces beyond l, T(l) = sum (L - l)+ = integral of C from l on, are N Fe'(l) H(l), and
 *
 *     N H(l) = T(l) / Fe'(l),     N G(l) = - d/dl [T(l) / Fe'(l)] = C(l)/Fe'(l) - T(l) F'(l) / (R' Fe'(l)^2)
 *
 * No model of stays, no pair of pieces. At l = 0 it is the count of visits (rotation.c). G is taken as the fall of T/Fe'
 * over small cells rather than from its right-hand side: the noise is the same and F', which is much harder to know than its
 * integral Fe', is not needed. The cells are then made to fall (isotonic.c); their weight is Fe'^2, the inverse of
 * how the noise of C grows. The last few before the horizon are one: a falling sequence follows the noise at its end, where it
 * is loudest, and would now and then run down through a half.
 *
 * Silence. Each rotation costs a gap of 2g on average and the two ends of a stay one more: a stay heard for l in pieces
 * lasted l R/R' + 2g.
 *
 * Windows. Pieces that began before the window have an unknown age and are left out; those that go on are censored at
 * a length that has nothing to do with their own, so C(l) = (pieces begun) x (product-limit survivor), Kaplan and Meier
 * 1958. Exact for windows that begin and end empty, as a day does, and for steady traffic.
 *
 * Bounds. Where Fe' is below 0.2 (at about 0.8 R) the noise is five times that of the pieces and the answer hangs on
 * the law of the period: that is the horizon, or earlier where that law is known to less. (With one uniform law for half
 * the devices at 5-8 and half at 15 minutes and no such bound, a plaza's median of 35 minutes came out as 6.) H is known
 * at the horizon, so the mean is known always. */
#include "estimate/stay_survivor.h"

#include "estimate/isotonic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 64
#define LAST  8 /* cells before the horizon that become one */

const char *yk_stay_state_text(enum yk_stay_state state)
{
    switch (state) {
    case YK_STAY_OK:
        return "ok";
    case YK_STAY_BAD_PIECES:
        return "lives of addresses that contradict themselves";
    case YK_STAY_NO_PERIOD:
        return "adverts are heard too rarely for the rotation period";
    case YK_STAY_TOO_FEW:
        return "too few addresses for a length of stay";
    case YK_STAY_NO_VISITS:
        return "the rotation period is too short for these lives";
    }
    return "unknown";
}

static int by_length(const void *a, const void *b)
{
    double x = ((const struct yk_stay_piece *)a)->length_s, y = ((const struct yk_stay_piece *)b)->length_s;
    return (x > y) - (x < y);
}

void yk_stay_sort(struct yk_stay_piece *pieces, size_t count)
{
    qsort(pieces, count, sizeof *pieces, by_length);
}

/* Pieces begun, as a survivor over l, and how much of it lies beyond each end of a cell. */
struct pieces {
    double begun, longest_s;
    double beyond_s[CELLS + 1]; /* T at the cells' ends */
};

static enum yk_stay_state survey(const struct yk_stay_piece *p, const unsigned *weight, size_t count, double *begun,
                                 double *longest)
{
    *begun = *longest = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(p[i].length_s) || p[i].length_s < 0 || (i > 0 && p[i].length_s < p[i - 1].length_s))
            return YK_STAY_BAD_PIECES;
        double w = weight ? weight[i] : 1;
        if (p[i].began_before || w == 0)
            continue;
        *begun += w;
        *longest = p[i].length_s;
    }
    return *begun < YK_STAY_PIECES_MIN ? YK_STAY_TOO_FEW : YK_STAY_OK;
}

/* Integral of the product-limit survivor of the pieces between the ends of cells, summed from the far end: T / begun. */
static void integrate(const struct yk_stay_piece *p, const unsigned *weight, size_t count, double width,
                      struct pieces *out)
{
    double at_risk = out->begun, survivor = 1, from = 0, inside[CELLS + 1] = {0};
    for (size_t i = 0; i < count;) {
        double t = p[i].length_s, ended = 0, gone = 0;
        for (; i < count && p[i].length_s == t; i++) {
            double w = p[i].began_before ? 0 : weight ? weight[i] : 1;
            gone += w;
            ended += p[i].goes_on ? 0 : w;
        }
        if (gone == 0)
            continue;
        while (from < t) {
            double cell = floor(from / width);
            double to = fmin((cell + 1) * width, t);
            if (to <= from) /* a cell's end, rounded */
                to = fmin((++cell + 1) * width, t);
            inside[(int)fmin(cell, CELLS)] += survivor * (to - from);
            if (cell >= CELLS) {
                inside[CELLS] += survivor * (t - to);
                to = t;
            }
            from = to;
        }
        survivor *= 1 - ended / at_risk;
        at_risk -= gone;
    }
    double sum = 0;
    for (int k = CELLS; k >= 0; k--) {
        sum += inside[k] * out->begun;
        out->beyond_s[k] = sum;
    }
}

/* Where Fe' has come down to the limit. */
static double horizon_s(const struct yk_period_law *law)
{
    double low = 0, high = yk_law_longest_s(law);
    for (int i = 0; i < 60; i++) {
        double mid = (low + high) / 2;
        *(yk_law_equilibrium(law, mid) > YK_STAY_HORIZON ? &low : &high) = mid;
    }
    return low;
}

enum yk_stay_state yk_stay_survivor_estimate(const struct yk_stay_piece *pieces, const unsigned *weight, size_t count,
                                             const struct yk_period_law *law, double known_to_s, double two_g_s,
                                             struct yk_stay_survivor *out)
{
    memset(out, 0, sizeof *out);
    struct pieces sums = {0};
    enum yk_stay_state state = survey(pieces, weight, count, &sums.begun, &sums.longest_s);
    if (state != YK_STAY_OK)
        return state;
    struct yk_period_law net;
    if (!isfinite(two_g_s) || two_g_s < 0 || !(known_to_s > two_g_s) || !yk_law_shorten(law, two_g_s, &net))
        return YK_STAY_NO_PERIOD;
    double horizon = fmin(horizon_s(&net), known_to_s - two_g_s), stretch = law->mean_s / net.mean_s;
    bool whole = sums.longest_s < horizon; /* nothing is cut off by the horizon */
    double end = whole ? fmax(sums.longest_s, 1e-3) * (1 + 1e-9) : horizon, width = end / CELLS;
    integrate(pieces, weight, count, width, &sums);
    double visits = sums.begun - sums.beyond_s[0] / net.mean_s;
    if (!(visits > 0))
        return YK_STAY_NO_VISITS;

    double g[CELLS], weights[CELLS], excess[CELLS + 1]; /* excess: H */
    for (int k = 0; k <= CELLS; k++)
        excess[k] = sums.beyond_s[k] / yk_law_equilibrium(&net, k * width) / visits;
    for (int k = 0; k < CELLS; k++) {
        double kept = yk_law_equilibrium(&net, (k + 0.5) * width);
        g[k] = (excess[k] - excess[k + 1]) / width;
        weights[k] = kept * kept;
    }
    int cells = whole ? CELLS : CELLS - LAST + 1;
    if (!whole) {
        g[cells - 1] = (excess[cells - 1] - excess[CELLS]) / (LAST * width);
        for (int k = cells; k < CELLS; k++)
            weights[cells - 1] += weights[k];
    }
    yk_isotonic_falling(g, weights, (unsigned)cells, 0, 1);

    out->visits = visits;
    out->mean_s = excess[0] * stretch + two_g_s;
    struct yk_stay_curve *c = &out->curve;
    c->survivor[c->count++] = 1;
    if (two_g_s > 0) {
        c->t_s[c->count] = two_g_s;
        c->survivor[c->count++] = 1;
    }
    for (int k = 0; k < cells; k++) {
        double middle = !whole && k == cells - 1 ? k + LAST / 2.0 : k + 0.5;
        c->t_s[c->count] = middle * width * stretch + two_g_s;
        c->survivor[c->count++] = g[k];
    }
    if (whole) {
        c->t_s[c->count] = end * stretch + two_g_s;
        c->survivor[c->count++] = 0;
    } else {
        c->beyond_s = (excess[CELLS] + g[cells - 1] * width * LAST / 2) * stretch;
    }
    return YK_STAY_OK;
}
