/* The nearest sequence that never rises. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_ESTIMATE_ISOTONIC_H
#define YK_ESTIMATE_ISOTONIC_H

/* Replaces value[0..count) by the sequence that never rises and is nearest to it in weighted squares, kept within [low, high]
 * (which is the nearest one within these bounds, too). Weights above 0. No more than YK_ISOTONIC_MAX values. */
#define YK_ISOTONIC_MAX 128
void yk_isotonic_falling(double *value, const double *weight, unsigned count, double low, double high);

#endif
