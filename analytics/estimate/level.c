/* A level that walks, and weeks that stray from it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Weeks lie off what hour and season would have. How much of that stays decides how far a year's total can be off:
 * independent errors average out over a year and promise far too much; a level that follows every wet month promises nothing.
 *
 * Method. A local level (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, chapter 2) with
 * a stationary autoregression beside it (his section 4.1): roadworks, a season's fashion, weeks that stray and come back.
 * Kalman's filter, the smoother of Rauch, Tung and Striebel, and draws backwards from the last known week (Carter and
 * Kohn, On Gibbs sampling for state space models, 1994), all in two dimensions, written out. The level begins as N(0, 1):
 * logarithms of a regression's residuals.
 *
 * The four numbers are found by Nelder and Mead's method on their logarithms, with log-normal priors: a year or two of weeks
 * don't tell a slow walk from a lasting stray, and the likelihood's own answer is now no walk at all, now nothing but one.
 *
 *     step of the level   0.006 a week (4 % a year), factor e^0.5      stray   0.06, e^0.7; lasts 8 weeks, e^0.6
 *     noise               0.05, e^0.7
 *
 * Tried. The local level alone (no stray), by likelihood: after a jump or a bad autumn the walk's step is 3 % a week,
 * a year's interval -30 to +40 %, and the last weeks before an origin carried into the whole next year (errors of 30 %
 * there). */
#include "estimate/level.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_randist.h>

#include <math.h>

#define SEEN_MIN 4
#define ROUNDS   600
#define NUMBERS  4 /* log step, log stray, log of how long it lasts, log noise */
#define START_SD 1.0

static const double PRIOR_MEAN[NUMBERS] = {-5.1160, -2.8134, 2.0794, -2.9957}; /* of 0.006, 0.06, 8, 0.05 */
static const double PRIOR_SD[NUMBERS] = {0.5, 0.7, 0.6, 0.7};

static double push_variance(const struct yk_level_law *law)
{
    return law->stray_sd * law->stray_sd * (1 - law->keep * law->keep);
}

/* One week on, before it is seen. */
static struct yk_level_state ahead(const struct yk_level_state *s, const struct yk_level_law *law)
{
    return (struct yk_level_state){s->level, law->keep * s->stray, s->level_variance + law->step_sd * law->step_sd,
                                   law->keep * s->covariance,
                                   law->keep * law->keep * s->stray_variance + push_variance(law)};
}

double yk_level_filter(const double *seen, size_t count, const struct yk_level_law *law, struct yk_level_state *state)
{
    double log_likelihood = 0, noise = law->noise_sd * law->noise_sd;
    struct yk_level_state s = {0, 0, START_SD * START_SD, 0, law->stray_sd * law->stray_sd};
    for (size_t k = 0; k < count; k++) {
        if (k > 0)
            s = ahead(&s, law);
        if (!isnan(seen[k])) {
            double by_level = s.level_variance + s.covariance, by_stray = s.stray_variance + s.covariance;
            double variance = by_level + by_stray + noise, error = seen[k] - s.level - s.stray;
            log_likelihood -= 0.5 * (log(2 * M_PI * variance) + error * error / variance);
            s.level += by_level / variance * error;
            s.stray += by_stray / variance * error;
            s.level_variance -= by_level * by_level / variance;
            s.covariance -= by_level * by_stray / variance;
            s.stray_variance -= by_stray * by_stray / variance;
        }
        if (state)
            state[k] = s;
    }
    return log_likelihood;
}

/* Gain of a week from the one after it: P T' (T P T' + Q)^-1, by rows. */
static void gain_of(const struct yk_level_state *now, const struct yk_level_state *then, double keep, double gain[4])
{
    double determinant = then->level_variance * then->stray_variance - then->covariance * then->covariance;
    double a = now->level_variance, b = keep * now->covariance, c = now->covariance, d = keep * now->stray_variance;
    gain[0] = (a * then->stray_variance - b * then->covariance) / determinant;
    gain[1] = (b * then->level_variance - a * then->covariance) / determinant;
    gain[2] = (c * then->stray_variance - d * then->covariance) / determinant;
    gain[3] = (d * then->level_variance - c * then->covariance) / determinant;
}

void yk_level_smooth(size_t count, const struct yk_level_law *law, struct yk_level_state *state)
{
    for (size_t k = count; k-- > 1;) {
        struct yk_level_state *now = &state[k - 1], then = ahead(now, law), *after = &state[k];
        double g[4];
        gain_of(now, &then, law->keep, g);
        double level = after->level - then.level, stray = after->stray - then.stray;
        double a = after->level_variance - then.level_variance, b = after->covariance - then.covariance;
        double c = after->stray_variance - then.stray_variance;
        now->level += g[0] * level + g[1] * stray;
        now->stray += g[2] * level + g[3] * stray;
        now->level_variance += g[0] * g[0] * a + 2 * g[0] * g[1] * b + g[1] * g[1] * c;
        now->covariance += g[0] * g[2] * a + (g[0] * g[3] + g[1] * g[2]) * b + g[1] * g[3] * c;
        now->stray_variance += g[2] * g[2] * a + 2 * g[2] * g[3] * b + g[3] * g[3] * c;
    }
}

