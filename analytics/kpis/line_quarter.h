/* What lines counted in a quarter of an hour that was watched all through. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_KPIS_LINE_QUARTER_H
#define YK_KPIS_LINE_QUARTER_H

#include "kpis/corrected.h"

struct yk_line_count {
    int64_t plus, minus;
};

/* line NULL: all lines of the place together. False if one of them was not watched all through, or there is none. */
bool yk_line_quarter(const struct yk_facts *quarter, const char *line, struct yk_line_count *out);
int64_t yk_line_count_of(const struct yk_line_count *count, enum yk_direction direction);
/* Adds the same crossings, each under the correction that it has, of a quarter for which yk_line_quarter is true. */
void yk_line_quarter_add(const struct yk_facts *quarter, const char *line, enum yk_direction direction,
                         struct yk_corrected_sum *sum);
/* The line among those of the window, or NULL: nothing was expected of it. */
const struct yk_line_facts *yk_line_find(const struct yk_facts *facts, const char *line);

#endif
