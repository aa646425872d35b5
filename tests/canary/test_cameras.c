/* The canary for cameras and counters: who somebody is goes in, and nothing of it comes out.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For every dialect that the registry has (a new one without a message in camera_messages.c fails here) a recording is made
 * in which every personal field holds a marker: letters or a number that were drawn for this run. The recordings go the
 * whole way, collector, spool, uplink, Redis, state, publish store, tables, API; so do their inspection and broken
 * messages, which programs have something to say about. After each step everything that exists is searched for each
 * marker in all its forms, as the canary for addresses does (test_canary.c); names and numbers of tracks are markers too.
 *
 * That the messages are understood is asserted apart, in this process: a decoder that takes nothing leaks nothing. */
#include "camera_messages.h"
#include "fetch.h"
#include "base/calendar.h"
#include "decode/camera_reader.h"
#include "decode/track_number.h"
#include "support/digests.h"
#include "support/frames.h"
#include "support/needles.h"
#include "support/rig.h"

#include <criterion/criterion.h>
#include <sodium.h>

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MESSAGES 12
#define STEP_S   30
#define T0_S     1790823600 /* 2026-10-01T12:00:00+09:00 */
#define JST_S    (9 * 3600)

/* --- markers --- */

#define MARKERS_MAX 256
#define LETTERS     12

struct marker {
    char name[32]; /* "t:gender" */
    char text[24];
};

struct markers {
    struct marker list[MARKERS_MAX];
    uint32_t count;
};

static const char *marker(struct markers *m, const char *name, size_t length)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (strlen(m->list[i].name) == length && memcmp(m->list[i].name, name, length) == 0)
            return m->list[i].text;
    cr_assert(m->count < MARKERS_MAX && length < sizeof m->list[0].name, "%.*s", (int)length, name);
    struct marker *made = &m->list[m->count++];
    memcpy(made->name, name, length);
    made->name[length] = '\0';
    if (*name == 'n') { /* 15 digits are exact in a double, too */
        uint64_t number = 100000000000000 + ((uint64_t)randombytes_random() << 16 | randombytes_uniform(65536));
        snprintf(made->text, sizeof made->text, "%llu", (unsigned long long)number);
    } else {
        for (int i = 0; i < LETTERS; i++)
            made->text[i] = (char)((i % 2 ? 'a' : 'A') + (int)randombytes_uniform(26));
        made->text[LETTERS] = '\0';
    }
    return made->text;
}

static void add_hex(struct yk_needles *needles, const uint8_t *bytes, size_t size, const char *form, uint32_t of)
{
    char text[2 * YK_NEEDLE_MAX + 1];
    sodium_bin2hex(text, sizeof text, bytes, size);
    yk_needles_add(needles, text, 2 * size, form, of);
    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    yk_needles_add(needles, text, 2 * size, form, of);
}

static void add_word(struct yk_needles *needles, uint64_t word, const char *form, uint32_t of)
{
    yk_needles_add(needles, &word, sizeof word, form, of);
    word = __builtin_bswap64(word);
    yk_needles_add(needles, &word, sizeof word, form, of);
}

static void add_digests(struct yk_needles *needles, const char *text, size_t size, uint32_t of)
{
    static const uint8_t zero[crypto_shorthash_siphash24_KEYBYTES];
    uint8_t digest[6][64];
    static const char *const forms[] = {"MD5", "SHA-1", "SHA-256", "SHA-512", "BLAKE2b", "SipHash under a zero key"};
    yk_test_md5(text, size, digest[0]);
    yk_test_sha1(text, size, digest[1]);
    crypto_hash_sha256(digest[2], (const uint8_t *)text, size);
    crypto_hash_sha512(digest[3], (const uint8_t *)text, size);
    crypto_generichash(digest[4], 32, (const uint8_t *)text, size, NULL, 0);
    crypto_shorthash_siphash24(digest[5], (const uint8_t *)text, size, zero);
    for (size_t i = 0; i < 6; i++) {
        uint64_t word;
        memcpy(&word, digest[i], sizeof word);
        add_word(needles, word, forms[i], of);
        add_hex(needles, digest[i], 8, forms[i], of);
    }
}

