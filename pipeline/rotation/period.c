/* The rotation period from the lags between deaths and births. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The period is needed to turn addresses into devices, and it is not 15 minutes: phones differ, and recordings
 * show 4 to 15. It must be measured where it is used, without following any phone.
 *
 * Method. In the histogram of lags birth - death over pairs of different addresses (collectors/presence/lags.c) chance
 * pairs lie smoothly, and each rotation adds one pair at the silence around it:
 *
 *     E lag[k] = rot q[k] + exp(b0 + b1 x + b2 x^2 + b3 |x|),   x = lag / 30 s
 *
 * q is the law of that silence, from the gaps heard in the same lives with the same slots: no shape is assumed and the
 * smear of the slots is in it. A gap of length G is broken by a rotation with chance G/R and is then a pair of the lag
 * G; otherwise it is heard as a gap. So of the device time P[k] that lies in gaps of bin k the share 1 - G/R is heard,
 *
 *     P[k] = gap[k] / (1 - G[k]/R),   rotations with lag in bin k = P[k] / R,   R = sum P[k] / rot over gaps below 30 s
 *
 * for each device by itself, and as a sum for any mixture of advert intervals and losses. All lives take part: leaving
 * out those heard too rarely cannot be done evenly (lags.c). Gaps above 30 s and the rotations in them are beyond the
 * histogram and take no part on either side. R stands on both sides; four passes settle it.
 *
 * Some devices stop advertising, change the address and start at once. Their silence is u, the part of a gap before a
 * random instant (density (1 - F)/mean, F the law of gaps), and if the first advert is lost, u plus another gap: of the
 * same device, which is not known, so half of it is taken with any device's gaps and half with as long a gap as u's. If
 * devices restart, adverts heard every few seconds smear both laws until they look like chance, and leaving them out
 * would miss most rotations. So the fits with q alone and with all three are averaged, weighted by likelihood with e^4
 * as the price of the two numbers more, and their distance is part of the error. Above 2g = 8 s, over gaps
 * below 30 s, they cannot be told apart well enough: not measurable.
 *
 * |x| is for trains and the like: where people come and go together, births and deaths of different people lie within
 * seconds of each other, in a heap that is peaked at 0 and the same on both sides of it, while rotations are on one side. (At
 * a stop with a train every 8 minutes R was 8 to 10 % too short without it, and is 4 to 5 % with it; elsewhere it costs
 * nothing that could be seen.)
 *
 * The likelihood is Poisson (bins are empty on quiet days: least squares is biased there), maximised by Fisher scoring
 * with step halving; rot >= 0 by an active set. A weak prior (standard deviation 0.5 on b1, b2 and b3) keeps the
 * background's shape in hand where there are few pairs; at a thousand it is worth nothing.
 *
 * Error. From the inverse information, times the Pearson dispersion when above 1: groups that arrive and leave together
 * make pairs clump. R - 2g is proportional to 1/rot, so its interval is taken on the log scale. Devices with several
 * periods give the mean by device time, which is what rotation.c needs. */
#include "rotation/period.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define BINS          YK_LAG_BINS
#define SILENT        (YK_GAP_BINS - 1) /* bins of lag >= 0, one for each bin of gaps below 30 s */
#define SIGNALS       3
#define PARAMETERS    (SIGNALS + 4)
#define PRIOR_SD      0.5
#define PASSES        4
#define ROUNDS        200
#define HALVINGS      20 /* of a step that goes too far: to a millionth of it */
#define Z95           1.959963984540054
#define PRICE         4.0 /* in log likelihood, of two numbers more */
#define FIRST_GUESS_S 600.0

const char *yk_period_state_text(enum yk_period_state state)
{
    switch (state) {
    case YK_PERIOD_OK:
        return "ok";
    case YK_PERIOD_NO_DATA:
        return "no births and deaths of addresses to compare";
    case YK_PERIOD_TOO_SLOW:
        return "addresses are heard too rarely (more than 8 s between adverts)";
    case YK_PERIOD_NO_ROTATION:
        return "no address rotation stands out from chance";
    case YK_PERIOD_UNSURE:
        return "too few rotations for a period";
    case YK_PERIOD_NO_FIT:
        return "the lag histogram cannot be fitted";
    }
    return "unknown";
}

