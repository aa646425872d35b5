/* Telling the service manager how we are: sd_notify(3). SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Under systemd (Type=notify), or under `yukikai up`, which listens in the same way, a program says when it really
 * works, when it ends, and in a line what it does. With WatchdogSec= it also has to say that it is alive; who does not is
 * killed and started again. So yk_notify_alive is called from where the work makes progress, never from a thread of its
 * own: a loop that hangs must not be fed.
 *
 * Without NOTIFY_SOCKET in the environment nothing happens. One thread of a program uses this. */
#ifndef YK_BASE_NOTIFY_H
#define YK_BASE_NOTIFY_H

/* READY=1, the first time only. */
void yk_notify_ready(void);
/* STOPPING=1, the first time only. */
void yk_notify_stopping(void);
/* STATUS=..., when it differs from the last one. */
void yk_notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* WATCHDOG=1, once half of WATCHDOG_USEC has gone by since the last one; cheap, to be called in each round of a loop. */
void yk_notify_alive(void);

#endif
