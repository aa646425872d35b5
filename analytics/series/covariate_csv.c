/* Numbers of days from a table. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two passes: one for the span of dates, one for the values, so that nothing but the result is kept. */
#include "series/covariate_csv.h"

#include "series/csv_table.h"
#include "series/local_stamp.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

void yk_covariates_clear(struct yk_covariates *covariates)
{
    free(covariates->value);
    *covariates = (struct yk_covariates){0};
}

static void bad(struct yk_covariate_csv_report *report, uint64_t *reason, size_t line)
{
    ++*reason;
    if (report->first_bad_line == 0)
        report->first_bad_line = line;
}

static enum yk_status span(struct yk_csv_table table, const char *name, struct yk_covariates *out,
                           struct yk_covariate_csv_report *report, struct yk_error *err)
{
    int64_t first = INT64_MAX, last = INT64_MIN, day;
    size_t first_line = 0, last_line = 0;
    while (yk_csv_table_next(&table)) {
        if (!table.field[0].text || !yk_stamp_day(&table.field[0], &day)) {
            bad(report, &report->bad_dates, table.line);
            continue;
        }
        report->rows++;
        if (day < first) {
            first = day;
            first_line = table.line;
        }
        if (day > last) {
            last = day;
            last_line = table.line;
        }
    }
    if (report->rows == 0)
        return yk_error_set(err, YK_ERR_INPUT, "%s: no row has a date that can be read", name);
    if (last - first >= YK_COVARIATE_DAYS)
        return yk_error_set(err, YK_ERR_INPUT, "%s: from line %zu to line %zu it is more than 50 years", name,
                            first_line, last_line);
    out->first_day = first;
    out->days = (size_t)(last - first) + 1;
    return YK_OK;
}

/* known: 0 nothing said yet, 1 a value, 2 contradicted. */
static void take(struct yk_csv_table *table, struct yk_covariates *out, unsigned char *known,
                 struct yk_covariate_csv_report *report)
{
    int64_t day;
    if (!table->field[0].text || !yk_stamp_day(&table->field[0], &day))
        return;
    for (unsigned i = 0; i < out->columns; i++) {
        const struct yk_csv_field *field = &table->field[1 + i];
        size_t at = (size_t)(day - out->first_day) * out->columns + i;
        double number;
        if (!field->text || field->length == 0)
            continue;
        if (!yk_csv_number(field, &number)) {
            bad(report, &report->bad_numbers, table->line);
        } else if (known[at] == 0) {
            out->value[at] = number;
            known[at] = 1;
        } else if (known[at] == 1 && number != out->value[at]) {
            bad(report, &report->conflicts, table->line);
            out->value[at] = (double)NAN;
            known[at] = 2;
        }
    }
}

enum yk_status yk_covariate_csv_parse(const char *text, size_t length, const char *name, const char *date,
                                      const char *const *column, unsigned columns, struct yk_covariates *out,
                                      struct yk_covariate_csv_report *report, struct yk_error *err)
{
    struct yk_covariate_csv_report own;
    if (!report)
        report = &own;
    *report = (struct yk_covariate_csv_report){0};
    *out = (struct yk_covariates){0};
    if (columns == 0 || columns > YK_COVARIATES_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "%s: between 1 and %d columns can be read", name, YK_COVARIATES_MAX);
    out->columns = columns;
    const char *wanted[1 + YK_COVARIATES_MAX] = {date};
    for (unsigned i = 0; i < columns; i++)
        wanted[1 + i] = column[i];
    struct yk_csv_table table;
    enum yk_status status = yk_csv_table_open(&table, text, length, name, wanted, 1 + columns, err);
    if (!status)
        status = span(table, name, out, report, err);
    if (status) {
        *out = (struct yk_covariates){0};
        return status;
    }
    size_t size = out->days * columns;
    unsigned char *known = calloc(size, 1);
    out->value = malloc(size * sizeof *out->value);
    if (known && out->value) {
        for (size_t i = 0; i < size; i++)
            out->value[i] = (double)NAN;
        while (yk_csv_table_next(&table))
            take(&table, out, known, report);
    } else {
        status = yk_error_set(err, YK_ERR_MEMORY, "no memory for the days of %s", name);
        yk_covariates_clear(out);
    }
    free(known);
    return status;
}

enum yk_status yk_covariate_csv_read(const char *path, const char *date, const char *const *column, unsigned columns,
                                     struct yk_covariates *out, struct yk_covariate_csv_report *report,
                                     struct yk_error *err)
{
    char *text;
    size_t length;
    *out = (struct yk_covariates){0};
    enum yk_status status = yk_csv_load(path, &text, &length, err);
    if (status)
        return status;
    status = yk_covariate_csv_parse(text, length, path, date, column, columns, out, report, err);
    free(text);
    return status;
}
