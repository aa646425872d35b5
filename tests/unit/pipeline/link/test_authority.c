/* The small authority, judged by the openssl command. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/authority.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(authority, .init = scratch_make, .fini = scratch_remove);

static struct yk_error err;
static char said[16384];

/* Runs a command of the shell in the scratch folder; its output is in `said`. */
__attribute__((format(printf, 1, 2))) static int shell(const char *fmt, ...)
{
    char command[1024], whole[1200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(command, sizeof command, fmt, args);
    va_end(args);
    snprintf(whole, sizeof whole, "cd %s && { %s; } 2>&1", scratch, command);
    FILE *f = popen(whole, "r");
    cr_assert(f);
    size_t n = fread(said, 1, sizeof said - 1, f);
    said[n] = '\0';
    return pclose(f);
}

static const char *dir(const char *name)
{
    static char path[4][128];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, 128, "%s/%s", scratch, name);
    return out;
}

static void make(void)
{
    enum yk_status status = yk_authority_make(dir("ca"), "Riverside authority", &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
}

static void sign(const struct yk_certificate_request *request)
{
    enum yk_status status = yk_authority_certificate(dir("ca"), dir("out"), request, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
}

static void says(const char *text)
{
    cr_expect(strstr(said, text), "openssl does not say '%s':\n%s", text, said);
}

static mode_t mode_of(const char *name)
{
    struct stat st;
    cr_assert_eq(stat(dir(name), &st), 0);
    return st.st_mode & 07777;
}

static const char *const names[] = {"redis.example", "*.edges.example", "10.0.0.5", "2001:db8::1"};
static const struct yk_certificate_request server = {"server", "redis", names, 4, YK_CERTIFICATE_SERVER, 0};
static const struct yk_certificate_request client = {"client", "edge-1", NULL, 0, YK_CERTIFICATE_CLIENT, 0};

Test(authority, certificate_of_its_own)
{
    make();
    cr_expect_eq(mode_of("ca/ca.key"), 0600);
    cr_expect_eq(mode_of("ca/ca.crt") & 0444, 0444);
    cr_assert_eq(shell("openssl x509 -in ca/ca.crt -noout -text"), 0, "%s", said);
    says("Version: 3");
    says("Issuer: CN = Riverside authority");
    says("Subject: CN = Riverside authority");
    says("ASN1 OID: prime256v1");
    says("CA:TRUE, pathlen:0");
    says("Certificate Sign, CRL Sign");
    cr_expect_eq(shell("openssl verify -x509_strict -CAfile ca/ca.crt ca/ca.crt"), 0, "%s", said);
    cr_expect_eq(shell("openssl pkey -in ca/ca.key -noout -check"), 0, "%s", said);
    /* Ten years: valid a day before their end, not a day after. */
    cr_expect_eq(shell("openssl x509 -in ca/ca.crt -noout -checkend %d", 3651 * 86400), 0, "%s", said);
    cr_expect_neq(shell("openssl x509 -in ca/ca.crt -noout -checkend %d", 3653 * 86400), 0, "%s", said);
}

Test(authority, server_certificate)
{
    make();
    sign(&server);
    cr_expect_eq(mode_of("out/server.key"), 0600);
    cr_expect_eq(shell("openssl verify -x509_strict -purpose sslserver -CAfile ca/ca.crt out/server.crt"), 0, "%s",
                 said);
    cr_expect_neq(shell("openssl verify -x509_strict -purpose sslclient -CAfile ca/ca.crt out/server.crt"), 0, "%s",
                  said);
    static const char *const good[] = {"-verify_hostname redis.example", "-verify_hostname a.edges.example",
                                       "-verify_ip 10.0.0.5", "-verify_ip 2001:db8::1"};
    static const char *const bad[] = {"-verify_hostname redis", "-verify_hostname a.b.edges.example",
                                      "-verify_ip 10.0.0.6", "-verify_hostname 10.0.0.5"};
    for (int i = 0; i < 4; i++) {
        cr_expect_eq(shell("openssl verify %s -CAfile ca/ca.crt out/server.crt", good[i]), 0, "%s: %s", good[i], said);
        cr_expect_neq(shell("openssl verify %s -CAfile ca/ca.crt out/server.crt", bad[i]), 0, "%s is taken", bad[i]);
    }
    cr_expect_eq(shell("openssl x509 -in out/server.crt -noout -checkend %d", 824 * 86400), 0, "%s", said);
    cr_expect_neq(shell("openssl x509 -in out/server.crt -noout -checkend %d", 826 * 86400), 0, "%s", said);
    cr_expect_eq(shell("test \"$(openssl pkey -in out/server.key -pubout)\" = "
                       "\"$(openssl x509 -in out/server.crt -noout -pubkey)\""),
                 0, "key and certificate are no pair");
}

Test(authority, client_certificate)
{
    make();
    sign(&client);
    cr_expect_eq(shell("openssl verify -x509_strict -purpose sslclient -CAfile ca/ca.crt out/client.crt"), 0, "%s",
                 said);
    cr_expect_neq(shell("openssl verify -x509_strict -purpose sslserver -CAfile ca/ca.crt out/client.crt"), 0, "%s",
                  said);
    cr_assert_eq(shell("openssl x509 -in out/client.crt -noout -text"), 0, "%s", said);
    says("Subject: CN = edge-1");
    says("CA:FALSE");
    says("Digital Signature");
    cr_expect_not(strstr(said, "Alternative Name"));
}

Test(authority, serial_numbers_differ)
{
    make();
    sign(&server);
    sign(&client);
    cr_assert_eq(shell("cat ca/ca.crt > /dev/null; for f in ca/ca.crt out/server.crt out/client.crt; do "
                       "openssl x509 -in $f -noout -serial; done | sort -u | wc -l"),
                 0);
    cr_expect_eq(atoi(said), 3, "%s", said);
}

Test(authority, expired_on_demand)
{
    struct yk_certificate_request old = server;
    old.days = -1;
    make();
    sign(&old);
    cr_expect_neq(shell("openssl verify -CAfile ca/ca.crt out/server.crt"), 0);
    says("certificate has expired");
}

Test(authority, nothing_is_written_over)
{
    make();
    sign(&server);
    cr_assert_eq(shell("sha256sum ca/* out/*"), 0);
    char *before = strdup(said);
    cr_expect_eq(yk_authority_make(dir("ca"), "Another", &err), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "ca.key is there already"), "%s", err.message);
    cr_expect_eq(yk_authority_certificate(dir("ca"), dir("out"), &server, &err), YK_ERR_REFUSED);
    /* Also when half of a pair is there: the other half does not appear. */
    cr_assert_eq(unlink(dir("out/server.key")), 0);
    cr_expect_eq(yk_authority_certificate(dir("ca"), dir("out"), &server, &err), YK_ERR_REFUSED);
    cr_expect_neq(access(dir("out/server.key"), F_OK), 0);
    cr_assert_eq(shell("sha256sum ca/* out/*"), 0);
    cr_expect(strstr(before, "out/server.crt") && strstr(before, strstr(said, "ca/ca.crt") - 66),
              "files changed:\n%s%s", before, said);
    free(before);
    cr_assert_eq(shell("ls ca out | grep -c new; true"), 0);
    cr_expect_eq(atoi(said), 0, "something half-made is left");
}

Test(authority, wrong_requests)
{
    static const char *const tricky[] = {"a.example,IP:1.2.3.4"};
    static const char *const blank[] = {""};
    const struct yk_certificate_request wrong[] = {
        {"ca", "x", names, 1, YK_CERTIFICATE_SERVER, 0},
        {"../x", "x", names, 1, YK_CERTIFICATE_SERVER, 0},
        {".x", "x", names, 1, YK_CERTIFICATE_SERVER, 0},
        {"x", "", names, 1, YK_CERTIFICATE_SERVER, 0},
        {"x", "a\nb", names, 1, YK_CERTIFICATE_SERVER, 0},
        {"x", "12345678901234567890123456789012345678901234567890123456789012345", names, 1, YK_CERTIFICATE_SERVER, 0},
        {"x", "x", NULL, 0, YK_CERTIFICATE_SERVER, 0},
        {"x", "x", tricky, 1, YK_CERTIFICATE_SERVER, 0},
        {"x", "x", blank, 1, YK_CERTIFICATE_SERVER, 0},
        {"x", "x", names, 1, YK_CERTIFICATE_SERVER, 4000},
    };
    make();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(yk_authority_certificate(dir("ca"), dir("out"), &wrong[i], &err), YK_ERR_USAGE, "case %zu", i);
    cr_expect_neq(access(dir("out"), F_OK), 0, "a folder was made for nothing");
}

Test(authority, key_has_to_be_kept)
{
    make();
    cr_assert_eq(chmod(dir("ca/ca.key"), 0640), 0);
    cr_expect_eq(yk_authority_certificate(dir("ca"), dir("out"), &server, &err), YK_ERR_REFUSED);
    cr_assert_eq(chmod(dir("ca/ca.key"), 0600), 0);
    cr_assert_eq(yk_authority_make(dir("other"), "Other", &err), YK_OK);
    cr_assert_eq(shell("cp other/ca.crt ca/ca.crt"), 0);
    cr_expect_eq(yk_authority_certificate(dir("ca"), dir("out"), &server, &err), YK_ERR_INPUT);
    cr_expect_eq(yk_authority_certificate(dir("nowhere"), dir("out"), &server, &err), YK_ERR_NO_INPUT);
}

/* One made elsewhere will do, also with another kind of key. */
Test(authority, somebody_elses)
{
    cr_assert_eq(shell("mkdir -m 700 ca && openssl genpkey -algorithm ED25519 -out ca/ca.key && chmod 600 ca/ca.key && "
                       "openssl req -x509 -new -key ca/ca.key -subj /CN=Elsewhere -days 30 -out ca/ca.crt"),
                 0, "%s", said);
    sign(&server);
    cr_expect_eq(shell("openssl verify -purpose sslserver -CAfile ca/ca.crt out/server.crt"), 0, "%s", said);
    /* No longer than its authority: 30 days, not 825. */
    cr_expect_neq(shell("openssl x509 -in out/server.crt -noout -checkend %d", 31 * 86400), 0, "%s", said);
}
