/* RUN/up.status.json: the parts of one machine. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     head (status_file.h), part "up"
 *     "parts": [{
 *         "name"           "collect-radio", "redis-server"
 *         "state"          "starting", "running", "waiting" (it failed and is started again soon), "ended" (nothing left to do)
 *         "since_s"        since when
 *         "restarts"       in all
 *         "failures"       in a row: back to 0 once it has run for a minute
 *         "last" }]        how it ended last: "exited with 78"; "" if it never did
 */
#ifndef YK_STATUS_UP_STATUS_H
#define YK_STATUS_UP_STATUS_H

#include "status/status_file.h"

#define YK_STATUS_PARTS_MAX 16

struct yk_part_status {
    char name[32], state[16], last[64];
    int64_t since_s;
    uint64_t restarts, failures;
};

struct yk_up_status {
    struct yk_status_head head;
    struct yk_part_status parts[YK_STATUS_PARTS_MAX];
    size_t part_count;
};

void yk_up_status_path(const char *run, char out[static 2 * YK_PATH_SIZE]);
void yk_up_status_write(struct yk_status_file *file, const struct yk_up_status *status);
enum yk_status yk_up_status_read(const char *path, struct yk_up_status *out, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_up_status_read_bytes(const char *path, const void *bytes, size_t size, struct yk_up_status *out,
                                       struct yk_error *err) YK_MUST_CHECK;

#endif
