/* Empirical Bayes over places. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A place that was counted for two hours knows its persons per device badly, and a place that was never counted not at
 * all; but districts' places resemble each other, and how much can be measured from those that were counted.
 *
 * Method. y_z = log rho_z with error s_z = SE sqrt(f) / rho; log rho_z = mu + N(0, tau^2). tau^2 solves sum (y - mu)^2/(s^2 +
 * tau^2) = k - 1, mu the mean weighted by 1/(s^2 + tau^2) (Paule and Mandel, Consensus values and weighting factors, 1982; the
 * model is that of DerSimonian and Laird, Meta-analysis in clinical trials, 1986, whose one-step tau is too small when places
 * differ by much more than their errors). The left side falls with tau, so bisection finds it. Var mu = 1/sum 1/(s^2 + tau^2).
 *
 *     calibrated         log rho = mu + B (y - mu), B = tau^2/(tau^2 + s^2); variance B s^2 + (1 - B)^2 Var mu
 *     not calibrated     mu; variance tau^2 + Var mu, t with k - 1 degrees of freedom (Higgins, Thompson and Spiegelhalter,
 *                        A re-evaluation of random-effects meta-analysis, 2009)
 *
 * tau is taken as at least 0.1: a handful of places that happen to agree is no proof that the next one does. It also keeps a
 * place's own calibration from being given up for its neighbours'. The scatter kappa of a place that was not calibrated is the
 * mean of the others', its rotations l_cal likewise.
 *
 * Bounds. Two places give t = 12.7: the interval then spans a factor of 14, which is what two places know. Places where
 * calibrations were made are rarely drawn at random; a station is not learnt from three shopping streets. */
#include "estimate/pooling.h"

#include <math.h>

const char *yk_pool_state_text(enum yk_pool_state state)
{
    switch (state) {
    case YK_POOL_OK:
        return "ok";
    case YK_POOL_TOO_FEW:
        return "fewer than two calibrated places: how much places differ is not known";
    case YK_POOL_BAD:
        return "a calibration without a positive number of persons per device";
    }
    return "unknown";
}

static double log_se(const struct yk_calibration *c)
{
    return c->rho_se * sqrt(c->serial) / c->rho;
}

/* sum (y - mu)^2/(s^2 + tau^2), and mu and the sum of weights it was made with. */
static double spread(const struct yk_calibration *list, size_t count, double tau2, double *mu, double *weights)
{
    double sum = 0, weighted = 0, q = 0;
    for (size_t i = 0; i < count; i++) {
        double s = log_se(&list[i]), w = 1 / (s * s + tau2);
        sum += w;
        weighted += w * log(list[i].rho);
    }
    *mu = weighted / sum;
    *weights = sum;
    for (size_t i = 0; i < count; i++) {
        double s = log_se(&list[i]), d = log(list[i].rho) - *mu;
        q += d * d / (s * s + tau2);
    }
    return q;
}

enum yk_pool_state yk_pool_fit(const struct yk_calibration *list, size_t count, struct yk_pool *out)
{
    *out = (struct yk_pool){0};
    if (count < YK_POOL_PLACES_MIN)
        return YK_POOL_TOO_FEW;
    for (size_t i = 0; i < count; i++)
        if (!(list[i].rho > 0) || !isfinite(list[i].rho) || !(log_se(&list[i]) >= 0) || !isfinite(log_se(&list[i])))
            return YK_POOL_BAD;
    const double floor2 = 1e-12; /* exact calibrations would weigh infinitely */
    double mu, weights, low = floor2, high = 1, k = (double)count;
    if (spread(list, count, low, &mu, &weights) > k - 1) {
        while (spread(list, count, high, &mu, &weights) > k - 1)
            high *= 4;
        for (int i = 0; i < 200; i++) {
            double middle = (low + high) / 2;
            *(spread(list, count, middle, &mu, &weights) > k - 1 ? &low : &high) = middle;
        }
        out->tau_raw = sqrt(high);
    }
    out->tau = fmax(out->tau_raw, YK_POOL_TAU_MIN);
    spread(list, count, out->tau * out->tau, &out->mu, &weights);
    out->mu_se = sqrt(1 / weights);
    out->between = sqrt(out->tau * out->tau + 1 / weights);
    out->places = count;
    out->dof = list[0].dof;
    for (size_t i = 0; i < count; i++) {
        out->kappa += list[i].kappa / k;
        out->rotations += list[i].rotations / k;
        out->noise += list[i].noise / k;
        out->period_se = fmax(out->period_se, list[i].period_se);
        out->dof = fmin(out->dof, list[i].dof);
    }
    return YK_POOL_OK;
}

void yk_pool_shrink(const struct yk_pool *pool, const struct yk_calibration *own, struct yk_calibration *out)
{
    double s2 = log_se(own) * log_se(own), tau2 = pool->tau * pool->tau, b = tau2 / (tau2 + s2);
    *out = *own;
    out->rho = exp(pool->mu + b * (log(own->rho) - pool->mu));
    out->rho_se = out->rho * sqrt(b * s2 + (1 - b) * (1 - b) * pool->mu_se * pool->mu_se);
    out->serial = 1; /* is in it */
}

void yk_pool_elsewhere(const struct yk_pool *pool, struct yk_calibration *out)
{
    *out = (struct yk_calibration){.rho = exp(pool->mu),
                                   .rho_se = exp(pool->mu) * pool->between,
                                   .serial = 1,
                                   .kappa = pool->kappa,
                                   .rotations = pool->rotations,
                                   .noise = pool->noise,
                                   .period_se = pool->period_se,
                                   .dof = pool->dof,
                                   .slope_dof = (double)pool->places - 1,
                                   .ratio = exp(pool->mu)};
}
