/* Counting what happens in the world. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Windows follow each other without gaps from the one that holds the beginning. A device carries, per resolution, the
 * number of the window in which it (and its address) was last counted, so that counting distinct devices needs no set:
 * windows are numbered from 1 and a window's number is the length of its series. When a window opens, everyone who is
 * there is counted as present in it. Bounds: 84 bytes a window and place, four windows an hour: 3 MB a year. */
#include "simulate/truth.h"

#include "base/calendar.h"

#include <stdlib.h>
#include <string.h>

enum yk_status yk_truth_init(struct yk_truth *truth, size_t places, size_t lines, size_t zones, int day_offset_s,
                             struct yk_error *err)
{
    *truth = (struct yk_truth){.day_offset_s = day_offset_s,
                               .place_count = places,
                               .line_count = lines,
                               .zone_count = zones,
                               .next_roll_us = INT64_MIN};
    truth->places = calloc(places + 1, sizeof *truth->places);
    truth->lines = calloc(lines + 1, sizeof *truth->lines);
    truth->zones = calloc(zones + 1, sizeof *truth->zones);
    if (truth->places && truth->lines && truth->zones)
        return YK_OK;
    yk_truth_free(truth);
    return yk_error_set(err, YK_ERR_MEMORY, "no memory for the truth");
}

void yk_truth_free(struct yk_truth *truth)
{
    for (size_t i = 0; truth->places && i < truth->place_count; i++)
        for (int r = 0; r < YK_TRUTH_RESOLUTIONS; r++)
            free(truth->places[i].series[r].windows);
    for (size_t i = 0; truth->lines && i < truth->line_count; i++)
        free(truth->lines[i].counts);
    for (size_t i = 0; truth->zones && i < truth->zone_count; i++) {
        free(truth->zones[i].person_s);
        free(truth->zones[i].max);
        free(truth->zones[i].max_in_second);
        free(truth->zones[i].entered);
    }
    free(truth->places);
    free(truth->lines);
    free(truth->zones);
    free(truth->addresses);
    *truth = (struct yk_truth){0};
}

/* --- Windows ----------------------------------------------------------------------------------------------------- */

/* The window of a resolution that holds t. */
static void window_at(const struct yk_truth *truth, int resolution, int64_t t, int64_t *start, int64_t *end)
{
    switch (resolution) {
    case 0:
        *start = t - t % YK_WINDOW_S;
        *end = *start + YK_WINDOW_S;
        break;
    case 1:
        *start = yk_calendar_hour_start(t);
        *end = *start + 3600;
        break;
    default:
        *start = yk_calendar_day_start(t, truth->day_offset_s);
        *end = yk_calendar_day_next(*start, truth->day_offset_s);
        break;
    }
}

static bool open_window(struct yk_truth *truth, struct yk_truth_place *place, int resolution, int64_t t)
{
    struct yk_truth_series *series = &place->series[resolution];
    if (series->count == series->capacity) {
        size_t capacity = series->capacity ? 2 * series->capacity : 64;
        struct yk_truth_window *windows = realloc(series->windows, capacity * sizeof *windows);
        if (!windows)
            return false;
        series->windows = windows;
        series->capacity = capacity;
    }
    struct yk_truth_window *w = &series->windows[series->count++];
    *w = (struct yk_truth_window){.persons = place->persons_now};
    window_at(truth, resolution, t, &w->start_s, &w->end_s);
    memcpy(w->present, place->devices_now, sizeof w->present);
    return true;
}

/* Grows one array of a value per 15 minutes, the new part zero. */
static bool grow(void **array, size_t element, size_t from, size_t to)
{
    char *grown = realloc(*array, to * element);
    if (!grown)
        return false;
    memset(grown + from * element, 0, (to - from) * element);
    *array = grown;
    return true;
}

static bool grow_as(struct yk_truth *truth, size_t to)
{
    size_t from = truth->quarter_capacity;
    bool good = true;
    for (size_t i = 0; i < truth->line_count; i++) {
        void *counts = truth->lines[i].counts;
        good = good && grow(&counts, sizeof *truth->lines[i].counts, from, to);
        truth->lines[i].counts = counts;
    }
    for (size_t i = 0; i < truth->zone_count; i++) {
        struct yk_truth_zone *z = &truth->zones[i];
        void *arrays[4] = {z->person_s, z->max, z->max_in_second, z->entered};
        good = good && grow(&arrays[0], sizeof *z->person_s, from, to);
        for (int k = 1; k < 4; k++)
            good = good && grow(&arrays[k], sizeof(uint32_t), from, to);
        z->person_s = arrays[0];
        z->max = arrays[1];
        z->max_in_second = arrays[2];
        z->entered = arrays[3];
    }
    if (good)
        truth->quarter_capacity = to;
    return good;
}

