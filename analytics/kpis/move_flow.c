/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/move_flow.h"

#include <string.h>

static enum yk_transition_state add_class(const struct yk_transitions *seen, const struct yk_periods *periods,
                                          int class, struct yk_transition_flow *out)
{
    struct yk_period_law law;
    struct yk_travel travel;
    struct yk_transition_flow flow;
    /* The law's shape is that of a mean alone: up to the horizon that costs 0.2 % where hardly anybody goes beyond it, 2 % where a
     * tenth does (docs/METHODS.md). */
    if (!periods->known[class] || !yk_law_of_period(&periods->period[class], &law))
        return YK_TRANSITION_NO_PERIOD;
    enum yk_transition_state state = yk_travel_fit(seen, &law, &travel);
    if (state == YK_TRANSITION_OK)
        state = yk_transition_estimate(seen, &law, &periods->period[class], &travel, &flow);
    if (state == YK_TRANSITION_OK)
        yk_transition_add(out, &flow);
    return state;
}

enum yk_transition_state yk_move_flow(const struct yk_move *moves, size_t count, const struct yk_periods *periods,
                                      struct yk_transition_flow *out)
{
    struct yk_transitions seen[YK_ROTATING_COUNT];
    int64_t total[YK_ROTATING_COUNT], fixed = 0;
    memset(out, 0, sizeof *out);
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < count; i++) {
        if (moves[i].address_class == YK_CLASS_RESOLVABLE)
            yk_transitions_note(&seen[YK_ROTATING_RESOLVABLE], moves[i].left_ds, moves[i].reached_ds);
        else if (moves[i].address_class == YK_CLASS_NON_RESOLVABLE)
            yk_transitions_note(&seen[YK_ROTATING_NON_RESOLVABLE], moves[i].left_ds, moves[i].reached_ds);
        else
            fixed++;
    }
    for (int class = 0; class < YK_ROTATING_COUNT; class ++)
        total[class] = yk_transitions_count(&seen[class]);
    int most = total[0] >= total[1] ? 0 : 1, least = 1 - most;
    if (total[least] < YK_TRANSITION_FIT_MIN) {
        yk_transitions_merge(&seen[most], &seen[least]);
        total[most] += total[least];
        total[least] = 0;
    }
    for (int class = 0; class < YK_ROTATING_COUNT; class ++) {
        enum yk_transition_state state =
            total[class] > 0 ? add_class(&seen[class], periods, class, out) : YK_TRANSITION_OK;
        if (state != YK_TRANSITION_OK)
            return state;
    }
    struct yk_transition_flow flow;
    yk_transition_exact(fixed, &flow);
    yk_transition_add(out, &flow);
    return YK_TRANSITION_OK;
}

enum yk_reason yk_move_flow_reason(enum yk_transition_state state)
{
    return state == YK_TRANSITION_BEYOND || state == YK_TRANSITION_NO_FIT ? YK_REASON_NOT_OBSERVABLE
                                                                          : YK_REASON_NOT_MEASURABLE;
}
