/* Residuals as a picture: SVG, a panel for each line or place. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate_private.h"

#include <math.h>

#define WIDTH  720
#define LEFT   48
#define HEIGHT 180 /* of a panel */
#define TOP    40
#define SPAN   120 /* of residuals from +5 to -5 */

static double height_of(double residual)
{
    return TOP + SPAN * (5 - fmax(-5, fmin(5, residual))) / 10;
}

static void axes(FILE *out)
{
    for (int line = -4; line <= 4; line += 2)
        fprintf(out,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/><text x=\"%d\" y=\"%.1f\" "
                "text-anchor=\"end\">%+d</text>\n",
                LEFT, WIDTH - 8, height_of(line), height_of(line), line ? "#ddd" : "#666", LEFT - 6,
                height_of(line) + 4, line);
}

static void draw(FILE *out, const struct yk_panel *p, int top)
{
    fprintf(out, "<g transform=\"translate(0,%d)\">\n<text x=\"%d\" y=\"16\" font-weight=\"bold\">%s</text>\n", top,
            LEFT, p->title);
    fprintf(out, "<text x=\"%d\" y=\"32\">%s</text>\n", LEFT, p->text);
    if (p->x) {
        axes(out);
        double length = fmax(1, p->to - p->from);
        for (size_t i = 0; i < p->count; i++) {
            if (isnan(p->residual[i]))
                continue;
            bool hollow = p->far > 0 && fabs(p->residual[i]) > p->far;
            fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\" stroke=\"#1f5fa8\"/>\n",
                    LEFT + (WIDTH - 16 - LEFT) * (p->x[i] - p->from) / length, height_of(p->residual[i]),
                    hollow ? "none" : "#1f5fa8");
        }
        fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>", LEFT, HEIGHT - 4, p->left);
        fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", WIDTH - 8, HEIGHT - 4, p->right);
    }
    fputs("</g>\n", out);
}

enum yk_status yk_picture_write(const char *path, const struct yk_panel *panels, size_t count, struct yk_error *err)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
    int height = (int)count * (HEIGHT + 8) + 8;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            WIDTH, height, WIDTH, height);
    for (size_t i = 0; i < count; i++)
        draw(out, &panels[i], 8 + (int)i * (HEIGHT + 8));
    fputs("</svg>\n", out);
    bool ok = ferror(out) == 0;
    ok = fclose(out) == 0 && ok;
    return ok ? YK_OK : yk_error_set(err, YK_ERR_IO, "cannot write %s", path);
}
