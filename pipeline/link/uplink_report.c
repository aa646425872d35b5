/* Figures of the outbox into the status file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/uplink_report.h"

#include "base/notify.h"
#include "base/stop.h"
#include "base/text.h"

#include <math.h>

void yk_uplink_report_open(struct yk_uplink_report *report, const char *spool, const char *edge)
{
    *report = (struct yk_uplink_report){
        .status = {.head.part = "uplink", .oldest_s = YK_NONE, .skew_s = (double)NAN, .skew_error_s = (double)NAN}};
    yk_text_copy(report->spool, sizeof report->spool, spool);
    yk_text_copy(report->status.edge, sizeof report->status.edge, edge);
    yk_uplink_status_path(spool, report->file.path);
}

static void write_file(struct yk_uplink_report *report, struct yk_outbox *outbox, bool ended)
{
    struct yk_uplink_status *status = &report->status;
    struct yk_outbox_figures figures;
    yk_outbox_figures(outbox, &figures);
    status->frames = figures.frames;
    status->waiting = figures.waiting;
    status->unsent = figures.unsent;
    status->damaged = figures.damaged;
    status->sensor_count = yk_outbox_sensors(outbox, &status->sensors);
    status->sent = status->covered = 0;
    status->oldest_s = YK_NONE;
    for (size_t i = 0; i < status->sensor_count; i++) {
        const struct yk_uplink_sensor *sensor = &status->sensors[i];
        status->sent += sensor->sent;
        status->covered += sensor->covered;
        if (sensor->oldest_s != YK_NONE && (status->oldest_s == YK_NONE || sensor->oldest_s < status->oldest_s))
            status->oldest_s = sensor->oldest_s;
    }
    struct yk_disk disk = yk_disk_of(report->spool);
    status->free_bytes = disk.free_bytes;
    status->total_bytes = disk.total_bytes;
    if (!yk_skew_now(&report->skew, &yk_clock_boot, &status->skew_s, &status->skew_error_s))
        status->skew_s = status->skew_error_s = (double)NAN;
    yk_status_stamp(&status->head, ended);
    yk_uplink_status_write(&report->file, status);
    status->sensors = NULL;
    status->sensor_count = 0;
}

void yk_uplink_report_round(struct yk_uplink_report *report, struct yk_outbox *outbox, enum yk_status round,
                            unsigned backoff_ms)
{
    bool was = report->status.connected;
    if (round == YK_OK || !yk_stop) /* a round that was broken off to end says nothing of Redis */
        yk_uplink_status_link(&report->status, round == YK_OK, round);
    report->status.backoff_ms = round == YK_OK ? 0 : backoff_ms;
    yk_notify_alive();
    yk_notify_ready(); /* also while Redis is away: waiting for it is the work */
    if (!yk_status_due(&report->file) && was == report->status.connected)
        return;
    write_file(report, outbox, false);
    yk_notify_status("%s, %llu frames wait", round == YK_OK ? "connected" : yk_status_reason(round),
                     (unsigned long long)report->status.waiting);
}

void yk_uplink_report_end(struct yk_uplink_report *report, struct yk_outbox *outbox)
{
    yk_notify_stopping();
    write_file(report, outbox, true);
}
