/* The lock beside the calibrations file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/lock.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <string.h>
#include <unistd.h>

TestSuite(lock, .init = scratch_make, .fini = scratch_remove);

Test(lock, one_at_a_time)
{
    char path[200];
    struct yk_error err;
    int first, second;
    snprintf(path, sizeof path, "%s/calibrations.json", scratch);
    cr_assert_eq(yk_calibrations_lock(path, 0, &first, &err), YK_OK, "%s", err.message);
    cr_expect_eq(yk_calibrations_lock(path, 30, &second, &err), YK_ERR_UNAVAILABLE);
    cr_expect_not_null(strstr(err.message, "calibrations.json.lock is held"), "%s", err.message);
    cr_expect_eq(second, -1);
    yk_calibrations_unlock(second);
    cr_expect_eq(yk_calibrations_lock(path, 0, &second, &err), YK_ERR_UNAVAILABLE, "still held");
    yk_calibrations_unlock(first);
    cr_assert_eq(yk_calibrations_lock(path, 0, &second, &err), YK_OK, "%s", err.message);
    yk_calibrations_unlock(second);
}

Test(lock, where_it_cannot_be_made)
{
    char path[200], link[220];
    struct yk_error err;
    int lock;
    snprintf(path, sizeof path, "%s/none/calibrations.json", scratch);
    cr_expect_eq(yk_calibrations_lock(path, 0, &lock, &err), YK_ERR_IO);
    snprintf(path, sizeof path, "%s/calibrations.json", scratch);
    snprintf(link, sizeof link, "%s.lock", path);
    cr_assert_eq(symlink("elsewhere", link), 0);
    cr_expect_eq(yk_calibrations_lock(path, 0, &lock, &err), YK_ERR_IO, "it follows no link");
}
