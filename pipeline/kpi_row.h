/* One KPI of one place over one window: the row of every table, file and answer. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * The same keys, in this order, in CSV, JSON and the API: district, place, kpi, direction, start, end, resolution,
 * value, lower, upper, unit, coverage, basis, state, reason, n, revision, final, parameters. Zero, outage, suppressed
 * and estimated are four different things: a value of 0 is state ok; an outage is state missing; a suppressed row has
 * no value, bounds, n or coverage; basis says measured or estimated.
 *
 * place is a place's id, "PLACE/LINE" for one counting line of it, "PLACE/ID" for a turn-in or survey, "PLACE/ENTRY" for what follows
 * from an entry of the configuration's kpis and "PLACE/ENTRY/EVENT" for what an event did to it, "FROM>TO" for a flow, or
 * YK_PLACE_ALL for the whole district. direction is "plus", "minus" or "both" for footfall and "" elsewhere. n, the devices or
 * tracks behind the value, is published as a band (n_low..n_high). */
#ifndef YK_KPI_ROW_H
#define YK_KPI_ROW_H

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yk_basis { YK_BASIS_MEASURED, YK_BASIS_ESTIMATED, YK_BASIS_IMPUTED };
enum yk_row_state { YK_STATE_OK, YK_STATE_SUPPRESSED, YK_STATE_MISSING };
enum yk_reason {
    YK_REASON_NONE,
    YK_REASON_OUTAGE,         /* the sensors did not run */
    YK_REASON_UNCALIBRATED,   /* persons per device are not known here */
    YK_REASON_NOT_OBSERVABLE, /* these sensors cannot tell */
    YK_REASON_NOT_MEASURABLE, /* the rotation period could not be measured yet */
    YK_REASON_BELOW_K,        /* too few devices to be shown */
    YK_REASON_COMPLEMENTARY,  /* hidden so that a neighbour's hidden value can't be worked out */
    YK_REASON_TOO_SHORT,      /* the record is too short for this to be worked out from it */
    YK_REASON_LEVEL_BREAK,    /* beside a value: the record's level jumped lately, so that the value rests on little */
    YK_REASON_COUNT
};

#define YK_PLACE_ALL      "*" /* no id looks so */
#define YK_ROW_PLACE_SIZE (3 * YK_ID_SIZE)

struct yk_kpi_row {
    char district[YK_ID_SIZE];
    char place[YK_ROW_PLACE_SIZE];
    char kpi[YK_ID_SIZE];
    char direction[8];
    int64_t start_s, end_s; /* half open, seconds since 1970 */
    enum yk_resolution resolution;
    double value, lower, upper; /* NAN = none */
    char unit[16];              /* "crossings", "devices", "persons", "share" */
    double coverage;            /* 0..1; NAN = none */
    enum yk_basis basis;
    enum yk_row_state state;
    enum yk_reason reason;
    int64_t n_low, n_high; /* -1 = none; equal where exact */
    uint32_t revision;     /* 0 while provisional, 1 when first final, +1 for each restatement */
    bool final;
    char parameters[56]; /* the configuration's version and the frozen parameters: periods, calibration */
};

const char *yk_basis_name(enum yk_basis basis);         /* "measured", "estimated", "imputed" */
const char *yk_row_state_name(enum yk_row_state state); /* "ok", "suppressed", "missing" */
const char *yk_reason_name(enum yk_reason reason);      /* "" for none */

/* The keys in order, for headers. */
#define YK_KPI_ROW_KEYS 19
extern const char *const yk_kpi_row_keys[YK_KPI_ROW_KEYS];

/* Each key's value as text, in the order of the keys; numbers in the shortest form that reads back to the same double
 * ("%.15g" or "%.17g"), absent ones as "". n is "12", "10-19" or "". is_number tells JSON what not to quote. */
#define YK_KPI_FIELD_SIZE 104
struct yk_kpi_row_text {
    char field[YK_KPI_ROW_KEYS][YK_KPI_FIELD_SIZE];
    bool is_number[YK_KPI_ROW_KEYS];
    bool is_bool[YK_KPI_ROW_KEYS];
};
void yk_kpi_row_text(const struct yk_kpi_row *row, struct yk_kpi_row_text *out);

#endif
