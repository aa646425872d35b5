/* How many places a visitor goes to. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Circulation asks how many places a visitor of the district goes to. Distinct addresses rotate between and within the
 * places; their ratio is 35 to 47 % too low, since a visitor's one stay in the district is cut more often than each of his visits.
 *
 * Method. Who goes to k places makes k visits and k - 1 moves, so visitors = place visits - moves: device visits of
 * rotation.c (S) and Horvitz and Thompson's flow of transition.c (F), each without bias, give Q = S / (S - F).
 *
 * What was tried. N = A - T/(R - 2g) over the district with the ways among its gaps (of_sums) needs no moves, but has a bias
 * that its places have not. Let a device's time L fall into gaps G of which a rotation breaks G/R each. The gaps left over have
 * T = L - S2/R and sum G^2 = S2 - S3/R with Sk = sum G^k, so that the rotations come out as
 *
 *     T/(R - 2g) = (L - S2/R)^2 / [R (L - 2 S2/R + S3/R^2)]   instead of L/R
 *
 * which is the same only where S3 = S2^2/L, all gaps alike; a few ways among many adverts make S3 larger, rotations too few and
 * visitors too many. A tally of the gaps' lengths heals it, and that is what the flow is made of.
 * *Distinct* places per visitor are not in these numbers: whether a later visit is to a place seen before, only an address that
 * stays can tell.
 *
 * Interval. Delta method (Cochran, Sampling Techniques, 3rd edition, 1977, section 6.3, for ratios): dQ = (S dF - F dS) / (S - F)^2
 * with rotations in stays and on ways independent, as they lie in different times. A device of short period shows too many
 * addresses at each of its places: Var S is that of the places added up, times Q (without it intervals hold the truth in 86 % of
 * records of long stays under a mixture of periods). A shorter period lowers S and raises F, both at
 * once: for each slot the ratio is made anew at either end of the period's interval. Of distinct places: Student's t. */
#include "estimate/circulation.h"

#include <gsl/gsl_cdf.h>

#include <math.h>

static const struct yk_interval NONE = {(double)NAN, (double)NAN, (double)NAN};

const char *yk_circulation_state_text(enum yk_circulation_state state)
{
    switch (state) {
    case YK_CIRCULATION_OK:
        return "ok";
    case YK_CIRCULATION_NOBODY:
        return "no device was heard";
    case YK_CIRCULATION_NO_VISITS:
        return "device visits are not known";
    case YK_CIRCULATION_UNSURE:
        return "the rotation period is not known well enough";
    }
    return "unknown";
}

/* Places over visitors, at the estimate and at the ends of each period's interval. */
struct ends {
    double place_visits[YK_PERIOD_SLOTS][2];
    double visitors[YK_PERIOD_SLOTS][2];
};

static enum yk_circulation_state make(double place_visits, double visitors, double variance, const struct ends *at,
                                      struct yk_circulation *out)
{
    out->place_visits = place_visits;
    out->visitors = visitors;
    if (!(visitors > 0) || !(place_visits > 0))
        return YK_CIRCULATION_UNSURE;
    double ratio = place_visits / visitors;
    double down = YK_Z95 * YK_Z95 * variance, up = down;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        if (!(at->visitors[i][0] > 0) || !(at->visitors[i][1] > 0))
            return YK_CIRCULATION_UNSURE;
        double a = at->place_visits[i][0] / at->visitors[i][0] - ratio;
        double b = at->place_visits[i][1] / at->visitors[i][1] - ratio;
        double low = fmin(fmin(a, b), 0), high = fmax(fmax(a, b), 0);
        down += low * low;
        up += high * high;
    }
    out->raw = ratio;
    out->per_visitor.value = fmax(ratio, 1);
    out->per_visitor.lower = fmax(ratio - sqrt(down), 1);
    out->per_visitor.upper = fmax(ratio + sqrt(up), 1);
    return YK_CIRCULATION_OK;
}

