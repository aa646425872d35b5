/* What the KPIs of one place and one window are worked out from. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All numbers are integers taken from merged states; doubles begin in the KPI's own function. */
#ifndef YK_KPIS_FACTS_H
#define YK_KPIS_FACTS_H

#include "config/config.h"
#include "rotation/period.h"
#include "rotation/rotation.h"
#include "kpi_row.h"
#include "observation.h"

#include <math.h>

struct yk_cover {
    int64_t ran_s, expected_s; /* sums over the sensors */
};

/* The busiest hour, in both directions, and the busiest quarter of it: in an hour's facts that hour, in a day's the busiest four
 * quarters in a row. hour is -1 where no whole hour was watched all through. */
struct yk_peak {
    int64_t hour, quarter;
};

struct yk_line_facts {
    char id[YK_ID_SIZE];
    int64_t plus, minus;
    struct yk_peak peak;
    double length_m; /* 0 = not known */
    struct yk_cover cover;
};

/* Over the hours of a day, or the quarters of an hour, in which the camera ran: seconds inside T and entries E of each, as
 * the error of the ratio of their sums needs them. None in a quarter's facts. */
struct yk_zone_parts {
    int64_t count;
    int64_t inside_sq, inside_entered, entered_sq; /* sums of T^2, T E and E^2 */
};

struct yk_zone_facts {
    char id[YK_ID_SIZE];
    int64_t inside_ms;
    int64_t entered; /* persons */
    struct yk_zone_parts parts;
    int64_t most;   /* persons at once */
    double area_m2; /* 0 = not known */
    struct yk_cover cover;
};

#define YK_LINES_MAX 64 /* lines, and zones, of one place */

/* Rotation periods in force, frozen for an epoch. */
struct yk_periods {
    bool known[YK_ROTATING_COUNT];
    struct yk_rotation_period period[YK_ROTATING_COUNT];
    char id[40]; /* for the rows: configuration and periods */
};

struct yk_stay_curves;          /* estimate/stay_told.h */
struct yk_calibration_in_force; /* calibrations/calibrations.h */
struct yk_line_corrections;     /* calibrations/line_corrections.h */

struct yk_facts {
    const struct yk_config *config;
    const struct yk_place_config *place;
    int64_t start_s, end_s;
    enum yk_resolution resolution;
    bool closed; /* the window has ended */
    bool final;
    struct yk_cover radio_cover, camera_cover;
    bool has_radio, has_camera; /* the place has such sensors in this window */
    const char *radio_id;       /* the one radio of the window; NULL if there is none, or several are */
    bool awaited;               /* nothing is known of the window's devices, and its edge may still send sums */
    struct yk_radio_sums radio;
    struct yk_stay_curves *stays; /* lives by length, of a final day of which presence came; otherwise NULL */
    const struct yk_periods *periods;
    const struct yk_calibration_in_force *calibration; /* of the place and epoch; NULL: nobody asked for one */
    const struct yk_line_corrections *corrections;     /* of the place and camera day; NULL: nothing is corrected */
    const struct yk_facts *quarters; /* of an hour and a day: theirs, in order of time; of a quarter NULL */
    size_t quarter_count;
    struct yk_peak peak; /* of all lines together */
    size_t line_count, zone_count;
    struct yk_line_facts lines[YK_LINES_MAX]; /* last, since what lies beyond the counts is not set: 13 kB a window */
    struct yk_zone_facts zones[YK_LINES_MAX];
};

/* NAN when nothing was expected. */
static inline double yk_coverage(const struct yk_cover *cover)
{
    return cover->expected_s > 0 ? (double)cover->ran_s / (double)cover->expected_s : (double)NAN;
}

#endif
