/* The figures of a recording as JSON and as text. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     { "state": "ok" or "not_measurable", "reason": text, "listened_s", "stretches",
 *       "infrastructure": { "still", "rotating" },
 *       "periods": { "resolvable", "non_resolvable", "all_rotating": { "state": text,
 *           "period_s", "lower_s", "upper_s" where it is ok,
 *           "rotations", "rotations_se", "two_g_s", "dispersion", "births", "deaths" } },
 *       "whole": WINDOW, "windows": [ WINDOW, ... ] }
 *     WINDOW: { "start", "end", "listened_s", "resolvable", "non_resolvable", "still", "all": GROUP }
 *     GROUP: { "addresses", "device_visits", "occupancy_mean", "arrivals", "mean_stay_s": FIGURE,
 *              "sums": { integers; times in tenths of a second } }
 *     FIGURE: { "value", "lower", "upper" } or { "state": "not_measurable", "reason": text } and bounds that are certain
 *
 * A figure that is not measurable has no value: not 0, and not the distinct addresses. */
#include "recording/report.h"

#include <inttypes.h>
#include <time.h>

static const char *const group_names[YK_GROUP_COUNT] = {"resolvable", "non_resolvable", "still", "all"};
static const char *const group_words[YK_GROUP_COUNT] = {"resolvable", "non-resolvable", "public, static", "all"};
static const char *const period_names[YK_ROTATING_COUNT + 1] = {"resolvable", "non_resolvable", "all_rotating"};

#define SHORT_S 600 /* as long as many a period */

static const char *time_text(char out[static 32], int64_t t_s)
{
    time_t t = (time_t)t_s;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
    return out;
}

