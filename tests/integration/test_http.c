/* Cameras that post, beside strangers and broken ones. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The real collector listens; each body is a message. While others hold a thousand connections open, trickle, flood or
 * guess tokens, the people of two cameras count as camera_file counts them. */
#include "status/collect_status.h"
#include "support/cameras.h"
#include "support/post.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PEOPLE    10
#define STRANGERS 1000
#define TOKEN     "Authorization: Bearer 8f2c-of-the-hall\r\n"

static struct yk_rig rig;
static int64_t now_us;
static int port;
static const char *spool, *log_path;

static void start(void)
{
    yk_rig_open(&rig);
    now_us = yk_test_minutes_ago_us(10);
    port = yk_test_port(2);
    spool = yk_rig_path(&rig, "spool");
    log_path = yk_rig_path(&rig, "collect.log");
    rig.district = yk_rig_path(&rig, "district.yaml");
}

static void stop(void)
{
    yk_rig_close(&rig);
}

TestSuite(http, .init = start, .fini = stop, .timeout = 120);

static void district(const char *sensors)
{
    const char *text =
        yk_rig_text(&rig, "version: 1\ndistrict: { id: d, timezone: UTC }\nplaces: [{ id: p }]\nsensors:\n%s", sensors);
    yk_rig_write(rig.district, text, strlen(text));
}

static const char *sensor(const char *kind, const char *id, const char *at, const char *more)
{
    return yk_rig_text(&rig, "- { id: %s, place: p, kind: %s, " YK_TEST_LINE ", input: 'http://%s:%d%s }\n", id, kind,
                       at, port, more);
}

/* A message without a body is no message, and is answered where the sensor is. */
static bool listens(void *context)
{
    int fd = post_connect("127.0.0.9", port), status = fd >= 0 ? post_over(fd, context, TOKEN, "", 0) : 0;
    if (fd >= 0)
        close(fd);
    return status == 400;
}

static void until_listens(const char *path)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%s", path);
    cr_assert(yk_rig_until(listens, copy, 30), "see %s", log_path);
}

static void collect(struct yk_child *child, const char *sensors[])
{
    yk_child_init(child, "collect", yk_rig_program(&rig, "collect"));
    child->log_path = log_path;
    yk_child_args(child, rig.district, "--keys", rig.keys, "--spool", spool, NULL);
    for (size_t i = 0; sensors[i]; i++)
        yk_child_args(child, "--sensor", sensors[i], NULL);
    cr_assert_eq(yk_child_start(child, NULL), YK_OK);
}

static void end(struct yk_child *child)
{
    yk_rig_kill(child, SIGTERM);
    cr_assert_eq(child->exit_status, 0, "see %s", log_path);
}

/* Every line a message, over one connection, and again when there is no room. */
static void post_lines(const char *from, const char *path, const char *headers, const char *lines)
{
    char *text = yk_rig_read(lines, NULL);
    int fd = post_connect(from, port);
    cr_assert(fd >= 0);
    for (char *line = text, *next; *line; line = next) {
        next = strchr(line, '\n') + 1;
        int status;
        do
            status = post_over(fd, path, headers, line, (size_t)(next - line));
        while (status == 503);
        cr_assert_eq(status, 204, "%d", status);
    }
    close(fd);
    free(text);
}

static long peak_kib(pid_t pid)
{
    long kib = 0;
    char *text = yk_rig_read(yk_rig_text(&rig, "/proc/%d/status", (int)pid), NULL);
    char *at = strstr(text, "VmHWM:");
    cr_assert(at && sscanf(at, "VmHWM: %ld", &kib) == 1);
    free(text);
    return kib;
}

/* A body without an end: how much of it is taken before the connection is closed. */
static size_t endless(const char *from, const char *path)
{
    static const char head[] = "POST %s HTTP/1.1\r\nHost: camera\r\nTransfer-Encoding: chunked\r\n" TOKEN "\r\n";
    static char piece[65536 + 16];
    size_t sent = 0;
    int fd = post_connect(from, port);
    cr_assert(fd >= 0);
    char text[512];
    int length = snprintf(text, sizeof text, head, path);
    cr_assert(post_write(fd, text, (size_t)length));
    size_t start = (size_t)snprintf(piece, sizeof piece, "10000\r\n");
    memset(piece + start, '[', 65536);
    memcpy(piece + start + 65536, "\r\n", 2);
    while (sent < (size_t)1 << 30 && post_write(fd, piece, start + 65536 + 2))
        sent += 65536;
    close(fd);
    return sent;
}

