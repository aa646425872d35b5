/* The disclosure gate: the only maker of rows that can be published. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table (all rows of one place and day, every resolution) goes in, and comes out such that
 *  - a row about devices whose lower bound is below k has no value, bounds, n or coverage (below_k); a window in which
 *    nothing was heard is a 0 and is shown: it is about nobody;
 *  - with a hidden quarter of an hour (or hour of a day), or a hidden hour, further quarters are hidden (complementary)
 *    until two are hidden that are k together: the others and the total would tell the hidden one nearly;
 *  - provisional rows about devices are rounded to fives, so that two revisions can't be subtracted; means and shares of
 *    devices, which can't be rounded so, are told when they are final only;
 *  - n is a band where it speaks of devices; camera counts keep theirs, unless the district sets a k for lines. */
#ifndef YK_GATE_DISCLOSURE_H
#define YK_GATE_DISCLOSURE_H

#include "base/error.h"
#include "config/config.h"
#include "gate/candidate.h"
#include "store/publish.h"

/* Passes the rows through the gate and puts them into the store, inside the caller's begin and commit. The candidates
 * are changed. Rows of several KPIs may be mixed; all windows of one KPI, place and direction have to be in one call.
 */
enum yk_status yk_gate_publish(const struct yk_config *config, struct yk_candidate *candidates, size_t count,
                               struct yk_publish *store, struct yk_error *err) YK_MUST_CHECK;

/* The band of a count: 0, 1-9, 10-19, 20-49, 50-99, 100-199, 200-499, 500-999, ... */
void yk_gate_band(int64_t n, int64_t *low, int64_t *high);

#endif
