/* The list's file: read, watched, and changed by one at a time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A writer holds the lock from before it reads until after it has renamed the new file over the old one; a reader takes
 * no lock, it sees one file or the other, whole. The lock is on a file of its own, because the list's file is another
 * one after each change. */
#include "frame/enrolment.h"

#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE (YK_PATH_SIZE + 32)

static bool path_of(const char *dir, const char *name, char out[static PATH_SIZE])
{
    return snprintf(out, PATH_SIZE, "%s/%s", dir, name) < PATH_SIZE;
}

static enum yk_status too_long(const char *dir, struct yk_error *err)
{
    return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %.80s...", dir);
}

/* The whole file; *bytes NULL and YK_OK if there is none. The caller frees it. */
static enum yk_status slurp(const char *path, char **bytes, size_t *size, struct yk_error *err)
{
    *bytes = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT ? YK_OK : yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", path);
    struct stat st;
    enum yk_status status = YK_OK;
    if (fstat(fd, &st) != 0)
        status = yk_error_errno(err, YK_ERR_IO, "cannot read %s", path);
    else if (!S_ISREG(st.st_mode) || st.st_size > YK_ENROLMENT_BYTES_MAX)
        status =
            yk_error_set(err, YK_ERR_INPUT, "%s is no file, or larger than %d MiB", path, YK_ENROLMENT_BYTES_MAX >> 20);
    else if (!(*bytes = malloc((size_t)st.st_size + 1)))
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    while (status == YK_OK && *size < (size_t)st.st_size) {
        ssize_t got = read(fd, *bytes + *size, (size_t)st.st_size - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = yk_error_errno(err, YK_ERR_IO, "cannot read %s", path);
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    close(fd);
    if (status != YK_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

enum yk_status yk_enrolment_read(const char *dir, struct yk_enrolment **out, struct yk_error *err)
{
    static const char none[] = "{\"edges\": []}";
    char path[PATH_SIZE];
    *out = NULL;
    if (!path_of(dir, "enrolment.json", path))
        return too_long(dir, err);
    char *bytes;
    size_t size;
    enum yk_status status = slurp(path, &bytes, &size, err);
    if (status == YK_OK)
        status = yk_enrolment_read_bytes(path, bytes ? bytes : none, bytes ? size : sizeof none - 1, out, err);
    free(bytes);
    return status;
}

bool yk_enrolment_changed(const char *dir, struct yk_enrolment_stamp *stamp)
{
    char path[PATH_SIZE];
    struct stat st;
    struct yk_enrolment_stamp now = {0};
    if (path_of(dir, "enrolment.json", path) && stat(path, &st) == 0)
        now = (struct yk_enrolment_stamp){st.st_ino, st.st_size,
                                          st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec};
    bool changed = now.inode != stamp->inode || now.size != stamp->size || now.mtime_ns != stamp->mtime_ns;
    *stamp = now;
    return changed;
}

static enum yk_status lock(const char *path, int wait_ms, int *fd, struct yk_error *err)
{
    *fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (*fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot make %s (is this the folder of the district's keys?)", path);
    for (int waited = 0; flock(*fd, LOCK_EX | LOCK_NB) != 0; waited += 10) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return yk_error_errno(err, YK_ERR_IO, "cannot lock %s", path);
        if (waited >= wait_ms)
            return yk_error_set(err, YK_ERR_UNAVAILABLE,
                                "somebody else is changing the list (%s is held); try again in a while", path);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return YK_OK;
}

enum yk_status yk_enrolment_edit_begin(const char *dir, int wait_ms, struct yk_enrolment_edit *edit,
                                       struct yk_error *err)
{
    char path[PATH_SIZE];
    *edit = (struct yk_enrolment_edit){.dir = dir, .lock = -1};
    if (!path_of(dir, "enrolment.lock", path))
        return too_long(dir, err);
    enum yk_status status = lock(path, wait_ms, &edit->lock, err);
    return status == YK_OK ? yk_enrolment_read(dir, &edit->list, err) : status;
}

static void sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static enum yk_status replace_file(const char *path, const char *text, struct yk_error *err)
{
    char temporary[PATH_SIZE + 8];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    size_t length = strlen(text), done = 0;
    while (fd >= 0 && done < length) {
        ssize_t put = write(fd, text + done, length - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break;
        done += (size_t)put;
    }
    bool ok = fd >= 0 && done == length && fsync(fd) == 0 && rename(temporary, path) == 0;
    enum yk_status status = ok ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
    if (fd >= 0) {
        close(fd);
        if (!ok)
            unlink(temporary);
    }
    return status;
}

enum yk_status yk_enrolment_edit_save(struct yk_enrolment_edit *edit, bool *changed, struct yk_error *err)
{
    char path[PATH_SIZE];
    if (!path_of(edit->dir, "enrolment.json", path))
        return too_long(edit->dir, err);
    char *text = yk_enrolment_text(edit->list), *before = NULL;
    size_t size = 0;
    if (!text)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    enum yk_status status = slurp(path, &before, &size, err);
    if (status == YK_OK) {
        size_t length = strlen(text);
        bool same = before && size == length && memcmp(before, text, length) == 0;
        if (changed)
            *changed = !same;
        if (!same && length > YK_ENROLMENT_BYTES_MAX)
            status =
                yk_error_set(err, YK_ERR_FULL, "%s would be larger than %d MiB", path, YK_ENROLMENT_BYTES_MAX >> 20);
        else if (!same)
            status = replace_file(path, text, err);
        if (status == YK_OK && !same)
            sync_folder(edit->dir);
    }
    free(before);
    free(text);
    return status;
}

void yk_enrolment_edit_end(struct yk_enrolment_edit *edit)
{
    yk_enrolment_free(edit->list);
    edit->list = NULL;
    if (edit->lock >= 0)
        close(edit->lock);
    edit->lock = -1;
}
