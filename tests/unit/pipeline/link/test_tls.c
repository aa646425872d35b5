/* Who is trusted, and what is said when somebody is not. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/redis.h"

#include "support/scratch.h"
#include "support/secure_redis.h"

#include "peer.h"

#include <criterion/criterion.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct yk_secure_redis server;
static struct yk_error err;
static char folder[160];

static void stop(void)
{
    yk_secure_redis_end(&server);
    scratch_remove();
}
TestSuite(tls, .init = scratch_make, .fini = stop);

static void start(struct yk_secure_redis_options options)
{
    options.dir = scratch;
    enum yk_status status = yk_secure_redis_start(&server, &options, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
}

/* A folder with some of the client's files. */
static const char *with(const char *const *names)
{
    snprintf(folder, sizeof folder, "%s/other", scratch);
    cr_assert_eq(mkdir(folder, 0700), 0);
    for (; *names; names++) {
        char from[256], to[256];
        snprintf(from, sizeof from, "%s/%s", server.credentials, *names);
        snprintf(to, sizeof to, "%s/%s", folder, *names);
        cr_assert_eq(link(from, to), 0);
    }
    return folder;
}

static void fails(const char *url, const char *credentials, enum yk_status expected, const char *says)
{
    struct yk_redis *redis;
    enum yk_status status = yk_redis_connect(&(struct yk_redis_options){url, credentials, "admin"}, &redis, &err);
    cr_assert_neq(status, YK_OK, "a connection that should not be");
    cr_expect_null(redis);
    cr_expect_eq(status, expected, "status %d: %s", status, err.message);
    cr_expect(strstr(err.message, says), "'%s' is not in: %s", says, err.message);
}

static void works(const char *url, const char *credentials, const char *user)
{
    struct yk_redis *redis;
    redisReply *reply;
    const char *argv[] = {"PING"};
    enum yk_status status = yk_redis_connect(&(struct yk_redis_options){url, credentials, user}, &redis, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
    cr_assert_eq(yk_redis_command(redis, 1, argv, NULL, &reply, &err), YK_OK, "%s", err.message);
    cr_expect_str_eq(reply->str, "PONG");
    freeReplyObject(reply);
    yk_redis_free(redis);
}

Test(tls, good)
{
    start((struct yk_secure_redis_options){.local = true});
    works(server.tls_url, server.credentials, "admin");
    works(server.local_tls_url, server.credentials, "admin"); /* by its name */
    works(server.unix_url, server.credentials, "admin");
    works(server.tcp_url, server.credentials, "admin");
}

Test(tls, without_a_client_certificate_where_none_is_asked_for)
{
    start((struct yk_secure_redis_options){.no_client_certificates = true});
    works(server.tls_url, with((const char *[]){"ca.crt", "admin.password", NULL}), "admin");
}

Test(tls, no_ca)
{
    start((struct yk_secure_redis_options){0});
    fails(server.tls_url, with((const char *[]){"admin.password", NULL}), YK_ERR_CONFIG, "other/ca.crt");
    fails(server.tls_url, NULL, YK_ERR_CONFIG, "ca.crt");
    char path[200];
    snprintf(path, sizeof path, "%s/ca.crt", folder);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs("no certificate\n", f) >= 0 && fclose(f) == 0);
    fails(server.tls_url, folder, YK_ERR_CONFIG, "no certificate");
}

Test(tls, wrong_ca)
{
    start((struct yk_secure_redis_options){0});
    with((const char *[]){"client.crt", "client.key", "admin.password", NULL});
    char other[160];
    snprintf(other, sizeof other, "%s/stranger", scratch);
    cr_assert_eq(yk_authority_make(other, "Yukikai test authority", &err), YK_OK); /* the same name, another key */
    char from[200], to[200];
    snprintf(from, sizeof from, "%s/ca.crt", other);
    snprintf(to, sizeof to, "%s/ca.crt", folder);
    cr_assert_eq(link(from, to), 0);
    fails(server.tls_url, folder, YK_ERR_REFUSED, "is not signed by");
}

Test(tls, wrong_host)
{
    start((struct yk_secure_redis_options){.alt_name = "elsewhere.example", .local = true});
    fails(server.tls_url, server.credentials, YK_ERR_REFUSED, "its certificate is not for '127.");
    fails(server.local_tls_url, server.credentials, YK_ERR_REFUSED, "its certificate is not for 'localhost'");
}

/* The certificate's common name is `redis`; a host has to stand in subjectAltName. */
Test(tls, address_of_another_machine)
{
    start((struct yk_secure_redis_options){.alt_name = "10.0.0.5"});
    fails(server.tls_url, server.credentials, YK_ERR_REFUSED, "its certificate is not for '127.");
}

Test(tls, expired)
{
    start((struct yk_secure_redis_options){.certificate_days = -1});
    fails(server.tls_url, server.credentials, YK_ERR_REFUSED, "has expired");
}

/* A client's certificate of the same authority makes no server: an edge cannot pretend to be the district's Redis. */
Test(tls, client_as_a_server)
{
    start((struct yk_secure_redis_options){0});
    yk_secure_redis_end(&server);
    const char *names[] = {server.host};
    char dir[160], from[4][200];
    struct yk_certificate_request request = {"server", "edge-1", names, 1, YK_CERTIFICATE_CLIENT, 0};
    snprintf(dir, sizeof dir, "%s/server", scratch);
    for (int i = 0; i < 2; i++) {
        snprintf(from[i], sizeof from[i], "%s/server.%s", dir, i ? "crt" : "key");
        cr_assert_eq(unlink(from[i]), 0);
    }
    cr_assert_eq(yk_authority_certificate(server.authority, dir, &request, &err), YK_OK);
    start((struct yk_secure_redis_options){0});
    fails(server.tls_url, server.credentials, YK_ERR_REFUSED, "not meant for a server");
}

