/* What `yukikai calibrate` tells of lines: a table, residuals as JSON, a picture. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate_private.h"

#include "base/calendar.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW_SESSIONS 5 /* below, t makes the interval very wide */

static void name_of(const struct yk_line_fitted *f, char out[static 2 * YK_ID_SIZE])
{
    snprintf(out, 2 * YK_ID_SIZE, "%s/%s", f->place, f->line);
}

static void sums(const struct yk_line_fitted *f, double *manual, double *camera)
{
    *manual = *camera = 0;
    for (size_t i = 0; i < f->count; i++) {
        *manual += f->counts[i].manual;
        *camera += f->counts[i].camera;
    }
}

void yk_calibrate_lines_table(const struct yk_line_fitted *fits, size_t count, int64_t expires_s, FILE *out)
{
    char expires[YK_TIME_TEXT_MAX], name[2 * YK_ID_SIZE];
    yk_time_format(expires, expires_s);
    fprintf(out, "%-20s %-9s %7s %7s  %-16s %7s %8s %8s %8s  %s\n", "line", "direction", "ratio", "SE", "95 % interval",
            "scatter", "sessions", "by hand", "camera", "expires");
    for (size_t i = 0; i < count; i++) {
        const struct yk_line_fitted *f = &fits[i];
        const struct yk_ratio *r = &f->fit.ratio;
        double manual, camera;
        name_of(f, name);
        sums(f, &manual, &camera);
        if (f->state == YK_RATIO_OK)
            fprintf(out, "%-20s %-9s %7.3f %7.3f  %6.3f - %-7.3f %7.3f %8zu %8.0f %8.0f  %.10s\n", name, f->direction,
                    r->ratio, r->se, yk_ratio_interval(r).lower, yk_ratio_interval(r).upper, r->scatter, r->sessions,
                    manual, camera, expires);
        else
            fprintf(out, "%-20s %-9s %s: %zu sessions with both counts\n", name, f->direction,
                    yk_ratio_state_text(f->state), f->count);
        if (f->unwatched)
            fprintf(
                out,
                "%-20s %zu of %zu sessions are left out: the camera did not watch all of their quarters, or nothing "
                "is known of it\n",
                "", f->unwatched, f->unwatched + f->count);
        if (f->state == YK_RATIO_OK && r->sessions < FEW_SESSIONS)
            fprintf(out, "%-20s fewer than %d sessions: every row of this line will have a wide interval\n", "",
                    FEW_SESSIONS);
    }
}

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *time_json(int64_t t_s)
{
    char text[YK_TIME_TEXT_MAX];
    return json_string(yk_time_format(text, t_s));
}

static json_t *line_json(const struct yk_line_fitted *f)
{
    char name[2 * YK_ID_SIZE];
    const struct yk_ratio *r = &f->fit.ratio;
    bool ok = f->state == YK_RATIO_OK;
    json_t *sessions = json_array(), *o = json_object();
    name_of(f, name);
    json_object_set_new(o, "line", json_string(name));
    json_object_set_new(o, "direction", json_string(f->direction));
    json_object_set_new(o, "state", json_string(yk_ratio_state_text(f->state)));
    if (ok) {
        json_object_set_new(o, "ratio", number(r->ratio));
        json_object_set_new(o, "se", number(r->se));
        json_object_set_new(o, "lower", number(yk_ratio_interval(r).lower));
        json_object_set_new(o, "upper", number(yk_ratio_interval(r).upper));
        json_object_set_new(o, "scatter", number(r->scatter));
        json_object_set_new(o, "used", json_integer((json_int_t)r->sessions));
    }
    json_object_set_new(o, "unwatched", json_integer((json_int_t)f->unwatched));
    for (size_t i = 0; i < f->count; i++) {
        json_t *s = json_object();
        json_object_set_new(s, "start", time_json(f->session[i]->start_s));
        json_object_set_new(s, "end", time_json(f->session[i]->end_s));
        json_object_set_new(s, "count", number(f->counts[i].manual));
        json_object_set_new(s, "camera", number(f->counts[i].camera));
        json_object_set_new(s, "expected", number(ok ? r->ratio * f->counts[i].camera : (double)NAN));
        json_object_set_new(s, "residual", number(f->residual[i]));
        json_array_append_new(sessions, s);
    }
    json_object_set_new(o, "sessions", sessions);
    return o;
}

