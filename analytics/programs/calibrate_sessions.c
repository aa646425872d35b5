/* Somebody beside a camera, and what that counted in the same quarters. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A camera's crossings are known by quarters, so a session is made of whole ones. They are taken from the state store while it has
 * them, and from rows of footfall otherwise: n of a row, which is the camera's own count whether the row is corrected or not. A
 * quarter that the camera did not watch all through says nothing of how it counts, and takes its session with it. */
#include "calibrate_private.h"

#include "base/calendar.h"
#include "base/text.h"
#include "config/mistakes.h"
#include "kpis/periods.h"
#include "kpis/place_facts.h"
#include "store/publish.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WATCHED_MIN 0.99 /* of a quarter: nine seconds */
#define SESSION_MAX 86400

void yk_sessions_clear(struct yk_sessions *sessions)
{
    for (size_t i = 0; i < sessions->count; i++)
        free(sessions->list[i].quarter);
    free(sessions->list);
    *sessions = (struct yk_sessions){0};
}

static enum yk_status add(struct yk_sessions *sessions, const struct yk_session *session)
{
    if (sessions->count == sessions->capacity) {
        size_t capacity = sessions->capacity ? 2 * sessions->capacity : 64;
        struct yk_session *list = realloc(sessions->list, capacity * sizeof *list);
        if (!list)
            return YK_ERR_MEMORY;
        sessions->list = list;
        sessions->capacity = capacity;
    }
    struct yk_session *s = &sessions->list[sessions->count];
    *s = *session;
    s->quarters = (size_t)((s->end_s - s->start_s) / YK_WINDOW_S);
    s->quarter = malloc(s->quarters * sizeof *s->quarter);
    if (!s->quarter)
        return YK_ERR_MEMORY;
    for (size_t i = 0; i < s->quarters; i++)
        s->quarter[i] = (double)NAN;
    sessions->count++;
    return YK_OK;
}

/* The place has a camera with that line when the session begins. */
static bool has_line(const struct yk_config *config, const struct yk_session *s)
{
    for (size_t i = 0; i < config->sensor_count; i++) {
        const struct yk_sensor_config *sensor = yk_config_sensor_at(config, config->sensors[i].id, s->start_s);
        if (!sensor || strcmp(config->places[sensor->place].id, s->place) != 0)
            continue;
        for (size_t k = 0; k < sensor->line_count; k++)
            if (strcmp(sensor->lines[k].id, s->line) == 0)
                return true;
    }
    return false;
}

static bool overlap(const struct yk_session *a, const struct yk_session *b)
{
    return a->start_s < b->end_s && b->start_s < a->end_s;
}

/* Against what was read before: the same time twice, or both directions here and one there. */
static bool fits_in(const struct yk_sessions *sessions, const struct yk_session *s, struct yk_mistake_list *mistakes)
{
    for (size_t i = 0; i < sessions->count; i++) {
        const struct yk_session *other = &sessions->list[i];
        if (strcmp(other->place, s->place) != 0 || strcmp(other->line, s->line) != 0)
            continue;
        bool same = strcmp(other->direction, s->direction) == 0;
        bool both = strcmp(other->direction, "both") == 0 || strcmp(s->direction, "both") == 0;
        if (same && overlap(other, s)) {
            yk_mistake_add(mistakes, s->row, 0, "this time was counted in line %d already; leave one of the two out",
                           other->row);
            return false;
        }
        if (!same && both) {
            yk_mistake_add(
                mistakes, s->row, 0,
                "direction %s, but %s in line %d: one correction cannot hold for both directions together and "
                "for one of them; take two tables",
                s->direction, other->direction, other->row);
            return false;
        }
    }
    return true;
}

static bool read_line(struct yk_session *s, const struct yk_config *config, const char *text,
                      struct yk_mistake_list *mistakes)
{
    char excerpt[YK_EXCERPT_SIZE], place[2 * YK_ID_SIZE];
    bool good = yk_text_copy(place, sizeof place, text);
    char *slash = strchr(place, '/');
    if (good && slash) {
        *slash = '\0';
        good = yk_text_copy(s->place, sizeof s->place, place) && yk_text_copy(s->line, sizeof s->line, slash + 1);
    }
    if (good && slash && has_line(config, s))
        return true;
    yk_mistake_add(mistakes, s->row, 0, "there is no line '%s' in %s at that time; a line is called PLACE/LINE",
                   yk_excerpt(excerpt, text, strlen(text)), config->path);
    return false;
}

static bool read_direction(struct yk_session *s, const char *text, struct yk_mistake_list *mistakes)
{
    char excerpt[YK_EXCERPT_SIZE];
    (void)yk_text_copy(s->direction, sizeof s->direction, text);
    if (strcmp(text, "plus") == 0 || strcmp(text, "minus") == 0 || strcmp(text, "both") == 0)
        return true;
    yk_mistake_add(mistakes, s->row, 0, "'%s' is no direction; it is plus, minus or both",
                   yk_excerpt(excerpt, text, strlen(text)));
    return false;
}

