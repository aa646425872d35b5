/* Sums of late presence against lives kept as lists of adverts. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The test knows every advert of every device, cuts event time into pieces, and lays each piece into a spool as a frame, as
 * a collector would. What is read back is compared with a model that has neither ticks' bitmaps nor merging in it: it
 * cuts the adverts that are left into lives and takes A, B, D, c0, c1, T, G, G^2 and the keys by their definitions, window
 * by window. A silence inside a window is known to its ticks only (docs/METHODS.md), which the model says in one line. */
#include "late/forget.h"

#include "base/calendar.h"
#include "support/scratch.h"
#include "unit/pipeline/frame/spooled.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <gsl/gsl_rng.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MERGE       6000
#define STATIC      64800
#define SENSORS     2
#define DEVICES     20 /* of a sensor */
#define ADVERTS_MAX 10000
#define STARTS      3 /* of the collector */
#define PIECES_MAX  500

static const char *const sensor_names[SENSORS] = {"radio-1", "radio-2"};
static uint8_t public_key[32], secret_key[64], other_public[32], other_secret[64];
static gsl_rng *rng;

/* All times in tenths of a second into the epoch. */
struct advert {
    int32_t t;
    int32_t gap; /* to the one before, as the collector counted it; 0: it knew of none */
    bool lost;   /* its frame was */
};
struct device {
    uint64_t pseudonym, key_id;
    uint8_t class;
    struct advert adverts[ADVERTS_MAX];
    int count;
};
struct piece {
    int sensor, start; /* of the collector */
    int32_t from, to;
    bool empty, lost;
};

/* Under each start's key a device is another one, unless the key stayed the same. */
static struct {
    int64_t start_s, end_s;
    int32_t length;
    uint64_t keys[STARTS];
    int32_t begins[STARTS], ends[STARTS]; /* when the collector ran */
    struct device devices[SENSORS][STARTS][DEVICES];
    struct piece pieces[PIECES_MAX];
    size_t piece_count;
} day;

static void start(void)
{
    cr_assert_geq(sodium_init(), 0);
    static const uint8_t seed[2][32] = {{1}, {2}};
    crypto_sign_seed_keypair(public_key, secret_key, seed[0]);
    crypto_sign_seed_keypair(other_public, other_secret, seed[1]);
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    scratch_make();
}

static void stop(void)
{
    gsl_rng_free(rng);
    scratch_remove();
}
TestSuite(reduce, .init = start, .fini = stop, .timeout = 100);

static int32_t below(int32_t n)
{
    return (int32_t)gsl_rng_uniform_int(rng, (unsigned long)n);
}

/* --- What happened ------------------------------------------------------------------------------------------------ */

static void lay_epoch(const char *zone, const char *text, int epoch_start_s)
{
    struct yk_error err;
    struct yk_wall wall;
    memset(&day, 0, sizeof day);
    cr_assert_eq(yk_calendar_open(zone, &err), YK_OK);
    cr_assert(yk_time_parse(text, &wall));
    day.start_s = wall.us / 1000000;
    day.end_s = yk_epoch_end(day.start_s, 24, epoch_start_s);
    day.length = (int32_t)(day.end_s - day.start_s) * 10;
}

/* The first start's key is the district's and so is the second's; the third has one of its own. */
static void lay_starts(void)
{
    day.keys[0] = day.keys[1] = 0xA1A2A3A4A5A6A7A8;
    day.keys[2] = 0xB1B2B3B4B5B6B7B8;
    day.begins[0] = -3000; /* the epoch's first frame tells of the time before it, too */
    day.ends[0] = 9 * 36000 + 4200;
    day.begins[1] = day.ends[0] + 3700;
    day.ends[1] = 17 * 36000;
    day.begins[2] = day.ends[1] + 12 * 100;
    day.ends[2] = day.length + 400;
}

static bool is_quiet(int32_t t)
{
    return t >= 2 * 36000 && t < 4 * 36000 - 3000; /* nobody is heard from 2:00 to 3:55 */
}

static void hear(int sensor, int device, int32_t t, int32_t *before, int *before_start)
{
    for (int s = 0; s < STARTS; s++) {
        struct device *d = &day.devices[sensor][day.keys[s] == day.keys[0] ? 0 : s][device];
        if (t < day.begins[s] || t >= day.ends[s] || is_quiet(t) || t < 0 || t >= day.length)
            continue;
        int32_t gap = *before_start == s && t - *before <= MERGE ? t - *before : 0;
        cr_assert_lt(d->count, ADVERTS_MAX);
        d->adverts[d->count++] = (struct advert){.t = t, .gap = gap};
        *before = t;
        *before_start = s;
    }
}

/* Visits of a minute to hours with pauses of all lengths; some never leave. */
static void live(int sensor, int device)
{
    int32_t before = 0;
    int before_start = -1;
    bool stays = device % 7 == 0, breaks = device % 2;
    uint8_t class = (uint8_t)below(YK_CLASS_COUNT);
    for (int s = 0; s < STARTS; s++) {
        day.devices[sensor][s][device].class = class;
        day.devices[sensor][s][device].key_id = day.keys[s];
        day.devices[sensor][s][device].pseudonym = gsl_rng_get(rng) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    }
    for (int32_t t = below(stays ? 3000 : 100000); t < day.length;) {
        int32_t end = stays ? day.length : t + 600 + below(60000), step = 100 + below(300);
        for (; t < end && t < day.length;) {
            hear(sensor, device, t, &before, &before_start);
            t += breaks && below(30) == 0 ? 4500 + below(4500) : step + below(30);
        }
        t += MERGE + below(150000);
    }
}

