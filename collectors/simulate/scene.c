/* The scenes and the day's course. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The figures are round and plausible, not measured: a shopping street with commuters' peaks, a plaza that is closed at
 * night and full at noon and in the evening, weekends that begin late and stay long. Scenes for accuracy (short-stays,
 * long-stays, rotation-*) have constant arrivals and clean cameras, so that one thing varies at a time.
 *
 * Mean period. A device with mean period b rotates 1/b times a second, so a population with b uniform in [low, high]
 * rotates ln(high/low)/(high - low) times a second and device; R is the inverse of the weighted mean of that. */
#include "simulate/scene.h"

#include <math.h>
#include <string.h>

#define MOSTLY_RESOLVABLE                                                                 \
    {                                                                                     \
        [YK_CLASS_PUBLIC] = 0.05, [YK_CLASS_STATIC] = 0.10, [YK_CLASS_RESOLVABLE] = 0.70, \
        [YK_CLASS_NON_RESOLVABLE] = 0.15                                                  \
    }
#define P5_8(w)           \
    {                     \
        300, 480, w, 0.10 \
    }
#define P7_15(w)          \
    {                     \
        420, 900, w, 0.10 \
    }
#define P15(w)         \
    {                  \
        900, 900, w, 0 \
    }
#define MIXED                             \
    {                                     \
        P5_8(0.5), P7_15(0.25), P15(0.25) \
    }
#define DEVICES .carrier_share = 0.70, .second_share = 0.20, .class_weight = MOSTLY_RESOLVABLE
#define CAMERA  .view_share = 0.85, .plus_share = 0.55
#define STREET_PROFILE(n)                                                                                   \
    {                                                                                                       \
        .persons_per_hour = (n), .profile = true, .stay_mean_s = 120, .stay_sigma = 0.5, .stop_share = 0.15 \
    }
#define PLAZA_PROFILE(n)                                                                                    \
    {                                                                                                       \
        .persons_per_hour = (n), .profile = true, .stay_mean_s = 1500, .stay_sigma = 0.6, .stop_share = 0.5 \
    }
#define CONSTANT(n, mean, sigma, stop)                                                                                \
    {                                                                                                                 \
        .persons_per_hour = (n), .profile = false, .stay_mean_s = (mean), .stay_sigma = (sigma), .stop_share = (stop) \
    }
#define STREET_CONSTANT CONSTANT(240, 120, 0.5, 0.15)
#define PLAZA_CONSTANT  CONSTANT(120, 1500, 0.6, 0.5)

