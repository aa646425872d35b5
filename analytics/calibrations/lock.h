/* One at a time changes the calibrations file. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flock on "PATH.lock", which is left behind: the file itself is replaced whenever it changes, and a lock on what was replaced
 * would keep nobody out. Readers need no lock. The kernel drops it with the process, however that ends. */
#ifndef YK_CALIBRATIONS_LOCK_H
#define YK_CALIBRATIONS_LOCK_H

#include "base/error.h"

/* Says so on the log when it has to wait. YK_ERR_UNAVAILABLE after wait_ms. */
enum yk_status yk_calibrations_lock(const char *path, int wait_ms, int *lock, struct yk_error *err) YK_MUST_CHECK;
void yk_calibrations_unlock(int lock); /* -1: none */

#endif