Test(tls, missing_client_certificate)
{
    start((struct yk_secure_redis_options){0});
    struct yk_redis *redis;
    const char *some = with((const char *[]){"ca.crt", "admin.password", NULL});
    /* Redis closes at once; the reason may be lost with what was under way, and is then guessed. */
    enum yk_status status = yk_redis_connect(&(struct yk_redis_options){server.tls_url, some, "admin"}, &redis, &err);
    cr_assert(status == YK_ERR_REFUSED || status == YK_ERR_UNAVAILABLE, "%d", status);
    cr_expect(strstr(err.message, "client certificate"), "%s", err.message);
}

Test(tls, strangers_client_certificate)
{
    start((struct yk_secure_redis_options){0});
    struct yk_certificate_request request = {"client", "client", NULL, 0, YK_CERTIFICATE_CLIENT, 0};
    struct yk_redis *redis;
    const char *some = with((const char *[]){"ca.crt", "admin.password", NULL});
    char other[160];
    snprintf(other, sizeof other, "%s/stranger", scratch);
    cr_assert_eq(yk_authority_make(other, "Stranger", &err), YK_OK);
    cr_assert_eq(yk_authority_certificate(other, some, &request, &err), YK_OK);
    enum yk_status status = yk_redis_connect(&(struct yk_redis_options){server.tls_url, some, "admin"}, &redis, &err);
    cr_assert(status == YK_ERR_REFUSED || status == YK_ERR_UNAVAILABLE, "%d", status);
    cr_expect(strstr(err.message, "client.crt"), "%s", err.message);
}

Test(tls, key_of_another_certificate)
{
    start((struct yk_secure_redis_options){0});
    char from[200], to[200];
    with((const char *[]){"ca.crt", "client.crt", "admin.password", NULL});
    snprintf(from, sizeof from, "%s/server/server.key", scratch);
    snprintf(to, sizeof to, "%s/client.key", folder);
    cr_assert_eq(link(from, to), 0);
    fails(server.tls_url, folder, YK_ERR_CONFIG, "client.key cannot be used");
}

Test(tls, key_that_others_can_read)
{
    start((struct yk_secure_redis_options){0});
    char path[200];
    snprintf(path, sizeof path, "%s/client.key", server.credentials);
    cr_assert_eq(chmod(path, 0644), 0);
    fails(server.tls_url, server.credentials, YK_ERR_REFUSED, "chmod 600");
}

Test(tls, key_with_a_pass_phrase)
{
    start((struct yk_secure_redis_options){0});
    char command[600];
    with((const char *[]){"ca.crt", "client.crt", "admin.password", NULL});
    snprintf(command, sizeof command,
             "openssl pkey -in %s/client.key -aes256 -passout pass:x -out %s/client.key && "
             "chmod 600 %s/client.key",
             server.credentials, folder, folder);
    cr_assert_eq(system(command), 0);
    fails(server.tls_url, folder, YK_ERR_CONFIG, "without a pass phrase");
}

Test(tls, older_versions)
{
    start((struct yk_secure_redis_options){.protocols = "TLSv1.2"});
    fails(server.tls_url, server.credentials, YK_ERR_REFUSED, "does not speak TLS 1.3");
}

Test(tls, plain_client_on_the_tls_port)
{
    start((struct yk_secure_redis_options){0});
    char url[64];
    struct yk_redis *redis;
    snprintf(url, sizeof url, "tcp://%s:%s", server.host, server.tls_port);
    enum yk_status status =
        yk_redis_connect(&(struct yk_redis_options){url, server.credentials, "admin"}, &redis, &err);
    cr_assert(status == YK_ERR_REFUSED || status == YK_ERR_UNAVAILABLE, "%d", status);
    cr_expect(strstr(err.message, "write tls://"), "%s", err.message);
}

static void greet(struct peer *peer)
{
    peer_say(peer, "-ERR what is this\r\n");
    peer_drain(peer);
}

Test(tls, plain_text_where_tls_is_expected)
{
    struct peer peer;
    start((struct yk_secure_redis_options){0});
    peer_start(&peer, true, greet);
    fails(peer.tls_url, server.credentials, YK_ERR_REFUSED, "answers without TLS");
    peer_end(&peer);
}

/* A real Redis takes the first TLS bytes for half a command and waits, or answers with an error. */
Test(tls, tls_asked_of_a_plain_port)
{
    start((struct yk_secure_redis_options){0});
    char url[64];
    struct yk_redis *redis;
    snprintf(url, sizeof url, "tls://%s:%s", server.host, server.tcp_port);
    enum yk_status status =
        yk_redis_connect(&(struct yk_redis_options){url, server.credentials, "admin"}, &redis, &err);
    cr_assert(status == YK_ERR_REFUSED || status == YK_ERR_UNAVAILABLE, "%d", status);
    cr_expect(strstr(err.message, "without TLS"), "%s", err.message);
}

static void cut(struct peer *peer)
{
    shutdown(peer->fd, SHUT_WR);
    peer_drain(peer);
}

Test(tls, closed_during_the_handshake)
{
    struct peer peer;
    start((struct yk_secure_redis_options){0});
    peer_start(&peer, true, cut);
    fails(peer.tls_url, server.credentials, YK_ERR_UNAVAILABLE, "no TLS handshake");
    peer_end(&peer);
}
