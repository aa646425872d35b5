/* Reading with bounds, writing by rename. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(int fd, int code)
{
    if (fd >= 0)
        close(fd);
    errno = code;
    return false;
}

bool yk_small_file_read(int folder_fd, const char *name, uint8_t *out, size_t capacity, size_t *size)
{
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ELOOP ? fail(-1, EINVAL) : false;
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return fail(fd, EINVAL);
    size_t length = 0;
    while (length < capacity) {
        ssize_t n = read(fd, out + length, capacity - length);
        if (n < 0)
            return fail(fd, errno);
        if (n == 0)
            break;
        length += (size_t)n;
    }
    uint8_t more;
    if (length == capacity && read(fd, &more, 1) != 0)
        return fail(fd, EFBIG);
    close(fd);
    *size = length;
    return true;
}

bool yk_small_file_write(int folder_fd, const char *name, const uint8_t *bytes, size_t size, mode_t mode)
{
    char temporary[300];
    if (snprintf(temporary, sizeof temporary, ".%s.new", name) >= (int)sizeof temporary)
        return fail(-1, ENAMETOOLONG);
    unlinkat(folder_fd, temporary, 0);
    int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    ssize_t written = write(fd, bytes, size);
    int code = written < 0 ? errno : ENOSPC;
    if (written == (ssize_t)size) {
        code = fchmod(fd, mode) != 0 || renameat(folder_fd, temporary, folder_fd, name) != 0 ? errno : 0;
        if (code == 0) {
            close(fd);
            return true;
        }
    }
    unlinkat(folder_fd, temporary, 0);
    return fail(fd, code);
}

bool yk_small_file_number(const char *name, const char *prefix, const char *suffix, int64_t *number)
{
    char again[300];
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return false;
    errno = 0;
    long long value = strtoll(name + strlen(prefix), NULL, 10);
    *number = value;
    /* Printed anew it must be the same name: no sign, space, leading zero or overflow slips through. */
    return errno == 0 && snprintf(again, sizeof again, "%s%lld%s", prefix, value, suffix) < (int)sizeof again &&
           strcmp(again, name) == 0;
}
