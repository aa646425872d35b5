/* Where one machine's epoch keys travel. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A machine that is edge and server at once hands its epoch keys from `keys run` through its private Redis to its own
 * collector, as several edges would get them. The inbox lies in RAM (base/ram_folder.h), and always in the same place
 * for the same run folder, so that a collector that is started again finds the private halves of its sealing keys:
 *
 *     $RUNTIME_DIRECTORY/inbox         under systemd
 *     $XDG_RUNTIME_DIR/yukikai-HASH    a user's session; HASH of the run folder's path
 *     /dev/shm/yukikai-UID-HASH
 *
 * The first that can hold secrets is taken. */
#ifndef YK_SUPERVISE_INBOX_H
#define YK_SUPERVISE_INBOX_H

#include "base/error.h"
#include "config/config.h"

/* Finds the place and makes the folder. given: only this one; NULL: those above. With another status than YK_OK *out is
 * empty and the message says why the last one will not do. */
enum yk_status yk_inbox_find(const char *run, const char *given, char out[static YK_PATH_SIZE],
                             struct yk_error *err) YK_MUST_CHECK;

#endif
