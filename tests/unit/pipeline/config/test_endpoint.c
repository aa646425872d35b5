/* Inputs that come over a network, split and refused. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/endpoint.h"

#include "reading.h"

static struct yk_endpoint endpoint;

Test(endpoint, brokers)
{
    cr_assert(yk_endpoint_parse("mqtt://broker.example", &endpoint));
    cr_expect_eq(endpoint.kind, YK_ENDPOINT_MQTT);
    cr_expect_str_eq(endpoint.host, "broker.example");
    cr_expect_eq(endpoint.port, 1883);
    cr_expect_not(endpoint.tls);
    cr_assert(yk_endpoint_parse("mqtts://[fd00::7]:9883/", &endpoint));
    cr_expect_str_eq(endpoint.host, "fd00::7");
    cr_expect_eq(endpoint.port, 9883);
    cr_expect(endpoint.tls && endpoint.ipv6);
    cr_assert(yk_endpoint_parse("mqtts://10.0.0.2", &endpoint));
    cr_expect_eq(endpoint.port, 8883);
}

Test(endpoint, listeners)
{
    cr_assert(yk_endpoint_parse("http://127.0.0.1:9000", &endpoint));
    cr_expect_eq(endpoint.port, 9000);
    cr_expect_str_eq(endpoint.rest, "");
    cr_expect(endpoint.loopback);
    cr_assert(yk_endpoint_parse("http://0.0.0.0:9000/", &endpoint));
    cr_expect_str_eq(endpoint.rest, "");
    cr_expect_not(endpoint.loopback);
    cr_assert(yk_endpoint_parse("http://[::1]:9000/hall/north-1", &endpoint));
    cr_expect_str_eq(endpoint.host, "::1");
    cr_expect_str_eq(endpoint.rest, "/hall/north-1");
    cr_expect(endpoint.loopback);
    cr_assert(yk_endpoint_parse("http://[::]:9000", &endpoint));
    cr_expect_not(endpoint.loopback);
}

Test(endpoint, streams)
{
    cr_assert(yk_endpoint_parse("redis-stream:unix:/run/camera.sock#deepstream", &endpoint));
    cr_expect_eq(endpoint.kind, YK_ENDPOINT_REDIS);
    cr_expect_str_eq(endpoint.url, "unix:/run/camera.sock");
    cr_expect_str_eq(endpoint.rest, "deepstream");
    cr_assert(yk_endpoint_parse("redis-stream:tcp://jetson:6379#a#b", &endpoint));
    cr_expect_str_eq(endpoint.url, "tcp://jetson:6379");
    cr_expect_str_eq(endpoint.rest, "a#b");
}

Test(endpoint, wrong_ones)
{
    static const char *const wrong[] = {"mqtt://",
                                        "mqtt://:1883",
                                        "mqtt://a b",
                                        "mqtt://host:65536",
                                        "mqtt://host:01",
                                        "mqtt://host:1883/topic",
                                        "mqtt://u:p@host",
                                        "mqtts://[::1",
                                        "mqtts://[host]:1",
                                        "http://",
                                        "http://127.0.0.1",
                                        "http://localhost:80",
                                        "http://127.0.0.1:80/a?b",
                                        "http://127.0.0.1:80/a b",
                                        "http://[127.0.0.1]:80",
                                        "http://256.0.0.1:80",
                                        "redis-stream:",
                                        "redis-stream:unix:#a",
                                        "redis-stream:unix:/a",
                                        "redis-stream:unix:/a#",
                                        "redis-stream:tcp://#a",
                                        "redis-stream:host#a",
                                        "redis-stream:tcp://a:b@c:1#a"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        cr_expect_not(yk_endpoint_parse(wrong[i], &endpoint), "%s", wrong[i]);
        cr_expect_neq(yk_endpoint_kind(wrong[i]), YK_ENDPOINT_NONE, "%s", wrong[i]);
    }
    static const char *const others[] = {"", "-", "events.jsonl", "/dev/http://", "mqtt:", "MQTT://a", "hci0"};
    for (size_t i = 0; i < COUNT(others); i++) {
        cr_expect_eq(yk_endpoint_kind(others[i]), YK_ENDPOINT_NONE, "%s", others[i]);
        cr_expect_not(yk_endpoint_parse(others[i], &endpoint), "%s", others[i]);
    }
    char name[400] = "mqtt://";
    memset(name + 7, 'a', sizeof name - 8);
    cr_expect_not(yk_endpoint_parse(name, &endpoint), "a name that does not fit");
}

Test(endpoint, topics)
{
    static const char *const right[] = {"a", "/", "#", "+", "a/+/b/#", "/a", "$SYS/#"};
    static const char *const wrong[] = {"", "a#", "#/a", "a+", "a/b+/c", "a/#/b"};
    for (size_t i = 0; i < COUNT(right); i++)
        cr_expect(yk_endpoint_topic(right[i]), "%s", right[i]);
    for (size_t i = 0; i < COUNT(wrong); i++)
        cr_expect_not(yk_endpoint_topic(wrong[i]), "%s", wrong[i]);
}

Test(endpoint, secrets_of_sensors)
{
    struct yk_config *config =
        read_whole("version: 1\n"
                   "district: { id: d, timezone: UTC }\n"
                   "places: [{ id: p }]\n"
                   "sensors:\n"
                   "- { id: a, place: p, kind: camera_mqtt, topic: cams/+/a, secret: a.secret, "
                   "input: 'mqtts://broker:8883' }\n"
                   "- { id: b, place: p, kind: counter_http, secret: /etc/b, input: "
                   "'http://0.0.0.0:9000/b' }\n"
                   "- { id: c, place: p, kind: camera_redis, input: 'redis-stream:unix:/a#b' }\n");
    cr_expect_str_eq(config->sensors[0].secret, "a.secret");
    cr_expect_str_eq(config->sensors[1].secret, "/etc/b");
    cr_expect_eq(config->sensors[1].family, YK_FAMILY_COUNTER);
    cr_expect_str_eq(config->sensors[2].secret, "");
    yk_config_free(config);
}
