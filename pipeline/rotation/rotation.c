/* Device visits under address rotation, without linking addresses. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A phone changes its address every few minutes, so distinct addresses count stays of long duration many
 * times.
 *
 * Method. A device that is present for a time tau, entering at a random phase of its period, shows 1 + tau/R addresses
 * on average whatever the law of the period (stationary renewal process with mean R). Over a window, rotations = device
 * time / R and devices = addresses - rotations. What is heard falls short of the device time: a life runs from its
 * first to its last advert, so each rotation costs the silent gap around it, of mean 2g = sum G^2 / sum G (a random
 * instant falls into long gaps more often), hence rotations = T / (R - 2g). A life cut by the window's edge was counted
 * up to the edge and half such a gap too far: - g (c0 + c1).
 *
 * Variance. A device there for m periods shows a spread of phases, f (1 - f) with f = m mod 1 where periods are all alike,
 * and 1/6 on average over stays. Three things are known of the m of a window of W periods: their mean, presence / (R N); that
 * none is above W; and that at least the share s = (c0 + c1 - N)/N is there from end to end (whoever is not, is missing at an
 * end), with m = W. The others are taken to spread as evenly as if they came and left at any time: m (1 - 4/3 m) up to its top,
 * 3/16, which is an upper bound for any smooth law of stays. Where the window's length is not told nothing is known of ends and
 * all may have the same m: m' (1 - m'), m' = min(m, 1/2). Periods that vary within a device add cv^2 m. Devices of different
 * make keep their own rate over the whole stay, which does not average out: cv_between^2 times the mean square of m, which is
 * (1 + v^2) m^2 with v the variation of the stays. 1 + v^2 is taken as 2 (1.4 is right for a plaza, 3 where a third stays and
 * the others pass: with 1.5 an hour there held 91 %); no mean square is above W m. (Without this term hours of long stays under
 * a mixture of 5-8 and 15 minutes hold 73 %.) What arrivals and departures are off by is the same rotations.
 *
 * The period's error moves all cells that use it the same way. It acts as a factor on R - 2g, taken as log-normal: the
 * lower bound sees the full growth of the rotations and not its tangent.
 *
 * Domain. R > 2g; bias and coverage by simulation in docs/METHODS.md. Doubles; sums of up to 2^53 tenths are exact. */
#include "rotation/rotation.h"

#include <math.h>
#include <string.h>

#define Z95   1.959963984540054
#define STAYS 2.0       /* mean square of stays inside a window over the square of their mean */
#define EVEN  (1.0 / 6) /* mean of f (1 - f) */

const char *yk_visits_state_text(enum yk_visits_state state)
{
    switch (state) {
    case YK_VISITS_OK:
        return "ok";
    case YK_VISITS_BAD_SUMS:
        return "sums that contradict each other";
    case YK_VISITS_NO_PERIOD:
        return "the rotation period is not known";
    case YK_VISITS_TOO_SLOW:
        return "adverts are heard too rarely for the rotation period";
    }
    return "unknown";
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

double yk_rotation_two_g_s(const struct yk_rotation_sums *sums)
{
    return sums->gap_ds > 0 && sums->gap_sq_ds2 > 0 ? (double)sums->gap_sq_ds2 / (double)sums->gap_ds / 10 : 0;
}

static enum yk_visits_state check(const struct yk_rotation_sums *s, const struct yk_rotation_period *p)
{
    if (s->addresses < 0 || s->births < 0 || s->deaths < 0 || s->carried_in < 0 || s->carried_out < 0 ||
        s->life_ds < 0 || s->gap_ds < 0 || s->gap_sq_ds2 < 0 || s->carried_in > s->addresses ||
        s->carried_out > s->addresses)
        return YK_VISITS_BAD_SUMS;
    if (!p || !isfinite(p->period_s) || !isfinite(p->se_s) || !isfinite(p->cv) || !isfinite(p->cv_between) ||
        p->period_s <= 0 || p->se_s < 0 || p->cv < 0 || p->cv_between < 0 || p->slot >= YK_PERIOD_SLOTS)
        return YK_VISITS_NO_PERIOD;
    if (p->period_s <= yk_rotation_two_g_s(s))
        return YK_VISITS_TOO_SLOW;
    return YK_VISITS_OK;
}

/* The interval from raw, variance and shifts. Independent parts add as squares, each side on its own. */
static void finish(struct yk_visits *v)
{
    double down = Z95 * Z95 * v->variance, up = down;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        down += v->shift_down[i] * v->shift_down[i];
        up += v->shift_up[i] * v->shift_up[i];
    }
    v->value = clamp(v->raw, v->floor, v->addresses);
    v->lower = clamp(v->raw - sqrt(down), v->floor, v->addresses);
    v->upper = clamp(v->raw + sqrt(up), v->floor, v->addresses);
}

void yk_visits_exact(int64_t addresses, struct yk_visits *out)
{
    *out = (struct yk_visits){0};
    double a = addresses > 0 ? (double)addresses : 0;
    out->value = out->raw = out->lower = out->upper = out->addresses = out->floor = a;
}

void yk_visits_add(struct yk_visits *to, const struct yk_visits *cell)
{
    to->raw += cell->raw;
    to->floor += cell->floor;
    to->addresses += cell->addresses;
    to->variance += cell->variance;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        to->shift_down[i] += cell->shift_down[i];
        to->shift_up[i] += cell->shift_up[i];
    }
    finish(to);
}

/* What all estimates of one window share. */
struct window {
    double t_s;         /* T */
    double g_s;         /* g */
    double net_s;       /* R - 2g */
    double turns;       /* presence / R: rotations, those in silence included */
    double rotations;   /* of all that were heard */
    double cv, between; /* variations of the period */
    double devices;     /* N, at least 0 */
    double ends;        /* c0 + c1 */
    double whole;       /* the window's length / R; 0: not told */
    double grow;        /* by how much rotations grow, at most, with the period's error: (R - 2g) at its 2.5 % end */
    double shrink;      /* and shrink */
};

