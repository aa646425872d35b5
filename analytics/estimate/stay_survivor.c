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
 * Kinds. Addresses of several periods, and such that keep, add up: N G is a sum over stays, and each kind gives its own part of it.
 * The curve ends where the first of them does. An address that keeps has Fe' = 1, and its part is the product-limit survivor.
 *
 * Windows. Pieces that began before the window have an unknown age and are left out; those that go on are censored at
 * a length that has nothing to do with their own, so C(l) = (pieces begun) x (product-limit survivor), Kaplan and Meier
 * 1958. Exact for windows that begin and end empty, as a day does, and for steady traffic.
 *
 * Bounds. Where Fe' is below 0.2 (at about 0.8 R) the noise is five times that of the pieces and the answer hangs on
 * the law of the period: that is the horizon, or earlier where that law is known to less, or where the standard error of G
 * over the last eighth of the curve passes 0.1 (long stays leave many pieces, of which G is a small difference: 720 visits to a plaza have 0.4 at 0.8 R, and one in 60
 * records showed a median there that was 80 % too short). The error is that of a sum over pieces as if independent. (With one uniform law for half
 * the devices at 5-8 and half at 15 minutes and no such bound, a plaza's median of 35 minutes came out as 6.) H is known
 * at the horizon, so the mean is known always. */
#include "estimate/stay_survivor.h"

#include "estimate/isotonic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS  64
#define LAST   8 /* cells before the horizon that become one */
#define SE_MAX 0.1
#define CLOSER 0.9

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

/* A group at work. Lengths of stays are t; lives are heard for l = (t - 2g) / stretch of it. */
struct group {
    const struct yk_stay_group *in;
    struct yk_period_law net; /* of an address that is heard; unused where it keeps */
    double begun, longest_s;
    double stretch;             /* R / R' */
    double visits;              /* N */
    double beyond_s[CELLS + 1]; /* T at the cells' ends */
};

/* Cells over the lengths of stays. */
struct cells {
    double from_s, width_s;
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
    return YK_STAY_OK;
}

static double kept(const struct group *g, double l)
{
    return g->in->law ? yk_law_equilibrium(&g->net, fmax(l, 0)) : 1;
}

static double heard_s(const struct group *g, double t)
{
    return (t - g->in->two_g_s) / g->stretch;
}

/* Integral of the product-limit survivor of the pieces from the ends of cells on, times the pieces begun: T. Ends before a life
 * can begin have that of 0. */
static void integrate(struct group *g, const struct cells *cells)
{
    const struct yk_stay_piece *p = g->in->pieces;
    double at_risk = g->begun, survivor = 1, from = 0, sum = 0;
    int k = 0;
    while (k <= CELLS && heard_s(g, cells->from_s + k * cells->width_s) <= 0)
        g->beyond_s[k++] = 0;
    for (size_t i = 0; i < g->in->count;) {
        double t = p[i].length_s, ended = 0, gone = 0;
        for (; i < g->in->count && p[i].length_s == t; i++) {
            double w = p[i].began_before ? 0 : g->in->weight ? g->in->weight[i] : 1;
            gone += w;
            ended += p[i].goes_on ? 0 : w;
        }
        if (gone == 0)
            continue;
        for (double end; k <= CELLS && (end = heard_s(g, cells->from_s + k * cells->width_s)) < t; k++)
            g->beyond_s[k] = sum + survivor * (end - from);
        sum += survivor * (t - from);
        from = t;
        survivor *= 1 - ended / at_risk;
        at_risk -= gone;
    }
    while (k <= CELLS)
        g->beyond_s[k++] = sum;
    for (k = 0; k <= CELLS; k++)
        g->beyond_s[k] = (sum - g->beyond_s[k]) * g->begun;
    g->visits = g->begun - (g->in->law ? sum * g->begun / g->net.mean_s : 0);
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

/* Standard error of G between a and b: N (b - a) G is the sum of (L - a)+ / Fe'(a) - (L - b)+ / Fe'(b) over the pieces. */
static double noise(const struct group *groups, size_t count, double from_t, double to_t, double visits)
{
    double all = 0;
    for (size_t k = 0; k < count; k++) {
        const struct group *g = &groups[k];
        const struct yk_stay_piece *p = g->in->pieces;
        double a = fmax(heard_s(g, from_t), 0), b = fmax(heard_s(g, to_t), 0);
        double sum = 0, kept_a = kept(g, a), kept_b = kept(g, b);
        for (size_t i = g->in->count; i-- > 0 && p[i].length_s > a;) {
            double part = (p[i].length_s - a) / kept_a - fmax(p[i].length_s - b, 0) / kept_b;
            sum += (p[i].began_before ? 0 : g->in->weight ? g->in->weight[i] : 1) * part * part;
        }
        all += sum * g->stretch * g->stretch;
    }
    return sqrt(all) / (visits * (to_t - from_t));
}

static enum yk_stay_state open_group(const struct yk_stay_group *in, struct group *out)
{
    *out = (struct group){.in = in, .stretch = 1};
    enum yk_stay_state state = survey(in->pieces, in->weight, in->count, &out->begun, &out->longest_s);
    if (state != YK_STAY_OK)
        return state;
    if (!isfinite(in->two_g_s) || in->two_g_s < 0)
        return YK_STAY_NO_PERIOD;
    if (!in->law)
        return YK_STAY_OK;
    if (!(in->known_to_s > in->two_g_s) || !yk_law_shorten(in->law, in->two_g_s, &out->net))
        return YK_STAY_NO_PERIOD;
    out->stretch = in->law->mean_s / out->net.mean_s;
    return YK_STAY_OK;
}

/* N times the integral of G from the k-th end on. A stay lasts 2g at least. */
static double excess_of(const struct group *g, const struct cells *cells, int k)
{
    double t = cells->from_s + k * cells->width_s, before = fmax(g->in->two_g_s - t, 0);
    return g->visits * before + g->beyond_s[k] * g->stretch / kept(g, heard_s(g, t));
}

static double integrate_all(struct group *groups, size_t count, const struct cells *cells)
{
    double visits = 0;
    for (size_t i = 0; i < count; i++) {
        integrate(&groups[i], cells);
        visits += groups[i].visits;
    }
    return visits;
}

/* How the noise of C grows, as a mean over the groups. */
static double weight_of(const struct group *groups, size_t count, double t)
{
    double begun = 0, grown = 0;
    for (size_t i = 0; i < count; i++) {
        double share = kept(&groups[i], heard_s(&groups[i], t));
        begun += groups[i].begun;
        grown += groups[i].begun / (share * share);
    }
    return begun / grown;
}

static void draw_curve(const struct group *groups, size_t count, const struct cells *cells, bool whole,
                       struct yk_stay_survivor *out)
{
    double width = cells->width_s, g[CELLS], weights[CELLS], excess[CELLS + 1]; /* excess: H */
    for (int k = 0; k <= CELLS; k++) {
        excess[k] = 0;
        for (size_t i = 0; i < count; i++)
            excess[k] += excess_of(&groups[i], cells, k) / out->visits;
    }
    for (int k = 0; k < CELLS; k++) {
        g[k] = (excess[k] - excess[k + 1]) / width;
        weights[k] = weight_of(groups, count, cells->from_s + (k + 0.5) * width);
    }
    int used = whole ? CELLS : CELLS - LAST + 1;
    if (!whole) {
        g[used - 1] = (excess[used - 1] - excess[CELLS]) / (LAST * width);
        for (int k = used; k < CELLS; k++)
            weights[used - 1] += weights[k];
    }
    yk_isotonic_falling(g, weights, (unsigned)used, 0, 1);

    out->mean_s = excess[0] + cells->from_s;
    struct yk_stay_curve *c = &out->curve;
    c->survivor[c->count++] = 1;
    if (cells->from_s > 0) {
        c->t_s[c->count] = cells->from_s;
        c->survivor[c->count++] = 1;
    }
    for (int k = 0; k < used; k++) {
        double middle = !whole && k == used - 1 ? k + LAST / 2.0 : k + 0.5;
        c->t_s[c->count] = cells->from_s + middle * width;
        c->survivor[c->count++] = g[k];
    }
    if (whole) {
        c->t_s[c->count] = cells->from_s + CELLS * width;
        c->survivor[c->count++] = 0;
    } else {
        c->beyond_s = excess[CELLS] + g[used - 1] * width * LAST / 2;
    }
}

enum yk_stay_state yk_stay_survivor_pool(const struct yk_stay_group *groups, size_t count, struct yk_stay_survivor *out)
{
    memset(out, 0, sizeof *out);
    struct group work[YK_STAY_GROUPS];
    struct cells cells = {.from_s = (double)INFINITY};
    double begun = 0, end = (double)INFINITY, longest = 0;
    for (size_t i = 0; i < count; i++) {
        enum yk_stay_state state = open_group(&groups[i], &work[i]);
        if (state != YK_STAY_OK)
            return state;
        begun += work[i].begun;
        cells.from_s = fmin(cells.from_s, groups[i].two_g_s);
        longest = fmax(longest, fmax(work[i].longest_s, 1e-3) * (1 + 1e-9) * work[i].stretch + groups[i].two_g_s);
        if (groups[i].law) {
            double l = fmin(horizon_s(&work[i].net), groups[i].known_to_s - groups[i].two_g_s);
            end = fmin(end, l * work[i].stretch + groups[i].two_g_s);
        }
    }
    if (begun < YK_STAY_PIECES_MIN)
        return YK_STAY_TOO_FEW;
    bool whole = longest < end; /* nothing is cut off by the horizon */
    double far = (whole ? longest : end) - cells.from_s;
    cells.width_s = far / CELLS;
    double visits = integrate_all(work, count, &cells);
    if (!(visits > 0))
        return YK_STAY_NO_VISITS;
    bool quiet = noise(work, count, cells.from_s + far - LAST * cells.width_s, cells.from_s + far, visits) <= SE_MAX;
    if (!quiet) {
        for (int i = 0; i < CELLS && !quiet; i++) {
            far *= CLOSER;
            quiet = noise(work, count, cells.from_s + far * (1 - (double)LAST / CELLS), cells.from_s + far, visits) <=
                    SE_MAX;
        }
        whole = false;
        cells.width_s = far / CELLS;
        integrate_all(work, count, &cells);
    }
    out->visits = visits;
    draw_curve(work, count, &cells, whole, out);
    return YK_STAY_OK;
}

enum yk_stay_state yk_stay_survivor_estimate(const struct yk_stay_piece *pieces, const unsigned *weight, size_t count,
                                             const struct yk_period_law *law, double known_to_s, double two_g_s,
                                             struct yk_stay_survivor *out)
{
    return yk_stay_survivor_pool(&(struct yk_stay_group){pieces, weight, count, law, known_to_s, two_g_s}, 1, out);
}