struct model {
    double count[BINS];
    double signal[SIGNALS][BINS]; /* the laws of the silence */
    double theta[PARAMETERS];     /* rotations by signal, then b0 to b3 */
    double mean[BINS];
    double log_likelihood;
};

static double position(int bin)
{
    return (bin + 0.5 - BINS / 2.0) / (BINS / 2.0);
}

static double background(const double theta[PARAMETERS], int bin)
{
    double x = position(bin);
    return exp(theta[SIGNALS] + theta[SIGNALS + 1] * x + theta[SIGNALS + 2] * x * x + theta[SIGNALS + 3] * fabs(x));
}

/* Fills mean and log_likelihood from theta. */
static void evaluate(struct model *m)
{
    m->log_likelihood = 0;
    for (int k = 0; k < BINS; k++) {
        double mu = background(m->theta, k);
        for (int s = 0; s < SIGNALS; s++)
            mu += m->theta[s] * m->signal[s][k];
        m->mean[k] = mu;
        m->log_likelihood += m->count[k] * log(mu) - mu;
    }
    for (int i = SIGNALS + 1; i < PARAMETERS; i++)
        m->log_likelihood -= m->theta[i] * m->theta[i] / (2 * PRIOR_SD * PRIOR_SD);
}

/* Gradient, and the Fisher information inverted in place. used: signals in the fit; one at 0 that would turn negative
 * is held there. False if the information is singular. */
static bool scores(const struct model *m, int used, double gradient[PARAMETERS],
                   double inverse[PARAMETERS * PARAMETERS])
{
    memset(gradient, 0, PARAMETERS * sizeof gradient[0]);
    memset(inverse, 0, PARAMETERS * PARAMETERS * sizeof inverse[0]);
    for (int k = 0; k < BINS; k++) {
        double x = position(k), b = background(m->theta, k);
        double d[PARAMETERS] = {m->signal[0][k], m->signal[1][k], m->signal[2][k], b, b * x, b * x * x, b * fabs(x)};
        double residual = m->count[k] / m->mean[k] - 1;
        for (int i = 0; i < PARAMETERS; i++) {
            gradient[i] += d[i] * residual;
            for (int j = 0; j < PARAMETERS; j++)
                inverse[i * PARAMETERS + j] += d[i] * d[j] / m->mean[k];
        }
    }
    for (int i = SIGNALS + 1; i < PARAMETERS; i++) {
        gradient[i] -= m->theta[i] / (PRIOR_SD * PRIOR_SD);
        inverse[i * PARAMETERS + i] += 1 / (PRIOR_SD * PRIOR_SD);
    }
    for (int s = 0; s < SIGNALS; s++) {
        if (s < used && (m->theta[s] > 0 || gradient[s] > 0))
            continue;
        gradient[s] = 0;
        for (int j = 0; j < PARAMETERS; j++)
            inverse[s * PARAMETERS + j] = inverse[j * PARAMETERS + s] = 0;
        inverse[s * PARAMETERS + s] = 1;
    }
    gsl_matrix_view a = gsl_matrix_view_array(inverse, PARAMETERS, PARAMETERS);
    /* gsl_linalg calls GSL's error handler, which main turns off, and returns the code. */
    return gsl_linalg_cholesky_decomp1(&a.matrix) == GSL_SUCCESS &&
           gsl_linalg_cholesky_invert(&a.matrix) == GSL_SUCCESS;
}

/* Maximises the likelihood over the first `used` signals; start in theta. */
static bool maximise(struct model *m, int used, double inverse[PARAMETERS * PARAMETERS])
{
    double gradient[PARAMETERS];
    evaluate(m);
    for (int round = 0; round < ROUNDS; round++) {
        if (!scores(m, used, gradient, inverse))
            return false;
        double step[PARAMETERS] = {0};
        for (int i = 0; i < PARAMETERS; i++)
            for (int j = 0; j < PARAMETERS; j++)
                step[i] += inverse[i * PARAMETERS + j] * gradient[j];
        for (int s = used; s < SIGNALS; s++)
            step[s] = 0;
        struct model next = *m;
        bool up = false;
        for (int halvings = 0; halvings < HALVINGS && !up; halvings++) {
            double factor = ldexp(1, -halvings);
            for (int i = 0; i < PARAMETERS; i++)
                next.theta[i] = m->theta[i] + factor * step[i];
            for (int s = 0; s < SIGNALS; s++)
                next.theta[s] = fmax(next.theta[s], 0);
            evaluate(&next);
            up = isfinite(next.log_likelihood) && next.log_likelihood >= m->log_likelihood;
        }
        if (!up) /* no way up: the top, to rounding */
            return true;
        double gain = next.log_likelihood - m->log_likelihood;
        *m = next;
        if (gain < 1e-9 * (1 + fabs(m->log_likelihood) * 1e-3))
            return scores(m, used, gradient, inverse);
    }
    return false;
}

