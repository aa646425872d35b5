/* Device visits under address rotation, without linking addresses. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From integer sums over a window and the period R at which devices change their address: how many devices were there,
 * how many came and left, how many were there at a time. Method and measured errors: docs/METHODS.md and rotation.c. */
#ifndef YK_ESTIMATE_ROTATION_H
#define YK_ESTIMATE_ROTATION_H

#include "lives/sums.h"

#include <stddef.h>
#include <stdint.h>

/* The period of a class. slot: a number below YK_PERIOD_SLOTS that is the same for all windows and classes whose period
 * comes from the same measurement, so that their errors are added with their sign and not as if independent. */
#define YK_PERIOD_SLOTS 8

struct yk_rotation_period {
    double period_s; /* R: device time per rotation */
    double se_s;     /* standard error of R; 0 if known */
    double cv; /* coefficient of variation of one device's period: 0 fixed, 0.13 for 5-8 min uniform, 0.21 for 7-15 */
    double cv_between; /* of the rate of rotation between devices: 0 all alike, 0.40 for half 5-8 min and half 15 min */
    unsigned slot;
};

/* Where nothing is known. They matter for intervals only. */
#define YK_ROTATION_CV         0.3
#define YK_ROTATION_CV_BETWEEN 0.4

/* A number of devices. Cells add up by yk_visits_add as long as no device is in two of them. */
struct yk_visits {
    double value; /* best estimate, kept within [floor, addresses] */
    double lower; /* 95 % interval, within [floor, addresses] */
    double upper;
    double raw;       /* unbiased and not kept within bounds: what sums are made of */
    double floor;     /* there is at least this many: 1 per cell where anything was heard */
    double addresses; /* A */
    double variance;  /* of raw for a known period */
    /* Shift of raw for each period at the 2.5 % and 97.5 % ends of its error; both >= 0. */
    double shift_down[YK_PERIOD_SLOTS];
    double shift_up[YK_PERIOD_SLOTS];
};

enum yk_visits_state {
    YK_VISITS_OK,
    YK_VISITS_BAD_SUMS,  /* negative, or more carried over than heard */
    YK_VISITS_NO_PERIOD, /* no period, or a negative or not finite number in it */
    YK_VISITS_TOO_SLOW,  /* R <= 2g: several rotations may pass between two adverts */
};
const char *yk_visits_state_text(enum yk_visits_state state);

/* 2g in seconds: the length-biased mean gap, sum G^2 / sum G; 0 without gaps. */
double yk_rotation_two_g_s(const struct yk_rotation_sums *sums);

/* N = A - [T - g(c0 + c1)] / (R - 2g). On any state but OK only floor, addresses, lower = floor and upper = value = raw
 * = A are set: distinct addresses are then all that is known, and the caller publishes nothing. A = 0 gives 0 with the
 * interval [0, 0], which holds for what the sensor could hear. Never NaN. */
enum yk_visits_state yk_visits_rotating(const struct yk_rotation_sums *sums, const struct yk_rotation_period *period,
                                        struct yk_visits *out);
/* The same where the window's length is known and what was heard is heard in all of it: a narrower interval. */
enum yk_visits_state yk_visits_in_window(const struct yk_rotation_sums *sums, const struct yk_rotation_period *period,
                                         double window_s, struct yk_visits *out);
/* Public and random static addresses do not rotate: N = A, exact. */
void yk_visits_exact(int64_t addresses, struct yk_visits *out);
/* Adds a cell; value and interval of the sum are made anew. Begin with a zeroed sum. */
void yk_visits_add(struct yk_visits *to, const struct yk_visits *cell);

struct yk_flow {
    double value, lower, upper; /* 95 %, within [0, births or deaths] */
    double raw;                 /* unbiased and not kept within bounds, for sums over windows */
};
struct yk_rotation_flows {
    struct yk_flow arrivals;   /* B - [T + g(c0 - c1)] / (R - 2g) */
    struct yk_flow departures; /* D - [T + g(c1 - c0)] / (R - 2g) */
    /* Mean stay, [T R/(R - 2g)] / [(arrivals + departures)/2] + 2g. Only over windows much longer than a stay; 0 if
     * nobody came or left. */
    double mean_stay_s;
};
/* State as above; on any but OK *out is zeroed. */
enum yk_visits_state yk_rotation_flows(const struct yk_rotation_sums *sums, const struct yk_rotation_period *period,
                                       struct yk_rotation_flows *out);
enum yk_visits_state yk_flows_in_window(const struct yk_rotation_sums *sums, const struct yk_rotation_period *period,
                                        double window_s, struct yk_rotation_flows *out);

/* Mean number of devices present, [T + g(B + D)] / W; needs no period. window_s > 0, otherwise 0 is returned. */
double yk_rotation_occupancy(const struct yk_rotation_sums *sums, double window_s);

#endif
