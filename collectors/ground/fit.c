/* The map of the ground that fits some pairs best. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Method: Hartley and Zisserman, Multiple View Geometry, 2nd ed. The map that is sought leads the ground to the picture,
 * since that is the way the errors go: a place on the ground is measured, its picture is clicked at, and the hand is off
 * by some pixels, wherever in the picture. What is given out is its inverse.
 *
 *   normalise   both sets to mean 0 and mean distance sqrt 2 (4.4.4): without it the equations mix 1 and 10^6
 *   linear      x = G X gives two equations a pair, A g = 0; g is the right singular vector of the smallest singular value
 *               (algorithm 4.2, the normalised DLT). Exact for four pairs, and a good beginning for more
 *   refine      for more than four: Levenberg and Marquardt on the distances in the picture (4.2.2, error in one image),
 *               over eight entries, the largest one held. The normalising keeps angles, so it changes no optimum
 *
 * The common sign of the nine numbers is free; it is chosen so that w > 0 where the pairs are (geometry/homography.h). If
 * no sign does that for all, the horizon passes between them, which no camera shows: two of them are swapped.
 *
 * Bounds: up to YK_GROUND_PAIRS_MAX pairs, a matrix of 400 by 9. Four exact pairs of a picture of 2000 pixels come back to
 * some 1e-12 of the extent. */
#include "ground/fit.h"

#include "base/matrix3.h"
#include "ground/spread.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FREE        8
#define STEPS_MAX   200
#define TOLERANCE   1e-14
#define UNDECIDED   1e-9 /* second smallest singular value, of the largest */
#define OUTLYING    3
#define OUTLYING_PX 0.01

/* A place p becomes scale (p - mean). */
struct frame {
    double mean[2], scale;
};

struct problem {
    size_t count, held;
    double held_value;
    struct yk_ground_pair list[YK_GROUND_PAIRS_MAX]; /* normalised */
};

static struct frame frame_of(const struct yk_ground_pairs *pairs, bool ground)
{
    struct frame f = {.scale = 0};
    double n = (double)pairs->count;
    for (size_t i = 0; i < pairs->count; i++)
        for (int k = 0; k < 2; k++)
            f.mean[k] += (ground ? pairs->list[i].ground : pairs->list[i].picture)[k] / n;
    for (size_t i = 0; i < pairs->count; i++) {
        const double *at = ground ? pairs->list[i].ground : pairs->list[i].picture;
        f.scale += hypot(at[0] - f.mean[0], at[1] - f.mean[1]) / n;
    }
    f.scale = sqrt(2) / f.scale;
    return f;
}

/* The map of a plane: to[] of from[], and the weight. */
static double map(const double m[static 9], const double from[static 2], double to[static 2])
{
    double w = m[6] * from[0] + m[7] * from[1] + m[8];
    to[0] = (m[0] * from[0] + m[1] * from[1] + m[2]) / w;
    to[1] = (m[3] * from[0] + m[4] * from[1] + m[5]) / w;
    return w;
}

static enum yk_status solve(const struct problem *p, double g[static 9], struct yk_error *err)
{
    size_t rows = 2 * p->count < 9 ? 9 : 2 * p->count; /* GSL wants no fewer rows than columns */
    gsl_matrix *a = gsl_matrix_calloc(rows, 9), *v = gsl_matrix_alloc(9, 9);
    gsl_vector *s = gsl_vector_alloc(9), *work = gsl_vector_alloc(9);
    enum yk_status status = YK_OK;
    if (!a || !v || !s || !work) {
        status = yk_error_set(err, YK_ERR_MEMORY, "no memory for %zu pairs", p->count);
        goto out;
    }
    for (size_t i = 0; i < p->count; i++) {
        const double at[3] = {p->list[i].ground[0], p->list[i].ground[1], 1};
        for (size_t k = 0; k < 2; k++)
            for (size_t c = 0; c < 3; c++) {
                gsl_matrix_set(a, 2 * i + k, 3 * k + c, -at[c]);
                gsl_matrix_set(a, 2 * i + k, 6 + c, p->list[i].picture[k] * at[c]);
            }
    }
    if (gsl_linalg_SV_decomp(a, v, s, work) != GSL_SUCCESS)
        status = yk_error_set(err, YK_ERR_INTERNAL, "the singular values of the pairs could not be found");
    else if (!(gsl_vector_get(s, 7) > UNDECIDED * gsl_vector_get(s, 0)))
        status = yk_error_set(err, YK_ERR_INPUT, "the pairs fit more than one map; spread them wider");
    for (size_t i = 0; status == YK_OK && i < 9; i++)
        g[i] = gsl_matrix_get(v, i, 8);
out:
    gsl_matrix_free(a);
    gsl_matrix_free(v);
    gsl_vector_free(s);
    gsl_vector_free(work);
    return status;
}

