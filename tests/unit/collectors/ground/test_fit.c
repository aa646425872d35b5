/* The map that fits some pairs: exact ones, trembling ones, and ones that do not determine any.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Truth: a camera worked out by projection (pinhole.h), and a second solver here, by normal equations and elimination, of
 * which the first shares nothing. */
#include "../geometry/pinhole.h"

#include "ground/fit.h"
#include "ground/spread.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

TestSuite(fit, .init = (void (*)(void))gsl_set_error_handler_off);

static struct yk_error err;
static struct yk_ground_fit fit;

static double noise(double size)
{
    static unsigned long state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return size * (2 * (double)(state >> 11) / 9007199254740992.0 - 1);
}

static void add(struct yk_ground_pairs *pairs, double east, double north, double tremble_px)
{
    struct yk_ground_pair *pair = &pairs->list[pairs->count++];
    *pair = (struct yk_ground_pair){.ground = {east, north}};
    pinhole_see(&mast, east, north, pair->picture);
    pair->picture[0] += noise(tremble_px);
    pair->picture[1] += noise(tremble_px);
}

static void go(const double h[9], const double from[2], double to[2])
{
    double w = h[6] * from[0] + h[7] * from[1] + h[8];
    to[0] = (h[0] * from[0] + h[1] * from[1] + h[2]) / w;
    to[1] = (h[3] * from[0] + h[4] * from[1] + h[5]) / w;
}

/* Elsewhere than where the pairs are, too. */
static void expect_the_camera(double tolerance_m)
{
    for (double east = -12; east <= 12; east += 3)
        for (double north = 6; north <= 60; north += 6) {
            double pixel[2], ground[2];
            pinhole_see(&mast, east, north, pixel);
            go(fit.homography, pixel, ground);
            cr_expect_float_eq(ground[0], east, tolerance_m, "%g %g: %g", east, north, ground[0]);
            cr_expect_float_eq(ground[1], north, tolerance_m, "%g %g: %g", east, north, ground[1]);
        }
}

Test(fit, four_exact_pairs)
{
    struct yk_ground_pairs pairs = {0};
    add(&pairs, -6, 10, 0), add(&pairs, 7, 11, 0), add(&pairs, 9, 38, 0), add(&pairs, -8, 35, 0);
    cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s", err.message);
    expect_the_camera(1e-9);
    cr_expect_not(fit.refined);
    cr_expect_lt(fit.rms_m, 1e-10);
    cr_expect_lt(fit.rms_px, 1e-9);
}

Test(fit, many_exact_pairs)
{
    struct yk_ground_pairs pairs = {0};
    for (int i = 0; i < YK_GROUND_PAIRS_MAX; i++)
        add(&pairs, noise(10), 30 + noise(22), 0);
    cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s", err.message);
    expect_the_camera(1e-9);
    cr_expect(fit.refined);
    cr_expect_lt(fit.rms_px, 1e-9);
    for (size_t i = 0; i < pairs.count; i++)
        cr_expect_not(yk_ground_outlying(&fit, i), "rounding is no mistake");
}

/* A street in a national grid, and one whose axes are turned and mirrored: any two axes do. */
Test(fit, other_axes)
{
    struct yk_ground_pairs pairs = {0};
    add(&pairs, -6, 10, 0), add(&pairs, 7, 11, 0), add(&pairs, 9, 38, 0), add(&pairs, -8, 35, 0), add(&pairs, 1, 20, 0);
    for (size_t i = 0; i < pairs.count; i++) {
        double east = pairs.list[i].ground[0], north = pairs.list[i].ground[1];
        pairs.list[i].ground[0] = 512345.25 + 0.6 * east - 0.8 * north;
        pairs.list[i].ground[1] = 3951234.5 - 0.8 * east - 0.6 * north;
    }
    cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s", err.message);
    cr_expect_lt(fit.rms_m, 1e-6);
    double pixel[2], ground[2];
    pinhole_see(&mast, 3, 30, pixel);
    go(fit.homography, pixel, ground);
    cr_expect_float_eq(ground[0], 512345.25 + 1.8 - 24, 1e-6);
    cr_expect_float_eq(ground[1], 3951234.5 - 2.4 - 18, 1e-6);
}

/* w is 1 in the middle of the clicks and above 0 at each, though the picture's corner is in the sky. */
Test(fit, the_scale_of_the_nine_numbers)
{
    struct yk_ground_pairs pairs = {0};
    double mean[2] = {0};
    add(&pairs, -6, 10, 0), add(&pairs, 7, 11, 0), add(&pairs, 9, 38, 0), add(&pairs, -8, 35, 0);
    for (size_t i = 0; i < 4; i++)
        for (int k = 0; k < 2; k++)
            mean[k] += pairs.list[i].picture[k] / 4;
    cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK);
    cr_expect_float_eq(fit.homography[6] * mean[0] + fit.homography[7] * mean[1] + fit.homography[8], 1, 1e-12);
    for (size_t i = 0; i < 4; i++)
        cr_expect_gt(fit.homography[6] * pairs.list[i].picture[0] + fit.homography[7] * pairs.list[i].picture[1] +
                         fit.homography[8],
                     0);
}

