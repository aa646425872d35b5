/* The rotation period from the lags between deaths and births. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The period is needed to turn addresses into devices, and it is not 15 minutes: phones differ, and recordings
 * show 4 to 15. It must be measured where it is used, without following any phone.
 *
 * Method. In the histogram of lags birth - death over pairs of different addresses (collectors/presence/lags.c) chance
 * pairs lie smoothly, and each rotation adds one pair at the silence around it:
 *
 *     E lag[k] = rot q[k] + heaps + exp(b0 + b1 x + b2 x^2),   x = lag / 30 s
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
 * Heaps are for trains and the like: where people come and go together, births and deaths of different people lie within
 * seconds of each other. All get in and out within a time w, evenly, so their lags are a triangle of half width w, as steep on
 * both sides, while rotations are on one side only. Its middle is not at 0: who comes is heard a part of a gap later, and who
 * leaves was heard last a part of a gap earlier, which puts it off by s, the sum of two such parts of two devices, and smears it.
 * Triangles of 15, 30 and 60 s so treated, each with pairs >= 0 (a sum of triangles is any heap that falls ever more slowly on
 * either side). At a stop with a train every 8 minutes there are 30 such pairs for each rotation; R was 8 to 10 %
 * too short without heaps, 4 to 5 % with one around 0, whose right side lacked what the true one has more there, and is
 * within 0.5 % with these. Where adverts are heard every few seconds a heap looks much like rotations, and one that is fitted to
 * noise takes from them (R +9 % where its SE is 10 %): so fits with and without are averaged as above, at the same price.
 *
 * The likelihood is Poisson (bins are empty on quiet days: least squares is biased there), maximised by Fisher scoring
 * with step halving; rot and heaps >= 0 by an active set. A weak prior (standard deviation 0.5 on b1 and b2) keeps the
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
#define HEAPS         3
#define ADDED         (SIGNALS + HEAPS)
#define PARAMETERS    (ADDED + 3)
#define PRIOR_SD      0.5
#define PASSES        4
#define ROUNDS        200
#define HALVINGS      20 /* of a step that goes too far: to a millionth of it */
#define Z95           1.959963984540054
#define PRICE         4.0 /* in log likelihood, of the numbers more that restarts need, or heaps */
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
    double added[ADDED][BINS]; /* the laws of the silence, then those of heaps; each is 1 in all */
    double theta[PARAMETERS];  /* rotations by signal, pairs by heap, b0 to b2 */
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
    return exp(theta[ADDED] + theta[ADDED + 1] * x + theta[ADDED + 2] * x * x);
}

/* Fills mean and log_likelihood from theta. */
static void evaluate(struct model *m)
{
    m->log_likelihood = 0;
    for (int k = 0; k < BINS; k++) {
        double mu = background(m->theta, k);
        for (int s = 0; s < ADDED; s++)
            mu += m->theta[s] * m->added[s][k];
        m->mean[k] = mu;
        m->log_likelihood += m->count[k] * log(mu) - mu;
    }
    for (int i = ADDED + 1; i < PARAMETERS; i++)
        m->log_likelihood -= m->theta[i] * m->theta[i] / (2 * PRIOR_SD * PRIOR_SD);
}

/* What is in a fit beside rotations that leave a gap, and the background. */
struct choice {
    bool restarts, heaps;
};

static bool chosen(const struct choice *c, int added)
{
    return added == 0 || (added < SIGNALS ? c->restarts : c->heaps);
}

/* Gradient, and the Fisher information inverted in place. What is added and at 0 where it would turn negative is held
 * there. False if the information is singular. */
