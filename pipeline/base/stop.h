/* Being asked to end. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The handler sets a flag and does nothing else; loops look at it, and blocking calls return with EINTR (no
 * SA_RESTART). */
#ifndef YK_BASE_STOP_H
#define YK_BASE_STOP_H

#include <signal.h>

/* Non-zero once SIGTERM or SIGINT has come. */
extern volatile sig_atomic_t yk_stop;

/* Installs the handlers, and ignores SIGPIPE: a peer that went away is an error of the write. Called once, by main. */
void yk_stop_on_signals(void);

#endif