static void add_base64(struct yk_needles *needles, const char *text, size_t size, uint32_t of)
{
    for (size_t before = 0; before < 3; before++) {
        uint8_t bytes[32] = {0};
        char out[64];
        memcpy(bytes + before, text, size);
        sodium_bin2base64(out, sizeof out, bytes, before + size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        size_t from = (8 * before + 5) / 6, to = 8 * (before + size) / 6; /* characters of these bytes alone */
        yk_needles_add(needles, out + from, to - from, "base64", of);
    }
}

/* As text, in other letters, backwards, in hex, as base64, as digests, and as the number that a track gets of it. */
static void add_text(struct yk_needles *needles, const char *text, uint32_t of)
{
    size_t size = strlen(text);
    char other[3][24];
    uint64_t track;
    for (size_t i = 0; i < size; i++) {
        other[0][i] = (char)tolower((unsigned char)text[i]);
        other[1][i] = (char)toupper((unsigned char)text[i]);
        other[2][i] = text[size - 1 - i];
    }
    yk_needles_add(needles, text, size, "text", of);
    for (int i = 0; i < 3; i++)
        yk_needles_add(needles, other[i], size, i < 2 ? "text in other letters" : "text backwards", of);
    add_hex(needles, (const uint8_t *)text, size, "text in hex", of);
    add_base64(needles, text, size, of);
    add_digests(needles, text, size, of);
    cr_assert_eq(yk_track_number_text(text, size, &track), YK_TRACK_NAMED);
    add_word(needles, track, "number of a track", of);
}

/* A number of 47 bits: its two upper bytes are 0, which a shorter field would not have. */
static void add_number(struct yk_needles *needles, uint64_t number, uint32_t of)
{
    double real = (double)number;
    uint64_t word = number, bits = number << 1; /* as it is, and zigzag */
    uint8_t bytes[8], leb[10];
    yk_needles_add(needles, &word, 6, "integer", of);
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(number >> 8 * (5 - i));
    yk_needles_add(needles, bytes, 6, "integer, most significant byte first", of);
    add_hex(needles, bytes, 6, "integer in hex", of);
    memcpy(&word, &real, sizeof word);
    add_word(needles, word, "floating point", of);
    for (int zigzag = 0; zigzag < 2; zigzag++) {
        size_t n = 0;
        for (uint64_t left = zigzag ? bits : number; n == 0 || left; left >>= 7)
            leb[n++] = (uint8_t)((left & 127) | (left >> 7 ? 128 : 0));
        yk_needles_add(needles, leb, n, zigzag ? "zigzag LEB128" : "LEB128", of);
    }
}

static void make_needles(struct yk_needles *needles, const struct markers *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        add_text(needles, m->list[i].text, i);
        if (m->list[i].name[0] == 'n')
            add_number(needles, strtoull(m->list[i].text, NULL, 10), i);
    }
    yk_needles_ready(needles);
}

/* --- recordings --- */

enum style { RFC_3339, BLANK, COMPACT };

static void civil(char out[static 64], enum style style, int64_t t_s)
{
    static const char *const separators[][4] = {
        [RFC_3339] = {"-", "T", ":", ".000Z"}, [BLANK] = {"-", " ", ":", ""}, [COMPACT] = {"", "", "", ""}};
    const char *const *s = separators[style];
    time_t t = (time_t)t_s;
    struct tm tm;
    gmtime_r(&t, &tm);
    snprintf(out, 64, "%04d%s%02d%s%02d%s%02d%s%02d%s%02d%s", tm.tm_year + 1900, s[0], tm.tm_mon + 1, s[0], tm.tm_mday,
             s[1], tm.tm_hour, s[2], tm.tm_min, s[2], tm.tm_sec, s[3]);
}