/* Level and stray from a normal law of two. */
static void draw_pair(const struct yk_level_state *law, gsl_rng *rng, double *level, double *stray)
{
    double first = gsl_ran_ugaussian(rng), second = gsl_ran_ugaussian(rng);
    double sd = sqrt(fmax(law->level_variance, 0)), with = sd > 0 ? law->covariance / sd : 0;
    *level = law->level + sd * first;
    *stray = law->stray + with * first + sqrt(fmax(law->stray_variance - with * with, 0)) * second;
}

void yk_level_draw(const struct yk_level_state *filtered, size_t known, const struct yk_level_law *law, size_t from,
                   size_t to, double wider, gsl_rng *rng, double *sum)
{
    double level, stray, push_sd = sqrt(push_variance(law));
    draw_pair(&filtered[known - 1], rng, &level, &stray);
    double last_level = level, last_stray = stray;
    if (known > from && known <= to)
        sum[known - 1 - from] = level + stray;
    for (size_t k = known; k < to; k++) {
        level += gsl_ran_gaussian(rng, wider * law->step_sd);
        stray = law->keep * stray + gsl_ran_gaussian(rng, push_sd);
        if (k >= from)
            sum[k - from] = level + stray;
    }
    level = last_level;
    stray = last_stray;
    for (size_t k = known - 1; k-- > from;) {
        struct yk_level_state now = filtered[k], then = ahead(&now, law);
        double g[4], level_away = level - then.level, stray_away = stray - then.stray;
        gain_of(&now, &then, law->keep, g);
        double a = then.level_variance, b = then.covariance, c = then.stray_variance;
        now.level += g[0] * level_away + g[1] * stray_away;
        now.stray += g[2] * level_away + g[3] * stray_away;
        now.level_variance -= g[0] * g[0] * a + 2 * g[0] * g[1] * b + g[1] * g[1] * c;
        now.covariance -= g[0] * g[2] * a + (g[0] * g[3] + g[1] * g[2]) * b + g[1] * g[3] * c;
        now.stray_variance -= g[2] * g[2] * a + 2 * g[2] * g[3] * b + g[3] * g[3] * c;
        draw_pair(&now, rng, &level, &stray);
        if (k < to)
            sum[k - from] = level + stray;
    }
}

/* --- The law ------------------------------------------------------------------------------------------------------- */

struct record {
    const double *seen;
    size_t count;
};

static struct yk_level_law law_of(const gsl_vector *x)
{
    return (struct yk_level_law){exp(gsl_vector_get(x, 0)), exp(gsl_vector_get(x, 1)),
                                 exp(-1 / exp(gsl_vector_get(x, 2))), exp(gsl_vector_get(x, 3))};
}

static double minus_log_posterior(const gsl_vector *x, void *context)
{
    const struct record *r = context;
    double sum = 0;
    for (size_t i = 0; i < NUMBERS; i++) {
        double away = (gsl_vector_get(x, i) - PRIOR_MEAN[i]) / PRIOR_SD[i];
        if (fabs(away) > 12)
            return 1e12;
        sum += 0.5 * away * away;
    }
    struct yk_level_law law = law_of(x);
    return sum - yk_level_filter(r->seen, r->count, &law, NULL);
}

bool yk_level_fit(const double *seen, size_t count, struct yk_level_law *out)
{
    struct record record = {seen, count};
    size_t there = 0;
    for (size_t k = 0; k < count; k++)
        there += !isnan(seen[k]);
    if (there < SEEN_MIN)
        return false;
    gsl_multimin_fminimizer *minimizer = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, NUMBERS);
    gsl_vector *start = gsl_vector_alloc(NUMBERS), *size = gsl_vector_alloc(NUMBERS);
    bool done = false;
    if (minimizer && start && size) {
        for (size_t i = 0; i < NUMBERS; i++)
            gsl_vector_set(start, i, PRIOR_MEAN[i]);
        gsl_vector_set_all(size, 0.5);
        gsl_multimin_function f = {minus_log_posterior, NUMBERS, &record};
        done = gsl_multimin_fminimizer_set(minimizer, &f, start, size) == GSL_SUCCESS;
        for (int round = 0; done && round < ROUNDS; round++)
            if (gsl_multimin_fminimizer_iterate(minimizer) != GSL_SUCCESS ||
                gsl_multimin_fminimizer_size(minimizer) < 1e-4)
                break;
        if (done)
            *out = law_of(gsl_multimin_fminimizer_x(minimizer));
    }
    if (minimizer)
        gsl_multimin_fminimizer_free(minimizer);
    gsl_vector_free(start);
    gsl_vector_free(size);
    return done;
}
