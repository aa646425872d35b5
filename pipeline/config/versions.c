/* Which entry holds at a time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A camera is turned, a line is drawn anew: its counts before and after are not one series. The file says
 * since when each entry holds; an event belongs to the newest entry of its id that is not after it. Sensors carry lines
 * and zones that are dated themselves, and a consumer that numbers lines by their place in the sensor must not have to
 * know.
 *
 * Method. An entry of a sensor with dated lines or zones is replaced by several, one for each span in which they stay
 * the same:
 *
 *     sensor from 0:     line a from 0, line a from 5, line b from 8
 *     becomes            from 0: [a]     from 5: [a']     from 8: [a', b]
 *
 * A border at or after the sensor's own next entry makes no version: that entry replaces all of it. Bounds: an entry
 * has at most 2 x 64 borders; in the file order, lines keep their order in each version.
 *
 * Entries are asked for by id for each frame and for each window of each place, so a list of them in the order of their ids
 * is searched by halves: with 200 places a look at each was a tenth of the finisher's time. */
#include "config/sections.h"

#include <stdlib.h>
#include <string.h>

#define BORDERS_MAX (2 * YK_VIEWS_MAX + 1)

static const char *sensor_id(const struct yk_config *config, size_t i)
{
    return config->sensors[i].id;
}

static const char *place_id(const struct yk_config *config, size_t i)
{
    return config->places[i].id;
}

typedef const char *id_fn(const struct yk_config *config, size_t i);

struct by_id {
    const struct yk_config *config;
    id_fn *id_of;
};

/* Entries of one id stay in the file's order. */
static int compare_ids(const void *a, const void *b, void *context)
{
    const struct by_id *by = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = strcmp(by->id_of(by->config, x), by->id_of(by->config, y));
    return order != 0 ? order : x < y ? -1 : x > y;
}

static uint32_t *order_by_id(const struct yk_config *config, size_t count, id_fn *id_of)
{
    uint32_t *order = malloc((count + 1) * sizeof *order);
    for (size_t i = 0; order && i < count; i++)
        order[i] = (uint32_t)i;
    if (order && count > 1)
        qsort_r(order, count, sizeof *order, compare_ids, &(struct by_id){config, id_of});
    return order;
}

void yk_order_by_id(struct yk_config *config)
{
    config->sensors_by_id = order_by_id(config, config->sensor_count, sensor_id);
    config->places_by_id = order_by_id(config, config->place_count, place_id);
}

/* Where the entries of the id begin in that order: 0 if there is no order. */
static size_t first_of(const struct yk_config *config, const uint32_t *order, size_t count, id_fn *id_of,
                       const char *id)
{
    size_t low = 0, high = order ? count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(id_of(config, order[middle]), id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct yk_sensor_config *yk_config_sensor_at(const struct yk_config *config, const char *id, int64_t t)
{
    const struct yk_sensor_config *found = NULL;
    const uint32_t *order = config->sensors_by_id;
    for (size_t i = first_of(config, order, config->sensor_count, sensor_id, id); i < config->sensor_count; i++) {
        const struct yk_sensor_config *s = &config->sensors[order ? order[i] : i];
        bool same = strcmp(s->id, id) == 0;
        if (same && s->valid_from <= t && (!found || s->valid_from > found->valid_from))
            found = s;
        if (!same && order)
            break;
    }
    return found;
}

const struct yk_sensor_config *yk_config_sensor(const struct yk_config *config, const char *id)
{
    return yk_config_sensor_at(config, id, INT64_MAX);
}

const struct yk_place_config *yk_config_place_at(const struct yk_config *config, const char *id, int64_t t)
{
    const struct yk_place_config *found = NULL;
    const uint32_t *order = config->places_by_id;
    for (size_t i = first_of(config, order, config->place_count, place_id, id); i < config->place_count; i++) {
        const struct yk_place_config *p = &config->places[order ? order[i] : i];
        bool same = strcmp(p->id, id) == 0;
        if (same && p->valid_from <= t && (!found || p->valid_from > found->valid_from))
            found = p;
        if (!same && order)
            break;
    }
    return found;
}

/* When the next entry of the same sensor begins; INT64_MAX if none does. */
static int64_t next_entry(const struct yk_config *config, const struct yk_sensor_config *entry)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < config->sensor_count; i++) {
        const struct yk_sensor_config *s = &config->sensors[i];
        if (strcmp(s->id, entry->id) == 0 && s->valid_from > entry->valid_from && s->valid_from < next)
            next = s->valid_from;
    }
    return next;
}

