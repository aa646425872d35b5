/* Names of the device. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/own.h"

#include <stddef.h>
#include <string.h>

#define ANY       "*"
#define INDEX_MAX 256 /* lines and zones travel as one byte */

struct search {
    const char *name;
    size_t named, any, anys;
};

static void look(struct search *s, size_t i, const char *device)
{
    if (strcmp(device, s->name) == 0 && s->named == INDEX_MAX)
        s->named = i;
    if (strcmp(device, ANY) == 0 && s->anys++ == 0)
        s->any = i;
}

static bool found(const struct search *s, uint8_t *out)
{
    size_t i = s->named < INDEX_MAX ? s->named : s->any;
    if (s->named == INDEX_MAX && s->anys != 1)
        return false;
    *out = (uint8_t)i;
    return true;
}

bool yk_own_line(const struct yk_sensor_config *sensor, const struct yk_device_name *name, uint8_t *out)
{
    struct search s = {.name = name->text, .named = INDEX_MAX};
    for (size_t i = 0; i < sensor->line_count && i < INDEX_MAX; i++)
        if (sensor->lines[i].device[0])
            look(&s, i, sensor->lines[i].device);
    return found(&s, out);
}

bool yk_own_zone(const struct yk_sensor_config *sensor, const struct yk_device_name *name, uint8_t *out)
{
    struct search s = {.name = name->text, .named = INDEX_MAX};
    for (size_t i = 0; i < sensor->zone_count && i < INDEX_MAX; i++)
        if (sensor->zones[i].device[0])
            look(&s, i, sensor->zones[i].device);
    return found(&s, out);
}
