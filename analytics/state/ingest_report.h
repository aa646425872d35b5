/* The worker's status file: who sends what, and what is refused. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_STATE_INGEST_REPORT_H
#define YK_STATE_INGEST_REPORT_H

#include "state/ingest.h"
#include "status/analyze_status.h"

struct yk_ingest_report {
    struct yk_status_file file;
    struct yk_analyze_status status;
    char state[YK_PATH_SIZE];
    bool open; /* otherwise nothing of this does anything: recorded history has no status */
};

void yk_ingest_report_open(struct yk_ingest_report *report, const char *district, const char *state,
                           const char *publish);
void yk_ingest_report_close(struct yk_ingest_report *report);
void yk_ingest_report_frame(struct yk_ingest_report *report, const char *edge, const uint8_t *bytes, size_t size,
                            enum yk_verdict verdict);
void yk_ingest_report_committed(struct yk_ingest_report *report);
void yk_ingest_report_published(struct yk_ingest_report *report);
/* After each round: what came of reading Redis. Writes when it is time to, and tells the service manager. */
void yk_ingest_report_round(struct yk_ingest_report *report, enum yk_status redis, uint64_t uncommitted);
void yk_ingest_report_end(struct yk_ingest_report *report, uint64_t uncommitted);

#endif
