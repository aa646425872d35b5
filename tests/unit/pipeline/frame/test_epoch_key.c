/* Sealing keys and epoch keys as messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/epoch_key.h"

#include "epoch_key_vector.h"

#include <criterion/criterion.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static uint8_t edge_public[32], edge_secret[64], district_public[32], district_secret[64];
static uint8_t sealing_public[32], sealing_secret[32];
static uint8_t sealing[YK_SEALING_MESSAGE_SIZE], issued[YK_EPOCH_KEY_MESSAGE_SIZE];
static const struct yk_key_scope scope = {"riverside", "edge-1", VECTOR_KEY_START_S, VECTOR_KEY_END_S};

static void bytes_of(const char *hex, uint8_t *out, size_t size)
{
    size_t got;
    cr_assert_eq(sodium_hex2bin(out, size, hex, strlen(hex), NULL, &got, NULL), 0);
    cr_assert_eq(got, size);
}

static void start(void)
{
    uint8_t seed[32];
    cr_assert_geq(sodium_init(), 0);
    for (int i = 0; i < 32; i++)
        seed[i] = (uint8_t)i;
    crypto_sign_seed_keypair(edge_public, edge_secret, seed);
    for (int i = 0; i < 32; i++)
        seed[i] = (uint8_t)(32 + i);
    crypto_sign_seed_keypair(district_public, district_secret, seed);
    for (int i = 0; i < 32; i++)
        sealing_secret[i] = (uint8_t)(64 + i);
    crypto_scalarmult_base(sealing_public, sealing_secret);
    bytes_of(vector_sealing, sealing, sizeof sealing);
    bytes_of(vector_epoch_key, issued, sizeof issued);
}
TestSuite(epoch_key, .init = start);

/* In memory of exactly the size, so that the address sanitizer sees a byte too many. */
static enum yk_key_fault open_as(const uint8_t *bytes, size_t size, const struct yk_key_scope *as,
                                 struct yk_epoch_secret *out)
{
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    enum yk_key_fault fault = yk_epoch_key_open(copy, size, as, district_public, sealing_public, sealing_secret, out);
    static const struct yk_epoch_secret nothing;
    if (fault != YK_KEY_OK)
        cr_assert_eq(memcmp(out, &nothing, sizeof nothing), 0, "a refused message leaves nothing behind");
    free(copy);
    return fault;
}

static enum yk_key_fault read_as(const uint8_t *bytes, size_t size, const struct yk_key_scope *as)
{
    struct yk_sealing_key key;
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    enum yk_key_fault fault = yk_sealing_key_read(copy, size, as, edge_public, &key);
    free(copy);
    return fault;
}

Test(epoch_key, sealing_key_is_the_vector)
{
    uint8_t written[YK_SEALING_MESSAGE_SIZE];
    struct yk_sealing_key key = {.made_s = VECTOR_KEY_MADE_S}, back;
    memcpy(key.public_key, sealing_public, sizeof key.public_key);
    yk_sealing_key_write(&scope, &key, edge_secret, written);
    cr_expect_arr_eq(written, sealing, sizeof sealing);
    cr_assert_eq(yk_sealing_key_read(sealing, sizeof sealing, &scope, edge_public, &back), YK_KEY_OK);
    cr_expect_arr_eq(back.public_key, sealing_public, 32);
    cr_expect_eq(back.made_s, VECTOR_KEY_MADE_S);
}

Test(epoch_key, the_vector_opens)
{
    struct yk_epoch_secret secret;
    cr_assert_eq(open_as(issued, sizeof issued, &scope, &secret), YK_KEY_OK);
    cr_expect_eq(secret.key_id, VECTOR_KEY_ID);
    for (int i = 0; i < 16; i++)
        cr_expect_eq(secret.key[i], i);
}

/* A box is made of a new ephemeral key each time: what stands around it is the vector's. */
Test(epoch_key, seal_gives_the_vectors_envelope_and_opens)
{
    struct yk_epoch_secret secret = {.key_id = VECTOR_KEY_ID}, back;
    for (int i = 0; i < 16; i++)
        secret.key[i] = (uint8_t)i;
    uint8_t a[YK_EPOCH_KEY_MESSAGE_SIZE], b[YK_EPOCH_KEY_MESSAGE_SIZE];
    cr_assert(yk_epoch_key_seal(&scope, &secret, sealing_public, district_secret, a));
    cr_assert(yk_epoch_key_seal(&scope, &secret, sealing_public, district_secret, b));
    cr_expect_arr_eq(a, issued, 85);
    cr_expect_arr_neq(a + 85, b + 85, 72);
    cr_assert_eq(open_as(a, sizeof a, &scope, &back), YK_KEY_OK);
    cr_expect_eq(back.key_id, VECTOR_KEY_ID);
    cr_expect_arr_eq(back.key, secret.key, 16);
    static const uint8_t low_order[32];
    cr_expect_not(yk_epoch_key_seal(&scope, &secret, low_order, district_secret, a), "nobody's key");
}

