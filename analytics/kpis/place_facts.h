/* The facts of one place over one day, at every resolution. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_PLACE_FACTS_H
#define YK_KPIS_PLACE_FACTS_H

#include "estimate/stay_told.h"
#include "kpis/district_facts.h"
#include "kpis/facts.h"
#include "kpis/spread.h"
#include "lives/walk.h"
#include "state/state_store.h"

struct yk_place_facts {
    struct yk_facts *quarter;   /* span.quarters */
    struct yk_facts *hour;      /* span.hours */
    struct yk_facts *day;       /* 1 */
    struct yk_stay_tally tally; /* of the day, and what is made of it */
    struct yk_stay_day stays;
    struct yk_stay_curves *curves;
    struct yk_periods periods; /* the question's, with the variation measured here: the facts point to them */
};

struct yk_place_question {
    const struct yk_config *config;
    struct yk_state_store *store;
    const char *place;
    const struct yk_span *span;
    const struct yk_periods *periods;
    const struct yk_calibration_in_force *calibration; /* or NULL */
    const struct yk_line_corrections *corrections;     /* or NULL */
    int64_t as_of_s;                                   /* sensors are expected to have run up to here */
    bool devices; /* with presence, of the epoch at the span's start; otherwise lines and zones */
    bool final;
    struct yk_district_facts *district; /* NULL, or where the lives heard go, and the day's sums */
    size_t place_index;                 /* into the configuration's places, for those */
};

/* Free with yk_place_facts_clear, also after a failure. *out stays where it is until then. */
enum yk_status yk_place_facts_read(const struct yk_place_question *question, struct yk_place_facts *out,
                                   struct yk_error *err) YK_MUST_CHECK;
void yk_place_facts_clear(struct yk_place_facts *facts);

#endif