static bool scores(const struct model *m, const struct choice *choice, double gradient[PARAMETERS],
                   double inverse[PARAMETERS * PARAMETERS])
{
    memset(gradient, 0, PARAMETERS * sizeof gradient[0]);
    memset(inverse, 0, PARAMETERS * PARAMETERS * sizeof inverse[0]);
    for (int k = 0; k < BINS; k++) {
        double x = position(k), b = background(m->theta, k), d[PARAMETERS];
        for (int s = 0; s < ADDED; s++)
            d[s] = m->added[s][k];
        d[ADDED] = b;
        d[ADDED + 1] = b * x;
        d[ADDED + 2] = b * x * x;
        double residual = m->count[k] / m->mean[k] - 1;
        for (int i = 0; i < PARAMETERS; i++) {
            gradient[i] += d[i] * residual;
            for (int j = 0; j < PARAMETERS; j++)
                inverse[i * PARAMETERS + j] += d[i] * d[j] / m->mean[k];
        }
    }
    for (int i = ADDED + 1; i < PARAMETERS; i++) {
        gradient[i] -= m->theta[i] / (PRIOR_SD * PRIOR_SD);
        inverse[i * PARAMETERS + i] += 1 / (PRIOR_SD * PRIOR_SD);
    }
    for (int s = 0; s < ADDED; s++) {
        if (chosen(choice, s) && (m->theta[s] > 0 || gradient[s] > 0))
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

/* Maximises the likelihood over what is chosen; start in theta. */
static bool maximise(struct model *m, const struct choice *choice, double inverse[PARAMETERS * PARAMETERS])
{
    double gradient[PARAMETERS];
    evaluate(m);
    for (int round = 0; round < ROUNDS; round++) {
        if (!scores(m, choice, gradient, inverse))
            return false;
        double step[PARAMETERS] = {0};
        for (int i = 0; i < PARAMETERS; i++)
            for (int j = 0; j < PARAMETERS; j++)
                step[i] += inverse[i * PARAMETERS + j] * gradient[j];
        for (int s = 0; s < ADDED; s++)
            if (!chosen(choice, s))
                step[s] = 0;
        struct model next = *m;
        bool up = false;
        for (int halvings = 0; halvings < HALVINGS && !up; halvings++) {
            double factor = ldexp(1, -halvings);
            for (int i = 0; i < PARAMETERS; i++)
                next.theta[i] = m->theta[i] + factor * step[i];
            for (int s = 0; s < ADDED; s++)
                next.theta[s] = fmax(next.theta[s], 0);
            evaluate(&next);
            up = isfinite(next.log_likelihood) && next.log_likelihood >= m->log_likelihood;
        }
        if (!up) /* no way up: the top, to rounding */
            return true;
        double gain = next.log_likelihood - m->log_likelihood;
        *m = next;
        if (gain < 1e-9 * (1 + fabs(m->log_likelihood) * 1e-3))
            return scores(m, choice, gradient, inverse);
    }
    return false;
}

/* Heaps: triangles around s, the sum of two parts of gaps; that of bin k is k + 1/2 bins long. */
static void heap_up(struct model *m, const double part[SILENT])
{
    static const double half_width[HEAPS] = {30, 60, 120}; /* bins */
    double sum[2 * SILENT - 1] = {0};
    for (int i = 0; i < SILENT; i++)
        for (int j = 0; j < SILENT; j++)
            sum[i + j] += part[i] * part[j];
    for (int h = 0; h < HEAPS; h++)
        for (int k = 0; k < BINS; k++) {
            double *heap = &m->added[SIGNALS + h][k];
            for (int i = 0; i < 2 * SILENT - 1; i++) {
                double off = fabs(k + 0.5 - BINS / 2.0 - (i + 1)) / half_width[h];
                *heap += sum[i] * fmax(1 - off, 0) / half_width[h];
            }
        }
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
    memset(m->added, 0, sizeof m->added);
    double *around = &m->added[0][BINS / 2], *before = &m->added[1][BINS / 2], *lost = &m->added[2][BINS / 2];
    for (int k = 0; k < SILENT; k++) {
        around[k] = in[k] / time;
        short_gaps[k] = in[k] / (k + 0.5) / gaps;
        /* A random instant of a gap has its start anywhere from 0 to k + 1/2 bins before, evenly. */
        for (int j = 0; j < k; j++)
            before[j] += around[k] / (k + 0.5);
        before[k] += around[k] * 0.5 / (k + 0.5);
    }
    heap_up(m, before);
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
    m->theta[ADDED] = log(level);
}

struct turns {
    double rotations, variance;
    double restart; /* share */
    int numbers;    /* fitted in the likeliest model, which is left in m */
};

/* Rotations of all kinds in a fit that settled. */
static void count_turns(const struct model *m, const double inverse[PARAMETERS * PARAMETERS], struct turns *out)
{
    *out = (struct turns){0};
    for (int i = 0; i < SIGNALS; i++) {
        out->rotations += m->theta[i];
        /* A signal held at 0 has no variance; its place in the inverse is a mere 1. */
        for (int j = 0; j < SIGNALS; j++)
            if (m->theta[i] > 0 && m->theta[j] > 0)
                out->variance += inverse[i * PARAMETERS + j];
    }
    out->restart = out->rotations - m->theta[0];
}

/* Rotations under the laws of m, with and without restarts, with and without heaps, averaged. False if not even the simplest fit
 * settled. */
static bool fit_turns(struct model *m, struct turns *out)
{
    static const struct {
        struct choice choice;
        int numbers; /* fitted */
        double price;
    } kinds[] = {{{false, false}, 4, 0},
                 {{false, true}, 4 + HEAPS, PRICE},
                 {{true, false}, 3 + SIGNALS, PRICE},
                 {{true, true}, 3 + SIGNALS + HEAPS, 2 * PRICE}};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    struct turns turns[KINDS] = {0};
    struct model fitted[KINDS];
    double inverse[PARAMETERS * PARAMETERS], worth[KINDS], best = 0, weights = 0;
    int likeliest = 0;
    for (int i = 0; i < KINDS; i++) {
        fitted[i] = *m;
        worth[i] = -HUGE_VAL;
        if (i < 2)
            begin(&fitted[i]);
        else /* from the same without restarts */
            memcpy(fitted[i].theta, fitted[i - 2].theta, sizeof fitted[i].theta);
        for (int s = 0; i > 1 && s < SIGNALS; s++)
            fitted[i].theta[s] = fmax(turns[i - 2].rotations / SIGNALS, 1e-3);
        if (!maximise(&fitted[i], &kinds[i].choice, inverse)) {
            if (i == 0)
                return false;
            fitted[i] = fitted[0];
            continue;
        }
        count_turns(&fitted[i], inverse, &turns[i]);
        worth[i] = fitted[i].log_likelihood - kinds[i].price;
        if (i == 0 || worth[i] > best) {
            best = worth[i];
            likeliest = i;
        }
    }
    *out = (struct turns){.numbers = kinds[likeliest].numbers};
    for (int i = 0; i < KINDS; i++) {
        double weight = exp(worth[i] - best);
        weights += weight;
        out->rotations += weight * turns[i].rotations;
        out->restart += weight * turns[i].restart;
    }
    out->rotations /= weights;
    for (int i = 0; i < KINDS; i++) {
        double off = turns[i].rotations - out->rotations;
        out->variance += exp(worth[i] - best) / weights * (turns[i].variance + off * off);
    }
    out->restart = out->rotations > 0 ? out->restart / weights / out->rotations : 0;
    *m = fitted[likeliest];
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
    fit->dispersion = chi_square / (BINS - turns.numbers);
    fit->chance_per_bin = exp(model.theta[ADDED]);
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
