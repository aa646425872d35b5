/* The table of camera dialects, from camera_dialects.def. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/camera_dialect.h"

#include <stdio.h>
#include <string.h>

static const struct yk_camera_dialect *const table[] = {
#define YK_DIALECT(name) &yk_camera_##name,
#include "decode/camera_dialects.def"
#undef YK_DIALECT
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

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ' && text[i] != '\t')
            return false;
    return true;
}

enum yk_status yk_camera_dialect_message(const struct yk_camera_dialect *dialect, void *state, const char *text,
                                         size_t length, const struct yk_camera_sink *sink, struct yk_error *err)
{
    if (dialect->whole)
        return dialect->record(state, text, length, sink, err);
    enum yk_status status = YK_OK;
    const char *end = text + length;
    while (text < end && status == YK_OK) {
        const char *lf = (const char *)memchr(text, '\n', (size_t)(end - text));
        const char *stop = lf ? lf : end;
        size_t size = (size_t)(stop - text);
        if (size && text[size - 1] == '\r')
            size--;
        if (!is_blank(text, size))
            status = dialect->record(state, text, size, sink, err);
        text = lf ? lf + 1 : end;
    }
    return status;
}

void yk_camera_dialect_names(char out[YK_CAMERA_NAMES_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < yk_camera_dialect_count() && used < YK_CAMERA_NAMES_SIZE; i++)
        used += (size_t)snprintf(out + used, YK_CAMERA_NAMES_SIZE - used, "%s%s", i ? ", " : "", table[i]->name);
}