/* Pieces of three to ten minutes on the grid of ticks, with a frame each; a quiet one is told by the frame after it. */
static bool has_adverts(int sensor, int s, int32_t from, int32_t to)
{
    int first = day.keys[s] == day.keys[0] ? 0 : s;
    for (int i = 0; i < DEVICES; i++) {
        const struct device *d = &day.devices[sensor][first][i];
        for (int k = 0; k < d->count; k++)
            if (d->adverts[k].t >= from && d->adverts[k].t < to)
                return true;
    }
    return false;
}

static void lay_pieces(void)
{
    for (int s = 0; s < STARTS; s++)
        for (int sensor = 0; sensor < SENSORS; sensor++)
            for (int32_t from = day.begins[s], cut = from; cut < day.ends[s];) {
                cut += 1800 + 100 * below(42);
                cut = cut < day.ends[s] ? cut : day.ends[s];
                if (!has_adverts(sensor, s, from, cut))
                    continue;
                cr_assert_lt(day.piece_count, PIECES_MAX);
                day.pieces[day.piece_count++] = (struct piece){.sensor = sensor, .start = s, .from = from, .to = cut};
                from = cut;
            }
}

static void make_day(unsigned long seed)
{
    gsl_rng_set(rng, seed);
    for (int sensor = 0; sensor < SENSORS; sensor++)
        for (int i = 0; i < DEVICES; i++)
            live(sensor, i);
    lay_pieces();
}

static void lose(struct piece *piece)
{
    int first = day.keys[piece->start] == day.keys[0] ? 0 : piece->start;
    piece->lost = true;
    for (int i = 0; i < DEVICES; i++) {
        struct device *d = &day.devices[piece->sensor][first][i];
        for (int k = 0; k < d->count; k++)
            d->adverts[k].lost |= d->adverts[k].t >= piece->from && d->adverts[k].t < piece->to;
    }
}

/* --- Into a spool -------------------------------------------------------------------------------------------------- */

static struct yk_spool *opened(const char *slot, const char *edge, const uint8_t *secret)
{
    struct yk_spool *spool;
    struct yk_error err = {0};
    struct yk_spool_options options = {
        .dir = scratch, .slot = slot, .district = "riverside", .edge = edge, .secret_key = secret};
    cr_assert_eq(yk_spool_open(&options, &spool, &err), YK_OK, "%s", err.message);
    return spool;
}

static size_t tick_records(const struct device *d, int32_t from, int32_t to, struct yk_presence *out)
{
    size_t count = 0;
    for (int k = 0; k < d->count; k++) {
        const struct advert *a = &d->adverts[k];
        int64_t tick = day.start_s / 10 + a->t / 100;
        if (a->t < from || a->t >= to)
            continue;
        if (count == 0 || out[count - 1].tick != tick)
            out[count++] = (struct yk_presence){.pseudonym = d->pseudonym,
                                                .tick = tick,
                                                .address_class = d->class,
                                                .rssi_max_dbm = INT8_MAX,
                                                .first_ds = (uint8_t)(a->t % 100)};
        struct yk_presence *p = &out[count - 1];
        p->adverts++;
        p->last_ds = (uint8_t)(a->t % 100);
        p->gap_ds += (uint32_t)a->gap;
        p->gap_sq_ds2 += (uint32_t)(a->gap * a->gap);
    }
    return count;
}

static void append_records(struct yk_spool *spool, const struct piece *piece, const struct yk_presence *records,
                           size_t count)
{
    static uint8_t bytes[YK_FRAME_BODY_MAX];
    static struct yk_packer *packer;
    struct yk_error err = {0};
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        first = records[i].tick < first ? records[i].tick : first;
        last = records[i].tick > last ? records[i].tick : last;
    }
    struct yk_frame_header h = {.group = YK_GROUP_PRESENCE,
                                .flags = piece->start == 2 ? YK_FRAME_LOCAL_KEY : 0,
                                .records = (uint16_t)count,
                                .epoch_s = day.start_s,
                                .key_id = day.keys[piece->start],
                                .base_s = first * 10,
                                .last_s = last * 10 + 9,
                                .told_from_s = day.start_s + piece->from / 10,
                                .told_to_s = day.start_s + piece->to / 10};
    snprintf(h.sensor, sizeof h.sensor, "%s", sensor_names[piece->sensor]);
    if (!packer)
        packer = yk_packer_new();
    const uint8_t *body = bytes;
    size_t size = yk_body_presence_encode(records, count, h.base_s, bytes, sizeof bytes);
    cr_assert_gt(size, 0);
    h.flags |= yk_pack(packer, &body, &size);
    cr_assert_eq(yk_spool_append(spool, &h, body, size, &err), YK_OK, "%s", err.message);
}

static void append_piece(struct yk_spool *spool, const struct piece *piece)
{
    static struct yk_presence records[2 * YK_FRAME_RECORDS_MAX];
    int first = day.keys[piece->start] == day.keys[0] ? 0 : piece->start;
    size_t count = 0;
    for (int i = 0; i < DEVICES; i++)
        count += tick_records(&day.devices[piece->sensor][first][i], piece->from, piece->to, records + count);
    cr_assert(count > 0 && count <= YK_FRAME_RECORDS_MAX);
    append_records(spool, piece, records, count);
}

