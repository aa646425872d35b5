/* A busy district's day, as spools of signed frames: what the analyze worker's throughput is measured on.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every sensor stands at a place of its own and hears the same number of devices in each tick. A device stays for a
 * while, adverts at an interval of its own, is sometimes not heard for a tick, and, if its address rotates, takes
 * another pseudonym every 15 minutes at a phase of its own. With --roam some of those that leave come to another place, or
 * back, after a walk of three minutes or more; then all edges share a key, as in a district. Gaps telescope as they do in a collector: those that end in
 * a tick add up to the time since the last advert before it. Records go through the frame writer and the spool in
 * order of time over the sensors of an edge, so frames are cut as a collector cuts them. The same seed gives the same
 * observations; incarnations and keys are random, as they always are.
 *
 *     DIR/district.yaml     one place, one radio per sensor; epochs of 24 h from 04:00
 *     DIR/keys              the district's pair, one pair for all edges, and their enrolment
 *     DIR/edge-N            the spool of edge N */
#include "base/calendar.h"
#include "base/log.h"
#include "config/config.h"
#include "frame/enrolment.h"
#include "frame/frame_writer.h"
#include "frame/keys.h"

#include <argp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EDGES_MAX      256
#define ROTATION_TICKS (YK_WINDOW_S / YK_TICK_S)
#define STAY_TICKS_MIN 30  /* 5 minutes */
#define STAY_TICKS     330 /* and up to an hour more: half an hour in the mean */
#define WALK_TICKS_MIN 18 /* 3 minutes: there, a stay and back take longer than the merge gap, so lives never overlap */
#define WALK_TICKS     163
#define TICK_DS        (YK_TICK_S * 10)
#define HEALTH_TICKS   6
#define SILENT_OF_10   1 /* of ten ticks, one passes without an advert heard */

static const char doc[] = "Make the frames of a busy district.\v"
                          "Example:\n"
                          "  bench_make_day --out /tmp/day --sensors 10 --edges 2 --hours 24\n";
static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "folder to make (needed)", 0},
    {"sensors", 's', "N", 0, "sensors, each at a place of its own (default 10)", 0},
    {"edges", 'e', "N", 0, "edges that the sensors are shared out to (default 1)", 0},
    {"devices", 'd', "N", 0, "devices heard by each sensor in each tick, in the mean (default 100)", 0},
    {"hours", 'h', "N", 0, "from 04:00 on (default 24)", 0},
    {"seed", 'r', "N", 0, "of the pseudo-random numbers (default 1)", 0},
    {"roam", 'w', "PERCENT", 0, "of the devices that leave, how many come to another place (default 0)", 0},
    {"bulk", 'b', NULL, 0, "frames of 2,000 records instead of a minute each", 0},
    {0},
};

static struct {
    const char *out;
    unsigned sensors, edges, devices, hours, seed, roam;
    bool bulk;
} a = {NULL, 10, 1, 100, 24, 1, 0, false};

