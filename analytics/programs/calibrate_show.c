/* What `yukikai calibrate` tells: a table, residuals as JSON, a picture. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate_private.h"

#include "base/calendar.h"

#include <gsl/gsl_cdf.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double reach(const struct yk_calibration *c)
{
    return exp(gsl_cdf_tdist_Pinv(0.975, c->slope_dof) * c->rho_se * sqrt(c->serial) / c->rho);
}

static void row(const char *place, const struct yk_calibration *c, const char *expires, FILE *out)
{
    fprintf(out, "%-20s %7.3f  %6.3f - %-7.3f", place, c->rho, c->rho / reach(c), c->rho * reach(c));
    if (c->points)
        fprintf(out, " %7.3f %7.2f %5.2f", c->ratio, c->kappa, c->serial);
    else
        fprintf(out, " %7s %7.2f %5s", "-", c->kappa, "-");
    if (isnan(c->rotations))
        fprintf(out, " %9s", "not known");
    else
        fprintf(out, " %9.2f", c->rotations);
    if (c->points)
        fprintf(out, " %6zu %8zu  %.10s\n", c->points, c->outliers, expires);
    else
        fprintf(out, " %6s %8s\n", "-", "-");
}

void yk_calibrate_table(const struct yk_place_fit *fits, size_t count, int64_t expires_s, FILE *out)
{
    char expires[YK_TIME_TEXT_MAX];
    yk_time_format(expires, expires_s);
    struct yk_calibration *good = calloc(count + 1, sizeof *good);
    size_t n = 0;
    fprintf(out, "%-20s %7s  %-16s %7s %7s %5s %9s %6s %8s  %s\n", "place", "persons", "95 % interval", "plain",
            "kappa", "f", "rotations", "used", "outliers", "expires");
    fprintf(out, "%-20s %7s  %-16s %7s\n", "", "/device", "", "ratio");
    for (size_t i = 0; i < count; i++) {
        const struct yk_place_fit *f = &fits[i];
        if (f->state == YK_CALIBRATION_OK) {
            row(f->place, &f->fit, expires, out);
            if (good)
                good[n++] = f->fit;
        } else {
            fprintf(out, "%-20s %s: %zu windows with both counts, %zu with persons alone\n", f->place,
                    yk_calibration_state_text(f->state), f->count, f->unheard);
        }
        if (f->state == YK_CALIBRATION_OK && fabs(f->fit.rho / f->fit.ratio - 1) > 0.05)
            fprintf(out, "%-20s robust and plain differ by more than 5 %%: look at the residuals before you accept\n",
                    "");
    }
    struct yk_pool pool;
    struct yk_calibration elsewhere;
    if (good && yk_pool_fit(good, n, &pool) == YK_POOL_OK) {
        yk_pool_elsewhere(&pool, &elsewhere);
        row("other places", &elsewhere, "", out);
        fprintf(out, "%-20s places differ by a factor of %.2f (tau %.3f)\n", "", exp(pool.tau_raw), pool.tau_raw);
    }
    free(good);
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

static json_t *place_json(const struct yk_place_fit *f)
{
    json_t *windows = json_array(), *o = json_object();
    json_object_set_new(o, "place", json_string(f->place));
    json_object_set_new(o, "state", json_string(yk_calibration_state_text(f->state)));
    bool ok = f->state == YK_CALIBRATION_OK;
    if (ok) {
        json_object_set_new(o, "rho", number(f->fit.rho));
        json_object_set_new(o, "lower", number(f->fit.rho / reach(&f->fit)));
        json_object_set_new(o, "upper", number(f->fit.rho * reach(&f->fit)));
        json_object_set_new(o, "ratio", number(f->fit.ratio));
        json_object_set_new(o, "kappa", number(f->fit.kappa));
        json_object_set_new(o, "serial", number(f->fit.serial));
        json_object_set_new(o, "rotations", number(f->fit.rotations));
        json_object_set_new(o, "period_se", number(f->fit.period_se));
        json_object_set_new(o, "points", json_integer((json_int_t)f->fit.points));
        json_object_set_new(o, "outliers", json_integer((json_int_t)f->fit.outliers));
    }
    for (size_t i = 0; i < f->count; i++) {
        json_t *w = json_object();
        json_object_set_new(w, "start", time_json(f->points[i].start_s));
        json_object_set_new(w, "end", time_json(f->points[i].end_s));
        json_object_set_new(w, "persons", number(f->points[i].persons));
        json_object_set_new(w, "devices", number(f->points[i].devices));
        json_object_set_new(w, "expected", number(ok ? f->fit.rho * f->points[i].devices : (double)NAN));
        json_object_set_new(w, "residual", number(f->residual[i]));
        json_array_append_new(windows, w);
    }
    json_object_set_new(o, "windows", windows);
    return o;
}

enum yk_status yk_calibrate_json(const char *path, const char *district, const struct yk_place_fit *fits, size_t count,
                                 struct yk_error *err)
{
    json_t *root = json_object(), *places = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(places, place_json(&fits[i]));
    json_object_set_new(root, "district", json_string(district));
    json_object_set_new(root, "places", places);
    int failed = json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(root);
    return failed ? yk_error_errno(err, YK_ERR_IO, "cannot write %s", path) : YK_OK;
}

#define FAR 4.685 /* where the bisquare ends */

/* Over the time of the fit. */
static bool panel(const struct yk_place_fit *f, struct yk_panel *out)
{
    char text[YK_TIME_TEXT_MAX];
    snprintf(out->title, sizeof out->title, "%s", f->place);
    if (f->state != YK_CALIBRATION_OK) {
        snprintf(out->text, sizeof out->text, "%s", yk_calibration_state_text(f->state));
        return true;
    }
    snprintf(out->text, sizeof out->text,
             "%.3f persons per device; residuals in standard deviations, hollow: beyond 4.7", f->fit.rho);
    double *x = calloc(f->count, sizeof *x);
    for (size_t i = 0; x && i < f->count; i++)
        x[i] = (double)f->points[i].start_s;
    out->x = x;
    out->residual = f->residual;
    out->count = f->count;
    out->from = (double)f->fit.from_s;
    out->to = (double)f->fit.to_s;
    out->far = FAR;
    snprintf(out->left, sizeof out->left, "%.16s", yk_time_format(text, f->fit.from_s));
    snprintf(out->right, sizeof out->right, "%.16s", yk_time_format(text, f->fit.to_s));
    return x != NULL;
}

enum yk_status yk_calibrate_svg(const char *path, const struct yk_place_fit *fits, size_t count, struct yk_error *err)
{
    struct yk_panel *panels = calloc(count + 1, sizeof *panels);
    bool ok = panels != NULL;
    for (size_t i = 0; i < count && ok; i++)
        ok = panel(&fits[i], &panels[i]);
    enum yk_status status =
        ok ? yk_picture_write(path, panels, count, err) : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < count && panels; i++)
        free(panels[i].x);
    free(panels);
    return status;
}