enum yk_status yk_calibrate_lines_json(const char *path, const char *district, const struct yk_line_fitted *fits,
                                       size_t count, struct yk_error *err)
{
    json_t *root = json_object(), *lines = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(lines, line_json(&fits[i]));
    json_object_set_new(root, "district", json_string(district));
    json_object_set_new(root, "lines", lines);
    int failed = json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(root);
    return failed ? yk_error_errno(err, YK_ERR_IO, "cannot write %s", path) : YK_OK;
}

static double hours(const struct yk_session *s)
{
    return (double)(s->end_s - s->start_s) / 3600;
}

static bool begin(const struct yk_line_fitted *f, struct yk_panel *out)
{
    char name[2 * YK_ID_SIZE];
    name_of(f, name);
    snprintf(out->title, sizeof out->title, "%s %s", name, f->direction);
    if (f->state != YK_RATIO_OK) {
        snprintf(out->text, sizeof out->text, "%s", yk_ratio_state_text(f->state));
        return true;
    }
    out->x = calloc(f->count, sizeof *out->x);
    out->residual = f->residual;
    out->count = f->count;
    return out->x != NULL;
}

/* Over time, which shows a camera that was moved. */
static bool over_time(const struct yk_line_fitted *f, struct yk_panel *out)
{
    char text[YK_TIME_TEXT_MAX];
    if (!begin(f, out) || !out->x)
        return f->state != YK_RATIO_OK;
    snprintf(out->text, sizeof out->text, "%.3f persons per crossing; residuals in standard deviations, over time",
             f->fit.ratio.ratio);
    for (size_t i = 0; i < f->count; i++)
        out->x[i] = (double)f->session[i]->start_s;
    out->from = (double)f->fit.from_s;
    out->to = (double)f->fit.to_s;
    snprintf(out->left, sizeof out->left, "%.16s", yk_time_format(text, f->fit.from_s));
    snprintf(out->right, sizeof out->right, "%.16s", yk_time_format(text, f->fit.to_s));
    return true;
}

/* Over how full it was: cameras lose people in crowds. */
static bool over_crowd(const struct yk_line_fitted *f, struct yk_panel *out)
{
    if (!begin(f, out) || !out->x)
        return f->state != YK_RATIO_OK;
    snprintf(out->text, sizeof out->text, "the same, over the camera's crossings an hour");
    for (size_t i = 0; i < f->count; i++) {
        out->x[i] = f->counts[i].camera / hours(f->session[i]);
        out->to = fmax(out->to, out->x[i]);
    }
    snprintf(out->left, sizeof out->left, "0");
    snprintf(out->right, sizeof out->right, "%.0f", out->to);
    return true;
}

enum yk_status yk_calibrate_lines_svg(const char *path, const struct yk_line_fitted *fits, size_t count,
                                      struct yk_error *err)
{
    struct yk_panel *panels = calloc(2 * count + 1, sizeof *panels);
    bool ok = panels != NULL;
    size_t n = 0;
    for (size_t i = 0; i < count && ok; i++) {
        ok = over_time(&fits[i], &panels[n++]);
        if (ok && fits[i].state == YK_RATIO_OK)
            ok = over_crowd(&fits[i], &panels[n++]);
    }
    enum yk_status status =
        ok ? yk_picture_write(path, panels, n, err) : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < n; i++)
        free(panels[i].x);
    free(panels);
    return status;
}
