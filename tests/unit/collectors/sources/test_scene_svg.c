/* The picture of a scene. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/scene_svg.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct yk_line line = {.a = {5, 0}, .b = {5, 10}, .length = 10};
static const struct yk_polygon zone = {3, {{0, 0}, {4, 0}, {4, 4}}};

static char *draw(struct yk_scene_svg *svg, const struct yk_line *l, const struct yk_polygon *z, bool y_up,
                  double scale)
{
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    cr_assert_not_null(file);
    yk_scene_svg_write(svg, l, z, y_up, scale, file);
    cr_assert_eq(fclose(file), 0);
    cr_assert(strncmp(text, "<svg ", 5) == 0 && strcmp(text + size - 7, "</svg>\n") == 0);
    cr_assert_null(strstr(text, "nan"));
    cr_assert_null(strstr(text, "inf"));
    yk_scene_svg_free(svg);
    return text;
}

static void step(struct yk_scene_svg *svg, double x0, double y0, double x1, double y1)
{
    const struct yk_dwell_point before = {x0, y0, 0}, now = {x1, y1, 1};
    cr_assert_eq(yk_scene_svg_step(svg, &before, &before, NULL), YK_OK);
    cr_assert_eq(yk_scene_svg_step(svg, &before, &now, NULL), YK_OK);
}

/* Where the text `word` stands. */
static void place(const char *text, const char *word, double *x, double *y)
{
    const char *at = strstr(text, word);
    cr_assert_not_null(at, "%s", word);
    while (strncmp(at, "<text", 5) != 0)
        at--;
    cr_assert_eq(sscanf(at, "<text x=\"%lf\" y=\"%lf\"", x, y), 2);
}

/* (B-A)x(P-A) = -10 (x - 5) > 0 where x < 5: to the left of the line, whichever way y points. */
Test(scene_svg, line_and_its_plus_side)
{
    for (int y_up = 0; y_up < 2; y_up++) {
        struct yk_scene_svg svg = {0};
        step(&svg, 0, 2, 10, 8);
        char *text = draw(&svg, &line, &zone, y_up, 1);
        double ax, ay, bx, by, px, py;
        place(text, ">A<", &ax, &ay);
        place(text, ">B<", &bx, &by);
        place(text, ">plus<", &px, &py);
        cr_assert_float_eq(ax, bx, 0.1);
        cr_assert_lt(px, ax - 30);
        cr_assert(y_up ? by < ay : by > ay);
        cr_assert_not_null(strstr(text, "<polygon"));
        cr_assert_not_null(strstr(text, "line from A to B, zone, in the file's units<"));
        free(text);
    }
}

/* The track runs from lower left to upper right of the picture where y points up, and downwards where it does not. */
Test(scene_svg, tracks_in_order)
{
    for (int y_up = 0; y_up < 2; y_up++) {
        struct yk_scene_svg svg = {0};
        step(&svg, 0, 0, 10, 8);
        char *text = draw(&svg, NULL, NULL, y_up, 0.01);
        const char *path = strstr(text, "stroke-opacity=\"0.4\" d=\"");
        double x0, y0, x1, y1;
        cr_assert_not_null(path);
        cr_assert_eq(sscanf(path, "stroke-opacity=\"0.4\" d=\"M%lf %lfL%lf %lf", &x0, &y0, &x1, &y1), 4);
        cr_assert_lt(x0, x1);
        cr_assert(y_up ? y0 > y1 : y0 < y1);
        cr_assert_float_eq((x1 - x0) / 10, (y_up ? y0 - y1 : y1 - y0) / 8, 0.1); /* one unit is as long both ways */
        cr_assert_null(strstr(text, "<polygon"));
        cr_assert_null(strstr(text, ">plus<"));
        cr_assert_not_null(strstr(text, "units times 0.01<"));
        free(text);
    }
}

Test(scene_svg, nothing_and_one_place)
{
    struct yk_scene_svg svg = {0};
    free(draw(&svg, NULL, NULL, true, 1));
    svg = (struct yk_scene_svg){0};
    const struct yk_dwell_point here = {1e9, -1e9, 0};
    cr_assert_eq(yk_scene_svg_step(&svg, &here, &here, NULL), YK_OK);
    free(draw(&svg, NULL, NULL, false, 1));
    svg = (struct yk_scene_svg){0};
    step(&svg, -1e9, -1e9, 1e9, 1e9);
    free(draw(&svg, &line, &zone, false, 1));
}

Test(scene_svg, steps_beyond_the_limit_are_told)
{
    struct yk_scene_svg svg = {0};
    for (int i = 0; i < YK_SCENE_STEPS_MAX + 5; i++) {
        const struct yk_dwell_point before = {i % 100, 0, 0}, now = {i % 100, 1, 1};
        cr_assert_eq(yk_scene_svg_step(&svg, &before, &now, NULL), YK_OK);
    }
    char *text = draw(&svg, NULL, NULL, true, 1);
    cr_assert_not_null(strstr(text, "5 of 1000005 steps are not drawn"));
    free(text);
}
