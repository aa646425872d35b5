/* Redis' rules as Redis takes them: every command of a real server, tried by every user on every kind of key.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What each may do is a table of this test, typed from what the parties need; all else has to be answered with NOPERM. A
 * user `test` with all rights is added to the file to look at the outcome. */
#include "link/acl.h"

#include "link/credentials.h"
#include "supervise/child.h"
#include "support/scratch.h"

#include <criterion/criterion.h>
#include <hiredis/hiredis.h>
#include <sodium.h>

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define T         INT64_C(1790000000)
#define ARGS_MAX  32
#define K(name)   "yukikai:{riverside:0}:" name
#define LARGEST   "18446744073709551615-18446744073709551615"
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define NO_ANSWER "(no answer)"

static struct yk_error err;
static struct yk_child server;
static char socket_path[128], acl_path[128];

static void hash(const char *password, uint8_t out[32])
{
    crypto_hash_sha256(out, (const unsigned char *)password, strlen(password));
}

static void enroll(struct yk_enrolment *list, const char *edge, const char *password)
{
    uint8_t sha256[32], key[32];
    memset(key, (int)list->count + 1, sizeof key);
    if (password)
        hash(password, sha256);
    struct yk_enrolment_request request = {
        .edge = edge, .public_key = key, .redis_sha256 = password ? sha256 : NULL, .from_s = INT64_MIN};
    cr_assert_eq(yk_enrolment_enroll(list, &request, &err), YK_OK);
}

/* edge-1 and edge-2 are active; one is revoked, one will be, one has no password. */
static void write_acl(FILE *file)
{
    struct yk_enrolment *list = calloc(1, sizeof *list);
    cr_assert_not_null(list);
    uint8_t analyze[32], keys[32];
    hash("analyze secret", analyze);
    hash("keys secret", keys);
    enroll(list, "edge-1", "secret 1");
    enroll(list, "edge-2", "secret 2");
    enroll(list, "was-revoked", "secret 3");
    enroll(list, "will-be", "secret 4");
    enroll(list, "no-password", NULL);
    cr_assert_eq(yk_enrolment_revoke(list, "was-revoked", T, &err), YK_OK);
    cr_assert_eq(yk_enrolment_revoke(list, "will-be", T + 1, &err), YK_OK);
    cr_expect_eq(yk_acl_entry_of(&list->edges[2], T), YK_ACL_REVOKED);
    cr_expect_eq(yk_acl_entry_of(&list->edges[2], T - 1), YK_ACL_LISTED);
    cr_expect_eq(yk_acl_entry_of(&list->edges[4], T), YK_ACL_NO_PASSWORD);
    struct yk_acl acl = {
        .district = "riverside", .enrolment = list, .now_s = T, .analyze_sha256 = analyze, .keys_sha256 = keys};
    cr_assert_eq(yk_acl_write(&acl, file, &err), YK_OK);
    yk_enrolment_free(list);
}

static redisContext *connect_plain(void)
{
    struct timespec pause = {.tv_nsec = 10000000};
    for (int waited_ms = 0;; waited_ms += 10) {
        redisContext *redis = redisConnectUnixWithTimeout(socket_path, (struct timeval){5, 0});
        cr_assert_not_null(redis);
        if (!redis->err) {
            redisSetTimeout(redis, (struct timeval){10, 0});
            return redis;
        }
        redisFree(redis);
        cr_assert(yk_child_running(&server) && waited_ms < 20000, "redis-server did not start");
        nanosleep(&pause, NULL);
    }
}

/* Sends it, and keeps the text of the reply: an error with its "NOPERM ...", "OK", an id, "" for anything else. */
static const char *say(redisContext *redis, int argc, const char **argv, bool *refused)
{
    static char text[256];
    redisReply *reply = redisCommandArgv(redis, argc, argv, NULL);
    *refused = !reply || reply->type == REDIS_REPLY_ERROR;
    snprintf(text, sizeof text, "%s", !reply ? NO_ANSWER : reply->str ? reply->str : "");
    if (reply)
        freeReplyObject(reply);
    return text;
}

#define SAY(redis, refused, ...) \
    say(redis, (int)COUNT(((const char *[]){__VA_ARGS__})), (const char *[]){__VA_ARGS__}, refused)

static redisContext *connect_as(const char *user, const char *password)
{
    redisContext *redis = connect_plain();
    bool refused;
    const char *text = SAY(redis, &refused, "AUTH", user, password);
    cr_assert_not(refused, "%s: %s", user, text);
    return redis;
}

