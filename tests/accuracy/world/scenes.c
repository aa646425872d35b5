/* The grid's scenes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "scene.h"

#include <math.h>

/* A made mix of phones and wearables; shares as in docs/SIMULATOR.md. */
#define CLASSES                \
    {                          \
        0.05, 0.10, 0.70, 0.15 \
    }
#define PHONES(label, p)                                                               \
    {                                                                                  \
        .name = (label), .carry = (p), .second = 0.2, .classes = CLASSES, .periods = { \
            {0.5, 300, 480},                                                           \
            {0.25, 420, 900},                                                          \
            {0.25, 900, 900.001}                                                       \
        }                                                                              \
    }
#define ONE_LAW(label, from, to)                                                                                 \
    {                                                                                                            \
        .name = (label), .carry = 0.7, .second = 0.2, .classes = CLASSES, .periods = { {1, from, to}, {0}, {0} } \
    }

static const struct world_people mixed = PHONES("mixture", 0.7);
static const struct world_people p5_8 = ONE_LAW("5-8 min", 300, 480);
static const struct world_people p7_15 = ONE_LAW("7-15 min", 420, 900);
static const struct world_people p15 = ONE_LAW("15 min", 900, 900.001);
static const struct world_people half_half = {.name = "half 5-8, half 15 min",
                                              .carry = 0.7,
                                              .second = 0.2,
                                              .classes = CLASSES,
                                              .periods = {{0.5, 300, 480}, {0.5, 900, 900.001}}};
static const struct world_people few = PHONES("mixture, 30 % carry", 0.3);
static const struct world_people many_static = {.name = "half static",
                                                .carry = 0.7,
                                                .second = 0.2,
                                                .classes = {0.15, 0.35, 0.40, 0.10},
                                                .periods = {{0.5, 300, 480}, {0.25, 420, 900}, {0.25, 900, 900.001}}};
static const struct world_people several = {.name = "two addresses at once",
                                            .carry = 0.7,
                                            .second = 0.2,
                                            .classes = CLASSES,
                                            .periods = {{0.5, 300, 480}, {0.25, 420, 900}, {0.25, 900, 900.001}},
                                            .several = 0.4};
static const struct world_people in_step = {.name = "two addresses in step",
                                            .carry = 0.7,
                                            .second = 0.2,
                                            .classes = CLASSES,
                                            .periods = {{0.5, 300, 480}, {0.25, 420, 900}, {0.25, 900, 900.001}},
                                            .several = 0.2,
                                            .in_step = true};

static const struct world_air good = {.speeds = {{0.7, 1, 2, 0.2, 0.4}, {0.3, 0.3, 1, 0.3, 0.6}}};
static const struct world_air crowded = {.speeds = {{0.7, 1, 2, 0.5, 0.7}, {0.3, 0.3, 1, 0.5, 0.7}}};
static const struct world_air sparse = {.speeds = {{1, 8, 12, 0.4, 0.6}}};
static const struct world_air breaking = {.speeds = {{0.7, 1, 2, 0.2, 0.4}, {0.3, 0.3, 1, 0.3, 0.6}},
                                          .outages_per_day = 4,
                                          .outage_from_s = 20,
                                          .outage_to_s = 2400};

#define STREET_STAY                                 \
    {                                               \
        {                                           \
            .share = 1, .mean_s = 120, .sigma = 0.5 \
        }                                           \
    }
#define PLAZA_STAY                                   \
    {                                                \
        {                                            \
            .share = 1, .mean_s = 2400, .sigma = 0.5 \
        }                                            \
    }
#define DAY(label, per_h, ...)                                                               \
    {                                                                                        \
        .name = (label), .arrivals_per_h = (per_h), .course = true, .places = 1, __VA_ARGS__ \
    }

static const struct world_day street = DAY("street", 300, .stays = STREET_STAY);
static const struct world_day quiet_street = DAY("quiet street", 60, .stays = STREET_STAY);
static const struct world_day plaza = DAY("plaza", 120, .stays = PLAZA_STAY);
static const struct world_day cafes = DAY("cafes", 60, .stays = {{1, 6000, 0.5}});
static const struct world_day market = DAY("market", 240, .stays = {{0.7, 120, 0.5}, {0.3, 2700, 0.5}});
static const struct world_day station = DAY("station", 480, .stays = {{1, 150, 0.5}}, .train_s = 480);
static const struct world_day festival = DAY("festival", 1200, .stays = {{0.4, 900, 0.6}, {0.6, 4500, 0.6}});
static const struct world_day beaconed = DAY("street with beacons", 300, .stays = STREET_STAY, .beacons = 4);
static const struct world_day quarter = {.name = "four places",
                                         .arrivals_per_h = 400,
                                         .course = true,
                                         .stays = {{0.6, 180, 0.5}, {0.4, 900, 0.5}},
                                         .places = 4,
                                         .go_on = 0.55,
                                         .walk_s = 100,
                                         .walk_sigma = 0.4};

