/* Making a world out of a configuration. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Places, lines, zones and sensors may be listed several times with different valid_from; the simulation takes the ones
 * that hold at its beginning and keeps them. Places of one id are one place, whatever entry a sensor names. */
#include "simulate/world.h"

#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SENSOR_PURPOSE 6

/* True if config->sensors[i] is the entry that holds at time_s (if none does yet, the earliest). */
static bool holds(const struct yk_config *config, size_t i, int64_t time_s)
{
    const struct yk_sensor_config *mine = &config->sensors[i];
    for (size_t k = 0; k < config->sensor_count; k++) {
        const struct yk_sensor_config *other = &config->sensors[k];
        if (k == i || strcmp(other->id, mine->id) != 0)
            continue;
        bool other_valid = other->valid_from <= time_s, valid = mine->valid_from <= time_s;
        if (other_valid != valid ? other_valid
            : valid              ? other->valid_from > mine->valid_from
                                 : other->valid_from < mine->valid_from)
            return false;
    }
    return true;
}

static size_t find_place(const struct yk_world *world, const char *id)
{
    size_t i = 0;
    for (; i < world->place_count; i++) {
        assert(world->places[i].id);
        if (strcmp(world->places[i].id, id) == 0)
            break;
    }
    return i;
}

static enum yk_status add_places(struct yk_world *world, const struct yk_config *config, struct yk_error *err)
{
    world->places = calloc(config->place_count + 1, sizeof *world->places);
    if (!world->places) {
        yk_error_set(err, YK_ERR_MEMORY, "no memory for the places");
        return YK_ERR_MEMORY;
    }
    for (size_t i = 0; i < config->place_count; i++) {
        const char *id = config->places[i].id;
        if (find_place(world, id) < world->place_count)
            continue;
        struct yk_world_place *place = &world->places[world->place_count];
        place->id = id;
        place->plaza = yk_scene_is_plaza(id);
        place->scene = place->plaza ? &world->scene->plaza : &world->scene->street;
        place->arrivals = yk_rng_of(world->seed, 1, world->place_count);
        place->radio = yk_rng_of(world->seed, 2, world->place_count);
        place->radios = calloc(config->sensor_count + 1, sizeof *place->radios);
        place->cameras = calloc(config->sensor_count + 1, sizeof *place->cameras);
        world->place_count++;
        if (!place->radios || !place->cameras) {
            yk_error_set(err, YK_ERR_MEMORY, "no memory for the places");
            return YK_ERR_MEMORY;
        }
    }
    return YK_OK;
}

/* What the device counts by itself is not simulated, and that is better said. */
static void say_own(const struct yk_sensor_config *sensor)
{
    for (size_t i = 0; i < sensor->line_count; i++)
        if (sensor->lines[i].points.count == 0)
            yk_log(YK_LOG_WARNING, "line %s of sensor %s is the device's own: not simulated", sensor->lines[i].id,
                   sensor->id);
    for (size_t i = 0; i < sensor->zone_count; i++)
        if (sensor->zones[i].points.count == 0)
            yk_log(YK_LOG_WARNING, "zone %s of sensor %s is the device's own: not simulated", sensor->zones[i].id,
                   sensor->id);
}

