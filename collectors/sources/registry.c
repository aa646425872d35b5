/* The table of sources, from sources.def. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/source.h"

#include <string.h>

#define YK_SOURCE(name) extern const struct yk_source yk_source_##name;
#include "sources/sources.def"
#undef YK_SOURCE

static const struct yk_source *const table[] = {
#define YK_SOURCE(name) &yk_source_##name,
#include "sources/sources.def"
#undef YK_SOURCE
};

size_t yk_source_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct yk_source *yk_source_at(size_t i)
{
    return table[i];
}

const struct yk_source *yk_source_find(const char *name)
{
    for (size_t i = 0; i < yk_source_count(); i++)
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}

const struct yk_source *yk_source_for(const struct yk_sensor_config *sensor, const char *input)
{
    const struct yk_source *source = yk_source_find(sensor->kind);
    if (source && (!source->takes || source->takes(input)))
        return source;
    return yk_source_find(sensor->family == YK_FAMILY_RADIO ? "ble_capture" : "camera_file");
}
