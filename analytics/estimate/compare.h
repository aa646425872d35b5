/* This week and the last, this year and the one before. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method, sources and measured errors: compare.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_COMPARE_H
#define YK_ESTIMATE_COMPARE_H

#include "estimate/interval.h"
#include "series/series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_COMPARE_WEEK      7   /* days back: the same weekday a week ago */
#define YK_COMPARE_YEAR      364 /* the same weekday 52 weeks ago */
#define YK_COMPARE_PAIRS_MIN 5

/* Sums of local days, days since 1970-01-01; NAN: an hour is missing, or it is no whole day of the record. */
struct yk_compare_days {
    int64_t first;
    size_t count;
    const double *sum;
    const uint8_t *kind; /* of each day (a holiday, an event), of `count`; NULL: all alike */
};

/* The local days of an hourly record into sum[0..capacity); returns how many there are, the first's number in *first. Days of
 * which an hour is missing are NAN. */
size_t yk_compare_sum_days(const struct yk_series *hours, double *sum, size_t capacity, int64_t *first);

enum yk_compare_state {
    YK_COMPARE_OK,
    YK_COMPARE_TOO_FEW,   /* pairs of whole and like days */
    YK_COMPARE_NO_PEOPLE, /* nobody was counted before */
};
const char *yk_compare_state_text(enum yk_compare_state state);

struct yk_comparison {
    struct yk_interval change; /* 0.1: a tenth more */
    double now, before;        /* sums over the pairs */
    size_t pairs;
    size_t gaps;   /* days left out because one of the two is not whole */
    size_t unlike; /* days left out because one of the two is of another kind */
};

/* Days [from, to) against those `back` days before. alike: only pairs of one kind. *out is zeroed but for gaps and unlike unless
 * YK_COMPARE_OK. */
enum yk_compare_state yk_compare(const struct yk_compare_days *days, int64_t from, int64_t to, int back, bool alike,
                                 struct yk_comparison *out);

/* The fiscal year of a month: named by the year in which it begins; start_month 1 to 12, 4 in Japan. */
static inline int yk_fiscal_year(int year, int month, int start_month)
{
    return year - (month < start_month);
}
/* Its first moment and the one after its last, in the process's time zone. */
void yk_fiscal_year_bounds(int fiscal_year, int start_month, int64_t *from_s, int64_t *to_s);

#endif
