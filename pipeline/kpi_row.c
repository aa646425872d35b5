/* A row as text, once for every format. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpi_row.h"

#include "base/calendar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const yk_kpi_row_keys[YK_KPI_ROW_KEYS] = {
    "district", "place",    "kpi",   "direction", "start",  "end", "resolution", "value", "lower",      "upper",
    "unit",     "coverage", "basis", "state",     "reason", "n",   "revision",   "final", "parameters",
};

const char *yk_basis_name(enum yk_basis basis)
{
    static const char *const names[] = {"measured", "estimated", "imputed"};
    return names[basis];
}

const char *yk_row_state_name(enum yk_row_state state)
{
    static const char *const names[] = {"ok", "suppressed", "missing"};
    return names[state];
}

const char *yk_reason_name(enum yk_reason reason)
{
    static const char *const names[YK_REASON_COUNT] = {
        "",        "outage",        "uncalibrated", "not_observable", "not_measurable",
        "below_k", "complementary", "too_short",    "level_break",
    };
    return names[reason];
}

/* The shortest of %.15g, %.16g and %.17g that reads back to the same double. */
static void number_text(char out[static YK_KPI_FIELD_SIZE], double value)
{
    out[0] = '\0';
    if (!isfinite(value))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, YK_KPI_FIELD_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

static void n_text(char out[static YK_KPI_FIELD_SIZE], int64_t low, int64_t high)
{
    if (low < 0)
        out[0] = '\0';
    else if (low == high)
        snprintf(out, YK_KPI_FIELD_SIZE, "%lld", (long long)low);
    else
        snprintf(out, YK_KPI_FIELD_SIZE, "%lld-%lld", (long long)low, (long long)high);
}

void yk_kpi_row_text(const struct yk_kpi_row *row, struct yk_kpi_row_text *out)
{
    enum {
        DISTRICT,
        PLACE,
        KPI,
        DIRECTION,
        START,
        END,
        RESOLUTION,
        VALUE,
        LOWER,
        UPPER,
        UNIT,
        COVERAGE,
        BASIS,
        STATE,
        REASON,
        N,
        REVISION,
        FINAL,
        PARAMETERS
    };
    memset(out, 0, sizeof *out);
    snprintf(out->field[DISTRICT], YK_KPI_FIELD_SIZE, "%s", row->district);
    snprintf(out->field[PLACE], YK_KPI_FIELD_SIZE, "%s", row->place);
    snprintf(out->field[KPI], YK_KPI_FIELD_SIZE, "%s", row->kpi);
    snprintf(out->field[DIRECTION], YK_KPI_FIELD_SIZE, "%s", row->direction);
    yk_time_format(out->field[START], row->start_s);
    yk_time_format(out->field[END], row->end_s);
    snprintf(out->field[RESOLUTION], YK_KPI_FIELD_SIZE, "%s", yk_resolution_name(row->resolution));
    number_text(out->field[VALUE], row->value);
    number_text(out->field[LOWER], row->lower);
    number_text(out->field[UPPER], row->upper);
    snprintf(out->field[UNIT], YK_KPI_FIELD_SIZE, "%s", row->unit);
    number_text(out->field[COVERAGE], row->coverage);
    snprintf(out->field[BASIS], YK_KPI_FIELD_SIZE, "%s", yk_basis_name(row->basis));
    snprintf(out->field[STATE], YK_KPI_FIELD_SIZE, "%s", yk_row_state_name(row->state));
    snprintf(out->field[REASON], YK_KPI_FIELD_SIZE, "%s", yk_reason_name(row->reason));
    n_text(out->field[N], row->n_low, row->n_high);
    snprintf(out->field[REVISION], YK_KPI_FIELD_SIZE, "%u", row->revision);
    snprintf(out->field[FINAL], YK_KPI_FIELD_SIZE, "%s", row->final ? "true" : "false");
    snprintf(out->field[PARAMETERS], YK_KPI_FIELD_SIZE, "%s", row->parameters);
    static const int numbers[] = {VALUE, LOWER, UPPER, COVERAGE, REVISION};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        out->is_number[numbers[i]] = true;
    out->is_bool[FINAL] = true;
}
