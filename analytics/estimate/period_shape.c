/* The shape of the rotation period's law, measured. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. How long stays are, and who came from where, needs the law of the period and not its mean alone: half the
 * devices at 5-8 and half at 15 minutes keep an address for 8 minutes with a chance of 0.26, a single uniform law of the
 * same mean with 0.1. Lengths of lives don't tell, being cut by departures; and no two lives may be linked.
 *
 * Method. A death by rotation has a birth shortly after it, so for each life the births in a short window after its end,
 * less those that chance would have put there, are 1 on average if it ended by a rotation and 0 if the device left: a
 * score, far too noisy to say anything of one life, and unbiased in every sum. The same holds backwards for the
 * deaths before its begin. With T(l) = sum (L - l)+ and rho(l) = sum of the scores of lives longer than l,
 *
 *     rho(l) / T(l) = - d/dl log Fe'(l)
 *
 * because T(l) = N Fe'(l) H(l) is the time that addresses were in use beyond an age of l (stay_survivor.c), and rotations that
 * end a life longer than l are N F'(l) H(l) / R': the chance per second that an address in use at a random instant and kept
 * for l so far in the one direction of time is changed in the other. H, and so the law of stays, cancels. Hence
 *
 *     Fe'(l) = exp(- integral from 0 to l of rho/T),     F' = - R' d/dl Fe'
 *
 * with noise that is linear in the scores. (Products of the scores at both ends of a life would give f itself, with the
 * noise squared: at 1,000 arrivals an hour it buries the signal. The ratio needs one end.) F' is then made to fall, kept within 0 and 1
 * (isotonic.c), and given the mean R' that period.c measured, so that the window's share of rotations caught, and the level
 * of rho with it, cancels.
 *
 * Window. 1.6 times 2g: the widest lead of signal over the root of chance for gaps of that mean. Chance is taken from the
 * rest of +-30 s around, which is centred on the same instant so that a trend cancels. A life's own ends are not counted.
 *
 * Tail. Beyond the length where the standard error of log Fe' passes 0.1 or fewer than 30 lives are longer, what is missing in the
 * mean is put as one uniform part from there on. Estimators look no further than Fe' = 0.2, and there is little to be
 * known where no stay is that long. If the measured part ends below 0.6 R it says no more than the mean does: unknown.
 *
 * Error. The scores' own scatter, carried through the integral: each life enters with the integral of 1/T up to its length. */
#include "estimate/period_shape.h"

#include "estimate/isotonic.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS         60 /* and one for the tail: below YK_LAW_PARTS */
#define CELLS_A_MEAN  24.0
#define REACH_S       30.0
#define WINDOW_S(two) (1.6 * (two) + 0.2)
#define WINDOW_MAX_S  15.0
#define LIVES_BEYOND  30

const char *yk_shape_state_text(enum yk_shape_state state)
{
    switch (state) {
    case YK_SHAPE_OK:
        return "ok";
    case YK_SHAPE_TOO_FEW:
        return "too few addresses for the law of the period";
    case YK_SHAPE_TOO_SLOW:
        return "adverts are heard too rarely for the law of the period";
    case YK_SHAPE_UNKNOWN:
        return "lives are too short or too few for the law of the period";
    }
    return "unknown";
}

static int longer_first(const void *a, const void *b)
{
    const struct yk_shape_life *p = a, *q = b;
    double x = p->end_s - p->begin_s, y = q->end_s - q->begin_s;
    return (x < y) - (x > y);
}

/* How many of the sorted times are below t. */
static size_t below(const double *times, size_t count, double t)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (times[mid] < t)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static double within(const double *times, size_t count, double from, double to)
{
    return (double)(below(times, count, to) - below(times, count, from));
}

/* Ends of other lives in the window beyond `at`, less what chance puts there. sign: 1 looks forward, -1 back; times are
 * sign * seconds, sorted. own: the life's own other end, in the same times. Slots of 0.1 s belong to the window that
 * begins with them, hence half a slot. */
static double score(const double *times, size_t count, double at, double own, double window_s)
{
    const double half = 0.05;
    double in = within(times, count, at - half, at + window_s + half);
    double around = within(times, count, at - REACH_S - half, at + REACH_S + half) - in;
    if (own >= at - half && own < at + window_s + half)
        in--;
    else if (fabs(own - at) < REACH_S + half)
        around--;
    double width = window_s + 2 * half, rest = 2 * REACH_S + 2 * half - width;
    return in - around * width / rest;
}

struct cell {
    double time_s; /* integral of T over the cell */
    double events; /* of rho */
    size_t longer; /* lives longer than its end */
};

/* Adds one life, seen from `ways` of its ends, to the integrals of T and rho. */
static void add(struct cell *cells, double width, double length, double ways, double events)
{
    for (int k = 0; k < CELLS && k * width < length; k++) {
        double in = fmin(length - k * width, width), after = length - k * width - in;
        cells[k].time_s += ways * in * (after + in / 2);
        cells[k].events += events * in;
        cells[k].longer += after > 0;
    }
}

