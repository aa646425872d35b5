/* A camera's adapter adds to a stream of a real Redis. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading goes on where it stopped, whoever of the two was away; what was trimmed meanwhile is told. */
#include "support/cameras.h"
#include "support/frames.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEOPLE 5

static struct yk_rig rig;
static struct yk_private_redis server;
static struct yk_redis *redis;
static int64_t now_us;
static const char *spool, *log_path;

static void start(void)
{
    yk_rig_open(&rig);
    now_us = yk_test_minutes_ago_us(15);
    spool = yk_rig_path(&rig, "spool");
    log_path = yk_rig_path(&rig, "collect.log");
    cr_assert_eq(mkdir(yk_rig_path(&rig, "r"), 0700), 0);
    yk_rig_redis(&server, yk_rig_path(&rig, "r"));
    redis = yk_test_redis_connect(server.url);
    rig.district = yk_rig_path(&rig, "district.yaml");
    const char *text =
        yk_rig_text(&rig,
                    "version: 1\ndistrict: { id: d, timezone: UTC }\nplaces: [{ id: p }]\nsensors:\n"
                    "- { id: cam-1, place: p, kind: camera_redis, " YK_TEST_LINE ", input: 'redis-stream:%s#cams' }\n",
                    server.url);
    yk_rig_write(rig.district, text, strlen(text));
}

static void stop(void)
{
    yk_redis_free(redis);
    yk_child_end(&server.child, 5000);
    yk_rig_close(&rig);
}

TestSuite(stream, .init = start, .fini = stop, .timeout = 120);

static void collect(struct yk_child *child)
{
    yk_child_init(child, "collect", yk_rig_program(&rig, "collect"));
    child->log_path = log_path;
    yk_child_args(child, rig.district, "--keys", rig.keys, "--spool", spool, "--sensor", "cam-1", NULL);
    cr_assert_eq(yk_child_start(child, NULL), YK_OK);
}

static void end(struct yk_child *child)
{
    yk_rig_kill(child, SIGTERM);
    cr_assert_eq(child->exit_status, 0, "see %s", log_path);
}

static const char *part(int i)
{
    const char *path = yk_rig_text(&rig, "%s/part-%d.jsonl", rig.dir, i), *all = yk_rig_path(&rig, "all.jsonl");
    yk_test_people(path, now_us + i * INT64_C(120000000), PEOPLE, 100 + 20 * (unsigned)i);
    yk_test_people(all, now_us + i * INT64_C(120000000), PEOPLE, 100 + 20 * (unsigned)i);
    return path;
}

static size_t add(const char *field, const char *lines)
{
    size_t count = 0;
    char *text = yk_rig_read(lines, NULL);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), count++)
        freeReplyObject(yk_test_redis_do(redis, "XADD", "cams", "*", "sensor", "1", field, line, NULL));
    free(text);
    return count;
}

static bool has_position(void *context)
{
    (void)context;
    return access(yk_rig_text(&rig, "%s/cam-1.stream", spool), R_OK) == 0;
}

Test(stream, goes_on_where_it_stopped)
{
    struct yk_child collector;
    static struct yk_test_told told, file;
    const char *parts[] = {part(0), part(1), part(2)};
    /* What was there before the first start is not ours. */
    freeReplyObject(yk_test_redis_do(redis, "XADD", "cams", "*", "metadata", "{\"of\":\"the past\"}", NULL));
    collect(&collector);
    cr_assert(yk_rig_until(has_position, NULL, 30), "see %s", log_path);
    add("metadata", parts[0]);
    /* An entry without a message, one with nonsense, and one that is too long. */
    freeReplyObject(yk_test_redis_do(redis, "XADD", "cams", "*", "a", "b", "c", "d", NULL));
    freeReplyObject(yk_test_redis_do(redis, "XADD", "cams", "*", "only", "{nonsense", NULL));
    char *giant = malloc((2 << 20) + 1);
    memset(giant, '[', 2 << 20);
    giant[2 << 20] = '\0';
    freeReplyObject(yk_test_redis_do(redis, "XADD", "cams", "*", "payload", giant, NULL));
    free(giant);
    yk_test_until_observed(spool, "cam-1", PEOPLE);
    yk_test_until_dropped(spool, "cam-1", YK_DROP_too_long, 1);
    end(&collector);

    add("payload", parts[1]); /* while nobody reads */
    collect(&collector);
    yk_test_until_observed(spool, "cam-1", PEOPLE);

    /* Redis dies, and forgets. */
    yk_redis_free(redis);
    yk_rig_kill(&server.child, SIGKILL);
    yk_test_until_says(log_path, "it is tried again", 1);
    cr_assert_eq(yk_child_start(&server.child, NULL), YK_OK);
    cr_assert(yk_rig_until(yk_private_redis_answers, &server, 30));
    redis = yk_test_redis_connect(server.url);
    add("metadata", parts[2]);
    yk_test_until_observed(spool, "cam-1", 2 * PEOPLE);
    end(&collector);

    yk_test_told(&told, spool, "cam-1");
    yk_test_from_file(&rig, &file, "from-file", "cam-1", yk_rig_path(&rig, "all.jsonl"));
    for (int i = 0; i < 3; i++)
        yk_test_all_crossed(&told, (size_t)i * PEOPLE, now_us + i * INT64_C(120000000), PEOPLE);
    yk_test_same_crossings(&told, &file);
    cr_expect_eq(told.drops[YK_DROP_bad_schema], 1);
    cr_expect_eq(told.drops[YK_DROP_bad_json], 1);
    cr_expect_eq(told.drops[YK_DROP_too_long], 1);
    cr_expect_eq(told.drops[YK_DROP_overrun], 0);
    for (int i = 0; i < 2; i++)
        cr_expect_not(yk_test_saw(&told, now_us / 1000000 + i * 120 + 60), "an outage is no health");
}