/* What stands for the word between two tildes in message k, from 0. */
static const char *word_of(struct markers *m, const char *word, size_t length, int k)
{
    static char out[64];
    char name[32];
    int64_t t_s = T0_S + (int64_t)k * STEP_S;
    double x = 100 + 150.0 * k, part = x / 1920; /* from 100 to 1750, over the line at 960 */
    if (length > 2 && word[1] == ':')
        return marker(m, word, length);
    cr_assert_lt(length, sizeof name);
    memcpy(name, word, length);
    name[length] = '\0';
#define IS(text) (strcmp(name, text) == 0)
    if (IS("T") || IS("B"))
        civil(out, RFC_3339, IS("T") ? t_s : t_s - STEP_S);
    else if (IS("L") || IS("LB"))
        civil(out, BLANK, JST_S + (IS("L") ? t_s : t_s - STEP_S));
    else if (IS("C"))
        civil(out, COMPACT, JST_S + t_s);
    else if (IS("E"))
        snprintf(out, sizeof out, "%lld.25", (long long)t_s);
    else if (IS("M"))
        snprintf(out, sizeof out, "%lld000", (long long)t_s);
    else if (IS("F") || IS("F1"))
        snprintf(out, sizeof out, "%d", k * STEP_S + IS("F1"));
    else if (IS("K"))
        snprintf(out, sizeof out, "%d", k + 1);
    else if (IS("X") || IS("X2"))
        snprintf(out, sizeof out, "%.1f", IS("X") ? x : x + 40);
    else if (IS("U") || IS("U2"))
        snprintf(out, sizeof out, "%.4f", IS("U") ? part : part + 0.02);
    else if (IS("V") || IS("V2"))
        snprintf(out, sizeof out, "%.4f", 2 * (IS("V") ? part : part + 0.02) - 1);
    else
        cr_assert_fail("nothing stands for ~%s~", name);
#undef IS
    return out;
}

static void fill(FILE *f, struct markers *m, const char *text, int k)
{
    while (*text) {
        const char *tilde = strchr(text, '~');
        if (!tilde) {
            fputs(text, f);
            break;
        }
        const char *end = strchr(tilde + 1, '~');
        cr_assert(end, "a tilde has no other: %s", tilde);
        fwrite(text, 1, (size_t)(tilde - text), f);
        fputs(word_of(m, tilde + 1, (size_t)(end - tilde - 1), k), f);
        text = end + 1;
    }
    putc('\n', f);
}

/* The good ones first; what follows them is half a message, and what is in no format at all. */
static void record_file(struct markers *m, const struct yk_canary_message *message, const char *path)
{
    FILE *f = fopen(path, "w");
    cr_assert(f, "cannot write %s", path);
    if (message->head)
        fill(f, m, message->head, 0);
    for (int k = 0; k < MESSAGES; k++)
        fill(f, m, message->text, k);
    if (message->tail)
        fill(f, m, message->tail, MESSAGES);
    fill(f, m, "{\"~t:stranger~\":\"~t:unknown~\",\"time\":\"~t:person~\",\"x\":[~n:age~]}", 0);
    fill(f, m, "~t:person~,~n:age~ ~t:plate~;~t:gender~", 0);
    char *whole = NULL;
    size_t size;
    FILE *half = open_memstream(&whole, &size);
    fill(half, m, message->text, MESSAGES + 1);
    fclose(half);
    fwrite(whole, 1, size * 2 / 3, f);
    free(whole);
    cr_assert_eq(fclose(f), 0);
}

/* --- what decoders make of them --- */

struct taken {
    size_t frames, samples, changes, crossings, stays, counts;
};

#define TAKE(name, type)                                                                              \
    static enum yk_status take_##name(void *context, const struct type *result, struct yk_error *err) \
    {                                                                                                 \
        (void)result;                                                                                 \
        (void)err;                                                                                    \
        ((struct taken *)context)->name##s++;                                                         \
        return YK_OK;                                                                                 \
    }
TAKE(sample, yk_track_sample)
TAKE(change, yk_track_change)
TAKE(crossing, yk_device_crossing)
TAKE(stay, yk_device_stay)
TAKE(count, yk_device_count)
#undef TAKE

static enum yk_status take_frame(void *context, int64_t time_us, struct yk_error *err)
{
    (void)time_us;
    (void)err;
    ((struct taken *)context)->frames++;
    return YK_OK;
}

static struct taken take(const struct yk_camera_dialect *dialect, const char *path)
{
    struct taken taken = {0};
    struct yk_drops drops = {{0}};
    struct yk_camera_sink sink = {
        take_frame, take_sample, take_change, take_crossing, take_stay, take_count, &taken, &drops, 0};
    struct yk_camera_reader_options options = {
        .format = dialect->name, .camera = {.fps = 1, .has_base = true, .base_us = T0_S * INT64_C(1000000)}};
    struct yk_error err = {0};
    cr_assert_eq(yk_camera_read(path, &options, &sink, NULL, &err), YK_OK, "%s: %s", dialect->name, err.message);
    size_t results = taken.samples + taken.crossings + taken.stays + taken.counts;
    printf("%-16s %3zu frames, %3zu samples, %zu changes, %2zu crossings, %2zu stays, %2zu counts\n", dialect->name,
           taken.frames, taken.samples, taken.changes, taken.crossings, taken.stays, taken.counts);
    cr_expect_geq(results, MESSAGES - 1, "%s: the message in camera_messages.c is not understood", dialect->name);
    return taken;
}

