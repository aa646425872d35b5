/* Being asked to end. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The handler sets a flag and does nothing else; loops look at it, and blocking calls return with EINTR (no
 * SA_RESTART). */
#ifndef YK_BASE_STOP_H
#define YK_BASE_STOP_H

#include <signal.h>

/* Non-zero once SIGTERM or SIGINT has come; 2 when it came again: whoever waits for something then hurries. */
extern volatile sig_atomic_t yk_stop;
/* Non-zero once SIGUSR1 has come, if yk_drain_on_signal was called: finish what is there, then end. */
extern volatile sig_atomic_t yk_drain;

/* Installs the handlers, and ignores SIGPIPE: a peer that went away is an error of the write. Called once, by main. */
void yk_stop_on_signals(void);
void yk_drain_on_signal(void);

#endif
