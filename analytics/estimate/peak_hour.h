/* The peak hour, and how even it is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PHF = V / (4 V15): persons of an hour over four times those of its busiest quarter, between 0.25, all in one quarter, and 1.
 * Transportation Research Board, Highway Capacity Manual 2000, peak-hour factor. The peak hour is the four quarters in a row with the
 * most persons; it need not begin on the hour. */
#ifndef YK_ESTIMATE_PEAK_HOUR_H
#define YK_ESTIMATE_PEAK_HOUR_H

#include <stddef.h>

enum yk_peak_hour_state {
    YK_PEAK_HOUR_OK,
    YK_PEAK_HOUR_TOO_SHORT, /* no four quarters in a row are known */
    YK_PEAK_HOUR_EMPTY,     /* they are, and nobody came */
};
const char *yk_peak_hour_state_text(enum yk_peak_hour_state state);

struct yk_peak_hour {
    size_t first;   /* quarter with which it begins; the earliest if several are equal */
    double persons; /* V */
    double busiest; /* V15 */
    double factor;  /* V / (4 V15) */
};

/* Persons per quarter in a row; NAN or negative: not known, and no hour holds it. On any state but OK *out is zeroed. */
enum yk_peak_hour_state yk_peak_hour_find(const double *quarters, size_t count, struct yk_peak_hour *out);

#endif
