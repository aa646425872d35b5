/* Epoch keys and pseudonyms. SPDX-License-Identifier: GPL-3.0-or-later */
#include "identity/identity.h"

#include "base/calendar.h"

#include <criterion/criterion.h>

#include <string.h>

#include "identity/raw_id.h"

#define T0 INT64_C(1774983600) /* 2026-04-01T04:00+09:00 */

static struct yk_identity *identity;
static struct yk_error err;

static void start(void)
{
    static struct yk_config config;
    config.privacy.epoch_hours = 24;
    config.privacy.epoch_start_s = 4 * 3600;
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    cr_assert_eq(yk_identity_new(&config, &identity, &err), YK_OK);
}
static void stop(void)
{
    yk_identity_free(identity);
}
TestSuite(identity, .init = start, .fini = stop);

static const struct yk_epoch *epoch_at(int64_t t_s)
{
    const struct yk_epoch *epoch;
    cr_assert_eq(yk_identity_epoch(identity, t_s, &epoch, &err), YK_OK);
    return epoch;
}

/* SipHash-2-4 of the bytes 00 01 .. 06 under the key 00 01 .. 0f: the seventh vector of the paper's reference code. */
Test(identity, pseudonym_is_siphash)
{
    struct yk_epoch epoch = {.key_id = 1};
    for (int i = 0; i < 16; i++)
        epoch.key[i] = (uint8_t)i;
    const struct yk_raw_id id = {.address = {1, 2, 3, 4, 5, 6}, .address_class = 0};
    cr_expect_eq(yk_pseudonym(&epoch, &id), UINT64_C(0xab0200f58b01d137));
    for (uint8_t class = 1; class < YK_CLASS_COUNT; class ++) {
        struct yk_raw_id other = id;
        other.address_class = class;
        cr_expect_neq(yk_pseudonym(&epoch, &other), yk_pseudonym(&epoch, &id), "the class is part of it");
    }
    for (int bit = 0; bit < 48; bit++) {
        struct yk_raw_id other = id;
        other.address[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(yk_pseudonym(&epoch, &other), yk_pseudonym(&epoch, &id));
    }
}

Test(identity, epochs_have_keys_of_their_own)
{
    const struct yk_epoch *first = epoch_at(T0), *last = epoch_at(T0 + 86399), *next = epoch_at(T0 + 86400);
    cr_expect_eq(first, last);
    cr_expect_eq(first->start_s, T0);
    cr_expect_eq(first->end_s, T0 + 86400);
    cr_expect_eq(next->start_s, T0 + 86400);
    cr_expect_neq(memcmp(first->key, next->key, sizeof first->key), 0);
    cr_expect(first->key_id != next->key_id && first->key_id != 0 && next->key_id != 0);
    cr_expect_eq(epoch_at(T0 - 1)->end_s, T0);
    static const uint8_t zero[16];
    cr_expect_neq(memcmp(first->key, zero, sizeof zero), 0);
}

Test(identity, a_key_that_nobody_holds_never_comes_back)
{
    const struct yk_epoch *first = epoch_at(T0), *next = epoch_at(T0 + 86400);
    uint64_t before = first->key_id, after = next->key_id;
    yk_identity_forget(identity, T0 + 86400);
    cr_expect_eq(epoch_at(T0)->key_id, before, "somebody holds it");
    yk_identity_release(identity, first);
    yk_identity_forget(identity, T0 + 86400);
    cr_expect_eq(epoch_at(T0)->key_id, before, "one of two holders is left");
    yk_identity_release(identity, first);
    yk_identity_release(identity, first);
    yk_identity_forget(identity, T0 + 86399);
    cr_expect_eq(epoch_at(T0)->key_id, before, "not over yet");
    yk_identity_release(identity, first);
    yk_identity_forget(identity, T0 + 86400);
    yk_identity_release(identity, next);
    cr_expect_neq(epoch_at(T0)->key_id, before);
    cr_expect_eq(epoch_at(T0 + 86400)->key_id, after);
}

Test(identity, classes_of_random_addresses)
{
    for (int top = 0; top < 256; top++) {
        const uint8_t address[6] = {1, 2, 3, 4, 5, (uint8_t)top};
        static const uint8_t expected[4] = {YK_CLASS_NON_RESOLVABLE, YK_CLASS_RESOLVABLE, YK_CLASS_COUNT,
                                            YK_CLASS_STATIC};
        cr_assert_eq(yk_random_address_class(address), expected[top / 64]);
    }
}
