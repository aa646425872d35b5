/* Secrets from files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/credentials.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <string.h>
#include <sys/stat.h>

TestSuite(credentials, .init = scratch_make, .fini = scratch_remove);

static struct yk_error err;

static const char *put(const char *name, const char *text, mode_t mode)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
    cr_assert_eq(chmod(path, mode), 0);
    return path;
}

Test(credentials, password_is_one_line)
{
    static const struct {
        const char *text, *password; /* NULL: refused */
    } cases[] = {{"correct horse\n", "correct horse"},
                 {"no end", "no end"},
                 {"dos\r\n", "dos"},
                 {" blanks stay \n", " blanks stay "},
                 {"\n", NULL},
                 {"two\nlines\n", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yk_credential got;
        put("edge-1.password", cases[i].text, 0600);
        enum yk_status status = yk_credential_password(scratch, "edge-1", &got, &err);
        if (!cases[i].password) {
            cr_expect_eq(status, YK_ERR_INPUT, "case %zu", i);
            cr_expect_null(got.bytes);
            continue;
        }
        cr_assert_eq(status, YK_OK, "%s", err.message);
        cr_expect_str_eq(got.bytes, cases[i].password);
        cr_expect_eq(got.size, strlen(cases[i].password));
        yk_credential_wipe(&got);
        cr_expect_null(got.bytes);
    }
}

Test(credentials, absent_is_no_mistake)
{
    struct yk_credential got;
    cr_expect_eq(yk_credential_password(scratch, "edge-1", &got, &err), YK_OK);
    cr_expect_null(got.bytes);
    cr_expect_eq(yk_credential_password(NULL, "edge-1", &got, &err), YK_OK);
    cr_expect_null(got.bytes);
    cr_expect_eq(yk_credential_read_file("/nowhere/at/all", true, &got, &err), YK_ERR_NO_INPUT);
}

Test(credentials, open_to_others_is_refused)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0644, 0620, 0610, 0601};
    struct yk_credential got;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        put("edge-1.password", "secret\n", modes[i]);
        cr_expect_eq(yk_credential_password(scratch, "edge-1", &got, &err), YK_ERR_REFUSED, "mode %o", modes[i]);
        cr_expect_null(got.bytes);
        cr_expect(strstr(err.message, "chmod 600"), "%s", err.message);
    }
    /* A certificate is no secret. */
    put("ca.crt", "certificate", 0644);
    cr_assert_eq(yk_credential_read(scratch, "ca.crt", false, &got, &err), YK_OK);
    yk_credential_wipe(&got);
}

Test(credentials, service_manager_comes_first)
{
    char given[128];
    struct yk_credential got;
    snprintf(given, sizeof given, "%s/given", scratch);
    cr_assert_eq(mkdir(given, 0700), 0);
    put("edge-1.password", "folder\n", 0600);
    put("edge-2.password", "folder\n", 0600);
    put("edge-3.password", "folder\n", 0644);
    put("given/edge-1.password", "given\n", 0440); /* systemd may give it to a group */
    setenv("CREDENTIALS_DIRECTORY", given, 1);
    cr_assert_eq(yk_credential_password(scratch, "edge-1", &got, &err), YK_OK, "%s", err.message);
    cr_expect_str_eq(got.bytes, "given");
    yk_credential_wipe(&got);
    cr_assert_eq(yk_credential_password(scratch, "edge-2", &got, &err), YK_OK, "%s", err.message);
    cr_expect_str_eq(got.bytes, "folder");
    yk_credential_wipe(&got);
    cr_expect_eq(yk_credential_password(scratch, "edge-3", &got, &err), YK_ERR_REFUSED);
    unsetenv("CREDENTIALS_DIRECTORY");
    cr_assert_eq(yk_credential_password(scratch, "edge-1", &got, &err), YK_OK, "%s", err.message);
    cr_expect_str_eq(got.bytes, "folder");
    yk_credential_wipe(&got);
}

Test(credentials, what_is_no_file)
{
    char path[128];
    struct yk_credential got;
    snprintf(path, sizeof path, "%s/folder.password", scratch);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(yk_credential_password(scratch, "folder", &got, &err), YK_ERR_INPUT);
    snprintf(path, sizeof path, "%s/pipe.password", scratch);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(yk_credential_password(scratch, "pipe", &got, &err), YK_ERR_INPUT, "a pipe nobody writes to holds us");
    cr_expect_eq(yk_credential_password(scratch, "../x", &got, &err), YK_ERR_USAGE);
    FILE *f = fopen(put("large.password", "", 0600), "w");
    cr_assert(f && fseek(f, YK_CREDENTIAL_SIZE_MAX, SEEK_SET) == 0 && fputc('x', f) == 'x' && fclose(f) == 0);
    cr_expect_eq(yk_credential_password(scratch, "large", &got, &err), YK_ERR_INPUT);
}

/* `yukikai keys make` on a device does not know what the district will call it. */
Test(credentials, made_before_the_edge_had_a_name)
{
    struct yk_credential got;
    put("redis.password", "the device's\n", 0600);
    cr_assert_eq(yk_credential_password(scratch, "edge-1", &got, &err), YK_OK, "%s", err.message);
    cr_expect_str_eq(got.bytes, "the device's");
    yk_credential_wipe(&got);
    cr_assert_eq(yk_credential_password(scratch, "analyze", &got, &err), YK_OK);
    cr_expect_null(got.bytes, "it is an edge's");
    put("edge-1.password", "its own\n", 0600);
    cr_assert_eq(yk_credential_password(scratch, "edge-1", &got, &err), YK_OK);
    cr_expect_str_eq(got.bytes, "its own");
    yk_credential_wipe(&got);
}
