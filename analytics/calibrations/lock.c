/* The lock beside the calibrations file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/lock.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 10

enum yk_status yk_calibrations_lock(const char *path, int wait_ms, int *lock, struct yk_error *err)
{
    char name[4096];
    *lock = -1;
    if (snprintf(name, sizeof name, "%s.lock", path) >= (int)sizeof name)
        return yk_error_set(err, YK_ERR_USAGE, "%.60s...: the name is too long", path);
    int fd = open(name, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot make %s", name);
    struct yk_log_once waiting = {0};
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += STEP_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            enum yk_status status = yk_error_errno(err, YK_ERR_IO, "cannot lock %s", name);
            close(fd);
            return status;
        }
        if (waited_ms >= wait_ms) {
            close(fd);
            return yk_error_set(
                err, YK_ERR_UNAVAILABLE,
                "somebody else is accepting a calibration (%s is held); nothing was accepted, try again "
                "when they are done",
                name);
        }
        yk_log_enter(&waiting, "waiting: somebody else is accepting a calibration (%s is held)", name);
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    *lock = fd;
    return YK_OK;
}

void yk_calibrations_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}
