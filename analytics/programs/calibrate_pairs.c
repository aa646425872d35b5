/* Windows in which both persons and devices are known. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices of a window are no sum over shorter ones, so a window of persons is taken only where a quarter, an hour or an epoch
 * has exactly its bounds. The state store has addresses and the period's error as well, but only as long as the epoch's
 * pseudonyms are there (its end plus grace); published rows have devices alone, for years. */
#include "calibrate_private.h"

#include "base/calendar.h"
#include "base/text.h"
#include "config/mistakes.h"
#include "kpis/device_number.h"
#include "kpis/periods.h"
#include "kpis/place_facts.h"
#include "store/publish.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COVERAGE_MIN 0.9 /* of sensor time, on either side: a window that was half heard has half the devices */

void yk_pairs_clear(struct yk_pairs *pairs)
{
    free(pairs->list);
    *pairs = (struct yk_pairs){0};
}

static enum yk_status add(struct yk_pairs *pairs, const char *place, int64_t start_s, int64_t end_s, double persons)
{
    if (pairs->count == pairs->capacity) {
        size_t capacity = pairs->capacity ? 2 * pairs->capacity : 256;
        struct yk_pair *list = realloc(pairs->list, capacity * sizeof *list);
        if (!list)
            return YK_ERR_MEMORY;
        pairs->list = list;
        pairs->capacity = capacity;
    }
    struct yk_pair *pair = &pairs->list[pairs->count++];
    *pair =
        (struct yk_pair){.point = {.start_s = start_s, .end_s = end_s, .persons = persons, .addresses = (double)NAN}};
    (void)yk_text_copy(pair->place, sizeof pair->place, place);
    return YK_OK;
}

struct counts {
    struct yk_pairs *pairs;
    const struct yk_config *config;
};

static enum yk_status take_count(void *context, char **field, int line, struct yk_mistake_list *mistakes)
{
    const struct counts *counts = context;
    char excerpt[YK_EXCERPT_SIZE], *end;
    int64_t start_s = 0, end_s = 0;
    bool good = yk_counts_times(field, line, &start_s, &end_s, mistakes);
    if (!yk_counts_has_place(counts->config, field[2])) {
        yk_mistake_add(mistakes, line, 0, "there is no place '%s' in %s",
                       yk_excerpt(excerpt, field[2], strlen(field[2])), counts->config->path);
        good = false;
    }
    double persons = strtod(field[3], &end);
    if (end == field[3] || *end || !isfinite(persons) || persons < 0) {
        yk_mistake_add(mistakes, line, 0, "'%s' is no number of persons",
                       yk_excerpt(excerpt, field[3], strlen(field[3])));
        good = false;
    }
    return good ? add(counts->pairs, field[2], start_s, end_s, persons) : YK_OK;
}

enum yk_status yk_pairs_read_counts(struct yk_pairs *pairs, const struct yk_config *config, const char *path,
                                    struct yk_error *err)
{
    return yk_counts_read(path, YK_COUNTS_OF_PLACES, 4, take_count, &(struct counts){pairs, config}, err);
}

void yk_pairs_keep(struct yk_pairs *pairs, const char *place)
{
    size_t kept = 0;
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->list[i].place, place) == 0)
            pairs->list[kept++] = pairs->list[i];
    pairs->count = kept;
}

struct rows {
    struct yk_pairs *pairs;
    enum yk_status status;
};

static void take_footfall(void *context, const struct yk_kpi_row *row)
{
    struct rows *r = context;
    if (r->status == YK_OK && row->final && row->state == YK_STATE_OK && row->coverage >= COVERAGE_MIN &&
        !strchr(row->place, '/'))
        r->status = add(r->pairs, row->place, row->start_s, row->end_s, row->value);
}

static enum yk_status query(const char *publish, const struct yk_row_query *question, yk_row_fn *take,
                            struct rows *rows, struct yk_error *err)
{
    struct yk_publish *store = NULL;
    enum yk_status status = yk_publish_open(publish, YK_PUBLISH_READ, &store, err);
    if (status == YK_OK)
        status = yk_publish_query(store, question, take, rows, NULL, err);
    yk_publish_close(store);
    return status == YK_OK && rows->status != YK_OK ? yk_error_set(err, rows->status, "out of memory") : status;
}

enum yk_status yk_pairs_read_footfall(struct yk_pairs *pairs, const char *publish, enum yk_resolution resolution,
                                      struct yk_error *err)
{
    const struct yk_row_query question = {
        .kpi = "footfall", .direction = "both", .resolution = resolution, .from_s = INT64_MIN, .to_s = INT64_MAX};
    return query(publish, &question, take_footfall, &(struct rows){pairs, YK_OK}, err);
}

static int by_place_and_start(const void *a, const void *b)
{
    const struct yk_pair *x = a, *y = b;
    int place = strcmp(x->place, y->place);
    return place ? place : (x->point.start_s > y->point.start_s) - (x->point.start_s < y->point.start_s);
}

