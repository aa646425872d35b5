/* The columns of the baseline's regression. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     hour of the week   168, one-hot, local time
 *     year               Fourier pairs; the first ones by hour of the day, too: summer evenings are not winter's
 *     kinds of days      24 each, on top of a Sunday's hours (kinds up to 3: a holiday on a Thursday is no Thursday) or the own
 *                        weekday's (from YK_DAY_KEEPS_WEEKDAY on)
 *     covariates         one each, by day, in standard deviations
 *
 * Penalties are normal priors, in hours' worth of information: an hour of a busy place weighs about theta (10 to 40), a day's
 * hours say nearly the same (their residuals correlate by 0.7 to 0.9), so the prior of whatever lasts longer than hours is
 * multiplied by SAME_DAY. High waves of the year are expected to be small: sd YEAR_SD / k. */
#include "estimate/baseline_private.h"

#include "base/calendar.h"

#include <math.h>
#include <string.h>

#define DAY_S        86400
#define YEAR_DAYS    365.2425
#define SAME_DAY     10.0
#define SLOT_PENALTY 0.05
#define YEAR_SD      0.3
#define SHAPE_SD     0.2
#define KIND_PENALTY 2.0
#define COVARIATE_SD 0.3

void hour_place(int64_t t, struct hour_place *out)
{
    struct yk_civil c = yk_calendar_civil(t);
    out->day = yk_baseline_day(t);
    int64_t monday = out->day - (c.weekday + 6) % 7;
    out->week = (monday + 3) / 7; /* 1970-01-01 was a Thursday; nothing is before it */
    out->slot = (unsigned)((c.weekday + 6) % 7) * 24 + (unsigned)c.hour;
    out->year = ((double)out->day + c.hour / 24.0) / YEAR_DAYS;
    out->year -= floor(out->year);
}