/* --- the second solver --- */

/* Ground to picture with the last entry 1: x = a X + b Y + c - g X x - h Y x, and so for y; normal equations. */
static void normal_equations(const struct yk_ground_pairs *pairs, double g[9])
{
    double a[8][9] = {{0}};
    for (size_t i = 0; i < 2 * pairs->count; i++) {
        const struct yk_ground_pair *p = &pairs->list[i / 2];
        double X = p->ground[0], Y = p->ground[1], u = p->picture[i % 2] / 1000, row[9] = {0};
        double *own = row + 3 * (i % 2);
        own[0] = X, own[1] = Y, own[2] = 1, row[6] = -X * u, row[7] = -Y * u, row[8] = u;
        for (int r = 0; r < 8; r++)
            for (int c = 0; c < 9; c++)
                a[r][c] += row[r] * row[c];
    }
    for (int c = 0; c < 8; c++) {
        int best = c;
        for (int r = c; r < 8; r++)
            best = fabs(a[r][c]) > fabs(a[best][c]) ? r : best;
        for (int k = 0; k < 9; k++) {
            double swap = a[c][k];
            a[c][k] = a[best][k];
            a[best][k] = swap;
        }
        for (int r = 0; r < 8; r++) {
            double factor = r == c ? 0 : a[r][c] / a[c][c];
            for (int k = 0; k < 9; k++)
                a[r][k] -= factor * a[c][k];
        }
    }
    for (int i = 0; i < 8; i++)
        g[i] = a[i][8] / a[i][i] * (i < 6 ? 1000 : 1);
    g[8] = 1;
}

static double picture_rms(const struct yk_ground_pairs *pairs, const double g[9])
{
    double sum = 0, to[2];
    for (size_t i = 0; i < pairs->count; i++) {
        go(g, pairs->list[i].ground, to);
        sum += pow(to[0] - pairs->list[i].picture[0], 2) + pow(to[1] - pairs->list[i].picture[1], 2);
    }
    return sqrt(sum / (double)pairs->count);
}

Test(fit, agrees_with_normal_equations_on_exact_pairs)
{
    struct yk_ground_pairs pairs = {0};
    double g[9], there[2], back[2];
    for (int i = 0; i < 12; i++)
        add(&pairs, noise(8), 25 + noise(15), 0);
    normal_equations(&pairs, g);
    cr_assert_lt(picture_rms(&pairs, g), 1e-4); /* squaring costs it half the digits */
    cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s", err.message);
    for (double east = -8; east <= 8; east += 4) {
        go(g, (double[2]){east, 25}, there);
        go(fit.homography, there, back);
        cr_expect_float_eq(back[0], east, 1e-4);
        cr_expect_float_eq(back[1], 25, 1e-4);
    }
}

/* Trembling hands: never worse than the linear solution, and than the other solver's; no small step in any direction is
 * better; the residuals told are those of the matrix told. */
Test(fit, trembling_pairs)
{
    int better = 0;
    for (int run = 0; run < 200; run++) {
        struct yk_ground_pairs pairs = {0};
        double g[9], back[9], sum = 0, to[2];
        size_t count = 5 + (size_t)(run % 20);
        for (size_t i = 0; i < count; i++)
            add(&pairs, noise(10), 25 + noise(15), 4);
        cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s", err.message);
        cr_expect_leq(fit.rms_px, fit.linear_rms_px * (1 + 1e-9));
        better += fit.rms_px < fit.linear_rms_px * (1 - 1e-6);
        normal_equations(&pairs, g);
        cr_expect_leq(fit.rms_px, picture_rms(&pairs, g) * (1 + 1e-9));

        /* The inverse of what was told, by solving for where each unit vector comes from. */
        const double *h = fit.homography;
        for (int c = 0; c < 3; c++)
            for (int r = 0; r < 3; r++) {
                int r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
                back[3 * c + r] = h[3 * r1 + c1] * h[3 * r2 + c2] - h[3 * r1 + c2] * h[3 * r2 + c1];
            }
        cr_expect_float_eq(picture_rms(&pairs, back), fit.rms_px, 1e-6);
        double best = picture_rms(&pairs, back);
        for (int k = 0; k < 9; k++)
            for (int sign = -1; sign <= 1; sign += 2) {
                double moved[9];
                memcpy(moved, back, sizeof moved);
                moved[k] *= 1 + sign * 1e-5;
                cr_expect_geq(picture_rms(&pairs, moved), best * (1 - 1e-9), "run %d: entry %d", run, k);
            }
        for (size_t i = 0; i < count; i++) {
            go(h, pairs.list[i].picture, to);
            double dx = to[0] - pairs.list[i].ground[0], dy = to[1] - pairs.list[i].ground[1];
            cr_expect_float_eq(fit.residuals[i].ground[0], dx, 1e-9);
            cr_expect_float_eq(fit.residuals[i].ground[1], dy, 1e-9);
            sum += dx * dx + dy * dy;
        }
        cr_expect_float_eq(fit.rms_m, sqrt(sum / (double)count), 1e-9);
    }
    cr_expect_gt(better, 150, "refining is to be seen: %d", better);
}

