/* What a process that sees raw addresses can still do. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Called once, before any identifier is read and before there is a second thread that matters; it cannot be undone. From
 * then on this process
 *
 *     writes no core and cannot be read by another process of its user
 *     has no capability but CAP_NET_RAW (each HCI command needs it at the moment it is sent), if it had that, and can
 *         gain none
 *     can open sockets of two kinds only, Unix and raw HCI: no Internet, packet, netlink or other one, by socket(2) or
 *         io_uring
 *     can neither pass nor take file descriptors (sendmsg, recvmsg, pidfd_getfd), so nobody can hand it an Internet
 *         socket
 *     can run no other program, and stop or read no other process by ptrace and its like
 *
 * A descriptor that was an Internet socket before is refused: it would be a way out. */
#ifndef YK_CONFINE_CONFINE_H
#define YK_CONFINE_CONFINE_H

#include "base/error.h"

enum yk_confine_for {
    YK_CONFINE_COLLECTOR,
    YK_CONFINE_CAPTURE, /* libpcap takes packets with recvmsg, which may take descriptors too */
};

/* YK_ERR_USAGE: a descriptor is a socket of another kind; YK_ERR_IO: the kernel refuses the filter. */
enum yk_status yk_confine(enum yk_confine_for what, struct yk_error *err) YK_MUST_CHECK;

#endif
