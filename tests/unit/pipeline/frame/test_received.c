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
                                    .sequence = sequence};
}

static void add(struct yk_received *received, struct yk_frame_header header)
{
    cr_assert_eq(yk_received_add(received, &header), YK_OK);
}

static bool has(const struct yk_received *received, struct yk_frame_header header)
{
    return yk_received_has(received, &header);
}

/* What the vector says: sequences 1-10 and 300 of one lane, 2^64 - 1 of another. */
static struct yk_received vector_set(void)
{
    struct yk_received received = {0};
    for (uint64_t i = 10; i >= 1; i--)
        add(&received, frame_of(VECTOR_INCARNATION, 1, 0, 0, i));
    add(&received, frame_of(VECTOR_INCARNATION, 1, 0, 0, 300));
    add(&received, frame_of(UINT64_C(0xfedcba9876543210), 2, 1, 3, UINT64_MAX));
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
    cr_expect(has(&out, frame_of(VECTOR_INCARNATION, 1, 0, 0, 300)));
    cr_expect(has(&out, frame_of(UINT64_C(0xfedcba9876543210), 2, 1, 3, UINT64_MAX)));
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
    cr_expect_eq(back.count, 52);
    const struct yk_intervals *set =
        yk_received_lane(&back, (struct yk_lane_key){.incarnation = VECTOR_INCARNATION, .group = 1}, false);
    cr_assert_not_null(set);
    cr_expect_eq(set->count, 1);
    cr_expect_eq(set->list[0].last, 300);
    for (uint16_t stream = 0; stream < 50; stream++)
        cr_expect(has(&back, frame_of(99, 2, 0, stream, 1u + stream)));
    cr_expect_null(yk_received_lane(&back, (struct yk_lane_key){.incarnation = 5}, false));
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
