/* Counts at even steps of time. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERIES_SERIES_H
#define YK_SERIES_SERIES_H

#include <stddef.h>
#include <stdint.h>

/* value[i] is the count of [start_s + i step_s, start_s + (i + 1) step_s), seconds since 1970 UTC; NAN: a gap, which is not a
 * zero. Hours of a time zone that is off by a part of an hour begin at that part. */
struct yk_series {
    int64_t start_s;
    int64_t step_s; /* 900, 3600; days are made of hours by whoever needs them, since they are not even */
    size_t count;
    double *value; /* to be freed with yk_series_clear */
};

void yk_series_clear(struct yk_series *series);

#endif
