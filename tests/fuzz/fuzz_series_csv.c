/* Tables of counts for a baseline, from the outside. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes out keeps its promises: values at both ends, none negative, every row accounted for. */
#include "base/calendar.h"
#include "series/covariate_csv.h"
#include "series/series_csv.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(int promise)
{
    if (!promise)
        abort();
}

static void series(const char *text, size_t size, const struct yk_series_csv_mapping *mapping)
{
    struct yk_series s;
    struct yk_series_csv_report report;
    if (yk_series_csv_parse(text, size, "table", mapping, &s, &report, NULL) != YK_OK) {
        hold(s.value == NULL && s.count == 0);
        return;
    }
    hold(s.count > 0 && !isnan(s.value[0]) && !isnan(s.value[s.count - 1]));
    size_t gaps = 0;
    for (size_t i = 0; i < s.count; i++) {
        hold(isnan(s.value[i]) || s.value[i] >= 0);
        gaps += isnan(s.value[i]) != 0;
    }
    hold(gaps == report.count[YK_SERIES_CSV_GAPS] && report.row_s <= s.step_s);
    yk_series_clear(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int open;
    if (!open++)
        hold(yk_calendar_open("Europe/Berlin", NULL) == YK_OK);
    const char *text = (const char *)data;
    static const struct yk_series_csv_mapping whole = {.time = "time", .value = "n", .step_s = 900},
                                              split = {.time = "date",
                                                       .hour = "hour",
                                                       .value = "count",
                                                       .filter_column = "location",
                                                       .filter_value = "East",
                                                       .step_s = 3600,
                                                       .row_ends = true};
    series(text, size, &whole);
    series(text, size, &split);
    static const char *const columns[] = {"n", "count", "n"};
    struct yk_covariates c;
    if (yk_covariate_csv_parse(text, size, "table", "time", columns, 1, &c, NULL, NULL) == YK_OK) {
        hold(c.days > 0 && c.days <= YK_COVARIATE_DAYS && c.value);
        yk_covariates_clear(&c);
    }
    return 0;
}
