/* The district in motion. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A discrete-event simulation: one queue in the order of time for the whole district, so each sensor's records come out
 * in order and can be streamed, and memory follows the number of people present.
 *
 *     arrival   a candidate of a Poisson process at the highest rate, accepted by the hour's share (thinning); a person
 * with a stay, devices and perhaps a walk past a camera; then the place's next candidate advert    of one device:
 * overdue rotations first, then every radio of the place hears it or not; then its next time leave     a person goes,
 * perhaps past the camera again in the other direction frame     of one camera, while someone is in view idle      of
 * one sensor, every 10 s outage    of one sensor, begins or ends
 *
 * The beginning finds the places in full swing: arrivals are drawn from 8 mean stays before it, and whoever is still
 * there at the beginning is. Devices that leave between adverts do so in an advert event of their own, at the exact
 * time. */
#include "simulate/world.h"

#include "base/calendar.h"
#include "config/rssi.h"

#include <stdlib.h>
#include <string.h>

enum kind { ARRIVAL, ADVERT, LEAVE, FRAME, IDLE, OUTAGE };
enum purpose { FOR_ARRIVALS = 1, FOR_RADIO, FOR_PERSON, FOR_WALK, FOR_DAY, FOR_SENSOR, FOR_BEACON };

#define SECOND_US           INT64_C(1000000)
#define LONG_STAY_US        (300 * SECOND_US) /* from here on people are seen coming and going */
#define DAY_FACTOR_MAX      1.5
#define SHADOWING_DB        4.0
#define SENSITIVITY_DBM     (-100)
#define WARM_UP_STAYS       8
#define DEVICES_PRESENT_MAX 4000000

static void push(struct yk_world *world, int64_t time_us, enum kind kind, size_t index)
{
    struct yk_event event = {time_us, kind, (uint32_t)index};
    if (!yk_queue_push(&world->queue, event))
        world->out_of_memory = true;
}

static uint64_t place_key(size_t place, enum purpose purpose)
{
    return (uint64_t)place << 8 | (uint64_t)purpose;
}

/* Gives a free slot of a growing pool, or UINT32_MAX. */
static uint32_t take_slot(void **pool, size_t element, uint32_t **free_list, size_t *free_count, size_t *count,
                          size_t *capacity)
{
    if (*free_count > 0)
        return (*free_list)[--*free_count];
    if (*count == *capacity) {
        size_t grown = *capacity ? 2 * *capacity : 1024;
        void *p = grown <= DEVICES_PRESENT_MAX ? realloc(*pool, grown * element) : NULL;
        if (!p)
            return UINT32_MAX;
        *pool = p;
        uint32_t *f = realloc(*free_list, grown * sizeof *f);
        if (!f)
            return UINT32_MAX;
        *free_list = f;
        *capacity = grown;
    }
    return (uint32_t)(*count)++;
}

/* --- People ------------------------------------------------------------------------------------------------------ */

static void begin_walk(struct yk_world *world, size_t camera_index, uint64_t seed, int direction, double stop_share,
                       int64_t now)
{
    struct yk_camera *camera = &world->cameras[camera_index];
    struct yk_rng rng = yk_rng_of(seed, FOR_WALK, (uint64_t)(direction > 0));
    struct yk_walk walk;
    if (!yk_walk_draw(&walk, &camera->view, &rng, direction, stop_share, now) ||
        walk.time_us[walk.knots - 1] >= world->options->to_us)
        return;
    if (!yk_camera_add(camera, &world->truth, &walk)) {
        world->out_of_memory = true;
        return;
    }
    if (!camera->ticking) {
        int64_t frame_us;
        yk_recorder_frame_after(camera->recorder, now, &frame_us);
        camera->ticking = true;
        push(world, frame_us, FRAME, camera_index);
    }
}

