/* The peak hour. SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate/peak_hour.h"

#include <math.h>
#include <stdbool.h>

const char *yk_peak_hour_state_text(enum yk_peak_hour_state state)
{
    switch (state) {
    case YK_PEAK_HOUR_OK:
        return "ok";
    case YK_PEAK_HOUR_TOO_SHORT:
        return "no four quarters of an hour in a row are known";
    case YK_PEAK_HOUR_EMPTY:
        return "nobody came";
    }
    return "unknown";
}

enum yk_peak_hour_state yk_peak_hour_find(const double *quarters, size_t count, struct yk_peak_hour *out)
{
    bool known = false;
    *out = (struct yk_peak_hour){0};
    for (size_t i = 0; i + 4 <= count; i++) {
        double sum = 0, busiest = 0;
        bool whole = true;
        for (size_t k = i; k < i + 4; k++) {
            whole &= isfinite(quarters[k]) && quarters[k] >= 0;
            sum += quarters[k];
            busiest = fmax(busiest, quarters[k]);
        }
        known |= whole;
        if (whole && sum > out->persons)
            *out = (struct yk_peak_hour){i, sum, busiest, sum / (4 * busiest)};
    }
    if (out->persons > 0)
        return YK_PEAK_HOUR_OK;
    return known ? YK_PEAK_HOUR_EMPTY : YK_PEAK_HOUR_TOO_SHORT;
}
