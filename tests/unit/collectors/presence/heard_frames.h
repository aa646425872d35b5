/* A radio session over a spool in a scratch folder, and what came out of it. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef YK_TESTS_HEARD_FRAMES_H
#define YK_TESTS_HEARD_FRAMES_H

#include "identity/identity.h"
#include "session_private.h"

#include "base/calendar.h"
#include "support/grow.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <glob.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct radio {
    struct yk_config config;
    struct yk_sensor_config sensor;
    struct yk_place_config place;
    struct yk_spool *spool;
    struct yk_identity *identity;
    struct yk_session *session;
    uint8_t public_key[32], secret_key[64];
    volatile sig_atomic_t stop;
};

static struct yk_error radio_err;

static inline void radio_open(struct radio *r)
{
    memset(r, 0, sizeof *r);
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &radio_err), YK_OK);
    crypto_sign_keypair(r->public_key, r->secret_key);
    scratch_make();
    strcpy(r->config.district, "riverside");
    strcpy(r->sensor.id, "radio-1");
    strcpy(r->place.id, "plaza");
    r->sensor.valid_from = r->place.valid_from = INT64_MIN;
    r->config.sensors = &r->sensor;
    r->config.sensor_count = 1;
    r->config.places = &r->place;
    r->config.place_count = 1;
    r->config.privacy.epoch_hours = 24;
    r->config.privacy.epoch_start_s = 4 * 3600;
    struct yk_spool_options options = {
        .dir = scratch, .slot = "radio", .district = "riverside", .edge = "edge-1", .secret_key = r->secret_key};
    cr_assert_eq(yk_spool_open(&options, &r->spool, &radio_err), YK_OK);
    cr_assert_eq(yk_identity_new(&r->config, &r->identity, &radio_err), YK_OK);
    struct yk_session_options session = {.config = &r->config,
                                         .sensor = &r->sensor,
                                         .spool = r->spool,
                                         .identity = r->identity,
                                         .flush = YK_FLUSH_BULK,
                                         .stop = &r->stop};
    cr_assert_eq(yk_session_new(&session, &r->session, &radio_err), YK_OK);
}

static inline void radio_close(struct radio *r)
{
    yk_session_free(r->session);
    yk_identity_free(r->identity);
    yk_spool_close(r->spool);
    scratch_remove();
}

struct heard_presence {
    struct yk_presence presence;
    int64_t epoch_s;
    uint64_t key_id;
};

static struct heard_presence *heard;
static size_t heard_count, heard_capacity;
static struct yk_health *healths;
static size_t health_count, health_capacity;
static struct yk_observation *plains; /* what is neither presence nor health */
static size_t plain_count, plain_capacity;

static inline void heard_plain(void *context, const struct yk_observation *o)
{
    (void)context;
    if (o->kind != YK_KIND_HEALTH) {
        plains = grow_to(plains, plain_count + 1, sizeof *plains, &plain_capacity);
        plains[plain_count++] = *o;
        return;
    }
    healths = grow_to(healths, health_count + 1, sizeof *healths, &health_capacity);
    healths[health_count++] = o->as.health;
}

/* A frame gives its records by pseudonym; here they stand in order of time. */
static inline int heard_order(const void *a, const void *b)
{
    const struct yk_presence *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return x->first_ds - y->first_ds;
}

/* Decodes every frame that is in the spool, in order of path. */
static inline void heard_read(void)
{
    static struct yk_presence records[YK_FRAME_RECORDS_MAX];
    static uint8_t bytes[16 << 20];
    char pattern[100];
    glob_t found;
    struct yk_unpacker *unpacker = yk_unpacker_new();
    cr_assert(unpacker);
    heard_count = health_count = plain_count = 0;
    snprintf(pattern, sizeof pattern, "%s/*/*.seg", scratch);
    size_t segments = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    for (size_t s = 0; s < segments; s++) {
        FILE *file = fopen(found.gl_pathv[s], "rb");
        size_t size = fread(bytes, 1, sizeof bytes, file), at = 0;
        fclose(file);
        struct yk_frame frame;
        for (; at < size; at += frame.size) {
            cr_assert_eq(yk_frame_parse(bytes + at, size - at, &frame), YK_FRAME_OK);
            cr_assert(yk_frame_unpack(unpacker, &frame));
            if (frame.header.group != YK_GROUP_PRESENCE) {
                cr_assert(yk_body_plain_decode(&frame, heard_plain, NULL));
                continue;
            }
            cr_assert(yk_body_presence_decode(&frame, records));
            qsort(records, frame.header.records, sizeof records[0], heard_order);
            heard = grow_to(heard, heard_count + frame.header.records, sizeof *heard, &heard_capacity);
            for (unsigned i = 0; i < frame.header.records; i++)
                heard[heard_count++] = (struct heard_presence){records[i], frame.header.epoch_s, frame.header.key_id};
        }
    }
    if (segments)
        globfree(&found);
    yk_unpacker_free(unpacker);
}

#endif