static struct window describe(const struct yk_rotation_sums *s, const struct yk_rotation_period *p, double window_s)
{
    struct window w = {.cv = p->cv, .between = p->cv_between};
    w.t_s = (double)s->life_ds / 10;
    w.g_s = yk_rotation_two_g_s(s) / 2;
    w.net_s = p->period_s - 2 * w.g_s;
    double unfilled = 2 * (double)s->addresses - (double)s->carried_in - (double)s->carried_out;
    w.turns = (w.t_s + w.g_s * unfilled) / p->period_s;
    double error = Z95 * p->se_s / w.net_s;
    w.grow = exp(error) - 1;
    w.shrink = 1 - exp(-error);
    w.ends = (double)s->carried_in + (double)s->carried_out;
    w.rotations = (w.t_s - w.g_s * w.ends) / w.net_s;
    w.devices = clamp((double)s->addresses - w.rotations, fmin((double)s->addresses, 1), (double)s->addresses);
    w.whole = window_s > 0 ? window_s / p->period_s : 0;
    return w;
}

/* Of the phases of devices that are there from end to end. The edge of a period that varies is smeared over c sqrt(whole). */
static double phases_of_whole(const struct window *w)
{
    double part = w->whole - floor(w->whole);
    double smear = 0.8 * sqrt((w->cv * w->cv + w->between * w->between) * w->whole);
    return fmax(part * (1 - part), fmin(smear, EVEN));
}

/* Variance of the rotations. */
static double spread(const struct window *w)
{
    if (w->devices <= 0)
        return 0;
    double m = w->turns / w->devices, phases, square;
    if (w->whole > 0 && m < w->whole) {
        double share = clamp((w->ends - w->devices) / w->devices, 0, m / w->whole);
        double rest = share < 1 ? (m - share * w->whole) / (1 - share) : 0, top = fmin(rest, 3.0 / 8);
        phases = share * phases_of_whole(w) + (1 - share) * top * (1 - 4.0 / 3 * top);
        square = share * w->whole * w->whole + (1 - share) * fmin(STAYS * rest, w->whole) * rest;
    } else {
        double part = fmin(m, 0.5);
        phases = part * (1 - part);
        square = STAYS * m * m;
    }
    return w->devices * (phases + w->cv * w->cv * m + w->between * w->between * square);
}

enum yk_visits_state yk_visits_rotating(const struct yk_rotation_sums *s, const struct yk_rotation_period *p,
                                        struct yk_visits *out)
{
    return yk_visits_in_window(s, p, 0, out);
}

enum yk_visits_state yk_visits_in_window(const struct yk_rotation_sums *s, const struct yk_rotation_period *p,
                                         double window_s, struct yk_visits *out)
{
    memset(out, 0, sizeof *out);
    out->addresses = s->addresses > 0 ? (double)s->addresses : 0;
    out->floor = fmin(out->addresses, 1);
    out->lower = out->floor;
    out->value = out->raw = out->upper = out->addresses;
    enum yk_visits_state state = check(s, p);
    if (state != YK_VISITS_OK)
        return state;
    struct window w = describe(s, p, window_s);
    out->raw = out->addresses - w.rotations;
    out->variance = spread(&w);
    out->shift_down[p->slot] = fmax(w.rotations, 0) * w.grow;
    out->shift_up[p->slot] = fmax(w.rotations, 0) * w.shrink;
    finish(out);
    return YK_VISITS_OK;
}

static struct yk_flow flow(double ends, double rotations, const struct window *w)
{
    rotations = fmax(rotations, 0);
    double raw = ends - rotations, variance = spread(w);
    double shift_down = rotations * w->grow, shift_up = rotations * w->shrink;
    double down = sqrt(Z95 * Z95 * variance + shift_down * shift_down);
    double up = sqrt(Z95 * Z95 * variance + shift_up * shift_up);
    return (struct yk_flow){clamp(raw, 0, ends), clamp(raw - down, 0, ends), clamp(raw + up, 0, ends), raw};
}

enum yk_visits_state yk_rotation_flows(const struct yk_rotation_sums *s, const struct yk_rotation_period *p,
                                       struct yk_rotation_flows *out)
{
    return yk_flows_in_window(s, p, 0, out);
}

enum yk_visits_state yk_flows_in_window(const struct yk_rotation_sums *s, const struct yk_rotation_period *p,
                                        double window_s, struct yk_rotation_flows *out)
{
    memset(out, 0, sizeof *out);
    enum yk_visits_state state = check(s, p);
    if (state != YK_VISITS_OK)
        return state;
    struct window w = describe(s, p, window_s);
    double in_less_out = (double)s->carried_in - (double)s->carried_out;
    out->arrivals = flow((double)s->births, (w.t_s + w.g_s * in_less_out) / w.net_s, &w);
    out->departures = flow((double)s->deaths, (w.t_s - w.g_s * in_less_out) / w.net_s, &w);
    double passed = (out->arrivals.raw + out->departures.raw) / 2;
    if (passed > 0)
        out->mean_stay_s = w.t_s * p->period_s / w.net_s / passed + 2 * w.g_s;
    return YK_VISITS_OK;
}

double yk_rotation_occupancy(const struct yk_rotation_sums *s, double window_s)
{
    if (!(window_s > 0))
        return 0;
    double g_s = yk_rotation_two_g_s(s) / 2;
    return ((double)s->life_ds / 10 + g_s * ((double)s->births + (double)s->deaths)) / window_s;
}