/* In order of time, so that a segment holds both sensors. */
static int by_time(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    return x->start != y->start ? x->start - y->start : x->to != y->to ? x->to - y->to : x->sensor - y->sensor;
}

static void spool_day(void)
{
    qsort(day.pieces, day.piece_count, sizeof *day.pieces, by_time);
    for (int s = 0; s < STARTS; s++) {
        struct yk_spool *spool = opened("radio", "edge-1", secret_key);
        for (size_t i = 0; i < day.piece_count; i++)
            if (day.pieces[i].start == s)
                append_piece(spool, &day.pieces[i]);
        yk_spool_close(spool);
    }
}

/* --- What has to come out ------------------------------------------------------------------------------------------ */

/* A silence between two adverts that ends a life; the ticks' edges decide where both lie in one window. */
static bool breaks(int32_t a, int32_t b)
{
    return a / 9000 == b / 9000 ? b / 100 - a / 100 - 1 >= 60 : b - a > MERGE;
}

static int left(const struct device *d, struct advert *out)
{
    int count = 0;
    for (int k = 0; k < d->count; k++)
        if (!d->adverts[k].lost)
            out[count++] = d->adverts[k];
    return count;
}

static uint8_t expected_class(const struct device *d, const struct advert *a, int count)
{
    int32_t born = count ? a[0].t : 0;
    for (int k = 0; k < count; k++) {
        bool inside = k > 0 && a[k].t / 9000 == a[k - 1].t / 9000;
        if (k > 0 && breaks(a[k - 1].t, a[k].t)) {
            if (inside && (a[k - 1].t / 100 + 1) * 100 - born > STATIC)
                return YK_CLASS_STATIC;
            born = inside ? a[k].t / 100 * 100 : a[k].t;
        }
        if (a[k].t - born > STATIC)
            return YK_CLASS_STATIC;
    }
    return d->class;
}

static int64_t overlap(int32_t a, int32_t b, int32_t t0, int32_t t1)
{
    a = a > t0 ? a : t0;
    b = b < t1 ? b : t1;
    return b > a ? b - a : 0;
}

static void add_device(struct yk_rotation_sums *s, const struct advert *a, int count, int32_t t0, int32_t t1)
{
    bool heard = false;
    for (int k = 0; k < count; k++) {
        bool inside = a[k].t >= t0 && a[k].t < t1;
        bool begins = k == 0 || breaks(a[k - 1].t, a[k].t), ends = k + 1 == count || breaks(a[k].t, a[k + 1].t);
        heard |= inside;
        s->births += inside && begins;
        s->deaths += inside && ends;
        s->gap_ds += inside ? a[k].gap : 0;
        s->gap_sq_ds2 += inside ? (int64_t)a[k].gap * a[k].gap : 0;
        if (k > 0 && !begins) {
            s->carried_in += a[k - 1].t < t0 && a[k].t >= t0;
            s->carried_out += a[k - 1].t < t1 && a[k].t >= t1;
            s->life_ds += overlap(a[k - 1].t, a[k].t, t0, t1);
        } else if (k > 0 && a[k - 1].t / 9000 == a[k].t / 9000) { /* lives run to their ticks' edges */
            s->life_ds += overlap(a[k - 1].t, (a[k - 1].t / 100 + 1) * 100, t0, t1);
            s->life_ds += overlap(a[k].t / 100 * 100, a[k].t, t0, t1);
        }
    }
    s->addresses += heard;
}

/* Quarters that are closed (1:00 to 5:00 of the local clock), and in which the sensor's frames at hand heard anything. */
static bool closed_quarter(int32_t q)
{
    return (yk_calendar_civil(day.start_s + q * 900).hour + 23) % 24 < 4;
}

static void mark_quarters(bool quarter[static 101], const struct advert *a, int count)
{
    for (int k = 0; k < count; k++)
        quarter[a[k].t / 9000] = true;
}

static bool is_infrastructure(int sensor, const struct device *d)
{
    static struct advert adverts[ADVERTS_MAX];
    bool any[101] = {false}, mine[101] = {false};
    for (int s = 0; s < STARTS; s++)
        for (int i = 0; i < DEVICES; i++)
            mark_quarters(any, adverts, left(&day.devices[sensor][s][i], adverts));
    int count = left(d, adverts), closed = 0, heard = 0;
    mark_quarters(mine, adverts, count);
    for (int32_t q = 0; q < 101; q++) {
        closed += closed_quarter(q) && any[q];
        heard += closed_quarter(q) && mine[q];
    }
    return expected_class(d, adverts, count) <= YK_CLASS_STATIC && closed >= 2 && heard > closed - heard;
}

static void expect_window(int sensor, int32_t t0, int32_t t1, struct yk_presence_sums *out)
{
    static struct advert adverts[ADVERTS_MAX];
    static bool told[90001];
    memset(out, 0, sizeof *out);
    out->start_s = day.start_s + t0 / 10;
    out->length_s = (uint32_t)(t1 - t0) / 10;
    uint64_t keys[STARTS], key_count = 0;
    for (int s = 0; s < STARTS; s++)
        for (int i = 0; i < DEVICES; i++) {
            const struct device *d = &day.devices[sensor][s][i];
            int count = left(d, adverts);
            struct yk_rotation_sums apart = {0};
            struct yk_rotation_sums *sums =
                is_infrastructure(sensor, d) ? &apart : &out->radio.class_of[expected_class(d, adverts, count)];
            int64_t before = sums->addresses;
            add_device(sums, adverts, count, t0, t1);
            bool known = sums->addresses == before;
            for (uint64_t k = 0; k < key_count; k++)
                known |= keys[k] == d->key_id;
            if (!known)
                keys[key_count++] = d->key_id;
        }
    out->radio.keys = (int64_t)key_count;
    memset(told, 0, sizeof told);
    for (size_t i = 0; i < day.piece_count; i++)
        for (int32_t t = day.pieces[i].from; t < day.pieces[i].to; t += 10)
            if (day.pieces[i].sensor == sensor && !day.pieces[i].lost && t >= t0 && t < t1)
                told[(t - t0) / 10] = true;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        out->covered_s += told[i];
}

