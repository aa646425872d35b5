/* What the files of `yukikai calibrate` share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_PROGRAMS_CALIBRATE_PRIVATE_H
#define YK_PROGRAMS_CALIBRATE_PRIVATE_H

#include "calibrations/calibrations.h"
#include "config/config.h"

#include <stdio.h>

/* What was asked for. */
struct yk_calibrate_arguments {
    const char *district, *counts, *state, *publish, *calibrations, *svg, *json, *by, *place, *valid_from, *expires;
    enum yk_resolution resolution;
    bool accept, for_the_past;
};

/* Which stores there are. One that does not exist has nothing to say, unless the other has nothing either. */
struct yk_calibrate_stores {
    bool state, rows;
};
enum yk_status yk_calibrate_stores(const struct yk_calibrate_arguments *a, struct yk_calibrate_stores *out,
                                   struct yk_error *err) YK_MUST_CHECK;

/* The table's first line says what was counted; the other reader's is a mistake. */
#define YK_COUNTS_OF_PLACES "start,end,place,persons"
#define YK_COUNTS_OF_LINES  "start,end,line,direction,count"

/* One line of a table of counts, cut at its commas into `count` fields. Mistakes go to the list. */
struct yk_mistake_list;
typedef enum yk_status yk_count_fn(void *context, char **field, int line, struct yk_mistake_list *mistakes);
enum yk_status yk_counts_read(const char *path, const char *header, size_t count, yk_count_fn *take, void *context,
                              struct yk_error *err) YK_MUST_CHECK;
/* True if the file's first line is that of lines. */
bool yk_counts_are_of_lines(const char *path);
/* The two times of a row; false with mistakes. */
bool yk_counts_times(char *const *field, int line, int64_t *start_s, int64_t *end_s, struct yk_mistake_list *mistakes);
bool yk_counts_has_place(const struct yk_config *config, const char *id);

/* ---- devices: a window in which persons were counted, and what radios heard in it. */
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

/* Persons from a table; every mistake with its line. */
enum yk_status yk_pairs_read_counts(struct yk_pairs *pairs, const struct yk_config *config, const char *path,
                                    struct yk_error *err) YK_MUST_CHECK;
/* Persons from the final rows of footfall (both directions of a place) in a publish store. */
enum yk_status yk_pairs_read_footfall(struct yk_pairs *pairs, const char *publish, enum yk_resolution resolution,
                                      struct yk_error *err) YK_MUST_CHECK;
/* Leaves out all other places. */
void yk_pairs_keep(struct yk_pairs *pairs, const char *place);
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

/* ---- lines: a session of somebody beside a camera, and what that counted in the same quarters. */
struct yk_session {
    char place[YK_ID_SIZE], line[YK_ID_SIZE], direction[8];
    int64_t start_s, end_s; /* whole quarters */
    double manual;
    int row; /* of the table */
    size_t quarters;
    double *quarter; /* the camera's crossings, by quarter; NAN: not known, or not watched all through */
};

struct yk_sessions {
    struct yk_session *list; /* by line, direction and start once read */
    size_t count, capacity;
};

/* Every mistake with its line; sessions that overlap are mistakes, and so is a line counted in both directions together here and in
 * one of them there. */
enum yk_status yk_sessions_read(struct yk_sessions *sessions, const struct yk_config *config, const char *path,
                                struct yk_error *err) YK_MUST_CHECK;
void yk_sessions_keep(struct yk_sessions *sessions, const char *place);
/* What the camera counted, from the state store while it has it. */
enum yk_status yk_sessions_watch_state(struct yk_sessions *sessions, const struct yk_config *config, const char *state,
                                       struct yk_error *err) YK_MUST_CHECK;
/* The same from rows of footfall. */
enum yk_status yk_sessions_watch_rows(struct yk_sessions *sessions, const struct yk_config *config, const char *publish,
                                      struct yk_error *err) YK_MUST_CHECK;
void yk_sessions_clear(struct yk_sessions *sessions);

/* One line and direction: its sessions with both counts, and what came of them. */
struct yk_line_fitted {
    const char *place, *line, *direction;
    const struct yk_session **session;
    struct yk_session_counts *counts;
    double *residual;
    size_t count, unwatched; /* sessions with both; by hand alone */
    enum yk_ratio_state state;
    struct yk_line_fit fit;
};
/* list: to be freed with yk_lines_fitted_free; points into the sessions. */
enum yk_status yk_sessions_fit(const struct yk_sessions *sessions, struct yk_line_fitted **list,
                               size_t *count) YK_MUST_CHECK;
void yk_lines_fitted_free(struct yk_line_fitted *list, size_t count);

void yk_calibrate_lines_table(const struct yk_line_fitted *fits, size_t count, int64_t expires_s, FILE *out);
enum yk_status yk_calibrate_lines_json(const char *path, const char *district, const struct yk_line_fitted *fits,
                                       size_t count, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_calibrate_lines_svg(const char *path, const struct yk_line_fitted *fits, size_t count,
                                      struct yk_error *err) YK_MUST_CHECK;

/* ---- a picture of residuals: panels one below another. */
struct yk_panel {
    char title[2 * YK_ID_SIZE + 16], text[160];
    double *x;              /* NULL: the text alone */
    const double *residual; /* NAN: left out */
    size_t count;
    double from, to;          /* of x */
    char left[40], right[40]; /* what stands below them */
    double far;               /* residuals beyond are hollow; 0: none is */
};
enum yk_status yk_picture_write(const char *path, const struct yk_panel *panels, size_t count,
                                struct yk_error *err) YK_MUST_CHECK;

/* ---- for what time an accepted calibration holds. */
struct yk_hold {
    int64_t now_s, from_s, expires_s;
    bool begun; /* the past: only where no final row of that time is out */
};
/* from, expires: dates or NULL. Epochs for devices, local days for lines. */
enum yk_status yk_hold_find(const struct yk_config *config, bool lines, const char *from, const char *expires,
                            bool for_the_past, struct yk_hold *out, struct yk_error *err) YK_MUST_CHECK;
/* YK_ERR_REFUSED if the publish store, where there is one, has final rows that would be others with the entries. */
enum yk_status yk_hold_refuse_published(const char *publish, const struct yk_calibration_entry *entries, size_t count,
                                        struct yk_error *err) YK_MUST_CHECK;

/* ---- both kinds: gather, fit, show, and accept where that was asked for. */
enum yk_status yk_calibrate_devices(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                    const struct yk_hold *hold, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_calibrate_lines(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                  const struct yk_hold *hold, struct yk_error *err) YK_MUST_CHECK;
/* An entry without its fit; adding several. */
struct yk_calibration_entry yk_calibrate_entry(const struct yk_calibrate_arguments *a, const struct yk_hold *hold,
                                               enum yk_calibration_kind kind, const char *place);
enum yk_status yk_calibrate_accept(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                   const struct yk_hold *hold, struct yk_calibration_entry *entries, size_t count,
                                   struct yk_error *err) YK_MUST_CHECK;

#endif
