/* Points and paths in polygons, by hand and on recordings. SPDX-License-Identifier: GPL-3.0-or-later */
#include "geometry/zone.h"

#include "data.h"
#include "scene.h"

#include <criterion/criterion.h>

static const struct yk_polygon square = {4, {{0, 0}, {10, 0}, {10, 10}, {0, 10}}};
static const struct yk_polygon diamond = {4, {{0, -2}, {2, 0}, {0, 2}, {-2, 0}}};
/* Open at the top: two arms, x 0..2 and 8..10, over a foot y 0..2. */
static const struct yk_polygon u_shape = {8, {{0, 0}, {10, 0}, {10, 10}, {8, 10}, {8, 2}, {2, 2}, {2, 10}, {0, 10}}};

static size_t path(const struct yk_polygon *zone, double px, double py, double qx, double qy,
                   struct yk_zone_span spans[YK_ZONE_SPANS_MAX])
{
    return yk_zone_path(zone, (double[]){px, py}, (double[]){qx, qy}, spans);
}

/* By hand: the u is 10 by 10 less 6 by 8; a square 4,000 km away. */
Test(zone, area)
{
    static const struct yk_polygon far_off = {4, {{5e5, 4e6}, {5e5, 4e6 + 3}, {5e5 + 2, 4e6 + 3}, {5e5 + 2, 4e6}}};
    cr_expect_eq(yk_zone_area(&square), 100);
    cr_expect_eq(yk_zone_area(&diamond), 8);
    cr_expect_eq(yk_zone_area(&u_shape), 52);
    cr_expect_eq(yk_zone_area(&far_off), 6);
}

Test(zone, points)
{
    cr_assert(yk_zone_contains(&square, 5, 5));
    cr_assert_not(yk_zone_contains(&square, -5, 5));
    cr_assert_not(yk_zone_contains(&square, 15, 5));
    cr_assert_not(yk_zone_contains(&square, 5, -1));
    cr_assert_not(yk_zone_contains(&u_shape, 5, 5));
    cr_assert(yk_zone_contains(&u_shape, 1, 5));
    cr_assert(yk_zone_contains(&u_shape, 9, 5));
}

/* A ray to the right from (-1, 0) and (-3, 0) meets vertices of the diamond; the point count must not be fooled. */
Test(zone, rays_through_vertices)
{
    cr_assert(yk_zone_contains(&diamond, -1, 0));
    cr_assert(yk_zone_contains(&diamond, 1, 0));
    cr_assert_not(yk_zone_contains(&diamond, -3, 0));
    cr_assert_not(yk_zone_contains(&diamond, 3, 0));
    cr_assert_not(yk_zone_contains(&diamond, -1, 2));  /* level with the upper tip */
    cr_assert_not(yk_zone_contains(&diamond, -1, -2)); /* level with the lower tip */
    cr_assert_not(yk_zone_contains(&u_shape, -1, 2));  /* level with the inner floor */
    cr_assert_not(yk_zone_contains(&u_shape, -1, 10)); /* level with the top edges */
}

/* Every point of a shared edge, and the corner where four squares meet, lies in exactly one of the neighbours. */
Test(zone, neighbours_share_no_point)
{
    struct yk_polygon tiles[4];
    for (int t = 0; t < 4; t++) {
        double x = t % 2 * 10 - 10, y = t / 2 * 10 - 10;
        tiles[t] = (struct yk_polygon){4, {{x, y}, {x + 10, y}, {x + 10, y + 10}, {x, y + 10}}};
    }
    const double points[][2] = {{0, 0}, {0, 5}, {0, -5}, {5, 0}, {-5, 0}, {0, 0.1}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        int in = 0;
        for (int t = 0; t < 4; t++)
            in += yk_zone_contains(&tiles[t], points[i][0], points[i][1]);
        cr_assert_eq(in, 1, "(%g, %g) is in %d", points[i][0], points[i][1], in);
    }
}

