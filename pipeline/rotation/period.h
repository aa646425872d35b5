/* The rotation period from the lags between deaths and births. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method and measured errors: period.c and docs/METHODS.md. */
#ifndef YK_ROTATION_PERIOD_H
#define YK_ROTATION_PERIOD_H

#include "rotation/rotation.h"
#include "lag_histogram.h"

#include <stdbool.h>

#define YK_PERIOD_TWO_G_MAX_S 8.0  /* heard more rarely, devices that restart cannot be told from chance */
#define YK_PERIOD_SE_MAX      0.25 /* relative standard error beyond which a period is of no use */

enum yk_period_state {
    YK_PERIOD_OK,
    YK_PERIOD_NO_DATA,     /* no births, no deaths or no gaps */
    YK_PERIOD_TOO_SLOW,    /* 2g above YK_PERIOD_TWO_G_MAX_S */
    YK_PERIOD_NO_ROTATION, /* rotations not distinct from none */
    YK_PERIOD_UNSURE,      /* distinct, but SE / R above YK_PERIOD_SE_MAX */
    YK_PERIOD_NO_FIT,      /* the fit did not settle; a defect or a histogram that no sensor makes */
};
const char *yk_period_state_text(enum yk_period_state state);

struct yk_period_fit {
    double rotations; /* in silences below 30 s */
    double rotations_se;
    double chance_per_bin; /* chance pairs in the bin at lag 0 */
    double dispersion;     /* Pearson chi-square per degree of freedom of the fit, about 1 */
    double two_g_s;        /* 2g over gaps below 30 s */
    double device_s;       /* T in gaps below 30 s */
    double restart;        /* share of rotations that restart advertising, 0 to 1 */
    double lower_s;        /* 95 % interval of R; set when OK */
    double upper_s;
};

/* Fits a histogram, of one minute or merged over sensors and days (the more the better; a period is frozen per epoch).
 * On OK *out has period_s and se_s, with the default variations and slot 0 for the caller to change; otherwise it is
 * zeroed: take the district's. fit (optional) is filled as far as the method came. No allocation. */
enum yk_period_state yk_period_estimate(const struct yk_lag_histogram *histogram, struct yk_rotation_period *out,
                                        struct yk_period_fit *fit);

/* Whether it would be refused as YK_PERIOD_TOO_SLOW. Such a sensor's histogram is not to be added to those of others:
 * it would have their sum refused, or smear it. */
bool yk_period_too_slow(const struct yk_lag_histogram *histogram);

#endif
