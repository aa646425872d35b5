/* A table of flows that agrees with what was counted at its edges. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who went where is known from some of the devices; how many left and how many came is counted. Method, source and limits:
 * proportional_fitting.c. */
#ifndef YK_ESTIMATE_PROPORTIONAL_FITTING_H
#define YK_ESTIMATE_PROPORTIONAL_FITTING_H

#include <stddef.h>

enum yk_fitting_state {
    YK_FITTING_OK,
    YK_FITTING_BAD_NUMBERS, /* no rows or columns, or a number that is negative or not finite */
    YK_FITTING_EMPTY,       /* a margin sums to 0 */
    YK_FITTING_NO_SUPPORT,  /* a row or column was counted and all its cells are structural zeros */
    YK_FITTING_UNSETTLED,   /* the rounds are used up: most often zeros that no such margins allow */
};
const char *yk_fitting_state_text(enum yk_fitting_state state);

struct yk_fitting_options {
    double tolerance; /* largest error of a margin over its total; 0: 1e-10 */
    unsigned rounds;  /* at most; 0: 10,000 */
};

struct yk_fitting_report {
    double row_total, column_total; /* as they were given; of what was counted */
    double total;        /* what both were scaled to: their mean. With a free margin nothing is scaled to it */
    double disagreement; /* |row_total - column_total| / total; 0 with a free margin */
    double error;        /* largest error of a margin over the total, at the end */
    unsigned rounds;     /* used */
    size_t where;        /* NO_SUPPORT: the row, or rows + column */
};

/* table[row * columns + column]: flows known so far in, fitted flows out. 0 is a structural zero (nobody can go there; nobody
 * stays where he is) and stays 0. A margin that is NAN is free: nobody counted it. On any state but OK and UNSETTLED the table is as it was. options and report may be NULL.
 * No allocation. */
enum yk_fitting_state yk_proportional_fitting(double *table, size_t rows, size_t columns, const double *row_margin,
                                              const double *column_margin, const struct yk_fitting_options *options,
                                              struct yk_fitting_report *report);

#endif
