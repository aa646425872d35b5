/* The table of exporters, from exporters.def. SPDX-License-Identifier: GPL-3.0-or-later */
#include "exporters/exporter.h"

#include <string.h>

#define YK_EXPORTER(name) extern const struct yk_exporter yk_exporter_##name;
#include "exporters/exporters.def"
#undef YK_EXPORTER

static const struct yk_exporter *const table[] = {
#define YK_EXPORTER(name) &yk_exporter_##name,
#include "exporters/exporters.def"
#undef YK_EXPORTER
};

size_t yk_exporter_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct yk_exporter *yk_exporter_at(size_t i)
{
    return table[i];
}

const struct yk_exporter *yk_exporter_find(const char *name)
{
    for (size_t i = 0; i < yk_exporter_count(); i++)
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}
