/* Do some pairs determine a plane's map? SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A homography has eight degrees of freedom and a pair gives two equations, so four pairs do, if no three of the four lie
 * on one line, in the picture or on the ground (Hartley and Zisserman, 2nd ed., 4.1.3). Of more than four, some four have
 * to be such; that is so unless all but one of them lie on one line.
 *
 * Clicks are good to a pixel, so a line is as wide as a thousandth of the pairs' extent: three places that leave it by
 * less tell nothing but how the hand trembled. Bounds: n^3/2 distances, 4 million for the most that are taken. */
#include "ground/spread.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 1e-3 /* of the extent */
#define SAME  1e-6

/* One of the two spaces. */
struct places {
    const struct yk_ground_pairs *pairs;
    bool on_ground;
    double extent; /* greatest distance of two places */
};

static const double *at(const struct places *p, size_t i)
{
    return p->on_ground ? p->pairs->list[i].ground : p->pairs->list[i].picture;
}

static const char *where(const struct places *p)
{
    return p->on_ground ? "on the ground" : "in the picture";
}

static double distance(const struct places *p, size_t i, size_t j)
{
    return hypot(at(p, i)[0] - at(p, j)[0], at(p, i)[1] - at(p, j)[1]);
}

static double measure(const struct places *p)
{
    double extent = 0;
    for (size_t i = 0; i < p->pairs->count; i++)
        for (size_t j = 0; j < i; j++)
            extent = fmax(extent, distance(p, i, j));
    return extent;
}

static enum yk_status find_same(const struct places *p, struct yk_error *err)
{
    for (size_t i = 0; i < p->pairs->count; i++)
        for (size_t j = 0; j < i; j++)
            if (!(distance(p, i, j) > SAME * p->extent))
                return yk_error_set(err, YK_ERR_INPUT,
                                    "pairs %zu and %zu are the same place %s; leave one out, or give their mean", j + 1,
                                    i + 1, where(p));
    return YK_OK;
}

static bool on_line(const struct places *p, size_t a, size_t b, size_t i)
{
    const double *from = at(p, a), *to = at(p, b), *place = at(p, i);
    double twice_area = (to[0] - from[0]) * (place[1] - from[1]) - (to[1] - from[1]) * (place[0] - from[0]);
    return fabs(twice_area) <= WIDTH * p->extent * distance(p, a, b);
}

/* Of four, the three that lie on the line through a and b; `off` is the one that does not, or count. */
static enum yk_status say(const struct places *p, size_t off, struct yk_error *err)
{
    size_t count = p->pairs->count, named[3] = {0}, n = 0;
    if (off == count)
        return yk_error_set(err, YK_ERR_INPUT, "all %zu pairs lie on one line %s; two of them have to lie well off it",
                            count, where(p));
    if (count > 4)
        return yk_error_set(err, YK_ERR_INPUT,
                            "all pairs but number %zu lie on one line %s; another one has to lie well off it", off + 1,
                            where(p));
    for (size_t i = 0; i < count && n < 3; i++)
        if (i != off)
            named[n++] = i + 1;
    return yk_error_set(err, YK_ERR_INPUT,
                        "pairs %zu, %zu and %zu lie on one line %s: of four no three may; move one well off it, or add "
                        "a fifth pair",
                        named[0], named[1], named[2], where(p));
}

static enum yk_status find_line(const struct places *p, struct yk_error *err)
{
    size_t count = p->pairs->count;
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++) {
            size_t off = count, left = 0;
            for (size_t i = 0; i < count && left < 2; i++)
                if (i != a && i != b && !on_line(p, a, b, i)) {
                    off = i;
                    left++;
                }
            if (left < 2)
                return say(p, off, err);
        }
    return YK_OK;
}

enum yk_status yk_ground_spread(const struct yk_ground_pairs *pairs, struct yk_error *err)
{
    if (pairs->count < 4)
        return yk_error_set(err, YK_ERR_INPUT,
                            "%zu pair%s; a map of the ground needs four, and a fifth to say how good it is",
                            pairs->count, pairs->count == 1 ? "" : "s");
    for (int space = 0; space < 2; space++) {
        struct places p = {.pairs = pairs, .on_ground = space == 1};
        p.extent = measure(&p);
        enum yk_status status = find_same(&p, err);
        if (status == YK_OK)
            status = find_line(&p, err);
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}
