/* Counts from a table into a series. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Years of counts lie in tables that cities publish. They repeat rows, leave hours out, write local time without saying
 * which, and put five minutes where an hour is wanted. What is read wrongly here is a trend or an event later.
 *
 * Rules. A row that cannot be used is counted by reason and never guessed at; what no good row covers is a gap.
 *
 *   same moment, same count        one of them counts (a file joined twice)
 *   same moment, another count     none counts: one is wrong and nothing says which; the last, the largest and the mean are
 *                                  each right for some maker of tables and wrong for the next
 *   blank count                    a gap, which is not a zero
 *   local time that comes twice    rows in the file's order (it may run backwards): the first coming, then the second. An hour told
 *                                  once while it came twice is a gap, both times: in one city's table it was one of them in
 *                                  some years and the sum in others
 *   local time that never comes    not taken: in the tables seen it holds a 0 that nobody counted
 *   24:00                          the next day's beginning
 *   rows finer than the step       summed; a row belongs to the step that its beginning lies in. The share of the step that rows cover is
 *                                  rows x row_s / step, at most 1 (device clocks drift: one hour in twenty has 13 rows of
 *                                  five minutes, its neighbour 11 or 12). Below coverage_min the step is a gap, above it the sum is divided by
 *                                  the share: an unscaled sum with 2 of 12 rows missing is 17 % low and looks like an
 *                                  event. At the preset 3/4 the scaled hour rests on 45 minutes at least.
 *   rows coarser than the step     an error: a day cannot be told apart into hours
 *
 * Steps begin where local hours begin. Out of order is fine: rows are sorted. Bounds: YK_CSV_BYTES_MAX, YK_SERIES_CSV_ROWS_MAX and
 * YK_SERIES_CSV_YEARS_MAX, so that one wild date asks for no memory; 24 bytes a row while reading. */
#include "series/series_csv.h"

#include "base/calendar.h"
#include "series/csv_table.h"
#include "series/local_stamp.h"

#include <gsl/gsl_sort.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *yk_series_csv_fate_text(enum yk_series_csv_fate fate)
{
    static const char *const texts[YK_SERIES_CSV_FATES] = {
        [YK_SERIES_CSV_TAKEN] = "rows taken",
        [YK_SERIES_CSV_FILTERED] = "rows of others",
        [YK_SERIES_CSV_BLANK] = "rows without a count",
        [YK_SERIES_CSV_BAD_TIME] = "rows whose time cannot be read",
        [YK_SERIES_CSV_NEVER] = "rows at a local time that never was",
        [YK_SERIES_CSV_BAD_NUMBER] = "rows whose count is not a number",
        [YK_SERIES_CSV_NEGATIVE] = "rows with a count below zero",
        [YK_SERIES_CSV_DUPLICATE] = "rows that repeat another",
        [YK_SERIES_CSV_CONFLICT] = "rows that contradict another",
        [YK_SERIES_CSV_SCALED] = "steps scaled up",
        [YK_SERIES_CSV_THIN] = "steps with too few rows",
        [YK_SERIES_CSV_LONELY] = "steps that came twice and were told once",
        [YK_SERIES_CSV_GAPS] = "steps without a value",
    };
    return texts[fate];
}

struct row {
    int64_t time_s;
    double value;
    uint32_t line;
    int32_t again_s; /* to the other coming of an hour that comes twice, back or forth; 0: it comes once */
};

struct reading {
    const char *name;
    const struct yk_series_csv_mapping *mapping;
    struct yk_series_csv_report *report;
    struct yk_error *err;
    struct row *row;
    size_t rows, capacity;
    size_t forward, backward; /* rows later and earlier than the one before */
};

static void drop(struct reading *r, enum yk_series_csv_fate fate, size_t line)
{
    r->report->count[fate]++;
    if (r->report->first_bad_line == 0)
        r->report->first_bad_line = line;
}

enum { TIME, HOUR, VALUE, FILTER, COLUMNS };

/* Field i, or NULL: a row that is too short. */
static const struct yk_csv_field *field(const struct yk_csv_table *table, int i)
{
    return table->field[i].text ? &table->field[i] : NULL;
}

static bool passes(const struct reading *r, const struct yk_csv_table *table)
{
    const char *wanted = r->mapping->filter_value;
    const struct yk_csv_field *f = field(table, FILTER);
    if (!r->mapping->filter_column)
        return true;
    return f && wanted && f->length == strlen(wanted) && memcmp(f->text, wanted, f->length) == 0;
}

