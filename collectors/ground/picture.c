/* A picture of how well pairs fit. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ground seen from above, a metre as long to the east as to the north, numbers as in the table. Residuals of good pairs are
 * centimetres in a street of fifty metres, a hair in the picture: so they are all drawn larger by one factor, 1, 2 or 5
 * times a power of ten, such that the longest is some 40 units long. Pairs that lie far off the others are red. */
#include "ground/picture.h"

#include <math.h>

#define WIDTH   860.0 /* of the plot, at most */
#define HEIGHT  600.0
#define LEFT    60.0
#define TOP     50.0
#define MARGIN  60.0
#define LONGEST 40.0

struct plot {
    double min[2], max[2], scale;
    FILE *file;
};

/* The largest of 1, 2, 5, 10, ... that is not above x. */
static double round_down(double x)
{
    double power = pow(10, floor(log10(x)));
    return x >= 5 * power ? 5 * power : x >= 2 * power ? 2 * power : power;
}

static struct plot plot_of(const struct yk_ground_pairs *pairs, FILE *file)
{
    struct plot p = {.file = file};
    for (size_t i = 0; i < pairs->count; i++)
        for (int k = 0; k < 2; k++) {
            double at = pairs->list[i].ground[k];
            p.min[k] = i && p.min[k] < at ? p.min[k] : at;
            p.max[k] = i && p.max[k] > at ? p.max[k] : at;
        }
    /* No three of them lie on a line, so there is an extent both ways. */
    p.scale = fmin((WIDTH - 2 * MARGIN) / (p.max[0] - p.min[0]), (HEIGHT - 2 * MARGIN) / (p.max[1] - p.min[1]));
    return p;
}

static double across(const struct plot *p, double x)
{
    return LEFT + MARGIN + (x - p->min[0]) * p->scale;
}

static double down(const struct plot *p, double y)
{
    return TOP + MARGIN + (p->max[1] - y) * p->scale;
}

static void draw_bar(const struct plot *p)
{
    double metres = round_down(fmax(p->max[0] - p->min[0], p->max[1] - p->min[1]) / 3);
    double x = LEFT + MARGIN, y = down(p, p->min[1]) + MARGIN, end = x + metres * p->scale;
    fprintf(p->file,
            "<path stroke=\"#333\" stroke-width=\"1.5\" fill=\"none\" d=\"M%.1f %.1fv6H%.1fv-6\"/>"
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g m</text>\n",
            x, y - 6, end, (x + end) / 2, y + 16, metres);
}

static void draw_pair(const struct plot *p, const struct yk_ground_pair *pair, const struct yk_ground_fit *fit,
                      size_t i, double factor)
{
    const struct yk_ground_residual *r = &fit->residuals[i];
    double x = across(p, pair->ground[0]), y = down(p, pair->ground[1]);
    double x1 = x + factor * r->ground[0] * p->scale, y1 = y - factor * r->ground[1] * p->scale;
    const char *colour = yk_ground_outlying(fit, i) ? "#c0262d" : "#27548a";
    fprintf(p->file,
            "<g stroke=\"%s\" fill=\"none\" stroke-width=\"1.5\"><circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>"
            "<path d=\"M%.1f %.1fL%.1f %.1fm-4 -4l8 8m0 -8l-8 8\"/>"
            "<text stroke=\"none\" fill=\"%s\" x=\"%.1f\" y=\"%.1f\">%zu</text></g>\n",
            colour, x, y, x, y, x1, y1, colour, x + 8, y - 6, i + 1);
}

void yk_ground_picture(const struct yk_ground_pairs *pairs, const struct yk_ground_fit *fit, FILE *file)
{
    struct plot p = plot_of(pairs, file);
    double longest = 0;
    for (size_t i = 0; i < pairs->count; i++)
        longest = fmax(longest, fit->residuals[i].ground_m * p.scale);
    /* Rounding is not to be drawn as an error. */
    double factor = longest > 1e-3 && longest < LONGEST ? round_down(LONGEST / longest) : 1;
    double width = LEFT + 2 * MARGIN + (p.max[0] - p.min[0]) * p.scale + 40;
    double height = TOP + 2 * MARGIN + (p.max[1] - p.min[1]) * p.scale + 60;
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
            "<text x=\"20\" y=\"24\">circle: measured on the ground; cross: by the picture; north is up</text>\n"
            "<text x=\"20\" y=\"42\">RMS %.3g m, %.3g px; ",
            fmax(width, 480), height, fmax(width, 480), height, fit->rms_m, fit->rms_px);
    if (factor > 1)
        fprintf(file, "residuals are drawn %g times as long</text>\n", factor);
    else
        fprintf(file, "residuals are drawn to scale</text>\n");
    draw_bar(&p);
    for (size_t i = 0; i < pairs->count; i++)
        draw_pair(&p, &pairs->list[i], fit, i, factor);
    fprintf(file, "</svg>\n");
}
