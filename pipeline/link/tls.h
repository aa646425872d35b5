/* TLS 1.3 over a connected socket. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who connects verifies the server: its certificate has to be signed by ca.crt, be valid now, be meant for servers, and
 * name the host or address that the URL names (in subjectAltName; the common name is not looked at). There is no switch
 * that turns this off. client.crt and client.key are presented when both are there. TLS 1.3 only; files are read anew
 * for each connection, so that a renewed certificate is taken up without a restart, and nothing is kept for resuming:
 * connections live for days.
 *
 * The socket does not block: each call does what it can and says what it waits for. */
#ifndef YK_LINK_TLS_H
#define YK_LINK_TLS_H

#include "base/error.h"
#include "link/address.h"

#include <stdbool.h>
#include <stddef.h>

enum yk_io {
    YK_IO_DONE,
    YK_IO_WAIT_IN,  /* call again when the socket can be read */
    YK_IO_WAIT_OUT, /* call again when it can be written */
    YK_IO_CLOSED,   /* the peer ended it, in order or not */
    YK_IO_FAILED,
};

struct yk_tls;

/* Reads the files of the credentials folder (link/credentials.h); nothing is sent yet. */
enum yk_status yk_tls_new(const struct yk_address *address, const char *credentials, struct yk_tls **out,
                          struct yk_error *err) YK_MUST_CHECK;
void yk_tls_free(struct yk_tls *tls);

/* The socket stays the caller's. Called again until it is done. */
enum yk_io yk_tls_handshake(struct yk_tls *tls, int fd);
enum yk_io yk_tls_read(struct yk_tls *tls, void *bytes, size_t size, size_t *got);
enum yk_io yk_tls_write(struct yk_tls *tls, const void *bytes, size_t size, size_t *written);
/* Says goodbye, if the socket takes it. */
void yk_tls_end(struct yk_tls *tls);

/* After YK_IO_CLOSED or YK_IO_FAILED, and after a handshake that took too long: what went wrong, for a person.
 * YK_ERR_REFUSED if one side does not trust the other, YK_ERR_UNAVAILABLE for what may pass. */
enum yk_status yk_tls_explain(const struct yk_tls *tls, struct yk_error *err);

#endif
