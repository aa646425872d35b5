/* Flows between two places, from addresses that were heard at both. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Of the devices that walk from i to j only those are seen that keep their address on the way. The longer the way the
 * fewer, so that counting them understates far places most.
 *
 * Method. Let tau be the time from the last advert heard at i to the first heard at j. When a device falls silent at i has
 * nothing to do with the phase of its period, so its address outlives tau with the chance Fe'(tau), the survivor of the
 * period's equilibrium law: 1 - tau/R up to the shortest period whatever the law. Both instants are adverts of the device and
 * not of an address, so no silent gap enters: the law is that of R and not of R - 2g. Each transition seen stands for 1/Fe'(tau)
 * (Horvitz and Thompson, A generalization of sampling without replacement from a finite universe, 1952, section 3), with the
 * variance sum (1 - p)/p^2 over those seen. tau from the first hearing at i, which is what a table of lives offers, is wrong by
 * the stay: tests/accuracy/test_flows.c shows by how much.
 *
 * Horizon. Where p falls below 0.2 one address would stand for more than five, and the law's shape matters more than its mean:
 * such travel times are not weighted. The share beyond is that of a log-normal law of travel times. A seen tau has the density
 * f(tau) p(tau) / integral f p, which is a weighted law with known weights (Vardi, Empirical distributions in selection bias
 * models, 1985; Cohen, Simplified estimators for the normal distribution when samples are singly censored or truncated, 1959,
 * is the special case p = 1): its likelihood over the 5 s bins is maximised by Fisher scoring with step halving. Unlike a fit to
 * weighted counts it gives each transition seen the worth it has, and it can use those beyond the cut down to p = 0.05, which
 * tell most about the tail. Up to a tenth beyond is added and marked; above, the flow is not observable.
 * What a log-normal law cannot tell: people who stop on their way where nobody listens. If a part of them takes ten times as
 * long as the others, that part is hardly seen and is not in the flow. The first of them to arrive show in the further half of
 * the horizon: more seen there than the law lets expect (Poisson, under 1 in 1000) is no fit, and no flow is told. That finds half
 * of such flows in data of a week, and the near ones first; it is a guard and no proof.
 *
 * Interval. Of what was seen we are sure; what was missed has a skew law, which for equal p is the negative binomial. It is
 * taken as gamma with the mean and the variance of the estimate; the upper bound allows for one transition more than was seen
 * (as Fay and Feuer, Confidence intervals for directly standardized rates, 1997, do for weighted Poisson sums), so that zero
 * seen is not zero sure. The period's error moves weights and share beyond together; it is a factor exp(+- 1.96 E SE/R) with
 * the elasticity E = d ln flow / d ln R (delta method, log-normal as in rotation.c), kept apart by slot.
 *
 * Domain. Travel does not depend on the make of the device; the period does not either, or the law is the mixture by rotation
 * (period_law.h). Times of 5 s bins cost under 0.05 % at R = 390 s. */
#include "estimate/transition.h"

#include "estimate/interval.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include <math.h>
#include <string.h>

#define BIN_S       (YK_TAU_BIN_DS / 10.0)
#define FIT_CUT     0.05 /* bins in the fit of travel times */
#define TAIL_CHANCE 1e-3
#define ROUNDS      200
#define HALVINGS    30
#define SCALE_STEP  0.02 /* in ln R, for the slope */
#define MU_MIN      0.0
#define MU_MAX      11.0 /* 17 h */
#define LOG_SD_MIN  (-4.0)
#define LOG_SD_MAX  1.5
#define SHAPE_MIN   0.5 /* of the gamma law, for GSL */
#define SHAPE_MAX   1000

const char *yk_transition_state_text(enum yk_transition_state state)
{
    switch (state) {
    case YK_TRANSITION_OK:
        return "ok";
    case YK_TRANSITION_BAD_COUNTS:
        return "counts that contradict each other";
    case YK_TRANSITION_NO_PERIOD:
        return "the rotation period is not known";
    case YK_TRANSITION_TOO_FEW:
        return "too few transitions for a law of travel times";
    case YK_TRANSITION_UNSURE:
        return "the share of travel that outlasts an address is not known well enough";
    case YK_TRANSITION_BEYOND:
        return "not observable by BLE: too many are longer on their way than an address lasts";
    case YK_TRANSITION_NO_FIT:
        return "travel times that no log-normal law resembles";
    }
    return "unknown";
}

