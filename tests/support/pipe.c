/* Pipes and spools. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/pipe.h"

#include "base/calendar.h"
#include "frame/frame.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t yk_test_mid_epoch(struct yk_rig *rig)
{
    char *text = yk_rig_read(rig->district, NULL), *at = strstr(text, "\"04:00\"");
    struct yk_error err;
    cr_assert_not_null(at);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    int64_t now_s = time(NULL);
    int hour = yk_calendar_civil(now_s - 11 * 3600).hour;
    at[1] = (char)('0' + hour / 10);
    at[2] = (char)('0' + hour % 10);
    rig->district = yk_rig_path(rig, "riverside.yaml");
    yk_rig_write(rig->district, text, strlen(text));
    free(text);
    return yk_epoch_end(yk_epoch_start(now_s, 24, hour * 3600), 24, hour * 3600);
}

void yk_test_pipe_feed(const char *pipe, const char *recording)
{
    size_t size, at = 0;
    char *bytes = yk_rig_read(recording, &size);
    int fd = open(pipe, O_WRONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    while (at < size) {
        ssize_t n = write(fd, bytes + at, size - at);
        cr_assert_gt(n, 0);
        at += (size_t)n;
    }
    close(fd);
    free(bytes);
}

struct told {
    const char *spool;
    int64_t last_s; /* of what is told there of the sensor itself */
};

static void look_at(void *context, const char *path)
{
    struct told *told = context;
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".seg") != 0)
        return;
    size_t size, at = 0;
    char *bytes = yk_rig_read(path, &size);
    struct yk_frame frame; /* the last one may be half written */
    for (; yk_frame_parse((const uint8_t *)bytes + at, size - at, &frame) == YK_FRAME_OK; at += frame.size)
        if (frame.header.group == YK_GROUP_PLAIN && frame.header.last_s > told->last_s)
            told->last_s = frame.header.last_s;
    free(bytes);
}

/* The sensor's health goes to the disk behind what it heard; full minutes come as they pass, and the last, which is not
 * full, when the pipe's writer has gone and all is read. */
static bool is_told(void *context)
{
    const struct told *told = context;
    struct told now = {told->spool, INT64_MIN};
    yk_rig_each_file(told->spool, look_at, &now);
    return now.last_s > told->last_s;
}

void yk_test_until_told(const char *spool, int64_t last_s)
{
    struct told told = {spool, last_s};
    cr_assert(yk_rig_until(is_told, &told, YK_RIG_DEADLINE_S), "%s is not told so far", spool);
}
