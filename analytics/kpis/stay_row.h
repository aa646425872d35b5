/* Rows about how long devices stay. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Of device days; shorter windows hold too few lives, and lives that began before them are of unknown age. Told once they are
 * final: until then there is no row, since a quantile can't be rounded into safety (gate/disclosure.h). */
#ifndef YK_KPIS_STAY_ROW_H
#define YK_KPIS_STAY_ROW_H

#include "estimate/stay_presets.h"
#include "kpis/kpi.h"

void yk_stay_row(const struct yk_kpi *kpi, const struct yk_facts *facts, const struct yk_stay_asked *asked,
                 yk_candidate_fn *give, void *context);
/* The same by the district's named practice, of devices that keep their address; no row where the district names none. */
void yk_stay_preset_row(const struct yk_kpi *kpi, const struct yk_facts *facts, enum yk_preset_figure figure,
                        yk_candidate_fn *give, void *context);

#endif
