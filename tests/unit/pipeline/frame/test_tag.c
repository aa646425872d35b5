/* Tags: the vector, every flipped bit, other keys, and what is left to the signature.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/tag.h"

#include "tag_vector.h"
#include "vector.h"

static uint8_t edge_public[32], edge_secret[64], district_public[32], district_secret[64];
static uint8_t bytes[1024];
static size_t size;
static struct yk_frame frame;

static void keys_of(uint8_t first, uint8_t public_key[static 32], uint8_t secret_key[static 64])
{
    uint8_t seed[32];
    for (int i = 0; i < 32; i++)
        seed[i] = (uint8_t)(first + i);
    cr_assert_eq(crypto_sign_seed_keypair(public_key, secret_key, seed), 0);
}

static void begin(void)
{
    vector_keys(edge_public, edge_secret);
    keys_of(32, district_public, district_secret);
    size = vector_bytes(vector_tagged, bytes, sizeof bytes);
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
}

TestSuite(tag, .init = begin);

Test(tag, key_is_the_vectors_from_either_side)
{
    uint8_t expected[32], key[32];
    vector_bytes(vector_tag_key, expected, sizeof expected);
    cr_assert(yk_tag_key_of_edge(edge_secret, district_public, key));
    cr_expect_arr_eq(key, expected, 32);
    memset(key, 0, sizeof key);
    cr_assert(yk_tag_key_of_district(district_secret, edge_public, key));
    cr_expect_arr_eq(key, expected, 32);
}

Test(tag, vector_is_authentic_by_its_tag_and_signed_too)
{
    uint8_t key[32];
    vector_bytes(vector_tag_key, key, sizeof key);
    cr_expect_eq(frame.size, 224 + 52 + 64 + 16);
    cr_expect(yk_tag_check(&frame, key));
    cr_expect(yk_frame_verify(&frame, edge_public));
    struct yk_tag_keys *keys = yk_tag_keys_new(district_secret);
    cr_expect_eq(yk_frame_authentic(&frame, edge_public, keys), YK_AUTHENTIC_BY_TAG);
    cr_expect_eq(yk_frame_authentic(&frame, edge_public, NULL), YK_AUTHENTIC_BY_SIGNATURE);
    yk_tag_keys_free(keys);
}

Test(tag, seal_gives_the_vector)
{
    static uint8_t sealed[YK_FRAME_SIZE_MAX];
    uint8_t key[32];
    vector_bytes(vector_tag_key, key, sizeof key);
    struct yk_frame_header h = frame.header;
    h.flags &= (uint8_t)~YK_FRAME_TAGGED; /* the key says it, not the caller */
    cr_assert_eq(yk_frame_seal(&h, frame.body, frame.body_size, edge_secret, key, sealed), size);
    cr_expect_arr_eq(sealed, bytes, size);
    h.flags |= YK_FRAME_TAGGED;
    size_t plain = vector_bytes(vector_presence, bytes, sizeof bytes);
    cr_assert_eq(yk_frame_seal(&h, bytes + 224, 52, edge_secret, NULL, sealed), plain);
    cr_expect_arr_eq(sealed, bytes, plain);
}

Test(tag, every_flipped_bit_shows)
{
    struct yk_tag_keys *keys = yk_tag_keys_new(district_secret);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        struct yk_frame flipped;
        if (yk_frame_parse(bytes, size, &flipped) == YK_FRAME_OK && flipped.size == size) {
            /* Only the tag itself is nothing that the signature speaks of. */
            enum yk_authentic expected = bit >= 8 * (size - 16) ? YK_AUTHENTIC_BY_SIGNATURE : YK_AUTHENTIC_NOT;
            cr_assert_eq(yk_frame_authentic(&flipped, edge_public, keys), expected, "bit %zu", bit);
        }
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    yk_tag_keys_free(keys);
}

