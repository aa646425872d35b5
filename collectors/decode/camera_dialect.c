/* The table of camera dialects. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/camera_dialect.h"

#include <string.h>

static const struct yk_camera_dialect *const table[] = {
    &yk_camera_deepstream,
    &yk_camera_mot,
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