/* Hours, hours elsewhere, runs of the full grid and of the short one. */
const struct world_scene world_scenes[] = {
    {"quiet street", &mixed, &good, &quiet_street, &quiet_street, &plaza, NULL, 10, 10, 40, 0, NULL},
    {"street, 5-8 min", &p5_8, &good, &street, &street, &plaza, NULL, 10, 10, 30, 6, NULL},
    {"street, 7-15 min", &p7_15, &good, &street, &street, &plaza, NULL, 10, 10, 30, 0, NULL},
    {"street, 15 min", &p15, &good, &street, &street, &plaza, NULL, 10, 10, 30, 0, NULL},
    {"street, half 5-8 and 15 min", &half_half, &good, &street, &street, &plaza, NULL, 10, 10, 30, 0, NULL},
    {"plaza, 5-8 min", &p5_8, &good, &plaza, &plaza, &street, NULL, 10, 10, 30, 0, NULL},
    {"plaza, 7-15 min", &p7_15, &good, &plaza, &plaza, &street, NULL, 10, 10, 30, 0, NULL},
    {"plaza, 15 min", &p15, &good, &plaza, &plaza, &street, NULL, 10, 10, 30, 6, NULL},
    {"plaza, half 5-8 and 15 min", &half_half, &good, &plaza, &plaza, &street, NULL, 10, 10, 30, 6, NULL},
    {"long stays", &mixed, &good, &cafes, &cafes, &street, NULL, 10, 10, 30, 0, NULL},
    {"market, short and long stays", &mixed, &good, &market, &market, &street, NULL, 10, 10, 30, 0, NULL},
    {"station, trains", &mixed, &good, &station, &station, &plaza, NULL, 10, 10, 30, 6, NULL},
    {"festival, calibrated before", &mixed, &crowded, &festival, &plaza, &street, &good, 6, 10, 30, 0, NULL},
    {"half the devices static", &many_static, &good, &plaza, &plaza, &street, NULL, 10, 10, 30, 0, NULL},
    {"three in ten carry a device", &few, &good, &plaza, &plaza, &street, NULL, 10, 10, 30, 0, NULL},
    {"sparse adverts", &mixed, &sparse, &plaza, &plaza, &street, &good, 10, 10, 30, 0, NULL},
    {"outages", &mixed, &breaking, &plaza, &plaza, &street, &good, 10, 10, 30, 0, NULL},
    {"two addresses at once", &several, &good, &plaza, &plaza, &street, NULL, 10, 10, 30, 0, NULL},
    {"two addresses in step", &in_step, &good, &plaza, &plaza, &street, NULL, 10, 10, 40, 0,
     "births and deaths of one device coincide; the lags cannot tell"},
    {"beacons not taken out", &mixed, &good, &beaconed, &street, &plaza, NULL, 10, 10, 40, 0,
     "infrastructure is counted as visitors' devices"},
    {"four places, walks", &mixed, &good, &quarter, &quarter, &plaza, NULL, 8, 8, 30, 6, NULL},
};
const size_t world_scene_count = sizeof world_scenes / sizeof world_scenes[0];

double world_period_s(const struct world_people *people)
{
    double rate = 0;
    for (int i = 0; i < WORLD_PARTS; i++)
        if (people->periods[i].share > 0)
            rate += people->periods[i].share * 2 / (people->periods[i].from_s + people->periods[i].to_s);
    return 1 / rate;
}

/* Mean and mean square of the devices of a person. */
static void devices_of_person(const struct world_people *p, double *mean, double *square)
{
    double rotating = p->classes[YK_CLASS_RESOLVABLE] + p->classes[YK_CLASS_NON_RESOLVABLE];
    double each = 1 + p->several * rotating, each_square = 1 + 3 * p->several * rotating;
    *mean = p->carry * (1 + p->second) * each;
    *square = p->carry * ((1 - p->second) * each_square + p->second * (2 * each_square + 2 * each * each));
}

double world_persons_per_device(const struct world_people *people)
{
    double mean, square;
    devices_of_person(people, &mean, &square);
    return 1 / mean;
}

double world_kappa(const struct world_people *people)
{
    double mean, square;
    devices_of_person(people, &mean, &square);
    return square / (mean * mean) - 1;
}

double world_period_cv(const struct world_people *people)
{
    double sum = 0, shares = 0;
    for (int i = 0; i < WORLD_PARTS; i++)
        if (people->periods[i].share > 0) {
            double from = people->periods[i].from_s, to = people->periods[i].to_s;
            sum += people->periods[i].share * pow((to - from) / (to + from), 2) / 3;
            shares += people->periods[i].share;
        }
    return sqrt(sum / shares);
}

double world_period_cv_between(const struct world_people *people)
{
    double mean = 1 / world_period_s(people), square = 0;
    for (int i = 0; i < WORLD_PARTS; i++)
        if (people->periods[i].share > 0)
            square += people->periods[i].share * pow(2 / (people->periods[i].from_s + people->periods[i].to_s), 2);
    return sqrt(fmax(square / (mean * mean) - 1, 0));
}
