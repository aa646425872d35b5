/* The district in motion: people, devices, sensors, and what happens next. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_WORLD_H
#define YK_SIMULATE_WORLD_H

#include "simulate/camera.h"
#include "simulate/queue.h"
#include "simulate/simulate.h"
#include "simulate/truth.h"

struct yk_world_place {
    const char *id;
    bool plaza;
    const struct yk_scene_place *scene;
    struct yk_rng arrivals, radio;
    uint64_t persons; /* so far; numbers the generator of each */
    size_t *radios, radio_count;
    size_t *cameras, camera_count; /* indices of recorders */
    int64_t day_key;
    double day_factor;
};

struct yk_world_person {
    uint64_t seed; /* of its own generators */
    int64_t arrives_us, leaves_us;
    uint32_t place;
    uint32_t camera; /* whose view the person walks through again on leaving; UINT32_MAX: none */
    int8_t direction;
};

struct yk_world {
    const struct yk_simulate_options *options;
    const struct yk_scene *scene;
    uint64_t seed;
    struct yk_queue queue;
    struct yk_truth truth;
    struct yk_world_place *places;
    size_t place_count;
    struct yk_recorder *recorders;
    struct yk_camera *cameras; /* same index; unused for radios */
    size_t recorder_count;
    struct yk_device *devices;
    uint32_t *free_devices;
    size_t device_count, device_capacity, free_device_count;
    struct yk_world_person *persons;
    uint32_t *free_persons;
    size_t person_count, person_capacity, free_person_count;
    uint64_t total_persons, total_devices, total_adverts;
    bool out_of_memory;
    enum yk_status status; /* of a file that could not be opened on the way */
    struct yk_error error;
};

enum yk_status yk_world_init(struct yk_world *world, const struct yk_config *config,
                             const struct yk_simulate_options *options, struct yk_error *err) YK_MUST_CHECK;
/* Fills the places with those who are there at options->from_us and opens the recordings. */
enum yk_status yk_world_start(struct yk_world *world, struct yk_error *err) YK_MUST_CHECK;
/* Everything that happens before time_us. */
enum yk_status yk_world_run(struct yk_world *world, int64_t time_us, struct yk_error *err) YK_MUST_CHECK;
/* Ends recordings and truth at time_us. */
enum yk_status yk_world_finish(struct yk_world *world, int64_t time_us, struct yk_error *err) YK_MUST_CHECK;
void yk_world_flush(struct yk_world *world);
void yk_world_free(struct yk_world *world);

/* truth.json. */
enum yk_status yk_truth_write(const struct yk_world *world, const struct yk_config *config, int64_t to_us,
                              const char *path, struct yk_error *err) YK_MUST_CHECK;

#endif
