/* The table of camera dialects. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/camera_dialect.h"

#include <stdio.h>
#include <string.h>

static const struct yk_camera_dialect *const table[] = {
    &yk_camera_deepstream, &yk_camera_mot,    &yk_camera_csv,
    &yk_camera_edinburgh,  &yk_camera_obsmat, &yk_camera_trajectory, /* after obsmat, which has more columns */
};

size_t yk_camera_dialect_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct yk_camera_dialect *yk_camera_dialect_at(size_t i)
{
    return table[i];
}

const struct yk_camera_dialect *yk_camera_dialect_find(const char *name)
{
    for (size_t i = 0; i < yk_camera_dialect_count(); i++)
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}

const struct yk_camera_dialect *yk_camera_dialect_guess(const char *text, size_t length)
{
    for (size_t i = 0; i < yk_camera_dialect_count(); i++)
        if (table[i]->guess(text, length))
            return table[i];
    return NULL;
}

void yk_camera_dialect_names(char out[YK_CAMERA_NAMES_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < yk_camera_dialect_count() && used < YK_CAMERA_NAMES_SIZE; i++)
        used += (size_t)snprintf(out + used, YK_CAMERA_NAMES_SIZE - used, "%s%s", i ? ", " : "", table[i]->name);
}