/* One click on the wrong mark, 40 pixels off. */
Test(fit, an_outlying_pair)
{
    struct yk_ground_pairs pairs = {0};
    for (int i = 0; i < 16; i++)
        add(&pairs, -9 + 6 * (i % 4), 10 + 8 * (i / 4), 0.5);
    pairs.list[6].picture[0] += 40;
    cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s", err.message);
    cr_expect(yk_ground_outlying(&fit, 6));
    size_t largest = 0;
    for (size_t i = 0; i < pairs.count; i++)
        largest = fit.residuals[i].picture_px > fit.residuals[largest].picture_px ? i : largest;
    cr_expect_eq(largest, 6);
}

/* --- what determines nothing --- */

static void refused(const struct yk_ground_pairs *pairs, const char *says)
{
    memset(&err, 0, sizeof err);
    cr_expect_eq(yk_ground_fit(pairs, &fit, &err), YK_ERR_INPUT);
    cr_expect(strstr(err.message, says), "'%s' lacks '%s'", err.message, says);
}

Test(fit, too_few)
{
    struct yk_ground_pairs pairs = {0};
    refused(&pairs, "0 pairs");
    add(&pairs, -6, 10, 0);
    refused(&pairs, "1 pair;");
    add(&pairs, 7, 11, 0), add(&pairs, 9, 38, 0);
    refused(&pairs, "3 pairs");
}

Test(fit, the_same_place_twice)
{
    struct yk_ground_pairs pairs = {0};
    add(&pairs, -6, 10, 0), add(&pairs, 7, 11, 0), add(&pairs, 9, 38, 0), add(&pairs, -8, 35, 0), add(&pairs, 7, 11, 0);
    refused(&pairs, "pairs 2 and 5 are the same place in the picture");
    pairs.list[4].picture[0] += 30;
    refused(&pairs, "pairs 2 and 5 are the same place on the ground");
    for (size_t i = 1; i < 5; i++)
        pairs.list[i] = pairs.list[0];
    refused(&pairs, "pairs 1 and 2 are the same");
}

Test(fit, three_of_four_on_a_line)
{
    struct yk_ground_pairs pairs = {0};
    add(&pairs, -6, 10, 0), add(&pairs, 9, 38, 0), add(&pairs, 0, 16, 0), add(&pairs, 6, 22, 0);
    refused(&pairs, "pairs 1, 3 and 4 lie on one line in the picture"); /* (-6,10) + 6t (1,1) */
    add(&pairs, -8, 35, 0);
    cr_expect_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s: a fifth off the line mends it", err.message);
    pairs.count = 4;
    pairs.list[2].picture[0] += 100; /* only the ground has them on a line now */
    refused(&pairs, "pairs 1, 3 and 4 lie on one line on the ground");
    pairs.list[2].ground[0] += 0.004; /* 4 mm beside it, of 31 m */
    refused(&pairs, "on the ground");
}

Test(fit, all_but_one_on_a_line)
{
    struct yk_ground_pairs pairs = {0};
    for (int i = 0; i < 9; i++)
        add(&pairs, 3, 10 + 3 * i, 0);
    refused(&pairs, "all 9 pairs lie on one line");
    add(&pairs, -4, 20, 0);
    refused(&pairs, "all pairs but number 10 lie on one line");
    add(&pairs, -4, 21, 0);
    cr_assert_eq(yk_ground_fit(&pairs, &fit, &err), YK_OK, "%s", err.message);
    expect_the_camera(1e-7);
}

/* The corners in a wrong order: a map there is, but it turns a part of the street inside out. */
Test(fit, swapped_pairs)
{
    struct yk_ground_pairs pairs = {0};
    add(&pairs, -6, 10, 0), add(&pairs, 7, 11, 0), add(&pairs, 9, 38, 0), add(&pairs, -8, 35, 0);
    double swap[2] = {pairs.list[0].ground[0], pairs.list[0].ground[1]};
    memcpy(pairs.list[0].ground, pairs.list[1].ground, sizeof swap);
    memcpy(pairs.list[1].ground, swap, sizeof swap);
    refused(&pairs, "swapped");
}
