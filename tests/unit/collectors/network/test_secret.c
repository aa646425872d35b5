/* Secrets, and who may not have them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/backoff.h"
#include "network/secret.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct yk_sensor_config sensor;
static struct yk_credential secret;
static struct yk_error err;

static void file(const char *text, size_t size, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/s", scratch);
    FILE *to = fopen(path, "wb");
    cr_assert(to);
    cr_assert_eq(fwrite(text, 1, size, to), size);
    fclose(to);
    cr_assert_eq(chmod(path, mode), 0);
}

static enum yk_status read_secret(const char *name)
{
    snprintf(sensor.secret, sizeof sensor.secret, "%s", name);
    return yk_secret_read(&sensor, scratch, &secret, &err);
}

TestSuite(secret, .init = scratch_make, .fini = scratch_remove);

Test(secret, none_and_one)
{
    char path[128];
    cr_expect_eq(read_secret(""), YK_OK);
    cr_expect_null(secret.bytes);
    cr_expect_eq(read_secret("s"), YK_ERR_NO_INPUT);
    cr_expect(strstr(err.message, scratch), "%s", err.message);
    file("a token: of\r\n", 13, 0600);
    cr_assert_eq(read_secret("s"), YK_OK);
    cr_expect_str_eq(secret.bytes, "a token: of");
    yk_credential_wipe(&secret);
    snprintf(path, sizeof path, "%s/s", scratch);
    cr_assert_eq(read_secret(path), YK_OK);
    const char *user, *password;
    cr_assert_eq(yk_secret_user(&secret, &user, &password, &err), YK_OK);
    cr_expect_str_eq(user, "a token");
    cr_expect_str_eq(password, " of");
    yk_credential_wipe(&secret);
}

Test(secret, refused)
{
    static const struct {
        const char *text;
        size_t size;
    } wrong[] = {{"\n", 1}, {"a\nb\n", 4}, {"a\0b", 3}, {"a\rb", 3}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        file(wrong[i].text, wrong[i].size, 0600);
        cr_expect_eq(read_secret("s"), YK_ERR_INPUT, "%zu", i);
        cr_expect_null(secret.bytes);
    }
    char text[1100];
    memset(text, 'a', sizeof text);
    file(text, sizeof text, 0600);
    cr_expect_eq(read_secret("s"), YK_ERR_INPUT);
    file("token", 5, 0640);
    cr_expect_eq(read_secret("s"), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "chmod 600") && !strstr(err.message, "token"), "%s", err.message);
    const char *user, *password;
    file(":password", 9, 0600);
    cr_assert_eq(read_secret("s"), YK_OK);
    cr_expect_eq(yk_secret_user(&secret, &user, &password, &err), YK_ERR_INPUT);
    cr_expect_null(strstr(err.message, "password"), "a secret is in the message");
    yk_credential_wipe(&secret);
}

Test(backoff, doubles_up_to_half_a_minute)
{
    struct yk_backoff backoff = {0};
    unsigned whole = 250;
    cr_assert_geq(sodium_init(), 0);
    for (int i = 0; i < 12; i++) {
        unsigned ms = yk_backoff_next(&backoff);
        cr_expect(ms >= whole / 2 && ms <= whole, "%u of %u", ms, whole);
        whole = 2 * whole > 30000 ? 30000 : 2 * whole;
    }
}
