/* How far rotation periods vary, for the intervals of what is counted by them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. The variance of device visits (rotation/rotation.h) asks by how much one device's period varies, which averages out
 * over a stay, and by how much makes differ, which does not. Assumed, it must be assumed large, and intervals of long stays then
 * hold the truth in 100 of 100 windows.
 *
 * Method. The law of the period measured from lives (period_shape.h) has the variation c of all periods together: c^2 is what
 * both sum to. No two lives are linked, so which part is whose cannot be measured. A variation up to that of periods drawn anew
 * between 7 and 15 minutes, as one make does it, is taken as a device's own and what is above it as that of makes; but
 * at least a quarter of c^2 is taken as that of makes, since two makes that keep 7 and 10 minutes look the same as one that
 * varies. (With those two, intervals of an hour of 40-minute stays hold 87 %.)
 *
 * Where the law is not known the defaults of rotation.h stay: lives are short there, and the variation matters little. */
#ifndef YK_ESTIMATE_PERIOD_SPREAD_H
#define YK_ESTIMATE_PERIOD_SPREAD_H

#include "estimate/period_shape.h"

/* Lives of one class, from one place, over the epoch that is told; their order is changed. Sets period->cv and cv_between
 * and returns true if they could be measured; otherwise the period is left as it is. Allocates while it runs; false without
 * memory. */
bool yk_period_spread(struct yk_shape_life *lives, size_t count, double two_g_s, struct yk_rotation_period *period);

/* The same from a law that is known. */
void yk_period_spread_of_law(const struct yk_period_law *law, struct yk_rotation_period *period);

#endif
