/* How many devices went, from the moves that were seen. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_MOVE_FLOW_H
#define YK_KPIS_MOVE_FLOW_H

#include "estimate/transition.h"
#include "kpis/district_facts.h"

/* Over `count` moves, of one pair of places or of all. Each rotating class has its period, and its travel times their law; a class
 * with too few moves for one goes with the other. Devices that keep their address are counted. On any state but OK nothing may
 * be published. */
enum yk_transition_state yk_move_flow(const struct yk_move *moves, size_t count, const struct yk_periods *periods,
                                      struct yk_transition_flow *out);

/* Why a row has no flow. */
enum yk_reason yk_move_flow_reason(enum yk_transition_state state);

#endif