void yk_transitions_note(struct yk_transitions *to, int64_t last_at_i_ds, int64_t first_at_j_ds)
{
    int64_t bin = first_at_j_ds > last_at_i_ds ? (first_at_j_ds - last_at_i_ds) / YK_TAU_BIN_DS : 0;
    if (bin < YK_TAU_BINS)
        to->by_tau[bin]++;
    else
        to->later++;
}

void yk_transitions_merge(struct yk_transitions *to, const struct yk_transitions *from)
{
    for (int k = 0; k < YK_TAU_BINS; k++)
        to->by_tau[k] += from->by_tau[k];
    to->later += from->later;
}

int64_t yk_transitions_count(const struct yk_transitions *t)
{
    int64_t sum = t->later;
    for (int k = 0; k < YK_TAU_BINS; k++)
        sum += t->by_tau[k];
    return sum;
}

static bool sound(const struct yk_transitions *t)
{
    bool ok = t->later >= 0;
    for (int k = 0; k < YK_TAU_BINS; k++)
        ok = ok && t->by_tau[k] >= 0;
    return ok;
}

static double middle_s(int bin)
{
    return (bin + 0.5) * BIN_S;
}

/* Bins that begin with 0 and keep p at the end of the last one. */
static int bins_above(const struct yk_period_law *law, double p)
{
    int bins = 0;
    while (bins < YK_TAU_BINS && yk_law_equilibrium(law, (bins + 1) * BIN_S) >= p)
        bins++;
    return bins;
}

/* The likelihood of the bins' counts at theta = (mu, ln sigma). */
struct fit {
    const int64_t *count;
    double p[YK_TAU_BINS]; /* chance to keep the address */
    int bins;
    double seen; /* sum of count */
    double theta[2];
    /* at theta */
    double share[YK_TAU_BINS]; /* of the transitions, those beyond the bins included */
    double survive;            /* sum share p */
    double log_likelihood;
    double score[2];
    double information[3]; /* 00, 01, 11 */
};

