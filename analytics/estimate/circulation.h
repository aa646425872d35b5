/* How many places a visitor goes to. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Place visits per visitor = sum of the places' device visits / visitors of the district. Method, sources, measured errors and
 * why *distinct* places need addresses that do not rotate: circulation.c and docs/METHODS.md. */
#ifndef YK_ESTIMATE_CIRCULATION_H
#define YK_ESTIMATE_CIRCULATION_H

#include "estimate/interval.h"
#include "estimate/transition.h"
#include "rotation/rotation.h"

#include <stddef.h>
#include <stdint.h>

enum yk_circulation_state {
    YK_CIRCULATION_OK,
    YK_CIRCULATION_NOBODY,    /* no device was heard */
    YK_CIRCULATION_NO_VISITS, /* device visits cannot be told of these sums: see yk_visits_state */
    YK_CIRCULATION_UNSURE,    /* within the period's error nobody may have been there */
};
const char *yk_circulation_state_text(enum yk_circulation_state state);

struct yk_circulation {
    struct yk_interval per_visitor; /* place visits per visitor, at least 1; 95 % interval; NAN unless OK */
    double raw;                     /* not kept at 1 or above */
    double place_visits, visitors;  /* numerator and denominator, unbounded */
};

/* Visitors = place visits - moves from one place to the next. places: device visits of all places and classes, added up by
 * yk_visits_add; moves: the flow over all pairs of places (one tally for the district serves), of those moves that begin and end
 * in the window. This is the one to publish. Periods that share a slot share their error above and below the line. */
enum yk_circulation_state yk_circulation_of_moves(const struct yk_visits *places,
                                                  const struct yk_transition_flow *moves, struct yk_circulation *out);
/* From sums alone, where moves are not counted: the district's sums are made as if it were one place, and the silence on the way
 * is a gap like those between adverts. Too low, by 1 to 2 % for ways of a minute, by 4 to 6 % for ways of two to four and by a
 * quarter where they take half a period (circulation.c says why): not for publication. */
enum yk_circulation_state yk_circulation_of_sums(const struct yk_rotation_sums *places, size_t count,
                                                 const struct yk_rotation_sums *district,
                                                 const struct yk_rotation_period *period, struct yk_circulation *out);

/* Distinct places of visitors whose address does not rotate. Integers: merging is addition, of sets of visitors that have
 * nobody in common. Begin with zeros. */
#define YK_PLACES_MAX 32
struct yk_places_tally {
    int64_t visitors[YK_PLACES_MAX + 1]; /* by number of places; the last one holds those of more, too */
};
void yk_places_note(struct yk_places_tally *to, unsigned places);
void yk_places_merge(struct yk_places_tally *to, const struct yk_places_tally *from);

#define YK_PLACES_VISITORS_MIN 10
struct yk_places {
    struct yk_interval mean; /* distinct places per visitor; 95 % interval; NAN unless OK */
    int64_t visitors;
};
enum yk_places_state {
    YK_PLACES_OK,
    YK_PLACES_BAD_COUNTS, /* a negative count */
    YK_PLACES_TOO_FEW,    /* visitors, under YK_PLACES_VISITORS_MIN */
};
const char *yk_places_state_text(enum yk_places_state state);
enum yk_places_state yk_places_mean(const struct yk_places_tally *tally, struct yk_places *out);

#endif