int64_t yk_baseline_day(int64_t t)
{
    struct yk_civil c = yk_calendar_civil(t);
    /* Days of the civil date: H. Hinnant's days_from_civil. */
    int64_t year = c.year - (c.month <= 2), era = year / 400, in_era = year - era * 400;
    int64_t in_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static unsigned kind_of(const struct yk_baseline_days *days, int64_t day)
{
    if (!days || !days->kind || day < days->first || (uint64_t)(day - days->first) >= days->count)
        return YK_DAY_ORDINARY;
    unsigned kind = days->kind[day - days->first];
    return kind < YK_DAY_KINDS ? kind : YK_DAY_ORDINARY;
}

static double covariate_of(const struct yk_baseline_days *days, int64_t day, unsigned i)
{
    if (!days || !days->covariate || i >= days->covariates || day < days->first ||
        (uint64_t)(day - days->first) >= days->count)
        return NAN;
    return days->covariate[(size_t)(day - days->first) * days->covariates + i];
}

void columns_plan(const struct yk_series *series, const struct yk_baseline_days *days, unsigned harmonics,
                  struct columns *out)
{
    memset(out, 0, sizeof *out);
    out->covariates = days && days->covariate ? days->covariates : 0;
    if (out->covariates > YK_BASELINE_COVARIATES)
        out->covariates = YK_BASELINE_COVARIATES;
    double seen[YK_BASELINE_COVARIATES] = {0}, square[YK_BASELINE_COVARIATES] = {0};
    int64_t before = INT64_MIN;
    for (size_t i = 0; i < series->count; i++) {
        if (isnan(series->value[i]))
            continue;
        int64_t day = yk_baseline_day(series->start_s + (int64_t)i * HOUR_S);
        if (day == before)
            continue;
        before = day;
        out->kind_known[kind_of(days, day)] = true;
        for (unsigned j = 0; j < out->covariates; j++) {
            double value = covariate_of(days, day, j);
            if (!isfinite(value))
                continue;
            double away = value - out->covariate_mean[j];
            out->covariate_mean[j] += away / ++seen[j];
            square[j] += away * (value - out->covariate_mean[j]);
        }
    }
    double years = (double)series->count / 24 / YEAR_DAYS;
    /* Waves of the year that fit into the record at least twice, once it is a year long. */
    out->harmonics = harmonics > 12 ? 12 : harmonics > 0 ? harmonics : years >= 0.9 ? 8 : 0;
    out->shapes = out->harmonics < 2 ? out->harmonics : 2;
    unsigned at = WEEK_HOURS;
    out->harmonic_at = at;
    at += 2 * out->harmonics;
    out->shape_at = at;
    at += 2 * out->shapes * 24;
    for (unsigned kind = 1; kind < YK_DAY_KINDS; kind++)
        if (out->kind_known[kind]) {
            out->kind_at[kind] = at;
            at += 24;
        }
    out->covariate_at = at;
    for (unsigned j = 0; j < out->covariates; j++)
        out->covariate_sd[j] = seen[j] > 1 ? sqrt(square[j] / seen[j]) : 0;
    out->count = at + out->covariates;
}

void columns_penalties(const struct columns *c, double *penalty)
{
    for (unsigned j = 0; j < WEEK_HOURS; j++)
        penalty[j] = SLOT_PENALTY;
    for (unsigned k = 0; k < c->harmonics; k++)
        for (unsigned s = 0; s < 2; s++)
            penalty[c->harmonic_at + 2 * k + s] = SAME_DAY * 24 * (k + 1) * (k + 1) / (YEAR_SD * YEAR_SD);
    for (unsigned k = 0; k < c->shapes; k++)
        for (unsigned j = 0; j < 48; j++)
            penalty[c->shape_at + 48 * k + j] = SAME_DAY / (SHAPE_SD * SHAPE_SD);
    for (unsigned kind = 1; kind < YK_DAY_KINDS; kind++)
        for (unsigned h = 0; c->kind_known[kind] && h < 24; h++)
            penalty[c->kind_at[kind] + h] = KIND_PENALTY;
    for (unsigned j = 0; j < c->covariates; j++)
        penalty[c->covariate_at + j] = SAME_DAY * 24 / (COVARIATE_SD * COVARIATE_SD);
}

size_t columns_row(const struct columns *c, const struct yk_baseline_days *days, const struct hour_place *place,
                   uint16_t column[static CELLS_MAX], double value[static CELLS_MAX])
{
    size_t n = 0;
    unsigned kind = kind_of(days, place->day), hour = place->slot % 24;
    if (!c->kind_known[kind])
        kind = YK_DAY_ORDINARY;
    bool sunday = kind != YK_DAY_ORDINARY && kind < YK_DAY_KEEPS_WEEKDAY;
    column[n] = (uint16_t)(sunday ? 6 * 24 + hour : place->slot);
    value[n++] = 1;
    for (unsigned k = 0; k < c->harmonics; k++) {
        double angle = 2 * M_PI * (k + 1) * place->year, wave[2] = {sin(angle), cos(angle)};
        for (unsigned s = 0; s < 2; s++) {
            column[n] = (uint16_t)(c->harmonic_at + 2 * k + s);
            value[n++] = wave[s];
            if (k < c->shapes) {
                column[n] = (uint16_t)(c->shape_at + 48 * k + 24 * s + hour);
                value[n++] = wave[s];
            }
        }
    }
    if (kind != YK_DAY_ORDINARY) {
        column[n] = (uint16_t)(c->kind_at[kind] + hour);
        value[n++] = 1;
    }
    for (unsigned j = 0; j < c->covariates; j++) {
        double x = covariate_of(days, place->day, j);
        if (!isfinite(x) || !(c->covariate_sd[j] > 0))
            continue;
        column[n] = (uint16_t)(c->covariate_at + j);
        value[n++] = (x - c->covariate_mean[j]) / c->covariate_sd[j];
    }
    return n;
}

double baseline_predictor(const struct yk_baseline *b, const struct yk_baseline_days *days,
                          const struct hour_place *place)
{
    uint16_t column[CELLS_MAX];
    double value[CELLS_MAX], eta = b->log_mean;
    size_t n = columns_row(&b->columns, days, place, column, value);
    for (size_t i = 0; i < n; i++)
        eta += value[i] * b->coefficient[column[i]];
    return eta;
}
