/* A picture of a scene, to see whether the line lies right. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tracks as thin lines without numbers, the counting line with an arrow to its plus side, the zone, and axes in the
 * file's units (or those that --scale makes). One unit is as long in x as in y, and everything told is in the picture, line and zone too: a line that
 * lies far off the tracks is what one wants to see.
 *
 *     plus side: the normal n = (-(By-Ay), Bx-Ax), since (B-A) x n > 0; so also where y points down
 *
 * Bounds: YK_SCENE_STEPS_MAX steps of 16 bytes; later ones are left out, and the picture says so. */
#include "sources/scene_svg.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH  900.0 /* of the plot, at most */
#define HEIGHT 640.0
#define LEFT   70.0
#define TOP    40.0
#define RIGHT  20.0
#define BOTTOM 60.0
#define ARROW  40.0
#define TICKS  8

static void include(struct yk_scene_svg *svg, double x, double y)
{
    const double place[2] = {x, y};
    for (int i = 0; i < 2; i++) {
        svg->min[i] = svg->any && svg->min[i] < place[i] ? svg->min[i] : place[i];
        svg->max[i] = svg->any && svg->max[i] > place[i] ? svg->max[i] : place[i];
    }
    svg->any = true;
}

enum yk_status yk_scene_svg_step(void *context, const struct yk_dwell_point *before, const struct yk_dwell_point *now,
                                 struct yk_error *err)
{
    struct yk_scene_svg *svg = (struct yk_scene_svg *)context;
    include(svg, now->x, now->y);
    if (before == now)
        return YK_OK;
    if (svg->count == YK_SCENE_STEPS_MAX) {
        svg->left_out++;
        return YK_OK;
    }
    if (svg->count == svg->capacity) {
        size_t capacity = svg->capacity ? svg->capacity * 2 : 4096;
        struct yk_scene_step *list = (struct yk_scene_step *)realloc(svg->list, capacity * sizeof *list);
        if (!list)
            return yk_error_set(err, YK_ERR_MEMORY, "no memory to draw %zu steps", capacity);
        svg->list = list;
        svg->capacity = capacity;
    }
    svg->list[svg->count++] =
        (struct yk_scene_step){.from = {(float)before->x, (float)before->y}, .to = {(float)now->x, (float)now->y}};
    return YK_OK;
}

void yk_scene_svg_free(struct yk_scene_svg *svg)
{
    free(svg->list);
}

/* From the file's units to the picture's. */
struct frame {
    double min[2], max[2];
    double scale;
    bool y_up;
    FILE *file;
};

static double across(const struct frame *f, double x)
{
    return LEFT + (x - f->min[0]) * f->scale;
}

static double down(const struct frame *f, double y)
{
    return TOP + (f->y_up ? f->max[1] - y : y - f->min[1]) * f->scale;
}

/* 1, 2 or 5 times a power of ten, about TICKS of them in the range. */
static double tick_step(double range)
{
    double rough = range / TICKS, power = pow(10, floor(log10(rough)));
    double steps[] = {1, 2, 5, 10};
    for (int i = 0; i < 3; i++)
        if (rough <= steps[i] * power)
            return steps[i] * power;
    return steps[3] * power;
}

static void draw_axes(const struct frame *f)
{
    double x0 = across(f, f->min[0]), x1 = across(f, f->max[0]), y0 = TOP,
           y1 = TOP + (f->max[1] - f->min[1]) * f->scale;
    fprintf(f->file, "<g stroke=\"#ccc\" stroke-width=\"0.5\" font-size=\"12\" fill=\"#333\">\n");
    for (int axis = 0; axis < 2; axis++) {
        double step = tick_step(fmax(f->max[0] - f->min[0], f->max[1] - f->min[1]));
        double first = ceil(f->min[axis] / step);
        int count = (int)(floor(f->max[axis] / step) - first) + 1;
        for (int i = 0; i < count; i++) {
            double value = (first + i) * step;
            if (axis == 0)
                fprintf(f->file,
                        "<path d=\"M%.1f %.1fV%.1f\"/><text stroke=\"none\" x=\"%.1f\" y=\"%.1f\" "
                        "text-anchor=\"middle\">%g</text>\n",
                        across(f, value), y0, y1, across(f, value), y1 + 18, value);
            else
                fprintf(f->file,
                        "<path d=\"M%.1f %.1fH%.1f\"/><text stroke=\"none\" x=\"%.1f\" y=\"%.1f\" "
                        "text-anchor=\"end\">%g</text>\n",
                        x0, down(f, value), x1, x0 - 6, down(f, value) + 4, value);
        }
    }
    fprintf(f->file,
            "</g>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#333\"/>\n"
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">x</text>"
            "<text x=\"14\" y=\"%.1f\" text-anchor=\"middle\">y</text>\n",
            x0, y0, x1 - x0, y1 - y0, (x0 + x1) / 2, y1 + 36, (y0 + y1) / 2);
}

static void draw_tracks(const struct frame *f, const struct yk_scene_svg *svg)
{
    fprintf(f->file, "<path fill=\"none\" stroke=\"#27548a\" stroke-width=\"0.7\" stroke-opacity=\"0.4\" d=\"");
    for (size_t i = 0; i < svg->count; i++) {
        const struct yk_scene_step *s = &svg->list[i];
        double x0 = across(f, (double)s->from[0]), y0 = down(f, (double)s->from[1]);
        double x1 = across(f, (double)s->to[0]), y1 = down(f, (double)s->to[1]);
        if (fabs(x1 - x0) >= 0.05 || fabs(y1 - y0) >= 0.05)
            fprintf(f->file, "M%.1f %.1fL%.1f %.1f\n", x0, y0, x1, y1);
    }
    fprintf(f->file, "\"/>\n");
}