/* The people walked ten minutes ago, by their camera's clock. */
static void the_clock_is_off(void)
{
    char path[2 * YK_PATH_SIZE];
    struct yk_collect_status status;
    yk_collect_status_path(spool, "camera", path);
    cr_assert_eq(yk_collect_status_read(path, &status, NULL), YK_OK);
    cr_assert_eq(status.sensor_count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect(status.sensors[i].clock_lag_s > 500 && status.sensors[i].clock_lag_s < 800, "%s: %f s",
                  status.sensors[i].id, status.sensors[i].clock_lag_s);
    yk_collect_status_clear(&status);
    const char *said = yk_rig_path(&rig, "doctor.log");
    system(yk_rig_text(&rig, "%s %s --spool %s >%s 2>&1", yk_rig_program(&rig, "doctor"), rig.district, spool, said));
    cr_expect(yk_rig_file_says(said, "what cam-1 sends is stamped"), "see %s", said);
    cr_expect(yk_rig_file_says(said, "stamps"), "see %s", said);
}

Test(http, strangers_and_broken_ones_hurt_nobody_else)
{
    static int strangers[STRANGERS];
    static struct yk_test_told told, file;
    struct yk_child collector;
    const char *lines = yk_rig_path(&rig, "lines.jsonl"), *token = yk_rig_path(&rig, "keys/hall");
    yk_rig_write(token, "8f2c-of-the-hall\n", 17);
    cr_assert_eq(chmod(token, 0600), 0);
    district(yk_rig_text(&rig, "%s%s%s", sensor("camera_http", "cam-1", "0.0.0.0", "', secret: hall"),
                         sensor("counter_http", "cam-2", "0.0.0.0", "/hall/2', secret: hall"),
                         sensor("camera_http", "cam-3", "0.0.0.0", "', secret: hall")));
    size_t frames = yk_test_people(lines, now_us, PEOPLE, 1);
    collect(&collector, (const char *[]){"cam-1", "cam-2", "cam-3", NULL});
    until_listens("/cam-1");
    until_listens("/hall/2");
    until_listens("/cam-3");

    static const char beginning[] = "POST /cam-1 HTTP/1.1\r\nHost: a\r\nX-";
    for (int i = 0; i < STRANGERS; i++) { /* half a head each, from one address */
        strangers[i] = post_connect("127.0.0.3", port);
        if (strangers[i] >= 0)
            (void)post_write(strangers[i], beginning, sizeof beginning - 1);
    }
    cr_expect_lt(endless("127.0.0.4", "/cam-3"), (size_t)16 << 20);
    cr_expect_eq(post_once("127.0.0.4", port, "/cam-1", "", "x", 1), 401);
    cr_expect_eq(post_once("127.0.0.4", port, "/cam-1", "Authorization: Bearer 8f2c-of-the-hal\r\n", "x", 1), 401);
    cr_expect_eq(post_once("127.0.0.4", port, "/cam-1?token=8f2c-of-the-hall2", "", "x", 1), 401);
    cr_expect_eq(post_once("127.0.0.4", port, "/cam-2", TOKEN, "x", 1), 404);
    int big = post_connect("127.0.0.4", port);
    cr_assert(post_write(big, "POST /cam-3 HTTP/1.1\r\nHost: a\r\n" TOKEN "Content-Length: 1073741824\r\n\r\n",
                         strlen("POST /cam-3 HTTP/1.1\r\nHost: a\r\n" TOKEN "Content-Length: 1073741824\r\n\r\n")));
    cr_expect_eq(post_answer(big), 413);
    close(big);
    /* A camera that stops in the middle of a body. */
    int half = post_connect("127.0.0.5", port);
    cr_assert(post_write(half, "POST /cam-3 HTTP/1.1\r\nHost: a\r\n" TOKEN "Content-Length: 100\r\n\r\n{",
                         strlen("POST /cam-3 HTTP/1.1\r\nHost: a\r\n" TOKEN "Content-Length: 100\r\n\r\n{")));
    cr_expect_eq(post_once("127.0.0.5", port, "/cam-3", TOKEN, "\xff\xfe{nonsense", 11), 204);
    cr_expect_eq(post_once("127.0.0.5", port, "/cam-3", TOKEN, "{}", 2), 204);

    post_lines("127.0.0.2", "/cam-1", TOKEN, lines);
    post_lines("127.0.0.6", "/hall/2?token=8f2c-of-the-hall", "", lines);
    /* user:8f2c-of-the-hall */
    post_lines("127.0.0.7", "/cam-3", "Authorization: Basic dXNlcjo4ZjJjLW9mLXRoZS1oYWxs\r\n", lines);
    yk_test_until_observed(spool, "cam-1", PEOPLE);
    yk_test_until_observed(spool, "cam-2", PEOPLE);
    yk_test_until_observed(spool, "cam-3", PEOPLE);
    long kib = peak_kib(collector.pid);
    the_clock_is_off();
    end(&collector);
    close(half);
    for (int i = 0; i < STRANGERS; i++)
        if (strangers[i] >= 0)
            close(strangers[i]);

    yk_test_from_file(&rig, &file, "from-file", "cam-1", lines);
    yk_test_told(&told, spool, "cam-1");
    yk_test_all_crossed(&told, 0, now_us, PEOPLE);
    yk_test_same_crossings(&told, &file);
    cr_expect_eq(told.drops[YK_DROP_refused], 3);
    yk_test_told(&told, spool, "cam-2");
    yk_test_same_crossings(&told, &file);
    cr_expect_eq(told.drops[YK_DROP_refused], 0);
    yk_test_told(&told, spool, "cam-3");
    yk_test_same_crossings(&told, &file);
    cr_expect_eq(told.drops[YK_DROP_too_long], 2);
    cr_expect_eq(told.drops[YK_DROP_bad_json], 1);
    cr_expect_eq(told.drops[YK_DROP_bad_schema], 1);
    cr_expect_eq(frames, 140);
    printf("peak %ld KiB with %d strangers\n", kib, STRANGERS);
    cr_expect_lt(kib, 400 * 1024, "with the sanitizers' own"); /* a message of a gigabyte was under way */
}

Test(http, the_network_needs_a_token)
{
    struct yk_child collector;
    district(yk_rig_text(&rig, "%s%s%s%s", sensor("camera_http", "cam-1", "0.0.0.0", "'"),
                         sensor("camera_http", "cam-2", "127.0.0.1", "'"),
                         sensor("camera_http", "cam-3", "127.0.0.1", "/cam-2'"),
                         sensor("camera_http", "cam-4", "127.0.0.1", "', secret: none")));
    collect(&collector, (const char *[]){"cam-2", NULL});
    until_listens("/cam-2");
    cr_expect_eq(post_once("127.0.0.2", port, "/cam-2", "", "{}", 2), 204);
    end(&collector);

    cr_expect_eq(yk_rig_run(&rig, log_path, "collect", rig.district, "--keys", rig.keys, "--spool", spool, "--sensor",
                            "cam-1", NULL),
                 78);
    cr_expect(yk_rig_file_says(log_path, "sensor cam-1: 0.0.0.0 can be reached from the network, and the sensor has no "
                                         "token"),
              "see %s", log_path);

    /* A path that is taken; and a secret that comes later. */
    collect(&collector, (const char *[]){"cam-2", "cam-3", "cam-4", NULL});
    yk_test_until_says(log_path, "another sensor has /cam-2", 1);
    yk_test_until_says(log_path, "there is no none in", 1);
    const char *token = yk_rig_path(&rig, "keys/none");
    yk_rig_write(yk_rig_path(&rig, "keys/new"), "a", 1);
    cr_assert_eq(chmod(yk_rig_path(&rig, "keys/new"), 0600), 0);
    cr_assert_eq(rename(yk_rig_path(&rig, "keys/new"), token), 0);
    yk_test_until_says(log_path, "sensor cam-4: it listens on 127.0.0.1", 1);
    cr_expect_eq(post_once("127.0.0.2", port, "/cam-4?token=a", "", "{}", 2), 204);
    yk_rig_kill(&collector, SIGTERM);
    cr_expect_eq(WEXITSTATUS(collector.exit_status), 78, "one of them was never right");
}