static void set_integer(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *figure_json(const struct yk_figure *f)
{
    json_t *object = json_object();
    if (f->why) {
        json_object_set_new(object, "state", json_string("not_measurable"));
        json_object_set_new(object, "reason", json_string(f->why));
    } else {
        json_object_set_new(object, "value", json_real(f->value));
    }
    if (!f->why || f->bounded) {
        json_object_set_new(object, "lower", json_real(f->lower));
        json_object_set_new(object, "upper", json_real(f->upper));
    }
    return object;
}

static json_t *sums_json(const struct yk_rotation_sums *s)
{
    json_t *object = json_object();
    set_integer(object, "addresses", s->addresses);
    set_integer(object, "births", s->births);
    set_integer(object, "deaths", s->deaths);
    set_integer(object, "carried_in", s->carried_in);
    set_integer(object, "carried_out", s->carried_out);
    set_integer(object, "life_ds", s->life_ds);
    set_integer(object, "gap_ds", s->gap_ds);
    set_integer(object, "gap_sq_ds2", s->gap_sq_ds2);
    return object;
}

static json_t *window_json(const struct yk_window_figures *w, bool whole)
{
    char text[32];
    json_t *object = json_object();
    json_object_set_new(object, "start", json_string(time_text(text, w->start_s)));
    json_object_set_new(object, "end", json_string(time_text(text, w->end_s)));
    json_object_set_new(object, "listened_s", json_real(w->listened_s));
    for (int g = 0; g < YK_GROUP_COUNT; g++) {
        const struct yk_group_figures *figures = &w->group[g];
        json_t *group = json_object();
        set_integer(group, "addresses", figures->sums.addresses);
        json_object_set_new(group, "device_visits", figure_json(&figures->visits));
        json_object_set_new(group, "occupancy_mean", figure_json(&figures->occupancy));
        if (whole) {
            json_object_set_new(group, "arrivals", figure_json(&figures->arrivals));
            json_object_set_new(group, "mean_stay_s", figure_json(&figures->stay_s));
        }
        json_object_set_new(group, "sums", sums_json(&figures->sums));
        json_object_set_new(object, group_names[g], group);
    }
    return object;
}

static json_t *period_json(const struct yk_measured_period *p)
{
    json_t *object = json_object();
    json_object_set_new(object, "state", json_string(yk_period_state_text(p->state)));
    if (p->state == YK_PERIOD_OK) {
        json_object_set_new(object, "period_s", json_real(p->period.period_s));
        json_object_set_new(object, "lower_s", json_real(p->fit.lower_s));
        json_object_set_new(object, "upper_s", json_real(p->fit.upper_s));
    }
    json_object_set_new(object, "rotations", json_real(p->fit.rotations));
    json_object_set_new(object, "rotations_se", json_real(p->fit.rotations_se));
    json_object_set_new(object, "two_g_s", json_real(p->fit.two_g_s));
    json_object_set_new(object, "dispersion", json_real(p->fit.dispersion));
    set_integer(object, "births", (int64_t)p->births);
    set_integer(object, "deaths", (int64_t)p->deaths);
    return object;
}

json_t *yk_recording_json(const struct yk_recording_figures *f)
{
    json_t *object = json_object();
    json_object_set_new(object, "state", json_string(f->why ? "not_measurable" : "ok"));
    if (f->why) {
        json_object_set_new(object, "reason", json_string(f->why));
        return object;
    }
    json_object_set_new(object, "listened_s", json_real(f->listened_s));
    set_integer(object, "stretches", (int64_t)f->stretches);
    json_t *infrastructure = json_object();
    set_integer(infrastructure, "still", f->infrastructure_still);
    set_integer(infrastructure, "rotating", f->infrastructure_rotating);
    json_object_set_new(object, "infrastructure", infrastructure);
    json_t *periods = json_object();
    for (int i = 0; i <= YK_ROTATING_COUNT; i++)
        json_object_set_new(periods, period_names[i], period_json(&f->period[i]));
    json_object_set_new(object, "periods", periods);
    json_object_set_new(object, "whole", window_json(&f->whole, true));
    json_t *windows = json_array();
    for (size_t i = 0; i < f->window_count; i++)
        json_array_append_new(windows, window_json(&f->windows[i], false));
    json_object_set_new(object, "windows", windows);
    return object;
}

static void print_figure(FILE *to, const char *name, const struct yk_figure *f, int digits)
{
    fprintf(to, "      %-18s", name);
    if (!f->why)
        fprintf(to, "%.*f (%.*f to %.*f)\n", digits, f->value, digits, f->lower, digits, f->upper);
    else if (f->bounded)
        fprintf(to, "not measurable here: %s (%.0f to %.0f)\n", f->why, f->lower, f->upper);
    else
        fprintf(to, "not measurable here: %s\n", f->why);
}

static void print_period(FILE *to, const struct yk_recording_figures *f, int g)
{
    const struct yk_measured_period *p = &f->period[g];
    fprintf(to, "      %-18s", "rotation period");
    if (p->state == YK_PERIOD_OK)
        fprintf(to, "%.0f s (%.0f to %.0f): %.1f rotations +- %.1f, 2g %.1f s, dispersion %.2f\n", p->period.period_s,
                p->fit.lower_s, p->fit.upper_s, p->fit.rotations, p->fit.rotations_se, p->fit.two_g_s,
                p->fit.dispersion);
    else if (f->listened_s < SHORT_S)
        fprintf(to, "not measurable here: %s, in %.0f s\n", yk_period_state_text(p->state), f->listened_s);
    else
        fprintf(to, "not measurable here: %s\n", yk_period_state_text(p->state));
}

static void print_group(FILE *to, const struct yk_recording_figures *f, int g)
{
    const struct yk_group_figures *figures = &f->whole.group[g];
    fprintf(to, "    %-20s%" PRId64 " addresses\n", group_words[g], figures->sums.addresses);
    if (figures->sums.addresses == 0)
        return;
    if (g < YK_ROTATING_COUNT)
        print_period(to, f, g);
    print_figure(to, "device visits", &figures->visits, 1);
    print_figure(to, "arrivals", &figures->arrivals, 1);
    print_figure(to, "mean stay, s", &figures->stay_s, 0);
    print_figure(to, "mean occupancy", &figures->occupancy, 2);
}

static void print_window(FILE *to, const struct yk_window_figures *w)
{
    char text[32];
    const struct yk_group_figures *all = &w->group[YK_GROUP_ALL];
    fprintf(to, "    %s  %5.0f s %7" PRId64 " addresses", time_text(text, w->start_s), w->listened_s,
            all->sums.addresses);
    if (all->visits.why)
        fprintf(to, "  devices not measurable (%.0f to %.0f)", all->visits.lower, all->visits.upper);
    else
        fprintf(to, "  devices %.1f (%.1f to %.1f)", all->visits.value, all->visits.lower, all->visits.upper);
    fprintf(to, "  present %.2f\n", all->occupancy.value);
}

void yk_recording_print(const struct yk_recording_figures *f, FILE *to)
{
    char from[32], until[32];
    if (f->why) {
        fprintf(to, "  %-20snot measurable here: %s\n", "estimate", f->why);
        return;
    }
    fprintf(to, "  %-20s%s to %s, listened %.0f s\n", "estimate", time_text(from, f->whole.start_s),
            time_text(until, f->whole.end_s), f->listened_s);
    fprintf(to, "    %-20s%" PRId64 " still, %" PRId64 " rotating; in none of the figures below\n", "infrastructure",
            f->infrastructure_still, f->infrastructure_rotating);
    for (int g = 0; g < YK_GROUP_COUNT; g++)
        print_group(to, f, g);
    for (size_t i = 0; i < f->window_count; i++)
        print_window(to, &f->windows[i]);
}
