/* Studies of events. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Expected is the regression's mean of the fit that the event's week has (followed/prepare.c), which has not seen the event; the
 * level is taken from the four weeks before the window, as with each placebo (estimate/uplift.c). Hours of other events at the same entry are
 * no ordinary ones. An event is compared with entries of the same KPI only. */
#include "kpis/event_study.h"

#include "kpis/followed_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S INT64_C(3600)

/* The arrays of one study, all of `hours`, from the site's first hour on. */
struct study {
    size_t hours;
    int64_t start_s;
    double *observed[1 + YK_UPLIFT_SITES_MAX], *expected[1 + YK_UPLIFT_SITES_MAX];
    unsigned sites; /* the event's and those that it is compared with */
    bool *skip;
};

static void clear(struct study *s)
{
    for (unsigned i = 0; i <= YK_UPLIFT_SITES_MAX; i++) {
        free(s->observed[i]);
        free(s->expected[i]);
    }
    free(s->skip);
}

/* False if this series says nothing over the study's time. */
static bool add_site(struct study *s, const struct yk_followed *f, const struct yk_followed_day *day)
{
    if (f->state != YK_BASELINE_OK)
        return false;
    double *observed = malloc((s->hours + 1) * sizeof *observed), *expected = malloc((s->hours + 1) * sizeof *expected);
    s->observed[s->sites] = observed;
    s->expected[s->sites] = expected;
    s->sites++;
    if (!observed || !expected ||
        yk_baseline_mean(f->baseline, &day->calendar->days, s->start_s, s->hours, expected) != YK_BASELINE_OK) {
        s->sites--;
        free(observed);
        free(expected);
        s->observed[s->sites] = s->expected[s->sites] = NULL;
        return false;
    }
    double *like_now = malloc((f->hours.count + 1) * sizeof *like_now);
    if (like_now)
        yk_followed_like_now(f, f->hours.count, like_now);
    for (size_t i = 0; i < s->hours; i++) {
        size_t at = yk_followed_hour(f, s->start_s + (int64_t)i * HOUR_S);
        observed[i] = like_now && at < f->hours.count ? like_now[at] : (double)NAN;
    }
    free(like_now);
    return true;
}

static void skip_other_events(struct study *s, const struct yk_config *config, const struct yk_event_config *this,
                              size_t entry)
{
    for (size_t i = 0; i < config->event_count; i++) {
        const struct yk_event_config *event = &config->events[i];
        for (size_t k = 0; k < event->kpi_count; k++)
            for (int64_t t = event->from_s; event != this && event->kpis[k] == entry && t < event->to_s; t += HOUR_S)
                if (t >= s->start_s && (size_t)((t - s->start_s) / HOUR_S) < s->hours)
                    s->skip[(t - s->start_s) / HOUR_S] = true;
    }
}

static const struct yk_followed *followed_of(const struct yk_followed_day *day, size_t entry)
{
    for (size_t i = 0; i < day->count; i++)
        if (day->list[i].entry == entry)
            return &day->list[i];
    return NULL;
}

static enum yk_uplift_state estimate(const struct yk_followed_day *day, const struct yk_event_config *event,
                                     const struct yk_followed *f, struct yk_uplift *out)
{
    const struct yk_config *config = day->config;
    struct study s = {.start_s = f->hours.start_s};
    struct yk_uplift_site compare[YK_UPLIFT_SITES_MAX];
    enum yk_uplift_state state = YK_UPLIFT_TOO_FEW;
    if (!f->hours.value || event->from_s < s.start_s)
        return YK_UPLIFT_NO_WINDOW;
    s.hours = (size_t)((event->to_s - s.start_s) / HOUR_S);
    s.skip = calloc(s.hours + 1, sizeof *s.skip);
    if (s.skip && add_site(&s, f, day)) {
        skip_other_events(&s, config, event, f->entry);
        for (size_t i = 0; i < event->compare_count && s.sites <= YK_UPLIFT_SITES_MAX; i++) {
            const struct yk_followed *other = followed_of(day, event->compare[i]);
            if (other && strcmp(config->kpis[other->entry].kpi, config->kpis[f->entry].kpi) == 0)
                (void)add_site(&s, other, day);
        }
        for (unsigned i = 1; i < s.sites; i++)
            compare[i - 1] = (struct yk_uplift_site){s.observed[i], s.expected[i]};
        struct yk_uplift_study study = {.start_s = s.start_s,
                                        .hours = s.hours,
                                        .site = {s.observed[0], s.expected[0]},
                                        .compare = s.sites > 1 ? compare : NULL,
                                        .compare_count = s.sites - 1,
                                        .skip = s.skip,
                                        .past_only = true};
        size_t from = (size_t)((event->from_s - s.start_s) / HOUR_S);
        state = yk_uplift_estimate(&study, from, s.hours - from, out);
    }
    clear(&s);
    return state;
}

static enum yk_reason reason_of(enum yk_uplift_state state)
{
    return state == YK_UPLIFT_OUTAGE ? YK_REASON_OUTAGE
                                     : (state == YK_UPLIFT_NO_FIT ? YK_REASON_NOT_OBSERVABLE : YK_REASON_TOO_SHORT);
}

void yk_event_studies(const struct yk_kpi *kpi, const struct yk_followed_day *day, yk_event_fill_fn *fill,
                      yk_candidate_fn *give, void *context)
{
    for (size_t i = 0; i < day->config->event_count; i++) {
        const struct yk_event_config *event = &day->config->events[i];
        if (event->to_s <= day->start_s || event->to_s > day->end_s)
            continue;
        for (size_t k = 0; k < event->kpi_count; k++) {
            const struct yk_followed *f = followed_of(day, event->kpis[k]);
            struct yk_candidate c;
            struct yk_uplift uplift;
            if (!f || f->devices != day->devices)
                continue;
            yk_kpi_followed_candidate(kpi, day, f, &c);
            size_t length = strlen(c.row.place);
            snprintf(c.row.place + length, sizeof c.row.place - length, "/%s", event->id);
            c.row.start_s = event->from_s;
            c.row.end_s = event->to_s;
            c.row.resolution = event->to_s - event->from_s < 23 * HOUR_S ? YK_RES_1H : YK_RES_1D;
            enum yk_uplift_state state = estimate(day, event, f, &uplift);
            c.row.reason = reason_of(state);
            if (state == YK_UPLIFT_OK) {
                fill(&c, &uplift);
                c.row.state = YK_STATE_OK;
                c.row.reason = f->level_broke ? YK_REASON_LEVEL_BREAK : YK_REASON_NONE;
            }
            give(context, &c);
        }
    }
}
