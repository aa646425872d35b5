/* A file that the shim maps. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/clock.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void yk_test_clock_open(struct yk_test_clock *clock, const char *dir)
{
    snprintf(clock->path, sizeof clock->path, "%s/clock", dir);
    int fd = open(clock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    cr_assert(fd >= 0 && ftruncate(fd, sizeof *clock->offset_s) == 0);
    clock->offset_s = mmap(NULL, sizeof *clock->offset_s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    cr_assert_neq(clock->offset_s, MAP_FAILED);
}

void yk_test_clock_close(struct yk_test_clock *clock)
{
    munmap(clock->offset_s, sizeof *clock->offset_s);
}

void yk_test_clock_enter(const struct yk_test_clock *clock)
{
    setenv("LD_PRELOAD", YK_CLOCK_SHIM, 1);
    setenv("YK_FAULTS_CLOCK", clock->path, 1);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0); /* the shim is loaded before it */
}

void yk_test_clock_leave(const struct yk_test_clock *clock)
{
    (void)clock;
    unsetenv("LD_PRELOAD");
    unsetenv("YK_FAULTS_CLOCK");
}
