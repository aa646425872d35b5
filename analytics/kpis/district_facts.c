/* Lives of all places, and the district as one place. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/district_facts.h"

#include <stdlib.h>
#include <string.h>

#define MERGE_DS (YK_MERGE_GAP_S * 10)

enum yk_status yk_district_facts_open(struct yk_district_facts *facts, const struct yk_config *config,
                                      const struct yk_periods *periods, const struct yk_span *span, bool final,
                                      struct yk_error *err)
{
    *facts = (struct yk_district_facts){
        .config = config, .periods = periods, .start_s = span->start_s, .end_s = span->end_s, .final = final};
    facts->place = calloc(config->place_count + 1, sizeof *facts->place);
    facts->place_cover = calloc(config->place_count + 1, sizeof *facts->place_cover);
    if (!facts->place || !facts->place_cover)
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
    facts->lives[facts->life_count++] = (struct yk_place_life){*life, facts->reading};
}

void yk_district_facts_place(struct yk_district_facts *facts, size_t place, const struct yk_facts *day)
{
    facts->place[place] = day->radio;
    facts->place_cover[place] = day->radio_cover;
    facts->cover.ran_s += day->radio_cover.ran_s;
    facts->cover.expected_s += day->radio_cover.expected_s;
}

static int by_pseudonym_and_time(const void *a, const void *b)
{
    const struct yk_place_life *x = a, *y = b;
    if (x->life.key_id != y->life.key_id)
        return x->life.key_id < y->life.key_id ? -1 : 1;
    if (x->life.pseudonym != y->life.pseudonym)
        return x->life.pseudonym < y->life.pseudonym ? -1 : 1;
    if (x->life.begin_ds != y->life.begin_ds)
        return x->life.begin_ds < y->life.begin_ds ? -1 : 1;
    if (x->life.end_ds != y->life.end_ds)
        return x->life.end_ds < y->life.end_ds ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* One pseudonym. It is static in the whole if it lived too long to rotate at any of its places. */
static void add_pseudonym(struct yk_radio_sums *whole, const struct yk_place_life *list, size_t count)
{
    uint8_t class = list[0].life.address_class;
    for (size_t i = 1; i < count; i++)
        class = list[i].life.address_class == YK_CLASS_STATIC ? YK_CLASS_STATIC : class;
    struct yk_rotation_sums *sums = &whole->class_of[class];
    sums->addresses++;
    int64_t begin_ds = list[0].life.begin_ds, end_ds = list[0].life.end_ds;
    for (size_t i = 0; i < count; i++) {
        const struct yk_lived *life = &list[i].life;
        int64_t silence_ds = life->begin_ds - end_ds;
        sums->gap_ds += life->gap_ds;
        sums->gap_sq_ds2 += (int64_t)life->gap_sq_ds2;
        if (silence_ds > MERGE_DS) {
            sums->births++;
            sums->deaths++;
            sums->life_ds += end_ds - begin_ds;
            begin_ds = life->begin_ds;
        } else if (silence_ds > 0) { /* on the way */
            sums->gap_ds += silence_ds;
            sums->gap_sq_ds2 += silence_ds * silence_ds;
        }
        end_ds = life->end_ds > end_ds || silence_ds > MERGE_DS ? life->end_ds : end_ds;
    }
    sums->births++;
    sums->deaths++;
    sums->life_ds += end_ds - begin_ds;
}

void yk_district_facts_close(struct yk_district_facts *facts)
{
    struct yk_place_life *list = facts->lives;
    if (facts->life_count > 1)
        qsort(list, facts->life_count, sizeof *list, by_pseudonym_and_time);
    memset(&facts->whole, 0, sizeof facts->whole);
    uint64_t key_id = 0; /* never one of a life */
    for (size_t from = 0, to; from < facts->life_count; from = to) {
        for (to = from + 1; to < facts->life_count && list[to].life.pseudonym == list[from].life.pseudonym &&
                            list[to].life.key_id == list[from].life.key_id;)
            to++;
        add_pseudonym(&facts->whole, list + from, to - from);
        facts->whole.keys += list[from].life.key_id != key_id;
        key_id = list[from].life.key_id;
    }
}

void yk_district_facts_clear(struct yk_district_facts *facts)
{
    free(facts->place);
    free(facts->place_cover);
    free(facts->lives);
    *facts = (struct yk_district_facts){0};
}
