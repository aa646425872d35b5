/* A folder whose files never reach a disk. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What must be gone when the power is gone may lie on a RAM file system only. ramfs is one. tmpfs is one unless the
 * machine swaps, because its pages can be swapped out; so it counts only where nothing is swapped to (zram is memory),
 * or where it was mounted with noswap (Linux 6.4). The folder must be this user's own and closed to all others. */
#ifndef YK_BASE_RAM_FOLDER_H
#define YK_BASE_RAM_FOLDER_H

#include "base/error.h"

#include <stdbool.h>

/* Makes the folder (0700) if there is none. *fd is to be closed. YK_ERR_REFUSED: what is there cannot hold secrets, and
 * the message says why. */
enum yk_status yk_ram_folder_open(const char *path, int *fd, struct yk_error *err) YK_MUST_CHECK;
/* The same question again, since swap can be switched on later. */
enum yk_status yk_ram_folder_check(int fd, const char *path, struct yk_error *err) YK_MUST_CHECK;

/* The text of /proc/swaps names a device or file that is not zram. */
bool yk_swaps_to_disk(const char *proc_swaps);
/* The text of /proc/self/mountinfo says that the mount with this id does not swap. */
bool yk_mount_is_noswap(const char *mountinfo, long mount_id);

#endif