Test(zone, direction_of_the_points_does_not_matter)
{
    struct yk_polygon reversed = {.count = u_shape.count};
    for (size_t i = 0; i < u_shape.count; i++)
        memcpy(reversed.points[i], u_shape.points[u_shape.count - 1 - i], sizeof reversed.points[i]);
    for (double x = -1; x <= 11; x += 0.5)
        for (double y = -1; y <= 11; y += 0.5)
            cr_assert_eq(yk_zone_contains(&u_shape, x, y), yk_zone_contains(&reversed, x, y), "(%g, %g)", x, y);
}

Test(zone, paths)
{
    struct yk_zone_span s[YK_ZONE_SPANS_MAX];
    cr_assert_eq(path(&square, 2, 2, 8, 8, s), 1); /* wholly inside */
    cr_assert(s[0].from == 0 && s[0].to == 1);
    cr_assert_eq(path(&square, -10, 5, 30, 5, s), 1); /* through: 10..20 of 40 */
    cr_assert_float_eq(s[0].from, 0.25, 1e-12);
    cr_assert_float_eq(s[0].to, 0.5, 1e-12);
    cr_assert_eq(path(&square, 5, 5, 15, 5, s), 1); /* out */
    cr_assert(s[0].from == 0);
    cr_assert_float_eq(s[0].to, 0.5, 1e-12);
    cr_assert_eq(path(&square, -5, 5, 5, 5, s), 1); /* in */
    cr_assert_float_eq(s[0].from, 0.5, 1e-12);
    cr_assert(s[0].to == 1);
    cr_assert_eq(path(&square, -5, 20, 15, 20, s), 0); /* past it */
    cr_assert_eq(path(&u_shape, 0, 5, 10, 5, s), 2);   /* both arms: 0..2 and 8..10 */
    cr_assert(s[0].from == 0 && s[1].to == 1);
    cr_assert_float_eq(s[0].to, 0.2, 1e-12);
    cr_assert_float_eq(s[1].from, 0.8, 1e-12);
}

Test(zone, paths_through_vertices_are_one_piece)
{
    struct yk_zone_span s[YK_ZONE_SPANS_MAX];
    cr_assert_eq(path(&diamond, -4, 0, 4, 0, s), 1); /* through two corners: -2..2 of 8 */
    cr_assert_float_eq(s[0].from, 0.25, 1e-12);
    cr_assert_float_eq(s[0].to, 0.75, 1e-12);
    cr_assert_eq(path(&square, -10, -10, 20, 20, s), 1);
    cr_assert_float_eq(s[0].from, 1.0 / 3, 1e-12);
    cr_assert_float_eq(s[0].to, 2.0 / 3, 1e-12);
    cr_assert_eq(path(&diamond, -2, 2, 2, 2, s), 0); /* touches the tip */
    /* Along the inner floor of the U and on: one of its sides is inside, the answer is one piece or none, never crumbs.
     */
    cr_assert_leq(path(&u_shape, 2.5, 2, 7.5, 2, s), 1);
}

/* Past the inner corner of the U from its foot into its right arm: rounding puts the path a hair to one side or the
 * other of the corner, and the walk must stay one piece. */
Test(zone, grazing_an_inner_corner_does_not_tear)
{
    for (int i = 0; i < 2000; i++) {
        double scale = 1 + i * 0.000731, reach = 0.3 + i * 0.000317;
        struct yk_polygon scaled = u_shape;
        for (size_t k = 0; k < scaled.count; k++) {
            scaled.points[k][0] *= scale;
            scaled.points[k][1] *= scale;
        }
        const double *corner = scaled.points[4]; /* (8, 2) */
        struct yk_zone_span s[YK_ZONE_SPANS_MAX];
        size_t n = path(&scaled, corner[0] - 1.7 * reach, corner[1] - 0.9 * reach, corner[0] + 1.7 * reach,
                        corner[1] + 0.9 * reach, s);
        cr_assert_eq(n, 1, "scale %g: %zu pieces", scale, n);
        cr_assert(s[0].from == 0 && s[0].to == 1);
    }
}

/* A sample on a slanted edge, but for rounding: the step up to it is inside to its very end. */
Test(zone, step_onto_a_slanted_edge_reaches_its_end)
{
    for (int i = 1; i < 2000; i++) {
        double t = i / 2000.0;
        struct yk_zone_span s[YK_ZONE_SPANS_MAX];
        cr_assert_eq(path(&diamond, 0.1, 0.2, 2 - 2 * t, 2 * t, s), 1);
        cr_assert(s[0].from == 0 && s[0].to == 1, "t %g: %.17g to %.17g", t, s[0].from, s[0].to);
    }
}

