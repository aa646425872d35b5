/* What the counts of cameras' lines are multiplied by. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An entry speaks of one line, in one direction or in both. Each direction has the newest entry that speaks of it and has begun,
 * unless that has expired. So a line counted in both directions together has one correction, whose error its directions share;
 * lines have corrections of their own, whose errors are independent. */
#ifndef YK_CALIBRATIONS_LINE_CORRECTIONS_H
#define YK_CALIBRATIONS_LINE_CORRECTIONS_H

#include "calibrations/calibrations.h"

/* NULL: the direction is not corrected. */
struct yk_line_correction {
    const struct yk_calibration_entry *plus, *minus;
};

/* Those of one place that hold from a time on (a day's start: rows of one day have one set of parameters). */
struct yk_line_corrections {
    struct {
        const char *line;
        struct yk_line_correction correction;
    } * list;
    size_t count;
};

/* Points into the calibrations, which have to stay. Free with yk_line_corrections_clear. */
enum yk_status yk_line_corrections_at(const struct yk_calibrations *calibrations, const char *place, int64_t t_s,
                                      struct yk_line_corrections *out) YK_MUST_CHECK;
void yk_line_corrections_clear(struct yk_line_corrections *corrections);
/* corrections: NULL where nothing is corrected. */
struct yk_line_correction yk_line_corrections_of(const struct yk_line_corrections *corrections, const char *line);

/* A sum over lines and directions being made: what is counted under one correction is one number. */
#define YK_CORRECTED_MAX 128
struct yk_corrected_sum {
    const struct yk_calibration_entry *entry[YK_CORRECTED_MAX];
    int64_t camera[YK_CORRECTED_MAX];
    size_t count;
    int64_t exact; /* not corrected */
};
void yk_corrected_begin(struct yk_corrected_sum *sum);
void yk_corrected_add(struct yk_corrected_sum *sum, const struct yk_calibration_entry *entry, int64_t camera);
struct yk_interval yk_corrected_interval(const struct yk_corrected_sum *sum);
/* The entry's own id where one is in it, that of the set where several are (of the ids in their order); "" where none is. */
void yk_corrected_id(const struct yk_corrected_sum *sum, char id[static YK_CALIBRATION_ID_SIZE]);

#endif
