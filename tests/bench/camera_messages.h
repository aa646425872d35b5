/* What a hundred cameras say, in each JSON dialect. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_BENCH_CAMERA_MESSAGES_H
#define YK_BENCH_CAMERA_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_BENCH_CAMERAS 100
#define YK_BENCH_PEOPLE  11 /* in each picture */
#define YK_BENCH_FPS     30
#define YK_BENCH_SECONDS 4

struct yk_camera_messages {
    char *text;
    size_t *ends; /* of message i in text */
    int *cameras; /* whose it is */
    size_t count, capacity, length, room;
    uint64_t detections;
    uint64_t crossings; /* of x = 960 pixels, by a person at least a second old */
};

/* A dialect is a line in the table of camera_messages.c. NULL at the end. */
const char *yk_bench_camera_dialect(size_t i);
/* Messages in the order in which they come: every camera's first, then every camera's second. People walk to and fro over
 * x = 960, y from 200 to 900, pixels of a picture of 1920 by 1080 (of metres: a hundredth of that). The first frame is of
 * `begin_us`. False without memory. */
bool yk_bench_camera_messages(size_t dialect, int64_t begin_us, struct yk_camera_messages *out);
void yk_bench_camera_messages_free(struct yk_camera_messages *messages);

#endif
