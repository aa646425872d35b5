/* An edge's clock against that of Redis' machine, with the real programs. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The uplink's wall clock is off by what the shim says; the server's is this machine's own. */
#include "status/uplink_status.h"
#include "support/clock.h"
#include "support/rig.h"

#include <criterion/criterion.h>

#include <math.h>
#include <signal.h>
#include <string.h>

static struct yk_rig rig;
static struct yk_test_clock shim;

static void start(void)
{
    yk_rig_open(&rig);
    yk_test_clock_open(&shim, rig.dir);
}

static void stop(void)
{
    yk_test_clock_close(&shim);
    yk_rig_close(&rig);
}

TestSuite(skew, .init = start, .fini = stop, .timeout = 120);

struct wanted {
    char path[300];
    double skew_s, error_s;
};

static bool tells(void *context)
{
    struct wanted *w = context;
    struct yk_uplink_status status;
    bool yes = yk_uplink_status_read(w->path, &status, NULL) == YK_OK && fabs(status.skew_s - w->skew_s) < 5;
    w->error_s = yes ? status.skew_error_s : w->error_s;
    if (yes)
        cr_expect_leq(fabs(status.skew_s - w->skew_s), status.skew_error_s + 0.001, "%g to %g", status.skew_s,
                      status.skew_error_s); /* clocks of one machine: their difference is known to the millisecond */
    yk_uplink_status_clear(&status);
    return yes;
}

Test(skew, of_an_uplink_that_is_stepped)
{
    struct yk_private_redis redis;
    struct yk_child uplink;
    const char *log = yk_rig_path(&rig, "log"), *spool = yk_rig_path(&rig, "spool"), *said = yk_rig_path(&rig, "said");
    yk_rig_redis(&redis, rig.dir);
    cr_assert_eq(yk_rig_run(&rig, log, "collect", rig.district, "--keys", rig.keys, "--spool", spool, "--bulk",
                            "--input", yk_rig_text(&rig, "cam-1=%s/examples/recordings/cam-1.jsonl", YK_SOURCE_DIR),
                            NULL),
                 0, "see %s", log);

    *shim.offset_s = 95;
    yk_test_clock_enter(&shim);
    yk_rig_start(&rig, &uplink, log, "uplink", rig.district, "--keys", rig.keys, "--spool", spool, "--redis", redis.url,
                 "--quiet", NULL);
    yk_test_clock_leave(&shim);
    struct wanted wanted = {.skew_s = 95, .error_s = 100};
    snprintf(wanted.path, sizeof wanted.path, "%s/uplink.status.json", spool);
    cr_assert(yk_rig_until(tells, &wanted, 60), "see %s", log);
    cr_expect_lt(wanted.error_s, 5);

    *shim.offset_s = -40; /* no frame goes out after this */
    wanted.skew_s = -40;
    cr_assert(yk_rig_until(tells, &wanted, 60), "see %s", log);
    yk_test_clock_enter(&shim); /* it looks with this machine's clock, as the uplink does */
    cr_expect_eq(yk_rig_run(&rig, said, "doctor", "--spool", spool, "--json", NULL), 1);
    yk_test_clock_leave(&shim);
    cr_expect(yk_rig_file_says(said, "the clock of this machine is 40 s behind that of Redis' machine"), "see %s",
              said);
    *shim.offset_s = 3;
    wanted.skew_s = 3;
    cr_assert(yk_rig_until(tells, &wanted, 60), "see %s", log);
    said = yk_rig_path(&rig, "said-later");
    yk_test_clock_enter(&shim);
    yk_rig_run(&rig, said, "doctor", "--spool", spool, NULL);
    yk_test_clock_leave(&shim);
    cr_expect(yk_rig_file_says(said, "ahead of that of Redis' machine (to "));
    cr_expect_not(yk_rig_file_says(said, "clock of this machine is 3"), "3 s are no finding");

    yk_rig_kill(&uplink, SIGTERM);
    yk_rig_kill(&redis.child, SIGTERM);
}
