/* Which messages are believed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/message_order.h"

#include <criterion/criterion.h>

#define S INT64_C(1000000)
#define T (INT64_C(1780000000) * S)

static struct yk_message_order order;
static struct yk_drops drops;

static void setup(void)
{
    order = (struct yk_message_order){0};
    drops = (struct yk_drops){{0}};
}

TestSuite(message_order, .init = setup);

static bool at(int64_t seconds)
{
    return yk_message_in_order(&order, T + seconds * S, 0, &drops);
}

static bool live(int64_t seconds, int64_t arrived)
{
    return yk_message_in_order(&order, T + seconds * S, T + arrived * S, &drops);
}

Test(message_order, a_little_late_is_too_late)
{
    cr_assert(at(0) && at(1) && at(1));
    cr_assert_not(at(0));
    cr_assert_eq(drops.count[YK_DROP_out_of_order], 1);
    cr_assert(at(1));
}

Test(message_order, a_lone_jump_is_dropped)
{
    cr_assert(at(0) && at(1));
    cr_assert_not(at(50000));
    cr_assert(at(2) && at(3));
    cr_assert_not(at(-50000));
    cr_assert(at(4));
    cr_assert_eq(drops.count[YK_DROP_bad_time], 1);
    cr_assert_eq(drops.count[YK_DROP_out_of_order], 1);
}

Test(message_order, a_clock_that_was_ahead_is_set_right)
{
    cr_assert(at(300) && at(301));
    cr_assert_not(at(2));
    cr_assert(at(3));
    cr_assert(at(4));
    cr_assert_not(at(3));
}

Test(message_order, late_messages_in_a_row_that_go_on_backwards_confirm_nothing)
{
    cr_assert(at(300));
    for (int i = 0; i < 20; i++)
        cr_assert_not(at(200 - i));
    cr_assert(at(301));
}

Test(message_order, hours_later)
{
    cr_assert(at(0));
    cr_assert_not(at(7200));
    cr_assert(at(7300));
    order.sparse = true;
    cr_assert(at(20000) && at(40000));
}

Test(message_order, live_by_the_time_of_arrival)
{
    cr_assert_not(live(10000, 0)); /* the first one already may be from the future */
    cr_assert(live(10001, 1));     /* a camera whose clock is ahead for good */
    setup();
    cr_assert(live(0, 1));
    cr_assert(live(40000, 40001)); /* a night without messages */
    cr_assert_not(live(90000, 40002));
    cr_assert(live(40003, 40003));
}
