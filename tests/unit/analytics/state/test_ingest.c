/* Counts of counters out of frames. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/ingest.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define W0 INT64_C(1774987200) /* on a full quarter of an hour */

static struct yk_line_config lines[] = {{.id = "door"}, {.id = "stairs"}};
static struct yk_place_config place = {.id = "plaza", .valid_from = INT64_MIN};
static struct yk_sensor_config sensor = {
    .id = "counter-1", .family = YK_FAMILY_COUNTER, .valid_from = W0 - 900, .lines = lines, .line_count = 2};
static struct yk_config config = {
    .district = "riverside", .places = &place, .place_count = 1, .sensors = &sensor, .sensor_count = 1};
static struct yk_enrolled_key edge_key = {.valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX};
static struct yk_enrolled_span edge_sensor = {.id = "counter-1", .valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX};
static struct yk_enrolled_edge edge = {
    .edge = "edge-1", .keys = &edge_key, .key_count = 1, .sensors = &edge_sensor, .sensor_count = 1};
static struct yk_enrolment enrolment = {&edge, 1};
static struct yk_ingest *ingest;
static uint8_t secret[YK_FRAME_KEY_SIZE];
static uint64_t sequence;
static struct yk_error err;

static void start(void)
{
    scratch_make();
    cr_assert_geq(sodium_init(), 0);
    crypto_sign_keypair(edge_key.public_key, secret);
    ingest = calloc(1, sizeof *ingest);
    cr_assert(ingest);
    ingest->config = &config;
    ingest->enrolment = &enrolment;
    ingest->now_s = INT64_MIN;
    ingest->ceiling_s = INT64_MAX;
    ingest->unpacker = yk_unpacker_new();
    cr_assert_eq(yk_state_open(scratch, &ingest->store, &err), YK_OK, "%s", err.message);
}

static void stop(void)
{
    yk_state_close(ingest->store);
    yk_unpacker_free(ingest->unpacker);
    free(ingest);
    scratch_remove();
}
TestSuite(ingest, .init = start, .fini = stop);

/* Milliseconds after W0. */
static struct yk_observation count_of(int64_t from_ms, int64_t to_ms, uint32_t plus, uint32_t minus, uint8_t line)
{
    struct yk_observation o = {.kind = YK_KIND_COUNT};
    o.as.count = (struct yk_count){W0 * 1000 + from_ms, W0 * 1000 + to_ms, plus, minus, line};
    return o;
}

/* One frame of these. */
static enum yk_verdict send(const struct yk_observation *list, size_t n)
{
    static uint8_t body[65536], bytes[YK_FRAME_SIZE_MAX];
    struct yk_frame_header h = {.group = YK_GROUP_PLAIN,
                                .records = (uint16_t)n,
                                .incarnation = 5,
                                .sequence = ++sequence,
                                .base_s = W0 - 1800,
                                .last_s = W0 + 7200,
                                .district = "riverside",
                                .edge = "edge-1",
                                .sensor = "counter-1",
                                .told_from_s = W0,
                                .told_to_s = W0 + 60,
                                .lane_from_s = W0};
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        size_t size = yk_body_plain_encode(&list[i], h.base_s, body + used, sizeof body - used);
        cr_assert_gt(size, 0);
        used += size;
    }
    size_t size = yk_frame_seal(&h, body, used, secret, NULL, bytes);
    enum yk_verdict verdict;
    cr_assert_eq(yk_ingest_frame(ingest, "edge-1", bytes, size, &verdict), YK_OK);
    return verdict;
}

static void expect_cell(const char *key, int64_t window_s, uint64_t plus, uint64_t minus)
{
    struct yk_cell *cell;
    cr_assert_eq(yk_state_cell(ingest->store, YK_CELL_CROSSING, key, W0 + window_s, 0, &cell), YK_OK);
    cr_expect(cell->as.crossing.plus == plus && cell->as.crossing.minus == minus, "%s at %ld: %lu and %lu", key,
              (long)window_s, (unsigned long)cell->as.crossing.plus, (unsigned long)cell->as.crossing.minus);
}

Test(ingest, counts_stand_beside_crossings)
{
    struct yk_observation list[] = {count_of(0, 60000, 3, 1, 1),
                                    count_of(60000, 900000, 4, 0, 1),
                                    count_of(900000, 1800000, 10, 20, 1),
                                    count_of(0, 900000, 7, 0, 0),
                                    {.kind = YK_KIND_CROSSING}};
    list[4].as.crossing = (struct yk_crossing){W0 * 1000 + 5, 1, -1};
    cr_assert_eq(send(list, 5), YK_VERDICT_taken);
    expect_cell("plaza/stairs", 0, 7, 2);
    expect_cell("plaza/stairs", 900, 10, 20);
    expect_cell("plaza/door", 0, 7, 0);
    struct yk_observation moment = count_of(899999, 899999, 1, 0, 0);
    cr_assert_eq(send(&moment, 1), YK_VERDICT_taken);
    expect_cell("plaza/door", 0, 8, 0);
    struct yk_observation most = count_of(0, 1, UINT32_MAX, UINT32_MAX, 0);
    cr_assert_eq(send(&most, 1), YK_VERDICT_taken);
    cr_assert_eq(send(&most, 1), YK_VERDICT_taken);
    expect_cell("plaza/door", 0, 8 + 2 * (uint64_t)UINT32_MAX, 2 * (uint64_t)UINT32_MAX);
}

/* No collector makes it; nothing of the frame is taken. */
Test(ingest, a_count_across_a_border_spoils_its_frame)
{
    struct yk_observation list[] = {count_of(0, 60000, 3, 1, 1), count_of(899999, 900001, 1, 0, 1)};
    cr_assert_eq(send(list, 2), YK_VERDICT_bad_body);
    expect_cell("plaza/stairs", 0, 0, 0);
    expect_cell("plaza/stairs", 900, 0, 0);
    struct yk_observation whole = count_of(0, 900000, 5, 0, 1);
    cr_assert_eq(send(&whole, 1), YK_VERDICT_taken);
    expect_cell("plaza/stairs", 0, 5, 0);
}

Test(ingest, counts_of_what_was_not_there)
{
    struct yk_observation no_line = count_of(0, 60000, 3, 1, 2), too_early = count_of(-1800000, -1740000, 3, 1, 0);
    cr_assert_eq(send(&no_line, 1), YK_VERDICT_taken);
    cr_assert_eq(send(&too_early, 1), YK_VERDICT_taken);
    expect_cell("plaza/door", 0, 0, 0);
    expect_cell("plaza/door", -1800, 0, 0);
}