static void draw_zone(const struct frame *f, const struct yk_polygon *zone)
{
    fprintf(f->file, "<polygon fill=\"#e0a800\" fill-opacity=\"0.15\" stroke=\"#b07d00\" stroke-width=\"1.5\" "
                     "stroke-dasharray=\"6 3\" points=\"");
    for (size_t i = 0; i < zone->count; i++)
        fprintf(f->file, "%.1f,%.1f ", across(f, zone->points[i][0]), down(f, zone->points[i][1]));
    fprintf(f->file, "\"/>\n");
}

/* The points of a line, straight or not. */
static struct yk_polygon points_of(const struct yk_line *line)
{
    return line->bends ? *line->bends : (struct yk_polygon){2, {{line->a[0], line->a[1]}, {line->b[0], line->b[1]}}};
}

/* The arrow stands on the middle of the middle segment. */
static void draw_line(const struct frame *f, const struct yk_line *line)
{
    const struct yk_polygon points = points_of(line);
    const double *a = points.points[(points.count - 2) / 2], *b = points.points[(points.count - 2) / 2 + 1];
    double mx = (a[0] + b[0]) / 2, my = (a[1] + b[1]) / 2;
    double reach = ARROW / f->scale / hypot(b[0] - a[0], b[1] - a[1]);
    double tx = mx - (b[1] - a[1]) * reach, ty = my + (b[0] - a[0]) * reach;
    double x0 = across(f, mx), y0 = down(f, my), x1 = across(f, tx), y1 = down(f, ty);
    double ux = (x1 - x0) / ARROW, uy = (y1 - y0) / ARROW;
    fprintf(f->file, "<g stroke=\"#c0262d\" fill=\"#c0262d\" font-size=\"16\" font-weight=\"bold\">\n"
                     "<path fill=\"none\" stroke-width=\"2.5\" d=\"");
    for (size_t i = 0; i < points.count; i++)
        fprintf(f->file, "%c%.1f %.1f", i ? 'L' : 'M', across(f, points.points[i][0]), down(f, points.points[i][1]));
    fprintf(f->file,
            "\"/>\n"
            "<path stroke-width=\"2\" d=\"M%.1f %.1fL%.1f %.1f\"/>"
            "<path stroke=\"none\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fZ\"/>\n",
            x0, y0, x1, y1, x1 + 8 * ux, y1 + 8 * uy, x1 - 5 * uy, y1 + 5 * ux, x1 + 5 * uy, y1 - 5 * ux);
    fprintf(f->file,
            "<g stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\" text-anchor=\"middle\">"
            "<text x=\"%.1f\" y=\"%.1f\">A</text><text x=\"%.1f\" y=\"%.1f\">B</text>"
            "<text x=\"%.1f\" y=\"%.1f\">plus</text></g>\n</g>\n",
            across(f, line->a[0]), down(f, line->a[1]) + 6, across(f, line->b[0]), down(f, line->b[1]) + 6,
            x1 + 26 * ux, y1 + 18 * uy + 6);
}

/* Room around what is shown, and some at all where everything lies in one place. */
static struct frame frame_of(const struct yk_scene_svg *svg, bool y_up, FILE *file)
{
    struct frame f = {.y_up = y_up, .file = file};
    double range = fmax(svg->max[0] - svg->min[0], svg->max[1] - svg->min[1]);
    double margin = range > 0 ? range * 0.04 : 1;
    for (int i = 0; i < 2; i++) {
        f.min[i] = svg->min[i] - margin;
        f.max[i] = svg->max[i] + margin;
    }
    f.scale = fmin(WIDTH / (f.max[0] - f.min[0]), HEIGHT / (f.max[1] - f.min[1]));
    return f;
}

void yk_scene_svg_write(struct yk_scene_svg *svg, const struct yk_line *line, const struct yk_polygon *zone, bool y_up,
                        double scale, FILE *file)
{
    for (size_t i = 0; line && i < points_of(line).count; i++)
        include(svg, points_of(line).points[i][0], points_of(line).points[i][1]);
    for (size_t i = 0; zone && i < zone->count; i++)
        include(svg, zone->points[i][0], zone->points[i][1]);
    struct frame f = frame_of(svg, y_up, file);
    double width = fmax(LEFT + (f.max[0] - f.min[0]) * f.scale + RIGHT, 420);
    double height = TOP + (f.max[1] - f.min[1]) * f.scale + BOTTOM;
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            width, height, width, height);
    fprintf(file, "<text x=\"%.0f\" y=\"24\">Tracks%s%s, in %s", LEFT, line ? ", line from A to B" : "",
            zone ? ", zone" : "", scale > 0 ? "the file's units" : "metres on the ground");
    if (scale > 0 && scale != 1)
        fprintf(file, " times %g", scale);
    if (svg->left_out)
        fprintf(file, "; %zu of %zu steps are not drawn", svg->left_out, svg->left_out + svg->count);
    fprintf(file, "</text>\n");
    draw_axes(&f);
    if (zone)
        draw_zone(&f, zone);
    draw_tracks(&f, svg);
    if (line)
        draw_line(&f, line);
    fprintf(file, "</svg>\n");
}
