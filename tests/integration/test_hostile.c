/* Those who are not the district's friends: a thief, a liar, an edge gone bad. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same frames of an honest edge go through two districts: one without anybody else, and one over TLS where others do
 * what they can meanwhile. The tables have to be the same, and what was refused is counted by reason, each as often as it
 * was tried. */
#include "frame/keys.h"
#include "frame/tag.h"
#include "support/frames.h"
#include "support/rig.h"
#include "support/secure_redis.h"

#include <criterion/criterion.h>
#include <sodium.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LARGEST "18446744073709551615-18446744073709551615"

static struct yk_rig rig;
static struct yk_secure_redis server;
static struct yk_error err;
static const char *log_path, *spool;
static struct yk_test_frames frames;
static uint8_t sealed[2 * YK_FRAME_SIZE_MAX];

static void certificate(const char *keys, const char *name)
{
    const char *authority = yk_rig_path(&rig, "authority");
    cr_assert_eq(yk_rig_run(&rig, log_path, "keys", "certificate", "--keys", authority, "--client", "--name", name,
                            "--out", keys, NULL),
                 0);
    yk_rig_copy(yk_rig_text(&rig, "%s/ca.crt", authority), yk_rig_text(&rig, "%s/ca.crt", keys));
}

/* A second device, with its own pair and certificate; its folder. */
static const char *device(const char *edge)
{
    const char *keys = yk_rig_path(&rig, edge);
    cr_assert_eq(yk_rig_run(&rig, log_path, "keys", "make", "--keys", keys, "--name", "edge", NULL), 0);
    certificate(keys, edge);
    cr_assert_eq(yk_rig_run(&rig, log_path, "keys", "enroll", rig.district, "--keys", rig.keys, "--edge", edge,
                            "--public", yk_rig_text(&rig, "%s/edge.pub", keys), "--sensors", "radio-2", NULL),
                 0);
    return keys;
}

static void collect(const char *family, const char *name, const char *extension)
{
    const char *rec = yk_rig_path(&rig, "rec");
    cr_assert_eq(yk_rig_run(&rig, log_path, "collect", rig.district, "--keys", rig.keys, "--spool", spool, "--bulk",
                            "--family", family, "--input",
                            yk_rig_text(&rig, "%s-1=%s/%s-1.%s", name, rec, name, extension), "--input",
                            yk_rig_text(&rig, "%s-2=%s/%s-2.%s", name, rec, name, extension), NULL),
                 0);
}

static void start_worker(struct yk_child *child, const char *dir, const char *url)
{
    yk_rig_start(&rig, child, yk_rig_text(&rig, "%s/log", dir), "analyze", rig.district, "--keys", rig.keys, "--state",
                 yk_rig_text(&rig, "%s/state", dir), "--publish", yk_rig_text(&rig, "%s/publish.db", dir), "--redis",
                 url, "--history", NULL);
}

static const char *table(struct yk_child *worker, const char *dir)
{
    const char *log = yk_rig_text(&rig, "%s/log", dir), *publish = yk_rig_text(&rig, "%s/publish.db", dir);
    yk_rig_kill(worker, SIGTERM);
    cr_assert_eq(worker->exit_status, 0, "see %s", log);
    cr_assert_eq(yk_rig_run(&rig, log, "analyze", rig.district, "--keys", rig.keys, "--state",
                            yk_rig_text(&rig, "%s/state", dir), "--publish", publish, "--finish", "all", NULL),
                 0);
    cr_assert_eq(yk_rig_run(&rig, log, "export", "--store", publish, "--config", rig.district, "--out",
                            yk_rig_text(&rig, "%s/tables", dir), NULL),
                 0);
    return yk_rig_text(&rig, "%s/tables/kpis.csv", dir);
}

static const char *folder(const char *name)
{
    const char *dir = yk_rig_path(&rig, name);
    cr_assert_eq(mkdir(dir, 0700), 0);
    return dir;
}

struct emptied {
    struct yk_redis *redis;
    const char *edge;
};

