/* The uplink's status file, from its outbox. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_LINK_UPLINK_REPORT_H
#define YK_LINK_UPLINK_REPORT_H

#include "link/outbox.h"
#include "link/skew.h"
#include "status/uplink_status.h"

struct yk_uplink_report {
    struct yk_status_file file;
    struct yk_uplink_status status;
    char spool[YK_PATH_SIZE];
    struct yk_skew skew; /* filled by who sends */
};

void yk_uplink_report_open(struct yk_uplink_report *report, const char *spool, const char *edge);
/* After each round: what came of it (YK_OK: Redis is there), and how long it waits before the next. Writes when it is
 * time to, and says so to the service manager. Before the first call of yk_outbox_next of a round, or after its last. */
void yk_uplink_report_round(struct yk_uplink_report *report, struct yk_outbox *outbox, enum yk_status round,
                            unsigned backoff_ms);
void yk_uplink_report_end(struct yk_uplink_report *report, struct yk_outbox *outbox);

#endif
