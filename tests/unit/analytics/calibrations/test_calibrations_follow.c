/* What a worker takes over, and what it holds on to. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/calibrations_follow.h"

#include "base/calendar.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[200];
static struct yk_calibrations_follow follow;
static struct yk_error err;

static void start(void)
{
    scratch_make();
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    snprintf(path, sizeof path, "%s/calibrations.json", scratch);
    follow = (struct yk_calibrations_follow){.path = path, .district = "riverside"};
}

static void stop(void)
{
    yk_calibrations_follow_clear(&follow);
    scratch_remove();
}
TestSuite(calibrations_follow, .init = start, .fini = stop);

static void accept_line(const char *line)
{
    struct yk_calibration_entry e = {.kind = YK_CALIBRATION_OF_LINE,
                                     .place = "plaza",
                                     .direction = "both",
                                     .by = "clicker",
                                     .accepted_s = 1790000000,
                                     .valid_from_s = 1790000000,
                                     .expires_s = 1790086400,
                                     .line_fit.ratio = {.ratio = 1.2, .se = 0.1, .scatter = 0.1, .dof = 4}};
    snprintf(e.line, sizeof e.line, "%s", line);
    cr_assert_eq(yk_calibrations_accept(path, "riverside", &e, 1, &err), YK_OK, "%s", err.message);
}

static void expect(enum yk_status status, bool must, size_t count)
{
    cr_expect_eq(yk_calibrations_follow(&follow, must, &err), status, "%s", err.message);
    cr_expect_eq(follow.found.count, count, "%zu", follow.found.count);
}

static void spoil(void)
{
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    fputs("{}\n", out);
    fclose(out);
}

Test(calibrations_follow, read_once_and_again_when_it_is_another)
{
    expect(YK_OK, true, 0);
    accept_line("north");
    expect(YK_OK, true, 1);
    const struct yk_calibration_entry *there = follow.found.list;
    expect(YK_OK, false, 1);
    expect(YK_OK, true, 1);
    cr_expect_eq(follow.found.list, there, "the same file is not read again");
    accept_line("south");
    expect(YK_OK, false, 2);
    cr_assert_eq(unlink(path), 0);
    expect(YK_OK, false, 0);
    accept_line("west");
    expect(YK_OK, false, 1);
}

Test(calibrations_follow, what_cannot_be_read_leaves_the_last_in_force)
{
    accept_line("north");
    expect(YK_OK, true, 1);
    spoil();
    expect(YK_OK, false, 1);
    expect(YK_OK, false, 1);
    cr_expect(follow.bad.bad, "it was told");
    expect(YK_ERR_CONFIG, true, 1);
    cr_assert_eq(unlink(path), 0);
    accept_line("south");
    accept_line("north");
    expect(YK_OK, false, 2);
    cr_expect(!follow.bad.bad);
    if (geteuid() == 0)
        return; /* whom nothing is hidden from */
    cr_assert_eq(unlink(path), 0);
    spoil();
    cr_assert_eq(chmod(path, 0), 0);
    expect(YK_OK, false, 2);
    expect(YK_ERR_NO_INPUT, true, 2);
}