static bool is_emptied(void *context)
{
    struct emptied *e = context;
    return yk_test_redis_length(e->redis, e->edge) == 0;
}

/* Nobody but the honest edge. */
static const char *undisturbed(void)
{
    static struct yk_private_redis redis;
    struct yk_child worker;
    const char *dir = folder("undisturbed");
    yk_rig_redis(&redis, dir);
    struct emptied emptied = {yk_test_redis_connect(redis.url), "local"};
    for (size_t i = 0; i < frames.count; i++)
        yk_test_redis_add(emptied.redis, "local", frames.list[i].bytes, frames.list[i].size);
    start_worker(&worker, dir, redis.url);
    cr_assert(yk_rig_until(is_emptied, &emptied, 60), "see %s/log", dir);
    yk_redis_free(emptied.redis);
    const char *csv = table(&worker, dir);
    yk_rig_kill(&redis.child, SIGTERM);
    return csv;
}

/* With the file that `yukikai keys acl` makes, and a user of the test's own. */
static void start_redis(const char *dir)
{
    static const char password[] = "a password of the tests"; /* as in support/secure_redis.c */
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    const char *acl = yk_rig_text(&rig, "%s/users", dir);
    cr_assert_eq(yk_rig_run(&rig, acl, "keys", "acl", rig.district, "--keys", rig.keys, NULL), 0);
    crypto_hash_sha256(hash, (const unsigned char *)password, strlen(password));
    FILE *f = fopen(acl, "a");
    cr_assert(f);
    fprintf(f, "user admin on #%s ~* &* +@all\n", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
    fclose(f);
    cr_assert_eq(symlink(yk_rig_path(&rig, "authority"), yk_rig_text(&rig, "%s/authority", dir)), 0);
    struct yk_secure_redis_options options = {.dir = dir, .more = {"--aclfile", acl, NULL}};
    enum yk_status status = yk_secure_redis_start(&server, &options, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
}

/* What a client hears that sends this to the TLS port without TLS. */
static void speaks_plainly(const char *bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(server.tls_port))};
    char answer[256] = "";
    inet_pton(AF_INET, server.host, &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_gt(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), 0);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    cr_assert_eq(poll(&wait, 1, 10000), 1, "the server neither answers nor hangs up");
    ssize_t n = recv(fd, answer, sizeof answer - 1, 0);
    cr_expect(n <= 0 || (answer[0] != '+' && answer[0] != '-' && answer[0] != '*' && answer[0] != '$'),
              "a client without TLS was spoken to: %s", answer);
    close(fd);
}

static void comes_in(const char *credentials, const char *user, bool may)
{
    struct yk_redis *redis = NULL;
    redisReply *reply = NULL;
    const char *argv[] = {"GET", "yukikai:{riverside:0}:covered:bad"};
    enum yk_status status =
        yk_redis_connect(&(struct yk_redis_options){server.tls_url, credentials, user}, &redis, &err);
    if (status == YK_OK)
        status = yk_redis_command(redis, 2, argv, NULL, &reply, &err);
    cr_expect_eq(status == YK_OK, may, "%s with the secrets in %s: %s", user, credentials, status ? err.message : "ok");
    freeReplyObject(reply);
    yk_redis_free(redis);
}

/* One command of up to eight words; YK_ERR_REFUSED is NOPERM. */
static enum yk_status says(struct yk_redis *redis, const char *line)
{
    char text[256];
    const char *argv[8];
    int argc = 0;
    redisReply *reply = NULL;
    snprintf(text, sizeof text, "%s", line);
    for (char *rest = text, *word; argc < 8 && (word = strsep(&rest, " "));)
        argv[argc++] = word;
    enum yk_status status = yk_redis_command(redis, argc, argv, NULL, &reply, &err);
    freeReplyObject(reply);
    return status;
}

