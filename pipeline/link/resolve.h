/* Names to addresses, with a time limit. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * getaddrinfo() cannot be given a limit and does not return for a signal: with a dead name server it holds its caller
 * for 10 s and longer, and an edge behind a mobile link meets that often. So it runs in a thread of its own, which gets
 * no signals; who waits for it can leave, and whoever of the two is last frees what they shared. */
#ifndef YK_LINK_RESOLVE_H
#define YK_LINK_RESOLVE_H

#include "base/clock.h"
#include "link/address.h"

struct addrinfo;

/* *out: stream addresses, freed with freeaddrinfo. Gives up at the deadline, and when the program is to end. */
enum yk_status yk_resolve(const struct yk_address *address, struct yk_mono deadline, struct addrinfo **out,
                          struct yk_error *err) YK_MUST_CHECK;

#endif
