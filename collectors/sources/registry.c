/* The table of sources, from sources.def. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sources that come over a network are in yukikai-collect-network alone: a process that sees raw addresses must not even
 * hold the name of a function that speaks to the Internet (tests/boundary/test_programs.c). Their references are weak:
 * where they are not linked, the entry is NULL and is passed over. */
#include "sources/source.h"

#include "config/endpoint.h"

#include <stdio.h>
#include <string.h>

#define YK_SOURCE(name)         extern const struct yk_source yk_source_##name;
#define YK_NETWORK_SOURCE(name) extern const struct yk_source yk_source_##name __attribute__((weak));
#include "sources/sources.def"
#undef YK_SOURCE
#undef YK_NETWORK_SOURCE

static const struct yk_source *const table[] = {
#define YK_SOURCE(name)         &yk_source_##name,
#define YK_NETWORK_SOURCE(name) &yk_source_##name,
#include "sources/sources.def"
#undef YK_SOURCE
#undef YK_NETWORK_SOURCE
};

#define ENTRIES (sizeof table / sizeof table[0])

const struct yk_source *yk_source_at(size_t i)
{
    for (size_t n = 0; n < ENTRIES; n++)
        if (table[n] && i-- == 0)
            return table[n];
    return NULL;
}

size_t yk_source_count(void)
{
    size_t count = 0;
    while (yk_source_at(count))
        count++;
    return count;
}

const struct yk_source *yk_source_find(const char *name)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (table[i] && strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}

const struct yk_source *yk_source_for(const struct yk_sensor_config *sensor, const char *input)
{
    if (sensor->family == YK_FAMILY_RADIO) {
        const struct yk_source *source = yk_source_find(sensor->kind);
        return source && (!source->takes || source->takes(input)) ? source : yk_source_find("ble_capture");
    }
    const char *network = yk_endpoint_name(yk_endpoint_kind(input));
    char name[YK_ID_SIZE];
    snprintf(name, sizeof name, "camera_%s", network ? network : "file");
    return yk_source_find(name);
}
