/* Stop rate: the share of a day's device visits that last as long as the district calls stopping. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Read off the same curve of stays as the median, under the same conditions (estimate/stay_told.h). */
#include "kpis/stay_row.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    yk_stay_row(kpi, facts, &(struct yk_stay_asked){.longer = true, .at = facts->config->dwell.stop_s}, give, context);
}

const struct yk_kpi yk_kpi_stop_rate = {
    .name = "stop_rate",
    .unit = "share",
    .summary = "share of visits that last as long as a stop",
    .day = YK_DAY_EPOCH,
    .rows = rows,
};
