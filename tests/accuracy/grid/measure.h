/* What is estimated from a record, beside the truth and the naive number. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_ACCURACY_MEASURE_H
#define YK_ACCURACY_MEASURE_H

#include "estimate/calibration.h"
#include "rotation/period.h"
#include "record.h"

enum grid_kpi {
    GRID_PERIOD,
    GRID_VISITS_15M,
    GRID_VISITS_1H,
    GRID_VISITORS_15M,
    GRID_VISITORS_1H,
    GRID_CARRIED_15M, /* visitors with the calibration of the other place */
    GRID_CARRIED_1H,
    GRID_ARRIVALS_1H,
    GRID_STAY,
    GRID_OCCUPANCY_15M,
    GRID_CIRCULATION,
    GRID_DWELL,
    GRID_FLOW,
    GRID_DWELL_P90,
    GRID_STOP, /* share of stays of STOP_S or longer */
    GRID_KPIS,
};

/* One number of one window. NAN where there is none. */
struct grid_item {
    enum grid_kpi kpi;
    double truth, value, lower, upper;
    double naive;
    double persons; /* V, for the floor of visitors */
    /* Of visitors: what an exact number of devices, one by the true period, and one by the measured period come to with the true
     * persons per device; the least relative standard error that theory leaves. */
    double exact, true_period, true_ratio, limit;
};

struct grid_periods {
    bool known[YK_ROTATING_COUNT];
    struct yk_rotation_period of[YK_ROTATING_COUNT];
};

/* The truth behind a scene, to see whose error is how large. */
struct grid_oracle {
    struct grid_periods periods;
    double persons_per_device, kappa;
    double calibration_sq; /* square of the relative standard error that a calibration must have, by theory */
    double rotations;      /* a device, when calibrated */
};

/* As analytics/kpis/spread.c does: the variation of a class's period from the lives of the place. */
void grid_periods_spread(const struct record_place *place, struct grid_periods *periods);

/* As analytics/kpis/periods.c does: each class by itself, or all together where one is not measurable. */
void grid_periods_measure(const struct yk_lag_histogram lags[YK_ROTATING_COUNT], struct grid_periods *out);
/* From the persons counted on several days, in order of time. */
enum yk_calibration_state grid_calibrate(const struct record *records, size_t count, const struct grid_periods *periods,
                                         struct yk_calibration *out);

typedef void grid_item_fn(void *context, const struct grid_item *item);
/* counted: the truth of visitors is what was counted, as somebody has it who calibrates. here, elsewhere, oracle: NULL without. */
void grid_measure(const struct record *record, const struct grid_periods *periods, const struct yk_calibration *here,
                  const struct yk_calibration *elsewhere, const struct grid_oracle *oracle, bool counted,
                  grid_item_fn *give, void *context);

#endif
