/* Epoch keys from the CSPRNG to the pseudonym, with a real Redis. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First in one process, where the clock can be set and keys be looked at; then with the real programs. */
#include "base/calendar.h"
#include "frame/epoch_key.h"
#include "frame/keys.h"
#include "identity/sealing.h"
#include "link/courier.h"
#include "link/key_issue.h"
#include "support/frames.h"
#include "support/pipe.h"
#include "support/needles.h"
#include "support/rig.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define T0  INT64_C(1774983600) /* 2026-04-01T04:00+09:00 */
#define DAY INT64_C(86400)

static struct yk_error err;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

/* --- In one process ---------------------------------------------------------------------------------------------- */

#define EDGES 3

struct edge {
    char name[YK_ID_SIZE], inbox[128], folder[160];
    uint8_t public_key[32], secret_key[64];
    struct yk_sealing *sealing;
    struct yk_identity *identity;
    struct yk_courier *courier;
};

struct district {
    char dir[64], ram[64], keys[100];
    struct yk_manual_clock time_of_day;
    struct yk_clock clock;
    uint8_t public_key[32], secret_key[64];
    struct yk_private_redis server;
    struct yk_redis *redis;
    struct yk_key_issue *issue;
    struct edge edges[EDGES];
    struct yk_enrolled_key enrolled_keys[EDGES];
    struct yk_enrolled_edge enrolled[EDGES];
    struct yk_enrolment enrolment;
};

/* Time goes on for both clocks, or for the wall clock only when it is stepped back. */
static void set_time(struct district *d, int64_t t_s)
{
    int64_t forward_us = t_s * 1000000 - d->time_of_day.wall.us;
    d->time_of_day.wall.us = t_s * 1000000;
    d->time_of_day.mono.us += forward_us > 0 ? forward_us : 0;
}

static void open_issue(struct district *d)
{
    struct yk_key_issue_options options = {.dir = d->keys,
                                           .district = "riverside",
                                           .epoch_hours = 24,
                                           .epoch_start_s = 4 * 3600,
                                           .district_secret = d->secret_key,
                                           .clock = &d->clock};
    cr_assert_eq(yk_key_issue_new(&options, &d->issue, &err), YK_OK, "%s", err.message);
}

static void start_edge(struct district *d, struct edge *e)
{
    struct yk_sealing_options sealing = {.inbox = e->inbox,
                                         .folder = e->folder,
                                         .district = "riverside",
                                         .edge = e->name,
                                         .edge_secret = e->secret_key,
                                         .district_public = d->public_key,
                                         .epoch_hours = 24,
                                         .epoch_start_s = 4 * 3600,
                                         .clock = &d->clock};
    struct yk_courier_options courier = {.inbox = e->inbox,
                                         .district = "riverside",
                                         .edge = e->name,
                                         .epoch_hours = 24,
                                         .epoch_start_s = 4 * 3600,
                                         .clock = &d->clock};
    static struct yk_config config;
    config.privacy.epoch_hours = 24;
    config.privacy.epoch_start_s = 4 * 3600;
    cr_assert_eq(yk_sealing_new(&sealing, &e->sealing, &err), YK_OK, "%s", err.message);
    cr_assert_eq(yk_identity_new(&config, &e->identity, &err), YK_OK);
    cr_assert_eq(yk_courier_new(&courier, &e->courier, &err), YK_OK);
    struct yk_key_provider provider = yk_sealing_provider(e->sealing);
    yk_identity_provider(e->identity, &provider);
    yk_sealing_tick(e->sealing);
}

static void stop_edge(struct edge *e)
{
    yk_identity_free(e->identity);
    yk_sealing_free(e->sealing);
    yk_courier_free(e->courier);
    e->identity = NULL;
    e->sealing = NULL;
    e->courier = NULL;
}

static void open_district(struct district *d)
{
    memset(d, 0, sizeof *d);
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    strcpy(d->dir, "/tmp/yk-test-XXXXXX");
    strcpy(d->ram, "/dev/shm/yk-test-XXXXXX");
    cr_assert(mkdtemp(d->dir) && mkdtemp(d->ram));
    snprintf(d->keys, sizeof d->keys, "%s/keys", d->dir);
    cr_assert_eq(mkdir(d->keys, 0700), 0);
    d->clock = yk_clock_manual(&d->time_of_day);
    set_time(d, T0 + 60);
    crypto_sign_keypair(d->public_key, d->secret_key);
    for (int i = 0; i < EDGES; i++) {
        struct edge *e = &d->edges[i];
        snprintf(e->name, sizeof e->name, "edge-%d", i + 1);
        char inbox[100], folder[120];
        snprintf(inbox, sizeof inbox, "%s/edge-%d", d->ram, i + 1);
        snprintf(folder, sizeof folder, "%s/collector", inbox);
        strcpy(e->inbox, inbox);
        strcpy(e->folder, folder);
        crypto_sign_keypair(e->public_key, e->secret_key);
        d->enrolled_keys[i] = (struct yk_enrolled_key){.valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX};
        memcpy(d->enrolled_keys[i].public_key, e->public_key, 32);
        d->enrolled[i] = (struct yk_enrolled_edge){.keys = &d->enrolled_keys[i], .key_count = 1};
        strcpy(d->enrolled[i].edge, e->name);
    }
    d->enrolment = (struct yk_enrolment){d->enrolled, EDGES};
    yk_rig_redis(&d->server, d->dir);
    d->redis = yk_test_redis_connect(d->server.url);
    open_issue(d);
}

