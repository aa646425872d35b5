/* Figures of the sessions into the status file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect_report.h"

#include "base/notify.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

void yk_collect_report_open(struct yk_collect_report *report, const struct yk_spool_options *spool)
{
    memset(report, 0, sizeof *report);
    struct yk_collect_status *status = &report->status;
    memcpy(status->head.part, "collect", sizeof "collect");
    yk_text_copy(status->edge, sizeof status->edge, spool->edge);
    yk_text_copy(status->slot, sizeof status->slot, spool->slot);
    yk_text_copy(report->spool, sizeof report->spool, spool->dir);
    status->spool_max_bytes = spool->max_bytes;
    status->sensors = report->sensors;
    report->started = yk_mono_now(&yk_clock_system);
    yk_collect_status_path(spool->dir, spool->slot, report->file.path);
}

bool yk_collect_report_due(struct yk_collect_report *report)
{
    yk_notify_alive();
    report->status.sensor_count = 0;
    return yk_status_due(&report->file);
}

void yk_collect_report_add(struct yk_collect_report *report, struct yk_session *session, bool done)
{
    static const char *const families[] = {
        [YK_FAMILY_RADIO] = "radio", [YK_FAMILY_CAMERA] = "camera", [YK_FAMILY_COUNTER] = "counter"};
    if (report->status.sensor_count == YK_STATUS_SENSORS_MAX)
        return;
    struct yk_sensor_status *sensor = &report->sensors[report->status.sensor_count++];
    const struct yk_sensor_config *config = yk_session_sensor(session);
    struct yk_session_figures figures;
    struct yk_drops drops;
    yk_session_figures(session, &figures);
    yk_session_shown_drops(session, &drops);
    *sensor = (struct yk_sensor_status){
        .observations = figures.observations, .held = figures.held, .last_event_s = figures.event_s, .ended = done};
    sensor->clock_lag_s = figures.lag_us == INT64_MIN ? (double)NAN : (double)figures.lag_us / 1e6;
    yk_text_copy(sensor->id, sizeof sensor->id, config->id);
    yk_text_copy(sensor->family, sizeof sensor->family, families[config->family]);
    yk_sensor_status_drops(sensor, &drops);
    yk_session_shown_adapter(session, &sensor->adapter);
    int64_t since_us = figures.event_s == INT64_MIN ? report->started.us : figures.arrived.us;
    sensor->silent_s = (yk_mono_now(&yk_clock_system).us - since_us) / 1000000;
}

void yk_collect_report_write(struct yk_collect_report *report, const struct yk_spool *spool, bool ended)
{
    struct yk_collect_status *status = &report->status;
    struct yk_disk disk = yk_disk_of(report->spool);
    status->frames = yk_spool_frames(spool);
    status->given_up = yk_spool_given_up(spool);
    status->spool_bytes = yk_folder_bytes(report->spool);
    status->free_bytes = disk.free_bytes;
    status->total_bytes = disk.total_bytes;
    status->complete = status->sensor_count > 0;
    for (size_t i = 0; i < status->sensor_count; i++)
        status->complete &= status->sensors[i].ended;
    yk_status_stamp(&status->head, ended);
    yk_collect_status_write(&report->file, status);
}