/* Fe' at the cells' ends and the standard error of its logarithm. reach[k]: integral of 1/T up to the end of cell k. */
static int survive(const struct yk_shape_life *lives, size_t count, const double *scores, const struct cell *cells,
                   double width, double level, double kept[CELLS + 1], double se[CELLS])
{
    double reach[CELLS];
    int known = 0;
    kept[0] = 1;
    for (; known < CELLS && cells[known].longer >= LIVES_BEYOND; known++) {
        reach[known] = (known ? reach[known - 1] : 0) + width * width / cells[known].time_s;
        kept[known + 1] = kept[known] * exp(-level * width * cells[known].events / cells[known].time_s);
    }
    /* The scatter of a life's scores about their mean, over all lives: chance does not ask for a life's length. */
    double mean = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        mean += scores[i];
        square += scores[i] * scores[i];
    }
    mean /= (double)count;
    double scatter = square / (double)count - mean * mean;
    for (int k = 0; k < known; k++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) {
            int cell = (int)fmin((lives[i].end_s - lives[i].begin_s) / width, k);
            sum += reach[cell] * reach[cell];
        }
        se[k] = level * sqrt(scatter * sum);
    }
    return known;
}

enum yk_shape_state yk_period_shape(struct yk_shape_life *lives, size_t count, double *work,
                                    const struct yk_rotation_period *period, double two_g_s, struct yk_period_law *law,
                                    struct yk_shape_fit *fit)
{
    struct yk_shape_fit none;
    fit = fit ? fit : &none;
    memset(law, 0, sizeof *law);
    memset(fit, 0, sizeof *fit);
    double mean = period->period_s - two_g_s, window = WINDOW_S(two_g_s), width = mean / CELLS_A_MEAN;
    if (!(two_g_s >= 0) || !(mean > two_g_s) || window > WINDOW_MAX_S)
        return YK_SHAPE_TOO_SLOW;
    qsort(lives, count, sizeof *lives, longer_first);
    double *births = work, *deaths = work + count, *scores = work + 2 * count;
    size_t born = 0, died = 0;
    for (size_t i = 0; i < count; i++) {
        if (!lives[i].began_before)
            births[born++] = lives[i].begin_s;
        if (!lives[i].goes_on)
            deaths[died++] = -lives[i].end_s;
    }
    if (born < YK_SHAPE_LIVES_MIN || died < YK_SHAPE_LIVES_MIN)
        return YK_SHAPE_TOO_FEW;
    gsl_sort(births, 1, born);
    gsl_sort(deaths, 1, died);

    struct cell cells[CELLS] = {{0}};
    double time = 0;
    for (size_t i = 0; i < count; i++) {
        const struct yk_shape_life *l = &lives[i];
        bool whole = !l->began_before && !l->goes_on;
        double length = l->end_s - l->begin_s, ways = !l->began_before + !l->goes_on;
        scores[i] = 0;
        if (whole)
            scores[i] =
                score(births, born, l->end_s, l->begin_s, window) + score(deaths, died, -l->begin_s, -l->end_s, window);
        add(cells, width, length, ways, scores[i]);
        time += ways * length;
        fit->rotations += scores[i] / 2;
    }
    if (!(fit->rotations > 0))
        return YK_SHAPE_UNKNOWN;
    double level = time / mean / (2 * fit->rotations); /* rotations that happened for one that was caught */
    double kept[CELLS + 1], se[CELLS];
    int known = survive(lives, count, scores, cells, width, level, kept, se);
    while (known > 0 && se[known - 1] > YK_SHAPE_SE_MAX)
        known--;
    if (known == 0)
        return YK_SHAPE_UNKNOWN;
    fit->known_to_s = known * width + two_g_s;
    fit->se = se[known - 1];
    if (fit->known_to_s < YK_LAW_KNOWN * period->period_s)
        return YK_SHAPE_UNKNOWN;

    double alive[CELLS], weight[CELLS], area = 0;
    for (int k = 0; k < known; k++) {
        alive[k] = mean * (kept[k] - kept[k + 1]) / width;
        double noise = kept[k + 1] * sqrt((double)count) / cells[k].time_s; /* of the cell's own part */
        weight[k] = 1 / (noise * noise);
    }
    yk_isotonic_falling(alive, weight, (unsigned)known, 0, 1);
    for (int k = 0; k < known; k++)
        area += alive[k] * width;

    /* Between the middles of the cells the law falls evenly; from the last one on it has what the mean still lacks. */
    struct yk_law_part parts[YK_LAW_PARTS];
    unsigned count_parts = 0;
    double from = 0, left = 1;
    for (int k = 0; k < known; k++) {
        double to = (k + 0.5) * width;
        if (left - alive[k] > 1e-9)
            parts[count_parts++] = (struct yk_law_part){left - alive[k], from + two_g_s, to + two_g_s};
        left = alive[k];
        from = to;
    }
    if (left > 1e-9) {
        double lacking = fmax(mean - area, 0) + left * width / 2;
        parts[count_parts++] = (struct yk_law_part){left, from + two_g_s, from + 2 * lacking / left + two_g_s};
    }
    if (!yk_law_make(parts, count_parts, law))
        return YK_SHAPE_UNKNOWN;
    /* What rounding, bounds and cells have moved the mean by. */
    double off = period->period_s / law->mean_s;
    for (unsigned i = 0; i < count_parts; i++) {
        parts[i].from_s *= off;
        parts[i].to_s *= off;
    }
    return yk_law_make(parts, count_parts, law) ? YK_SHAPE_OK : YK_SHAPE_UNKNOWN;
}
