/* Counting without keeping. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/distinct.h"

#include <criterion/criterion.h>

#include "identity/raw_id.h"

Test(distinct, each_once_also_after_growing)
{
    struct yk_distinct *set = yk_distinct_new();
    cr_assert_not_null(set);
    size_t fresh_count = 0;
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            struct yk_raw_id id = {.address = {(uint8_t)i, (uint8_t)(i >> 8), 0, 0, 0, 0xC0}, .address_class = 1};
            bool fresh = false;
            cr_assert_eq(yk_distinct_add(set, &id, &fresh), YK_OK);
            cr_assert_eq(fresh, round == 0);
            fresh_count += fresh;
        }
    cr_expect_eq(fresh_count, 5000);
    yk_distinct_free(set);
}

Test(distinct, the_class_is_part_of_it)
{
    struct yk_distinct *set = yk_distinct_new();
    cr_assert_not_null(set);
    for (uint8_t address_class = 0; address_class < YK_CLASS_COUNT; address_class++) {
        struct yk_raw_id id = {.address = {1, 2, 3, 4, 5, 6}, .address_class = address_class};
        bool fresh = false;
        cr_assert_eq(yk_distinct_add(set, &id, &fresh), YK_OK);
        cr_expect(fresh);
    }
    yk_distinct_free(set);
    yk_distinct_free(NULL);
}
