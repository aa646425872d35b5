/* A street or plaza of rotating devices whose truth is known. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Deliberately simple and independent of the product: every advert is made one by one and all sums are brute force. */
#ifndef YK_TESTS_ROTATION_SIM_H
#define YK_TESTS_ROTATION_SIM_H

#include "rotation/rotation.h"

#include <gsl/gsl_rng.h>
#include <stddef.h>

/* Devices of one make. */
struct sim_speed {
    double share;              /* of devices; the shares sum to 1 */
    double from_s, to_s;       /* each device its own advert interval, log-uniform */
    double loss_from, loss_to; /* and its own loss, uniform */
};
#define SIM_SPEEDS 3

struct sim_scene {
    const char *name;
    double arrivals_per_h; /* Poisson */
    double stay_s;         /* mean; log-normal with sigma 0.5 */
    struct {
        double share; /* of devices; the shares sum to 1 */
        double from_s, to_s;
    } periods[3];                        /* uniform period; a device keeps its law and draws anew at each rotation */
    double advert_s;                     /* adverts every advert_s plus 0-10 ms */
    double loss;                         /* independent */
    double slow_share;                   /* of devices: adverts every 10 s, half of them lost */
    double restart_share;                /* of devices: stop, change the address and advertise at once */
    double hours;                        /* recorded, after a warm-up of three mean stays */
    struct sim_speed speeds[SIM_SPEEDS]; /* if any, instead of advert_s, loss and slow_share */
};

struct sim_life {
    size_t device;
    size_t first, count; /* its adverts heard: sim.adverts[first .. first + count) */
};

struct sim {
    double record_from_s, record_to_s; /* absolute, like adverts */
    double *adverts;                   /* seconds since 1970, by life */
    size_t advert_count, advert_room;
    struct sim_life *lives; /* with at least one advert in the record */
    size_t life_count, life_room;
    double (*stays)[2]; /* by device: arrival and departure, heard or not */
    size_t device_count, device_room;
};

void sim_run(struct sim *sim, const struct sim_scene *scene, gsl_rng *rng);
/* The same with stays of several kinds in place of the scene's one; the scene's stay_s is the warm-up's. stays: SIM_STAYS of them. */
struct sim_stay {
    double share;         /* of devices; the shares sum to 1 */
    double mean_s, sigma; /* log-normal */
};
#define SIM_STAYS 2
void sim_run_stays(struct sim *sim, const struct sim_scene *scene, const struct sim_stay *stays, gsl_rng *rng);
void sim_free(struct sim *sim);
/* Mean period by device time. */
double sim_true_period_s(const struct sim_scene *scene);

struct sim_truth {
    double devices;    /* with an advert in the window */
    double arrivals;   /* whose first advert in the record is in the window */
    double departures; /* whose last one is */
    double present_s;  /* time of all devices between arrival and departure, inside the window */
};
/* Sums and truth over [t0, t1). */
void sim_window(const struct sim *sim, double t0, double t1, struct yk_rotation_sums *sums, struct sim_truth *truth);

#endif