static void close_district(struct district *d)
{
    for (int i = 0; i < EDGES; i++)
        if (d->edges[i].identity)
            stop_edge(&d->edges[i]);
    yk_key_issue_free(d->issue);
    yk_redis_free(d->redis);
    yk_rig_kill(&d->server.child, SIGTERM);
    nftw(d->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    nftw(d->ram, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void visit(struct district *d, struct edge *e)
{
    d->time_of_day.mono.us += 60000000;
    cr_assert_eq(yk_courier_visit(e->courier, d->redis, &err), YK_OK, "%s", err.message);
}

static struct yk_key_issue_report issue(struct district *d)
{
    struct yk_key_issue_report report;
    enum yk_status status = yk_key_issue_next(d->issue, d->redis, &d->enrolment, &report, &err);
    cr_assert_eq(status, YK_OK, "%s", err.message);
    return report;
}

static const struct yk_epoch *epoch_of(struct edge *e, int64_t t_s)
{
    const struct yk_epoch *epoch;
    cr_assert_eq(yk_identity_epoch(e->identity, t_s, &epoch, &err), YK_OK);
    return epoch;
}

static bool has_message(const struct edge *e, int64_t epoch_s)
{
    char path[200];
    snprintf(path, sizeof path, "%s/key-%lld.msg", e->inbox, (long long)epoch_s);
    return access(path, F_OK) == 0;
}

static size_t count_of(struct district *d, const char *verb, const char *kind, const char *edge)
{
    char key[YK_KEY_SIZE];
    (kind[0] == 's' ? yk_key_sealing : yk_key_epoch_key)(key, "riverside", 0, edge);
    redisReply *reply = yk_test_redis_do(d->redis, verb, key, NULL);
    size_t n = (size_t)reply->integer;
    freeReplyObject(reply);
    return n;
}

/* In every form that a leak could have: raw and reversed, hex, base64 at its three alignments. */
static void add_key_needles(struct yk_needles *needles, const uint8_t key[static 16], uint32_t of)
{
    uint8_t reversed[16], shifted[18] = {0};
    char hex[33], base64[64];
    for (int i = 0; i < 16; i++)
        reversed[i] = key[15 - i];
    yk_needles_add(needles, key, 16, "raw", of);
    yk_needles_add(needles, reversed, 16, "reversed", of);
    sodium_bin2hex(hex, sizeof hex, key, 16);
    yk_needles_add(needles, hex, 32, "hex", of);
    for (char *c = hex; *c; c++)
        *c = *c >= 'a' ? (char)(*c - 'a' + 'A') : *c;
    yk_needles_add(needles, hex, 32, "HEX", of);
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    for (int v = 0; v < 2; v++)
        for (size_t lead = 0; lead < 3; lead++) { /* the characters that are the key's alone */
            memcpy(shifted + lead, key, 16);
            sodium_bin2base64(base64, sizeof base64, shifted, lead + 16, variants[v]);
            size_t first = lead == 0 ? 0 : lead + 1, whole = (lead + 16) * 8 / 6;
            yk_needles_add(needles, base64 + first, whole - first, "base64", of);
        }
}

static void search_reply(struct yk_needles *needles, const redisReply *reply, struct yk_needle_hits *hits,
                         size_t *values)
{
    if (reply->type == REDIS_REPLY_STRING) {
        yk_needles_search(needles, (const uint8_t *)reply->str, (size_t)reply->len, hits);
        ++*values;
    }
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        search_reply(needles, reply->element[i], hits, values);
}

/* Every value that Redis holds; how many there were. */
static size_t search_redis(struct yk_needles *needles, struct yk_redis *redis, struct yk_needle_hits *hits)
{
    size_t values = 0;
    redisReply *keys = yk_test_redis_do(redis, "KEYS", "*", NULL);
    for (size_t i = 0; i < keys->elements; i++) {
        const char *key = keys->element[i]->str;
        redisReply *type = yk_test_redis_do(redis, "TYPE", key, NULL);
        redisReply *all = strcmp(type->str, "stream") == 0 ? yk_test_redis_do(redis, "XRANGE", key, "-", "+", NULL)
                                                           : yk_test_redis_do(redis, "GET", key, NULL);
        search_reply(needles, all, hits, &values);
        freeReplyObject(all);
        freeReplyObject(type);
    }
    freeReplyObject(keys);
    return values;
}

static uint64_t siphash(const uint8_t key[static 16])
{
    static const uint8_t known[7] = {2, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66}; /* class, address */
    uint64_t out;
    crypto_shorthash_siphash24((unsigned char *)&out, known, sizeof known, key);
    return out;
}

Test(epoch_keys, two_edges_share_a_key_and_a_late_one_is_local)
{
    static struct district d;
    open_district(&d);
    start_edge(&d, &d.edges[0]);
    start_edge(&d, &d.edges[1]);
    cr_expect(epoch_of(&d.edges[0], T0 + 60)->local);
    cr_expect_neq(epoch_of(&d.edges[0], T0 + 60)->key_id, epoch_of(&d.edges[1], T0 + 60)->key_id);
    visit(&d, &d.edges[0]);
    visit(&d, &d.edges[1]);
    cr_expect_eq(count_of(&d, "XLEN", "sealing", "edge-1"), 2, "the next two epochs");

    cr_expect_not(yk_key_issue_due(d.issue), "the lead has not passed");
    set_time(&d, T0 + 3599);
    cr_expect_not(yk_key_issue_due(d.issue));
    set_time(&d, T0 + 3600);
    cr_assert(yk_key_issue_due(d.issue));
    struct yk_key_issue_report report = issue(&d);
    cr_expect(report.made && report.sealed == 2 && report.local == 1 && report.epoch_s == T0 + DAY);
    cr_expect_not(yk_key_issue_due(d.issue));
    start_edge(&d, &d.edges[2]); /* late */
    for (int i = 0; i < EDGES; i++)
        visit(&d, &d.edges[i]);
    cr_expect(has_message(&d.edges[0], T0 + DAY) && has_message(&d.edges[1], T0 + DAY));
    cr_expect_not(has_message(&d.edges[2], T0 + DAY));

    /* Before the epoch begins, so that private halves, messages and streams are all there. The link may be cut now. */
    const struct yk_epoch *a = epoch_of(&d.edges[0], T0 + DAY + 5), *b = epoch_of(&d.edges[1], T0 + DAY + 9),
                          *c = epoch_of(&d.edges[2], T0 + DAY + 5);
    cr_assert(!a->local && !b->local && c->local);
    cr_expect_eq(a->key_id, b->key_id);
    cr_expect_arr_eq(a->key, b->key, 16);
    cr_expect_eq(siphash(a->key), siphash(b->key), "a known address has one pseudonym at both");
    cr_expect_neq(siphash(a->key), siphash(c->key));
    cr_expect_neq(a->key_id, c->key_id);

    struct yk_needles needles = {0};
    struct yk_needle_hits hits = {0}, planted = {0};
    add_key_needles(&needles, a->key, 0);
    add_key_needles(&needles, c->key, 1);
    yk_needles_ready(&needles);
    yk_needles_search_tree(&needles, d.dir, &hits);
    yk_needles_search_tree(&needles, d.ram, &hits);
    cr_expect_geq(search_redis(&needles, d.redis, &hits), 2 * (2 * 2 + 2) + 2, "streams and strings were read");
    cr_expect_eq(hits.count, 0, "a key was found: %s", hits.first_form);
    char path[200], text[25];
    snprintf(path, sizeof path, "%s/planted", d.ram);
    sodium_bin2base64(text, sizeof text, a->key, 16, sodium_base64_VARIANT_ORIGINAL);
    yk_rig_write(path, text, strlen(text));
    yk_needles_search_tree(&needles, d.ram, &planted);
    cr_expect_gt(planted.count, 0, "the search finds what is there");
    yk_needles_free(&needles);

    /* The next day the late one is there too; what was sent yesterday is of no use any more. */
    char key[YK_KEY_SIZE];
    yk_key_epoch_key(key, "riverside", 0, "edge-1");
    redisReply *old = yk_test_redis_do(d.redis, "GET", key, NULL);
    cr_assert_eq(old->len, YK_EPOCH_KEY_MESSAGE_SIZE);
    set_time(&d, T0 + DAY + 3700);
    for (int i = 0; i < EDGES; i++)
        yk_sealing_tick(d.edges[i].sealing);
    for (int i = 0; i < EDGES; i++)
        visit(&d, &d.edges[i]);
    report = issue(&d);
    cr_expect(report.made && report.sealed == 3 && report.local == 0);
    cr_expect_eq(count_of(&d, "STRLEN", "key", "edge-1"), 2 * YK_EPOCH_KEY_MESSAGE_SIZE, "the running one is kept");
    cr_expect_eq(count_of(&d, "STRLEN", "key", "edge-3"), YK_EPOCH_KEY_MESSAGE_SIZE);
    for (int i = 0; i < EDGES; i++)
        visit(&d, &d.edges[i]);
    cr_expect_eq(epoch_of(&d.edges[2], T0 + 2 * DAY)->key_id, epoch_of(&d.edges[0], T0 + 2 * DAY)->key_id);
    cr_expect_not(epoch_of(&d.edges[2], T0 + 2 * DAY)->local);
    cr_expect_neq(epoch_of(&d.edges[0], T0 + 2 * DAY)->key_id, a->key_id);
    cr_expect_arr_neq(epoch_of(&d.edges[0], T0 + 2 * DAY)->key, a->key, 16);

    set_time(&d, T0 + 2 * DAY + 60);
    yk_sealing_tick(d.edges[0].sealing); /* the private half of T0 + DAY is gone now */
    const char *argv[] = {"SET", key, old->str};
    const size_t lengths[] = {3, strlen(key), old->len};
    redisReply *reply = NULL;
    cr_assert_eq(yk_redis_command(d.redis, 3, argv, lengths, &reply, &err), YK_OK);
    freeReplyObject(reply);
    visit(&d, &d.edges[0]);
    cr_expect_not(has_message(&d.edges[0], T0 + DAY), "an ended epoch's message is not laid down");
    cr_expect(has_message(&d.edges[0], T0 + 2 * DAY), "nor does it displace today's");
    snprintf(path, sizeof path, "%s/key-%lld.msg", d.edges[0].inbox, (long long)(T0 + DAY));
    yk_rig_write(path, old->str, old->len); /* yesterday's message by another way, and today's disk */
    stop_edge(&d.edges[0]);
    start_edge(&d, &d.edges[0]);
    yk_rig_write(path, old->str, old->len);
    cr_expect(epoch_of(&d.edges[0], T0 + DAY + 5)->local, "nothing opens it");
    cr_expect_not(epoch_of(&d.edges[0], T0 + 2 * DAY + 60)->local, "today's opens again after a new start");
    freeReplyObject(old);
    close_district(&d);
}

Test(epoch_keys, an_epoch_never_gets_a_second_key)
{
    static struct district d;
    char key[YK_KEY_SIZE];
    open_district(&d);
    start_edge(&d, &d.edges[0]);
    set_time(&d, T0 + 7200);
    cr_assert(yk_key_issue_due(d.issue));
    struct yk_key_issue_report report = issue(&d);
    cr_expect(!report.made && !report.before && report.local == 3, "nobody has a sealing key");
    cr_expect(yk_key_issue_due(d.issue), "so none was made");
    visit(&d, &d.edges[0]);
    report = issue(&d);
    cr_expect(report.made && report.sealed == 1 && report.local == 2);
    yk_key_epoch_key(key, "riverside", 0, "edge-1");
    redisReply *first = yk_test_redis_do(d.redis, "GET", key, NULL);

    report = issue(&d);
    cr_expect(report.before && !report.made);
    struct yk_key_issue *second = NULL;
    struct yk_key_issue_options options = {.dir = d.keys, .district = "riverside", .clock = &d.clock};
    cr_expect_eq(yk_key_issue_new(&options, &second, &err), YK_ERR_UNAVAILABLE, "one at a time");
    /* An emptied Redis gets the same message again, not another. */
    freeReplyObject(yk_test_redis_do(d.redis, "FLUSHALL", NULL));
    cr_assert_eq(yk_key_issue_send(d.issue, d.redis, false, &err), YK_OK);
    cr_expect_eq(count_of(&d, "EXISTS", "key", "edge-1"), 0, "only when asked to look");
    cr_assert_eq(yk_key_issue_send(d.issue, d.redis, true, &err), YK_OK);
    redisReply *again = yk_test_redis_do(d.redis, "GET", key, NULL);
    cr_assert_eq(again->len, first->len);
    cr_expect_arr_eq(again->str, first->str, first->len);

    yk_key_issue_free(d.issue);
    freeReplyObject(yk_test_redis_do(d.redis, "DEL", key, NULL));
    open_issue(&d);
    cr_expect_not(yk_key_issue_due(d.issue), "nor after a restart, though it has lost the message");
    report = issue(&d);
    cr_expect(report.before && !report.made);
    cr_expect_eq(count_of(&d, "EXISTS", "key", "edge-1"), 0);
    set_time(&d, T0 + 100); /* nor by a clock that is set back */
    cr_expect_not(yk_key_issue_due(d.issue));

    char path[200];
    snprintf(path, sizeof path, "%s/epochs.json", d.keys);
    char *text = yk_rig_read(path, NULL);
    cr_expect(strstr(text, "\"start_s\": 1775070000") && strstr(text, "\"edge-1\"") && strstr(text, "true"));
    cr_expect(strstr(text, "2026-04-02T04:00:00+09:00"));
    free(text);
    yk_key_issue_free(d.issue);
    d.issue = NULL;
    yk_rig_write(path, "{\"version\": 1, \"epochs\": [{\"start\": 1}]}", 40);
    cr_expect_eq(yk_key_issue_new(&options, &d.issue, &err), YK_ERR_INPUT, "a record that says nothing is no record");
    freeReplyObject(first);
    freeReplyObject(again);
    close_district(&d);
}

/* What was made and recorded is sent as soon as Redis takes it, also after the first try failed. */
Test(epoch_keys, a_cut_link_delays_messages_and_loses_none)
{
    static struct district d;
    open_district(&d);
    start_edge(&d, &d.edges[0]);
    start_edge(&d, &d.edges[1]);
    visit(&d, &d.edges[0]);
    visit(&d, &d.edges[1]);
    set_time(&d, T0 + 7200);
    freeReplyObject(yk_test_redis_do(d.redis, "CONFIG", "SET", "maxmemory", "1", NULL)); /* reads go, writes don't */
    struct yk_key_issue_report report;
    cr_expect_eq(yk_key_issue_next(d.issue, d.redis, &d.enrolment, &report, &err), YK_ERR_FULL);
    cr_expect(report.made && report.sealed == 2);
    char path[200];
    snprintf(path, sizeof path, "%s/epochs.json", d.keys);
    cr_expect(yk_rig_file_says(path, "1775070000") && !yk_rig_file_says(path, "true"), "recorded before it is sent");
    cr_expect_eq(yk_key_issue_send(d.issue, d.redis, false, &err), YK_ERR_FULL);
    freeReplyObject(yk_test_redis_do(d.redis, "CONFIG", "SET", "maxmemory", "0", NULL));
    cr_expect_eq(yk_key_issue_send(d.issue, d.redis, false, &err), YK_OK);
    cr_expect(yk_rig_file_says(path, "true"));
    visit(&d, &d.edges[0]);
    visit(&d, &d.edges[1]);
    cr_expect_eq(epoch_of(&d.edges[0], T0 + DAY)->key_id, epoch_of(&d.edges[1], T0 + DAY)->key_id);
    close_district(&d);
}

static void add_sealing(struct district *d, const char *edge, const void *bytes, size_t size)
{
    char key[YK_KEY_SIZE];
    yk_key_sealing(key, "riverside", 0, edge);
    const char *argv[] = {"XADD", key, "*", "f", bytes};
    const size_t lengths[] = {4, strlen(key), 1, 1, size};
    redisReply *reply = NULL;
    cr_assert_eq(yk_redis_command(d->redis, 5, argv, lengths, &reply, &err), YK_OK, "%s", err.message);
    freeReplyObject(reply);
}

Test(epoch_keys, only_enrolled_and_active_edges_are_sealed_to)
{
    static struct district d;
    open_district(&d);
    uint8_t secrets[2][32], message[YK_SEALING_MESSAGE_SIZE];
    struct yk_sealing_key key = {.made_s = 100};
    struct yk_key_scope scope = {"riverside", "edge-1", T0 + DAY, T0 + 2 * DAY};
    crypto_box_keypair(key.public_key, secrets[0]); /* the pair that counts: made last, though not added last */
    yk_sealing_key_write(&scope, &key, d.edges[0].secret_key, message);
    add_sealing(&d, "edge-1", message, sizeof message);
    struct yk_sealing_key good = key;
    key.made_s = 99;
    crypto_box_keypair(key.public_key, secrets[1]);
    yk_sealing_key_write(&scope, &key, d.edges[0].secret_key, message);
    add_sealing(&d, "edge-1", message, sizeof message);
    key.made_s = 101; /* newer, by somebody else */
    yk_sealing_key_write(&scope, &key, d.edges[1].secret_key, message);
    add_sealing(&d, "edge-1", message, sizeof message);
    add_sealing(&d, "edge-1", message, 100);
    add_sealing(&d, "edge-1", "", 0);
    struct yk_key_scope other = scope; /* edge-2 plays edge-1's key as its own, and one for another epoch */
    yk_sealing_key_write(&scope, &good, d.edges[0].secret_key, message);
    add_sealing(&d, "edge-2", message, sizeof message);
    other.edge = "edge-2";
    other.start_s += DAY;
    yk_sealing_key_write(&other, &good, d.edges[1].secret_key, message);
    add_sealing(&d, "edge-2", message, sizeof message);
    other = scope; /* edge-3 is in order but revoked from noon on */
    other.edge = "edge-3";
    yk_sealing_key_write(&other, &good, d.edges[2].secret_key, message);
    add_sealing(&d, "edge-3", message, sizeof message);
    d.enrolled_keys[2].valid_until_s = T0 + 8 * 3600;

    set_time(&d, T0 + 3600);
    struct yk_key_issue_report report = issue(&d);
    cr_expect(report.made && report.sealed == 1 && report.local == 1, "%zu sealed", report.sealed);
    cr_expect_eq(count_of(&d, "EXISTS", "key", "edge-2"), 0);
    cr_expect_eq(count_of(&d, "EXISTS", "key", "edge-3"), 0);
    char name[YK_KEY_SIZE];
    yk_key_epoch_key(name, "riverside", 0, "edge-1");
    redisReply *reply = yk_test_redis_do(d.redis, "GET", name, NULL);
    struct yk_epoch_secret secret;
    cr_expect_eq(yk_epoch_key_open((const uint8_t *)reply->str, reply->len, &scope, d.public_key, good.public_key,
                                   secrets[0], &secret),
                 YK_KEY_OK);
    cr_expect_neq(secret.key_id, 0);
    freeReplyObject(reply);
    close_district(&d);
}

Test(epoch_keys, the_courier_carries_little_and_believes_nothing)
{
    static struct district d;
    open_district(&d);
    struct edge *e = &d.edges[0];
    start_edge(&d, e);
    visit(&d, e);
    visit(&d, e);
    cr_expect_eq(count_of(&d, "XLEN", "sealing", "edge-1"), 2, "once each");
    cr_assert_eq(yk_courier_visit(e->courier, d.redis, &err), YK_OK);
    yk_courier_forget(e->courier);
    cr_assert_eq(yk_courier_visit(e->courier, d.redis, &err), YK_OK);
    cr_expect_eq(count_of(&d, "XLEN", "sealing", "edge-1"), 4,
                 "again after a lost connection, without a minute's wait");
    for (int i = 0; i < 300; i++) {
        yk_courier_forget(e->courier);
        cr_assert_eq(yk_courier_visit(e->courier, d.redis, &err), YK_OK);
    }
    cr_expect_leq(count_of(&d, "XLEN", "sealing", "edge-1"), 250, "the stream stays small");

    /* Unsigned rows: what is laid down is whatever says that it is for a near epoch, and nothing else. */
    static const int64_t claimed[] = {T0 - DAY, T0, T0 + DAY,  T0 + 2 * DAY, T0 + 3 * DAY,
                                      T0 + 1,   -1, INT64_MAX, INT64_MIN};
    char name[YK_KEY_SIZE];
    yk_key_epoch_key(name, "riverside", 0, "edge-1");
    for (size_t i = 0; i < sizeof claimed / sizeof claimed[0]; i++) {
        uint8_t row[YK_EPOCH_KEY_MESSAGE_SIZE] = "YKEK\1";
        memcpy(row + 69, &claimed[i], 8); /* little-endian, as every machine this runs on */
        const char *argv[] = {"SET", name, (const char *)row};
        const size_t lengths[] = {3, strlen(name), sizeof row};
        redisReply *reply = NULL;
        cr_assert_eq(yk_redis_command(d.redis, 3, argv, lengths, &reply, &err), YK_OK);
        freeReplyObject(reply);
        visit(&d, e);
        cr_expect_eq(has_message(e, claimed[i]),
                     claimed[i] == T0 || claimed[i] == T0 + DAY || claimed[i] == T0 + 2 * DAY, "epoch %lld",
                     (long long)claimed[i]);
    }
    static const char *const wrong[] = {"", "YKEK", "YKSK\1", "no message at all"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        freeReplyObject(yk_test_redis_do(d.redis, "SET", name, wrong[i], NULL));
        visit(&d, e);
    }
    static char large[100000];
    memset(large, 'x', sizeof large - 1);
    memcpy(large, "YKEK\2", 5);
    freeReplyObject(yk_test_redis_do(d.redis, "SET", name, large, NULL));
    visit(&d, e);
    freeReplyObject(yk_test_redis_do(d.redis, "DEL", name, NULL));
    freeReplyObject(yk_test_redis_do(d.redis, "LPUSH", name, "another type", NULL));
    visit(&d, e); /* an error of Redis is no failure */
    cr_expect(epoch_of(e, T0 + DAY)->local, "and the collector believes none of it");
    struct yk_sealing_figures figures;
    yk_sealing_figures(e->sealing, &figures);
    cr_expect_eq(figures.refused[YK_KEY_DISTRICT], 1);
    close_district(&d);
}

/* --- The real programs ------------------------------------------------------------------------------------------- */

struct pole {
    const char *name, *keys, *inbox, *spool, *pipe, *log;
    const char *file; /* NULL: all is said by options */
    struct yk_child collect, uplink;
};

static void open_pole(struct yk_rig *rig, struct pole *p, const char *name, const char *ram, const char *sensor)
{
    p->name = name;
    p->keys = yk_rig_text(rig, "%s/%s-keys", rig->dir, name);
    p->inbox = yk_rig_text(rig, "%s/%s", ram, name);
    p->spool = yk_rig_text(rig, "%s/%s-spool", rig->dir, name);
    p->pipe = yk_rig_text(rig, "%s/%s.pipe", rig->dir, name);
    p->log = yk_rig_text(rig, "%s/%s.log", rig->dir, name);
    const char *log = yk_rig_path(rig, "keys.log");
    cr_assert_eq(mkfifo(p->pipe, 0600), 0);
    cr_assert_eq(yk_rig_run(rig, log, "keys", "make", "--keys", p->keys, "--name", "edge", NULL), 0);
    yk_rig_copy(yk_rig_text(rig, "%s/district.pub", rig->keys), yk_rig_text(rig, "%s/district.pub", p->keys));
    cr_assert_eq(yk_rig_run(rig, log, "keys", "enroll", rig->district, "--keys", rig->keys, "--edge", name, "--public",
                            yk_rig_text(rig, "%s/edge.pub", p->keys), "--sensors", sensor, NULL),
                 0);
}

/* The same by a file: where its things lie is said there, and nothing of it on the command line. */
static void write_edge_file(struct yk_rig *rig, struct pole *p, const char *url)
{
    p->file = yk_rig_text(rig, "%s/%s.yaml", rig->dir, p->name);
    const char *text = yk_rig_text(rig,
                                   "version: 1\nedge: { id: %s, district: riverside }\nsensors: [radio-1]\nspool: %s\n"
                                   "keys: %s\ninbox: %s\nredis: { url: \"%s\" }\n",
                                   p->name, p->spool, p->keys, p->inbox, url);
    yk_rig_write(p->file, text, strlen(text));
}

static void start_collect(struct yk_rig *rig, struct pole *p)
{
    if (p->file) {
        yk_rig_start(rig, &p->collect, p->log, "collect", rig->district, "--edge", p->file, "--input",
                     yk_rig_text(rig, "radio-1=%s", p->pipe), "--quiet", NULL);
        return;
    }
    yk_rig_start(rig, &p->collect, p->log, "collect", rig->district, "--edge", p->name, "--keys", p->keys, "--spool",
                 p->spool, "--inbox", p->inbox, "--family", "radio", "--input", yk_rig_text(rig, "radio-1=%s", p->pipe),
                 "--quiet", NULL);
}

static void start_uplink(struct yk_rig *rig, struct pole *p, const char *url)
{
    if (p->file) {
        yk_rig_start(rig, &p->uplink, p->log, "uplink", rig->district, "--edge", p->file, "--quiet", NULL);
        return;
    }
    yk_rig_start(rig, &p->uplink, p->log, "uplink", rig->district, "--edge", p->name, "--keys", p->keys, "--spool",
                 p->spool, "--inbox", p->inbox, "--redis", url, "--quiet", NULL);
}

/* The users that `yukikai keys acl` writes, beside the default one, which is this test's own. */
static void add_users(struct yk_rig *rig, struct yk_redis *redis)
{
    const char *list = yk_rig_path(rig, "users.acl");
    cr_assert_eq(yk_rig_run(rig, list, "keys", "acl", rig->district, "--keys", rig->keys, NULL), 0);
    char *text = yk_rig_read(list, NULL), *rest = NULL;
    size_t users = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "user ", 5) != 0 || strncmp(line, "user default ", 13) == 0)
            continue;
        const char *argv[16] = {"ACL", "SETUSER"};
        int argc = 2, depth = 0;
        argv[argc++] = line + 5;
        for (char *c = line + 5; *c; c++) { /* a selector in parentheses is one argument */
            depth += (*c == '(') - (*c == ')');
            if (*c == ' ' && depth == 0) {
                *c = '\0';
                cr_assert_lt(argc, 16);
                argv[argc++] = c + 1;
            }
        }
        redisReply *reply = NULL;
        cr_assert_eq(yk_redis_command(redis, argc, argv, NULL, &reply, &err), YK_OK, "%s", err.message);
        freeReplyObject(reply);
        users++;
    }
    free(text);
    cr_assert_eq(users, 2 + 1 + 3, "analyze, keys, and the edges local and edge-1 to edge-3");
}

