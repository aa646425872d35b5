/* The rotation periods that hold for an epoch. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_PERIODS_H
#define YK_KPIS_PERIODS_H

#include "kpis/facts.h"
#include "state/state_store.h"

/* Frozen from the lag histograms of the eight epochs before the last one, which are final when this epoch begins, so
 * that the choice does not depend on when it is made. Per class; where a class has too few rotations, from all classes
 * together; where the district has no earlier data, from the epoch itself. A class that nothing measures stays unknown.
 */
enum yk_status yk_periods_of_epoch(const struct yk_config *config, struct yk_state_store *store, int64_t epoch_s,
                                   struct yk_periods *out, struct yk_error *err) YK_MUST_CHECK;
/* For rows that need no period: the configuration's id only. */
void yk_periods_none(const struct yk_config *config, struct yk_periods *out);

#endif