static void start(void)
{
    cr_assert_geq(sodium_init(), 0);
    scratch_make();
    snprintf(acl_path, sizeof acl_path, "%s/users.acl", scratch);
    snprintf(socket_path, sizeof socket_path, "%s/redis.sock", scratch);
    static char log_path[128];
    snprintf(log_path, sizeof log_path, "%s/redis.log", scratch);
    FILE *file = fopen(acl_path, "w");
    cr_assert_not_null(file);
    write_acl(file);
    fprintf(file, "user test on >test ~* &* +@all\n");
    fclose(file);
    yk_child_init(&server, "redis-server", "redis-server");
    server.log_path = log_path;
    /* What the server forbids by itself would hide what the rules forbid. */
    yk_child_args(&server, "--port", "0", "--unixsocket", socket_path, "--save", "", "--appendonly", "no", "--dir",
                  scratch, "--aclfile", acl_path, "--enable-debug-command", "yes", "--enable-module-command", "yes",
                  NULL);
    cr_assert_eq(yk_child_start(&server, &err), YK_OK);
    redisContext *test = connect_as("test", "test");
    static const char *const streams[] = {K("frames:edge-1"),  K("frames:edge-2"),  K("frames:edge-11"),
                                          K("sealing:edge-1"), K("sealing:edge-2"), K("quarantine")};
    static const char *const strings[] = {K("covered:edge-1"), K("covered:edge-2"), K("key:edge-1"), K("key:edge-2"),
                                          "foreign"};
    bool refused;
    for (size_t i = 0; i < COUNT(streams); i++)
        for (int n = 0; n < 3; n++)
            cr_assert(SAY(test, &refused, "XADD", streams[i], "*", "f", "v") && !refused);
    for (size_t i = 0; i < COUNT(strings); i++)
        cr_assert(SAY(test, &refused, "SET", strings[i], "v") && !refused);
    redisFree(test);
}

static void stop(void)
{
    yk_child_end(&server, 5000);
    scratch_remove();
}
TestSuite(acl, .init = start, .fini = stop, .timeout = 100);

/* --- The whole matrix --------------------------------------------------------------------------------------------- */

struct grant {
    const char *user, *command, *key;
};
static const struct grant grants[] = {
    {"edge-edge-1", "xadd", K("frames:edge-1")},
    {"edge-edge-1", "xadd", K("sealing:edge-1")},
    {"edge-edge-1", "get", K("covered:edge-1")},
    {"edge-edge-1", "get", K("key:edge-1")},
    {"edge-edge-2", "xadd", K("frames:edge-2")},
    {"edge-edge-2", "xadd", K("sealing:edge-2")},
    {"edge-edge-2", "get", K("covered:edge-2")},
    {"edge-edge-2", "get", K("key:edge-2")},
    {"analyze", "xread", K("frames:edge-1")},
    {"analyze", "xread", K("frames:edge-2")},
    {"analyze", "xinfo|stream", K("frames:edge-1")},
    {"analyze", "xinfo|stream", K("frames:edge-2")},
    {"analyze", "xtrim", K("frames:edge-1")},
    {"analyze", "xtrim", K("frames:edge-2")},
    {"analyze", "set", K("covered:edge-1")},
    {"analyze", "set", K("covered:edge-2")},
    {"analyze", "xadd", K("quarantine")},
    {"keys", "xread", K("sealing:edge-1")},
    {"keys", "xread", K("sealing:edge-2")},
    {"keys", "xrange", K("sealing:edge-1")},
    {"keys", "xrange", K("sealing:edge-2")},
    {"keys", "xrevrange", K("sealing:edge-1")},
    {"keys", "xrevrange", K("sealing:edge-2")},
    {"keys", "set", K("key:edge-1")},
    {"keys", "set", K("key:edge-2")},
    {"analyze", "xread", K("frames:edge-11")},
    {"analyze", "xinfo|stream", K("frames:edge-11")},
    {"analyze", "xtrim", K("frames:edge-11")},
};
static const char *const tried[] = {
    K("frames:edge-1"),
    K("frames:edge-2"),
    K("sealing:edge-1"),
    K("sealing:edge-2"),
    K("covered:edge-1"),
    K("covered:edge-2"),
    K("key:edge-1"),
    K("key:edge-2"),
    K("quarantine"),
    K("frames:edge-11"),
    K("frames"),
    "yukikai:{riverside:1}:frames:edge-1",
    "yukikai:{other:0}:covered:edge-1",
    "foreign",
};
/* Redis lets these through whatever its rules say. */
static const char *const always[] = {"auth", "hello", "quit", "reset"};