/* --- refining --- */

/* Eight free entries and the one that is held. */
static void entries_of(const struct problem *p, const gsl_vector *x, double g[static 9])
{
    for (size_t i = 0; i < 9; i++)
        g[i] = i == p->held ? p->held_value : gsl_vector_get(x, i - (i > p->held));
}

static int distances(const gsl_vector *x, void *context, gsl_vector *f)
{
    const struct problem *p = (const struct problem *)context;
    double g[9], to[2];
    entries_of(p, x, g);
    for (size_t i = 0; i < p->count; i++) {
        map(g, p->list[i].ground, to);
        for (size_t k = 0; k < 2; k++)
            gsl_vector_set(f, 2 * i + k, to[k] - p->list[i].picture[k]);
    }
    return GSL_SUCCESS;
}

/* With u = (g . X)/w: du/dg = X/w for the row of u, and -u X/w for the row of w. */
static int derivatives(const gsl_vector *x, void *context, gsl_matrix *j)
{
    const struct problem *p = (const struct problem *)context;
    double g[9], to[2];
    entries_of(p, x, g);
    gsl_matrix_set_zero(j);
    for (size_t i = 0; i < p->count; i++) {
        const double at[3] = {p->list[i].ground[0], p->list[i].ground[1], 1};
        double w = map(g, p->list[i].ground, to);
        for (size_t k = 0; k < 2; k++)
            for (size_t c = 0; c < 3; c++) {
                size_t own = 3 * k + c, weight = 6 + c;
                if (own != p->held)
                    gsl_matrix_set(j, 2 * i + k, own - (own > p->held), at[c] / w);
                if (weight != p->held)
                    gsl_matrix_set(j, 2 * i + k, weight - (weight > p->held), -to[k] * at[c] / w);
            }
    }
    return GSL_SUCCESS;
}

static double sum_of_squares(const struct problem *p, const double g[static 9])
{
    double sum = 0, to[2];
    for (size_t i = 0; i < p->count; i++) {
        map(g, p->list[i].ground, to);
        sum += pow(to[0] - p->list[i].picture[0], 2) + pow(to[1] - p->list[i].picture[1], 2);
    }
    return sum;
}

/* Keeps g where nothing better is found. */
static enum yk_status refine(struct problem *p, double g[static 9], struct yk_error *err)
{
    gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_fdf fdf = {.f = distances, .df = derivatives, .n = 2 * p->count, .p = FREE, .params = p};
    double better[9];
    int info;
    p->held = 0;
    for (size_t i = 1; i < 9; i++)
        if (fabs(g[i]) > fabs(g[p->held]))
            p->held = i;
    p->held_value = g[p->held];
    gsl_vector *x = gsl_vector_alloc(FREE);
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &parameters, fdf.n, FREE);
    enum yk_status status = YK_OK;
    if (!x || !work) {
        status = yk_error_set(err, YK_ERR_MEMORY, "no memory for %zu pairs", p->count);
        goto out;
    }
    for (size_t i = 0; i < FREE; i++)
        gsl_vector_set(x, i, g[i + (i >= p->held)]);
    /* No progress is no failure: exact pairs leave nothing to gain. */
    if (gsl_multifit_nlinear_init(x, &fdf, work) == GSL_SUCCESS)
        gsl_multifit_nlinear_driver(STEPS_MAX, TOLERANCE, TOLERANCE, 0, NULL, NULL, &info, work);
    entries_of(p, gsl_multifit_nlinear_position(work), better);
    if (sum_of_squares(p, better) < sum_of_squares(p, g))
        memcpy(g, better, sizeof better);
out:
    gsl_vector_free(x);
    if (work)
        gsl_multifit_nlinear_free(work);
    return status;
}

/* --- the result --- */

