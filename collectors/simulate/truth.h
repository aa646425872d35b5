/* What really happened, counted from the world itself. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Definitions are in docs/SIMULATOR.md. Nothing here looks at what a decoder or an estimator makes of the files. */
#ifndef YK_SIMULATE_TRUTH_H
#define YK_SIMULATE_TRUTH_H

#include "base/error.h"
#include "observation.h"
#include "simulate/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Groups of devices: the four address classes of people's devices, and infrastructure. */
#define YK_TRUTH_INFRASTRUCTURE YK_CLASS_COUNT
#define YK_TRUTH_GROUPS         (YK_CLASS_COUNT + 1)

static inline int yk_truth_group(const struct yk_device *device)
{
    return device->infrastructure ? YK_TRUTH_INFRASTRUCTURE : device->address_class;
}

struct yk_truth_window {
    int64_t start_s, end_s;
    uint32_t persons;                    /* present at any time in it */
    uint32_t persons_arrived;            /* of them, arrived in it */
    uint32_t present[YK_TRUTH_GROUPS];   /* devices present at any time in it */
    uint32_t arrived[YK_TRUTH_GROUPS];   /* of them, arrived in it */
    uint32_t heard[YK_TRUTH_GROUPS];     /* of the present ones, heard at least once in it */
    uint32_t addresses[YK_TRUTH_GROUPS]; /* distinct addresses heard in it */
};

struct yk_truth_series {
    struct yk_truth_window *windows;
    size_t count, capacity;
};

struct yk_truth_place {
    struct yk_truth_series series[YK_TRUTH_RESOLUTIONS];
    uint32_t persons_now;
    uint32_t devices_now[YK_TRUTH_GROUPS];
    double device_s[YK_CLASS_COUNT]; /* time that people's devices were present */
    uint64_t rotations[YK_CLASS_COUNT];
    uint64_t visits_ended; /* persons who left, and their stays */
    double stay_s;
};

/* Crossings and zones: one value per 15 minutes. */
struct yk_truth_line {
    uint32_t (*counts)[2]; /* plus, minus */
};
struct yk_truth_zone {
    double *person_s;        /* integral of the number of people inside */
    uint32_t *max;           /* highest number inside at a whole second */
    uint32_t *max_in_second; /* highest number of people who were inside at any time of the same second */
    uint32_t *entered;
};

struct yk_truth {
    int day_offset_s; /* devices' days begin this long after local midnight */
    struct yk_truth_place *places;
    size_t place_count;
    struct yk_truth_line *lines;
    size_t line_count;
    struct yk_truth_zone *zones;
    size_t zone_count;
    int64_t quarter0_s; /* start of the first 15 minutes */
    size_t quarters;    /* of lines and zones, so far */
    size_t quarter_capacity;
    int64_t next_roll_us; /* the next border of any window */
    bool list_addresses;
    uint8_t (*addresses)[6];
    size_t address_count, address_capacity;
    bool out_of_memory;
};

enum yk_status yk_truth_init(struct yk_truth *truth, size_t places, size_t lines, size_t zones, int day_offset_s,
                             struct yk_error *err) YK_MUST_CHECK;
void yk_truth_free(struct yk_truth *truth);
/* Opens the windows that hold time_us; called at the beginning and whenever time reaches next_roll_us. */
void yk_truth_roll(struct yk_truth *truth, int64_t time_us);

void yk_truth_person_arrives(struct yk_truth *truth, size_t place);
void yk_truth_person_leaves(struct yk_truth *truth, size_t place, double stay_s);
void yk_truth_device_arrives(struct yk_truth *truth, const struct yk_device *device);
void yk_truth_device_leaves(struct yk_truth *truth, const struct yk_device *device);
void yk_truth_rotated(struct yk_truth *truth, const struct yk_device *device);
/* Time that a person's device was present while the truth was told. */
void yk_truth_device_time(struct yk_truth *truth, const struct yk_device *device, double seconds);
/* The device's present address was written to a capture for the first time. */
void yk_truth_list_address(struct yk_truth *truth, struct yk_device *device);
/* The first hearing of an address in a window, or of a device: see yk_truth_heard. */
void yk_truth_heard_anew(struct yk_truth *truth, struct yk_device *device);

/* A whole advert of the device, as strong as the sensor asks for, was written to a capture of its place. */
static inline void yk_truth_heard(struct yk_truth *truth, struct yk_device *device)
{
    const struct yk_truth_place *place = &truth->places[device->place];
    if (device->listed_in[0] != place->series[0].count || device->listed_in[1] != place->series[1].count ||
        device->listed_in[2] != place->series[2].count)
        yk_truth_heard_anew(truth, device);
}

void yk_truth_crossed(struct yk_truth *truth, size_t line, int direction, int64_t time_us);
/* One finished second of a zone. */
struct yk_truth_second {
    double person_s;
    uint32_t at_start, within, entered;
};
void yk_truth_zone_second(struct yk_truth *truth, size_t zone, int64_t second, const struct yk_truth_second *what);

#endif