static unsigned number(struct argp_state *state, const char *arg, unsigned most)
{
    char *end;
    long value = strtol(arg, &end, 10);
    if (*end || value < 1 || value > (long)most)
        argp_error(state, "a number from 1 to %u is expected, not '%s'", most, arg);
    return (unsigned)value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case 'o':
        a.out = arg;
        return 0;
    case 's':
        a.sensors = number(state, arg, 1000);
        return 0;
    case 'e':
        a.edges = number(state, arg, EDGES_MAX);
        return 0;
    case 'd':
        a.devices = number(state, arg, 10000);
        return 0;
    case 'h':
        a.hours = number(state, arg, 24 * 366);
        return 0;
    case 'r':
        a.seed = number(state, arg, 1000000);
        return 0;
    case 'w':
        a.roam = number(state, arg, 100);
        return 0;
    case 'b':
        a.bulk = true;
        return 0;
    case ARGP_KEY_END:
        if (!a.out)
            argp_error(state, "--out is needed");
        if (a.edges > a.sensors)
            argp_error(state, "there are more edges than sensors");
        if ((a.sensors + a.edges - 1) / a.edges > YK_ENROLLED_SENSORS_MAX)
            argp_error(state, "an edge speaks for at most %d sensors", YK_ENROLLED_SENSORS_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

_Noreturn static void give_up(const char *what, const struct yk_error *err)
{
    fprintf(stderr, "bench_make_day: %s: %s\n", what, err->message);
    exit(70);
}

static uint64_t random_state;

static uint64_t mix(uint64_t x) /* the finaliser of splitmix64 */
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t next(void)
{
    return mix(random_state += UINT64_C(0x9e3779b97f4a7c15));
}

static unsigned draw(unsigned below)
{
    return (unsigned)((next() >> 32) * below >> 32);
}

struct device {
    uint64_t id, pseudonym;
    int64_t leaves, rotates; /* ticks; rotates is never for an address that stays */
    int64_t heard_ds;        /* last advert, 0: none under this pseudonym */
    unsigned interval_ds;
    uint8_t address_class;
    int8_t rssi_dbm;
};

struct sensor {
    char id[YK_ID_SIZE];
    struct yk_frame_writer *writer;
    struct device *devices;
    uint64_t records, lives;
};

struct edge {
    char id[YK_ID_SIZE];
    struct yk_spool *spool;
};

static struct sensor *sensors;
static struct edge *edges;
static unsigned present; /* devices at a sensor, those that are silent in a tick included */
static uint64_t devices_made, observations;

/* Devices on their way, in the order in which they left: a ring. */
static struct {
    struct device *list;
    size_t first, count, capacity;
} walkers;

static void take_pseudonym(struct device *d)
{
    d->pseudonym = mix(d->id * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)(d->rotates + 1));
    d->heard_ds = 0;
}

static void arrive(struct device *d, int64_t tick, bool midway)
{
    static const unsigned intervals[] = {1, 2, 3, 5, 10, 10, 15, 20};
    unsigned kind = draw(100);
    d->id = mix(a.seed) + devices_made++;
    d->leaves = tick + (midway ? 1 : STAY_TICKS_MIN) + draw(STAY_TICKS);
    d->interval_ds = intervals[draw(8)];
    d->rssi_dbm = (int8_t)(-50 - (int)draw(40));
    d->address_class = kind < 70   ? YK_CLASS_RESOLVABLE
                       : kind < 85 ? YK_CLASS_STATIC
                       : kind < 95 ? YK_CLASS_NON_RESOLVABLE
                                   : YK_CLASS_PUBLIC;
    bool stays = d->address_class == YK_CLASS_STATIC || d->address_class == YK_CLASS_PUBLIC;
    d->rotates = stays ? INT64_MAX : tick + 1 + draw(ROTATION_TICKS);
    take_pseudonym(d);
}

/* It is on its way until `leaves`; its pseudonym is looked at again where it comes to. */
static void walk(const struct device *d, int64_t tick)
{
    if (walkers.count == walkers.capacity) {
        size_t capacity = walkers.capacity ? 2 * walkers.capacity : 1024;
        struct device *list = calloc(capacity, sizeof *list);
        if (!list)
            abort();
        for (size_t i = 0; i < walkers.count; i++)
            list[i] = walkers.list[(walkers.first + i) % walkers.capacity];
        free(walkers.list);
        walkers.list = list;
        walkers.first = 0;
        walkers.capacity = capacity;
    }
    struct device *to = &walkers.list[(walkers.first + walkers.count++) % walkers.capacity];
    *to = *d;
    to->leaves = tick + WALK_TICKS_MIN + draw(WALK_TICKS);
}

/* The one that left first, if it has walked long enough. */
static bool come(struct device *d, int64_t tick)
{
    if (walkers.count == 0 || walkers.list[walkers.first].leaves > tick)
        return false;
    *d = walkers.list[walkers.first];
    walkers.first = (walkers.first + 1) % walkers.capacity;
    walkers.count--;
    d->leaves = tick + STAY_TICKS_MIN + draw(STAY_TICKS);
    d->heard_ds = 0; /* another collector: it knows no advert before */
    while (tick >= d->rotates) {
        d->rotates += ROTATION_TICKS;
        take_pseudonym(d);
    }
    return true;
}

static void hear(struct sensor *s, struct device *d, int64_t tick)
{
    unsigned most = TICK_DS / d->interval_ds, n = most - draw(most / 3 + 1);
    unsigned first = draw(d->interval_ds), last = n > 1 ? TICK_DS - 1 - draw(d->interval_ds) : first;
    if (last < first)
        last = first;
    int64_t last_ds = tick * TICK_DS + last;
    bool lives = d->heard_ds && last_ds - d->heard_ds <= YK_MERGE_GAP_S * 10;
    uint32_t gap = lives ? (uint32_t)(last_ds - d->heard_ds) : last - first;
    unsigned gaps = lives ? n : n - 1;
    uint32_t square = gaps ? gap * gap / gaps : 0; /* even gaps would give this; uneven ones up to half more */
    square += gaps > 1 ? draw(square / 2 + 1) : 0;
    struct yk_observation o = {.kind = YK_KIND_PRESENCE};
    o.as.presence = (struct yk_presence){.pseudonym = d->pseudonym,
                                         .tick = tick,
                                         .address_class = d->address_class,
                                         .adverts = (uint16_t)n,
                                         .rssi_sum_dbm = (int32_t)n * d->rssi_dbm + (int32_t)draw(4 * n + 1),
                                         .rssi_count = (uint16_t)n,
                                         .rssi_max_dbm = (int8_t)(d->rssi_dbm + 4 + (int)draw(5)),
                                         .first_ds = (uint8_t)first,
                                         .last_ds = (uint8_t)last,
                                         .gap_ds = gap,
                                         .gap_sq_ds2 = square};
    d->heard_ds = last_ds;
    s->records++;
    observations++;
    struct yk_error err = {0};
    if (yk_frame_writer_add(s->writer, &o, &err) != YK_OK)
        give_up("a record", &err);
}

static void listen(struct sensor *s, int64_t tick)
{
    for (unsigned i = 0; i < present; i++) {
        struct device *d = &s->devices[i];
        if (tick >= d->leaves) {
            if (a.roam && draw(100) < a.roam)
                walk(d, tick);
            if (!a.roam || !come(d, tick))
                arrive(d, tick, false);
            s->lives++;
        } else if (tick >= d->rotates) {
            d->rotates += ROTATION_TICKS;
            take_pseudonym(d);
            s->lives++;
        }
        if (draw(10) >= SILENT_OF_10)
            hear(s, d, tick);
    }
}

/* The minute before `tick`. Its lag histograms are of a plausible size; nothing is estimated from them here. */
static void tell_health(struct sensor *s, int64_t tick)
{
    struct yk_observation o = {.kind = YK_KIND_HEALTH};
    struct yk_health *h = &o.as.health;
    h->t1_s = tick * YK_TICK_S;
    h->t0_s = h->t1_s - HEALTH_TICKS * YK_TICK_S;
    h->records = s->records;
    h->has_lags = true;
    for (int r = 0; r < YK_ROTATING_COUNT; r++) {
        struct yk_lag_histogram *lags = &h->lags[r];
        lags->births = lags->deaths = r ? s->lives / 8 : s->lives - s->lives / 8;
        lags->observed_ds = 600;
        for (uint64_t i = 0; i < lags->births; i++) {
            lags->lag[draw(YK_LAG_BINS)]++;
            for (int g = 0; g < 3; g++) {
                uint64_t gap = 1 + draw(60), bin = gap / YK_LAG_BIN_DS;
                lags->gap[bin] += gap;
                lags->gap_ds += gap;
                lags->gap_sq_ds2 += gap * gap;
            }
        }
        lags->life_ds = lags->gap_ds;
    }
    s->records = s->lives = 0;
    struct yk_error err = {0};
    if (yk_frame_writer_add(s->writer, &o, &err) != YK_OK)
        give_up("a record", &err);
}

static const char *path(const char *name)
{
    static char text[YK_PATH_SIZE];
    snprintf(text, sizeof text, "%s/%s", a.out, name);
    return text;
}

static void write_district(void)
{
    FILE *f = fopen(path("district.yaml"), "w");
    if (!f) {
        perror(path("district.yaml"));
        exit(73);
    }
    fputs("version: 1\ndistrict: { id: day, name: { en: A day }, timezone: Asia/Tokyo }\nplaces:\n", f);
    for (unsigned i = 0; i < a.sensors; i++)
        fprintf(f, "  - { id: place-%u, name: { en: Place %u }, area_m2: 1000 }\n", i + 1, i + 1);
    fputs("sensors:\n", f);
    for (unsigned i = 0; i < a.sensors; i++)
        fprintf(f, "  - { id: radio-%u, place: place-%u, kind: ble_capture }\n", i + 1, i + 1);
    fputs("privacy: { epoch_hours: 24, epoch_start: \"04:00\", k: 10 }\n", f);
    if (fclose(f) != 0) {
        perror(path("district.yaml"));
        exit(74);
    }
}

/* Sensors i with i % edges == e belong to edge e. */
static uint8_t *enrol(void)
{
    static const char *list[YK_ENROLLED_SENSORS_MAX];
    char keys[YK_PATH_SIZE], edge[YK_ID_SIZE];
    snprintf(keys, sizeof keys, "%s", path("keys"));
    struct yk_error err = {0};
    uint8_t *secret = NULL, public_key[YK_FRAME_PUBLIC_SIZE];
    if (yk_keys_make(keys, "district", &err) != YK_OK || yk_keys_make(keys, "edge", &err) != YK_OK ||
        yk_keys_load_secret(keys, "edge", &secret, &err) != YK_OK ||
        yk_keys_load_public(keys, "edge", public_key, &err) != YK_OK)
        give_up("keys", &err);
    for (unsigned e = 0; e < a.edges; e++) {
        struct yk_enrolment_request request = {
            .edge = edge, .public_key = public_key, .sensors = list, .from_s = INT64_MIN};
        snprintf(edge, sizeof edge, "edge-%u", e + 1);
        for (unsigned i = e; i < a.sensors; i += a.edges)
            list[request.sensor_count++] = sensors[i].id;
        if (yk_enrolment_add(keys, &request, &err) != YK_OK)
            give_up("enrolment", &err);
    }
    return secret;
}

static void open_all(const uint8_t *secret, int64_t first_tick)
{
    struct yk_error err = {0};
    uint8_t district_public[YK_FRAME_PUBLIC_SIZE];
    if (yk_keys_load_public(path("keys"), "district", district_public, &err) != YK_OK)
        give_up("keys", &err);
    present = (a.devices * 10 + 5) / (10 - SILENT_OF_10);
    for (unsigned e = 0; e < a.edges; e++) {
        char name[YK_ID_SIZE], dir[YK_PATH_SIZE];
        snprintf(name, sizeof name, "edge-%u", e + 1);
        snprintf(dir, sizeof dir, "%s", path(name));
        struct yk_spool_options spool = {.dir = dir,
                                         .slot = "radio",
                                         .district = "day",
                                         .edge = name,
                                         .secret_key = secret,
                                         .district_public = district_public};
        if (yk_spool_open(&spool, &edges[e].spool, &err) != YK_OK)
            give_up("spool", &err);
    }
    for (unsigned i = 0; i < a.sensors; i++) {
        struct sensor *s = &sensors[i];
        s->devices = calloc(present, sizeof *s->devices);
        if (!s->devices)
            abort();
        for (unsigned d = 0; d < present; d++)
            arrive(&s->devices[d], first_tick, true);
        if (yk_frame_writer_new(edges[i % a.edges].spool, s->id, a.bulk ? YK_FLUSH_BULK : YK_FLUSH_LIVE, &s->writer,
                                &err) != YK_OK)
            give_up("frame writer", &err);
        yk_frame_writer_begin(s->writer, first_tick * YK_TICK_S);
    }
}

int main(int argc, char **argv)
{
    struct argp argp = {options, parse, "", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("bench_make_day");
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    struct yk_error err = {0};
    struct yk_wall from = {0};
    if (mkdir(a.out, 0700) != 0) {
        perror(a.out);
        return 73;
    }
    if (yk_calendar_open("Asia/Tokyo", &err) != YK_OK || !yk_time_parse("2026-06-01T04:00", &from))
        give_up("calendar", &err);
    random_state = mix(a.seed);
    sensors = calloc(a.sensors, sizeof *sensors);
    edges = calloc(a.edges, sizeof *edges);
    if (!sensors || !edges)
        abort();
    for (unsigned i = 0; i < a.sensors; i++)
        snprintf(sensors[i].id, sizeof sensors[i].id, "radio-%u", i + 1);
    write_district();
    uint8_t *secret = enrol();
    int64_t first = from.us / 1000000 / YK_TICK_S, ticks = (int64_t)a.hours * 3600 / YK_TICK_S;
    open_all(secret, first);
    for (int64_t tick = first; tick <= first + ticks; tick++)
        for (unsigned i = 0; i < a.sensors; i++) {
            struct sensor *s = &sensors[i];
            int64_t now_s = tick * YK_TICK_S, epoch_s = yk_epoch_start(now_s, 24, 4 * 3600);
            bool last = tick == first + ticks;
            if (tick > first && (tick - first) % HEALTH_TICKS == 0)
                tell_health(s, tick);
            if (yk_frame_writer_flush(s->writer, now_s, last, &err) != YK_OK ||
                (!last && yk_frame_writer_epoch(s->writer, epoch_s, mix((uint64_t)epoch_s + (a.roam ? 0 : i % a.edges)),
                                                true, &err) != YK_OK))
                give_up("a frame", &err);
            if (!last)
                listen(s, tick);
        }
    uint64_t frames = 0;
    for (unsigned i = 0; i < a.sensors; i++) {
        yk_frame_writer_free(sensors[i].writer);
        free(sensors[i].devices);
    }
    for (unsigned e = 0; e < a.edges; e++) {
        frames += yk_spool_frames(edges[e].spool);
        yk_spool_close(edges[e].spool);
    }
    printf("%llu presence observations in %llu frames\n", (unsigned long long)observations, (unsigned long long)frames);
    free(walkers.list);
    free(sensors);
    free(edges);
    sodium_free(secret);
    return 0;
}
