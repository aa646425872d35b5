/* Share of stays by the district's named practice, of devices that keep their address.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For surveys that count stays of 15 minutes, of 2 hours and more (estimate/stay_presets.h), which no address that rotates lasts
 * for. Earphones, watches and computers keep theirs; who carries them is not everybody. */
#include "kpis/stay_row.h"

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    yk_stay_preset_row(kpi, facts, YK_PRESET_SHARE, give, context);
}

const struct yk_kpi yk_kpi_fixed_stay_share = {
    .name = "fixed_stay_share",
    .unit = "share",
    .summary = "of devices that keep their address, the share that stay as long as the named practice asks",
    .day = YK_DAY_EPOCH,
    .rows = rows,
};
