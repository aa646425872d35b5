/* Where devices post their messages: one listener for several sensors. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     POST /PATH     204 taken, and not lost from then on by anything but the end of this process
 *                    400 no body   401 no token or a wrong one   404 no sensor there   405 no POST
 *                    413 more than a message may have            503 the queue is full, or we are ending: try again
 *
 * The token comes as `Authorization: Bearer TOKEN`, as the password of HTTP Basic (any user), or as ?token=TOKEN, for
 * devices that can set no header. It is compared by its hash, in constant time. No TLS: a proxy does that.
 *
 * Bounds, so that strangers and broken devices take nothing from the others: 64 connections, 8 of them from one address;
 * one that says nothing for 10 s is closed, and one whose request is not whole after 30 s (drop by drop) is closed too;
 * 16 KiB of headers; a body of 1 MiB, of which more is read only to say 413, and no more than 4 MiB of it; per sensor a
 * queue of 256 messages and 8 MiB. A door is one sensor's; doors of one address and port share a listener and its thread.
 * The sensor's own thread takes from the door. */
#ifndef YK_NETWORK_DOOR_H
#define YK_NETWORK_DOOR_H

#include "base/drops.h"
#include "base/error.h"
#include "config/endpoint.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_DOOR_MESSAGE_MAX ((size_t)1024 * 1024)

struct yk_door;

/* whole_ms: how long a request may take, of the first door of an address; 0: 30 s. path: "/cam-1". token NULL: everybody may, which only a loopback address allows (else YK_ERR_CONFIG). YK_ERR_CONFIG if
 * another sensor has the path; YK_ERR_UNAVAILABLE if the address cannot be listened on. */
enum yk_status yk_door_open(const struct yk_endpoint *at, const char *path, const char *token, int whole_ms,
                            struct yk_door **out, struct yk_error *err) YK_MUST_CHECK;
/* What comes from now on is answered 503; what was taken is still to be had. */
void yk_door_shut(struct yk_door *door);
/* With what is still in it. The last door of a listener closes it. */
void yk_door_free(struct yk_door *door);

/* The next message, to be freed with free(); waits up to `ms` for one. */
bool yk_door_take(struct yk_door *door, int ms, char **bytes, size_t *size);
/* Adds what was turned away since the last call: refused, too_long. */
void yk_door_drops(struct yk_door *door, struct yk_drops *drops);

#endif
