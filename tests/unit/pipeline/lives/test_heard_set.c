/* The set against a list that is searched from end to end. SPDX-License-Identifier: GPL-3.0-or-later */
#include "lives/heard_set.h"

#include <criterion/criterion.h>

#include <gsl/gsl_rng.h>
#include <string.h>

#define DEVICES 600

static struct yk_heard model[DEVICES];
static size_t model_count;

static void merge_into_model(const struct yk_heard *d)
{
    size_t i = 0;
    while (i < model_count && (model[i].key_id != d->key_id || model[i].pseudonym != d->pseudonym))
        i++;
    if (i == model_count) {
        model[model_count++] = *d;
        return;
    }
    struct yk_heard *m = &model[i];
    m->ticks[0] |= d->ticks[0];
    m->ticks[1] |= d->ticks[1];
    m->adverts += d->adverts;
    m->gap_ds += d->gap_ds;
    m->gap_sq_ds2 += d->gap_sq_ds2;
    if (d->first_ds < m->first_ds)
        m->first_ds = d->first_ds;
    if (d->last_ds > m->last_ds)
        m->last_ds = d->last_ds;
    if (d->address_class < m->address_class)
        m->address_class = d->address_class;
}

static void expect_model(const struct yk_heard_set *set)
{
    cr_assert_eq(set->count, model_count);
    for (size_t i = 0; i < model_count; i++) {
        size_t n = 0;
        while (n < set->count &&
               (set->list[n].key_id != model[i].key_id || set->list[n].pseudonym != model[i].pseudonym))
            n++;
        cr_assert_lt(n, set->count, "device %zu is missing", i);
        cr_assert_eq(memcmp(&set->list[n], &model[i], sizeof model[i]), 0, "device %zu differs", i);
    }
}

/* Few low bits, so that places collide; sorted and reserved at random moments. */
Test(heard_set, is_what_a_list_would_be)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct yk_heard_set set = {0};
    for (int step = 0; step < 20000; step++) {
        struct yk_heard d = {.key_id = 1 + gsl_rng_uniform_int(rng, 2),
                             .pseudonym = gsl_rng_uniform_int(rng, DEVICES / 4) << gsl_rng_uniform_int(rng, 2) * 40,
                             .adverts = 1,
                             .gap_ds = (uint32_t)gsl_rng_uniform_int(rng, 100),
                             .gap_sq_ds2 = gsl_rng_uniform_int(rng, 10000),
                             .first_ds = (uint16_t)gsl_rng_uniform_int(rng, 4500),
                             .last_ds = (uint16_t)(4500 + gsl_rng_uniform_int(rng, 4500)),
                             .address_class = (uint8_t)gsl_rng_uniform_int(rng, YK_CLASS_COUNT)};
        d.ticks[gsl_rng_uniform_int(rng, 2)] = UINT64_C(1) << gsl_rng_uniform_int(rng, 26);
        merge_into_model(&d);
        cr_assert_eq(yk_heard_set_merge(&set, &d), YK_OK);
        if (step % 997 == 0)
            yk_heard_set_sort(&set);
        if (step % 1499 == 0)
            cr_assert_eq(yk_heard_set_reserve(&set, gsl_rng_uniform_int(rng, 300)), YK_OK);
        if (step % 500 == 0)
            expect_model(&set);
    }
    expect_model(&set);
    yk_heard_set_sort(&set);
    expect_model(&set);
    for (size_t i = 1; i < set.count; i++) {
        const struct yk_heard *a = &set.list[i - 1], *b = &set.list[i];
        cr_assert(a->key_id < b->key_id || (a->key_id == b->key_id && a->pseudonym < b->pseudonym), "in order at %zu",
                  i);
    }
    yk_heard_set_clear(&set);
    cr_expect_eq(set.count, 0);
    gsl_rng_free(rng);
}