static const struct yk_scene scenes[] = {
    {
        .name = "district",
        .summary = "streets and plazas through days and weekends (default)",
        .street = STREET_PROFILE(420),
        .plaza = PLAZA_PROFILE(180),
        .day_spread = 0.08,
        DEVICES,
        .periods = MIXED,
        .loss = 0.3,
        CAMERA,
        .miss_share = 0.03,
        .outages_per_day = 0.1,
        .outage_mean_s = 2700,
    },
    {
        .name = "clean",
        .summary = "the same without losses, camera errors and outages",
        .street = STREET_PROFILE(420),
        .plaza = PLAZA_PROFILE(180),
        .day_spread = 0.08,
        DEVICES,
        .periods = MIXED,
        CAMERA,
    },
    {
        .name = "short-stays",
        .summary = "every place a street: always 240 persons an hour, 2 min each",
        .street = STREET_CONSTANT,
        .plaza = STREET_CONSTANT,
        DEVICES,
        .periods = MIXED,
        .loss = 0.3,
        CAMERA,
    },
    {
        .name = "long-stays",
        .summary = "every place a plaza: always 120 persons an hour, 40 min each",
        .street = CONSTANT(120, 2400, 0.5, 0.5),
        .plaza = CONSTANT(120, 2400, 0.5, 0.5),
        DEVICES,
        .periods = MIXED,
        .loss = 0.3,
        CAMERA,
    },
    {
        .name = "quiet",
        .summary = "a district with a twentieth of the people",
        .street = STREET_PROFILE(21),
        .plaza = PLAZA_PROFILE(9),
        .day_spread = 0.08,
        DEVICES,
        .periods = MIXED,
        .loss = 0.3,
        CAMERA,
        .miss_share = 0.03,
    },
    {
        .name = "busy",
        .summary = "a district with five times the people, a festival",
        .street = STREET_PROFILE(2100),
        .plaza = PLAZA_PROFILE(900),
        .day_spread = 0.08,
        DEVICES,
        .periods = MIXED,
        .loss = 0.5,
        CAMERA,
        .miss_share = 0.05,
    },
    {
        .name = "dirty",
        .summary = "duplicates, bad packets, beacons, camera errors, outages",
        .street = STREET_PROFILE(420),
        .plaza = PLAZA_PROFILE(180),
        .day_spread = 0.08,
        DEVICES,
        .periods = MIXED,
        .beacons = 3,
        .loss = 0.4,
        .duplicate_share = 0.02,
        .bad_crc_share = 0.05,
        .overrun_share = 0.01,
        CAMERA,
        .miss_share = 0.15,
        .false_per_hour = 40,
        .id_switch_per_track = 0.05,
        .outages_per_day = 2,
        .outage_mean_s = 1800,
    },
    {
        .name = "rotation-5-8",
        .summary = "constant arrivals, all periods from 5 to 8 minutes",
        .street = STREET_CONSTANT,
        .plaza = PLAZA_CONSTANT,
        DEVICES,
        .periods = {P5_8(1)},
        .loss = 0.3,
        CAMERA,
    },
    {
        .name = "rotation-7-15",
        .summary = "constant arrivals, all periods from 7 to 15 minutes",
        .street = STREET_CONSTANT,
        .plaza = PLAZA_CONSTANT,
        DEVICES,
        .periods = {P7_15(1)},
        .loss = 0.3,
        CAMERA,
    },
    {
        .name = "rotation-15",
        .summary = "constant arrivals, all periods 15 minutes",
        .street = STREET_CONSTANT,
        .plaza = PLAZA_CONSTANT,
        DEVICES,
        .periods = {P15(1)},
        .loss = 0.3,
        CAMERA,
    },
};

size_t yk_scene_count(void)
{
    return sizeof scenes / sizeof scenes[0];
}

const struct yk_scene *yk_scene_at(size_t i)
{
    return i < yk_scene_count() ? &scenes[i] : NULL;
}

const struct yk_scene *yk_scene_find(const char *name)
{
    for (size_t i = 0; i < yk_scene_count(); i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    return NULL;
}

bool yk_scene_is_plaza(const char *place_id)
{
    static const char *const words[] = {"plaza", "square", "park", "station"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(place_id, words[i]))
            return true;
    return false;
}

/* Percent of the highest hour, from the hour that begins at midnight. */
static const uint8_t course[2][2][24] = {
    /* Street: commuters, lunch, the way home; weekends late and broad. */
    {{2, 1, 1, 1, 1, 5, 20, 55, 90, 60, 50, 65, 95, 80, 60, 60, 70, 90, 100, 85, 55, 35, 18, 7},
     {4, 2, 1, 1, 1, 2, 6, 15, 30, 50, 70, 85, 95, 100, 100, 95, 90, 85, 75, 60, 40, 25, 15, 8}},
    /* Plaza: closed at night. */
    {{0, 0, 0, 0, 0, 0, 0, 8, 25, 35, 45, 70, 100, 75, 45, 45, 55, 75, 95, 80, 50, 20, 3, 0},
     {0, 0, 0, 0, 0, 0, 0, 3, 15, 35, 60, 80, 95, 100, 100, 95, 90, 80, 70, 55, 35, 15, 3, 0}},
};

double yk_scene_profile(bool plaza, int weekday, int second_of_day)
{
    const uint8_t *hours = course[plaza][weekday == 0 || weekday == 6];
    double at = second_of_day / 3600.0 - 0.5; /* in middles of hours */
    int before = (int)floor(at);
    double share = at - before;
    return (hours[(before + 24) % 24] * (1 - share) + hours[(before + 1) % 24] * share) / 100.0;
}

double yk_scene_mean_period(const struct yk_scene *scene)
{
    double weight = 0, rate = 0;
    for (int i = 0; i < YK_SCENE_PERIODS; i++) {
        const struct yk_scene_period *p = &scene->periods[i];
        if (p->weight <= 0)
            continue;
        weight += p->weight;
        rate += p->weight * (p->high_s > p->low_s ? log(p->high_s / p->low_s) / (p->high_s - p->low_s) : 1 / p->low_s);
    }
    return rate > 0 ? weight / rate : 0;
}
