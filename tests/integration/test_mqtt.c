/* Cameras over MQTT, against a real mosquitto that is killed on the way. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The broker keeps its sessions on disk, as a broker that is to lose nothing does. Programs of the broker's package publish.
 * What comes of it has to be what camera_file makes of the same lines, and what paper says. */
#include "link/authority.h"
#include "support/cameras.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PEOPLE 6

static struct yk_rig rig;
static int64_t now_us;

static void start(void)
{
    yk_rig_open(&rig);
    now_us = yk_test_minutes_ago_us(10);
}

static void stop(void)
{
    yk_rig_close(&rig);
}

TestSuite(mqtt, .init = start, .fini = stop, .timeout = 150);

/* --- the broker --- */

struct broker {
    struct yk_child child;
    const char *conf, *log;
    int port;
    unsigned starts;
};

static void broker_start(struct broker *b)
{
    b->log = yk_rig_text(&rig, "%s/broker-%u.log", rig.dir, b->starts++);
    yk_child_init(&b->child, "mosquitto", "mosquitto");
    b->child.log_path = b->log;
    yk_child_args(&b->child, "-v", "-c", b->conf, NULL);
    cr_assert_eq(yk_child_start(&b->child, NULL), YK_OK);
    yk_test_until_says(b->log, "running", 1);
}

static void broker_open(struct broker *b, const char *more)
{
    *b = (struct broker){.port = yk_test_port(0), .conf = yk_rig_path(&rig, "broker.conf")};
    const char *text = yk_rig_text(&rig,
                                   "user root\nlistener %d 127.0.0.1\nmax_queued_messages 0\nlog_dest stderr\n"
                                   "log_type all\n%s",
                                   b->port, more);
    yk_rig_write(b->conf, text, strlen(text));
    broker_start(b);
}

static void subscribed(const struct broker *b, const char *sensor)
{
    yk_test_until_says(b->log, yk_rig_text(&rig, "Sending SUBACK to yukikai-d-local-%s", sensor), 1);
}

