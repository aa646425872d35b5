/* What the KPIs of the whole district over one device day are worked out from. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Places are read one after the other; what they have in common, the moves of pseudonyms from one to the next, is gathered on
 * the way and looked at when the last one is through. It lives as long as the day is being worked out. */
#ifndef YK_KPIS_DISTRICT_FACTS_H
#define YK_KPIS_DISTRICT_FACTS_H

#include "kpis/facts.h"
#include "lives/walk.h"

/* A life at a place: the index counts the places of the configuration. Half a million of them in a busy district, so there is no
 * more of each than the moves are found by. */
struct yk_place_life {
    uint64_t key_id, pseudonym;
    uint32_t begin_ds, end_ds; /* tenths of a second since the day's start */
    uint32_t place;
    uint8_t address_class;
};

/* A pseudonym that was heard at one place and next at another. */
struct yk_move {
    uint32_t from, to;
    uint8_t address_class;
    int64_t left_ds,
        reached_ds; /* last advert there, first advert here; of places that overlap the second may be earlier */
};

struct yk_district_facts {
    const struct yk_config *config;
    const struct yk_periods *periods;
    int64_t start_s, end_s;
    bool final;
    /* By index into the configuration's places; those without a radio that day are all zero. */
    struct yk_radio_sums *place; /* config->place_count */
    struct yk_cover *place_cover;
    struct yk_calibration_in_force *calibration; /* of the place; basis NOT where nobody asked for one */
    int64_t keys;                /* under which pseudonyms were made; between two keys nobody can be seen to move */
    struct yk_place_life *lives; /* by key, pseudonym and time once yk_district_facts_close was called */
    size_t life_count, life_capacity;
    struct yk_move *moves; /* by from and to, once it was called */
    size_t move_count;
    uint32_t reading; /* the place whose lives are coming */
    bool out_of_memory;
    bool *rows_lacked_memory; /* or NULL; for a KPI to set that could not work its rows out: the day is told again */
};

/* Free with yk_district_facts_clear, also after a failure. */
enum yk_status yk_district_facts_open(struct yk_district_facts *facts, const struct yk_config *config,
                                      const struct yk_periods *periods, const struct yk_span *span, bool final,
                                      struct yk_error *err) YK_MUST_CHECK;
/* A life of the place `reading`, in the day; context is the facts. For struct yk_walk_sums. */
void yk_district_facts_life(void *context, const struct yk_lived *life);
/* The day's sums of a place. */
void yk_district_facts_place(struct yk_district_facts *facts, size_t place, const struct yk_facts *day);
/* All places are in: sorts the lives and finds the moves. */
enum yk_status yk_district_facts_close(struct yk_district_facts *facts, struct yk_error *err) YK_MUST_CHECK;
void yk_district_facts_clear(struct yk_district_facts *facts);

#endif