/* --- What came out ------------------------------------------------------------------------------------------------- */

#define SUMS_MAX 400
static struct {
    struct yk_presence_sums list[SUMS_MAX];
    size_t count, frames;
} got[SENSORS];

static void keep(void *context, const struct yk_observation *o)
{
    int sensor = *(int *)context;
    cr_assert_lt(got[sensor].count, SUMS_MAX);
    cr_assert_eq(o->kind, YK_KIND_SUMS);
    got[sensor].list[got[sensor].count++] = o->as.sums;
}

static size_t find(const uint8_t *bytes, size_t size, const void *needle, size_t length)
{
    size_t hits = 0;
    for (const uint8_t *p = bytes; (p = memmem(p, size - (size_t)(p - bytes), needle, length)); p++)
        hits++;
    return hits;
}

/* Raw in both orders and in hex: nothing of a pseudonym, and of no key. */
static size_t pseudonyms_in(const uint8_t *bytes, size_t size)
{
    size_t hits = 0;
    for (int sensor = 0; sensor < SENSORS; sensor++)
        for (int s = 0; s < STARTS; s++)
            for (int i = 0; i < DEVICES; i++)
                for (int k = 0; k < 2; k++) {
                    const struct device *d = &day.devices[sensor][s][i];
                    uint64_t value = k ? d->key_id : d->pseudonym, swapped = __builtin_bswap64(value);
                    char hex[4][17];
                    if (value == 0) /* nobody */
                        continue;
                    snprintf(hex[0], 17, "%016llx", (unsigned long long)value);
                    snprintf(hex[1], 17, "%016llX", (unsigned long long)value);
                    snprintf(hex[2], 17, "%016llx", (unsigned long long)swapped);
                    snprintf(hex[3], 17, "%016llX", (unsigned long long)swapped);
                    hits += find(bytes, size, &value, 8) + find(bytes, size, &swapped, 8);
                    for (int h = 0; h < 4; h++)
                        hits += find(bytes, size, hex[h], 16);
                }
    return hits;
}

static size_t presence_count, tombstone_count;

static void read_spool(void)
{
    struct yk_unpacker *unpacker = yk_unpacker_new();
    memset(got, 0, sizeof got);
    presence_count = tombstone_count = 0;
    spooled_read(scratch);
    for (size_t i = 0; i < spooled_count; i++) {
        struct yk_frame frame = spooled[i].frame;
        const struct yk_frame_header *h = &frame.header;
        presence_count += h->group == YK_GROUP_PRESENCE && !(h->flags & YK_FRAME_TOMBSTONE);
        tombstone_count += h->flags & YK_FRAME_TOMBSTONE ? 1 : 0;
        if (h->group != YK_GROUP_REDUCED)
            continue;
        char folder[64];
        int sensor = strcmp(h->sensor, sensor_names[1]) == 0;
        snprintf(folder, sizeof folder, "reduced-%lld", (long long)(h->base_s / 86400 * 86400));
        cr_expect_str_eq(spooled[i].folder, folder);
        cr_expect_str_eq(h->sensor, sensor_names[sensor]);
        cr_expect_str_eq(h->edge, "edge-1");
        cr_expect(yk_frame_verify(&frame, public_key));
        cr_expect(h->lane == YK_LANE_LIVE && h->epoch_s == 0 && h->key_id == 0);
        cr_expect(h->told_from_s == h->base_s && h->told_to_s == h->last_s + 1);
        cr_expect_eq(pseudonyms_in(frame.bytes, frame.size), 0);
        cr_assert(yk_frame_unpack(unpacker, &frame));
        cr_expect_eq(pseudonyms_in(frame.body, frame.body_size), 0);
        cr_expect_lt(frame.body_size, 96 * 1024);
        cr_assert(yk_body_plain_decode(&frame, keep, &sensor));
        got[sensor].frames++;
    }
    yk_unpacker_free(unpacker);
}

static void same(const struct yk_presence_sums *g, const struct yk_presence_sums *w, const char *what, int sensor)
{
    char at[YK_TIME_TEXT_MAX];
    yk_time_format(at, w->start_s);
    cr_expect_eq(g->covered_s, w->covered_s, "%s %s of %d: covered %u, not %u", what, at, sensor, g->covered_s,
                 w->covered_s);
    cr_expect_eq(g->radio.keys, w->radio.keys, "%s %s of %d: keys %ld, not %ld", what, at, sensor, g->radio.keys,
                 w->radio.keys);
    for (int c = 0; c < YK_CLASS_COUNT; c++) {
        const struct yk_rotation_sums *x = &g->radio.class_of[c], *y = &w->radio.class_of[c];
#define EQUAL(field)                                                                                                  \
    cr_expect_eq(x->field, y->field, "%s %s of %d, class %d: " #field " %ld, not %ld", what, at, sensor, c, x->field, \
                 y->field)
        EQUAL(addresses);
        EQUAL(births);
        EQUAL(deaths);
        EQUAL(carried_in);
        EQUAL(carried_out);
        EQUAL(life_ds);
        EQUAL(gap_ds);
        EQUAL(gap_sq_ds2);
#undef EQUAL
    }
}