static int shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int shell(const char *fmt, ...)
{
    char command[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(command, sizeof command, fmt, args);
    va_end(args);
    int status = system(yk_rig_text(&rig, "cd %s && { %s; } >>shell.log 2>&1", rig.dir, command));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void publish(const struct broker *b, const char *topic, const char *lines)
{
    cr_assert_eq(shell("mosquitto_pub -h 127.0.0.1 -p %d -q 1 -t %s -l <%s", b->port, topic, lines), 0);
}

/* --- the collector --- */

static void district(const char *sensors)
{
    rig.district = yk_rig_path(&rig, "district.yaml");
    const char *text =
        yk_rig_text(&rig, "version: 1\ndistrict: { id: d, timezone: UTC }\nplaces: [{ id: p }]\nsensors:\n%s", sensors);
    yk_rig_write(rig.district, text, strlen(text));
}

static const char *sensor(const struct broker *b, const char *id, const char *more)
{
    return yk_rig_text(&rig,
                       "- { id: %s, place: p, kind: camera_mqtt, topic: cams/+/%s, " YK_TEST_LINE
                       ", input: 'mqtt://127.0.0.1:%d'%s }\n",
                       id, id, b->port, more);
}

static void collect(struct yk_child *child, const char *log, const char *spool, const char *sensors[])
{
    yk_child_init(child, "collect", yk_rig_program(&rig, "collect"));
    child->log_path = log;
    yk_child_args(child, rig.district, "--keys", rig.keys, "--spool", spool, NULL);
    for (size_t i = 0; sensors[i]; i++)
        yk_child_args(child, "--sensor", sensors[i], NULL);
    cr_assert_eq(yk_child_start(child, NULL), YK_OK);
}

static void end(struct yk_child *child, const char *log)
{
    yk_rig_kill(child, SIGTERM);
    cr_assert_eq(child->exit_status, 0, "see %s", log);
}

/* Killed with the people half way: nothing of what was published with QoS 1 is lost, by the broker's death or by ours. */
Test(mqtt, what_waits_at_the_broker_comes_later)
{
    struct broker broker;
    struct yk_child collector;
    static struct yk_test_told told, file;
    const char *spool = yk_rig_path(&rig, "spool"), *log = yk_rig_path(&rig, "collect.log"), *all, *part[3];
    broker_open(&broker, yk_rig_text(&rig,
                                     "allow_anonymous true\npersistence true\npersistence_location %s/\n"
                                     "autosave_on_changes true\nautosave_interval 1\n",
                                     rig.dir));
    district(sensor(&broker, "cam-1", ""));
    all = yk_rig_path(&rig, "all.jsonl");
    for (int i = 0; i < 3; i++) { /* two minutes apart */
        part[i] = yk_rig_text(&rig, "%s/part-%d.jsonl", rig.dir, i);
        yk_test_people(part[i], now_us + i * INT64_C(120000000), PEOPLE, 100 + 20 * (unsigned)i);
        yk_test_people(all, now_us + i * INT64_C(120000000), PEOPLE, 100 + 20 * (unsigned)i);
    }
    collect(&collector, log, spool, (const char *[]){"cam-1", NULL});
    subscribed(&broker, "cam-1");
    publish(&broker, "cams/plaza/cam-1", part[0]);
    yk_test_until_observed(spool, "cam-1", PEOPLE);

    yk_rig_kill(&broker.child, SIGKILL);
    yk_test_until_says(log, "it is tried again", 1);
    broker_start(&broker);
    subscribed(&broker, "cam-1");
    publish(&broker, "cams/plaza/cam-1", part[1]);
    yk_test_until_observed(spool, "cam-1", 2 * PEOPLE);
    cr_expect(yk_rig_file_says(log, "connected to mqtt://"), "see %s", log);

    end(&collector, log);
    publish(&broker, "cams/plaza/cam-1", part[2]);
    collect(&collector, log, spool, (const char *[]){"cam-1", NULL});
    yk_test_until_observed(spool, "cam-1", PEOPLE);
    end(&collector, log);
    yk_rig_kill(&broker.child, SIGTERM);

    yk_test_told(&told, spool, "cam-1");
    yk_test_from_file(&rig, &file, "from-file", "cam-1", all);
    cr_assert_eq(told.count, 3 * PEOPLE);
    yk_test_same_crossings(&told, &file);
    for (int i = 0; i < 3; i++) {
        int64_t first_us = now_us + i * INT64_C(120000000);
        yk_test_all_crossed(&told, (size_t)i * PEOPLE, first_us, PEOPLE);
        cr_expect(yk_test_saw(&told, first_us / 1000000 + 5), "part %d", i);
        cr_expect(i == 2 || !yk_test_saw(&told, first_us / 1000000 + 60), "an outage is no health");
    }
}

/* One camera sends nonsense; the other one's people count as if it were alone. */
Test(mqtt, nonsense_hurts_nobody_else)
{
    struct broker broker;
    struct yk_child collector;
    static struct yk_test_told told, file;
    const char *spool = yk_rig_path(&rig, "spool"), *log = yk_rig_path(&rig, "collect.log");
    const char *lines = yk_rig_path(&rig, "lines.jsonl");
    broker_open(&broker, "allow_anonymous true\n");
    district(yk_rig_text(&rig, "%s%s", sensor(&broker, "cam-1", ""), sensor(&broker, "cam-2", "")));
    size_t frames = yk_test_people(lines, now_us, 20, 1);
    /* Retained, and so of nobody knows when. */
    cr_assert_eq(shell("head -n1 %s | mosquitto_pub -h 127.0.0.1 -p %d -q 1 -r -t cams/a/cam-2 -s", lines, broker.port),
                 0);
    collect(&collector, log, spool, (const char *[]){"cam-1", "cam-2", NULL});
    subscribed(&broker, "cam-1");
    subscribed(&broker, "cam-2");
    cr_assert_eq(
        shell("head -c 2000000 /dev/zero | mosquitto_pub -h 127.0.0.1 -p %d -q 1 -t cams/a/cam-2 -s && "
              "head -c 20000000 /dev/zero | mosquitto_pub -h 127.0.0.1 -p %d -q 1 -t cams/a/cam-2 -s && "
              "head -c 5000 /dev/urandom | mosquitto_pub -h 127.0.0.1 -p %d -q 1 -t cams/a/cam-2 -s && "
              "mosquitto_pub -h 127.0.0.1 -p %d -q 1 -t cams/a/cam-2 -n && "
              "yes '[[[[' | head -n 2000 | tr -d '\\n' | mosquitto_pub -h 127.0.0.1 -p %d -q 1 -t cams/a/cam-2 -s",
              broker.port, broker.port, broker.port, broker.port, broker.port),
        0);
    publish(&broker, "cams/a/cam-1", lines);
    publish(&broker, "cams/b/cam-2", lines);
    yk_test_until_observed(spool, "cam-1", 20);
    yk_test_until_observed(spool, "cam-2", 20);
    end(&collector, log);
    yk_rig_kill(&broker.child, SIGTERM);

    yk_test_from_file(&rig, &file, "from-file", "cam-1", lines);
    yk_test_told(&told, spool, "cam-1");
    yk_test_all_crossed(&told, 0, now_us, 20);
    yk_test_same_crossings(&told, &file);
    cr_expect_eq(told.drops[YK_DROP_bad_json], 0);
    yk_test_told(&told, spool, "cam-2");
    yk_test_same_crossings(&told, &file);
    cr_expect_eq(told.drops[YK_DROP_duplicate], 1);
    cr_expect_eq(told.drops[YK_DROP_too_long], 2);
    cr_expect_geq(told.drops[YK_DROP_bad_json], 2);
    cr_expect_eq(frames, 240);
}

/* --- who may --- */

static void make_authority(const char *name)
{
    struct yk_error err = {0};
    const char *dir = yk_rig_path(&rig, name), *names[] = {"127.0.0.1"};
    struct yk_certificate_request server = {"server", "broker", names, 1, YK_CERTIFICATE_SERVER, 0};
    struct yk_certificate_request client = {"mqtt", "edge", NULL, 0, YK_CERTIFICATE_CLIENT, 0};
    cr_assert_eq(yk_authority_make(dir, "A test's authority", &err), YK_OK, "%s", err.message);
    cr_assert_eq(yk_authority_certificate(dir, dir, &server, &err), YK_OK, "%s", err.message);
    cr_assert_eq(yk_authority_certificate(dir, dir, &client, &err), YK_OK, "%s", err.message);
}

static void secret(const char *name, const char *text, mode_t mode)
{
    const char *path = yk_rig_text(&rig, "%s/%s", rig.keys, name);
    yk_rig_write(path, text, strlen(text));
    cr_assert_eq(chmod(path, mode), 0);
}

Test(mqtt, passwords)
{
    struct broker broker;
    struct yk_child collector;
    static struct yk_test_told told;
    const char *spool = yk_rig_path(&rig, "spool"), *log = yk_rig_path(&rig, "collect.log");
    const char *lines = yk_rig_path(&rig, "lines.jsonl"), *passwords = yk_rig_path(&rig, "passwords");
    yk_test_people(lines, now_us, PEOPLE, 1);
    cr_assert_eq(shell("mosquitto_passwd -b -c passwords edge 'a:b c' && mosquitto_passwd -b passwords cam word"), 0);
    broker_open(&broker, yk_rig_text(&rig, "allow_anonymous false\npassword_file %s\n", passwords));
    district(yk_rig_text(&rig, "%s%s%s%s", sensor(&broker, "cam-1", ", secret: cam-1.secret"),
                         sensor(&broker, "cam-2", ", secret: cam-2.secret"), sensor(&broker, "cam-3", ""),
                         sensor(&broker, "cam-4", ", secret: cam-4.secret")));
    secret("cam-1.secret", "edge:a:b c\n", 0600);
    secret("cam-2.secret", "edge:wrong\n", 0600);
    secret("cam-4.secret", "edge:a:b c\n", 0644);
    collect(&collector, log, spool, (const char *[]){"cam-1", "cam-2", "cam-3", "cam-4", NULL});
    subscribed(&broker, "cam-1");
    yk_test_until_says(log, "sensor cam-2: no connection to mqtt://127.0.0.1", 1);
    yk_test_until_says(log, "it refuses us", 2); /* cam-2 and cam-3 */
    yk_test_until_says(log, "cam-4.secret can be read by others; run: chmod 600", 1);
    cr_assert_eq(
        shell("mosquitto_pub -h 127.0.0.1 -p %d -u cam -P word -q 1 -t cams/a/cam-1 -l <%s", broker.port, lines), 0);
    yk_test_until_observed(spool, "cam-1", PEOPLE);

    /* Mended while it runs. */
    secret("cam-2.secret", "edge:a:b c", 0600);
    subscribed(&broker, "cam-2");
    end(&collector, log);
    yk_rig_kill(&broker.child, SIGTERM);
    yk_test_told(&told, spool, "cam-1");
    yk_test_all_crossed(&told, 0, now_us, PEOPLE);
    cr_expect_not(yk_rig_file_says(log, "a:b c"), "a password is in the log");
}

Test(mqtt, certificates)
{
    struct broker broker;
    struct yk_child collector, misled;
    static struct yk_test_told told;
    const char *spool = yk_rig_path(&rig, "spool"), *log = yk_rig_path(&rig, "collect.log");
    const char *other = yk_rig_path(&rig, "other-spool"), *other_log = yk_rig_path(&rig, "other.log");
    const char *lines = yk_rig_path(&rig, "lines.jsonl"), *right_keys = rig.keys;
    yk_test_people(lines, now_us, PEOPLE, 1);
    make_authority("authority");
    make_authority("stranger");
    broker_open(&broker, yk_rig_text(&rig,
                                     "allow_anonymous true\nlistener %d 127.0.0.1\ncafile %s/authority/ca.crt\n"
                                     "certfile %s/authority/server.crt\nkeyfile %s/authority/server.key\n"
                                     "require_certificate true\n",
                                     yk_test_port(1), rig.dir, rig.dir, rig.dir));
    district(yk_rig_text(&rig,
                         "- { id: cam-1, place: p, kind: camera_mqtt, topic: cams/a, " YK_TEST_LINE
                         ", input: 'mqtts://127.0.0.1:%d' }\n",
                         yk_test_port(1)));
    cr_assert_eq(shell("cp -r keys misled && cp -r keys bare && cp authority/ca.crt keys/mqtt-ca.crt && "
                       "cp authority/mqtt.crt authority/mqtt.key keys/ && "
                       "cp stranger/ca.crt misled/mqtt-ca.crt && cp authority/mqtt.crt authority/mqtt.key misled/ && "
                       "cp authority/ca.crt bare/mqtt-ca.crt"),
                 0);
    /* A broker that a stranger signed; and one that asks for a certificate that there is none of. */
    static const char *const folders[] = {"misled", "bare"};
    for (int i = 0; i < 2; i++) {
        rig.keys = yk_rig_path(&rig, folders[i]);
        collect(&misled, other_log, other, (const char *[]){"cam-1", NULL});
        yk_test_until_says(other_log, "it is tried again", 1 + (unsigned)i);
        cr_expect_not(yk_rig_file_says(broker.log, "Sending SUBACK"));
        end(&misled, other_log);
    }
    rig.keys = right_keys;
    collect(&collector, log, spool, (const char *[]){"cam-1", NULL});
    subscribed(&broker, "cam-1");
    publish(&broker, "cams/a", lines);
    yk_test_until_observed(spool, "cam-1", PEOPLE);
    end(&collector, log);
    yk_rig_kill(&broker.child, SIGTERM);
    yk_test_told(&told, spool, "cam-1");
    yk_test_all_crossed(&told, 0, now_us, PEOPLE);
}
