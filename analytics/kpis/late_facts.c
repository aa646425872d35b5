/* Noting what is awaited, and filling it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/late_facts.h"

#include <string.h>

struct view {
    const struct yk_place_question *question;
    struct yk_place_facts *facts;
    const char *sensor; /* whose sums are read */
    bool any;
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
    return facts->radio_id && facts->radio_cover.ran_s == 0 &&
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
        if (at[i]->start_s == cell->window_s && (cell->as.awaited.resolutions >> at[i]->resolution & 1))
            at[i]->awaited = v->any = true;
    return YK_OK;
}

static enum yk_status take_reduced(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    const struct view *v = context;
    const struct yk_reduced_cell *reduced = cell->as.reduced;
    struct yk_facts *at[3];
    windows_at(v, cell->window_s, at);
    for (size_t n = 0; n < 3 * reduced->count; n++) {
        struct yk_facts *facts = at[n % 3];
        unsigned i = (unsigned)(n / 3);
        if (facts->start_s == cell->window_s && facts->end_s - facts->start_s == reduced->list[i].length_s &&
            facts->awaited && facts->radio_id && strcmp(facts->radio_id, v->sensor) == 0) {
            facts->radio = reduced->list[i].radio;
            facts->radio_cover.ran_s = reduced->list[i].covered_s;
        }
    }
    return YK_OK;
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
        v.sensor = sensor->id; /* a sensor of several versions is read again: it fills the same windows */
        status = yk_state_read(q->store, YK_CELL_REDUCED, 0, sensor->id, q->span->start_s, q->span->end_s, take_reduced,
                               &v, err);
    }
    return status;
}
