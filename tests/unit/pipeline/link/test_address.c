/* Addresses of a Redis. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/address.h"

#include <criterion/criterion.h>

#include <string.h>

Test(address, parts)
{
    static const struct {
        const char *url;
        enum yk_address_kind kind;
        const char *host, *port;
        bool numeric;
    } good[] = {
        {"unix:run/redis.sock", YK_ADDRESS_UNIX, "run/redis.sock", "", false},
        {"tcp://redis", YK_ADDRESS_TCP, "redis", "6379", false},
        {"tcp://10.0.0.5:1", YK_ADDRESS_TCP, "10.0.0.5", "1", true},
        {"tls://redis.example:65535", YK_ADDRESS_TLS, "redis.example", "65535", false},
        {"tls://[2001:db8::1]", YK_ADDRESS_TLS, "2001:db8::1", "6380", true},
        {"tcp://[::1]:6379", YK_ADDRESS_TCP, "::1", "6379", true},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct yk_address address;
        cr_assert_eq(yk_address_parse(good[i].url, &address, NULL), YK_OK, "%s", good[i].url);
        cr_expect_eq(address.kind, good[i].kind);
        cr_expect_str_eq(address.host, good[i].host);
        cr_expect_str_eq(address.port, good[i].port);
        cr_expect_eq(address.numeric, good[i].numeric, "%s", good[i].url);
    }
}

Test(address, mistakes)
{
    static const char *const bad[] = {"",           "unix:",          "redis://a:1",     "tcp://",     "tcp://:1",
                                      "tcp://a:",   "tcp://a:0",      "tcp://a:65536",   "tcp://a:1x", "tcp://::1:6379",
                                      "tcp://[::1", "tcp://[a]:1",    "tcp://[::1]1",    "tls://a/b",  "tls://a b:1",
                                      "tls://a:+1", "tls://[::1]x:1", "tcp://a:00000001"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct yk_address address;
        cr_expect_eq(yk_address_parse(bad[i], &address, NULL), YK_ERR_CONFIG, "'%s' is taken", bad[i]);
    }
    char longest[400] = "tcp://";
    memset(longest + 6, 'a', 300);
    struct yk_address address;
    cr_expect_eq(yk_address_parse(longest, &address, NULL), YK_ERR_CONFIG);
    memcpy(longest, "unix:/", 6);
    cr_expect_eq(yk_address_parse(longest, &address, NULL), YK_ERR_CONFIG);
}

Test(address, password_is_not_repeated)
{
    struct yk_address address;
    struct yk_error err;
    cr_assert_eq(yk_address_parse("tls://edge:hunter2@redis:6380", &address, &err), YK_ERR_CONFIG);
    cr_expect_not(strstr(err.message, "hunter2"), "%s", err.message);
    cr_expect(strstr(err.message, "USER.password"), "%s", err.message);
}
