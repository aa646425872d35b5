/* Do some pairs determine a plane's map? SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_GROUND_SPREAD_H
#define YK_GROUND_SPREAD_H

#include "ground/pairs.h"

/* YK_ERR_INPUT, and err names the pairs, if there are fewer than four, two are the same place, or they lie so on lines
 * that more than one map, or none, leads the ones to the others. */
enum yk_status yk_ground_spread(const struct yk_ground_pairs *pairs, struct yk_error *err) YK_MUST_CHECK;

#endif
