/* The units and the Redis configuration are taken by those they are for. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * systemd-analyze reads the units (skipped, and said, where it is missing), redis-server the configuration, with
 * certificates that openssl made and an ACL file of `yukikai keys`; redis-cli is its client. */
#include "support/rig.h"

#include <criterion/criterion.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct yk_rig rig;

static void start(void)
{
    yk_rig_open(&rig);
}

static void stop(void)
{
    yk_rig_close(&rig);
}

TestSuite(packaging, .init = start, .fini = stop, .timeout = 120);

static int shell(const char *command)
{
    int status = system(yk_rig_text(&rig, "cd %s && { %s; } >>shell.log 2>&1 </dev/null", rig.dir, command));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(packaging, systemd_takes_the_units)
{
    if (shell("command -v systemd-analyze") != 0)
        cr_skip_test("SKIPPED: there is no systemd-analyze here");
    /* The programs stand elsewhere than an installation has them, and a template is read as one of its instances. */
    cr_assert_eq(
        shell(yk_rig_text(&rig,
                          "mkdir units && for f in %s/packaging/systemd/*.service; do "
                          "sed 's#/usr/bin/yukikai#%s/yukikai#' $f >units/$(basename $f | sed s/@/@edge-1/); done",
                          YK_SOURCE_DIR, YK_BIN_DIR)),
        0);
    const char *said = yk_rig_path(&rig, "verify.log");
    cr_expect_eq(shell(yk_rig_text(&rig, "systemd-analyze verify --man=no units/*.service >%s 2>&1", said)), 0,
                 "see %s", said);
    size_t size;
    char *text = yk_rig_read(said, &size);
    cr_expect_str_eq(text, "", "what is unknown to systemd is a warning, and as wrong");
    free(text);

    /* And it would have said so. */
    cr_assert_eq(shell("echo 'Restrat=always' >>units/yukikai-serve.service"), 0);
    cr_expect_eq(
        shell(yk_rig_text(&rig, "systemd-analyze verify --man=no units/yukikai-serve.service 2>&1 | grep Restrat")), 0);
}

/* Every unit shuts off what none of the parts needs. */
Test(packaging, every_unit_is_hardened)
{
    static const char *const lines[] = {"NoNewPrivileges=yes",
                                        "ProtectSystem=strict",
                                        "MemoryDenyWriteExecute=yes",
                                        "RestrictAddressFamilies=AF_",
                                        "CapabilityBoundingSet=",
                                        "LimitCORE=0",
                                        "User=yukikai",
                                        "Restart=on-failure"};
    static const char *const units[] = {"collect-radio@", "collect-camera@", "capture@", "uplink@", "analyze",
                                        "keys",           "serve",           "up@"};
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
            cr_expect(
                yk_rig_file_says(yk_rig_text(&rig, "%s/packaging/systemd/yukikai-%s.service", YK_SOURCE_DIR, units[u]),
                                 lines[i]),
                "yukikai-%s has no %s", units[u], lines[i]);
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        bool radio = strcmp(units[u], "collect-radio@") == 0 || strcmp(units[u], "capture@") == 0; /* HCI needs it */
        cr_expect(
            yk_rig_file_says(yk_rig_text(&rig, "%s/packaging/systemd/yukikai-%s.service", YK_SOURCE_DIR, units[u]),
                             radio ? "CapabilityBoundingSet=CAP_NET_RAW\n" : "CapabilityBoundingSet=\n"),
            "yukikai-%s has capabilities", units[u]);
    }
    /* A unit's Group= takes the place of its user's own, which is the group of the captures' pipes. */
    cr_expect(yk_rig_file_says(YK_SOURCE_DIR "/packaging/systemd/yukikai-collect-radio@.service",
                               "SupplementaryGroups=yukikai-radio\n"));
}

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
              getsockname(fd, (struct sockaddr *)&at, &size) == 0);
    close(fd);
    return ntohs(at.sin_port);
}

static bool is_up(void *context)
{
    return yk_rig_file_says(context, "Ready to accept connections");
}

Test(packaging, redis_takes_the_configuration)
{
    int port = free_port();
    cr_assert_eq(
        shell("mkdir redis && cd redis && "
              "openssl req -x509 -newkey ed25519 -nodes -subj /CN=ca -days 2 -keyout ca.key -out ca.crt && "
              "openssl req -newkey ed25519 -nodes -subj /CN=localhost -keyout server.key -out server.csr && "
              "openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt && "
              "printf 'user default off\\nuser probe on >secret +ping +config|get\\n' >users.acl"),
        0, "see %s/shell.log", rig.dir);
    cr_assert_eq(shell(yk_rig_text(
                     &rig,
                     "sed 's#/etc/yukikai/redis#%s/redis#; s/^tls-port .*/tls-port %d/' "
                     "%s/packaging/redis/yukikai.conf >redis/yukikai.conf && grep -q 'tls-port %d' redis/yukikai.conf",
                     rig.dir, port, YK_SOURCE_DIR, port)),
                 0);
    struct yk_child redis;
    struct yk_error err;
    const char *log = yk_rig_path(&rig, "redis.log");
    yk_child_init(&redis, "redis-server", "redis-server");
    redis.log_path = log;
    yk_child_args(&redis, yk_rig_path(&rig, "redis/yukikai.conf"), "--dir", rig.dir, NULL);
    cr_assert_eq(yk_child_start(&redis, &err), YK_OK);
    cr_assert(yk_rig_until(is_up, (void *)(uintptr_t)log, 20), "see %s", log);

    const char *tls =
        yk_rig_text(&rig, "redis-cli --no-auth-warning --tls --cacert redis/ca.crt -h localhost -p %d", port);
    cr_expect_eq(shell(yk_rig_text(&rig, "%s ping | grep NOAUTH", tls)), 0, "nobody without a password");
    cr_expect_eq(shell(yk_rig_text(&rig, "%s --user probe --pass secret ping | grep PONG", tls)), 0);
    cr_expect_neq(shell(yk_rig_text(&rig, "timeout 5 redis-cli -p %d ping | grep -E 'PONG|NOAUTH'", port)), 0,
                  "a client without TLS gets no answer");
    cr_expect_neq(shell(yk_rig_text(&rig, "openssl s_client -tls1_2 -CAfile redis/ca.crt -connect localhost:%d", port)),
                  0);
    cr_expect_eq(
        shell(yk_rig_text(
            &rig, "openssl s_client -tls1_3 -CAfile redis/ca.crt -verify_return_error -connect localhost:%d", port)),
        0);
    static const char *const settings[][2] = {{"appendonly", "no"},
                                              {"save", ""},
                                              {"maxmemory-policy", "noeviction"},
                                              {"proto-max-bulk-len", "1048576"},
                                              {"client-query-buffer-limit", "8388608"}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        cr_expect_eq(
            shell(yk_rig_text(&rig, "test \"$(%s --user probe --pass secret config get %s | tail -n 1)\" = '%s'", tls,
                              settings[i][0], settings[i][1])),
            0, "%s is not '%s'", settings[i][0], settings[i][1]);
    yk_child_end(&redis, 5000);
}
