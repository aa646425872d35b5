/* A folder that lives as long as a test. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_SCRATCH_H
#define YK_TESTS_SUPPORT_SCRATCH_H

#include <criterion/criterion.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

/* Each Criterion test runs in a process of its own, so one folder is enough. */
static char scratch[64];

static inline void scratch_make(void)
{
    snprintf(scratch, sizeof scratch, "/tmp/yk-test-XXXXXX");
    cr_assert_not_null(mkdtemp(scratch));
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void scratch_remove(void)
{
    nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
