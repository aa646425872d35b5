/* Lives of all places, and who moved from one to another. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/district_facts.h"

#include "calibrations/calibrations.h"
#include "lives/pseudonym_sort.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(offsetof(struct yk_place_life, pseudonym) == sizeof(uint64_t) &&
                   sizeof(struct yk_place_life) <= YK_PSEUDONYM_SORT_SIZE_MAX,
               "lives are sorted by what they begin with");

enum yk_status yk_district_facts_open(struct yk_district_facts *facts, const struct yk_config *config,
                                      const struct yk_periods *periods, const struct yk_span *span, bool final,
                                      struct yk_error *err)
{
    *facts = (struct yk_district_facts){
        .config = config, .periods = periods, .start_s = span->start_s, .end_s = span->end_s, .final = final};
    facts->place = calloc(config->place_count + 1, sizeof *facts->place);
    facts->place_cover = calloc(config->place_count + 1, sizeof *facts->place_cover);
    facts->calibration = calloc(config->place_count + 1, sizeof *facts->calibration);
    if (!facts->place || !facts->place_cover || !facts->calibration)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    return YK_OK;
}

void yk_district_facts_life(void *context, const struct yk_lived *life)
{
    struct yk_district_facts *facts = context;
    if (facts->life_count == facts->life_capacity) {
        size_t capacity = facts->life_capacity ? 2 * facts->life_capacity : 1024;
        struct yk_place_life *lives = realloc(facts->lives, capacity * sizeof *lives);
        if (!lives) {
            facts->out_of_memory = true;
            return;
        }
        facts->lives = lives;
        facts->life_capacity = capacity;
    }
    assert(life->begin_ds >= facts->start_s * 10 && life->end_ds - facts->start_s * 10 <= UINT32_MAX);
    facts->lives[facts->life_count++] =
        (struct yk_place_life){.key_id = life->key_id,
                               .pseudonym = life->pseudonym,
                               .begin_ds = (uint32_t)(life->begin_ds - facts->start_s * 10),
                               .end_ds = (uint32_t)(life->end_ds - facts->start_s * 10),
                               .place = facts->reading,
                               .address_class = life->address_class};
}

void yk_district_facts_place(struct yk_district_facts *facts, size_t place, const struct yk_facts *day)
{
    facts->place[place] = day->radio;
    facts->place_cover[place] = day->radio_cover;
    if (day->calibration)
        facts->calibration[place] = *day->calibration;
}

static int by_pseudonym_and_time(const void *a, const void *b)
{
    const struct yk_place_life *x = a, *y = b;
    if (x->key_id != y->key_id)
        return x->key_id < y->key_id ? -1 : 1;
    if (x->pseudonym != y->pseudonym)
        return x->pseudonym < y->pseudonym ? -1 : 1;
    if (x->begin_ds != y->begin_ds)
        return x->begin_ds < y->begin_ds ? -1 : 1;
    if (x->end_ds != y->end_ds)
        return x->end_ds < y->end_ds ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static int by_pair(const void *a, const void *b)
{
    const struct yk_move *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

/* True if b is the same pseudonym's next life, at another place. */
static bool is_move(const struct yk_place_life *a, const struct yk_place_life *b)
{
    return a->key_id == b->key_id && a->pseudonym == b->pseudonym && a->place != b->place;
}

enum yk_status yk_district_facts_close(struct yk_district_facts *facts, struct yk_error *err)
{
    size_t count = 0;
    if (facts->out_of_memory)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    yk_pseudonym_sort(facts->lives, facts->life_count, sizeof *facts->lives, by_pseudonym_and_time);
    const struct yk_place_life *lives = facts->lives;
    facts->keys = facts->life_count > 0;
    for (size_t i = 1; i < facts->life_count; i++) {
        facts->keys += lives[i].key_id != lives[i - 1].key_id;
        count += is_move(&lives[i - 1], &lives[i]);
    }
    facts->moves = calloc(count + 1, sizeof *facts->moves);
    if (!facts->moves)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    for (size_t i = 1; i < facts->life_count; i++)
        if (is_move(&lives[i - 1], &lives[i]))
            facts->moves[facts->move_count++] = (struct yk_move){.from = lives[i - 1].place,
                                                                 .to = lives[i].place,
                                                                 .address_class = lives[i].address_class,
                                                                 .left_ds = facts->start_s * 10 + lives[i - 1].end_ds,
                                                                 .reached_ds = facts->start_s * 10 + lives[i].begin_ds};
    if (count > 1)
        qsort(facts->moves, count, sizeof *facts->moves, by_pair);
    return YK_OK;
}

void yk_district_facts_clear(struct yk_district_facts *facts)
{
    free(facts->place);
    free(facts->place_cover);
    free(facts->calibration);
    free(facts->lives);
    free(facts->moves);
    *facts = (struct yk_district_facts){0};
}
