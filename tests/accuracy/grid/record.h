/* A made day as the product hears it, beside what really happened. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Adverts become ticks as in collectors/presence/table.c; from there on it is the product's own code: sets of devices heard, the
 * walk over lives, the lag counters. */
#ifndef YK_ACCURACY_RECORD_H
#define YK_ACCURACY_RECORD_H

#include "estimate/period_shape.h"
#include "estimate/stay_tally.h"
#include "estimate/transition.h"
#include "lives/walk.h"
#include "lag_histogram.h"
#include "../world/world.h"

/* What happened in a window at a place; at the last place, in all of them together. */
struct record_truth {
    double persons;     /* there at any time */
    double counted;     /* of them, by the camera or the hand */
    double heard;       /* devices with an advert */
    double arrivals;    /* visits of devices whose first advert is in it */
    double present_s;   /* of devices, heard or not */
    double turn_noise;  /* variance of the rotations of all devices that are there, given how long each is */
    double quarters_sq; /* of a day: over persons, the square of the quarters that each is there in */
    double rotating_s,
        rotating_ends; /* stays of rotating devices that begin in it and of those that end, added up; how many */
    bool covered;      /* the sensor ran all the time */
};

struct record_place {
    struct yk_walk_sums sums;
    struct yk_shape_life *lives; /* of rotating devices */
    size_t life_count;
    struct yk_shape_life *lives_of[YK_ROTATING_COUNT]; /* the same by class */
    size_t lives_of_count[YK_ROTATING_COUNT];
    struct yk_stay_tally stays; /* of all lives, as the district has them of a day */
    double *stays_s;            /* of devices that came in the record */
    size_t stay_count, stay_room;
    struct record_truth *quarter, *hour, day;
};

struct record {
    /* Addresses that were heard at one place and then at another; devices that really went, both stays in the record. */
    struct yk_transitions moves_rotating;
    int64_t moves_fixed;
    double went_rotating, went_fixed;
    struct yk_span span;
    size_t places; /* and one more if there are several: the district, as one radio that hears all places */
    struct record_place place[WORLD_PLACES + 1];
    struct yk_lag_histogram lags[YK_ROTATING_COUNT]; /* of all sensors that hear often enough */
};

/* on_day: from the first one on. lags_only: nothing but lags is told. Fills *out; free it with record_free. Aborts without memory: this is a test's program. */
void record_make(const struct world_people *people, const struct world_air *air, const struct world_day *day,
                 double hours, int on_day, uint64_t seed, bool lags_only, struct record *out);
void record_free(struct record *record);

#endif
