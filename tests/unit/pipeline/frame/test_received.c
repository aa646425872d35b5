/* Received sets and the covered message. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/received.h"

#include "vector.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static uint8_t public_key[32], secret_key[64];

static void start(void)
{
    vector_keys(public_key, secret_key);
}
TestSuite(received, .init = start);

static struct yk_frame_header frame_of(uint64_t incarnation, int group, int lane, uint16_t stream, uint64_t sequence)
{
    return (struct yk_frame_header){.incarnation = incarnation,
                                    .group = (enum yk_group)group,
                                    .lane = (enum yk_lane)lane,
                                    .stream = stream,
                                    .sequence = sequence,
                                    .sensor = "radio-1"};
}

static struct yk_frame_header of_sensor(struct yk_frame_header header, const char *sensor)
{
    memset(header.sensor, 0, sizeof header.sensor);
    snprintf(header.sensor, sizeof header.sensor, "%s", sensor);
    return header;
}

static void add(struct yk_received *received, struct yk_frame_header header)
{
    cr_assert_eq(yk_received_add(received, &header, header.sequence), YK_OK);
}

static void give_up(struct yk_received *received, struct yk_frame_header header, uint64_t last)
{
    header.flags |= YK_FRAME_TOMBSTONE;
    cr_assert_eq(yk_received_add(received, &header, last), YK_OK);
}

static bool has(const struct yk_received *received, struct yk_frame_header header)
{
    return yk_received_has(received, &header, header.sequence);
}

static bool has_run(const struct yk_received *received, struct yk_frame_header header, uint64_t last)
{
    header.flags |= YK_FRAME_TOMBSTONE;
    return yk_received_has(received, &header, last);
}

static bool covers(const struct yk_received *received, struct yk_frame_header header)
{
    return yk_received_covers(received, &header);
}

/* What the vector says: sequences 1-10 received and 300-304 given up in one lane, 2^64 - 1 in another. And a lane that
 * only its successor has told of, which covers nothing. */
static struct yk_received vector_set(void)
{
    struct yk_received received = {0};
    for (uint64_t i = 10; i >= 1; i--)
        add(&received, frame_of(VECTOR_INCARNATION, 1, 0, 0, i));
    give_up(&received, frame_of(VECTOR_INCARNATION, 1, 0, 0, 300), 303);
    add(&received, frame_of(VECTOR_INCARNATION, 1, 0, 0, 304));
    struct yk_frame_header other = of_sensor(frame_of(UINT64_C(0xfedcba9876543210), 2, 1, 3, UINT64_MAX), "cam-1");
    other.flags = YK_FRAME_HAS_PREDECESSOR;
    other.predecessor = 9;
    other.predecessor_sequence = 4;
    other.predecessor_to_s = 100;
    add(&received, other);
    return received;
}

Test(received, lanes_differ_in_each_part)
{
    struct yk_received received = {0};
    add(&received, frame_of(7, 1, 0, 0, 5));
    cr_expect(has(&received, frame_of(7, 1, 0, 0, 5)));
    cr_expect_not(has(&received, frame_of(8, 1, 0, 0, 5)));
    cr_expect_not(has(&received, frame_of(7, 2, 0, 0, 5)));
    cr_expect_not(has(&received, frame_of(7, 1, 1, 0, 5)));
    cr_expect_not(has(&received, frame_of(7, 1, 0, 1, 5)));
    cr_expect_not(has(&received, of_sensor(frame_of(7, 1, 0, 0, 5), "radio-2")));
    cr_expect_not(has(&received, of_sensor(frame_of(7, 1, 0, 0, 5), "radio-")));
    cr_expect_not(has(&received, of_sensor(frame_of(7, 1, 0, 0, 5), "radio-11")));
    cr_expect_not(has(&received, frame_of(7, 1, 0, 0, 4)));
    cr_expect_not(has(&received, frame_of(7, 1, 0, 0, 6)));
    yk_received_clear(&received);
}

Test(received, seal_gives_the_vector)
{
    uint8_t expected[512], *bytes;
    size_t expected_size = vector_bytes(vector_covered, expected, sizeof expected), size;
    struct yk_received received = vector_set();
    cr_assert_eq(yk_covered_seal(&received, "riverside", "edge-1", 7, secret_key, &bytes, &size), YK_OK);
    cr_assert_eq(size, expected_size);
    cr_expect_eq(memcmp(bytes, expected, size), 0);
    free(bytes);
    yk_received_clear(&received);
}