/* --- the district --- */

struct sensor {
    const struct yk_camera_dialect *dialect;
    const char *id, *path;
    struct taken taken;
};

#define SENSORS_MAX 64

static const char *write_district(struct yk_rig *rig, const struct sensor *sensors, size_t count)
{
    const char *path = yk_rig_path(rig, "district.yaml");
    FILE *f = fopen(path, "w");
    cr_assert(f);
    fprintf(f,
            "version: 1\ndistrict: { id: riverside, timezone: Asia/Tokyo }\nplaces:\n"
            "  - { id: plaza, polygon: [[139.7671,35.6812],[139.7675,35.6812],[139.7675,35.6815],[139.7671,35.6815]],"
            " area_m2: 1200 }\nsensors:\n");
    for (size_t i = 0; i < count; i++)
        fprintf(f,
                "  - id: %s\n    place: plaza\n    kind: camera_file\n    format: %s\n    fps: 1\n%s"
                "    valid_from: \"2026-10-01T12:00:00+09:00\"\n"
                "    lines:\n      - { id: l%zu, points: [[960,0],[960,1080]], hysteresis: 15 }\n"
                "      - { id: own%zu, device: \"*\" }\n"
                "    zones:\n      - { id: z%zu, points: [[960,300],[1900,300],[1900,1000],[960,1000]] }\n"
                "      - { id: theirs%zu, device: \"*\" }\n",
                sensors[i].id, sensors[i].dialect->name,
                sensors[i].dialect->normalised ? "    frame: [1920, 1080]\n" : "", i, i, i, i);
    fprintf(f, "kpis:\n  - { id: feet, kpi: footfall, place: plaza, resolution: 15m }\n"
               "redis: { url: \"unix:run/redis.sock\" }\n");
    cr_assert_eq(fclose(f), 0);
    return path;
}

/* Keys as yk_rig_open makes them, for a district of its own. */
static void make_keys(struct yk_rig *rig, const char *keys)
{
    const char *log = yk_rig_path(rig, "keys.log");
    cr_assert_eq(yk_rig_run(rig, log, "keys", "make", "--keys", keys, "--name", "district", NULL), 0);
    cr_assert_eq(yk_rig_run(rig, log, "keys", "make", "--keys", keys, "--name", "edge", NULL), 0);
    cr_assert_eq(yk_rig_run(rig, log, "keys", "enroll", rig->district, "--keys", keys, "--edge", "local", "--public",
                            yk_rig_text(rig, "%s/edge.pub", keys), NULL),
                 0);
    rig->keys = keys;
}

/* --- searching --- */

static void search(struct yk_needles *needles, const char *dir, uint64_t at_least, const char *when)
{
    struct yk_needle_hits hits = {0};
    uint64_t before = needles->searched;
    yk_needles_search_tree(needles, dir, &hits);
    uint64_t searched = needles->searched - before;
    printf("%-46s %9llu bytes searched, %zu hits\n", when, (unsigned long long)searched, hits.count);
    cr_assert_gt(searched, at_least, "%s: there was hardly anything to search", when);
    cr_assert_eq(hits.count, 0, "%s: a marker got out: %s", when, hits.first_form);
}

/* The search is able to fail: forms made here in another way than the needles are. */
static void check_controls(struct yk_needles *needles, struct markers *m)
{
    const char *text = marker(m, "t:gender", 8), *number = marker(m, "n:age", 5);
    uint64_t value = strtoull(number, NULL, 10);
    char out[8][128];
    size_t size[8];
    size[0] = (size_t)snprintf(out[0], sizeof out[0], "..%s..", text);
    size[1] = (size_t)snprintf(out[1], sizeof out[1], "\"%s\"", number);
    size[2] = (size_t)snprintf(out[2], sizeof out[2], "%llx", (unsigned long long)value);
    size[3] = 8;
    memcpy(out[3], &value, 8);
    sodium_bin2base64(out[4], sizeof out[4], (const uint8_t *)out[0], size[0], sodium_base64_VARIANT_ORIGINAL);
    size[4] = strlen(out[4]);
    crypto_hash_sha256((uint8_t *)out[5], (const uint8_t *)text, strlen(text));
    size[5] = 32;
    sodium_bin2hex(out[6], sizeof out[6], (const uint8_t *)text, strlen(text));
    size[6] = strlen(out[6]);
    double real = strtod(number, NULL);
    memcpy(out[7], &real, 8);
    size[7] = 8;
    for (size_t i = 0; i < 8; i++) {
        struct yk_needle_hits hits = {0};
        yk_needles_search(needles, out[i], size[i], &hits);
        cr_assert_gt(hits.count, 0, "control %zu: planted and not found", i);
    }
}