static enum yk_status keep(struct reading *r, const struct row *row)
{
    if (r->rows == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 4096;
        struct row *more = r->rows < YK_SERIES_CSV_ROWS_MAX ? realloc(r->row, capacity * sizeof *more) : NULL;
        if (!more && r->rows >= YK_SERIES_CSV_ROWS_MAX)
            return yk_error_set(r->err, YK_ERR_INPUT, "%s:%u: more than %u rows; split the table", r->name, row->line,
                                YK_SERIES_CSV_ROWS_MAX);
        if (!more)
            return yk_error_set(r->err, YK_ERR_MEMORY, "no memory for the rows of %s", r->name);
        r->row = more;
        r->capacity = capacity;
    }
    if (r->rows > 0) {
        r->forward += row->time_s > r->row[r->rows - 1].time_s;
        r->backward += row->time_s < r->row[r->rows - 1].time_s;
    }
    r->row[r->rows++] = *row;
    return YK_OK;
}

static enum yk_status take(struct reading *r, const struct yk_csv_table *table)
{
    const struct yk_csv_field *time = field(table, TIME), *hour = field(table, HOUR), *value = field(table, VALUE);
    if (!passes(r, table)) {
        r->report->count[YK_SERIES_CSV_FILTERED]++;
        return YK_OK;
    }
    struct yk_stamp stamp = {0};
    enum yk_stamp_state state = YK_STAMP_BAD;
    if (time && (hour || !r->mapping->hour))
        state = yk_stamp_parse(time, hour, &stamp);
    if (state == YK_STAMP_BAD || state == YK_STAMP_NEVER) {
        drop(r, state == YK_STAMP_BAD ? YK_SERIES_CSV_BAD_TIME : YK_SERIES_CSV_NEVER, table->line);
        return YK_OK;
    }
    if (!value || value->length == 0) {
        r->report->count[YK_SERIES_CSV_BLANK]++;
        return YK_OK;
    }
    struct row row = {.time_s = stamp.time_s,
                      .line = (uint32_t)table->line,
                      .again_s = state == YK_STAMP_TWICE ? (int32_t)(stamp.again_s - stamp.time_s) : 0};
    if (!yk_csv_number(value, &row.value) || row.value < 0) {
        drop(r, row.value < 0 ? YK_SERIES_CSV_NEGATIVE : YK_SERIES_CSV_BAD_NUMBER, table->line);
        return YK_OK;
    }
    return keep(r, &row);
}

static void reverse(struct reading *r)
{
    for (size_t i = 0, j = r->rows; i + 1 < j; i++) {
        struct row kept = r->row[i];
        r->row[i] = r->row[--j];
        r->row[j] = kept;
    }
}

/* Which coming of a local time a row means: the first, unless the row before is already there or beyond. */
static void tell_comings(struct reading *r)
{
    if (r->backward > r->forward)
        reverse(r);
    for (size_t i = 1; i < r->rows; i++) {
        struct row *row = &r->row[i];
        int64_t before = r->row[i - 1].time_s;
        if (row->again_s > 0 && before >= row->time_s && before <= row->time_s + 2 * row->again_s) {
            row->time_s += row->again_s;
            row->again_s = -row->again_s;
        }
    }
}

static int by_time(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->time_s != b->time_s)
        return a->time_s < b->time_s ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

/* Sorted rows to one for each moment. */
static void settle_duplicates(struct reading *r)
{
    size_t kept = 0;
    for (size_t i = 0, next; i < r->rows; i = next) {
        bool agree = true;
        for (next = i + 1; next < r->rows && r->row[next].time_s == r->row[i].time_s; next++)
            agree = agree && r->row[next].value == r->row[i].value;
        if (agree) {
            r->report->count[YK_SERIES_CSV_DUPLICATE] += next - i - 1;
            r->report->count[YK_SERIES_CSV_TAKEN]++;
            r->row[kept++] = r->row[i];
            continue;
        }
        drop(r, YK_SERIES_CSV_CONFLICT, r->row[i + 1].line);
        r->report->count[YK_SERIES_CSV_CONFLICT] += next - i - 1;
    }
    r->rows = kept;
}