static enum yk_status open_copy(const uint8_t *bytes, size_t size, const char *district, const char *edge,
                                const uint8_t *key, uint64_t *counter, struct yk_received *out)
{
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    enum yk_status status = yk_covered_open(copy, size, district, edge, key, counter, out);
    free(copy);
    return status;
}

Test(received, open_takes_the_vector_and_refuses_all_else)
{
    uint8_t bytes[512], other_public[32], other_secret[64];
    size_t size = vector_bytes(vector_covered, bytes, sizeof bytes);
    struct yk_received out = {0};
    uint64_t counter = 6;
    cr_assert_eq(open_copy(bytes, size, "riverside", "edge-1", public_key, &counter, &out), YK_OK);
    cr_expect_eq(counter, 7);
    cr_expect(has(&out, frame_of(VECTOR_INCARNATION, 1, 0, 0, 10)));
    cr_expect_not(has(&out, frame_of(VECTOR_INCARNATION, 1, 0, 0, 11)));
    for (uint64_t i = 299; i <= 305; i++) {
        cr_expect_eq(has(&out, frame_of(VECTOR_INCARNATION, 1, 0, 0, i)), i >= 300 && i <= 304);
        cr_expect_eq(covers(&out, frame_of(VECTOR_INCARNATION, 1, 0, 0, i)), i >= 300 && i <= 304);
    }
    cr_expect(covers(&out, of_sensor(frame_of(UINT64_C(0xfedcba9876543210), 2, 1, 3, UINT64_MAX), "cam-1")));
    cr_expect_not(covers(&out, frame_of(UINT64_C(0xfedcba9876543210), 2, 1, 3, UINT64_MAX)));
    cr_expect_eq(out.count, 2);
    yk_received_clear(&out);
    cr_expect_eq(open_copy(bytes, size, "riverside", "edge-1", public_key, &counter, &out), YK_OK, "the same again");
    yk_received_clear(&out);

    counter = 8;
    cr_expect_eq(open_copy(bytes, size, "riverside", "edge-1", public_key, &counter, &out), YK_ERR_REFUSED,
                 "played again");
    cr_expect_eq(counter, 8);
    counter = 0;
    const char *const edges[] = {"edge-2", "edge-10", "edge-", "edge", ""};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        cr_expect_eq(open_copy(bytes, size, "riverside", edges[i], public_key, &counter, &out), YK_ERR_REFUSED);
    cr_expect_eq(open_copy(bytes, size, "riversid", "edge-1", public_key, &counter, &out), YK_ERR_REFUSED);
    cr_expect_eq(open_copy(bytes, size, "riverside2", "edge-1", public_key, &counter, &out), YK_ERR_REFUSED);
    crypto_sign_keypair(other_public, other_secret);
    cr_expect_eq(open_copy(bytes, size, "riverside", "edge-1", other_public, &counter, &out), YK_ERR_REFUSED);
    for (size_t n = 0; n < size; n++)
        cr_assert_neq(open_copy(bytes, n, "riverside", "edge-1", public_key, &counter, &out), YK_OK, "%zu bytes", n);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(open_copy(bytes, size, "riverside", "edge-1", public_key, &counter, &out), YK_ERR_REFUSED,
                     "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cr_expect_eq(counter, 0, "nothing refused moves the counter");
    cr_expect_eq(out.count, 0);
}

/* Signed by the right key and still not a message. */
Test(received, signed_nonsense_is_an_error)
{
    uint8_t bytes[512];
    size_t size = vector_bytes(vector_covered, bytes, sizeof bytes) - 64;
    struct yk_received out = {0};
    uint64_t counter = 0;
    bytes[size] = 0; /* a byte too many */
    crypto_sign_detached(bytes + size + 1, NULL, bytes, size + 1, secret_key);
    cr_expect_eq(open_copy(bytes, size + 65, "riverside", "edge-1", public_key, &counter, &out), YK_ERR_INPUT);
    crypto_sign_detached(bytes + size - 1, NULL, bytes, size - 1, secret_key); /* one too few */
    cr_expect_eq(open_copy(bytes, size + 63, "riverside", "edge-1", public_key, &counter, &out), YK_ERR_INPUT);
    cr_expect_eq(out.count, 0);
    cr_expect_eq(counter, 0);
}

/* An id of a lane that is longer than an id may be, or holds a NUL, under the right signature. */
Test(received, lanes_with_bad_ids_are_refused)
{
    uint8_t bytes[512];
    struct yk_received out = {0};
    uint64_t counter = 0;
    size_t size = vector_bytes(vector_covered, bytes, sizeof bytes) - 64;
    cr_assert_eq(bytes[90], 7, "the length of radio-1");
    static const uint8_t lengths[] = {32, 33, 255};
    for (size_t i = 0; i < sizeof lengths; i++) {
        bytes[90] = lengths[i];
        crypto_sign_detached(bytes + size, NULL, bytes, size, secret_key);
        cr_expect_eq(open_copy(bytes, size + 64, "riverside", "edge-1", public_key, &counter, &out), YK_ERR_INPUT);
    }
    bytes[90] = 7;
    bytes[94] = 0;
    crypto_sign_detached(bytes + size, NULL, bytes, size, secret_key);
    cr_expect_eq(open_copy(bytes, size + 64, "riverside", "edge-1", public_key, &counter, &out), YK_ERR_INPUT);
    cr_expect_eq(out.count, 0);
}

Test(received, merge_and_the_lanes_alone)
{
    struct yk_received a = vector_set(), b = {0}, back = {0};
    for (uint64_t i = 11; i < 300; i++)
        add(&b, frame_of(VECTOR_INCARNATION, 1, 0, 0, i));
    for (uint16_t stream = 0; stream < 50; stream++)
        add(&b, frame_of(99, 2, 0, stream, 1u + stream));
    cr_assert_eq(yk_received_merge(&a, &b), YK_OK);
    uint8_t *bytes;
    size_t size;
    cr_assert_eq(yk_received_encode(&a, &bytes, &size), YK_OK);
    cr_assert_eq(yk_received_decode(bytes, size, &back), YK_OK);
    cr_expect_eq(back.count, 53, "with the one that only its successor told of");
    for (uint64_t i = 1; i <= 305; i++) {
        cr_expect_eq(has(&back, frame_of(VECTOR_INCARNATION, 1, 0, 0, i)), i < 300 || i == 304);
        cr_expect_eq(covers(&back, frame_of(VECTOR_INCARNATION, 1, 0, 0, i)), i <= 304);
    }
    for (uint16_t stream = 0; stream < 50; stream++)
        cr_expect(has(&back, frame_of(99, 2, 0, stream, 1u + stream)));
    yk_received_clear(&back);
    for (size_t n = 0; n < size; n++) {
        uint8_t *cut = malloc(n ? n : 1);
        memcpy(cut, bytes, n);
        cr_assert_eq(yk_received_decode(cut, n, &back), YK_ERR_INPUT, "%zu of %zu", n, size);
        cr_assert_eq(back.count, 0);
        free(cut);
    }
    free(bytes);
    yk_received_clear(&a);
    yk_received_clear(&b);
}

Test(received, a_tombstone_before_and_after_its_frames)
{
    for (int order = 0; order < 2; order++) {
        struct yk_received received = {0};
        if (order == 0)
            give_up(&received, frame_of(7, 1, 0, 0, 3), 6);
        cr_expect_not(has(&received, frame_of(7, 1, 0, 0, 4)), "a frame that comes all the same is taken");
        add(&received, frame_of(7, 1, 0, 0, 4));
        add(&received, frame_of(7, 1, 0, 0, 2));
        cr_expect_eq(has_run(&received, frame_of(7, 1, 0, 0, 3), 6), order == 0);
        if (order == 1)
            give_up(&received, frame_of(7, 1, 0, 0, 3), 6);
        for (uint64_t i = 1; i <= 8; i++) {
            cr_expect_eq(has(&received, frame_of(7, 1, 0, 0, i)), i == 2 || i == 4, "%d: %d", order, (int)i);
            cr_expect_eq(covers(&received, frame_of(7, 1, 0, 0, i)), i >= 2 && i <= 6, "%d: %d", order, (int)i);
            for (uint64_t last = i; last <= 8; last++)
                cr_expect_eq(has_run(&received, frame_of(7, 1, 0, 0, i), last), i >= 2 && last <= 6, "%d: %d-%d", order,
                             (int)i, (int)last);
        }
        yk_received_clear(&received);
    }
    struct yk_received received = {0}; /* to the last number there is */
    give_up(&received, frame_of(7, 1, 0, 0, 10), UINT64_MAX - 1);
    add(&received, frame_of(7, 1, 0, 0, UINT64_MAX));
    cr_expect(has_run(&received, frame_of(7, 1, 0, 0, 10), UINT64_MAX));
    cr_expect_not(has_run(&received, frame_of(7, 1, 0, 0, 9), UINT64_MAX));
    yk_received_clear(&received);
}

struct stretches {
    int64_t from_s[8], to_s[8];
    size_t count;
};

static void list(void *context, int64_t from_s, int64_t to_s)
{
    struct stretches *s = context;
    cr_assert_lt(s->count, 8);
    s->from_s[s->count] = from_s;
    s->to_s[s->count++] = to_s;
}

static struct yk_frame_header timed(uint64_t sequence, int64_t from_s, int64_t to_s, int64_t lane_from_s)
{
    struct yk_frame_header h = frame_of(7, 1, 0, 0, sequence);
    h.told_from_s = from_s;
    h.told_to_s = to_s;
    h.lane_from_s = lane_from_s;
    return h;
}

Test(received, lost_time_by_hand)
{
    struct yk_received received = {0};
    struct stretches s = {0};
    add(&received, timed(3, 120, 180, 0));
    yk_received_lost(&received, "radio-1", YK_GROUP_PRESENCE, list, &s);
    cr_assert_eq(s.count, 1);
    cr_expect(s.from_s[0] == 0 && s.to_s[0] == 120, "1 and 2");
    add(&received, timed(5, 240, 300, 0));
    give_up(&received, timed(6, 300, 480, 0), 8);
    s.count = 0;
    yk_received_lost(&received, "radio-1", YK_GROUP_PRESENCE, list, &s);
    cr_assert_eq(s.count, 3);
    cr_expect(s.from_s[1] == 180 && s.to_s[1] == 240, "4");
    cr_expect(s.from_s[2] == 300 && s.to_s[2] == 480, "6 to 8");
    struct yk_frame_header next = frame_of(8, 1, 0, 0, 1);
    next.flags = YK_FRAME_HAS_PREDECESSOR;
    next.told_from_s = next.lane_from_s = 1000;
    next.told_to_s = 1060;
    next.predecessor = 7;
    next.predecessor_sequence = 9;
    next.predecessor_to_s = 530;
    add(&received, next);
    next = frame_of(9, 1, 0, 0, 1); /* on an old disk: it tells of the same and knows less */
    next.flags = YK_FRAME_HAS_PREDECESSOR;
    next.told_from_s = next.lane_from_s = next.told_to_s = 2000;
    next.predecessor = 7;
    next.predecessor_sequence = 4;
    next.predecessor_to_s = 240;
    add(&received, next);
    s.count = 0;
    yk_received_lost(&received, "radio-1", YK_GROUP_PRESENCE, list, &s);
    cr_assert_eq(s.count, 3);
    cr_expect(s.from_s[2] == 300 && s.to_s[2] == 530, "to the end that its successor told");
    s.count = 0;
    yk_received_lost(&received, "radio-1", YK_GROUP_PLAIN, list, &s);
    yk_received_lost(&received, "radio-2", YK_GROUP_PRESENCE, list, &s);
    yk_received_lost(&received, "radio", YK_GROUP_PRESENCE, list, &s);
    cr_expect_eq(s.count, 0);
    yk_received_clear(&received);
    /* A lane of which nothing came but its successor's word. */
    next.predecessor = 77;
    next.predecessor_sequence = 2;
    next.predecessor_from_s = 1500;
    next.predecessor_to_s = 1620;
    add(&received, next);
    yk_received_lost(&received, "radio-1", YK_GROUP_PRESENCE, list, &s);
    cr_assert_eq(s.count, 1);
    cr_expect(s.from_s[0] == 1500 && s.to_s[0] == 1620);
    yk_received_clear(&received);
    /* A predecessor whose clock ran ahead: no more is lost than the time until its successor began. */
    s.count = 0;
    next.predecessor_to_s = 999999;
    add(&received, next);
    yk_received_lost(&received, "radio-1", YK_GROUP_PRESENCE, list, &s);
    cr_assert_eq(s.count, 1);
    cr_expect(s.from_s[0] == 1500 && s.to_s[0] == 2000);
    yk_received_prune(&received, 2001);
    cr_expect_eq(received.count, 0);
    yk_received_clear(&received);
    /* The last number there is has nothing behind it. */
    s.count = 0;
    struct yk_frame_header last = timed(UINT64_MAX, 60, 120, 0);
    add(&received, last);
    give_up(&received, timed(4, 200, 300, 0), 5);
    yk_received_lost(&received, "radio-1", YK_GROUP_PRESENCE, list, &s);
    cr_assert_eq(s.count, 1);
    cr_expect(s.from_s[0] == 0 && s.to_s[0] == 60);
    yk_received_clear(&received);
}

/* The model: every second of some chains of incarnations, each with its frames, of which some came. */
#define SENSORS      2
#define GROUPS       2
#define INCARNATIONS 4
#define FRAMES_MAX   12
#define TIME_MAX     1200
#define MESSAGES_MAX (SENSORS * GROUPS * INCARNATIONS * (FRAMES_MAX + 3))

struct chain_lane {
    int frames;
    int64_t cut[FRAMES_MAX + 1];                                /* frame i (from 1) speaks of [cut[i - 1], cut[i]) */
    bool came[FRAMES_MAX + 1], given_up[FRAMES_MAX + 1], knows; /* knows: something of the lane came */
    int64_t reach_s;                                            /* the furthest end that anybody told; -1 none */
};

struct message {
    struct yk_frame_header header;
    uint64_t last;
};

struct world {
    struct chain_lane lanes[SENSORS][GROUPS][INCARNATIONS];
    bool lost[SENSORS][GROUPS][TIME_MAX];
    struct message messages[MESSAGES_MAX];
    size_t count;
};

static uint32_t seed = 4711;
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static uint64_t incarnation_of(int sensor, int i)
{
    return 100u * (unsigned)(sensor + 1) + (unsigned)i;
}

static const char *const sensor_ids[SENSORS] = {"radio-1", "radio-1-again"};

static void reach(struct chain_lane *lane, int64_t to_s)
{
    lane->reach_s = to_s > lane->reach_s ? to_s : lane->reach_s;
}

/* What the header of frame `first` (to `last`, if it is a tombstone) says, and what is known of it once it came. */
static void come(struct world *w, int sensor, int group, int i, int first, int last, bool tombstone)
{
    struct chain_lane *lane = &w->lanes[sensor][group][i];
    struct message *m = &w->messages[w->count++];
    m->header = of_sensor(frame_of(incarnation_of(sensor, i), 1 + group, 0, 0, (uint64_t)first), sensor_ids[sensor]);
    m->last = (uint64_t)last;
    m->header.flags = tombstone ? YK_FRAME_TOMBSTONE : 0;
    m->header.told_from_s = lane->cut[first - 1];
    m->header.told_to_s = lane->cut[last];
    m->header.lane_from_s = lane->cut[0];
    lane->knows = true;
    for (int n = first; n <= last; n++)
        *(tombstone ? &lane->given_up[n] : &lane->came[n]) = true;
    reach(lane, lane->cut[last]);
}

/* An incarnation knows the one before it; or an older one, or an earlier end, from a disk that was put back; or none. */
static void chain(struct world *w, int sensor, int group)
{
    for (int i = 1; i < INCARNATIONS; i++) {
        int before = draw(4) ? i - 1 : (int)draw((uint32_t)i);
        struct chain_lane *lane = &w->lanes[sensor][group][i], *end = &w->lanes[sensor][group][before];
        if (draw(5) == 0 || end->frames == 0)
            continue;
        int last = draw(3) ? end->frames : 1 + (int)draw((uint32_t)end->frames);
        for (size_t m = 0; m < w->count; m++) {
            struct yk_frame_header *h = &w->messages[m].header;
            if (h->incarnation != incarnation_of(sensor, i) || (int)h->group != 1 + group)
                continue;
            h->flags |= YK_FRAME_HAS_PREDECESSOR;
            h->predecessor = incarnation_of(sensor, before);
            h->predecessor_sequence = (uint64_t)last;
            h->predecessor_from_s = end->cut[0];
            h->predecessor_to_s = end->cut[last];
        }
        if (lane->knows) {
            end->knows = true;
            reach(end, end->cut[last]);
        }
    }
}

static void make_lane(struct world *w, int sensor, int group, int i, int64_t *t_s)
{
    struct chain_lane *lane = &w->lanes[sensor][group][i];
    lane->frames = (int)draw(FRAMES_MAX + 1);
    lane->reach_s = -1;
    lane->cut[0] = *t_s += draw(50);
    for (int n = 1; n <= lane->frames; n++) /* some speak of no time at all */
        lane->cut[n] = *t_s += draw(4) ? 1 + draw(15) : 0;
    uint32_t mostly = draw(4);
    for (int n = 1; n <= lane->frames; n++)
        if (draw(4) < mostly)
            come(w, sensor, group, i, n, n, false);
    for (int k = 0; k < 3 && lane->frames > 0 && draw(2); k++) {
        int first = 1 + (int)draw((uint32_t)lane->frames);
        come(w, sensor, group, i, first, first + (int)draw((uint32_t)(lane->frames - first + 1)), true);
    }
}

static void make_world(struct world *w)
{
    memset(w, 0, sizeof *w);
    for (int sensor = 0; sensor < SENSORS; sensor++)
        for (int group = 0; group < GROUPS; group++) {
            int64_t t_s = 0;
            for (int i = 0; i < INCARNATIONS; i++)
                make_lane(w, sensor, group, i, &t_s);
            cr_assert_lt(t_s, TIME_MAX);
            chain(w, sensor, group);
            for (int i = 0; i < INCARNATIONS; i++) {
                const struct chain_lane *lane = &w->lanes[sensor][group][i];
                for (int n = 1; n <= lane->frames; n++)
                    for (int64_t t = lane->cut[n - 1]; t < lane->cut[n]; t++)
                        w->lost[sensor][group][t] = lane->knows && !lane->came[n] && lane->cut[n] <= lane->reach_s;
            }
        }
}

static void mark(void *context, int64_t from_s, int64_t to_s)
{
    bool *lost = context;
    cr_assert(from_s >= 0 && from_s < to_s && to_s < TIME_MAX, "%d to %d", (int)from_s, (int)to_s);
    for (int64_t t = from_s; t < to_s; t++) {
        cr_assert_not(lost[t], "told twice: %d", (int)t);
        lost[t] = true;
    }
}

static void expect_world(const struct yk_received *received, const struct world *w, int round)
{
    for (int sensor = 0; sensor < SENSORS; sensor++)
        for (int group = 0; group < GROUPS; group++) {
            bool lost[TIME_MAX] = {false};
            yk_received_lost(received, sensor_ids[sensor], (enum yk_group)(1 + group), mark, lost);
            for (int t = 0; t < TIME_MAX; t++)
                cr_assert_eq(lost[t], w->lost[sensor][group][t], "round %d, sensor %d, group %d, second %d", round,
                             sensor, group, t);
            for (int i = 0; i < INCARNATIONS; i++)
                for (int n = 1; n <= FRAMES_MAX; n++) {
                    const struct chain_lane *lane = &w->lanes[sensor][group][i];
                    struct yk_frame_header h = of_sensor(
                        frame_of(incarnation_of(sensor, i), 1 + group, 0, 0, (uint64_t)n), sensor_ids[sensor]);
                    cr_assert_eq(has(received, h), lane->came[n]);
                    cr_assert_eq(covers(received, h), lane->came[n] || lane->given_up[n]);
                }
        }
}

/* Each message once or more, in any order, into any of the sets. */
static void scatter(const struct world *w, struct yk_received *sets, uint32_t set_count)
{
    struct message all[2 * MESSAGES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++)
        for (uint32_t k = 0; k < 1 + (draw(4) == 0); k++)
            all[count++] = w->messages[i];
    while (count > 0) {
        size_t k = draw((uint32_t)count);
        cr_assert_eq(yk_received_add(&sets[draw(set_count)], &all[k].header, all[k].last), YK_OK);
        all[k] = all[--count];
    }
}

Test(received, lost_time_against_a_model_in_any_order)
{
    static struct world w;
    size_t lost = 0, kept = 0;
    for (int round = 0; round < 400; round++) {
        make_world(&w);
        for (int t = 0; t < TIME_MAX; t++)
            *(w.lost[0][0][t] ? &lost : &kept) += 1;
        for (int order = 0; order < 3; order++) {
            struct yk_received sets[4] = {0}, merged = {0}, decoded = {0}, opened = {0};
            uint32_t set_count = 1 + draw(4);
            scatter(&w, sets, set_count);
            if (set_count == 1)
                expect_world(&sets[0], &w, round);
            for (uint32_t start = draw(set_count), k = 0; k < set_count; k++)
                cr_assert_eq(yk_received_merge(&merged, &sets[(start + k) % set_count]), YK_OK);
            cr_assert_eq(yk_received_merge(&merged, &sets[0]), YK_OK);
            expect_world(&merged, &w, round);
            uint8_t *bytes;
            size_t size;
            cr_assert_eq(yk_received_encode(&merged, &bytes, &size), YK_OK);
            cr_assert_eq(yk_received_decode(bytes, size, &decoded), YK_OK);
            expect_world(&decoded, &w, round);
            free(bytes);
            uint64_t counter = 0;
            cr_assert_eq(yk_covered_seal(&merged, "riverside", "edge-1", 1, secret_key, &bytes, &size), YK_OK);
            cr_assert_eq(yk_covered_open(bytes, size, "riverside", "edge-1", public_key, &counter, &opened), YK_OK);
            free(bytes);
            for (size_t m = 0; m < w.count; m++) /* received or given up: the edge need not keep it */
                for (uint64_t n = w.messages[m].header.sequence; n <= w.messages[m].last; n++) {
                    struct yk_frame_header h = w.messages[m].header;
                    h.sequence = n;
                    cr_assert(covers(&opened, h));
                }
            for (int n = 1; n <= FRAMES_MAX; n++) {
                struct yk_frame_header h = of_sensor(frame_of(100, 1, 0, 0, (uint64_t)n), sensor_ids[0]);
                cr_assert_eq(covers(&opened, h), covers(&merged, h));
            }
            yk_received_clear(&opened);
            yk_received_clear(&decoded);
            yk_received_clear(&merged);
            for (uint32_t k = 0; k < set_count; k++)
                yk_received_clear(&sets[k]);
        }
    }
    cr_expect_gt(lost, 5000, "the model loses something");
    cr_expect_gt(kept, 5000);
}

Test(received, prune_forgets_what_ended_before)
{
    struct yk_received received = {0};
    add(&received, timed(1, 0, 100, 0)); /* incarnation 7 ends at 100 */
    struct yk_frame_header h = timed(1, 200, 300, 200);
    h.incarnation = 8; /* ends at 300; its successor says 350 */
    add(&received, h);
    h = timed(1, 400, 500, 400);
    h.incarnation = 9;
    h.flags = YK_FRAME_HAS_PREDECESSOR;
    h.predecessor = 8;
    h.predecessor_sequence = 2;
    h.predecessor_from_s = 200;
    h.predecessor_to_s = 350;
    add(&received, h);
    struct yk_frame_header gone = timed(1, 600, 700, 600);
    gone.incarnation = 10;
    give_up(&received, gone, 4);
    static const struct {
        int64_t before_s;
        size_t left;
    } steps[] = {{0, 4}, {100, 4}, {101, 3}, {350, 3}, {351, 2}, {500, 2}, {501, 1}, {700, 1}, {701, 0}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        yk_received_prune(&received, steps[i].before_s);
        cr_assert_eq(received.count, steps[i].left, "before %d", (int)steps[i].before_s);
        cr_expect_eq(covers(&received, timed(1, 0, 0, 0)), steps[i].left == 4);
        gone.sequence = 3;
        cr_expect_eq(covers(&received, gone), steps[i].left > 0);
    }
    add(&received, timed(1, 0, 100, 0)); /* and goes on being of use */
    cr_expect_eq(received.count, 1);
    yk_received_clear(&received);
}
