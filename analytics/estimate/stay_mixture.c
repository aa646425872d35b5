/* Stays of two kinds. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The survivor without a model ends at about 0.8 R and is rough. A smooth law goes on; but one log-normal law for
 * people who pass and people who sit puts the median 64 % too high.
 *
 * Method. Stays S are log-normal of two kinds, G their survivor and H its integral, both in closed form (as in the price of
 * an option: H(l) = m Phi(d + sigma) - l Phi(d), d = (mu - log l)/sigma). A piece outlasts l with chance
 *
 *     C(l)/C(0),   C(l) = Fe'(l) G(l) + F'(l)/R' H(l)     (stay_survivor.c)
 *
 * The likelihood of the pieces as if they were independent, which those of one stay are not: a composite likelihood
 * (Lindsay 1988; Varin, Reid and Firth 2011), consistent, with no use of its curvature for an error: that is
 * bootstrap.c's. Pieces are counted in bins that widen with length, those that go on enter with C(l), those that began before
 * the window not at all. The mean is that of stay_survivor.c, which needs R alone, and not left to the likelihood: the pieces
 * of stays much longer than R hardly tell it, and what little they seem to tell is the error of the period's law (a plaza
 * with periods of 15 minutes: -15 %). Maximised by the simplex of Nelder and Mead (GSL) from four starts.
 *
 * The period's law is blurred by 3 % of R and by 2g: a fixed period would put an atom into one bin, and a piece in the
 * next one, thanks to its gaps and R's error, would be impossible. A weak prior (sigma about 0.6 within a factor of 1.8, any share
 * of the second kind, its mean up to some ten times the first's) keeps it in hand where one kind is enough.
 *
 * Bounds. Beyond the horizon it is an extrapolation, held by the mean alone. More than two kinds, or tails that are not
 * log-normal, show nowhere in it. */
#include "estimate/stay_mixture.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <string.h>

#define BINS       48
#define WIDER      1.13
#define PARAMETERS 4
#define ROUNDS     1500
#define LEAST      1e-9 /* chance of a bin: what no law allows is not impossible */
#define BLUR       0.03

const char *yk_mixture_state_text(enum yk_mixture_state state)
{
    switch (state) {
    case YK_MIXTURE_OK:
        return "ok";
    case YK_MIXTURE_NO_STAYS:
        return "no length of stay can be told";
    case YK_MIXTURE_NO_FIT:
        return "the law of stays did not settle";
    }
    return "unknown";
}

struct kinds {
    double share[2], mu[2], sigma[2];
};

struct data {
    double heard_s;                          /* mean of what is heard of a stay */
    double mean_s;                           /* R' */
    double edge_s[BINS + 1];                 /* of the bins; beyond the last one is one more */
    double kept[BINS + 1], period[BINS + 1]; /* Fe' and F' there */
    double ended[BINS + 1];                  /* pieces by bin */
    double going[BINS + 1];                  /* pieces that go on, by the edge next below */
};

static double survivor(const struct kinds *k, double l)
{
    double sum = 0;
    for (int i = 0; i < 2; i++)
        sum += k->share[i] * (l > 0 ? gsl_cdf_ugaussian_P((k->mu[i] - log(l)) / k->sigma[i]) : 1);
    return sum;
}

static double excess(const struct kinds *k, double l)
{
    double sum = 0;
    for (int i = 0; i < 2; i++) {
        double mean = exp(k->mu[i] + k->sigma[i] * k->sigma[i] / 2);
        if (l > 0) {
            double d = (k->mu[i] - log(l)) / k->sigma[i];
            mean = mean * gsl_cdf_ugaussian_P(d + k->sigma[i]) - l * gsl_cdf_ugaussian_P(d);
        }
        sum += k->share[i] * fmax(mean, 0);
    }
    return sum;
}

/* Second share (logit), second mean over the first (log), sigmas (log). The mean of both is given. */
static struct kinds kinds_of(const gsl_vector *x, double mean)
{
    double second = 1 / (1 + exp(-gsl_vector_get(x, 0))), ratio = gsl_vector_get(x, 1);
    struct kinds k = {{1 - second, second}, {0, 0}, {exp(gsl_vector_get(x, 2)), exp(gsl_vector_get(x, 3))}};
    double first = log(mean) - log(k.share[0] + second * exp(ratio));
    k.mu[0] = first - k.sigma[0] * k.sigma[0] / 2;
    k.mu[1] = first + ratio - k.sigma[1] * k.sigma[1] / 2;
    return k;
}

static double square(double x)
{
    return x * x;
}

/* Minus the logarithm of likelihood and prior. */
static double cost(const gsl_vector *x, void *context)
{
    const struct data *d = context;
    struct kinds k = kinds_of(x, d->heard_s);
    double sum = square(gsl_vector_get(x, 0) / 3) / 2 + square(gsl_vector_get(x, 1) / 2) / 2;
    for (int i = 0; i < 2; i++)
        sum += square((log(k.sigma[i]) - log(0.6)) / 0.6) / 2;
    double all = 1 + excess(&k, 0) / d->mean_s, longer = all;
    for (int b = 0; b <= BINS; b++) {
        double next = b == BINS ? 0
                                : d->kept[b + 1] * survivor(&k, d->edge_s[b + 1]) +
                                      d->period[b + 1] / d->mean_s * excess(&k, d->edge_s[b + 1]);
        if (d->ended[b] > 0)
            sum -= d->ended[b] * log(fmax((longer - next) / all, LEAST));
        if (d->going[b] > 0)
            sum -= d->going[b] * log(fmax(longer / all, LEAST));
        longer = next;
    }
    return isfinite(sum) ? sum : GSL_DBL_MAX;
}

