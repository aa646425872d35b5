/* Where the recordings are. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Real recordings are not part of the product: YUKIKAI_TEST_DATA names their folder (default: ../shared/data beside the
 * checkout). A test that needs them and does not find them says so and is skipped. */
#ifndef YK_TESTS_DATA_H
#define YK_TESTS_DATA_H

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline const char *yk_test_data(void)
{
    const char *dir = getenv("YUKIKAI_TEST_DATA");
    if (!dir || !*dir)
        dir = YK_TEST_DATA_DEFAULT;
    return access(dir, R_OK) == 0 ? dir : NULL;
}

/* Skips the running test aloud when the recordings are missing; otherwise sets `dir`. */
#define YK_NEED_TEST_DATA(dir)                                                               \
    const char *dir = yk_test_data();                                                        \
    if (!dir) {                                                                              \
        fprintf(stderr, "SKIPPED: no recordings (set YUKIKAI_TEST_DATA to their folder)\n"); \
        cr_skip_test("no recordings");                                                       \
    }

#endif