/* The laws of the silence for a period in bins; the device time P in gaps below 30 s. A gap of bin k is k + 1/2 bins
 * long. */
static double silences(const struct yk_lag_histogram *h, double period_bins, struct model *m)
{
    double time = 0, gaps = 0, in[SILENT], short_gaps[SILENT];
    for (int k = 0; k < SILENT; k++) {
        in[k] = (double)h->gap[k] / (1 - (k + 0.5) / period_bins);
        time += in[k];
        gaps += in[k] / (k + 0.5);
    }
    memset(m->signal, 0, sizeof m->signal);
    double *around = &m->signal[0][BINS / 2], *before = &m->signal[1][BINS / 2], *lost = &m->signal[2][BINS / 2];
    for (int k = 0; k < SILENT; k++) {
        around[k] = in[k] / time;
        short_gaps[k] = in[k] / (k + 0.5) / gaps;
        /* A random instant of a gap has its start anywhere from 0 to k + 1/2 bins before, evenly. */
        for (int j = 0; j < k; j++)
            before[j] += around[k] / (k + 0.5);
        before[k] += around[k] * 0.5 / (k + 0.5);
    }
    for (int i = 0; i < SILENT; i++) {
        for (int j = 0; i + j < SILENT; j++) { /* the sum of two: half of it reaches the next bin */
            lost[i + j] += before[i] * short_gaps[j] / 4;
            if (i + j + 1 < SILENT)
                lost[i + j + 1] += before[i] * short_gaps[j] / 4;
        }
        for (int j = 0; j <= i && i + j < SILENT; j++) /* a gap as long as the one that u is a part of */
            lost[i + j] += around[i] / (i + 1) / 2;
    }
    return time;
}

/* A start that is right to a factor: the background from the outer bins, rotations from what is above it. */
static void begin(struct model *m)
{
    memset(m->theta, 0, sizeof m->theta);
    double outer = 0, inner = 0;
    for (int k = 0; k < BINS; k++) {
        bool in = k >= BINS / 2 && k < BINS / 2 + 20;
        *(in ? &inner : &outer) += m->count[k];
    }
    double level = fmax(outer / (BINS - 20), 0.01);
    m->theta[0] = fmax(inner - 20 * level, 1);
    m->theta[SIGNALS] = log(level);
}

/* Rotations under the laws of m, with and without restarts, averaged. False if a fit did not settle. */
struct turns {
    double rotations, variance;
    double restart; /* share */
    int used;       /* signals of the likelier model, which is left in m */
};

static bool fit_turns(struct model *m, struct turns *out)
{
    double inverse[PARAMETERS * PARAMETERS];
    begin(m);
    if (!maximise(m, 1, inverse))
        return false;
    double plain = m->theta[0], variance = inverse[0];
    *out = (struct turns){plain, variance, 0, 1};
    struct model full = *m;
    for (int s = 0; s < SIGNALS; s++)
        full.theta[s] = fmax(plain / SIGNALS, 1e-3);
    if (!maximise(&full, SIGNALS, inverse))
        return true;
    double all = 0, all_variance = 0;
    for (int i = 0; i < SIGNALS; i++) {
        all += full.theta[i];
        /* A signal held at 0 has no variance; its place in the inverse is a mere 1. */
        for (int j = 0; j < SIGNALS; j++)
            if (full.theta[i] > 0 && full.theta[j] > 0)
                all_variance += inverse[i * PARAMETERS + j];
    }
    double weight = 1 / (1 + exp(m->log_likelihood - full.log_likelihood + PRICE));
    double mean = weight * all + (1 - weight) * plain;
    out->rotations = mean;
    out->variance = weight * (all_variance + (all - mean) * (all - mean)) +
                    (1 - weight) * (variance + (plain - mean) * (plain - mean));
    out->restart = mean > 0 ? weight * (all - full.theta[0]) / mean : 0;
    if (weight > 0.5) {
        *m = full;
        out->used = SIGNALS;
    }
    return true;
}