Test(zone, steps_without_length)
{
    struct yk_zone_span s[YK_ZONE_SPANS_MAX];
    cr_assert_eq(path(&square, 5, 5, 5, 5, s), 1);
    cr_assert(s[0].from == 0 && s[0].to == 1);
    cr_assert_eq(path(&square, 15, 5, 15, 5, s), 0);
}

/* A comb of 16 teeth (64 points) cut across: as many pieces as teeth, each half a pitch wide. */
Test(zone, comb)
{
    struct yk_polygon comb = {.count = 64};
    for (int i = 0; i < 16; i++) { /* up, right, down, right */
        comb.points[4 * i][0] = comb.points[4 * i + 1][0] = 2 * i;
        comb.points[4 * i + 2][0] = comb.points[4 * i + 3][0] = 2 * i + 1;
        comb.points[4 * i + 1][1] = comb.points[4 * i + 2][1] = 10;
    }
    comb.points[0][1] = comb.points[63][1] = -1;
    struct yk_zone_span s[YK_ZONE_SPANS_MAX];
    cr_assert_eq(path(&comb, -0.5, 5, 31.5, 5, s), 16); /* 32 long */
    for (int i = 0; i < 16; i++) {
        cr_assert_float_eq(s[i].from, (2 * i + 0.5) / 32, 1e-12);
        cr_assert_float_eq(s[i].to, (2 * i + 1.5) / 32, 1e-12);
    }
}

static void check_scene(const char *data, const char *tracks, const char *reference)
{
    struct scene scene;
    char name[512], text[256];
    scene_open(&scene, data, tracks, reference);
    snprintf(name, sizeof name, "%s/camera/reference/%s/dwell.csv", data, reference);
    FILE *file = fopen(name, "r");
    cr_assert_not_null(file, "%s", name);
    cr_assert_not_null(fgets(text, sizeof text, file));

    for (size_t i = 0;
         i < scene.count;) { /* a track a turn; the reference is in order of track, tracks never inside left out */
        long track = scene.samples[i].track, samples_inside = 0, expected_track, expected_samples;
        double inside_s = 0, hold_s, expected_s;
        struct yk_zone_span s[YK_ZONE_SPANS_MAX];
        for (size_t first = i; i < scene.count && scene.samples[i].track == track; i++) {
            const struct scene_sample *a = &scene.samples[i > first ? i - 1 : i], *b = &scene.samples[i];
            samples_inside += yk_zone_contains(&scene.zone, b->x, b->y);
            size_t n = i > first ? path(&scene.zone, a->x, a->y, b->x, b->y, s) : 0;
            for (size_t k = 0; k < n; k++)
                inside_s += (s[k].to - s[k].from) * (double)(b->frame - a->frame) / scene.fps;
        }
        if (samples_inside == 0 && inside_s == 0)
            continue;
        cr_assert_not_null(fgets(text, sizeof text, file), "%s: track %ld is not in the reference", reference, track);
        cr_assert_eq(sscanf(text, "%ld,%ld,%lf,%lf", &expected_track, &expected_samples, &hold_s, &expected_s), 4);
        cr_assert_eq(track, expected_track, "%s: track %ld, reference %ld", reference, track, expected_track);
        cr_assert_eq(samples_inside, expected_samples, "%s: track %ld", reference, track);
        cr_assert_float_eq(inside_s, expected_s, 2e-6, "%s: track %ld: %f s, reference %f s", reference, track,
                           inside_s, expected_s);
    }
    cr_assert_null(fgets(text, sizeof text, file), "%s: the reference has more tracks", reference);
    fclose(file);
    scene_close(&scene);
}

Test(zone, recorded_scenes)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "seq_eth_obsmat.txt", "seq_eth");
    check_scene(data, "students03_obsmat.txt", "students03");
    check_scene(data, "zara01_obsmat.txt", "zara01");
    check_scene(data, "edinburgh_01Jul.txt", "edinburgh_01Jul");
}
