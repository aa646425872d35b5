/* Numbers of days, such as the weather, from a table. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row a local day, `date,value...`. The layout is what the baseline takes (estimate/baseline.h). The rules are those of
 * series_csv.c where they apply: repeated days count once, contradicting and unreadable ones are gaps; values may be negative. */
#ifndef YK_SERIES_COVARIATE_CSV_H
#define YK_SERIES_COVARIATE_CSV_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define YK_COVARIATES_MAX 8
#define YK_COVARIATE_DAYS (50 * 366)

struct yk_covariates {
    int64_t first_day; /* since 1970-01-01 */
    size_t days;
    unsigned columns;
    double *value; /* [day * columns + column], NAN: not known; freed with yk_covariates_clear */
};
void yk_covariates_clear(struct yk_covariates *covariates);

struct yk_covariate_csv_report {
    uint64_t rows;        /* with a date */
    uint64_t bad_dates;   /* rows whose date cannot be read */
    uint64_t bad_numbers; /* fields that are neither blank nor a number */
    uint64_t conflicts;   /* fields that contradict an earlier row of that day */
    size_t first_bad_line;
};

/* column: the names of `columns` columns to read. report may be NULL. On an error *out is empty. */
enum yk_status yk_covariate_csv_parse(const char *text, size_t length, const char *name, const char *date,
                                      const char *const *column, unsigned columns, struct yk_covariates *out,
                                      struct yk_covariate_csv_report *report, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_covariate_csv_read(const char *path, const char *date, const char *const *column, unsigned columns,
                                     struct yk_covariates *out, struct yk_covariate_csv_report *report,
                                     struct yk_error *err) YK_MUST_CHECK;

#endif
