/* The outbox over a spool whose one segment is the input. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/outbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], folder[96], path[128];

static void end(void)
{
    unlink(path);
    rmdir(folder);
    rmdir(dir);
}

static void begin(void)
{
    snprintf(dir, sizeof dir, "/tmp/yk-fuzz-XXXXXX");
    if (!mkdtemp(dir))
        abort();
    snprintf(folder, sizeof folder, "%s/plain-0", dir);
    snprintf(path, sizeof path, "%s/a.seg", folder);
    atexit(end);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (!*dir)
        begin();
    mkdir(folder, 0700);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
        abort();
    close(fd);

    struct yk_outbox *outbox;
    if (yk_outbox_new(dir, &outbox, NULL) != YK_OK || yk_outbox_scan(outbox, NULL) != YK_OK)
        abort();
    struct yk_received covered = {0};
    const uint8_t *frame_bytes;
    size_t size, total = 0;
    while (yk_outbox_next(outbox, (struct yk_mono){1}, (struct yk_mono){0}, &frame_bytes, &size)) {
        struct yk_frame frame;
        total += size;
        if (yk_frame_parse(frame_bytes, size, &frame) != YK_FRAME_OK || frame.size != size || total > length)
            abort();
        uint64_t last = frame.header.sequence;
        (void)yk_frame_tombstone(&frame, &last);
        if (yk_received_add(&covered, &frame.header, last) != YK_OK)
            abort();
    }
    yk_outbox_cover(outbox, &covered);
    struct yk_outbox_figures figures;
    yk_outbox_figures(outbox, &figures);
    if (figures.waiting != 0 || access(path, F_OK) == 0)
        abort(); /* all that was sent is covered, whosesoever it was */
    yk_received_clear(&covered);
    yk_outbox_free(outbox);
    return 0;
}