/* What most rows are apart, as the nearest length that counters use. */
static int64_t usual_distance(const struct reading *r, double *distance)
{
    static const int64_t usual[] = {60, 300, 600, 900, 1800, 3600, 86400, 604800};
    for (size_t i = 1; i < r->rows; i++)
        distance[i - 1] = (double)(r->row[i].time_s - r->row[i - 1].time_s);
    gsl_sort(distance, 1, r->rows - 1);
    double median = distance[(r->rows - 1) / 2];
    size_t best = 0;
    for (size_t i = 1; i < sizeof usual / sizeof usual[0]; i++)
        if (fabs(log(median / (double)usual[i])) < fabs(log(median / (double)usual[best])))
            best = i;
    return usual[best];
}

static enum yk_status find_row_length(struct reading *r)
{
    int64_t row_s = r->mapping->row_s;
    if (row_s == 0 && r->rows > 1) {
        double *distance = malloc(r->rows * sizeof *distance);
        if (!distance)
            return yk_error_set(r->err, YK_ERR_MEMORY, "no memory for the rows of %s", r->name);
        row_s = usual_distance(r, distance);
        free(distance);
    } else if (row_s == 0) {
        row_s = r->mapping->step_s;
    }
    r->report->row_s = row_s;
    if (row_s > r->mapping->step_s)
        return yk_error_set(
            r->err, YK_ERR_INPUT,
            "%s: its rows are %lld s apart, which cannot be told apart into steps of %lld s; give the rows' length "
            "if they are shorter",
            r->name, (long long)row_s, (long long)r->mapping->step_s);
    return YK_OK;
}

static size_t step_of(const struct yk_series *s, int64_t time_s)
{
    return (size_t)((time_s - s->start_s) / s->step_s);
}

/* Sums and rows of each step, then shares. covered: rows. */
static void fill(struct reading *r, struct yk_series *s, uint32_t *covered)
{
    uint64_t *count = r->report->count;
    double least = r->mapping->coverage_min > 0 ? r->mapping->coverage_min : YK_SERIES_COVERAGE_MIN;
    for (size_t i = 0; i < r->rows; i++) {
        size_t step = step_of(s, r->row[i].time_s);
        s->value[step] += r->row[i].value;
        covered[step]++;
    }
    for (size_t i = 0; i < s->count; i++) {
        double share = fmin((double)covered[i] * (double)r->report->row_s / (double)s->step_s, 1);
        if (covered[i] == 0 || share < least - 1e-9) {
            count[YK_SERIES_CSV_THIN] += covered[i] > 0;
            s->value[i] = (double)NAN;
        } else if (share < 1) {
            count[YK_SERIES_CSV_SCALED]++;
            s->value[i] /= share;
        }
    }
}

/* An hour that came twice: both comings are known or none. */
static void drop_lonely(struct reading *r, struct yk_series *s)
{
    for (size_t i = 0; i < r->rows; i++) {
        const struct row *row = &r->row[i];
        if (row->again_s == 0)
            continue;
        size_t step = step_of(s, row->time_s);
        int64_t other_s = row->time_s + row->again_s;
        bool outside = other_s < s->start_s || other_s >= s->start_s + (int64_t)s->count * s->step_s;
        if (isnan(s->value[step]) || (!outside && !isnan(s->value[step_of(s, other_s)])))
            continue;
        s->value[step] = (double)NAN;
        r->report->count[YK_SERIES_CSV_LONELY]++;
    }
}

/* Steps at both ends that hold nothing are not part of the series. False if nothing is left. */
static bool trim(struct yk_series *s)
{
    size_t from = 0, to = s->count;
    while (to > 0 && isnan(s->value[to - 1]))
        to--;
    while (from < to && isnan(s->value[from]))
        from++;
    memmove(s->value, s->value + from, (to - from) * sizeof *s->value);
    s->start_s += (int64_t)from * s->step_s;
    s->count = to - from;
    return s->count > 0;
}