/* The device is drawn and present; schedules its first advert. */
static void enter_device(struct yk_world *world, size_t slot, double phase)
{
    struct yk_device *device = &world->devices[slot];
    int64_t from = world->options->from_us;
    int64_t start = device->arrives_us > from ? device->arrives_us : from;
    int64_t first = start + (int64_t)(phase * (double)device->interval_us);
    push(world, first < device->leaves_us ? first : device->leaves_us, ADVERT, slot);
    world->total_devices++;
    yk_truth_device_arrives(&world->truth, device);
}

static uint32_t device_slot(struct yk_world *world)
{
    void *pool = world->devices;
    uint32_t slot = take_slot(&pool, sizeof *world->devices, &world->free_devices, &world->free_device_count,
                              &world->device_count, &world->device_capacity);
    world->devices = pool;
    world->out_of_memory |= slot == UINT32_MAX;
    return slot;
}

static void add_person(struct yk_world *world, size_t place_index, int64_t now)
{
    struct yk_world_place *place = &world->places[place_index];
    const struct yk_simulate_options *options = world->options;
    const struct yk_scene *scene = world->scene;
    uint64_t number = place->persons++,
             own_seed = yk_rng_state(world->seed, place_key(place_index, FOR_PERSON), number);
    struct yk_rng rng = yk_rng_of(own_seed, FOR_PERSON, 0);
    double stay_s = yk_rng_lognormal(&rng, place->scene->stay_mean_s, place->scene->stay_sigma);
    int64_t leaves = now + (int64_t)(stay_s * 1e6);
    if (leaves <= options->from_us)
        return;

    void *pool = world->persons;
    uint32_t slot = take_slot(&pool, sizeof *world->persons, &world->free_persons, &world->free_person_count,
                              &world->person_count, &world->person_capacity);
    world->persons = pool;
    if (slot == UINT32_MAX) {
        world->out_of_memory = true;
        return;
    }
    bool seen = yk_rng_unit(&rng) < scene->view_share;
    int direction = yk_rng_unit(&rng) < scene->plus_share ? 1 : -1;
    double which = yk_rng_unit(&rng);
    uint32_t camera = UINT32_MAX;
    if (seen && place->camera_count > 0)
        camera = (uint32_t)place->cameras[(size_t)(which * (double)place->camera_count)];
    bool twice = leaves - now >= LONG_STAY_US;
    world->persons[slot] = (struct yk_world_person){
        own_seed, now, leaves, (uint32_t)place_index, twice ? camera : UINT32_MAX, (int8_t)direction};
    push(world, leaves, LEAVE, slot);
    world->total_persons++;
    yk_truth_person_arrives(&world->truth, place_index);
    if (camera != UINT32_MAX && now >= options->from_us)
        begin_walk(world, camera, own_seed, direction, place->scene->stop_share, now);

    int devices = 0;
    if (yk_rng_unit(&rng) < scene->carrier_share)
        devices = yk_rng_unit(&rng) < scene->second_share ? 2 : 1;
    for (int i = 0; i < devices; i++) {
        uint32_t d = device_slot(world);
        if (d == UINT32_MAX)
            return;
        yk_device_draw(&world->devices[d], scene, options->ble_format, options->advert_interval_s, &rng, now, leaves);
        world->devices[d].place = (uint32_t)place_index;
        enter_device(world, d, yk_rng_unit(&rng));
    }
}

static double day_factor(struct yk_world *world, size_t place_index, const struct yk_civil *civil)
{
    struct yk_world_place *place = &world->places[place_index];
    int64_t key = (civil->year * 100 + civil->month) * 100 + civil->day;
    if (key != place->day_key) {
        struct yk_rng rng = yk_rng_of(world->seed, place_key(place_index, FOR_DAY), (uint64_t)key);
        place->day_factor = fmin(DAY_FACTOR_MAX, yk_rng_lognormal(&rng, 1, world->scene->day_spread));
        place->day_key = key;
    }
    return place->day_factor;
}