struct wait_file {
    const char *path;
};

static bool file_is_there(void *context)
{
    return access(((struct wait_file *)context)->path, F_OK) == 0;
}

static void wait_for_file(const char *path)
{
    struct wait_file w = {path};
    cr_assert(yk_rig_until(file_is_there, &w, YK_RIG_DEADLINE_S), "%s does not come", path);
}

struct wait_stream {
    struct yk_redis *redis;
    const char *edge;
};

static bool has_sealing_keys(void *context)
{
    struct wait_stream *w = context;
    char key[YK_KEY_SIZE];
    yk_key_sealing(key, "riverside", 0, w->edge);
    redisReply *reply = yk_test_redis_do(w->redis, "XLEN", key, NULL);
    bool yes = reply->integer >= 2;
    freeReplyObject(reply);
    return yes;
}

struct heard {
    uint64_t *pseudonyms, key_id;
    size_t count;
    bool local;
};

static void read_heard(const struct pole *p, struct heard *h)
{
    struct yk_test_frames frames;
    size_t seen = 0;
    yk_test_frames_read(&frames, p->spool);
    for (size_t i = 0; i < frames.count; i++) {
        const struct yk_frame_header *header = &frames.list[i].header;
        if (header->group != YK_GROUP_PRESENCE || (header->flags & YK_FRAME_TOMBSTONE))
            continue;
        cr_expect(seen++ == 0 || (h->key_id == header->key_id && h->local == !!(header->flags & YK_FRAME_LOCAL_KEY)),
                  "one key in one epoch");
        h->key_id = header->key_id;
        h->local = header->flags & YK_FRAME_LOCAL_KEY;
    }
    h->count = yk_test_pseudonyms(&frames, &h->pseudonyms);
    yk_test_frames_free(&frames);
}