struct command {
    char name[64]; /* "xinfo|stream" */
    long long arity;
};

static size_t command_names(struct command *out, size_t most)
{
    redisContext *test = connect_as("test", "test");
    redisReply *reply = redisCommand(test, "COMMAND");
    size_t count = 0;
    cr_assert(reply && reply->type == REDIS_REPLY_ARRAY);
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *command = reply->element[i], *subs = command->element[9];
        for (size_t s = 0; s < (subs->elements ? subs->elements : 1); s++) {
            const redisReply *one = subs->elements ? subs->element[s] : command;
            cr_assert_lt(count, most);
            snprintf(out[count].name, sizeof out[count].name, "%s", one->element[0]->str);
            out[count++].arity = one->element[1]->integer;
        }
    }
    freeReplyObject(reply);
    redisFree(test);
    return count;
}

/* A whole command about that key. */
static int words(const struct command *command, const char *key, char *name, const char **argv)
{
    static const struct {
        const char *name, *rest[4]; /* "" stands for the key */
    } forms[] = {
        {"xread", {"STREAMS", "", "0"}}, {"xadd", {"", "*", "f", "v"}}, {"xtrim", {"", "MAXLEN", "1000"}},
        {"xrange", {"", "-", "+"}},      {"xrevrange", {"", "+", "-"}}, {"xreadgroup", {"GROUP", "g", "c", "STREAMS"}},
    };
    int argc = 0;
    strcpy(name, command->name);
    argv[argc++] = name;
    char *sub = strchr(name, '|');
    if (sub) {
        *sub = '\0';
        argv[argc++] = sub + 1;
    }
    for (size_t f = 0; f < COUNT(forms); f++)
        for (size_t w = 0; strcmp(forms[f].name, command->name) == 0 && w < 4 && forms[f].rest[w]; w++)
            argv[argc++] = *forms[f].rest[w] ? forms[f].rest[w] : key;
    long long needed = command->arity < 0 ? -command->arity : command->arity;
    cr_assert_leq(needed, ARGS_MAX);
    while (argc < needed)
        argv[argc++] = key;
    return argc;
}

/* EXEC tells of the refusal in its own way. */
static bool is_refusal(const char *text)
{
    static const char exec[] = "EXECABORT Transaction discarded because of: NOPERM ";
    return strncmp(text, "NOPERM ", 7) == 0 || strncmp(text, exec, sizeof exec - 1) == 0;
}

static bool granted(const char *user, const char *command, const char *key)
{
    for (size_t i = 0; i < COUNT(grants); i++)
        if (strcmp(grants[i].user, user) == 0 && strcmp(grants[i].command, command) == 0 &&
            strcmp(grants[i].key, key) == 0)
            return true;
    return false;
}

static bool is_always(const char *command)
{
    for (size_t i = 0; i < COUNT(always); i++)
        if (strcmp(always[i], command) == 0)
            return true;
    return false;
}

Test(acl, every_command_of_every_user_on_every_key)
{
    static const struct {
        const char *user, *password;
    } users[] = {{"edge-edge-1", "secret 1"},
                 {"edge-edge-2", "secret 2"},
                 {"analyze", "analyze secret"},
                 {"keys", "keys secret"}};
    static struct command commands[600];
    size_t count = command_names(commands, COUNT(commands)), tries = 0, grants_met = 0, always_met = 0;
    for (size_t c = 0; c < count; c++)
        always_met += is_always(commands[c].name);
    cr_expect_eq(always_met, COUNT(always));
    for (size_t u = 0; u < COUNT(users); u++) {
        redisContext *redis = connect_as(users[u].user, users[u].password);
        for (size_t k = 0; k < COUNT(tried); k++)
            for (size_t c = 0; c < count; c++) {
                char name[64];
                const char *argv[ARGS_MAX + 8];
                bool refused;
                if (is_always(commands[c].name))
                    continue;
                int argc = words(&commands[c], tried[k], name, argv);
                const char *text = say(redis, argc, argv, &refused);
                tries++;
                cr_assert_str_neq(text, NO_ANSWER, "%s: %s ended the connection", users[u].user, commands[c].name);
                if (granted(users[u].user, commands[c].name, tried[k])) {
                    grants_met++;
                    cr_expect_not(refused, "%s cannot %s %s: %s", users[u].user, commands[c].name, tried[k], text);
                } else
                    cr_expect(refused && is_refusal(text), "%s can %s %s: '%s'", users[u].user, commands[c].name,
                              tried[k], text);
            }
        redisFree(redis);
    }
    cr_expect_eq(grants_met, COUNT(grants));
    cr_expect_gt(tries, 4 * 14 * 300);
}