static void evaluate(struct fit *f)
{
    double sigma = exp(f->theta[1]);
    double d[YK_TAU_BINS][2];
    double d_sum[2] = {0, 0};
    double below = 0, above = 1, slope_mu = 0, slope_sd = 0; /* at the lower edge */
    f->survive = 0;
    for (int k = 0; k < f->bins; k++) {
        double z = (log((k + 1) * BIN_S) - f->theta[0]) / sigma, density = gsl_ran_ugaussian_pdf(z);
        double to = gsl_cdf_ugaussian_P(z), beyond = gsl_cdf_ugaussian_Q(z);
        double to_mu = -density / sigma, to_sd = -z * density;
        f->share[k] = fmax(z > 0 ? above - beyond : to - below, 1e-300);
        d[k][0] = to_mu - slope_mu;
        d[k][1] = to_sd - slope_sd;
        f->survive += f->share[k] * f->p[k];
        d_sum[0] += d[k][0] * f->p[k];
        d_sum[1] += d[k][1] * f->p[k];
        below = to, above = beyond, slope_mu = to_mu, slope_sd = to_sd;
    }
    f->survive = fmax(f->survive, 1e-300);
    f->log_likelihood = 0;
    memset(f->score, 0, sizeof f->score);
    memset(f->information, 0, sizeof f->information);
    for (int k = 0; k < f->bins; k++) {
        double n = (double)f->count[k], expected = f->share[k] * f->p[k] / f->survive;
        double u[2]; /* derivative of ln expected */
        for (int a = 0; a < 2; a++) {
            u[a] = d[k][a] / f->share[k] - d_sum[a] / f->survive;
            f->score[a] += n * u[a];
        }
        if (n > 0)
            f->log_likelihood += n * log(f->share[k] / f->survive);
        if (f->share[k] > 1e-280) {
            f->information[0] += f->seen * expected * u[0] * u[0];
            f->information[1] += f->seen * expected * u[0] * u[1];
            f->information[2] += f->seen * expected * u[1] * u[1];
        }
    }
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Moments of the weighted travel times, to begin with. */
static void begin(struct fit *f)
{
    double w = 0, sum = 0, sum_sq = 0;
    for (int k = 0; k < f->bins; k++) {
        double weight = (double)f->count[k] / f->p[k], x = log(middle_s(k));
        w += weight;
        sum += weight * x;
        sum_sq += weight * x * x;
    }
    double mean = sum / w, variance = fmax(sum_sq / w - mean * mean, 1e-4);
    f->theta[0] = mean;
    f->theta[1] = clamp(log(variance) / 2, LOG_SD_MIN, LOG_SD_MAX);
}

/* Towards the maximum, from theta. False if it did not settle. */
static bool settle(struct fit *f)
{
    evaluate(f);
    for (int round = 0; round < ROUNDS; round++) {
        const double *i = f->information;
        double ridge =
            1e-9 * f->seen; /* where all are in one bin the information is nought; changes steps, not the end */
        double det = (i[0] + ridge) * (i[2] + ridge) - i[1] * i[1];
        double step[2] = {((i[2] + ridge) * f->score[0] - i[1] * f->score[1]) / det,
                          ((i[0] + ridge) * f->score[1] - i[1] * f->score[0]) / det};
        double gain = step[0] * f->score[0] + step[1] * f->score[1];
        if (!(gain > 1e-13)) /* twice what a quadratic would still gain */
            return isfinite(gain);
        double old = f->log_likelihood, theta[2] = {f->theta[0], f->theta[1]}, part = 1;
        int halved = 0;
        do {
            f->theta[0] = clamp(theta[0] + part * step[0], MU_MIN, MU_MAX);
            f->theta[1] = clamp(theta[1] + part * step[1], LOG_SD_MIN, LOG_SD_MAX);
            evaluate(f);
            part /= 2;
        } while (!(f->log_likelihood >= old) && ++halved < HALVINGS);
        if (!(f->log_likelihood > old)) { /* no further up: at the maximum to rounding, or at a bound */
            f->theta[0] = theta[0];
            f->theta[1] = theta[1];
            evaluate(f);
            return true;
        }
    }
    return false;
}

static double share_beyond(const struct fit *f, double horizon_s)
{
    return gsl_cdf_ugaussian_Q((log(horizon_s) - f->theta[0]) / exp(f->theta[1]));
}

static double beyond_variance(const struct fit *f, double horizon_s)
{
    double sigma = exp(f->theta[1]), z = (log(horizon_s) - f->theta[0]) / sigma;
    double density = gsl_ran_ugaussian_pdf(z), g[2] = {density / sigma, z * density};
    const double *i = f->information;
    double det = i[0] * i[2] - i[1] * i[1];
    return det > 0 ? (g[0] * g[0] * i[2] - 2 * g[0] * g[1] * i[1] + g[1] * g[1] * i[0]) / det : (double)INFINITY;
}

/* Bins are joined until 5 are expected in each. */
static double dispersion(const struct fit *f)
{
    double chi_square = 0, expected = 0, seen = 0;
    int groups = 0;
    for (int k = 0; k < f->bins; k++) {
        expected += f->seen * f->share[k] * f->p[k] / f->survive;
        seen += (double)f->count[k];
        if (expected < 5 && k + 1 < f->bins)
            continue;
        chi_square += (seen - expected) * (seen - expected) / fmax(expected, 1); /* the last may be small */
        groups++;
        expected = seen = 0;
    }
    return groups > 3 ? chi_square / (groups - 3) : 1;
}

/* Chance of as many as were seen in the further half of the horizon if the law were log-normal. */
static double tail_chance(const struct fit *f, int cut)
{
    double expected = 0, seen = 0;
    for (int k = cut / 2; k < cut; k++) {
        expected += f->seen * f->share[k] * f->p[k] / f->survive;
        seen += (double)f->count[k];
    }
    return seen > 0 ? gsl_cdf_gamma_P(expected, seen, 1) : 1; /* Poisson: P(X >= seen) */
}

static void survivors(struct fit *f, const struct yk_period_law *law, double scale)
{
    for (int k = 0; k < f->bins; k++)
        f->p[k] = fmax(yk_law_equilibrium(law, middle_s(k) / scale), 1e-6);
}

/* Share beyond for periods `scale` times as long. */
static double rescaled(const struct fit *at, const struct yk_period_law *law, double scale, double horizon_s)
{
    struct fit f = *at;
    survivors(&f, law, scale);
    settle(&f);
    return share_beyond(&f, horizon_s);
}

static enum yk_transition_state fit_travel(const struct yk_transitions *t, const struct yk_period_law *law,
                                           struct yk_travel *out)
{
    if (!sound(t))
        return YK_TRANSITION_BAD_COUNTS;
    int cut = law && law->count > 0 ? bins_above(law, YK_TRANSITION_CUT) : 0;
    if (cut == 0)
        return YK_TRANSITION_NO_PERIOD;
    out->horizon_s = cut * BIN_S;
    struct fit f = {.count = t->by_tau, .bins = bins_above(law, FIT_CUT)};
    double within = 0;
    for (int k = 0; k < f.bins; k++) {
        f.seen += (double)t->by_tau[k];
        within += k < cut ? (double)t->by_tau[k] : 0;
    }
    if (within < YK_TRANSITION_FIT_MIN)
        return YK_TRANSITION_TOO_FEW;
    survivors(&f, law, 1);
    begin(&f);
    if (!settle(&f))
        return YK_TRANSITION_NO_FIT;
    out->mu = f.theta[0];
    out->sigma = exp(f.theta[1]);
    out->beyond = share_beyond(&f, out->horizon_s);
    for (int k = 0; k < cut; k++)
        out->survive += f.share[k] * f.p[k];
    out->dispersion = dispersion(&f);
    if (tail_chance(&f, cut) < TAIL_CHANCE)
        return YK_TRANSITION_NO_FIT;
    double variance = beyond_variance(&f, out->horizon_s) * fmax(out->dispersion, 1);
    /* Where nothing is near the horizon the share is 0 to all digits and its error with it, at a bound or not. */
    out->beyond_se = out->beyond < 1e-12 ? 0 : isfinite(variance) ? sqrt(variance) : 1;
    if (out->beyond > YK_TRANSITION_BEYOND_MAX)
        return YK_TRANSITION_BEYOND;
    if (out->beyond_se > YK_TRANSITION_BEYOND_SE)
        return YK_TRANSITION_UNSURE;
    out->beyond_slope =
        (rescaled(&f, law, exp(SCALE_STEP), out->horizon_s) - rescaled(&f, law, exp(-SCALE_STEP), out->horizon_s)) /
        (2 * SCALE_STEP);
    return YK_TRANSITION_OK;
}

enum yk_transition_state yk_travel_fit(const struct yk_transitions *t, const struct yk_period_law *law,
                                       struct yk_travel *out)
{
    *out = (struct yk_travel){0};
    out->state = fit_travel(t, law, out);
    return out->state;
}

/* Quantile of a gamma law with this mean and variance. GSL's inverse (2.7) fails for shapes below 0.2 and now and then above
 * 1000: there its distribution function is halved upon, here the cube root is normal to a few parts in 1e7 (Wilson and
 * Hilferty, The distribution of chi-square, 1931). */
static double gamma_quantile(double at, double mean, double variance)
{
    if (!(mean > 0))
        return 0;
    if (!(variance > 0))
        return mean;
    double shape = mean * mean / variance, scale = variance / mean;
    if (shape > SHAPE_MAX) {
        double root = 1 - 1 / (9 * shape) + gsl_cdf_ugaussian_Pinv(at) / (3 * sqrt(shape));
        return mean * root * root * root;
    }
    if (shape >= SHAPE_MIN)
        return gsl_cdf_gamma_Pinv(at, shape, scale);
    double low = 0, high = 40;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_gamma_P(middle, shape, 1) < at)
            low = middle;
        else
            high = middle;
    }
    return low * scale;
}

