/* Events come out in the order of time. SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate/queue.h"
#include "simulate/rng.h"

#include <criterion/criterion.h>

Test(queue, sorts)
{
    struct yk_queue queue = {0};
    struct yk_rng rng = yk_rng_of(5, 6, 7);
    uint64_t sum_in = 0, sum_out = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        struct yk_event event = {(int64_t)(yk_rng_next(&rng) % 1000), 1, i};
        sum_in += i;
        cr_assert(yk_queue_push(&queue, event));
    }
    int64_t last = 0;
    for (int i = 0; i < 5000; i++) {
        const struct yk_event *top = yk_queue_top(&queue);
        cr_assert_geq(top->time_us, last);
        last = top->time_us;
        sum_out += top->index;
        yk_queue_pop(&queue);
    }
    cr_assert_eq(queue.count, 0);
    cr_assert_eq(sum_in, sum_out);
    yk_queue_free(&queue);
}

/* Three clocks of different beat in one queue: each replaces the top with its next time. */
Test(queue, replaces_the_top)
{
    static const int64_t beat[3] = {3, 5, 7};
    struct yk_queue queue = {0};
    int count[3] = {0};
    for (uint32_t i = 0; i < 3; i++)
        cr_assert(yk_queue_push(&queue, (struct yk_event){beat[i], 0, i}));
    int64_t last = 0;
    while (yk_queue_top(&queue)->time_us <= 105) {
        struct yk_event event = *yk_queue_top(&queue);
        cr_assert_geq(event.time_us, last);
        last = event.time_us;
        count[event.index]++;
        event.time_us += beat[event.index];
        yk_queue_replace(&queue, event);
    }
    cr_assert_eq(count[0], 35);
    cr_assert_eq(count[1], 21);
    cr_assert_eq(count[2], 15);
    yk_queue_free(&queue);
}