static void arrival(struct yk_world *world, size_t place_index, int64_t now)
{
    struct yk_world_place *place = &world->places[place_index];
    double highest = place->scene->persons_per_hour * (place->scene->profile ? DAY_FACTOR_MAX : 1);
    if (highest <= 0)
        return;
    double share = 1, u = yk_rng_unit(&place->arrivals);
    if (place->scene->profile) {
        struct yk_civil civil = yk_calendar_civil(now / SECOND_US);
        share = yk_scene_profile(place->plaza, civil.weekday, (civil.hour * 60 + civil.minute) * 60 + civil.second) *
                day_factor(world, place_index, &civil) / DAY_FACTOR_MAX;
    }
    if (u < share)
        add_person(world, place_index, now);
    push(world, now + 1 + (int64_t)yk_rng_exponential(&place->arrivals, 3600e6 / highest), ARRIVAL, place_index);
}

static void leave(struct yk_world *world, size_t slot, int64_t now)
{
    const struct yk_world_person person = world->persons[slot];
    world->free_persons[world->free_person_count++] = (uint32_t)slot;
    yk_truth_person_leaves(&world->truth, person.place, (double)(now - person.arrives_us) * 1e-6);
    if (person.camera != UINT32_MAX)
        begin_walk(world, person.camera, person.seed, -person.direction, world->places[person.place].scene->stop_share,
                   now);
}

/* --- Radio ------------------------------------------------------------------------------------------------------- */

/* The scene's odd things, behind a record that was just written. */
static void disturb(const struct yk_world *world, struct yk_rng *rng, struct yk_sink *sink,
                    const struct yk_packet *packet, uint8_t *record)
{
    const struct yk_scene *scene = world->scene;
    size_t length = packet->length;
    if (yk_rng_unit(rng) < scene->overrun_share)
        yk_packet_overrun(packet, record);
    if (yk_rng_unit(rng) < scene->duplicate_share) {
        memcpy(record + length, record, length);
        sink->used += length;
    }
    if (yk_rng_unit(rng) < scene->bad_crc_share) {
        uint8_t *broken = sink->buffer + sink->used;
        memcpy(broken, record, length);
        if (yk_packet_disturb(packet, broken, yk_rng_next(rng)))
            sink->used += length;
    }
}

static void advert(struct yk_world *world, const struct yk_event *event)
{
    struct yk_device *device = &world->devices[event->index];
    const struct yk_scene *scene = world->scene;
    struct yk_world_place *place = &world->places[device->place];
    int64_t now = event->time_us, from = world->options->from_us;
    while (device->rotate_us <= now) {
        if (device->rotate_us >= from)
            yk_truth_rotated(&world->truth, device);
        yk_device_rotate(device, world->options->ble_format);
    }
    if (now >= device->leaves_us) {
        int64_t start = device->arrives_us > from ? device->arrives_us : from;
        yk_truth_device_time(&world->truth, device, (double)(device->leaves_us - start) * 1e-6);
        yk_truth_device_leaves(&world->truth, device);
        world->free_devices[world->free_device_count++] = event->index;
        yk_queue_pop(&world->queue);
        return;
    }

    uint64_t bits = 0;
    for (size_t i = 0; i < place->radio_count; i++) {
        struct yk_recorder *recorder = &world->recorders[place->radios[i]];
        bits = yk_rng_next(&place->radio);
        uint64_t shadow_bits = yk_rng_next(&place->radio);
        if ((double)(bits & 0xFFFFFF) < scene->loss * 0x1p24 || recorder->silent)
            continue;
        /* Sum of four uniform numbers: near enough to normal, bounded, and a fraction of the cost. */
        double sum = (double)((shadow_bits & 0xFFFF) + (shadow_bits >> 16 & 0xFFFF) + (shadow_bits >> 32 & 0xFFFF) +
                              (shadow_bits >> 48));
        int rssi = device->rssi_dbm + (int)lrint((sum - 131070) * (SHADOWING_DB / 37837));
        if (rssi < SENSITIVITY_DBM)
            continue;
        struct yk_sink *sink = &recorder->sink;
        uint8_t *record = yk_sink_reserve(sink, 3 * YK_PACKET_MAX);
        memcpy(record, device->packet.bytes, YK_PACKET_MAX);
        yk_packet_stamp(&device->packet, world->options->ble_format, record, now, (unsigned)(bits >> 24 & 0xFF), rssi);
        sink->used += device->packet.length;
        recorder->last_us = now;
        world->total_adverts++;
        if (scene->duplicate_share > 0 || scene->bad_crc_share > 0 || scene->overrun_share > 0)
            disturb(world, &place->radio, sink, &device->packet, record);
        if (!device->listed)
            yk_truth_list_address(&world->truth, device);
        if (yk_rssi_on_scale(rssi, recorder->sensor->rssi_offset_db) >= recorder->sensor->rssi_min_dbm)
            yk_truth_heard(&world->truth, device);
    }
    if (place->radio_count == 0)
        bits = yk_rng_next(&place->radio);
    int64_t next = now + device->interval_us + (int64_t)((bits >> 32 & 0xFFFF) * 10000 >> 16);
    yk_queue_replace(&world->queue,
                     (struct yk_event){next < device->leaves_us ? next : device->leaves_us, ADVERT, event->index});
}

