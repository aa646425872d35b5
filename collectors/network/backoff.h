/* How long to wait before a peer is asked again. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A quarter of a second, doubling to 30 s, each time between a half and the whole of it: many edges do not come back at
 * once. All zero is the beginning, and what it is set to when the peer has been there. */
#ifndef YK_NETWORK_BACKOFF_H
#define YK_NETWORK_BACKOFF_H

struct yk_backoff {
    unsigned ms; /* of the last wait */
};

/* The next wait. */
unsigned yk_backoff_next(struct yk_backoff *backoff);

#endif
