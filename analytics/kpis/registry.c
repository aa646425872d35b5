/* The table of KPIs, from kpis.def. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/kpi.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define YK_KPI(name) extern const struct yk_kpi yk_kpi_##name;
#include "kpis/kpis.def"
#undef YK_KPI

static const struct yk_kpi *const table[] = {
#define YK_KPI(name) &yk_kpi_##name,
#include "kpis/kpis.def"
#undef YK_KPI
};

size_t yk_kpi_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct yk_kpi *yk_kpi_at(size_t i)
{
    return table[i];
}

const struct yk_kpi *yk_kpi_find(const char *name)
{
    for (size_t i = 0; i < yk_kpi_count(); i++)
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}

/* What every row has. */
static void begin(const struct yk_kpi *kpi, const struct yk_config *config, const char *parameters,
                  struct yk_candidate *out)
{
    memset(out, 0, sizeof *out);
    struct yk_kpi_row *row = &out->row;
    snprintf(row->district, sizeof row->district, "%s", config->district);
    snprintf(row->kpi, sizeof row->kpi, "%s", kpi->name);
    snprintf(row->unit, sizeof row->unit, "%s", kpi->unit);
    row->value = row->lower = row->upper = row->coverage = (double)NAN;
    row->state = YK_STATE_MISSING;
    row->reason = YK_REASON_OUTAGE;
    row->n_low = row->n_high = -1;
    snprintf(row->parameters, sizeof row->parameters, "%s", parameters);
    out->devices_lower = (double)NAN;
}

void yk_kpi_candidate(const struct yk_kpi *kpi, const struct yk_facts *facts, struct yk_candidate *out)
{
    begin(kpi, facts->config, facts->periods->id, out);
    struct yk_kpi_row *row = &out->row;
    snprintf(row->place, sizeof row->place, "%s", facts->place->id);
    row->start_s = facts->start_s;
    row->end_s = facts->end_s;
    row->resolution = facts->resolution;
    row->final = facts->final;
    row->revision = facts->final ? 1 : 0;
}

void yk_kpi_district_candidate(const struct yk_kpi *kpi, const struct yk_district_facts *facts,
                               struct yk_candidate *out)
{
    begin(kpi, facts->config, facts->periods->id, out);
    struct yk_kpi_row *row = &out->row;
    snprintf(row->place, sizeof row->place, "%s", YK_PLACE_ALL);
    row->start_s = facts->start_s;
    row->end_s = facts->end_s;
    row->resolution = YK_RES_1D;
    row->final = facts->final;
    row->revision = facts->final ? 1 : 0;
}

void yk_kpi_followed_candidate(const struct yk_kpi *kpi, const struct yk_followed_day *day,
                               const struct yk_followed *followed, struct yk_candidate *out)
{
    const struct yk_kpi_config *entry = &day->config->kpis[followed->entry];
    begin(kpi, day->config, day->config->version_id, out);
    struct yk_kpi_row *row = &out->row;
    if (day->calendar->covariates_id[0])
        snprintf(row->parameters, sizeof row->parameters, "%s W%s", day->config->version_id,
                 day->calendar->covariates_id);
    snprintf(row->place, sizeof row->place, "%s/%s", day->config->places[entry->place].id, entry->id);
    row->start_s = day->start_s;
    row->end_s = day->end_s;
    row->resolution = YK_RES_1D;
    row->final = day->final;
    row->revision = day->final ? 1 : 0;
    row->basis = YK_BASIS_ESTIMATED;
    row->reason = YK_REASON_TOO_SHORT;
}