Test(stream, what_was_trimmed_is_told)
{
    struct yk_child collector;
    static struct yk_test_told told;
    const char *parts[] = {part(0), part(1), part(2)};
    collect(&collector);
    cr_assert(yk_rig_until(has_position, NULL, 30), "see %s", log_path);
    add("metadata", parts[0]);
    yk_test_until_observed(spool, "cam-1", PEOPLE);
    end(&collector);

    size_t lost = add("metadata", parts[1]), kept = add("metadata", parts[2]);
    char most[16];
    snprintf(most, sizeof most, "%zu", kept);
    freeReplyObject(yk_test_redis_do(redis, "XTRIM", "cams", "MAXLEN", "=", most, NULL));
    collect(&collector);
    yk_test_until_observed(spool, "cam-1", PEOPLE);
    yk_test_until_dropped(spool, "cam-1", YK_DROP_overrun, lost);
    end(&collector);
    cr_expect(yk_rig_file_says(log_path, yk_rig_text(&rig, "%zu entries of its stream were trimmed", lost)), "see %s",
              log_path);

    yk_test_told(&told, spool, "cam-1");
    cr_assert_eq(told.count, 2 * PEOPLE);
    yk_test_all_crossed(&told, 0, now_us, PEOPLE);
    yk_test_all_crossed(&told, PEOPLE, now_us + 2 * INT64_C(120000000), PEOPLE);
    cr_expect_eq(told.drops[YK_DROP_overrun], lost);
    cr_expect_not(yk_test_saw(&told, now_us / 1000000 + 125), "it saw nothing of the part that is lost");
}

/* Of Redis' default user, or of one that is named; wrong at first, and mended while it runs. */
Test(stream, passwords)
{
    static const char *const users[] = {"", "camera:"};
    static struct yk_test_told told;
    const char *path = yk_rig_path(&rig, "keys/cam.secret");
    const char *text = yk_rig_text(&rig,
                                   "version: 1\ndistrict: { id: d, timezone: UTC }\nplaces: [{ id: p }]\nsensors:\n"
                                   "- { id: cam-1, place: p, kind: camera_redis, secret: cam.secret, " YK_TEST_LINE
                                   ", input: 'redis-stream:%s#cams' }\n",
                                   server.url);
    yk_rig_write(rig.district, text, strlen(text));
    freeReplyObject(
        yk_test_redis_do(redis, "ACL", "SETUSER", "camera", "on", ">the:word", "~cams", "+xread", "+xinfo", NULL));
    freeReplyObject(yk_test_redis_do(redis, "CONFIG", "SET", "requirepass", "the:word", NULL));
    for (int i = 0; i < 2; i++) {
        struct yk_child collector;
        const char *wrong = yk_rig_text(&rig, "%snot it", users[i]);
        /* A colon parts user and password: the default user's name is said where its password has one. */
        const char *right = yk_rig_text(&rig, "%sthe:word", i == 0 ? "default:" : users[i]);
        yk_rig_write(path, wrong, strlen(wrong));
        cr_assert_eq(chmod(path, 0600), 0);
        collect(&collector);
        yk_test_until_says(log_path, "it is tried again", 1 + (unsigned)i);
        yk_rig_write(path, right, strlen(right));
        yk_test_until_says(log_path, "its stream is read", 1 + (unsigned)i);
        cr_assert(yk_rig_until(has_position, NULL, 30), "see %s", log_path);
        add("metadata", part(i));
        yk_test_until_observed(spool, "cam-1", PEOPLE);
        end(&collector);
    }
    yk_test_told(&told, spool, "cam-1");
    cr_assert_eq(told.count, 2 * PEOPLE);
    cr_expect_not(yk_rig_file_says(log_path, "the:word"), "a password is in the log");
}
