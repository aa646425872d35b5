/* The calibrations file, followed by a program that runs for months. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People accept calibrations while the worker runs. Every few seconds it asks; the file is read only when it is another one
 * (which a rename in its place makes it, see calibrations.c), so that a long file costs nothing. */
#ifndef YK_CALIBRATIONS_CALIBRATIONS_FOLLOW_H
#define YK_CALIBRATIONS_CALIBRATIONS_FOLLOW_H

#include "base/log.h"
#include "calibrations/calibrations.h"

#include <sys/stat.h>

struct yk_calibrations_follow {
    const char *path, *district;  /* set by the caller, and kept */
    struct yk_calibrations found; /* what holds; entries stay where they are until the next call */
    struct stat read;             /* of the file as it was read last; all 0: none */
    struct yk_log_once bad;
};

/* Takes over what was accepted meanwhile. A file that does not exist says that nothing was. One that cannot be read leaves what was
 * read before in force, and is told on the log; with `must` it is the caller's failure. */
enum yk_status yk_calibrations_follow(struct yk_calibrations_follow *follow, bool must,
                                      struct yk_error *err) YK_MUST_CHECK;
void yk_calibrations_follow_clear(struct yk_calibrations_follow *follow);

#endif
