/* Verdicts into the status file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/ingest_report.h"

#include "base/notify.h"
#include "base/stop.h"
#include "base/text.h"

#include <string.h>

static const char *const names[] = {
#define X(name, text) #name,
    YK_VERDICTS(X)
#undef X
};

static int64_t now_s(void)
{
    return yk_wall_now(&yk_clock_system).us / 1000000;
}

void yk_ingest_report_open(struct yk_ingest_report *report, const char *district, const char *state,
                           const char *publish)
{
    memset(report, 0, sizeof *report);
    yk_analyze_status_begin(&report->status, district);
    memcpy(report->status.head.part, "analyze", sizeof "analyze");
    yk_text_copy(report->state, sizeof report->state, state);
    yk_analyze_status_path(publish, report->file.path);
    report->open = true;
}

void yk_ingest_report_close(struct yk_ingest_report *report)
{
    yk_analyze_status_clear(&report->status);
    report->open = false;
}

/* Verdicts that come after the signature: what the frame says of its sensor is the edge's own word. */
static bool is_genuine(enum yk_verdict verdict)
{
    return verdict == YK_VERDICT_taken || verdict == YK_VERDICT_duplicate || verdict == YK_VERDICT_late ||
           verdict == YK_VERDICT_given_up || verdict == YK_VERDICT_bad_body;
}

void yk_ingest_report_frame(struct yk_ingest_report *report, const char *edge, const uint8_t *bytes, size_t size,
                            enum yk_verdict verdict)
{
    struct yk_frame frame;
    if (!report->open)
        return;
    bool genuine = is_genuine(verdict) && yk_frame_parse(bytes, size, &frame) == YK_FRAME_OK;
    yk_analyze_status_note(&report->status, edge, genuine ? frame.header.sensor : NULL,
                           verdict == YK_VERDICT_taken ? "" : names[verdict],
                           genuine ? frame.header.told_to_s : YK_NONE, now_s());
}

void yk_ingest_report_committed(struct yk_ingest_report *report)
{
    report->status.committed_s = now_s();
}

void yk_ingest_report_published(struct yk_ingest_report *report)
{
    report->status.published_s = now_s();
}

static void write_file(struct yk_ingest_report *report, uint64_t uncommitted, bool ended)
{
    struct yk_analyze_status *status = &report->status;
    struct yk_disk disk = yk_disk_of(report->state);
    status->uncommitted = uncommitted;
    status->state_bytes = yk_folder_bytes(report->state);
    status->free_bytes = disk.free_bytes;
    status->total_bytes = disk.total_bytes;
    yk_status_stamp(&status->head, ended);
    yk_analyze_status_write(&report->file, status);
}

void yk_ingest_report_round(struct yk_ingest_report *report, enum yk_status redis, uint64_t uncommitted)
{
    bool was = report->status.connected;
    yk_notify_alive();
    if (!report->open)
        return;
    if (redis == YK_OK || !yk_stop) /* a round that was broken off to end says nothing of Redis */
        yk_analyze_status_link(&report->status, redis == YK_OK, redis);
    if (!yk_status_due(&report->file) && was == report->status.connected)
        return;
    write_file(report, uncommitted, false);
    yk_notify_status("%s, %zu edges heard", report->status.connected ? "connected" : report->status.reason,
                     report->status.edge_count);
}

void yk_ingest_report_end(struct yk_ingest_report *report, uint64_t uncommitted)
{
    if (report->open)
        write_file(report, uncommitted, true);
}