static size_t expected_count; /* of the sensor that was compared last */

static void compare_window(int sensor, int32_t t0, int32_t t1, const char *what)
{
    struct yk_presence_sums want;
    expect_window(sensor, t0, t1, &want);
    size_t found = 0;
    for (size_t i = 0; i < got[sensor].count; i++)
        if (got[sensor].list[i].start_s == want.start_s && got[sensor].list[i].length_s == want.length_s) {
            same(&got[sensor].list[i], &want, what, sensor);
            found++;
        }
    cr_expect_eq(found, want.covered_s > 0, "%s from %d of %d is told %zu times", what, t0 / 10, sensor, found);
    expected_count += want.covered_s > 0;
}

/* Every window of the sensor's epoch; clock hours of zones whose offset is whole hours. */
static void compare_sensor(int sensor)
{
    expected_count = 0;
    for (int32_t t = 0; t < day.length; t += 9000)
        compare_window(sensor, t, t + 9000, "quarter");
    for (int32_t t = 0, next; t < day.length; t = next) {
        next = (int32_t)((day.start_s + t / 10) / 3600 * 3600 + 3600 - day.start_s) * 10;
        next = next < day.length ? next : day.length;
        compare_window(sensor, t, next, "hour");
    }
    compare_window(sensor, 0, day.length, "epoch");
    cr_expect_eq(got[sensor].count, expected_count);
    cr_expect_eq(got[sensor].frames, expected_count > 0);
}

static struct yk_reduce_report report;
static struct yk_error last_err;

static enum yk_status reduce(int epoch_start_s, size_t pairs_max)
{
    struct yk_spool *spool = opened("radio", "edge-1", secret_key);
    const struct yk_reduce_options options = {.spool = spool,
                                              .dir = scratch,
                                              .district = "riverside",
                                              .edge = "edge-1",
                                              .public_key = public_key,
                                              .epoch_hours = 24,
                                              .epoch_start_s = epoch_start_s,
                                              .pairs_max = pairs_max};
    last_err.message[0] = '\0';
    enum yk_status status = yk_late_reduce(&options, day.start_s, &report, &last_err);
    yk_spool_close(spool);
    read_spool();
    return status;
}

/* --- Tests --------------------------------------------------------------------------------------------------------- */

#define FOUR 14400

static void a_day(const char *zone, const char *text, int epoch_start_s, int hours, unsigned long seed)
{
    lay_epoch(zone, text, epoch_start_s);
    cr_assert_eq(day.length, hours * 36000);
    lay_starts();
    make_day(seed);
    spool_day();
    cr_assert_eq(reduce(epoch_start_s, 0), YK_OK, "%s", last_err.message);
    cr_expect_eq(report.frames, day.piece_count);
    cr_expect_eq(report.refused, 0);
    cr_expect_eq(report.sensors, 2);
    cr_expect_eq(report.windows, got[0].count + got[1].count);
    cr_expect_eq(presence_count, day.piece_count, "nothing is erased by it");
    for (int sensor = 0; sensor < SENSORS; sensor++)
        compare_sensor(sensor);
}

Test(reduce, two_sensors_three_starts_two_keys)
{
    a_day("Asia/Tokyo", "2026-04-01T04:00", FOUR, 24, 7);
    /* The model is not idle: the day has what it is to be compared for. */
    const struct yk_presence_sums *epoch = &got[0].list[got[0].count - 1];
    cr_expect_eq(epoch->radio.keys, 2);
    cr_expect_gt(epoch->radio.class_of[YK_CLASS_STATIC].addresses, 2);
    cr_expect_gt(epoch->radio.class_of[YK_CLASS_RESOLVABLE].births, 10);
    cr_expect_lt(epoch->covered_s, 86400);
    size_t quiet = 0;
    for (size_t i = 0; i < got[0].count; i++)
        quiet += got[0].list[i].length_s == 900 && got[0].list[i].covered_s == 900 && got[0].list[i].radio.keys == 0;
    cr_expect_geq(quiet, 7, "2:00 to 3:45: zeros of a full quarter");
    /* Told again, as after a crash between sums and erasing: the same. */
    static struct yk_presence_sums first[SUMS_MAX];
    size_t count = got[0].count;
    memcpy(first, got[0].list, sizeof first);
    cr_assert_eq(reduce(FOUR, 0), YK_OK);
    cr_assert_eq(got[0].count, 2 * count);
    for (size_t i = 0; i < count; i++) {
        same(&got[0].list[i], &first[i], "again", 0);
        same(&got[0].list[count + i], &first[i], "again", 0);
    }
}

Test(reduce, a_day_of_25_hours)
{
    a_day("Europe/Berlin", "2026-10-24T04:00", FOUR, 25, 8);
}

Test(reduce, a_day_of_23_hours)
{
    a_day("Europe/Berlin", "2026-03-28T04:00", FOUR, 23, 9);
}

Test(reduce, an_epoch_that_begins_at_half_past)
{
    a_day("Asia/Tokyo", "2026-04-01T04:30", FOUR + 1800, 24, 10);
}

/* The n-th presence frame of the spool, in order of files. */
struct place {
    char path[300];
    size_t at, size;
};

