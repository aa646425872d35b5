/* What the grid of simulated scenes is made of. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scene is a place on a kind of day, the people with their devices, and how well these are heard. Each scene names a day on
 * which the same place was calibrated, and another place with the same people: what was learnt there is carried here. */
#ifndef YK_ACCURACY_SCENE_H
#define YK_ACCURACY_SCENE_H

#include "lives/sums.h"

#include <stdbool.h>
#include <stddef.h>

#define WORLD_PARTS             3
#define WORLD_PLACES            4
#define WORLD_LAG_DAYS          8     /* over which a period is measured, as the district does */
#define WORLD_CALIBRATION_DAYS  3     /* the first of these */
#define WORLD_MISCOUNTED        0.015 /* of persons a count misses, and as many it counts twice */
#define WORLD_MISCOUNT_VARIANCE (2 * WORLD_MISCOUNTED)

/* Who comes, with what. */
struct world_people {
    const char *name;
    double carry;                   /* share of persons with a device that advertises */
    double second;                  /* of these, with another one */
    double classes[YK_CLASS_COUNT]; /* shares of devices */
    struct {
        double share; /* of devices */
        double from_s, to_s;
    } periods[WORLD_PARTS]; /* uniform; a device keeps its law and draws anew at each rotation */
    double several; /* share of rotating devices that send two rotating addresses at once: two devices in truth */
    bool in_step;   /* both change at the same instant */
};

/* How devices are heard. */
struct world_air {
    struct {
        double share;
        double from_s, to_s;       /* advert interval of a device, log-uniform */
        double loss_from, loss_to; /* chance of losing an advert, one per device */
    } speeds[WORLD_PARTS];
    double outages_per_day; /* of a sensor */
    double outage_from_s, outage_to_s;
};

/* A place, or a few between which people walk, on a kind of day. */
struct world_day {
    const char *name;
    double arrivals_per_h; /* on a full hour of the day's course */
    bool course;           /* the rate follows the hour, and days differ (log-normal, 0.08); otherwise it is constant */
    struct {
        double share;
        double mean_s, sigma; /* log-normal */
    } stays[2];
    double
        train_s; /* a train every so often: half the people come with it and leave by foot, half wait for it; 0: none */
    int beacons; /* public and static addresses that are always there */
    size_t places; /* 1, or more with walks between them */
    double go_on;  /* chance of going to another place after a stay */
    double walk_s; /* median of the walk; log-normal */
    double walk_sigma;
};

struct world_scene {
    const char *name;
    const struct world_people *people;
    const struct world_air *air;
    const struct world_day *day;
    const struct world_day *calibrated;    /* the day on which the same place was calibrated */
    const struct world_day *elsewhere;     /* another place with the same people */
    const struct world_air *air_elsewhere; /* NULL: heard alike */
    double hours;
    double hours_elsewhere;
    int runs, runs_short; /* independent runs in the full grid and in the short one (0: not in it) */
    const char *beyond;   /* why no goal is set for this scene, or NULL: it is in the table as a limit */
};

extern const struct world_scene world_scenes[];
extern const size_t world_scene_count;

/* Mean period by device time, which is what is to be measured; variation of one device's period, and of rates between devices. */
double world_period_s(const struct world_people *people);
double world_period_cv(const struct world_people *people);
double world_period_cv_between(const struct world_people *people);
/* Persons per device, and the scatter of persons about them that carrying alone makes: Var(c) / E(c)^2 of devices a person. */
double world_persons_per_device(const struct world_people *people);
double world_kappa(const struct world_people *people);

#endif