static bool read_count(struct yk_session *s, const char *text, struct yk_mistake_list *mistakes)
{
    char excerpt[YK_EXCERPT_SIZE], *end = NULL;
    if (*text >= '0' && *text <= '9' && strlen(text) <= 9) {
        s->manual = (double)strtol(text, &end, 10);
        if (!*end)
            return true;
    }
    yk_mistake_add(mistakes, s->row, 0, "'%s' is no count; write a whole number such as 118",
                   yk_excerpt(excerpt, text, strlen(text)));
    return false;
}

struct table {
    struct yk_sessions *sessions;
    const struct yk_config *config;
};

static enum yk_status take_session(void *context, char **field, int line, struct yk_mistake_list *mistakes)
{
    const struct table *table = context;
    struct yk_session s = {.row = line};
    bool times = yk_counts_times(field, line, &s.start_s, &s.end_s, mistakes), good = times;
    if (times && (s.start_s % YK_WINDOW_S || s.end_s % YK_WINDOW_S)) {
        yk_mistake_add(
            mistakes, line, 0,
            "a session has to begin and end with a quarter of an hour, such as 10:00, 10:15, 10:30: crossings "
            "are known by quarters");
        good = false;
    } else if (times && s.end_s - s.start_s > SESSION_MAX) {
        yk_mistake_add(mistakes, line, 0, "the session is longer than a day");
        good = false;
    }
    good = (!times || read_line(&s, table->config, field[2], mistakes)) && good;
    good = read_direction(&s, field[3], mistakes) && good;
    good = read_count(&s, field[4], mistakes) && good;
    return good && fits_in(table->sessions, &s, mistakes) ? add(table->sessions, &s) : YK_OK;
}

static int compare_lines(const struct yk_session *x, const struct yk_session *y)
{
    int order = strcmp(x->place, y->place);
    order = order ? order : strcmp(x->line, y->line);
    return order ? order : strcmp(x->direction, y->direction);
}

static int by_line_and_start(const void *a, const void *b)
{
    const struct yk_session *x = a, *y = b;
    int order = compare_lines(x, y);
    return order ? order : (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

enum yk_status yk_sessions_read(struct yk_sessions *sessions, const struct yk_config *config, const char *path,
                                struct yk_error *err)
{
    enum yk_status status =
        yk_counts_read(path, YK_COUNTS_OF_LINES, 5, take_session, &(struct table){sessions, config}, err);
    if (sessions->count)
        qsort(sessions->list, sessions->count, sizeof *sessions->list, by_line_and_start);
    return status;
}

void yk_sessions_keep(struct yk_sessions *sessions, const char *place)
{
    size_t kept = 0;
    for (size_t i = 0; i < sessions->count; i++) {
        if (strcmp(sessions->list[i].place, place) == 0)
            sessions->list[kept++] = sessions->list[i];
        else
            free(sessions->list[i].quarter);
    }
    sessions->count = kept;
}

static int64_t in_direction(const char *direction, int64_t plus, int64_t minus)
{
    return strcmp(direction, "plus") == 0 ? plus : strcmp(direction, "minus") == 0 ? minus : plus + minus;
}

/* A quarter of the session's place. */
static void watch(struct yk_session *s, const struct yk_facts *facts)
{
    if (facts->start_s < s->start_s || facts->end_s > s->end_s)
        return;
    for (size_t i = 0; i < facts->line_count; i++) {
        const struct yk_line_facts *line = &facts->lines[i];
        if (strcmp(line->id, s->line) == 0 && line->cover.expected_s >= YK_WINDOW_S &&
            yk_coverage(&line->cover) >= WATCHED_MIN)
            s->quarter[(facts->start_s - s->start_s) / YK_WINDOW_S] =
                (double)in_direction(s->direction, line->plus, line->minus);
    }
}

/* One local day of one place, for each session that touches it. */
static enum yk_status watch_day(struct yk_sessions *sessions, const struct yk_place_question *question,
                                struct yk_error *err)
{
    struct yk_place_facts facts;
    enum yk_status status = yk_place_facts_read(question, &facts, err);
    for (size_t i = 0; status == YK_OK && i < sessions->count; i++)
        for (size_t q = 0; strcmp(sessions->list[i].place, question->place) == 0 && q < question->span->quarters; q++)
            watch(&sessions->list[i], &facts.quarter[q]);
    yk_place_facts_clear(&facts);
    return status;
}

/* True if an earlier session touches that day of the place: then it was read. */
static bool day_was_read(const struct yk_sessions *sessions, size_t i, int64_t day_s, int64_t next_s)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(sessions->list[k].place, sessions->list[i].place) == 0 && sessions->list[k].start_s < next_s &&
            sessions->list[k].end_s > day_s)
            return true;
    return false;
}

