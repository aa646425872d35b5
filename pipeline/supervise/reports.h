/* What children say of themselves: the listening end of base/notify.h. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A datagram socket with an abstract name that the kernel chooses, so there is no file to clear away. Anybody on the
 * machine can send to such a name; the kernel tells whose process it was, and who is no child of ours is not heard. */
#ifndef YK_SUPERVISE_REPORTS_H
#define YK_SUPERVISE_REPORTS_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct yk_reports {
    int fd;           /* -1: closed */
    char address[32]; /* for NOTIFY_SOCKET */
};

struct yk_report {
    pid_t pid;
    bool ready, alive; /* READY=1, WATCHDOG=1 */
};

enum yk_status yk_reports_open(struct yk_reports *reports, struct yk_error *err) YK_MUST_CHECK;
void yk_reports_close(struct yk_reports *reports);
/* Waits up to wait_ms for the next one; a signal ends the waiting. */
bool yk_reports_next(struct yk_reports *reports, int wait_ms, struct yk_report *out);

#endif
