/* A made district: who is where, and what their devices send. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Deliberately independent of the product and of `yukikai simulate`: it knows persons, stays and single adverts, and nothing of
 * ticks, lives or sums. It tells a listener one person after the other. Times in seconds since 1970. */
#ifndef YK_ACCURACY_WORLD_H
#define YK_ACCURACY_WORLD_H

#include "scene.h"

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_STAYS_MAX \
    WORLD_PLACES /* nobody returns to a place: whether that is one visit or two is a matter of taste */

struct world_stay {
    size_t place;
    double from_s, to_s;
};

/* One person's stays, in order of time; some may lie outside the record. */
struct world_person {
    struct world_stay stays[WORLD_STAYS_MAX];
    size_t count;
    double counted; /* how often a camera or a hand count has it: 1, now and then 0 or 2 */
};

struct world_listener {
    void *context;
    /* A person; NULL for a beacon, which is nobody. Its devices follow. */
    void (*person)(void *context, const struct world_person *person);
    /* A device of the last person, or a beacon with its stays. Its addresses and adverts follow, in order of time. */
    void (*device)(void *context, const struct world_person *person, enum yk_address_class address_class);
    void (*address)(void *context, uint64_t address);
    void (*advert)(void *context, size_t place, double t_s); /* was not lost on the air; the sensor may be out */
    void (*device_end)(void *context);
};

/* Variance of the number of rotations of a device that is there for step_s, 2 step_s, ... count step_s, over devices and luck: what
 * no estimator that knows only how many are there can know. Drawn, to about 1 %. */
void world_turn_variance(const struct world_people *people, gsl_rng *rng, double step_s, size_t count, double *out);

/* What happens in [from_s, to_s), with what began before it. */
void world_run(const struct world_people *people, const struct world_air *air, const struct world_day *day,
               double from_s, double to_s, gsl_rng *rng, const struct world_listener *listener);

#endif
