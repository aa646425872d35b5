/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/level_of_service.h"

#include <string.h>

static const struct yk_los_table tables[] = {
    {.name = "hcm-flow", .unit = "persons/min/m", .bound = {16, 23, 33, 49, 75}},
    {.name = "hcm-space", .unit = "m2/person", .is_space = true, .bound = {5.6, 3.7, 2.2, 1.4, 0.75}},
    {.name = "fruin-flow", .unit = "persons/min/m", .bound = {23, 33, 49, 66, 82}},
};

size_t yk_los_table_count(void)
{
    return sizeof tables / sizeof tables[0];
}

const struct yk_los_table *yk_los_table_at(size_t i)
{
    return &tables[i];
}

const struct yk_los_table *yk_los_table_find(const char *name)
{
    for (size_t i = 0; i < yk_los_table_count(); i++)
        if (strcmp(tables[i].name, name) == 0)
            return &tables[i];
    return NULL;
}

int yk_los_grade(const struct yk_los_table *table, double value)
{
    for (int i = 0; i < 5; i++)
        if (table->is_space ? value > table->bound[i] : value <= table->bound[i])
            return i + 1;
    return 6;
}

int yk_los_congestion(int grade)
{
    return (grade + 1) / 2;
}