struct wait {
    struct yk_rig *rig;
    struct yk_redis *redis;
    const char *url, *log;
    const struct yk_test_frames *frames;
};

static bool redis_has_all(void *context)
{
    struct wait *w = context;
    return yk_test_redis_length(w->redis, "local") >= w->frames->count;
}

static bool is_covered(void *context)
{
    struct wait *w = context;
    return yk_test_covered(w->url, w->rig->keys, w->frames) == w->frames->count;
}

static bool is_serving(void *context)
{
    struct wait *w = context;
    return yk_rig_file_says(w->log, "Dashboard: http://127.0.0.1:");
}

static bool has_frames_of(const struct yk_test_frames *frames, const char *sensor)
{
    for (size_t i = 0; i < frames->count; i++)
        if (strcmp(frames->list[i].header.sensor, sensor) == 0)
            return true;
    return false;
}

Test(canary_cameras, every_dialect_has_a_message, .timeout = 10)
{
    for (size_t i = 0; i < yk_camera_dialect_count(); i++)
        cr_expect(yk_canary_message_of(yk_camera_dialect_at(i)->name),
                  "tests/canary/camera_messages.c has no message of dialect %s", yk_camera_dialect_at(i)->name);
}

Test(canary_cameras, nobody_is_known_behind_the_decoder, .timeout = 200)
{
    static struct yk_rig rig;
    static struct markers markers;
    static struct sensor sensors[SENSORS_MAX];
    size_t count = 0;
    yk_rig_open(&rig);
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    const char *rec = yk_rig_path(&rig, "rec"), *run = yk_rig_path(&rig, "run");
    cr_assert(mkdir(run, 0700) == 0 && mkdir(rec, 0700) == 0);
    for (size_t i = 0; i < yk_camera_dialect_count(); i++) {
        const struct yk_camera_dialect *dialect = yk_camera_dialect_at(i);
        const struct yk_canary_message *message = yk_canary_message_of(dialect->name);
        if (!message)
            continue; /* the test above has said so */
        cr_assert_lt(count, SENSORS_MAX);
        struct sensor *s = &sensors[count++];
        char *id = (char *)yk_rig_text(&rig, "c-%s", dialect->name);
        for (char *c = id; *c; c++)
            *c = *c == '_' ? '-' : *c;
        *s = (struct sensor){.dialect = dialect, .id = id, .path = yk_rig_text(&rig, "%s/%s", rec, id)};
        record_file(&markers, message, s->path);
        s->taken = take(dialect, s->path);
    }
    struct yk_needles needles = {0};
    make_needles(&needles, &markers);
    printf("%zu dialects, %u markers, %zu needles\n", count, markers.count, needles.count);
    check_controls(&needles, &markers);
    struct yk_needle_hits in_recordings = {0};
    yk_needles_search_tree(&needles, rec, &in_recordings);
    cr_assert_gt(in_recordings.count, MESSAGES * count, "the recordings hold the markers");
    needles.searched = 0;

    rig.district = write_district(&rig, sensors, count);
    make_keys(&rig, yk_rig_path(&rig, "own-keys"));
    const char *spool = yk_rig_text(&rig, "%s/spool", run), *state = yk_rig_text(&rig, "%s/state", run);
    const char *publish = yk_rig_text(&rig, "%s/publish.db", run), *tables = yk_rig_text(&rig, "%s/tables", run);
#define LOG(name) yk_rig_text(&rig, "%s/%s.log", run, name)
    for (size_t i = 0; i < count; i++) {
        const char *inspect =
            LOG("inspect"); /* with the format guessed, and said; what it ends with is not the point */
        yk_rig_run(&rig, inspect, "inspect", "--fps", "1", sensors[i].path, NULL);
        yk_rig_run(&rig, inspect, "inspect", "--json", "--fps", "1", "--format", sensors[i].dialect->name,
                   sensors[i].path, NULL);
        cr_assert_eq(yk_rig_run(&rig, LOG("collect"), "collect", rig.district, "--keys", rig.keys, "--spool", spool,
                                "--bulk", "--input", yk_rig_text(&rig, "%s=%s", sensors[i].id, sensors[i].path), NULL),
                     0, "%s", sensors[i].id);
    }
    struct yk_test_frames frames;
    yk_test_frames_read(&frames, spool);
    for (size_t i = 0; i < count; i++)
        if (sensors[i].taken.frames > 1 || sensors[i].taken.counts > 0)
            cr_assert(has_frames_of(&frames, sensors[i].id), "the spool holds nothing of %s", sensors[i].id);
    search(&needles, run, 5000, "spool, before the uplink");
    struct yk_needle_hits inside = {0}; /* bodies are packed on the disk; what is in them is looked at too */
    for (size_t i = 0; i < frames.count; i++)
        yk_needles_search(&needles, frames.list[i].body, frames.list[i].body_size, &inside);
    cr_assert_eq(inside.count, 0, "in a frame's body: a marker got out: %s", inside.first_form);

    struct yk_private_redis redis;
    struct yk_child uplink, analyze, serve;
    yk_rig_redis(&redis, run);
    yk_rig_start(&rig, &uplink, LOG("uplink"), "uplink", rig.district, "--keys", rig.keys, "--spool", spool, "--redis",
                 redis.url, "--drain", NULL);
    struct wait wait = {&rig, yk_test_redis_connect(redis.url), redis.url, LOG("serve"), &frames};
    cr_assert(yk_rig_until(redis_has_all, &wait, 60));
    freeReplyObject(yk_test_redis_do(wait.redis, "CONFIG", "SET", "rdbcompression", "no", NULL));
    freeReplyObject(yk_test_redis_do(wait.redis, "SAVE", NULL));
    yk_redis_free(wait.redis);
    search(&needles, run, 10000, "Redis, with all frames in it");

    yk_rig_start(&rig, &analyze, LOG("analyze"), "analyze", rig.district, "--keys", rig.keys, "--state", state,
                 "--publish", publish, "--redis", redis.url, "--history", NULL);
    cr_assert(yk_rig_until(is_covered, &wait, 60));
    cr_assert_eq(yk_rig_wait(&uplink), 0);
    search(&needles, run, 20000, "state store, with its write-ahead log");
    yk_rig_kill(&analyze, SIGTERM);
    yk_rig_kill(&redis.child, SIGTERM);
    cr_assert_eq(yk_rig_run(&rig, LOG("finish"), "analyze", rig.district, "--keys", rig.keys, "--state", state,
                            "--publish", publish, "--finish", "all", NULL),
                 0);
    cr_assert_eq(
        yk_rig_run(&rig, LOG("export"), "export", "--store", publish, "--config", rig.district, "--out", tables, NULL),
        0);
    cr_assert(yk_rig_file_says(yk_rig_text(&rig, "%s/kpis.csv", tables), "footfall"));
    yk_rig_start(&rig, &serve, wait.log, "serve", rig.district, "--store", publish, "--listen", "127.0.0.1:0", NULL);
    cr_assert(yk_rig_until(is_serving, &wait, 60));
    char *said = yk_rig_read(wait.log, NULL);
    int port = atoi(strstr(said, "127.0.0.1:") + strlen("127.0.0.1:"));
    free(said);
    static const char *const paths[] = {"/", "/api/v1/kpis?limit=1000", "/api/v1/district", "/metrics"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        fetch(port, paths[i], yk_rig_text(&rig, "%s/answer-%zu", run, i));
    yk_rig_kill(&serve, SIGTERM);
    cr_assert(yk_rig_file_says(yk_rig_text(&rig, "%s/answer-1", run), "footfall"), "the API answered with rows");
    search(&needles, run, 40000, "everything, at the end");
    printf("by chance, a hit is less likely than %.1g\n", yk_needles_chance(&needles));
    cr_assert_lt(yk_needles_chance(&needles), 1e-3);
    yk_test_frames_free(&frames);
    yk_needles_free(&needles);
    yk_rig_close(&rig);
}