static void abuses_its_user(struct yk_redis *bad)
{
#define K(name) "yukikai:{riverside:0}:" name
    static const char *const forbidden[] = {
        "XADD " K("frames:local") " * f x",
        "XADD " K("frames:local") " MAXLEN 0 * f x",
        "XADD " K("frames:local") " " LARGEST " f x",
        "XTRIM " K("frames:local") " MAXLEN 0",
        "XTRIM " K("frames:bad") " MAXLEN 0",
        "DEL " K("frames:local"),
        "DEL " K("covered:local"),
        "SET " K("covered:local") " x",
        "SET " K("covered:bad") " x",
        "GET " K("covered:local"),
        "GET " K("key:local"),
        "XREAD STREAMS " K("frames:local") " 0",
        "XADD " K("quarantine") " * f x",
        "RENAME " K("frames:bad") " " K("frames:local"),
        "EXPIRE " K("frames:local") " 1",
        "COPY " K("frames:bad") " " K("frames:local"),
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "CONFIG SET maxmemory 1",
        "SHUTDOWN NOSAVE",
        "REPLICAOF 127.0.0.1 1",
        "ACL SETUSER edge-bad allkeys allcommands",
        "CLIENT KILL TYPE normal",
        "EVAL return 0",
        "SWAPDB 0 1",
        "MONITOR",
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        cr_expect_eq(says(bad, forbidden[i]), YK_ERR_REFUSED, "'%s' was not refused", forbidden[i]);
    static const char *const allowed[] = {"XADD " K("frames:bad") " * f x", "XADD " K("frames:bad") " MAXLEN 0 * f x",
                                          "GET " K("covered:bad"), "GET " K("key:bad")};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        cr_expect_eq(says(bad, allowed[i]), YK_OK, "'%s': %s", allowed[i], err.message);
}

static void put(struct yk_redis *redis, const char *edge, const struct yk_frame_header *header,
                const struct yk_frame *body, const uint8_t *key, size_t less)
{
    size_t size = yk_frame_seal(header, body->body, body->body_size, key, NULL, sealed);
    cr_assert_gt(size, less);
    yk_test_redis_add(redis, edge, sealed, size - less);
}

static const struct yk_frame *first_of(const char *sensor, enum yk_group group)
{
    for (size_t i = 0; i < frames.count; i++)
        if (frames.list[i].header.group == group && strcmp(frames.list[i].header.sensor, sensor) == 0)
            return &frames.list[i];
    cr_assert(false, "no frame of %s", sensor);
    return NULL;
}

static struct yk_frame_header as(const struct yk_frame *frame, const char *edge)
{
    struct yk_frame_header h = frame->header;
    memset(h.edge, 0, sizeof h.edge);
    memcpy(h.edge, edge, strlen(edge) + 1);
    h.flags &= (uint8_t)~YK_FRAME_ZSTD; /* the test's frames are unpacked */
    return h;
}

/* All through the stream that is its own. */
static void lies(struct yk_redis *bad, const uint8_t *its_key, const uint8_t *nobodys_key)
{
    const struct yk_frame *plain = first_of("radio-2", YK_GROUP_PLAIN), *camera = first_of("cam-1", YK_GROUP_PLAIN);
    struct yk_frame_header h = as(plain, "bad"), other = as(camera, "bad"), future = h, foreign = h;
    put(bad, "bad", &h, plain, nobodys_key, 0); /* 2 signed by somebody else: no key of the district, a changed body */
    size_t size = yk_frame_seal(&h, plain->body, plain->body_size, its_key, NULL, sealed);
    sealed[YK_FRAME_HEADER_SIZE] ^= 1;
    yk_test_redis_add(bad, "bad", sealed, size);
    uint8_t tag_key[YK_TAG_KEY_SIZE], district_public[YK_FRAME_PUBLIC_SIZE]; /* 2 more, with tags: a stranger's, and */
    cr_assert_eq(yk_keys_load_public(rig.keys, "district", district_public, NULL), YK_OK); /* a changed body under */
    cr_assert(yk_tag_key_of_edge(nobodys_key, district_public, tag_key));                  /* its own */
    size = yk_frame_seal(&h, plain->body, plain->body_size, nobodys_key, tag_key, sealed);
    yk_test_redis_add(bad, "bad", sealed, size);
    cr_assert(yk_tag_key_of_edge(its_key, district_public, tag_key));
    size = yk_frame_seal(&h, plain->body, plain->body_size, its_key, tag_key, sealed);
    sealed[YK_FRAME_HEADER_SIZE] ^= 1;
    yk_test_redis_add(bad, "bad", sealed, size);
    put(bad, "bad", &h, plain, its_key,
        1); /* 4 not whole: cut in the signature, cut in the header, too long, nothing */
    put(bad, "bad", &h, plain, its_key, plain->body_size + 200);
    memset(sealed, 0x5a, sizeof sealed);
    yk_test_redis_add(bad, "bad", sealed, sizeof sealed);
    freeReplyObject(yk_test_redis_do(bad, "XADD", K("frames:bad"), "*", "f", "", "g", "", NULL));
    put(bad, "bad", &other, camera, its_key, 0); /* 2 of a sensor that is not its own, one to say that nothing came */
    other.flags |= YK_FRAME_TOMBSTONE;
    other.records = 0;
    struct yk_frame nothing = {.body = (const uint8_t *)"\x7f", .body_size = 1};
    put(bad, "bad", &other, &nothing, its_key, 0);
    yk_test_redis_add(bad, "bad", plain->bytes, plain->size); /* 3 of another: replayed twice, of another district */
    yk_test_redis_add(bad, "bad", plain->bytes, plain->size);
    memcpy(foreign.district, "lakeside", 9);
    put(bad, "bad", &foreign, plain, its_key, 0);
    int64_t ahead_s = (int64_t)time(NULL) + INT64_C(700) * 86400 - future.base_s; /* 1 in the future */
    future.base_s += ahead_s;
    future.last_s += ahead_s;
    put(bad, "bad", &future, plain, its_key, 0);
    size = yk_frame_seal(&h, plain->body, plain->body_size, its_key, NULL, sealed);
    sealed[4] = YK_FRAME_VERSION + 1; /* 1 of a newer version */
    yk_test_redis_add(bad, "bad", sealed, size);
}

Test(hostile, peers_change_nothing, .timeout = 200)
{
    struct yk_child worker, uplink;
    yk_rig_open(&rig);
    log_path = yk_rig_path(&rig, "log");
    spool = yk_rig_path(&rig, "spool");
    cr_assert_eq(yk_rig_run(&rig, log_path, "simulate", rig.district, "--out", yk_rig_path(&rig, "rec"), "--scene",
                            "short-stays", "--duration", "1h", "--from", "2026-10-01T10:00", NULL),
                 0);
    cr_assert_eq(yk_rig_run(&rig, log_path, "keys", "authority", "--keys", yk_rig_path(&rig, "authority"), NULL), 0);
    certificate(rig.keys, "client");
    const char *bad_keys = device("bad"), *gone_keys = device("gone"), *stranger = folder("stranger");
    cr_assert_eq(yk_rig_run(&rig, log_path, "keys", "revoke", "--keys", rig.keys, "--edge", "gone", "--from",
                            "2026-09-30T00:00:00Z", NULL),
                 0);
    collect("radio", "radio", "pcap");
    collect("camera", "cam", "jsonl");
    yk_test_frames_read(&frames, spool);
    const char *expected = undisturbed();

    const char *dir = folder("disturbed");
    start_redis(dir);
    speaks_plainly("PING\r\n");
    speaks_plainly("*1\r\n$8\r\nFLUSHALL\r\n");
    yk_rig_copy(yk_rig_text(&rig, "%s/ca.crt", bad_keys), yk_rig_text(&rig, "%s/ca.crt", stranger));
    yk_rig_copy(yk_rig_text(&rig, "%s/redis.password", bad_keys), yk_rig_text(&rig, "%s/redis.password", stranger));
    comes_in(stranger, "edge-bad", false);   /* a password, and no certificate */
    comes_in(gone_keys, "edge-gone", false); /* revoked */
    comes_in(bad_keys, "edge-local", false); /* another's name */
    comes_in(bad_keys, "analyze", false);
    comes_in(bad_keys, "edge-bad", true);

    uint8_t *bad_key, *gone_key, nobodys_key[YK_FRAME_KEY_SIZE], public[YK_FRAME_PUBLIC_SIZE];
    cr_assert_eq(yk_keys_load_secret(bad_keys, "edge", &bad_key, NULL), YK_OK);
    cr_assert_eq(yk_keys_load_secret(gone_keys, "edge", &gone_key, NULL), YK_OK);
    crypto_sign_keypair(public, nobodys_key);
    struct yk_redis *bad = yk_test_redis_connect_as(&(struct yk_redis_options){server.tls_url, bad_keys, "edge-bad"});
    struct yk_redis *admin =
        yk_test_redis_connect_as(&(struct yk_redis_options){server.unix_url, server.credentials, "admin"});
    abuses_its_user(bad); /* leaves its stream empty */
    lies(bad, bad_key, nobodys_key);
    struct yk_frame_header revoked = as(first_of("radio-2", YK_GROUP_PLAIN), "gone");
    put(admin, "gone", &revoked, first_of("radio-2", YK_GROUP_PLAIN), gone_key, 0);
    for (size_t i = 0; i < frames.count; i += 5) /* what was heard on the way is played again */
        yk_test_redis_add(admin, "local", frames.list[i].bytes, frames.list[i].size);

    start_worker(&worker, dir, server.tls_url);
    yk_rig_start(&rig, &uplink, yk_rig_text(&rig, "%s/uplink.log", dir), "uplink", rig.district, "--keys", rig.keys,
                 "--spool", spool, "--redis", server.tls_url, "--drain", "--quiet", NULL);
    cr_assert_eq(yk_rig_wait(&uplink), 0, "see %s/uplink.log", dir);
    struct emptied emptied = {admin, "bad"};
    cr_assert(yk_rig_until(is_emptied, &emptied, 60), "see %s/log", dir);
    cr_expect_eq(says(bad, "XADD " K("frames:bad") " " LARGEST " f x"), YK_OK); /* its own stream ends here */
    cr_expect_neq(says(bad, "XADD " K("frames:bad") " * f x"), YK_OK);
    for (size_t i = 0; i < frames.count; i += 5) /* the honest one is heard after that */
        yk_test_redis_add(admin, "local", frames.list[i].bytes, frames.list[i].size);
    emptied.edge = "local";
    cr_assert(yk_rig_until(is_emptied, &emptied, 60), "see %s/log", dir);
    yk_redis_free(bad);
    yk_redis_free(admin);
    const char *csv = table(&worker, dir);
    yk_secure_redis_end(&server);

    const char *counted[] = {
        yk_rig_text(&rig, "%zu frames taken,", frames.count),
        yk_rig_text(&rig, "%zu frames taken before", 2 * ((frames.count + 4) / 5)),
        "4 frames signed by somebody else",
        "5 frames not a whole frame", /* and the one with the largest number */
        "3 frames in another edge's stream",
        "2 frames for a sensor that the edge is not enrolled for",
        "1 frames a time in the future",
        "1 frames a frame of a newer version",
        "1 frames of an edge that was revoked",
        /* The honest edge's all had a tag. Left are those 4, the 2 for a sensor and the one in the future. */
        "; 7 signatures were checked for want of a good tag",
    };
    char *log = yk_rig_read(yk_rig_text(&rig, "%s/log", dir), NULL);
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        cr_expect(strstr(log, counted[i]), "the closing line does not say '%s':\n%s", counted[i], log);
    free(log);
    yk_rig_same_bytes(expected, csv);
    sodium_free(bad_key);
    sodium_free(gone_key);
    yk_test_frames_free(&frames);
    yk_rig_close(&rig);
}
