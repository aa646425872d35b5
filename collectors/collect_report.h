/* The collector's status file, from its sessions. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_COLLECTORS_COLLECT_REPORT_H
#define YK_COLLECTORS_COLLECT_REPORT_H

#include "frame/spool.h"
#include "session_private.h"
#include "status/collect_status.h"

struct yk_collect_report {
    struct yk_status_file file;
    struct yk_collect_status status;
    struct yk_mono started;
    char spool[YK_PATH_SIZE];
    struct yk_sensor_status sensors[YK_STATUS_SENSORS_MAX];
};

void yk_collect_report_open(struct yk_collect_report *report, const struct yk_spool_options *spool);
/* Sensor by sensor between two writes: true if it is time for them, then _add for each and _write. */
bool yk_collect_report_due(struct yk_collect_report *report);
/* done: its inputs were read to their end, and not because the program was asked to end. */
void yk_collect_report_add(struct yk_collect_report *report, struct yk_session *session, bool done);
void yk_collect_report_write(struct yk_collect_report *report, const struct yk_spool *spool, bool ended);

#endif