static bool blur(const struct yk_period_law *law, double by_s, struct yk_period_law *out)
{
    struct yk_law_part parts[YK_LAW_PARTS];
    for (unsigned i = 0; i < law->count; i++) {
        const struct yk_law_part *p = &law->part[i];
        double by = fmin(by_s, p->from_s); /* both ways alike, so that the mean stays */
        parts[i] = (struct yk_law_part){p->share, p->from_s - by, p->to_s + by};
    }
    return yk_law_make(parts, law->count, out);
}

static void fill(const struct yk_stay_piece *pieces, const unsigned *weight, size_t count,
                 const struct yk_period_law *law, double longest_s, struct data *d)
{
    memset(d, 0, sizeof *d);
    d->mean_s = law->mean_s;
    double width = longest_s * (WIDER - 1) / (pow(WIDER, BINS) - 1);
    for (int b = 0; b <= BINS; b++) {
        d->kept[b] = yk_law_equilibrium(law, d->edge_s[b]);
        d->period[b] = yk_law_survivor(law, d->edge_s[b]);
        if (b < BINS)
            d->edge_s[b + 1] = d->edge_s[b] + width * pow(WIDER, b);
    }
    int b = 0;
    for (size_t i = 0; i < count; i++) {
        while (b < BINS && pieces[i].length_s >= d->edge_s[b + 1])
            b++;
        if (!pieces[i].began_before)
            (pieces[i].goes_on ? d->going : d->ended)[b] += weight ? weight[i] : 1;
    }
}

/* From one start; the simplex is made anew once, since it may have folded up. */
static double descend(struct data *d, const double start[PARAMETERS], gsl_multimin_fminimizer *simplex,
                      struct kinds *best)
{
    double at[PARAMETERS], sizes[PARAMETERS] = {0.7, 0.5, 0.3, 0.3};
    memcpy(at, start, sizeof at);
    gsl_vector_view x = gsl_vector_view_array(at, PARAMETERS), step = gsl_vector_view_array(sizes, PARAMETERS);
    gsl_multimin_function function = {cost, PARAMETERS, d};
    for (int turn = 0; turn < 2; turn++) {
        if (gsl_multimin_fminimizer_set(simplex, &function, &x.vector, &step.vector) != GSL_SUCCESS)
            return (double)INFINITY;
        for (int round = 0; round < ROUNDS; round++)
            if (gsl_multimin_fminimizer_iterate(simplex) != GSL_SUCCESS || gsl_multimin_fminimizer_size(simplex) < 1e-4)
                break;
        gsl_vector_memcpy(&x.vector, gsl_multimin_fminimizer_x(simplex));
    }
    *best = kinds_of(&x.vector, d->heard_s);
    return gsl_multimin_fminimizer_minimum(simplex);
}

static bool search(struct data *d, struct kinds *best)
{
    gsl_multimin_fminimizer *simplex = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, PARAMETERS);
    if (!simplex)
        return false;
    static const double starts[][PARAMETERS] = {
        {0, 1.5, -0.5, -0.5}, {-0.8, 1.8, -0.5, -0.5}, {0, 0.5, -0.5, -0.5}, {0.8, 2, -0.5, -0.5}};
    double least = (double)INFINITY;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct kinds k;
        double reached = descend(d, starts[i], simplex, &k);
        if (reached < least) {
            least = reached;
            *best = k;
        }
    }
    gsl_multimin_fminimizer_free(simplex);
    return isfinite(least) && least < GSL_DBL_MAX;
}

enum yk_mixture_state yk_stay_mixture_fit(const struct yk_stay_piece *pieces, const unsigned *weight, size_t count,
                                          const struct yk_period_law *law, double two_g_s, struct yk_stay_mixture *out)
{
    memset(out, 0, sizeof *out);
    struct yk_stay_survivor plain;
    struct yk_period_law net, blurred;
    if (yk_stay_survivor_estimate(pieces, weight, count, law, (double)INFINITY, two_g_s, &plain) != YK_STAY_OK ||
        !yk_law_shorten(law, two_g_s, &net) || !blur(&net, BLUR * net.mean_s + two_g_s, &blurred))
        return YK_MIXTURE_NO_STAYS;
    double stretch = law->mean_s / net.mean_s, heard = (plain.mean_s - two_g_s) / stretch;
    if (!(heard > 0))
        return YK_MIXTURE_NO_STAYS;
    struct data data;
    struct kinds k;
    fill(pieces, weight, count, &blurred, fmin(yk_law_longest_s(&blurred), pieces[count - 1].length_s), &data);
    data.heard_s = heard;
    if (!search(&data, &k))
        return YK_MIXTURE_NO_FIT;
    int first = k.mu[0] > k.mu[1];
    for (int i = 0; i < 2; i++) {
        out->share[i] = k.share[i ^ first];
        out->mu[i] = k.mu[i ^ first];
        out->sigma[i] = k.sigma[i ^ first];
    }
    out->mean_s = excess(&k, 0) * stretch + two_g_s;
    struct yk_stay_curve *c = &out->curve;
    double last = fmax(exp(k.mu[0] + 4 * k.sigma[0]), exp(k.mu[1] + 4 * k.sigma[1]));
    double next = fmin(exp(k.mu[0] - 4 * k.sigma[0]), exp(k.mu[1] - 4 * k.sigma[1]));
    double factor = pow(last / next, 1.0 / (YK_STAY_POINTS - 2));
    c->survivor[c->count++] = 1;
    for (; c->count < YK_STAY_POINTS; next *= factor) {
        c->t_s[c->count] = next * stretch + two_g_s;
        c->survivor[c->count++] = survivor(&k, next);
    }
    c->beyond_s = excess(&k, next / factor) * stretch;
    return YK_MIXTURE_OK;
}
