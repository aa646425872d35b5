/* Windows of which nothing came in time, and what their edge may still send. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Presence is taken until its epoch's end plus grace; then the rows are final and the pseudonyms go. An edge whose link was
 * cut for longer reduces what it could not send to sums per window, without pseudonyms, and sends those with the horizon of
 * plain observations. So a row is left open where such sums can be all that it is ever made of:
 *
 *   - the window has exactly one radio, which stood there all through it: sums of two would count a device twice
 *   - nothing of the window is proven when its epoch closes, and no presence of it came: sums and presence of one window
 *     would count lives twice
 *
 * Sums say nothing of the time in which an edge had no presence frame at all, such as a night after the last passer-by. That
 * it was quiet then is said by health, which comes late as well: it counts for a sensor whose epoch was reduced, outside
 * the time that is lost.
 *
 * Which windows these are is noted when the epoch closes, among the plain cells, and never changes afterwards: what comes
 * later cannot reopen a row that was final. The edge made its sums as the district makes them (pipeline/lives), at every
 * length, so a row that comes from them is the row that the presence itself would have given; but for the lengths of stays, which
 * sums do not hold, and for its bounds, since how far rotation periods vary is measured in lives (kpis/spread.h). */
#ifndef YK_KPIS_LATE_FACTS_H
#define YK_KPIS_LATE_FACTS_H

#include "kpis/place_facts.h"

/* The epoch closes: marks the facts of windows that stay open as awaited and not final, and notes them in the store for
 * the next commit. */
enum yk_status yk_late_facts_await(const struct yk_place_question *question, struct yk_place_facts *facts,
                                   struct yk_error *err) YK_MUST_CHECK;
/* The epoch is closed: marks the windows that were noted then as awaited, and fills them from the sums that came. Awaited
 * facts with nothing in them stay an outage. *any: there was one. */
enum yk_status yk_late_facts_fill(const struct yk_place_question *question, struct yk_place_facts *facts, bool *any,
                                  struct yk_error *err) YK_MUST_CHECK;

#endif