Test(acl, options_that_reach_further)
{
    bool refused;
    redisContext *edge = connect_as("edge-edge-1", "secret 1"), *analyze = connect_as("analyze", "analyze secret");
    redisContext *keys = connect_as("keys", "keys secret");
    /* reading by writing; two streams in one command, of which one is another's */
    cr_expect(strncmp(SAY(analyze, &refused, "SET", K("covered:edge-1"), "v", "GET"), "NOPERM", 6) == 0);
    cr_expect(strncmp(SAY(analyze, &refused, "XREAD", "STREAMS", K("frames:edge-1"), K("sealing:edge-1"), "0", "0"),
                      "NOPERM", 6) == 0);
    cr_expect_str_eq((SAY(analyze, &refused, "XREAD", "COUNT", "1", "BLOCK", "1", "STREAMS", K("frames:edge-1"),
                          K("frames:edge-2"), "0", "0")),
                     "");
    cr_expect_not(refused);
    cr_expect(strncmp(SAY(edge, &refused, "XADD", K("covered:edge-1"), "*", "f", "v"), "NOPERM", 6) == 0);
    /* the very words of the programs */
    SAY(edge, &refused, "XADD", K("sealing:edge-1"), "MAXLEN", "~", "100", "*", "f", "v");
    cr_expect_not(refused);
    SAY(analyze, &refused, "XADD", K("quarantine"), "MAXLEN", "~", "100", "*", "f", "v");
    cr_expect_not(refused);
    SAY(analyze, &refused, "XTRIM", K("frames:edge-1"), "MINID", "1-1");
    cr_expect_not(refused);
    SAY(keys, &refused, "SET", K("key:edge-1"), "v", "NX");
    cr_expect_not(refused);
    SAY(keys, &refused, "XREVRANGE", K("sealing:edge-1"), "+", "-", "COUNT", "1");
    cr_expect_not(refused);
    cr_expect(strncmp(SAY(edge, &refused, "PUBLISH", "channel", "v"), "NOPERM", 6) == 0);
    redisFree(edge);
    redisFree(analyze);
    redisFree(keys);
}

/* --- Harm --------------------------------------------------------------------------------------------------------- */

/* What all keys but one hold, as Redis itself serialises it. */
static void others(redisContext *test, const char *but, char *out, size_t size)
{
    redisReply *keys = redisCommand(test, "KEYS *");
    crypto_generichash_state state;
    uint8_t sum[32] = {0}, one[32];
    cr_assert(keys && keys->type == REDIS_REPLY_ARRAY);
    for (size_t i = 0; i < keys->elements; i++) {
        if (strcmp(keys->element[i]->str, but) == 0)
            continue;
        redisReply *dump = redisCommand(test, "DUMP %s", keys->element[i]->str);
        cr_assert(dump && dump->type == REDIS_REPLY_STRING);
        crypto_generichash_init(&state, NULL, 0, sizeof one);
        crypto_generichash_update(&state, (const uint8_t *)keys->element[i]->str, keys->element[i]->len);
        crypto_generichash_update(&state, (const uint8_t *)dump->str, dump->len);
        crypto_generichash_final(&state, one, sizeof one);
        for (size_t b = 0; b < sizeof sum; b++)
            sum[b] ^= one[b];
        freeReplyObject(dump);
    }
    snprintf(out, size, "%zu ", keys->elements);
    sodium_bin2hex(out + strlen(out), size - strlen(out), sum, sizeof sum);
    freeReplyObject(keys);
}

static long long length_of(redisContext *test, const char *stream)
{
    redisReply *reply = redisCommand(test, "XLEN %s", stream);
    cr_assert(reply && reply->type == REDIS_REPLY_INTEGER);
    long long length = reply->integer;
    freeReplyObject(reply);
    return length;
}