struct borders {
    int64_t at[BORDERS_MAX]; /* ascending, each once; the first is the entry's own valid_from */
    size_t count;
};

static void add_border(struct borders *borders, int64_t t, int64_t end)
{
    if (t <= borders->at[0] || t >= end)
        return;
    size_t i = borders->count;
    while (borders->at[i - 1] > t)
        i--;
    if (borders->at[i - 1] == t)
        return;
    memmove(&borders->at[i + 1], &borders->at[i], (borders->count - i) * sizeof borders->at[0]);
    borders->at[i] = t;
    borders->count++;
}

static struct borders borders_of(const struct yk_config *config, const struct yk_sensor_config *entry)
{
    struct borders borders = {.at = {entry->valid_from}, .count = 1};
    int64_t end = next_entry(config, entry);
    for (size_t i = 0; i < entry->line_count; i++)
        add_border(&borders, entry->lines[i].valid_from, end);
    for (size_t i = 0; i < entry->zone_count; i++)
        add_border(&borders, entry->zones[i].valid_from, end);
    return borders;
}

static bool line_holds(const struct yk_sensor_config *entry, const struct yk_line_config *line, int64_t t)
{
    if (line->valid_from > t)
        return false;
    for (size_t i = 0; i < entry->line_count; i++)
        if (strcmp(entry->lines[i].id, line->id) == 0 && entry->lines[i].valid_from <= t &&
            entry->lines[i].valid_from > line->valid_from)
            return false;
    return true;
}

static bool zone_holds(const struct yk_sensor_config *entry, const struct yk_zone_config *zone, int64_t t)
{
    if (zone->valid_from > t)
        return false;
    for (size_t i = 0; i < entry->zone_count; i++)
        if (strcmp(entry->zones[i].id, zone->id) == 0 && entry->zones[i].valid_from <= t &&
            entry->zones[i].valid_from > zone->valid_from)
            return false;
    return true;
}

/* The version of entry that begins at t, with its own copies of the lines and zones that hold then. */
static void make_version(struct yk_yaml *yaml, const struct yk_config *config, const struct yk_sensor_config *entry,
                         int64_t t, struct yk_sensor_config *out)
{
    *out = *entry;
    out->valid_from = t;
    out->lines = NULL;
    out->zones = NULL;
    out->line_count = out->zone_count = 0;
    const struct yk_place_config *place = yk_config_place_at(config, config->places[entry->place].id, t);
    if (place)
        out->place = (size_t)(place - config->places);
    if (entry->line_count && (out->lines = yk_entries_new(yaml, entry->line_count, sizeof *out->lines)))
        for (size_t i = 0; i < entry->line_count; i++)
            if (line_holds(entry, &entry->lines[i], t))
                out->lines[out->line_count++] = entry->lines[i];
    if (entry->zone_count && (out->zones = yk_entries_new(yaml, entry->zone_count, sizeof *out->zones)))
        for (size_t i = 0; i < entry->zone_count; i++)
            if (zone_holds(entry, &entry->zones[i], t))
                out->zones[out->zone_count++] = entry->zones[i];
}

void yk_lay_out_versions(struct yk_yaml *yaml, struct yk_config *config)
{
    size_t count = 0;
    for (size_t i = 0; i < config->sensor_count; i++)
        count += borders_of(config, &config->sensors[i]).count;
    if (count == 0)
        return;
    struct yk_sensor_config *versions = yk_entries_new(yaml, count, sizeof *versions);
    if (!versions)
        return;
    size_t made = 0;
    for (size_t i = 0; i < config->sensor_count; i++) {
        struct yk_sensor_config *entry = &config->sensors[i];
        struct borders borders = borders_of(config, entry);
        for (size_t b = 0; b < borders.count; b++)
            make_version(yaml, config, entry, borders.at[b], &versions[made++]);
    }
    for (size_t i = 0; i < config->sensor_count; i++) {
        free(config->sensors[i].lines);
        free(config->sensors[i].zones);
    }
    free(config->sensors);
    config->sensors = versions;
    config->sensor_count = made;
}
