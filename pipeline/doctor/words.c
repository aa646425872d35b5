/* Numbers to words. SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *yk_words_span(char out[static YK_WORDS_SIZE], int64_t seconds)
{
    int64_t s = seconds < 0 ? 0 : seconds, minutes = s / 60, hours = minutes / 60;
    if (s < 90)
        snprintf(out, YK_WORDS_SIZE, "%" PRId64 " s", s);
    else if (minutes < 90)
        snprintf(out, YK_WORDS_SIZE, "%" PRId64 " min", minutes);
    else if (hours < 48 && minutes % 60 == 0)
        snprintf(out, YK_WORDS_SIZE, "%" PRId64 " h", hours);
    else if (hours < 48)
        snprintf(out, YK_WORDS_SIZE, "%" PRId64 " h %" PRId64 " min", hours, minutes % 60);
    else
        snprintf(out, YK_WORDS_SIZE, "%" PRId64 " days", hours / 24);
    return out;
}

const char *yk_words_short(char out[static YK_WORDS_SIZE], double seconds)
{
    double s = seconds > 0 ? seconds : 0;
    if (s <= 0.999)
        snprintf(out, YK_WORDS_SIZE, "%d ms", (int)ceil(s * 1000 - 1e-6));
    else if (s <= 9.9)
        snprintf(out, YK_WORDS_SIZE, "%.1f s", ceil(s * 10 - 1e-6) / 10);
    else
        yk_words_span(out, s < 1e15 ? (int64_t)ceil(s - 1e-6) : (int64_t)1e15);
    return out;
}

const char *yk_words_count(char out[static YK_WORDS_SIZE], uint64_t count)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = out;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *yk_words_size(char out[static YK_WORDS_SIZE], uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000;
        unit++;
    }
    snprintf(out, YK_WORDS_SIZE, unit > 0 && value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return out;
}
