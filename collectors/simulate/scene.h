/* What a simulated district is like. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scene is a const descriptor and one line in the table of scene.c. */
#ifndef YK_SIMULATE_SCENE_H
#define YK_SIMULATE_SCENE_H

#include "observation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How people come to a place and stay. */
struct yk_scene_place {
    double persons_per_hour; /* at the profile's highest hour, or always */
    bool profile;            /* by hour of day and weekday; otherwise constant */
    double stay_mean_s;      /* log-normal */
    double stay_sigma;       /* of the logarithm */
    double stop_share;       /* of walks through a camera's view that stop in one of its zones */
};

/* A population of devices by its rotation period: the device draws its own from [low, high]. */
struct yk_scene_period {
    double low_s, high_s;
    double weight;
    double jitter; /* half of the devices vary each period by up to this share, uniformly */
};

#define YK_SCENE_PERIODS 3

struct yk_scene {
    const char *name;
    const char *summary; /* for --help */
    struct yk_scene_place street, plaza;
    double day_spread; /* sigma of the day's factor on all arrivals of a place */

    /* Devices. */
    double carrier_share;                             /* persons with an advertising device */
    double second_share;                              /* of them, with a second one */
    double class_weight[YK_CLASS_COUNT];              /* address classes */
    struct yk_scene_period periods[YK_SCENE_PERIODS]; /* weight 0: not there */
    int beacons;                                      /* infrastructure per place, always there */

    /* Radio. */
    double loss;            /* chance that an advert is not heard */
    double duplicate_share; /* of heard adverts, written twice */
    double bad_crc_share;   /* written once more with broken bits */
    double overrun_share;   /* written with an AD structure longer than its packet */

    /* Cameras. */
    double view_share;          /* arriving persons who walk through the view */
    double plus_share;          /* of them, in direction plus on arrival */
    double miss_share;          /* detections that are not made */
    double false_per_hour;      /* false tracks, each under 0.5 s */
    double id_switch_per_track; /* expected number of changes of id along a walk */

    /* Outages of each sensor. */
    double outages_per_day;
    double outage_mean_s;
};

/* NULL if there is none with that name. */
const struct yk_scene *yk_scene_find(const char *name);
size_t yk_scene_count(void);
const struct yk_scene *yk_scene_at(size_t i);

/* The place's part of the scene, by its id: plazas are the places whose id holds "plaza", "square", "park" or
 * "station"; all others are streets. */
bool yk_scene_is_plaza(const char *place_id);

/* Arrivals at a local time as a share of the highest hour, [0, 1]: linear between the middles of hours. weekday 0 is
 * Sunday. */
double yk_scene_profile(bool plaza, int weekday, int second_of_day);

/* Mean device time per rotation, over devices: 1 / E[1 / period]. 0 if no device rotates. */
double yk_scene_mean_period(const struct yk_scene *scene);

#endif
