/* Noting what is awaited, and filling it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/late_facts.h"

#include <stdlib.h>
#include <string.h>

#define RAN_WORDS (sizeof((struct yk_health_cell *)0)->ran / sizeof(uint64_t))

struct view {
    const struct yk_place_question *question;
    struct yk_place_facts *facts;
    const char *sensor; /* whose sums are read */
    bool any;
    bool reduced;               /* the sensor's epoch was */
    uint64_t (*ran)[RAN_WORDS]; /* by quarter: the seconds of late health */
};

/* The facts of the windows that can begin at that time; each has to be looked at whether it does. */
static void windows_at(const struct view *v, int64_t start_s, struct yk_facts *out[static 3])
{
    const struct yk_span *span = v->question->span;
    size_t quarter = (size_t)((start_s - span->start_s) / YK_WINDOW_S);
    out[0] = &v->facts->quarter[quarter];
    out[1] = &v->facts->hour[span->hour_of[quarter]];
    out[2] = v->facts->day;
}

static bool is_awaited(const struct yk_facts *facts)
{
    return facts->radio_id && facts->radio_cover.ran_s == 0 && facts->radio.keys == 0 &&
           facts->radio_cover.expected_s == facts->end_s - facts->start_s;
}

static enum yk_status await(const struct yk_place_question *q, struct yk_facts *facts, struct yk_error *err)
{
    if (!is_awaited(facts))
        return YK_OK;
    struct yk_cell *cell;
    if (yk_state_cell(q->store, YK_CELL_AWAITED, q->place, facts->start_s, 0, &cell) != YK_OK)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    cell->as.awaited.resolutions |= UINT64_C(1) << facts->resolution;
    facts->awaited = true;
    facts->final = false;
    return YK_OK;
}

enum yk_status yk_late_facts_await(const struct yk_place_question *q, struct yk_place_facts *facts,
                                   struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < q->span->quarters && status == YK_OK; i++)
        status = await(q, &facts->quarter[i], err);
    for (size_t i = 0; i < q->span->hours && status == YK_OK; i++)
        status = await(q, &facts->hour[i], err);
    return status == YK_OK ? await(q, facts->day, err) : status;
}

static enum yk_status take_awaited(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct view *v = context;
    struct yk_facts *at[3];
    windows_at(v, cell->window_s, at);
    for (size_t i = 0; i < 3; i++)
        /* The note may be of a closing that failed half way: what came before the next try counted in time. */
        if (at[i]->start_s == cell->window_s && (cell->as.awaited.resolutions >> at[i]->resolution & 1) &&
            is_awaited(at[i]))
            at[i]->awaited = v->any = true;
    return YK_OK;
}

static enum yk_status take_reduced(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct view *v = context;
    const struct yk_reduced_cell *reduced = cell->as.reduced;
    struct yk_facts *at[3];
    windows_at(v, cell->window_s, at);
    for (size_t n = 0; n < 3 * reduced->count; n++) {
        struct yk_facts *facts = at[n % 3];
        unsigned i = (unsigned)(n / 3);
        v->reduced |= reduced->list[i].length_s == v->facts->day->end_s - v->facts->day->start_s;
        if (facts->start_s == cell->window_s && facts->end_s - facts->start_s == reduced->list[i].length_s &&
            facts->awaited && facts->radio_id && strcmp(facts->radio_id, v->sensor) == 0) {
            facts->radio = reduced->list[i].radio;
            facts->radio_cover.ran_s = reduced->list[i].covered_s;
        }
    }
    return YK_OK;
}

static enum yk_status take_late_health(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    const struct view *v = context;
    size_t quarter = (size_t)((cell->window_s - v->question->span->start_s) / YK_WINDOW_S);
    memcpy(v->ran[quarter], cell->as.health.ran, sizeof cell->as.health.ran);
    return YK_OK;
}

static void take_lost(void *context, int64_t from_s, int64_t to_s)
{
    const struct view *v = context;
    const struct yk_span *span = v->question->span;
    int64_t end_s = span->start_s + (int64_t)span->quarters * YK_WINDOW_S;
    for (int64_t t = from_s > span->start_s ? from_s : span->start_s; t < to_s && t < end_s; t++) {
        int64_t second = t - span->start_s;
        v->ran[second / YK_WINDOW_S][second % YK_WINDOW_S / 64] &= ~(UINT64_C(1) << (second % YK_WINDOW_S % 64));
    }
}

static void add_ran(const struct view *v, struct yk_facts *facts, int64_t seconds)
{
    if (!facts->awaited || !facts->radio_id || strcmp(facts->radio_id, v->sensor) != 0)
        return;
    int64_t ran_s = facts->radio_cover.ran_s + seconds;
    facts->radio_cover.ran_s = ran_s < facts->radio_cover.expected_s ? ran_s : facts->radio_cover.expected_s;
}

/* Quiet time, of a sensor whose presence was reduced. */
static enum yk_status fill_quiet(struct view *v, struct yk_error *err)
{
    const struct yk_span *span = v->question->span;
    v->ran = calloc(span->quarters + 1, sizeof *v->ran);
    if (!v->ran)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    enum yk_status status = yk_state_read(v->question->store, YK_CELL_LATE_HEALTH, 0, v->sensor, span->start_s,
                                          span->end_s, take_late_health, v, err);
    if (status == YK_OK)
        status = yk_state_lost(v->question->store, v->sensor, YK_GROUP_PRESENCE, take_lost, v);
    for (size_t i = 0; i < span->quarters && status == YK_OK; i++) {
        int64_t seconds = 0;
        for (size_t word = 0; word < RAN_WORDS; word++)
            seconds += __builtin_popcountll(v->ran[i][word]);
        add_ran(v, &v->facts->quarter[i], seconds);
        add_ran(v, &v->facts->hour[span->hour_of[i]], seconds);
        add_ran(v, v->facts->day, seconds);
    }
    free(v->ran);
    return status;
}

enum yk_status yk_late_facts_fill(const struct yk_place_question *q, struct yk_place_facts *facts, bool *any,
                                  struct yk_error *err)
{
    const struct yk_config *config = q->config;
    struct view v = {.question = q, .facts = facts};
    enum yk_status status =
        yk_state_read(q->store, YK_CELL_AWAITED, 0, q->place, q->span->start_s, q->span->end_s, take_awaited, &v, err);
    *any = v.any;
    for (size_t i = 0; i < config->sensor_count && v.any && status == YK_OK; i++) {
        const struct yk_sensor_config *sensor = &config->sensors[i];
        if (sensor->family != YK_FAMILY_RADIO || strcmp(config->places[sensor->place].id, q->place) != 0)
            continue;
        bool again = false; /* another version of a sensor that was read */
        for (size_t k = 0; k < i; k++)
            again |= strcmp(config->sensors[k].id, sensor->id) == 0 &&
                     strcmp(config->places[config->sensors[k].place].id, q->place) == 0;
        if (again)
            continue;
        v.sensor = sensor->id;
        v.reduced = false;
        status = yk_state_read(q->store, YK_CELL_REDUCED, 0, sensor->id, q->span->start_s, q->span->end_s, take_reduced,
                               &v, err);
        if (status == YK_OK && v.reduced)
            status = fill_quiet(&v, err);
    }
    return status;
}
