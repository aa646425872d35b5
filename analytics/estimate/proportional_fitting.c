/* Iterative proportional fitting. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Radio knows the pattern (of those who leave the station, a third go to the plaza) for those who carry a device that
 * is heard; counts of persons exist for the edges of the table alone. Wanted is the table nearest to the pattern that has
 * these margins.
 *
 * Method. Rows are scaled to their margin, then columns, in turns (Deming and Stephan, On a least squares adjustment of a
 * sampled frequency table when the expected marginal totals are known, 1940, section 5). The limit keeps every odds ratio of
 * the pattern and is the table of least Kullback-Leibler distance from it (Ireland and Kullback, Contingency tables with given
 * marginals, 1968). A zero stays zero.
 *
 * Margins. Two counters never agree. Neither is the better one, so both are scaled to the mean of their totals, and the
 * disagreement is reported: above the counters' known error it is a fault and not noise.
 *
 * A margin that nobody counted is free: its line is never scaled by itself and comes out as its cells do. The limit is then the
 * table nearest to the pattern among all that have the other margins (Csiszar, I-divergence geometry of probability
 * distributions and minimization problems, 1975, section 3). The pattern has to be in the margins' unit for that, since no line
 * is left to take up a factor; and there are no two totals to compare, so each margin is taken as it is.
 *
 * Bounds. A limit exists if and only if some table with these zeros has these margins; with none the turns go round for ever
 * between two tables, which the rounds end and the error tells. A limit with cells that fall to 0 is reached only like 1/rounds.
 * The pattern's own sampling error is not lowered by fitting: a cell's interval comes from fitting drawn patterns and
 * margins again. */
#include "estimate/proportional_fitting.h"

#include <math.h>
#include <stdbool.h>

#define TOLERANCE 1e-10
#define ROUNDS    10000

const char *yk_fitting_state_text(enum yk_fitting_state state)
{
    switch (state) {
    case YK_FITTING_OK:
        return "ok";
    case YK_FITTING_BAD_NUMBERS:
        return "numbers that are negative or not finite";
    case YK_FITTING_EMPTY:
        return "nobody was counted at an edge of the table";
    case YK_FITTING_NO_SUPPORT:
        return "a place was counted to or from which no flow is known";
    case YK_FITTING_UNSETTLED:
        return "no table with these zeros has these margins";
    }
    return "unknown";
}

/* The sum of the margins that were counted, or -1. */
static double counted_sum(const double *margin, size_t n, bool *free)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        *free = *free || isnan(margin[i]);
        if (isinf(margin[i]) || margin[i] < 0)
            return -1;
        sum += isnan(margin[i]) ? 0 : margin[i];
    }
    return isfinite(sum) ? sum : -1;
}

/* The sum, or -1. */
static double sound_sum(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || x[i] < 0)
            return -1;
        sum += x[i];
    }
    return isfinite(sum) ? sum : -1;
}

static double line_sum(const double *line, size_t n, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += line[i * stride];
    return sum;
}

static void line_scale(double *line, size_t n, size_t stride, double wanted)
{
    double sum = line_sum(line, n, stride);
    double factor = sum > 0 ? wanted / sum : 0;
    for (size_t i = 0; i < n; i++)
        line[i * stride] *= factor;
}

enum yk_fitting_state yk_proportional_fitting(double *table, size_t rows, size_t columns, const double *row_margin,
                                              const double *column_margin, const struct yk_fitting_options *options,
                                              struct yk_fitting_report *report)
{
    struct yk_fitting_report unused, *r = report ? report : &unused;
    *r = (struct yk_fitting_report){0};
    double tolerance = options && options->tolerance > 0 ? options->tolerance : TOLERANCE;
    unsigned rounds = options && options->rounds > 0 ? options->rounds : ROUNDS;
    bool free = false;
    if (rows == 0 || columns == 0 || sound_sum(table, rows * columns) < 0)
        return YK_FITTING_BAD_NUMBERS;
    r->row_total = counted_sum(row_margin, rows, &free);
    r->column_total = counted_sum(column_margin, columns, &free);
    if (r->row_total < 0 || r->column_total < 0)
        return YK_FITTING_BAD_NUMBERS;
    if (!(r->row_total > 0) || !(r->column_total > 0))
        return YK_FITTING_EMPTY;
    r->total = r->row_total / 2 + r->column_total / 2;
    r->disagreement = free ? 0 : fabs(r->row_total - r->column_total) / r->total;
    double row_factor = free ? 1 : r->total / r->row_total, column_factor = free ? 1 : r->total / r->column_total;

    for (size_t i = 0; i < rows + columns; i++) {
        bool row = i < rows;
        double counted = row ? row_margin[i] : column_margin[i - rows];
        double known = row ? line_sum(&table[i * columns], columns, 1) : line_sum(&table[i - rows], rows, columns);
        if (counted > 0 && !(known > 0)) {
            r->where = i;
            return YK_FITTING_NO_SUPPORT;
        }
    }

    while (r->rounds < rounds) {
        for (size_t i = 0; i < rows; i++)
            if (!isnan(row_margin[i]))
                line_scale(&table[i * columns], columns, 1, row_margin[i] * row_factor);
        for (size_t j = 0; j < columns; j++)
            if (!isnan(column_margin[j]))
                line_scale(&table[j], rows, columns, column_margin[j] * column_factor);
        r->rounds++;
        r->error = 0; /* columns fit to rounding now, unless one has lost its last cell to a row of 0 */
        for (size_t i = 0; i < rows; i++)
            if (!isnan(row_margin[i]))
                r->error = fmax(r->error, fabs(line_sum(&table[i * columns], columns, 1) - row_margin[i] * row_factor));
        for (size_t j = 0; j < columns; j++)
            if (!isnan(column_margin[j]))
                r->error = fmax(r->error, fabs(line_sum(&table[j], rows, columns) - column_margin[j] * column_factor));
        r->error /= r->total;
        if (r->error <= tolerance)
            return YK_FITTING_OK;
    }
    return YK_FITTING_UNSETTLED;
}