/* 2g over gaps below 30 s; 0 without gaps. */
static double two_g_s(const struct yk_lag_histogram *h)
{
    double in_gaps = 0, in_gaps_sq = 0;
    for (int k = 0; k < SILENT; k++) {
        in_gaps += (double)h->gap[k];
        in_gaps_sq += (double)h->gap[k] * (k + 0.5);
    }
    return in_gaps > 0 ? in_gaps_sq / in_gaps * YK_LAG_BIN_DS / 10 : 0;
}

bool yk_period_too_slow(const struct yk_lag_histogram *histogram)
{
    return two_g_s(histogram) > YK_PERIOD_TWO_G_MAX_S;
}

enum yk_period_state yk_period_estimate(const struct yk_lag_histogram *h, struct yk_rotation_period *out,
                                        struct yk_period_fit *fit)
{
    struct yk_period_fit own = {0};
    if (!fit)
        fit = &own;
    memset(fit, 0, sizeof *fit);
    memset(out, 0, sizeof *out);
    if (h->births == 0 || h->deaths == 0 || h->gap_ds == 0 || h->life_ds == 0)
        return YK_PERIOD_NO_DATA;
    struct model model = {0};
    double pairs = 0, in_gaps = 0;
    for (int k = 0; k < BINS; k++)
        pairs += model.count[k] = (double)h->lag[k];
    for (int k = 0; k < SILENT; k++)
        in_gaps += (double)h->gap[k];
    if (pairs == 0 || in_gaps == 0)
        return YK_PERIOD_NO_DATA;
    /* Gaps are of whole lives; the watched part of them is what births and deaths belong to. */
    double watched_s = (double)h->life_ds / (double)h->gap_ds / 10;
    fit->two_g_s = two_g_s(h);
    fit->device_s = in_gaps * watched_s;
    if (yk_period_too_slow(h))
        return YK_PERIOD_TOO_SLOW;

    struct turns turns;
    double period_s = FIRST_GUESS_S, time_s = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        time_s = silences(h, period_s * 10 / YK_LAG_BIN_DS, &model) * watched_s;
        if (!fit_turns(&model, &turns))
            return YK_PERIOD_NO_FIT;
        /* Kept well above the longest gap, so that a wild fit stays finite. */
        period_s = fmin(fmax(time_s / fmax(turns.rotations, 1e-9), 60), 1e6);
    }
    double chi_square = 0;
    for (int k = 0; k < BINS; k++)
        chi_square += (model.count[k] - model.mean[k]) * (model.count[k] - model.mean[k]) / model.mean[k];
    fit->dispersion = chi_square / (BINS - 4 - turns.used);
    fit->chance_per_bin = exp(model.theta[SIGNALS]);
    fit->rotations = turns.rotations;
    fit->rotations_se = sqrt(turns.variance * fmax(fit->dispersion, 1));
    if (!isfinite(fit->rotations) || !isfinite(fit->rotations_se))
        return YK_PERIOD_NO_FIT;
    if (fit->rotations <= Z95 * fit->rotations_se)
        return YK_PERIOD_NO_ROTATION;
    fit->restart = turns.restart;

    double relative = fit->rotations_se / fit->rotations;
    /* The mean of 1/rot is above 1/mean by the square of the relative error: +6 % where it is 25 %. */
    double net_s = fit->device_s / fit->rotations / (1 + relative * relative);
    double broken_s = (time_s - fit->device_s) / fit->rotations; /* 2g, weighted as in P */
    if (net_s * relative > YK_PERIOD_SE_MAX * (net_s + broken_s))
        return YK_PERIOD_UNSURE;
    fit->lower_s = net_s * exp(-Z95 * relative) + broken_s;
    fit->upper_s = net_s * exp(Z95 * relative) + broken_s;
    *out = (struct yk_rotation_period){.period_s = net_s + broken_s,
                                       .se_s = net_s * relative,
                                       .cv = YK_ROTATION_CV,
                                       .cv_between = YK_ROTATION_CV_BETWEEN};
    return YK_PERIOD_OK;
}