/* A tag cannot be cut off, nor the bytes behind an untagged frame be taken for one: the flag is signed. */
Test(tag, flag_and_length_belong_together)
{
    struct yk_frame cut;
    cr_expect_eq(yk_frame_parse(bytes, size - 1, &cut), YK_FRAME_SHORT);
    cr_expect_eq(yk_frame_parse(bytes, size - 16, &cut), YK_FRAME_SHORT);
    bytes[7] &= (uint8_t)~16;
    cr_assert_eq(yk_frame_parse(bytes, size, &cut), YK_FRAME_OK);
    cr_expect_eq(cut.size, size - 16);
    cr_expect_not(yk_frame_verify(&cut, edge_public));
    uint8_t key[32];
    vector_bytes(vector_tag_key, key, sizeof key);
    cr_expect_not(yk_tag_check(&cut, key));
}

/* The district has a new key, the frames in the spools are older: nothing is refused for it. */
Test(tag, another_districts_key_leaves_it_to_the_signature)
{
    uint8_t other_public[32], other_secret[64];
    keys_of(77, other_public, other_secret);
    struct yk_tag_keys *keys = yk_tag_keys_new(other_secret);
    cr_expect_eq(yk_frame_authentic(&frame, edge_public, keys), YK_AUTHENTIC_BY_SIGNATURE);
    yk_tag_keys_free(keys);
}

/* Who knows no secret key of the two has no tag: neither with another edge's pair nor with the public halves. */
Test(tag, a_strangers_tag_is_no_tag)
{
    static uint8_t forged[YK_FRAME_SIZE_MAX];
    uint8_t stranger_public[32], stranger_secret[64], key[32];
    keys_of(99, stranger_public, stranger_secret);
    cr_assert(yk_tag_key_of_edge(stranger_secret, district_public, key));
    size_t forged_size = yk_frame_seal(&frame.header, frame.body, frame.body_size, stranger_secret, key, forged);
    struct yk_frame seen;
    cr_assert_eq(yk_frame_parse(forged, forged_size, &seen), YK_FRAME_OK);
    struct yk_tag_keys *keys = yk_tag_keys_new(district_secret);
    cr_expect_eq(yk_frame_authentic(&seen, edge_public, keys), YK_AUTHENTIC_NOT);
    cr_expect_eq(yk_frame_authentic(&seen, stranger_public, keys), YK_AUTHENTIC_BY_TAG);
    yk_tag_keys_free(keys);
}

Test(tag, a_public_key_that_is_no_point_gives_no_key)
{
    uint8_t key[32];
    const uint8_t of_small_order[32] = {1}; /* the neutral element */
    cr_expect_not(yk_tag_key_of_edge(edge_secret, of_small_order, key));
    cr_expect_not(yk_tag_key_of_district(district_secret, of_small_order, key));
    struct yk_tag_keys *keys = yk_tag_keys_new(district_secret);
    cr_expect_eq(yk_frame_authentic(&frame, of_small_order, keys), YK_AUTHENTIC_NOT);
    yk_tag_keys_free(keys);
}

/* More keys than the first table holds, each found again, also those whose first bytes are alike. */
Test(tag, many_edges)
{
    enum { EDGES = 300 };
    static uint8_t public_keys[EDGES][32], secret_keys[EDGES][64], sealed[EDGES][512];
    struct yk_tag_keys *keys = yk_tag_keys_new(district_secret);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < EDGES; i++) {
            uint8_t key[32];
            if (round == 0) {
                crypto_sign_keypair(public_keys[i], secret_keys[i]);
                cr_assert(yk_tag_key_of_edge(secret_keys[i], district_public, key));
                cr_assert_eq(yk_frame_seal(&frame.header, frame.body, frame.body_size, secret_keys[i], key, sealed[i]),
                             size);
            }
            struct yk_frame one;
            cr_assert_eq(yk_frame_parse(sealed[i], size, &one), YK_FRAME_OK);
            cr_assert_eq(yk_frame_authentic(&one, public_keys[i], keys), YK_AUTHENTIC_BY_TAG, "edge %d", i);
            cr_assert_eq(yk_frame_authentic(&one, public_keys[(i + 1) % EDGES], keys), YK_AUTHENTIC_NOT);
        }
    yk_tag_keys_free(keys);
}