static size_t common(const struct heard *a, const struct heard *b)
{
    size_t n = 0;
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        n += a->pseudonyms[i] == b->pseudonyms[k];
        bool step_a = a->pseudonyms[i] <= b->pseudonyms[k], step_b = b->pseudonyms[k] <= a->pseudonyms[i];
        i += step_a;
        k += step_b;
    }
    return n;
}

Test(epoch_keys, the_programs_together)
{
    struct yk_rig rig;
    char ram[] = "/dev/shm/yk-test-XXXXXX";
    cr_assert_not_null(mkdtemp(ram));
    yk_rig_open(&rig);
    int64_t epoch_s = yk_test_mid_epoch(&rig);
    struct yk_private_redis server;
    yk_rig_redis(&server, rig.dir);
    struct yk_redis *redis = yk_test_redis_connect(server.url);
    struct pole poles[3];
    memset(poles, 0, sizeof poles);
    for (int i = 0; i < 3; i++)
        open_pole(&rig, &poles[i], yk_rig_text(&rig, "edge-%d", i + 1), ram, "radio-1");
    write_edge_file(&rig, &poles[1], server.url);
    add_users(&rig, redis);
    const char *log = yk_rig_path(&rig, "run.log");
    cr_expect_eq(
        yk_rig_run(&rig, log, "keys", "run", rig.district, "--keys", rig.keys, "--redis", server.url, "--once", NULL),
        69, "nobody to make a key for");

    for (int i = 0; i < 2; i++) {
        start_collect(&rig, &poles[i]);
        wait_for_file(yk_rig_text(&rig, "%s/sealing-%lld.msg", poles[i].inbox, (long long)(epoch_s + DAY)));
        start_uplink(&rig, &poles[i], server.url);
        struct wait_stream w = {redis, poles[i].name};
        cr_assert(yk_rig_until(has_sealing_keys, &w, YK_RIG_DEADLINE_S));
    }
    cr_assert_eq(
        yk_rig_run(&rig, log, "keys", "run", rig.district, "--keys", rig.keys, "--redis", server.url, "--once", NULL),
        0, "see %s", log);
    cr_expect(yk_rig_file_says(log, "sealed to 2 edges"));
    cr_expect(yk_rig_file_says(log, "edge-3"), "the late one is named");
    start_collect(&rig, &poles[2]);
    wait_for_file(yk_rig_text(&rig, "%s/sealing-%lld.msg", poles[2].inbox, (long long)(epoch_s + DAY)));
    for (int i = 0; i < 2; i++) { /* a new uplink looks at once and not in a minute */
        yk_rig_kill(&poles[i].uplink, SIGTERM);
        start_uplink(&rig, &poles[i], server.url);
        wait_for_file(yk_rig_text(&rig, "%s/key-%lld.msg", poles[i].inbox, (long long)epoch_s));
    }

    /* All three hear the same ten minutes of the coming epoch. */
    char from[YK_TIME_TEXT_MAX];
    yk_time_format(from, epoch_s + 3600);
    from[19] = '\0'; /* local time */
    const char *rec = yk_rig_path(&rig, "rec");
    cr_assert_eq(yk_rig_run(&rig, log, "simulate", rig.district, "--out", rec, "--scene", "short-stays", "--duration",
                            "10m", "--from", from, NULL),
                 0, "see %s", log);
    static struct heard heard[3];
    for (int i = 0; i < 3; i++) {
        if (i < 2)
            yk_rig_kill(&poles[i].uplink, SIGTERM); /* frames stay where they can be read */
        yk_test_pipe_feed(poles[i].pipe, yk_rig_text(&rig, "%s/radio-1.pcap", rec));
        yk_test_until_told(poles[i].spool, epoch_s + 3600 + 9 * 60 + 5);
        yk_rig_kill(&poles[i].collect, SIGTERM);
        read_heard(&poles[i], &heard[i]);
    }
    cr_expect_gt(heard[0].count, 20);
    cr_expect_eq(heard[0].count, heard[1].count);
    cr_expect_eq(common(&heard[0], &heard[1]), heard[0].count, "every device has one pseudonym at both");
    cr_expect_eq(common(&heard[0], &heard[2]), 0, "and another under a local key");
    cr_expect(!heard[0].local && !heard[1].local && heard[2].local);
    cr_expect_eq(heard[0].key_id, heard[1].key_id);
    cr_expect_neq(heard[0].key_id, heard[2].key_id);
    cr_expect(yk_rig_file_says(poles[0].log, "district key"));
    cr_expect(yk_rig_file_says(poles[2].log, "local key: none had come"));
    for (int i = 0; i < 3; i++)
        free(heard[i].pseudonyms);
    yk_redis_free(redis);
    yk_rig_kill(&server.child, SIGTERM);
    yk_rig_close(&rig);
    nftw(ram, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
