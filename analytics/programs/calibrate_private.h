/* What the files of `yukikai calibrate` share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_PROGRAMS_CALIBRATE_PRIVATE_H
#define YK_PROGRAMS_CALIBRATE_PRIVATE_H

#include "calibrations/calibrations.h"
#include "config/config.h"

#include <stdio.h>

/* A window in which persons were counted, and what radios heard in it. */
struct yk_pair {
    char place[YK_ID_SIZE];
    struct yk_calibration_point point;
    double period_se; /* SE(R)/R; 0 where addresses are not known */
    bool heard;       /* devices are known */
};

struct yk_pairs {
    struct yk_pair *list; /* by place and start once sorted */
    size_t count, capacity;
};

/* Persons from a table `start,end,place,persons`; every mistake with its line. */
enum yk_status yk_pairs_read_counts(struct yk_pairs *pairs, const struct yk_config *config, const char *path,
                                    struct yk_error *err) YK_MUST_CHECK;
/* Persons from the final rows of footfall (both directions of a place) in a publish store. */
enum yk_status yk_pairs_read_footfall(struct yk_pairs *pairs, const char *publish, enum yk_resolution resolution,
                                      struct yk_error *err) YK_MUST_CHECK;
/* Sorts; the same window of a place twice, or one over another, is an error. */
enum yk_status yk_pairs_sort(struct yk_pairs *pairs, struct yk_error *err) YK_MUST_CHECK;
/* Devices, addresses and the period's error from the epochs that the state store still holds; state must exist. */
enum yk_status yk_pairs_hear_state(struct yk_pairs *pairs, const struct yk_config *config, const char *state,
                                   struct yk_error *err) YK_MUST_CHECK;
/* Devices alone, from final rows, where the state store has them no more. */
enum yk_status yk_pairs_hear_rows(struct yk_pairs *pairs, const char *publish, struct yk_error *err) YK_MUST_CHECK;
void yk_pairs_clear(struct yk_pairs *pairs);

/* One place's windows with both counts, and what came of them. */
struct yk_place_fit {
    const char *place;
    struct yk_calibration_point *points;
    double *residual;
    size_t count, unheard; /* windows with both; with persons alone */
    enum yk_calibration_state state;
    struct yk_calibration fit;
};

void yk_calibrate_table(const struct yk_place_fit *fits, size_t count, int64_t expires_s, FILE *out);
enum yk_status yk_calibrate_json(const char *path, const char *district, const struct yk_place_fit *fits, size_t count,
                                 struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_calibrate_svg(const char *path, const struct yk_place_fit *fits, size_t count,
                                struct yk_error *err) YK_MUST_CHECK;

#endif