/* The inverse of P^-1 G Q, P and Q being the frames of picture and ground: Q^-1 adj(G) P. */
static void undo(const double g[static 9], const struct frame *picture, const struct frame *ground, double h[static 9])
{
    double back[9], wide[9];
    yk_matrix3_adjugate(g, back);
    for (int r = 0; r < 3; r++) {
        const double *row = &back[3 * r];
        wide[3 * r] = row[0] * picture->scale;
        wide[3 * r + 1] = row[1] * picture->scale;
        wide[3 * r + 2] = row[2] - picture->scale * (row[0] * picture->mean[0] + row[1] * picture->mean[1]);
    }
    for (int c = 0; c < 3; c++) {
        h[c] = wide[c] / ground->scale + ground->mean[0] * wide[6 + c];
        h[3 + c] = wide[3 + c] / ground->scale + ground->mean[1] * wide[6 + c];
        h[6 + c] = wide[6 + c];
    }
}

/* w = 1 at the mean place in the picture; all pairs have to lie on its side of the horizon. */
static enum yk_status face(const struct yk_ground_pairs *pairs, const double mean[static 2], double h[static 9],
                           struct yk_error *err)
{
    double to[2], w = map(h, mean, to);
    if (yk_matrix3_singular(h) || !isfinite(1 / w))
        return yk_error_set(err, YK_ERR_INPUT, "the pairs fit no map of a plane; are two of them swapped?");
    for (int i = 0; i < 9; i++)
        h[i] /= w;
    for (size_t i = 0; i < pairs->count; i++)
        if (!(map(h, pairs->list[i].picture, to) > 0))
            return yk_error_set(err, YK_ERR_INPUT,
                                "the horizon would pass between pair %zu and the others; are two of the pairs swapped?",
                                i + 1);
    return YK_OK;
}

static int by_size(const void *a, const void *b)
{
    const double *x = (const double *)a, *y = (const double *)b;
    return (*x > *y) - (*x < *y);
}

static void tell_residuals(const struct yk_ground_pairs *pairs, struct yk_ground_fit *out)
{
    double back[9], to[2], sizes[YK_GROUND_PAIRS_MAX], px = 0, m = 0;
    size_t n = pairs->count;
    yk_matrix3_adjugate(out->homography, back);
    for (size_t i = 0; i < n; i++) {
        const struct yk_ground_pair *pair = &pairs->list[i];
        struct yk_ground_residual *r = &out->residuals[i];
        map(back, pair->ground, to);
        r->picture_px = sizes[i] = hypot(to[0] - pair->picture[0], to[1] - pair->picture[1]);
        map(out->homography, pair->picture, to);
        r->ground[0] = to[0] - pair->ground[0];
        r->ground[1] = to[1] - pair->ground[1];
        r->ground_m = hypot(r->ground[0], r->ground[1]);
        px += r->picture_px * r->picture_px;
        m += r->ground_m * r->ground_m;
    }
    out->rms_px = sqrt(px / (double)n);
    out->rms_m = sqrt(m / (double)n);
    qsort(sizes, n, sizeof sizes[0], by_size);
    out->median_px = (sizes[(n - 1) / 2] + sizes[n / 2]) / 2;
}

bool yk_ground_outlying(const struct yk_ground_fit *fit, size_t i)
{
    double px = fit->residuals[i].picture_px;
    return fit->refined && px >= OUTLYING_PX && px >= OUTLYING * fit->median_px;
}

enum yk_status yk_ground_fit(const struct yk_ground_pairs *pairs, struct yk_ground_fit *out, struct yk_error *err)
{
    struct problem problem = {.count = pairs->count};
    double g[9] = {0};
    enum yk_status status = yk_ground_spread(pairs, err);
    if (status != YK_OK)
        return status;
    struct frame picture = frame_of(pairs, false), ground = frame_of(pairs, true);
    for (size_t i = 0; i < pairs->count; i++)
        for (int k = 0; k < 2; k++) {
            problem.list[i].picture[k] = picture.scale * (pairs->list[i].picture[k] - picture.mean[k]);
            problem.list[i].ground[k] = ground.scale * (pairs->list[i].ground[k] - ground.mean[k]);
        }
    status = solve(&problem, g, err);
    if (status != YK_OK)
        return status;
    *out = (struct yk_ground_fit){.refined = pairs->count > 4};
    out->linear_rms_px = sqrt(sum_of_squares(&problem, g) / (double)pairs->count) / picture.scale;
    if (out->refined)
        status = refine(&problem, g, err);
    if (status == YK_OK) {
        undo(g, &picture, &ground, out->homography);
        status = face(pairs, picture.mean, out->homography, err);
    }
    if (status == YK_OK)
        tell_residuals(pairs, out);
    return status;
}
