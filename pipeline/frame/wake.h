/* Telling the uplink that a frame was spooled. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A datagram without content to SPOOL/wake.sock. It is a hint and no more: one that is lost, or sent while nobody listens,
 * costs the time until the uplink looks by itself. So nothing waits for it and no error of it matters. */
#ifndef YK_FRAME_WAKE_H
#define YK_FRAME_WAKE_H

#include <stdbool.h>

/* A socket to send from, or -1. */
int yk_wake_sender(void);
void yk_wake_send(int fd, const char *spool);

/* Listens, taking the name over from a listener that is gone; -1 if it can't be made, then yk_wake_wait only waits. */
int yk_wake_listen(const char *spool);
/* Waits for a datagram, up to the time; true if one came. All that have come are taken. A signal ends the wait. */
bool yk_wake_wait(int fd, int wait_ms);

#endif