enum yk_status yk_pairs_sort(struct yk_pairs *pairs, struct yk_error *err)
{
    if (pairs->count)
        qsort(pairs->list, pairs->count, sizeof *pairs->list, by_place_and_start);
    for (size_t i = 1; i < pairs->count; i++) {
        const struct yk_pair *a = &pairs->list[i - 1], *b = &pairs->list[i];
        char text[YK_TIME_TEXT_MAX];
        if (strcmp(a->place, b->place) == 0 && b->point.start_s < a->point.end_s)
            return yk_error_set(err, YK_ERR_INPUT, "%s at %s was counted twice; leave one of the two out", b->place,
                                yk_time_format(text, b->point.start_s));
    }
    return YK_OK;
}

static struct yk_pair *find(const struct yk_pairs *pairs, const char *place, int64_t start_s, int64_t end_s)
{
    if (pairs->count == 0)
        return NULL;
    struct yk_pair key = {.point = {.start_s = start_s}};
    if (!yk_text_copy(key.place, sizeof key.place, place))
        return NULL;
    struct yk_pair *pair = bsearch(&key, pairs->list, pairs->count, sizeof key, by_place_and_start);
    return pair && pair->point.end_s == end_s ? pair : NULL;
}

static void hear(struct yk_pairs *pairs, const struct yk_facts *facts)
{
    struct yk_pair *pair = find(pairs, facts->place->id, facts->start_s, facts->end_s);
    struct yk_visits visits;
    if (!pair || !facts->closed || !(yk_coverage(&facts->radio_cover) >= COVERAGE_MIN) ||
        !yk_device_number(facts, &visits))
        return;
    pair->point.devices = visits.raw;
    pair->point.addresses = visits.addresses;
    pair->point.variance = visits.variance;
    pair->period_se = yk_device_period_se(&visits);
    pair->heard = true;
}

static enum yk_status hear_place(struct yk_pairs *pairs, const struct yk_place_question *question, struct yk_error *err)
{
    struct yk_place_facts facts;
    enum yk_status status = yk_place_facts_read(question, &facts, err);
    for (size_t i = 0; status == YK_OK && i < question->span->quarters; i++)
        hear(pairs, &facts.quarter[i]);
    for (size_t i = 0; status == YK_OK && i < question->span->hours; i++)
        hear(pairs, &facts.hour[i]);
    if (status == YK_OK)
        hear(pairs, facts.day);
    yk_place_facts_clear(&facts);
    return status;
}

enum yk_status yk_pairs_hear_state(struct yk_pairs *pairs, const struct yk_config *config, const char *state,
                                   struct yk_error *err)
{
    struct yk_state_store *store = NULL;
    enum yk_status status = yk_state_open(state, &store, err);
    const int64_t *epochs = NULL;
    size_t count = status == YK_OK ? yk_state_epochs(store, &epochs) : 0;
    for (size_t e = 0; e < count && status == YK_OK; e++) {
        struct yk_periods periods;
        struct yk_span span;
        status = yk_periods_of_epoch(config, store, epochs[e], &periods, err);
        int64_t end_s = yk_epoch_end(epochs[e], config->privacy.epoch_hours, config->privacy.epoch_start_s);
        if (status != YK_OK)
            break;
        if (yk_span_init(&span, epochs[e], end_s) != YK_OK) {
            status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
            break;
        }
        for (size_t i = 0; i < pairs->count && status == YK_OK; i++) {
            if (i > 0 && strcmp(pairs->list[i].place, pairs->list[i - 1].place) == 0)
                continue;
            struct yk_place_question question = {.config = config,
                                                 .store = store,
                                                 .place = pairs->list[i].place,
                                                 .span = &span,
                                                 .periods = &periods,
                                                 .as_of_s = yk_state_fact(store, "last_s", INT64_MIN),
                                                 .devices = true};
            status = hear_place(pairs, &question, err);
        }
        yk_span_clear(&span);
    }
    yk_state_close(store);
    return status;
}

static void take_devices(void *context, const struct yk_kpi_row *row)
{
    struct rows *r = context;
    struct yk_pair *pair = find(r->pairs, row->place, row->start_s, row->end_s);
    if (!pair || pair->heard || !row->final || row->state != YK_STATE_OK || !(row->coverage >= COVERAGE_MIN))
        return;
    pair->point.devices = row->value;
    pair->heard = true;
}

enum yk_status yk_pairs_hear_rows(struct yk_pairs *pairs, const char *publish, struct yk_error *err)
{
    const struct yk_row_query question = {
        .kpi = "device_visits", .resolution = YK_RES_COUNT, .from_s = INT64_MIN, .to_s = INT64_MAX};
    return query(publish, &question, take_devices, &(struct rows){pairs, YK_OK}, err);
}
