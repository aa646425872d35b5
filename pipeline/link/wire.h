/* A stream of bytes to a server: unix socket, TCP or TLS. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The socket does not block. Waiting is poll() in slices of 100 ms, so that a program that was asked to end
 * (base/stop.h) leaves at once also when the signal came to another thread, or just before poll(); what can be done
 * without waiting is still done then. Every call has a deadline.
 *
 * A peer that vanished without a word (a mobile link, a power cut) is noticed by TCP itself: what is sent has to be
 * acknowledged within 30 s (TCP_USER_TIMEOUT), and a connection on which nothing is said is asked after 30 s, then
 * every 10 s (keepalive). */
#ifndef YK_LINK_WIRE_H
#define YK_LINK_WIRE_H

#include "base/clock.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_WIRE_CONNECT_MS 5000 /* the name, the connection and the TLS handshake together */

struct yk_wire;

/* url: link/address.h. credentials: link/credentials.h, used for tls:// only. */
enum yk_status yk_wire_open(const char *url, const char *credentials, struct yk_wire **out,
                            struct yk_error *err) YK_MUST_CHECK;
void yk_wire_close(struct yk_wire *wire);

/* Writes all of it. After a failure the stream is of no more use. */
enum yk_status yk_wire_write(struct yk_wire *wire, const void *bytes, size_t size, struct yk_mono deadline,
                             struct yk_error *err) YK_MUST_CHECK;
/* Reads what is there, at least one byte; the peer's end is YK_ERR_UNAVAILABLE. */
enum yk_status yk_wire_read(struct yk_wire *wire, void *bytes, size_t size, struct yk_mono deadline, size_t *got,
                            struct yk_error *err) YK_MUST_CHECK;

static inline struct yk_mono yk_mono_in(int64_t ms)
{
    return (struct yk_mono){yk_mono_now(&yk_clock_system).us + ms * 1000};
}

#endif