static void finish(struct yk_transition_flow *f)
{
    f->value = f->observed + f->missed;
    double low = f->missed - floor(gamma_quantile(0.025, f->missed, f->variance)); /* none missed is a whole number */
    /* Of a very skew law even this quantile lies below the mean. */
    double high = fmax(gamma_quantile(0.975, f->missed + f->more, f->variance + f->more_variance) - f->missed, 0);
    double down = low * low, up = high * high;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        down += f->shift_down[i] * f->shift_down[i];
        up += f->shift_up[i] * f->shift_up[i];
    }
    f->lower = fmax(f->value - sqrt(down), f->observed);
    f->upper = f->value + sqrt(up);
}

static bool period_sound(const struct yk_rotation_period *p)
{
    return p && isfinite(p->period_s) && isfinite(p->se_s) && p->period_s > 0 && p->se_s >= 0 &&
           p->slot < YK_PERIOD_SLOTS;
}

enum yk_transition_state yk_transition_estimate(const struct yk_transitions *t, const struct yk_period_law *law,
                                                const struct yk_rotation_period *period, const struct yk_travel *travel,
                                                struct yk_transition_flow *out)
{
    *out = (struct yk_transition_flow){0};
    if (!sound(t))
        return YK_TRANSITION_BAD_COUNTS;
    out->observed = out->lower = (double)yk_transitions_count(t);
    if (!law || law->count == 0 || !period_sound(period))
        return YK_TRANSITION_NO_PERIOD;
    if (travel && travel->state != YK_TRANSITION_OK)
        return travel->state;
    if (!travel || !(travel->horizon_s > 0) || !(travel->survive > 0))
        return YK_TRANSITION_TOO_FEW;
    double weighted = 0, variance = 0, slope = 0; /* slope: d weighted / d ln R */
    int cut = (int)lround(travel->horizon_s / BIN_S);
    for (int k = 0; k < cut && k < YK_TAU_BINS; k++) {
        if (t->by_tau[k] == 0)
            continue;
        double n = (double)t->by_tau[k], tau = middle_s(k), p = yk_law_equilibrium(law, tau);
        if (!(p > 0))
            return YK_TRANSITION_NO_PERIOD; /* the horizon is another law's */
        weighted += n / p;
        variance += n * (1 - p) / (p * p);
        slope -= n * tau * yk_law_survivor(law, tau) / (law->mean_s * p * p);
    }
    double inside = 1 - travel->beyond;
    double value = fmax(weighted / inside, out->observed);
    out->missed = value - out->observed;
    out->beyond = weighted / inside * travel->beyond;
    double per_share = weighted / (inside * inside);
    out->variance = variance / (inside * inside) + per_share * travel->beyond +
                    per_share * per_share * travel->beyond_se * travel->beyond_se;
    out->more = (1 - travel->survive) / travel->survive;
    out->more_variance = out->more / travel->survive;
    out->estimated = travel->beyond > YK_TRANSITION_BEYOND_LOW;
    if (weighted > 0) {
        double elasticity = slope / weighted + travel->beyond_slope / inside;
        double error = YK_Z95 * fabs(elasticity) * period->se_s / period->period_s;
        out->shift_up[period->slot] = value * (exp(error) - 1);
        out->shift_down[period->slot] = value * (1 - exp(-error));
    }
    finish(out);
    return YK_TRANSITION_OK;
}

void yk_transition_exact(int64_t count, struct yk_transition_flow *out)
{
    *out = (struct yk_transition_flow){0};
    out->observed = count > 0 ? (double)count : 0;
    finish(out);
}

void yk_transition_add(struct yk_transition_flow *to, const struct yk_transition_flow *flow)
{
    to->observed += flow->observed;
    to->missed += flow->missed;
    to->beyond += flow->beyond;
    to->variance += flow->variance;
    to->more = fmax(to->more, flow->more);
    to->more_variance = fmax(to->more_variance, flow->more_variance);
    to->estimated = to->estimated || flow->estimated;
    for (int i = 0; i < YK_PERIOD_SLOTS; i++) {
        to->shift_down[i] += flow->shift_down[i];
        to->shift_up[i] += flow->shift_up[i];
    }
    finish(to);
}