/* --- Sensors ----------------------------------------------------------------------------------------------------- */

static void frame(struct yk_world *world, size_t index, int64_t now)
{
    struct yk_camera *camera = &world->cameras[index];
    yk_camera_frame(camera, &world->truth, now);
    camera->ticking = camera->track_count > 0 || yk_camera_always(camera);
    if (camera->ticking) {
        int64_t next;
        yk_recorder_frame_after(camera->recorder, now + 1, &next);
        push(world, next, FRAME, index);
    }
}

static void idle(struct yk_world *world, size_t index, int64_t now)
{
    struct yk_recorder *recorder = &world->recorders[index];
    yk_recorder_idle(recorder, now);
    if (!recorder->radio)
        yk_camera_settle(&world->cameras[index], &world->truth, now);
    push(world, now + YK_RECORDER_IDLE_US, IDLE, index);
}

static enum yk_status outage(struct yk_world *world, size_t index, int64_t now, struct yk_error *err)
{
    struct yk_recorder *recorder = &world->recorders[index];
    const struct yk_outage *o = &recorder->outages[recorder->next_outage];
    if (!recorder->silent && now >= o->from_us && now < o->to_us) {
        yk_recorder_pause(recorder, now, false);
        push(world, o->to_us, OUTAGE, index);
        return YK_OK;
    }
    if (++recorder->next_outage < recorder->outage_count)
        push(world, recorder->outages[recorder->next_outage].from_us, OUTAGE, index);
    return yk_recorder_begin(recorder, now, err);
}

/* --- The course of time ------------------------------------------------------------------------------------------ */

static enum yk_status run(struct yk_world *world, int64_t time_us, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    bool told = world->truth.quarters > 0;
    while (status == YK_OK && world->queue.count > 0 && yk_queue_top(&world->queue)->time_us < time_us) {
        struct yk_event event = *yk_queue_top(&world->queue);
        if (told && event.time_us >= world->truth.next_roll_us)
            yk_truth_roll(&world->truth, event.time_us);
        if (event.kind == ADVERT) { /* by far the most frequent */
            advert(world, &event);
            continue;
        }
        yk_queue_pop(&world->queue);
        switch ((enum kind)event.kind) {
        case ARRIVAL:
            arrival(world, event.index, event.time_us);
            break;
        case LEAVE:
            leave(world, event.index, event.time_us);
            break;
        case FRAME:
            frame(world, event.index, event.time_us);
            break;
        case IDLE:
            idle(world, event.index, event.time_us);
            break;
        case OUTAGE:
            status = outage(world, event.index, event.time_us, err);
            break;
        case ADVERT:
            break;
        }
        if (world->out_of_memory || world->truth.out_of_memory)
            status = yk_error_set(err, YK_ERR_MEMORY, "no memory for the people and devices present");
    }
    return status;
}