static enum yk_status build(struct reading *r, struct yk_series *out)
{
    const struct row *first = &r->row[0], *last = &r->row[r->rows - 1];
    if (last->time_s - first->time_s > YK_SERIES_CSV_YEARS_MAX * INT64_C(366) * 86400) {
        char from[YK_TIME_TEXT_MAX], to[YK_TIME_TEXT_MAX];
        return yk_error_set(r->err, YK_ERR_INPUT, "%s: from %s (line %u) to %s (line %u) it is more than %d years",
                            r->name, yk_time_format(from, first->time_s), first->line, yk_time_format(to, last->time_s),
                            last->line, YK_SERIES_CSV_YEARS_MAX);
    }
    /* The step that holds the first row, counted from where its local hour begins. */
    int64_t hour = yk_calendar_hour_start(first->time_s), step = r->mapping->step_s;
    out->step_s = step;
    out->start_s = hour + (first->time_s - hour) / step * step;
    out->count = (size_t)((last->time_s - out->start_s) / step) + 1;
    out->value = calloc(out->count, sizeof *out->value);
    uint32_t *covered = calloc(out->count, sizeof *covered);
    enum yk_status status = YK_OK;
    if (!out->value || !covered) {
        status = yk_error_set(r->err, YK_ERR_MEMORY, "no memory for the series of %s", r->name);
        goto end;
    }
    fill(r, out, covered);
    drop_lonely(r, out);
    if (!trim(out))
        status = yk_error_set(r->err, YK_ERR_INPUT, "%s: no step of %lld s has enough rows for a value", r->name,
                              (long long)step);
    for (size_t i = 0; i < out->count; i++)
        r->report->count[YK_SERIES_CSV_GAPS] += isnan(out->value[i]) != 0;
end:
    free(covered);
    if (status)
        yk_series_clear(out);
    return status;
}

static enum yk_status nothing(const struct reading *r)
{
    const uint64_t *count = r->report->count;
    if (r->mapping->filter_column && count[YK_SERIES_CSV_FILTERED] > 0 && r->report->first_bad_line == 0)
        return yk_error_set(r->err, YK_ERR_INPUT, "%s: no row with a count has '%s' in column '%s'", r->name,
                            r->mapping->filter_value ? r->mapping->filter_value : "", r->mapping->filter_column);
    for (int i = YK_SERIES_CSV_BAD_TIME; i <= YK_SERIES_CSV_CONFLICT; i++)
        if (count[i] > 0 && i != YK_SERIES_CSV_DUPLICATE)
            return yk_error_set(r->err, YK_ERR_INPUT, "%s:%zu: no row can be used; %llu %s", r->name,
                                r->report->first_bad_line, (unsigned long long)count[i],
                                yk_series_csv_fate_text((enum yk_series_csv_fate)i));
    return yk_error_set(r->err, YK_ERR_INPUT, "%s: there is no row with a count", r->name);
}

enum yk_status yk_series_csv_parse(const char *text, size_t length, const char *name,
                                   const struct yk_series_csv_mapping *mapping, struct yk_series *out,
                                   struct yk_series_csv_report *report, struct yk_error *err)
{
    struct yk_series_csv_report own;
    if (!report)
        report = &own;
    *report = (struct yk_series_csv_report){0};
    *out = (struct yk_series){0};
    if (mapping->step_s <= 0 || !mapping->time || !mapping->value)
        return yk_error_set(err, YK_ERR_INPUT, "%s: a step and the columns of time and count must be named", name);
    struct reading r = {.name = name, .mapping = mapping, .report = report, .err = err};
    const char *const wanted[COLUMNS] = {
        [TIME] = mapping->time, [HOUR] = mapping->hour, [VALUE] = mapping->value, [FILTER] = mapping->filter_column};
    struct yk_csv_table table;
    enum yk_status status = yk_csv_table_open(&table, text, length, name, wanted, COLUMNS, err);
    while (status == YK_OK && yk_csv_table_next(&table))
        status = take(&r, &table);
    if (status)
        goto end;
    tell_comings(&r);
    if (r.rows > 0)
        qsort(r.row, r.rows, sizeof *r.row, by_time);
    settle_duplicates(&r);
    if (r.rows == 0) {
        status = nothing(&r);
        goto end;
    }
    status = find_row_length(&r);
    if (status)
        goto end;
    if (mapping->row_ends)
        for (size_t i = 0; i < r.rows; i++)
            r.row[i].time_s -= report->row_s;
    status = build(&r, out);
end:
    free(r.row);
    return status;
}

enum yk_status yk_series_csv_read(const char *path, const struct yk_series_csv_mapping *mapping, struct yk_series *out,
                                  struct yk_series_csv_report *report, struct yk_error *err)
{
    char *text;
    size_t length;
    *out = (struct yk_series){0};
    enum yk_status status = yk_csv_load(path, &text, &length, err);
    if (status)
        return status;
    status = yk_series_csv_parse(text, length, path, mapping, out, report, err);
    free(text);
    return status;
}
