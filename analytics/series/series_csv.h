/* Counts from a table into a series. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rules for what such tables get wrong, and why: series_csv.c. Times without offset are of the process's zone
 * (base/calendar.h). */
#ifndef YK_SERIES_SERIES_CSV_H
#define YK_SERIES_SERIES_CSV_H

#include "base/error.h"
#include "series/series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_SERIES_CSV_ROWS_MAX  8000000U
#define YK_SERIES_CSV_YEARS_MAX 50
#define YK_SERIES_COVERAGE_MIN  0.75

/* Names of columns, any case. */
struct yk_series_csv_mapping {
    const char *time;          /* the moment; or the date, when there is `hour` */
    const char *hour;          /* NULL, or the hour of the day */
    const char *value;         /* the count */
    const char *filter_column; /* NULL: all rows; else those with filter_value there, exactly */
    const char *filter_value;
    int64_t step_s;      /* of the series: 900 or 3600 */
    int64_t row_s;       /* time that a row counts, at most step_s; 0: what most rows are apart */
    bool row_ends;       /* a row's time is the end of what it counts; otherwise its beginning */
    double coverage_min; /* share of a step below which it is a gap; 0: YK_SERIES_COVERAGE_MIN */
};

/* What became of rows and steps. */
enum yk_series_csv_fate {
    YK_SERIES_CSV_TAKEN,      /* rows whose count is in the series or in a step that is a gap for another reason */
    YK_SERIES_CSV_FILTERED,   /* rows of others */
    YK_SERIES_CSV_BLANK,      /* rows with nothing for a count */
    YK_SERIES_CSV_BAD_TIME,   /* rows whose time cannot be read */
    YK_SERIES_CSV_NEVER,      /* rows at a local time that the clock leapt over */
    YK_SERIES_CSV_BAD_NUMBER, /* rows whose count is not a number */
    YK_SERIES_CSV_NEGATIVE,   /* rows with a count below zero */
    YK_SERIES_CSV_DUPLICATE,  /* rows that say again what one said before */
    YK_SERIES_CSV_CONFLICT,   /* rows that say another count of the same moment: none of them is taken */
    YK_SERIES_CSV_SCALED,     /* steps known in part and scaled up */
    YK_SERIES_CSV_THIN,       /* steps known too little: gaps */
    YK_SERIES_CSV_LONELY,     /* steps of an hour that came twice and was told once: gaps */
    YK_SERIES_CSV_GAPS,       /* steps without a value, whatever the reason */
    YK_SERIES_CSV_FATES,
};
const char *yk_series_csv_fate_text(enum yk_series_csv_fate fate);

struct yk_series_csv_report {
    uint64_t count[YK_SERIES_CSV_FATES];
    size_t first_bad_line; /* of BAD_TIME, NEVER, BAD_NUMBER, NEGATIVE or CONFLICT; 0: none */
    int64_t row_s;         /* given or found */
};

/* On YK_OK *out is to be freed with yk_series_clear and has a value at both ends; on an error it is empty. report may be NULL
 * and is filled as far as reading came. name: what messages call the text. */
enum yk_status yk_series_csv_parse(const char *text, size_t length, const char *name,
                                   const struct yk_series_csv_mapping *mapping, struct yk_series *out,
                                   struct yk_series_csv_report *report, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_series_csv_read(const char *path, const struct yk_series_csv_mapping *mapping, struct yk_series *out,
                                  struct yk_series_csv_report *report, struct yk_error *err) YK_MUST_CHECK;

#endif
