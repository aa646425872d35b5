/* Dwell in a zone, by two rules. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     samples     o      o  |   o        o   |    o         | the zone's border
 *     hold                      [--------[--------]          a sample inside speaks for the time up to the next one
 *     interp                [-----------------]              people walk straight and evenly between samples
 *
 * The two differ by less than a sample's distance per visit; interp is what a mean is made of, hold is what tools without
 * interpolation say. A track belongs to the zone if a sample lies inside or a path cuts through between two of them.
 * No gap is too long: the file says that it is one person. (stay.c, for live cameras, cuts at long gaps and full
 * minutes and counts in milliseconds.) */
#include "geometry/dwell.h"

#include <math.h>

static void sample(struct yk_dwell *dwell, bool inside, double t_s)
{
    if (inside) {
        if (!dwell->samples)
            dwell->first_s = t_s;
        dwell->last_s = t_s;
        dwell->samples++;
        dwell->visits += !dwell->inside;
    }
    dwell->inside = inside;
}

static struct yk_dwell_edge edge(const struct yk_dwell_point *p, const struct yk_dwell_point *q, double share,
                                 int direction)
{
    return (struct yk_dwell_edge){.x = p->x + share * (q->x - p->x),
                                  .y = p->y + share * (q->y - p->y),
                                  .t_s = p->t_s + share * (q->t_s - p->t_s),
                                  .direction = direction};
}

size_t yk_dwell_follow(const struct yk_polygon *zone, struct yk_dwell *dwell, const struct yk_dwell_point *before,
                       const struct yk_dwell_point *now, struct yk_dwell_edge edges[YK_DWELL_EDGES_MAX])
{
    bool inside = yk_zone_contains(zone, now->x, now->y);
    size_t n = 0;
    if (before) {
        struct yk_zone_span spans[YK_ZONE_SPANS_MAX];
        size_t count = yk_zone_path(zone, (double[]){before->x, before->y}, (double[]){now->x, now->y}, spans);
        double step_s = now->t_s - before->t_s;
        double way = hypot(now->x - before->x, now->y - before->y);
        if (dwell->inside)
            dwell->hold_s += step_s;
        /* Inside at the sample before, outside at once: it stood on the border. */
        if (dwell->open && (count == 0 || spans[0].from > 0)) {
            edges[n++] = edge(before, now, 0, -1);
            dwell->open = false;
        }
        for (size_t i = 0; i < count; i++) {
            dwell->interp_s += (spans[i].to - spans[i].from) * step_s;
            dwell->path += (spans[i].to - spans[i].from) * way;
            if (!dwell->open)
                edges[n++] = edge(before, now, spans[i].from, 1);
            dwell->open = spans[i].to >= 1;
            if (!dwell->open)
                edges[n++] = edge(before, now, spans[i].to, -1);
        }
    }
    if (inside && !dwell->open) {
        edges[n++] = edge(now, now, 0, 1);
        dwell->open = true;
    }
    sample(dwell, inside, now->t_s);
    return n;
}

bool yk_dwell_any(const struct yk_dwell *dwell)
{
    return dwell->samples > 0 || dwell->interp_s > 0;
}