enum yk_circulation_state yk_circulation_of_moves(const struct yk_visits *places,
                                                  const struct yk_transition_flow *moves, struct yk_circulation *out)
{
    *out = (struct yk_circulation){.per_visitor = NONE};
    if (!(places->addresses > 0))
        return YK_CIRCULATION_NOBODY;
    double s = places->raw, f = moves->value, square = (s - f) * (s - f);
    double together = s > f ? s / (s - f) : 1; /* places a device takes its own rate of rotation to */
    double variance = (s * s * moves->variance + f * f * together * places->variance) / (square * square);
    struct ends at;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        at.place_visits[i][0] = s - places->shift_down[i];
        at.visitors[i][0] = at.place_visits[i][0] - (f + moves->shift_up[i]);
        at.place_visits[i][1] = s + places->shift_up[i];
        at.visitors[i][1] = at.place_visits[i][1] - (f - moves->shift_down[i]);
    }
    return make(s, s - f, variance, &at, out);
}

enum yk_circulation_state yk_circulation_of_sums(const struct yk_rotation_sums *places, size_t count,
                                                 const struct yk_rotation_sums *district,
                                                 const struct yk_rotation_period *period, struct yk_circulation *out)
{
    *out = (struct yk_circulation){.per_visitor = NONE};
    struct yk_visits s = {0}, d;
    for (size_t i = 0; i < count; i++) {
        if (places[i].addresses == 0)
            continue;
        if (yk_visits_rotating(&places[i], period, &d) != YK_VISITS_OK)
            return YK_CIRCULATION_NO_VISITS;
        yk_visits_add(&s, &d);
    }
    if (district->addresses == 0 || !(s.addresses > 0))
        return YK_CIRCULATION_NOBODY;
    if (yk_visits_rotating(district, period, &d) != YK_VISITS_OK)
        return YK_CIRCULATION_NO_VISITS;
    double ratio = s.raw / d.raw, variance = (s.variance + ratio * ratio * d.variance) / (d.raw * d.raw);
    struct ends at;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        at.place_visits[i][0] = s.raw - s.shift_down[i];
        at.visitors[i][0] = d.raw - d.shift_down[i];
        at.place_visits[i][1] = s.raw + s.shift_up[i];
        at.visitors[i][1] = d.raw + d.shift_up[i];
    }
    return make(s.raw, d.raw, variance, &at, out);
}

void yk_places_note(struct yk_places_tally *to, unsigned places)
{
    if (places > 0)
        to->visitors[places < YK_PLACES_MAX ? places : YK_PLACES_MAX]++;
}

void yk_places_merge(struct yk_places_tally *to, const struct yk_places_tally *from)
{
    for (int k = 0; k <= YK_PLACES_MAX; k++)
        to->visitors[k] += from->visitors[k];
}

const char *yk_places_state_text(enum yk_places_state state)
{
    switch (state) {
    case YK_PLACES_OK:
        return "ok";
    case YK_PLACES_BAD_COUNTS:
        return "negative counts";
    case YK_PLACES_TOO_FEW:
        return "too few visitors with an address that stays";
    }
    return "unknown";
}

enum yk_places_state yk_places_mean(const struct yk_places_tally *tally, struct yk_places *out)
{
    *out = (struct yk_places){.mean = NONE};
    double sum = 0, squares = 0;
    for (int k = 1; k <= YK_PLACES_MAX; k++) {
        if (tally->visitors[k] < 0)
            return YK_PLACES_BAD_COUNTS;
        out->visitors += tally->visitors[k];
        sum += k * (double)tally->visitors[k];
    }
    if (out->visitors < YK_PLACES_VISITORS_MIN)
        return YK_PLACES_TOO_FEW;
    double n = (double)out->visitors, mean = sum / n;
    for (int k = 1; k <= YK_PLACES_MAX; k++)
        squares += (k - mean) * (k - mean) * (double)tally->visitors[k];
    double half = gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(squares / (n - 1) / n);
    out->mean = (struct yk_interval){mean, fmax(mean - half, 1), mean + half};
    return YK_PLACES_OK;
}