static size_t places(struct place *out, size_t max)
{
    char pattern[200];
    glob_t found;
    size_t count = 0;
    snprintf(pattern, sizeof pattern, "%s/presence-*/*.seg", scratch);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
    spooled_read(scratch);
    for (size_t i = 0, file = 0, at = 0; i < spooled_count; i++) {
        struct stat st;
        while (stat(found.gl_pathv[file], &st) == 0 && at == (size_t)st.st_size) {
            file++;
            at = 0;
        }
        cr_assert_lt(count, max);
        snprintf(out[count].path, sizeof out[count].path, "%s", found.gl_pathv[file]);
        out[count].at = at;
        out[count++].size = spooled[i].frame.size;
        at += spooled[i].frame.size;
    }
    globfree(&found);
    return count;
}

static void overwrite(const struct place *place, size_t at, const void *bytes, size_t size)
{
    int fd = open(place->path, O_WRONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(pwrite(fd, bytes, size, (off_t)(place->at + at)), (ssize_t)size);
    close(fd);
}

/* Which piece a frame on the disk is: by sensor and time. */
static struct piece *piece_of(size_t frame)
{
    const struct yk_frame_header *h = &spooled[frame].frame.header;
    for (size_t i = 0; i < day.piece_count; i++)
        if (strcmp(h->sensor, sensor_names[day.pieces[i].sensor]) == 0 &&
            h->told_from_s == day.start_s + day.pieces[i].from / 10 &&
            h->told_to_s == day.start_s + day.pieces[i].to / 10)
            return &day.pieces[i];
    cr_assert_fail("no such piece");
    return NULL;
}

Test(reduce, torn_tails_and_damage_cost_their_own_frames)
{
    static struct place found[PIECES_MAX];
    lay_epoch("Asia/Tokyo", "2026-04-01T04:00", FOUR);
    lay_starts();
    make_day(11);
    spool_day();
    size_t count = places(found, PIECES_MAX);
    cr_assert_eq(count, day.piece_count);
    const size_t hurt[] = {10, 57, 58, 59, 101, count - 1};
    lose(piece_of(10)); /* a bit of its body */
    lose(piece_of(57)); /* a stretch over three frames */
    lose(piece_of(58));
    lose(piece_of(59));
    lose(piece_of(101));       /* its magic */
    lose(piece_of(count - 1)); /* torn */
    uint8_t byte, noise[4096];
    byte = (uint8_t)(spooled[10].frame.bytes[YK_FRAME_HEADER_SIZE + 30] ^ 4);
    overwrite(&found[10], YK_FRAME_HEADER_SIZE + 30, &byte, 1);
    memset(noise, 0xA5, sizeof noise);
    size_t stretch = found[57].size - 20 + found[58].size + 200;
    cr_assert_leq(stretch, sizeof noise);
    cr_assert_str_eq(found[57].path, found[59].path);
    overwrite(&found[57], 20, noise, stretch);
    overwrite(&found[101], 0, "XXXX", 4);
    cr_assert_eq(truncate(found[count - 1].path, (off_t)(found[count - 1].at + found[count - 1].size - 1)), 0);
    cr_assert_eq(reduce(FOUR, 0), YK_OK, "%s", last_err.message);
    cr_expect_eq(report.frames, count - sizeof hurt / sizeof hurt[0]);
    cr_expect_eq(report.refused, 1, "what has an envelope and a wrong signature is counted");
    for (int sensor = 0; sensor < SENSORS; sensor++)
        compare_sensor(sensor);
}

/* One device, three adverts, by hand: 04:20:00.5 and 04:29:59.9, then 05:00:10.0. */
static void small_day(void)
{
    lay_epoch("Asia/Tokyo", "2026-04-01T04:00", FOUR);
    day.keys[0] = day.keys[1] = day.keys[2] = 0xA1A2A3A4A5A6A7A8;
    struct device *d = &day.devices[0][0][0];
    d->key_id = day.keys[0];
    d->pseudonym = 0x1122334455667788;
    d->class = YK_CLASS_RESOLVABLE;
    d->adverts[0] = (struct advert){.t = 12005};
    d->adverts[1] = (struct advert){.t = 17999, .gap = 5994};
    d->adverts[2] = (struct advert){.t = 36100};
    d->count = 3;
    day.pieces[0] = (struct piece){.to = 18000};
    day.pieces[1] = (struct piece){.from = 18000, .to = 36200};
    day.piece_count = 2;
}

Test(reduce, by_hand)
{
    small_day();
    spool_day();
    cr_assert_eq(reduce(FOUR, 0), YK_OK);
    cr_assert_eq(got[0].count, 5 + 2 + 1, "05:00 is told for 20 s");
    const struct yk_presence_sums *s = got[0].list;
    const struct yk_rotation_sums *r;
    cr_expect(s[0].start_s == day.start_s && s[0].length_s == 900 && s[0].covered_s == 900 && s[0].radio.keys == 0);
    r = &s[1].radio.class_of[YK_CLASS_RESOLVABLE]; /* 04:15 */
    cr_expect(s[1].radio.keys == 1 && r->addresses == 1 && r->births == 1 && r->deaths == 1 && r->carried_in == 0);
    cr_expect(r->life_ds == 5994 && r->gap_ds == 5994 && r->gap_sq_ds2 == 35928036 && r->carried_out == 0);
    r = &s[2].radio.class_of[YK_CLASS_RESOLVABLE]; /* 04:30: quiet, and told so */
    cr_expect(s[2].covered_s == 900 && s[2].radio.keys == 0 && r->addresses == 0 && r->life_ds == 0);
    r = &s[4].radio.class_of[YK_CLASS_RESOLVABLE]; /* 05:00 */
    cr_expect(s[4].start_s == day.start_s + 3600 && s[4].covered_s == 20 && r->addresses == 1 && r->life_ds == 0);
    r = &s[7].radio.class_of[YK_CLASS_RESOLVABLE];
    cr_expect(s[7].length_s == 86400 && s[7].covered_s == 3620 && r->addresses == 1 && r->births == 2);
    for (int sensor = 0; sensor < SENSORS; sensor++)
        compare_sensor(sensor);
}

/* Nothing to reduce: no folder, an empty one, one with other things in it. */
Test(reduce, nothing_is_told_of_nothing)
{
    small_day();
    cr_assert_eq(reduce(FOUR, 0), YK_OK);
    char path[200];
    snprintf(path, sizeof path, "%s/presence-%lld", scratch, (long long)day.start_s);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(reduce(FOUR, 0), YK_OK);
    snprintf(path, sizeof path, "%s/presence-%lld/empty.seg", scratch, (long long)day.start_s);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    cr_assert_eq(reduce(FOUR, 0), YK_OK);
    cr_expect_eq(report.frames + report.refused + report.windows, 0);
    cr_expect_eq(spooled_count, 0);
    /* Epochs that today's rules do not lay are none. */
    spool_day();
    cr_assert_eq(reduce(FOUR + 3600, 0), YK_OK);
    cr_expect_eq(report.windows, 0);
    cr_expect_eq(presence_count, 2);
}

static int hold_segment(int operation)
{
    static struct place found[8];
    cr_assert_gt(places(found, 8), 0);
    int fd = open(found[0].path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(flock(fd, operation), 0);
    return fd;
}

Test(reduce, a_segment_that_is_being_written_is_left_for_later)
{
    small_day();
    spool_day();
    int fd = hold_segment(LOCK_EX);
    cr_expect_eq(reduce(FOUR, 0), YK_ERR_UNAVAILABLE);
    cr_expect_eq(got[0].count, 0);
    close(fd);
    fd = hold_segment(LOCK_SH); /* an uplink that reads */
    cr_expect_eq(reduce(FOUR, 0), YK_OK);
    cr_expect_eq(got[0].count, 8);
    close(fd);
}

/* What this very spool is writing is finished first. */
Test(reduce, our_own_open_segment_is_closed)
{
    small_day();
    struct yk_spool *spool = opened("radio", "edge-1", secret_key);
    append_piece(spool, &day.pieces[0]);
    append_piece(spool, &day.pieces[1]);
    struct yk_reduce_options options = {.spool = spool,
                                        .dir = scratch,
                                        .district = "riverside",
                                        .edge = "edge-1",
                                        .public_key = public_key,
                                        .epoch_hours = 24,
                                        .epoch_start_s = FOUR};
    cr_expect_eq(yk_late_reduce(&options, day.start_s, &report, &last_err), YK_OK, "%s", last_err.message);
    yk_spool_close(spool);
    read_spool();
    cr_expect_eq(got[0].count, 8);
}

/* Frames that the district would not have taken from this edge are in no sum, and none is there twice. */
Test(reduce, only_our_own_frames_and_each_once)
{
    small_day();
    spool_day();
    static struct place found[8];
    cr_assert_eq(places(found, 8), 2);
    char command[800];
    snprintf(command, sizeof command, "cp %s %s.copy.seg", found[0].path, found[0].path);
    cr_assert_eq(system(command), 0);
    struct piece stranger = {.from = 36200, .to = 72000};
    struct yk_presence p = {.pseudonym = 5, .adverts = 1, .rssi_max_dbm = INT8_MAX, .address_class = YK_CLASS_STATIC};
    p.tick = day.start_s / 10 + 600;
    struct yk_spool *spool = opened("other", "edge-2", secret_key); /* another edge */
    append_records(spool, &stranger, &p, 1);
    yk_spool_close(spool);
    spool = opened("other", "edge-1", other_secret); /* another key */
    append_records(spool, &stranger, &p, 1);
    yk_spool_close(spool);
    spool = opened("other", "edge-1", secret_key); /* a record of the epoch before in a frame that says this one */
    p.tick = day.start_s / 10 - 1;
    append_records(spool, &stranger, &p, 1);
    p.tick = day.end_s / 10;
    append_records(spool, &stranger, &p, 1);
    yk_spool_close(spool);
    cr_assert_eq(reduce(FOUR, 0), YK_OK);
    cr_expect_eq(report.frames, 2);
    cr_expect_eq(report.refused, 4);
    compare_sensor(0);
}

/* The bound counts pairs of device and window, to the last one; a sensor above it costs no other its sums. */
Test(reduce, more_devices_than_fit)
{
    enum { MANY = 900 };
    static struct yk_presence many[2 * MANY];
    small_day();
    spool_day();
    struct yk_spool *spool = opened("other", "edge-1", secret_key);
    for (size_t i = 0; i < 2 * MANY; i++) /* each in two windows */
        many[i] = (struct yk_presence){.pseudonym = 1000 + i / 2,
                                       .tick = day.start_s / 10 + 95 + (i % 2 ? -10 : 0),
                                       .adverts = 1,
                                       .rssi_max_dbm = INT8_MAX,
                                       .address_class = YK_CLASS_RESOLVABLE};
    struct piece piece = {.sensor = 1, .to = 36200};
    append_records(spool, &piece, many, 2 * MANY);
    append_records(spool, &piece, many, 2 * MANY); /* the same devices again are no more of them */
    yk_spool_close(spool);
    cr_assert_eq(reduce(FOUR, 2 * MANY - 1), YK_OK);
    cr_expect(report.given_up_sensors == 1 && report.given_up_frames == 2 && report.sensors == 1);
    cr_expect(got[0].count == 8 && got[1].count == 0);
    cr_assert_eq(reduce(FOUR, 2 * MANY), YK_OK);
    cr_expect(report.given_up_sensors == 0 && report.sensors == 2 && report.frames == 4);
    cr_assert_eq(got[1].count, 8);
    cr_expect_eq(got[1].list[0].radio.class_of[YK_CLASS_RESOLVABLE].addresses, MANY);
    cr_expect_eq(got[1].list[1].radio.class_of[YK_CLASS_RESOLVABLE].addresses, MANY);
    cr_expect_eq(got[1].list[7].radio.class_of[YK_CLASS_RESOLVABLE].addresses, MANY);
    cr_expect_eq(got[1].list[7].radio.class_of[YK_CLASS_RESOLVABLE].life_ds, MANY * 1000);
}

/* No room: nothing is lost, and later it works. */
Test(reduce, a_full_disk_is_waited_for)
{
    small_day();
    spool_day();
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit, none = {100, RLIM_INFINITY};
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    none.rlim_max = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    cr_expect_eq(reduce(FOUR, 0), YK_ERR_FULL);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(presence_count, 2);
    cr_expect_eq(reduce(FOUR, 0), YK_OK);
    compare_sensor(0);
}

/* --- Forgetting ---------------------------------------------------------------------------------------------------- */

#define GRACE_H 6
#define GRACE_S (GRACE_H * 3600)

static uint64_t told_frames, told_windows;

static void forget(bool radio, int64_t now_s)
{
    struct yk_spool *spool = opened(radio ? "radio" : "camera", "edge-1", secret_key);
    struct yk_late late = {.options = {.spool = spool,
                                       .dir = scratch,
                                       .district = "riverside",
                                       .edge = "edge-1",
                                       .public_key = public_key,
                                       .epoch_hours = 24,
                                       .epoch_start_s = FOUR},
                           .grace_hours = GRACE_H,
                           .reduces = radio};
    yk_late_forget(&late, now_s);
    yk_spool_close(spool);
    read_spool();
    told_frames = late.frames;
    told_windows = late.windows;
}

Test(reduce, a_radio_forgets_when_the_grace_is_over)
{
    small_day();
    spool_day();
    forget(true, day.end_s + GRACE_S - 1);
    cr_expect(presence_count == 2 && got[0].count == 0);
    forget(true, day.end_s + GRACE_S);
    cr_expect(presence_count == 0 && got[0].count == 8);
    cr_expect(told_frames == 2 && told_windows == 8);
    cr_expect_eq(tombstone_count, 1, "both in one, as without sums");
    for (size_t i = 0; i < spooled_count; i++) {
        const struct yk_frame_header *h = &spooled[i].frame.header;
        uint64_t last;
        if (!yk_frame_tombstone(&spooled[i].frame, &last))
            continue;
        cr_expect(h->sequence == 1 && last == 2 && h->group == YK_GROUP_PRESENCE);
        cr_expect(h->told_from_s == day.start_s && h->told_to_s == day.start_s + 3620);
    }
    char path[200];
    snprintf(path, sizeof path, "%s/presence-%lld", scratch, (long long)day.start_s);
    cr_expect_neq(access(path, F_OK), 0);
}

Test(reduce, a_camera_forgets_an_hour_later_and_tells_no_sums)
{
    small_day();
    spool_day();
    forget(false, day.end_s + GRACE_S + 3599);
    cr_expect_eq(presence_count, 2);
    forget(false, day.end_s + GRACE_S + 3600);
    cr_expect(presence_count == 0 && got[0].count == 0 && tombstone_count == 1);
}

/* What somebody still writes is never taken away under its hands; when nobody does any more it goes at once. */
Test(reduce, what_is_being_written_waits)
{
    small_day();
    spool_day();
    int fd = hold_segment(LOCK_EX);
    forget(true, day.end_s + GRACE_S + 3599);
    cr_expect(presence_count == 2 && got[0].count == 0);
    forget(true, day.end_s + GRACE_S + 3600);
    cr_expect(presence_count == 2 && tombstone_count == 0);
    close(fd);
    forget(true, day.end_s + GRACE_S + 3660);
    cr_expect(presence_count == 0 && tombstone_count == 1);
}

/* An epoch that has to wait does not keep an older one. */
Test(reduce, the_oldest_epoch_goes_first)
{
    small_day();
    spool_day();
    int64_t older_s = day.start_s;
    day.start_s += 86400;
    day.end_s += 86400;
    struct yk_spool *spool = opened("other", "edge-1", secret_key);
    append_piece(spool, &day.pieces[0]);
    forget(true, day.end_s + GRACE_S);
    yk_spool_close(spool);
    cr_expect_eq(presence_count, 1);
    cr_assert_eq(got[0].count, 8);
    cr_expect_eq(got[0].list[7].start_s, older_s);
    forget(true, day.end_s + GRACE_S);
    cr_expect_eq(presence_count, 0);
    cr_expect_eq(got[0].count, 8 + 2 + 1 + 1, "two quarters, an hour, the epoch");
}