Test(epoch_key, messages_for_others_are_refused_by_name)
{
    struct yk_epoch_secret secret;
    struct yk_key_scope other = scope;
    const char *const edges[] = {"edge-2", "edge-10", "edge-", "edge", ""};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        other.edge = edges[i];
        cr_expect_eq(open_as(issued, sizeof issued, &other, &secret), YK_KEY_EDGE);
        cr_expect_eq(read_as(sealing, sizeof sealing, &other), YK_KEY_EDGE);
    }
    other = scope;
    other.district = "riverside2";
    cr_expect_eq(open_as(issued, sizeof issued, &other, &secret), YK_KEY_DISTRICT);
    cr_expect_eq(read_as(sealing, sizeof sealing, &other), YK_KEY_DISTRICT);
    other = scope;
    other.start_s += 86400;
    cr_expect_eq(open_as(issued, sizeof issued, &other, &secret), YK_KEY_EPOCH);
    cr_expect_eq(read_as(sealing, sizeof sealing, &other), YK_KEY_EPOCH);
    other = scope;
    other.end_s -= 3600;
    cr_expect_eq(open_as(issued, sizeof issued, &other, &secret), YK_KEY_EPOCH, "epochs of another length");
}

Test(epoch_key, every_cut_and_every_bit_is_refused)
{
    struct yk_epoch_secret secret;
    uint8_t longer[256] = {0};
    for (size_t n = 0; n < sizeof issued; n++)
        cr_assert_eq(open_as(issued, n, &scope, &secret), YK_KEY_LENGTH, "%zu bytes", n);
    for (size_t n = 0; n < sizeof sealing; n++)
        cr_assert_eq(read_as(sealing, n, &scope), YK_KEY_LENGTH, "%zu bytes", n);
    memcpy(longer, issued, sizeof issued);
    cr_expect_eq(open_as(longer, sizeof issued + 1, &scope, &secret), YK_KEY_LENGTH);
    for (size_t bit = 0; bit < 8 * sizeof issued; bit++) {
        issued[bit / 8] ^= (uint8_t)(1u << bit % 8);
        size_t at = bit / 8;
        enum yk_key_fault fault = open_as(issued, sizeof issued, &scope, &secret);
        if (at < 4)
            cr_assert_eq(fault, YK_KEY_MAGIC);
        else if (at == 4)
            cr_assert(fault == (bit % 8 == 0 ? YK_KEY_MAGIC : YK_KEY_NEWER), "version %d", issued[4]);
        else if (at < 37)
            cr_assert_eq(fault, YK_KEY_DISTRICT);
        else if (at < 69)
            cr_assert_eq(fault, YK_KEY_EDGE);
        else
            cr_assert_eq(fault, at < 85 ? YK_KEY_EPOCH : YK_KEY_SIGNATURE, "byte %zu", at);
        issued[at] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 8 * 77; bit < 8 * sizeof sealing; bit++) {
        sealing[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(read_as(sealing, sizeof sealing, &scope), YK_KEY_SIGNATURE);
        sealing[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

Test(epoch_key, only_the_district_signs_and_only_the_edge_opens)
{
    struct yk_epoch_secret secret = {.key_id = 5}, out;
    uint8_t bytes[YK_EPOCH_KEY_MESSAGE_SIZE], other_public[32], other_secret[32];
    cr_assert(yk_epoch_key_seal(&scope, &secret, sealing_public, edge_secret, bytes));
    cr_expect_eq(open_as(bytes, sizeof bytes, &scope, &out), YK_KEY_SIGNATURE, "an edge's signature is not enough");
    crypto_box_keypair(other_public, other_secret);
    cr_assert(yk_epoch_key_seal(&scope, &secret, other_public, district_secret, bytes));
    cr_expect_eq(open_as(bytes, sizeof bytes, &scope, &out), YK_KEY_SEALED, "sealed to a key that is not there");
    secret.key_id = 0;
    cr_assert(yk_epoch_key_seal(&scope, &secret, sealing_public, district_secret, bytes));
    cr_expect_eq(open_as(bytes, sizeof bytes, &scope, &out), YK_KEY_SEALED, "id 0 does not exist");
    /* One signed message is not the other. */
    cr_expect_eq(open_as(sealing, sizeof sealing, &scope, &out), YK_KEY_MAGIC);
    cr_expect_eq(read_as(issued, sizeof issued, &scope), YK_KEY_MAGIC);
}

Test(epoch_key, peek_takes_a_row_apart)
{
    uint8_t row[2 * YK_EPOCH_KEY_MESSAGE_SIZE + 1];
    int64_t epoch_s = 0;
    memcpy(row, issued, sizeof issued);
    memcpy(row + sizeof issued, issued, sizeof issued);
    row[sizeof issued + 69]++;
    cr_expect_eq(yk_epoch_key_peek(row, sizeof row - 1, &epoch_s), sizeof issued);
    cr_expect_eq(epoch_s, VECTOR_KEY_START_S);
    cr_expect_eq(yk_epoch_key_peek(row + sizeof issued, sizeof issued, &epoch_s), sizeof issued);
    cr_expect_eq(epoch_s, VECTOR_KEY_START_S + 1, "nothing is checked here");
    cr_expect_eq(yk_epoch_key_peek(row, sizeof issued - 1, &epoch_s), 0);
    cr_expect_eq(yk_epoch_key_peek(row, 0, &epoch_s), 0);
    cr_expect_eq(yk_epoch_key_peek(sealing, sizeof sealing, &epoch_s), 0);
    row[4] = 2; /* nobody here knows how long that is */
    cr_expect_eq(yk_epoch_key_peek(row, sizeof row, &epoch_s), sizeof row);
    cr_expect_eq(epoch_s, VECTOR_KEY_START_S);
}

Test(epoch_key, every_fault_has_a_text)
{
    for (int fault = 0; fault < YK_KEY_FAULT_COUNT; fault++)
        cr_expect_gt(strlen(yk_key_fault_text((enum yk_key_fault)fault)), 5);
}