Test(acl, an_edge_gone_bad_hurts_its_own_stream_only)
{
    bool refused;
    char before[128], after[128];
    redisContext *test = connect_as("test", "test"), *bad = connect_as("edge-edge-1", "secret 1");
    redisContext *good = connect_as("edge-edge-2", "secret 2");
    others(test, K("frames:edge-1"), before, sizeof before);
    cr_expect_eq(length_of(test, K("frames:edge-1")), 3);
    SAY(bad, &refused, "XADD", K("frames:edge-1"), "MAXLEN", "0", "*", "f", "v");
    cr_expect_not(refused);
    cr_expect_eq(length_of(test, K("frames:edge-1")), 0);
    cr_expect_str_eq((SAY(bad, &refused, "XADD", K("frames:edge-1"), LARGEST, "f", "v")), LARGEST);
    SAY(bad, &refused, "XADD", K("frames:edge-1"), "*", "f", "v");
    cr_expect(refused, "nothing can follow the largest id");
    others(test, K("frames:edge-1"), after, sizeof after);
    cr_expect_str_eq(after, before);
    cr_expect_eq(length_of(test, K("frames:edge-2")), 3);
    SAY(good, &refused, "XADD", K("frames:edge-2"), "*", "f", "v");
    cr_expect_not(refused);
    cr_expect_eq(length_of(test, K("frames:edge-2")), 4);
    redisFree(test);
    redisFree(bad);
    redisFree(good);
}

Test(acl, who_is_not_on_the_list_is_nobody)
{
    static const struct {
        const char *user, *password;
    } wrong[] = {{"edge-edge-1", "secret 2"}, {"edge-edge-1", ""},  {"edge-was-revoked", "secret 3"},
                 {"edge-no-password", ""},    {"default", ""},      {"default", "secret 1"},
                 {"analyze", "keys secret"},  {"edge-nobody", "x"}, {"edge-1", "secret 1"}};
    bool refused;
    redisContext *redis = connect_plain();
    for (size_t i = 0; i < COUNT(wrong); i++)
        cr_expect(strncmp(SAY(redis, &refused, "AUTH", wrong[i].user, wrong[i].password), "WRONGPASS", 9) == 0, "%s",
                  wrong[i].user);
    cr_expect(strncmp(SAY(redis, &refused, "PING"), "NOAUTH", 6) == 0);
    cr_expect(strncmp(SAY(redis, &refused, "XADD", K("frames:edge-1"), "*", "f", "v"), "NOAUTH", 6) == 0);
    redisFree(redis);
    redisFree(connect_as("edge-will-be", "secret 4"));
    /* Were somebody to switch it on again, the default user still could do nothing. */
    redisContext *test = connect_as("test", "test");
    redisReply *users = redisCommand(test, "ACL LIST");
    cr_assert(users && users->type == REDIS_REPLY_ARRAY);
    size_t found = 0;
    for (size_t i = 0; i < users->elements; i++)
        if (strncmp(users->element[i]->str, "user default ", 13) == 0) {
            cr_expect_str_eq(users->element[i]->str, "user default off resetchannels -@all");
            found++;
        }
    cr_expect_eq(found, 1);
    freeReplyObject(users);
    redisFree(test);
}

/* --- The other side: where a program finds its password ------------------------------------------------------------- */

TestSuite(acl_password, .init = scratch_make, .fini = scratch_remove);

static void write_secret(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, 0600), 0);
}

Test(acl_password, an_edge_has_redis_password_and_nobody_else)
{
    struct yk_credential password;
    unsetenv("CREDENTIALS_DIRECTORY");
    write_secret("redis.password", "the edge's\n");
    cr_assert_eq(yk_credential_password(scratch, "edge-local", &password, &err), YK_OK);
    cr_assert_not_null(password.bytes);
    cr_expect_str_eq(password.bytes, "the edge's");
    yk_credential_wipe(&password);
    cr_assert_eq(yk_credential_password(scratch, "analyze", &password, &err), YK_OK);
    cr_expect_null(password.bytes);
    uint8_t sha256[32], expected[32];
    cr_expect_eq(yk_acl_password_hash(scratch, "analyze", sha256, &err), YK_ERR_NO_INPUT);
    write_secret("analyze.password", "abc\n");
    cr_expect_eq(yk_acl_password_hash(scratch, "analyze", sha256, &err), YK_OK);
    /* FIPS 180-2, B.1: SHA-256 of "abc" */
    sodium_hex2bin(expected, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 64, NULL, NULL,
                   NULL);
    cr_expect_arr_eq(sha256, expected, 32);
    write_secret("edge-local.password", "its own\n");
    cr_assert_eq(yk_credential_password(scratch, "edge-local", &password, &err), YK_OK);
    cr_expect_str_eq(password.bytes, "its own");
    yk_credential_wipe(&password);
}