enum yk_status yk_sessions_watch_state(struct yk_sessions *sessions, const struct yk_config *config, const char *state,
                                       struct yk_error *err)
{
    struct yk_state_store *store = NULL;
    struct yk_periods periods;
    yk_periods_none(config, &periods);
    enum yk_status status = yk_state_open(state, &store, err);
    for (size_t i = 0; i < sessions->count && status == YK_OK; i++) {
        const struct yk_session *s = &sessions->list[i];
        for (int64_t day_s = yk_calendar_day_start(s->start_s, 0), next_s; day_s < s->end_s && status == YK_OK;
             day_s = next_s) {
            struct yk_span span;
            next_s = yk_calendar_day_next(day_s, 0);
            if (day_was_read(sessions, i, day_s, next_s))
                continue;
            if (yk_span_init(&span, day_s, next_s) != YK_OK) {
                status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
                break;
            }
            const struct yk_place_question question = {.config = config,
                                                       .store = store,
                                                       .place = s->place,
                                                       .span = &span,
                                                       .periods = &periods,
                                                       .as_of_s = yk_state_fact(store, "last_s", INT64_MIN)};
            status = watch_day(sessions, &question, err);
            yk_span_clear(&span);
        }
    }
    yk_state_close(store);
    return status;
}

struct rows {
    struct yk_session *session;
    bool rounded; /* provisional rows are told in fives */
};

static void take_row(void *context, const struct yk_kpi_row *row)
{
    const struct rows *r = context;
    struct yk_session *s = r->session;
    if (row->state != YK_STATE_OK || !(row->coverage >= WATCHED_MIN) || (r->rounded && !row->final) || row->n_low < 0 ||
        row->n_low != row->n_high || row->end_s - row->start_s != YK_WINDOW_S || row->start_s < s->start_s ||
        row->end_s > s->end_s)
        return;
    double *quarter = &s->quarter[(row->start_s - s->start_s) / YK_WINDOW_S];
    if (isnan(*quarter))
        *quarter = (double)row->n_low;
}

enum yk_status yk_sessions_watch_rows(struct yk_sessions *sessions, const struct yk_config *config, const char *publish,
                                      struct yk_error *err)
{
    struct yk_publish *store = NULL;
    enum yk_status status = yk_publish_open(publish, YK_PUBLISH_READ, &store, err);
    for (size_t i = 0; i < sessions->count && status == YK_OK; i++) {
        struct yk_session *s = &sessions->list[i];
        char place[2 * YK_ID_SIZE];
        snprintf(place, sizeof place, "%s/%s", s->place, s->line);
        const struct yk_row_query question = {.place = place,
                                              .kpi = "footfall",
                                              .direction = s->direction,
                                              .resolution = YK_RES_15M,
                                              .from_s = s->start_s,
                                              .to_s = s->end_s};
        status = yk_publish_query(store, &question, take_row, &(struct rows){s, config->privacy.line_k > 0}, NULL, err);
    }
    yk_publish_close(store);
    return status;
}

static double camera_of(const struct yk_session *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->quarters; i++)
        sum += s->quarter[i]; /* NAN if any is */
    return sum;
}

/* What the scatter of sessions calls one standard deviation. */
static double residual_of(const struct yk_ratio *r, const struct yk_session_counts *c)
{
    return (c->manual - r->ratio * c->camera) / sqrt(r->scatter * fmax(r->ratio * c->camera, 1));
}

static enum yk_status fit_line(const struct yk_session *first, size_t count, struct yk_line_fitted *out)
{
    *out = (struct yk_line_fitted){.place = first->place,
                                   .line = first->line,
                                   .direction = first->direction,
                                   .session = calloc(count, sizeof(*out->session)),
                                   .counts = calloc(count, sizeof *out->counts),
                                   .residual = calloc(count, sizeof *out->residual)};
    if (!out->session || !out->counts || !out->residual)
        return YK_ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        double camera = camera_of(&first[i]);
        if (isnan(camera)) {
            out->unwatched++;
            continue;
        }
        if (out->count == 0)
            out->fit.from_s = first[i].start_s;
        out->fit.to_s = first[i].end_s;
        out->session[out->count] = &first[i];
        out->counts[out->count++] = (struct yk_session_counts){first[i].manual, camera};
    }
    out->state = yk_ratio_fit(out->counts, out->count, &out->fit.ratio);
    for (size_t i = 0; i < out->count; i++)
        out->residual[i] = out->state == YK_RATIO_OK ? residual_of(&out->fit.ratio, &out->counts[i]) : (double)NAN;
    return YK_OK;
}

enum yk_status yk_sessions_fit(const struct yk_sessions *sessions, struct yk_line_fitted **list, size_t *count)
{
    *count = 0;
    *list = calloc(sessions->count + 1, sizeof(**list));
    if (!*list)
        return YK_ERR_MEMORY;
    for (size_t from = 0, to; from < sessions->count; from = to) {
        for (to = from + 1; to < sessions->count && compare_lines(&sessions->list[to], &sessions->list[from]) == 0;)
            to++;
        if (fit_line(&sessions->list[from], to - from, &(*list)[(*count)++]) != YK_OK)
            return YK_ERR_MEMORY;
    }
    return YK_OK;
}

void yk_lines_fitted_free(struct yk_line_fitted *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].session);
        free(list[i].counts);
        free(list[i].residual);
    }
    free(list);
}
