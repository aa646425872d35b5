/* Frames end to end. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/segment.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum yk_status yk_segment_read(const char *path, yk_segment_fn *fn, void *context)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return YK_ERR_NO_INPUT;
    }
    size_t size = (size_t)st.st_size;
    uint8_t *bytes = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (bytes == MAP_FAILED)
        return size ? YK_ERR_NO_INPUT : YK_OK;
    for (size_t at = 0; at < size;) {
        struct yk_frame frame;
        if (yk_frame_parse(bytes + at, size - at, &frame) == YK_FRAME_OK) {
            fn(context, &frame, at);
            at += frame.size;
            continue;
        }
        const uint8_t *next = memmem(bytes + at + 1, size - at - 1, "YKFR", 4);
        at = next ? (size_t)(next - bytes) : size;
    }
    munmap(bytes, size);
    return YK_OK;
}

/* A shared lock is refused by a writer only: the uplink, which takes one while it reads, is none, and is not kept from it. */
bool yk_segment_grows(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool grows = fd < 0 || flock(fd, LOCK_SH | LOCK_NB) != 0;
    if (fd >= 0)
        close(fd);
    return grows;
}
