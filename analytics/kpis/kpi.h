/* What a KPI is: a const descriptor and one line in kpis.def. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_KPI_H
#define YK_KPIS_KPI_H

#include "followed/followed.h"
#include "gate/candidate.h"
#include "kpis/district_facts.h"
#include "kpis/facts.h"

/* Which day a KPI is counted on: device days run with the epochs (04:00), camera days from midnight. */
enum yk_kpi_day { YK_DAY_EPOCH, YK_DAY_CALENDAR };

typedef void yk_candidate_fn(void *context, const struct yk_candidate *candidate);

struct yk_kpi {
    const char *name; /* as in rows and in the configuration */
    const char *unit;
    const char *summary; /* one line for people */
    enum yk_kpi_day day;
    bool open_windows; /* also told for a window that has not ended: counts that identify nobody */
    /* One of the three is there. rows gives the rows of this KPI for the facts of a place and window, none if the place has
     * nothing that it speaks of; district_rows those for a closed device day of the whole district; followed_rows those for a
     * closed day of what the district follows over time. */
    void (*rows)(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context);
    void (*district_rows)(const struct yk_kpi *kpi, const struct yk_district_facts *facts, yk_candidate_fn *give,
                          void *context);
    void (*followed_rows)(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_candidate_fn *give,
                          void *context);
};

size_t yk_kpi_count(void);
const struct yk_kpi *yk_kpi_at(size_t i);
const struct yk_kpi *yk_kpi_find(const char *name);

/* A row with everything filled that does not depend on the KPI's value: state missing, reason outage. */
void yk_kpi_candidate(const struct yk_kpi *kpi, const struct yk_facts *facts, struct yk_candidate *out);
/* The same for a row of the district's day; its place is YK_PLACE_ALL. */
void yk_kpi_district_candidate(const struct yk_kpi *kpi, const struct yk_district_facts *facts,
                               struct yk_candidate *out);
/* The same for a row of a followed series on its day, about no device: what is published is public. Its place is PLACE/ENTRY. */
void yk_kpi_followed_candidate(const struct yk_kpi *kpi, const struct yk_followed_day *day,
                               const struct yk_followed *followed, struct yk_candidate *out);

#endif
