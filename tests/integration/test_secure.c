/* The real programs over TLS, each as its own user of Redis. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Users may do what their work needs and no more; a command that a program comes to need shows here. Secrets come from
 * the folder of keys for one program and from a service manager's folder for the other. */
#include "support/frames.h"
#include "support/rig.h"
#include "support/secure_redis.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct yk_secure_user users[] = {
    {"edge-local", "the edge's own",
     "~yukikai:{riverside:0}:frames:local +xadd (~yukikai:{riverside:0}:covered:local +get)"},
    {"analyze", "the worker's own",
     "%R~yukikai:{riverside:0}:frames:* +xread +xinfo|stream (~yukikai:{riverside:0}:frames:* +xtrim) "
     "(~yukikai:{riverside:0}:covered:* +set) (~yukikai:{riverside:0}:quarantine +xadd)"},
};

static void copy(struct yk_rig *rig, const struct yk_secure_redis *server, const char *name, const char *to)
{
    yk_rig_copy(yk_rig_text(rig, "%s/%s", server->credentials, name), yk_rig_text(rig, "%s/%s", to, name));
}

/* What was put on a command line is seen by everybody: /proc says what is there. */
static void shows_no_secret(const struct yk_child *child)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)child->pid);
    size_t size;
    char *bytes = yk_rig_read(path, &size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = bytes[i] ? bytes[i] : ' ';
    for (size_t u = 0; u < sizeof users / sizeof users[0]; u++)
        cr_expect_not(strstr(bytes, users[u].password), "%s", bytes);
    cr_expect(strstr(bytes, "tls://"), "%s", bytes);
    free(bytes);
}

Test(secure, spool_to_states_over_tls, .timeout = 120)
{
    static struct yk_rig rig;
    struct yk_secure_redis server;
    struct yk_error err;
    yk_rig_open(&rig);
    const char *dir = yk_rig_path(&rig, "redis"), *given = yk_rig_path(&rig, "given"), *log = yk_rig_path(&rig, "log");
    cr_assert(mkdir(dir, 0700) == 0 && mkdir(given, 0700) == 0);
    struct yk_secure_redis_options options = {.dir = dir, .users = users, .user_count = 2};
    enum yk_status status = yk_secure_redis_start(&server, &options, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
    static const char *const certificates[] = {"ca.crt", "client.crt", "client.key"};
    for (int i = 0; i < 3; i++)
        copy(&rig, &server, certificates[i], rig.keys);
    copy(&rig, &server, "edge-local.password", rig.keys);
    copy(&rig, &server, "analyze.password", given);

    const char *rec = yk_rig_path(&rig, "rec"), *spool = yk_rig_path(&rig, "spool");
    cr_assert_eq(yk_rig_run(&rig, log, "simulate", rig.district, "--out", rec, "--scene", "short-stays", "--duration",
                            "1h", "--from", "2026-10-01T12:00", "--seed", "7", NULL),
                 0);
    cr_assert_eq(yk_rig_run(&rig, log, "collect", rig.district, "--keys", rig.keys, "--spool", spool, "--bulk",
                            "--family", "camera", "--input", yk_rig_text(&rig, "cam-1=%s/cam-1.jsonl", rec), NULL),
                 0);
    struct yk_test_frames frames;
    yk_test_frames_read(&frames, spool);
    cr_assert_gt(frames.count, 0);

    struct yk_child analyze, uplink;
    setenv("CREDENTIALS_DIRECTORY", given, 1);
    yk_rig_start(&rig, &analyze, log, "analyze", rig.district, "--keys", rig.keys, "--state",
                 yk_rig_path(&rig, "state"), "--redis", server.tls_url, "--history", NULL);
    unsetenv("CREDENTIALS_DIRECTORY");
    yk_rig_start(&rig, &uplink, log, "uplink", rig.district, "--keys", rig.keys, "--spool", spool, "--redis",
                 server.tls_url, "--drain", "--quiet", NULL);
    shows_no_secret(&analyze);
    cr_assert_eq(yk_rig_wait(&uplink), 0, "see %s", log); /* ends once every frame is covered */
    yk_rig_kill(&analyze, SIGTERM);
    cr_expect_eq(WEXITSTATUS(analyze.exit_status), 0);
    char *text = yk_rig_read(log, NULL);
    cr_expect(strstr(text, yk_rig_text(&rig, "%zu frames taken", frames.count)), "%s", text);
    for (size_t u = 0; u < sizeof users / sizeof users[0]; u++)
        cr_expect_not(strstr(text, users[u].password), "a password is in the log");
    cr_expect_not(strstr(text, "NOPERM"), "%s", text);
    free(text);

    /* Without its certificate, or with another user's password, an edge gets nowhere, and says why. */
    struct yk_secure_user wrong = {"edge-local", "not that", NULL};
    yk_rig_write(yk_rig_text(&rig, "%s/edge-local.password", rig.keys), wrong.password, strlen(wrong.password));
    const char *second = yk_rig_path(&rig, "second.log");
    yk_rig_start(&rig, &uplink, second, "uplink", rig.district, "--keys", rig.keys, "--spool", spool, "--redis",
                 server.tls_url, "--quiet", NULL);
    double end_s = yk_rig_now_s() + 20;
    while (!yk_rig_file_says(second, "WRONGPASS") && yk_rig_now_s() < end_s)
        usleep(2000);
    cr_expect(yk_rig_file_says(second, "WRONGPASS"));
    yk_rig_kill(&uplink, SIGTERM);
    yk_test_frames_free(&frames);
    yk_secure_redis_end(&server);
    yk_rig_close(&rig);
}
