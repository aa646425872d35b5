/* Level of service of walkways. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/level_of_service.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct yk_los_table tables[] = {
    {"hcm-flow", "persons/(min m)", false, {16, 23, 33, 49, 75}},
    {"hcm-space", "m2/person", true, {5.6, 3.7, 2.2, 1.4, 0.75}},
    {"fruin-flow", "persons/(min m)", false, {23, 33, 49, 66, 82}},
};

const struct yk_los_table *yk_los_table_of(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (strcmp(tables[i].name, name) == 0)
            return &tables[i];
    return NULL;
}

enum yk_los yk_los_of(const struct yk_los_table *table, double value)
{
    if (isnan(value) || value < 0)
        return YK_LOS_UNKNOWN;
    int level = YK_LOS_A;
    while (level < YK_LOS_F && (table->space ? value <= table->bound[level] : value > table->bound[level]))
        level++;
    return (enum yk_los)level;
}

enum yk_los yk_los_of_interval(const struct yk_los_table *table, struct yk_interval value, enum yk_los *best,
                               enum yk_los *worst)
{
    *best = yk_los_of(table, table->space ? value.upper : value.lower);
    *worst = yk_los_of(table, table->space ? value.lower : value.upper);
    return yk_los_of(table, value.value);
}

enum yk_congestion yk_congestion_of(enum yk_los level)
{
    return level == YK_LOS_UNKNOWN ? YK_CONGESTION_UNKNOWN : (enum yk_congestion)(level / 2);
}
