/* Reading again what was replaced. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/calibrations_follow.h"

#include <errno.h>
#include <string.h>

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Looked at before it is read: what is written in between is another file at the next call. */
enum yk_status yk_calibrations_follow(struct yk_calibrations_follow *f, bool must, struct yk_error *err)
{
    struct stat now;
    struct yk_error why = {0};
    struct yk_calibrations read = {0};
    enum yk_status status = YK_OK;
    if (stat(f->path, &now) != 0) {
        memset(&now, 0, sizeof now);
        if (errno != ENOENT)
            status = yk_error_errno(&why, YK_ERR_NO_INPUT, "%s", f->path);
    } else if (same_file(&now, &f->read) && !(must && f->bad.bad)) {
        return YK_OK;
    } else {
        status = yk_calibrations_read(f->path, f->district, &read, NULL, &why);
    }
    if (status == YK_OK || status == YK_ERR_CONFIG)
        f->read = now;
    if (status != YK_OK) {
        yk_calibrations_clear(&read);
        if (must)
            return yk_error_set(err, status, "%s", why.message);
        yk_log_enter(&f->bad, "calibrations cannot be taken over, the last ones hold on: %s", why.message);
        return YK_OK;
    }
    yk_log_leave(&f->bad, "calibrations can be read again");
    yk_calibrations_clear(&f->found);
    f->found = read;
    return YK_OK;
}

void yk_calibrations_follow_clear(struct yk_calibrations_follow *follow)
{
    yk_calibrations_clear(&follow->found);
}
