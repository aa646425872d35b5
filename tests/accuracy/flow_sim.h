/* People on their way between places, whose truth is known. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Deliberately simple and independent of the product: every advert is made one by one, and what an address did is read off
 * the adverts heard. */
#ifndef YK_TESTS_FLOW_SIM_H
#define YK_TESTS_FLOW_SIM_H

#include "estimate/transition.h"
#include "rotation/rotation.h"

#include <gsl/gsl_rng.h>
#include <stddef.h>

#define FLOW_PLACES 5

struct flow_scene {
    const char *name;
    int places;           /* on a line; nobody goes to a place twice */
    double walkers_per_h; /* Poisson */
    double stay_s;        /* mean at a place; log-normal with sigma 0.5 */
    double leave;         /* chance to go home after a place */
    double step_s;        /* median of the way to the next place; twice that to the one after, ... */
    double step_sigma;    /* of its log */
    double wander;        /* share of the ways that take ten times as long: a stop where nobody listens */
    struct {
        double share; /* of devices */
        double from_s, to_s;
    } periods[2]; /* uniform */
    double advert_s, loss, hours;
};

struct flow_pair {
    struct yk_transitions seen;       /* tau from the last advert at i */
    struct yk_transitions from_first; /* the same from the first advert at i: the wrong one */
    double went;                      /* devices heard at i and next at j */
    double went_beyond;               /* of them longer on their way than the horizon given */
};

struct flow_sim {
    struct flow_pair pair[FLOW_PLACES][FLOW_PLACES];
    struct yk_transitions moves;                          /* all pairs, begun and ended in the record */
    struct yk_rotation_sums place[FLOW_PLACES], district; /* of the record as one window */
    double place_visits, visitors;                        /* devices heard there in the record */
    double distinct_places, distinct; /* the same by address: the naive ratio above and below the line */
};

/* Parts of the law of the mixture, by rotation. */
unsigned flow_law_parts(const struct flow_scene *scene, struct yk_law_part parts[2]);
/* horizon_s: beyond which went_beyond counts. */
void flow_run(struct flow_sim *sim, const struct flow_scene *scene, double horizon_s, gsl_rng *rng);

#endif
