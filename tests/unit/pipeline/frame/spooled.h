/* Reads a spool back without the uplink's code. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SPOOLED_H
#define YK_TESTS_SPOOLED_H

#include "frame/frame.h"

#include <criterion/criterion.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPOOLED_MAX 600

struct spooled_frame {
    char folder[64];
    struct yk_frame frame; /* good until the next read */
};

static struct spooled_frame spooled[SPOOLED_MAX];
static size_t spooled_count, spooled_segments;
static size_t spooled_rest;            /* bytes that are no frame, in all segments */
static uint8_t spooled_bytes[4 << 20]; /* of the last read; the frames point into it */

/* Takes every segment apart, in order of path. */
static inline void spooled_read(const char *dir)
{
    char pattern[300];
    glob_t found;
    size_t used = 0;
    spooled_count = spooled_rest = 0;
    snprintf(pattern, sizeof pattern, "%s/*/*.seg", dir);
    spooled_segments = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    for (size_t s = 0; s < spooled_segments; s++) {
        FILE *file = fopen(found.gl_pathv[s], "rb");
        cr_assert_not_null(file);
        uint8_t *bytes = spooled_bytes + used;
        size_t size = fread(bytes, 1, sizeof spooled_bytes - used, file), at = 0;
        cr_assert(feof(file), "the spool is larger than this test expects");
        used += size;
        fclose(file);
        while (at < size && spooled_count < SPOOLED_MAX &&
               yk_frame_parse(bytes + at, size - at, &spooled[spooled_count].frame) == YK_FRAME_OK) {
            const char *folder = found.gl_pathv[s] + strlen(dir) + 1;
            snprintf(spooled[spooled_count].folder, sizeof spooled[0].folder, "%.*s", (int)strcspn(folder, "/"),
                     folder);
            at += spooled[spooled_count++].frame.size;
        }
        spooled_rest += size - at;
    }
    if (spooled_segments)
        globfree(&found);
}

#endif
