/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/line_quarter.h"

#include <string.h>

bool yk_line_quarter(const struct yk_facts *quarter, const char *line, struct yk_line_count *out)
{
    bool any = false;
    *out = (struct yk_line_count){0};
    for (size_t i = 0; i < quarter->line_count; i++) {
        const struct yk_line_facts *l = &quarter->lines[i];
        if (line && strcmp(l->id, line) != 0)
            continue;
        if (l->cover.expected_s == 0 || l->cover.ran_s < l->cover.expected_s)
            return false;
        any = true;
        out->plus += l->plus;
        out->minus += l->minus;
    }
    return any;
}

int64_t yk_line_count_of(const struct yk_line_count *count, enum yk_direction direction)
{
    switch (direction) {
    case YK_PLUS:
        return count->plus;
    case YK_MINUS:
        return count->minus;
    case YK_BOTH_WAYS:
        break;
    }
    return count->plus + count->minus;
}

void yk_line_quarter_add(const struct yk_facts *quarter, const char *line, enum yk_direction direction,
                         struct yk_corrected_sum *sum)
{
    for (size_t i = 0; i < quarter->line_count; i++)
        if (!line || strcmp(quarter->lines[i].id, line) == 0)
            yk_corrected_add_line(sum, quarter, &quarter->lines[i], direction != YK_MINUS, direction != YK_PLUS);
}

const struct yk_line_facts *yk_line_find(const struct yk_facts *facts, const char *line)
{
    for (size_t i = 0; i < facts->line_count; i++)
        if (strcmp(facts->lines[i].id, line) == 0)
            return &facts->lines[i];
    return NULL;
}