void yk_truth_roll(struct yk_truth *truth, int64_t time_us)
{
    int64_t t = time_us / 1000000;
    if (truth->quarters == 0)
        truth->quarter0_s = t - t % YK_WINDOW_S;
    size_t quarters = (size_t)((t - truth->quarter0_s) / YK_WINDOW_S) + 1;
    if (quarters > truth->quarter_capacity && !grow_as(truth, quarters + 96)) {
        truth->out_of_memory = true;
        return;
    }
    truth->quarters = quarters;

    int64_t next_s = truth->quarter0_s + (int64_t)quarters * YK_WINDOW_S;
    for (size_t i = 0; i < truth->place_count; i++) {
        struct yk_truth_place *place = &truth->places[i];
        for (int r = 0; r < YK_TRUTH_RESOLUTIONS; r++) {
            struct yk_truth_series *s = &place->series[r];
            if (s->count == 0 && !open_window(truth, place, r, t))
                truth->out_of_memory = true;
            while (s->count > 0 && s->windows[s->count - 1].end_s <= t && !truth->out_of_memory)
                if (!open_window(truth, place, r, s->windows[s->count - 1].end_s))
                    truth->out_of_memory = true;
            if (s->count > 0 && s->windows[s->count - 1].end_s < next_s)
                next_s = s->windows[s->count - 1].end_s;
        }
    }
    truth->next_roll_us = next_s * 1000000;
}

static struct yk_truth_window *current(struct yk_truth_place *place, int resolution)
{
    struct yk_truth_series *s = &place->series[resolution];
    return s->count ? &s->windows[s->count - 1] : NULL;
}

/* --- People and devices ------------------------------------------------------------------------------------------ */

void yk_truth_person_arrives(struct yk_truth *truth, size_t place_index)
{
    struct yk_truth_place *place = &truth->places[place_index];
    place->persons_now++;
    for (int r = 0; r < YK_TRUTH_RESOLUTIONS; r++) {
        struct yk_truth_window *w = current(place, r);
        if (w) {
            w->persons++;
            w->persons_arrived++;
        }
    }
}

void yk_truth_person_leaves(struct yk_truth *truth, size_t place_index, double stay_s)
{
    struct yk_truth_place *place = &truth->places[place_index];
    place->persons_now--;
    if (place->series[0].count) {
        place->visits_ended++;
        place->stay_s += stay_s;
    }
}

void yk_truth_device_arrives(struct yk_truth *truth, const struct yk_device *device)
{
    struct yk_truth_place *place = &truth->places[device->place];
    int group = yk_truth_group(device);
    place->devices_now[group]++;
    for (int r = 0; r < YK_TRUTH_RESOLUTIONS; r++) {
        struct yk_truth_window *w = current(place, r);
        if (w) {
            w->present[group]++;
            w->arrived[group]++;
        }
    }
}

void yk_truth_device_leaves(struct yk_truth *truth, const struct yk_device *device)
{
    truth->places[device->place].devices_now[yk_truth_group(device)]--;
}

void yk_truth_rotated(struct yk_truth *truth, const struct yk_device *device)
{
    truth->places[device->place].rotations[device->address_class]++;
}

void yk_truth_device_time(struct yk_truth *truth, const struct yk_device *device, double seconds)
{
    if (!device->infrastructure && seconds > 0)
        truth->places[device->place].device_s[device->address_class] += seconds;
}

void yk_truth_list_address(struct yk_truth *truth, struct yk_device *device)
{
    device->listed = true;
    if (!truth->list_addresses)
        return;
    if (truth->address_count == truth->address_capacity) {
        size_t capacity = truth->address_capacity ? 2 * truth->address_capacity : 1024;
        void *grown = realloc(truth->addresses, capacity * sizeof *truth->addresses);
        if (!grown) {
            truth->out_of_memory = true;
            return;
        }
        truth->addresses = grown;
        truth->address_capacity = capacity;
    }
    memcpy(truth->addresses[truth->address_count++], device->address, 6);
}

void yk_truth_heard_anew(struct yk_truth *truth, struct yk_device *device)
{
    struct yk_truth_place *place = &truth->places[device->place];
    int group = yk_truth_group(device);
    for (int r = 0; r < YK_TRUTH_RESOLUTIONS; r++) {
        uint32_t number = (uint32_t)place->series[r].count;
        struct yk_truth_window *w = current(place, r);
        if (w && device->listed_in[r] != number) {
            device->listed_in[r] = number;
            w->addresses[group]++;
        }
        if (w && device->heard_in[r] != number) {
            device->heard_in[r] = number;
            w->heard[group]++;
        }
    }
}

/* --- Lines and zones --------------------------------------------------------------------------------------------- */

void yk_truth_crossed(struct yk_truth *truth, size_t line, int direction, int64_t time_us)
{
    int64_t t = time_us / 1000000 - truth->quarter0_s;
    size_t quarter = (size_t)(t / YK_WINDOW_S);
    if (t >= 0 && quarter < truth->quarters)
        truth->lines[line].counts[quarter][direction < 0]++;
}

void yk_truth_zone_second(struct yk_truth *truth, size_t zone, int64_t second, const struct yk_truth_second *what)
{
    size_t quarter = (size_t)((second - truth->quarter0_s) / YK_WINDOW_S);
    if (second < truth->quarter0_s || quarter >= truth->quarters)
        return;
    struct yk_truth_zone *z = &truth->zones[zone];
    z->person_s[quarter] += what->person_s;
    z->entered[quarter] += what->entered;
    if (z->max[quarter] < what->at_start)
        z->max[quarter] = what->at_start;
    if (z->max_in_second[quarter] < what->within)
        z->max_in_second[quarter] = what->within;
}