enum yk_status yk_world_run(struct yk_world *world, int64_t time_us, struct yk_error *err)
{
    enum yk_status status = run(world, time_us, err);
    for (size_t i = 0; status == YK_OK && i < world->recorder_count; i++) {
        const struct yk_sink *sink = &world->recorders[i].sink;
        if (sink->failed)
            status = yk_error_set(err, sink->error.status, "%s", sink->error.message);
    }
    return status;
}

static void add_beacons(struct yk_world *world)
{
    const struct yk_simulate_options *options = world->options;
    int count = options->beacons >= 0 ? options->beacons : world->scene->beacons;
    for (size_t p = 0; p < world->place_count; p++) {
        struct yk_rng rng = yk_rng_of(world->seed, place_key(p, FOR_BEACON), 0);
        for (int i = 0; i < count; i++) {
            uint32_t slot = device_slot(world);
            if (slot == UINT32_MAX)
                return;
            yk_device_draw_beacon(&world->devices[slot], options->ble_format, options->advert_interval_s, &rng,
                                  options->from_us, INT64_MAX);
            world->devices[slot].place = (uint32_t)p;
            enter_device(world, slot, yk_rng_unit(&rng));
        }
    }
}

enum yk_status yk_world_start(struct yk_world *world, struct yk_error *err)
{
    int64_t from = world->options->from_us;
    for (size_t i = 0; i < world->place_count; i++) {
        double warm_s = WARM_UP_STAYS * world->places[i].scene->stay_mean_s;
        push(world, from - (int64_t)(warm_s * 1e6), ARRIVAL, i);
    }
    add_beacons(world);
    enum yk_status status = run(world, from, err);
    yk_truth_roll(&world->truth, from);
    for (size_t i = 0; status == YK_OK && i < world->recorder_count; i++) {
        struct yk_recorder *recorder = &world->recorders[i];
        bool out = recorder->outage_count > 0 && recorder->outages[0].from_us <= from;
        if (out)
            push(world, recorder->outages[0].to_us, OUTAGE, i);
        else
            status = yk_recorder_begin(recorder, from, err);
        if (!out && recorder->outage_count > 0)
            push(world, recorder->outages[0].from_us, OUTAGE, i);
        push(world, from + YK_RECORDER_IDLE_US, IDLE, i);
        if (!recorder->radio && yk_camera_always(&world->cameras[i])) {
            world->cameras[i].ticking = true;
            push(world, from, FRAME, i);
        }
    }
    if (status == YK_OK && (world->out_of_memory || world->truth.out_of_memory))
        status = yk_error_set(err, YK_ERR_MEMORY, "no memory to begin with");
    return status;
}

enum yk_status yk_world_finish(struct yk_world *world, int64_t time_us, struct yk_error *err)
{
    for (size_t i = 0; i < world->queue.count; i++) {
        const struct yk_event *event = &world->queue.heap[i];
        if (event->kind != ADVERT)
            continue;
        struct yk_device *device = &world->devices[event->index];
        int64_t from = world->options->from_us;
        int64_t start = device->arrives_us > from ? device->arrives_us : from;
        int64_t end = device->leaves_us < time_us ? device->leaves_us : time_us;
        yk_truth_device_time(&world->truth, device, (double)(end - start) * 1e-6);
        for (; device->rotate_us < end; yk_device_rotate(device, world->options->ble_format))
            if (device->rotate_us >= from)
                yk_truth_rotated(&world->truth, device);
    }
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < world->recorder_count; i++) {
        struct yk_recorder *recorder = &world->recorders[i];
        if (!recorder->radio)
            yk_camera_settle(&world->cameras[i], &world->truth, time_us);
        yk_recorder_pause(recorder, time_us, true);
        if (recorder->sink.failed && status == YK_OK)
            status = yk_error_set(err, recorder->sink.error.status, "%s", recorder->sink.error.message);
    }
    return status;
}

void yk_world_flush(struct yk_world *world)
{
    for (size_t i = 0; i < world->recorder_count; i++)
        yk_sink_flush(&world->recorders[i].sink);
}
