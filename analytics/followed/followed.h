/* What a district follows over time: the counts that its configuration's kpis name, as they were published. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Everything that is said of a series (what was to be expected, what an event added, whether a target will be met) is worked out
 * from rows behind the gate and from nothing else, so it cannot tell more than they do. An entry of kpis is followed if it is a
 * count of people or devices by the hour or the day:
 *
 *     footfall                         hours, both directions; they add up to days
 *     visitors, device_visits, 1h      hours
 *     visitors, device_visits, 1d      days; within a day they are laid out as its hours lie, which makes hours that add up to it
 *
 * A row whose calibration differs from the day's counts as it would have under that: footfall by what corrections made of the same
 * crossings. Where that is not known (visitors), the change counts as a break of the level.
 *
 * A row that is missing or covers too little is a gap, one below k counts k/2: of a place that is empty every night nothing could
 * be said otherwise. */
#ifndef YK_FOLLOWED_FOLLOWED_H
#define YK_FOLLOWED_FOLLOWED_H

#include "config/config.h"
#include "estimate/attainment.h"
#include "estimate/baseline.h"
#include "estimate/compare.h"
#include "followed/days.h"
#include "series/series.h"
#include "store/publish.h"

#define YK_FOLLOWED_PATHS 1000
#define YK_FOLLOWED_HOURS 26 /* of the longest day */

/* Counts from hour `from` on are made with one calibration, or with none ("") . */
struct yk_followed_segment {
    size_t from;
    char calibration[9];
};
#define YK_FOLLOWED_SEGMENTS 64

struct yk_followed {
    size_t entry; /* index into the configuration's kpis */
    bool devices; /* its days run with the epochs, not from midnight */
    bool by_hour, by_day;
    struct yk_series hours; /* all there are; days of device counts laid out as above */
    double *crossings;      /* behind each hour; NAN: not told */
    struct yk_followed_segment segment[YK_FOLLOWED_SEGMENTS];
    size_t segment_count;
    struct yk_compare_days day; /* sums as published, of days by the date on which they begin */
    double *day_sum;
    size_t *day_hour; /* hour of the record at which each begins; SIZE_MAX: not in it */
    uint8_t *day_kind;

    /* Of the day that is being told. The baseline is fitted to what lies before its week, without the hours of events. */
    size_t known;   /* hours of the record up to the day's end */
    int64_t week_s; /* the Monday that the fit is of; INT64_MIN: there is none yet */
    size_t now;     /* the segment of the day's end, which the record was made like */
    struct yk_baseline *baseline;
    enum yk_baseline_state state;
    bool level_broke; /* at some time in the year before that Monday */
    size_t day_hours;
    double observed[YK_FOLLOWED_HOURS]; /* NAN: a gap */
    double *path;                       /* [YK_FOLLOWED_PATHS][day_hours]; NULL unless state is OK */
    bool has_outlook;                   /* there is a target for the fiscal year of this day */
    enum yk_baseline_state outlook_state;
    struct yk_attainment_outlook outlook; /* in the unit of the entry's resolution */
};

/* A day of those that are followed by the same kind of days. */
struct yk_followed_day {
    const struct yk_config *config;
    const struct yk_followed_calendar *calendar;
    bool devices;
    int64_t start_s, end_s;
    bool final;
    struct yk_followed *list; /* all, also of the other kind: what events are compared with */
    size_t count;
};

/* True for an entry that can be followed. */
bool yk_followed_can(const struct yk_kpi_config *entry);
/* Reads its rows of [from_s, to_s). Free with yk_followed_clear, also after a failure. */
enum yk_status yk_followed_read(struct yk_followed *followed, const struct yk_config *config, size_t entry,
                                struct yk_publish *publish, const struct yk_followed_calendar *calendar, int64_t from_s,
                                int64_t to_s, struct yk_error *err) YK_MUST_CHECK;
void yk_followed_clear(struct yk_followed *followed);

/* Makes it ready for a day: the fit of its week, paths of its hours, the outlook of its fiscal year. */
enum yk_status yk_followed_prepare(struct yk_followed *followed, const struct yk_followed_day *day,
                                   struct yk_error *err) YK_MUST_CHECK;
/* The record's hours before t_s, made like those of the day that it is ready for, with those of events left out; into a copy that
 * the caller frees; *count how many. NULL: no memory. */
double *yk_followed_without_events(const struct yk_followed *followed, const struct yk_config *config, int64_t t_s,
                                   size_t *count);
/* Hour of the record that begins at t_s; SIZE_MAX if it is not one. */
size_t yk_followed_hour(const struct yk_followed *followed, int64_t t_s);
/* Its count; NAN: a gap, or not an hour of the record. */
double yk_followed_value(const struct yk_followed *followed, int64_t t_s);
/* The record's first `count` hours, each made like those of the day that the series is ready for. */
void yk_followed_like_now(const struct yk_followed *followed, size_t count, double *out);
/* What a count of that hour is multiplied by, to be like those of the day that the series is ready for. */
double yk_followed_scale(const struct yk_followed *followed, size_t hour);

#endif