static enum yk_status add_sensor(struct yk_world *world, const struct yk_config *config,
                                 const struct yk_sensor_config *sensor, struct yk_error *err)
{
    const struct yk_simulate_options *options = world->options;
    size_t index = world->recorder_count++;
    struct yk_recorder *recorder = &world->recorders[index];
    recorder->sensor = sensor;
    recorder->place_id = config->places[sensor->place].id;
    recorder->radio = sensor->family == YK_FAMILY_RADIO;
    recorder->ble_format = options->ble_format;
    recorder->dir = options->out_dir;
    recorder->text.format = options->camera_format;
    recorder->text.sensor_id = sensor->id;
    recorder->silent = true;
    for (size_t i = 0; i < options->stream_count; i++)
        if (strcmp(options->streams[i].sensor, sensor->id) == 0)
            recorder->stream = options->streams[i].path;
    enum yk_status status = yk_sink_init(&recorder->sink, options->stop, err);
    if (status != YK_OK)
        return status;

    struct yk_outage asked[64];
    size_t asked_count = 0;
    for (size_t i = 0; i < options->outage_count && asked_count < sizeof asked / sizeof asked[0]; i++)
        if (strcmp(options->outages[i].sensor, sensor->id) == 0)
            asked[asked_count++] = (struct yk_outage){options->outages[i].from_us, options->outages[i].to_us};
    uint64_t seed = yk_rng_state(world->seed, SENSOR_PURPOSE, index);
    status = yk_recorder_plan_outages(recorder, world->scene, seed, options->from_us, options->to_us, asked,
                                      asked_count, err);
    if (status != YK_OK)
        return status;

    struct yk_world_place *place = &world->places[find_place(world, recorder->place_id)];
    assert(place->radios && place->cameras); /* every place of the configuration was added */
    if (recorder->radio) {
        place->radios[place->radio_count++] = index;
        return YK_OK;
    }
    place->cameras[place->camera_count++] = index;
    say_own(sensor);
    bool own_fps = options->camera_format == YK_CAMERA_MOT && !options->camera_fps_given && sensor->fps > 0;
    struct yk_camera *camera = &world->cameras[index];
    status = yk_camera_init(camera, recorder, world->scene, own_fps ? sensor->fps : options->camera_fps, seed,
                            options->from_us, err);
    camera->first_line = world->truth.line_count;
    camera->first_zone = world->truth.zone_count;
    world->truth.line_count += sensor->line_count;
    world->truth.zone_count += sensor->zone_count;
    return status;
}

/* A stream or outage of a sensor that is not there is a slip of the pen; better said than ignored. */
static enum yk_status check_names(const struct yk_world *world, struct yk_error *err)
{
    const struct yk_simulate_options *options = world->options;
    for (size_t i = 0; i < options->stream_count + options->outage_count; i++) {
        const char *id =
            i < options->stream_count ? options->streams[i].sensor : options->outages[i - options->stream_count].sensor;
        bool found = false;
        for (size_t k = 0; k < world->recorder_count; k++) {
            const struct yk_sensor_config *sensor = world->recorders[k].sensor;
            assert(sensor && id);
            found = found || strcmp(sensor->id, id) == 0;
        }
        if (!found)
            return yk_error_set(err, YK_ERR_USAGE, "the district has no radio or camera sensor '%s'; see its sensors",
                                id);
    }
    return YK_OK;
}

enum yk_status yk_world_init(struct yk_world *world, const struct yk_config *config,
                             const struct yk_simulate_options *options, struct yk_error *err)
{
    *world = (struct yk_world){.options = options, .scene = options->scene, .seed = options->seed};
    enum yk_status status = add_places(world, config, err);
    world->recorders = calloc(config->sensor_count + 1, sizeof *world->recorders);
    world->cameras = calloc(config->sensor_count + 1, sizeof *world->cameras);
    if (status == YK_OK && (!world->recorders || !world->cameras)) {
        yk_error_set(err, YK_ERR_MEMORY, "no memory for the sensors");
        return YK_ERR_MEMORY;
    }
    for (size_t i = 0; status == YK_OK && i < config->sensor_count; i++) {
        if (!holds(config, i, options->from_us / 1000000))
            continue;
        if (config->sensors[i].family == YK_FAMILY_COUNTER)
            yk_log(YK_LOG_WARNING, "sensor %s is a counter: not simulated", config->sensors[i].id);
        else if (config->sensors[i].has_homography)
            yk_log(YK_LOG_WARNING, "sensor %s sees through a homography: not simulated", config->sensors[i].id);
        else
            status = add_sensor(world, config, &config->sensors[i], err);
    }
    if (status == YK_OK)
        status = check_names(world, err);
    if (status == YK_OK) {
        size_t lines = world->truth.line_count, zones = world->truth.zone_count;
        status = yk_truth_init(&world->truth, world->place_count, lines, zones, config->privacy.epoch_start_s, err);
        world->truth.list_addresses = options->truth_addresses;
    }
    return status;
}

void yk_world_free(struct yk_world *world)
{
    for (size_t i = 0; i < world->recorder_count; i++) {
        yk_recorder_free(&world->recorders[i]);
        yk_camera_free(&world->cameras[i]);
    }
    for (size_t i = 0; i < world->place_count; i++) {
        free(world->places[i].radios);
        free(world->places[i].cameras);
    }
    free(world->recorders);
    free(world->cameras);
    free(world->places);
    free(world->devices);
    free(world->free_devices);
    free(world->persons);
    free(world->free_persons);
    yk_queue_free(&world->queue);
    yk_truth_free(&world->truth);
}
