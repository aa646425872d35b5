/* The order of messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/message_order.h"

#define HOUR_US INT64_C(3600000000)
#define BACK_US 10000000

static bool is_jump(const struct yk_message_order *order, int64_t time_us, int64_t arrived_us)
{
    int64_t step_us = time_us - order->last_us;
    if (!order->begun)
        return arrived_us > 0 && time_us - arrived_us > HOUR_US;
    if (step_us < -BACK_US)
        return true;
    if (arrived_us > 0)
        return step_us > HOUR_US && time_us - arrived_us > HOUR_US;
    return step_us > HOUR_US && !order->sparse;
}

bool yk_message_in_order(struct yk_message_order *order, int64_t time_us, int64_t arrived_us, struct yk_drops *drops)
{
    bool back = order->begun && time_us < order->last_us;
    if (is_jump(order, time_us, arrived_us)) {
        bool confirmed = order->suspected && time_us >= order->suspect_us && time_us - order->suspect_us <= HOUR_US;
        order->suspected = true;
        order->suspect_us = time_us;
        if (!confirmed) {
            yk_drop(drops, back ? YK_DROP_out_of_order : YK_DROP_bad_time);
            return false;
        }
    } else if (back) {
        yk_drop(drops, YK_DROP_out_of_order);
        return false;
    }
    order->suspected = false;
    order->begun = true;
    order->last_us = time_us;
    return true;
}
