/* Entries: what they say, by kind. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The id is the head of the BLAKE2b hash of the entry's own JSON (keys sorted, no spaces, %.17g reals, times in seconds, without "id"): an entry
 * that was edited by hand no longer has its id and is refused, so a row's parameters name what was accepted and nothing else.
 * It is a check against slips and not against somebody who makes a new id. An entry of devices has no "kind", as all had none
 * before there were others: so ids stay what they are. */
#include "calibrations/entry.h"

#include "base/calendar.h"
#include "base/text.h"

#include <math.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of a fit, by the names they have in the file. */
struct number {
    const char *name;
    size_t offset;
    double least;  /* at least this */
    bool above;    /* and not equal */
    bool optional; /* null stands for 'not known' */
};
#define NUMBER(path, name, ...)                                              \
    {                                                                        \
#name, offsetof(struct yk_calibration_entry, path.name), __VA_ARGS__ \
    }
static const struct number OF_DEVICES[] = {
    NUMBER(fit, rho, 0, true, false),        NUMBER(fit, rho_se, 0, false, false),
    NUMBER(fit, serial, 1, false, false),    NUMBER(fit, kappa, 0, false, false),
    NUMBER(fit, rotations, -1, false, true), NUMBER(fit, noise, 0, false, false),
    NUMBER(fit, dof, 1, false, false),       NUMBER(fit, slope_dof, 0, false, false),
    NUMBER(fit, ratio, 0, false, false),     NUMBER(fit, period_se, 0, false, false),
};
static const struct number OF_LINE[] = {
    NUMBER(line_fit.ratio, ratio, 0, true, false),
    NUMBER(line_fit.ratio, se, 0, false, false),
    NUMBER(line_fit.ratio, scatter, 0, false, false),
    NUMBER(line_fit.ratio, dof, 1, false, false),
};

static const char *const COMMON[] = {"id", "place", "by", "accepted", "valid_from", "expires", "from", "to"};
static const char *const DEVICES_KEYS[] = {"points", "outliers"};
static const char *const LINE_KEYS[] = {"kind", "line", "direction", "sessions"};

/* What an entry of a kind holds beside what all hold. */
struct shape {
    const char *kind; /* NULL: not written */
    const struct number *numbers;
    size_t number_count;
    const char *const *keys;
    size_t key_count;
};
#define COUNT(list) (sizeof(list) / sizeof(list)[0])
static const struct shape SHAPES[] = {
    [YK_CALIBRATION_OF_DEVICES] = {NULL, OF_DEVICES, COUNT(OF_DEVICES), DEVICES_KEYS, COUNT(DEVICES_KEYS)},
    [YK_CALIBRATION_OF_LINE] = {"line", OF_LINE, COUNT(OF_LINE), LINE_KEYS, COUNT(LINE_KEYS)},
};

static double number_of(const struct yk_calibration_entry *entry, const struct number *n)
{
    double value;
    memcpy(&value, (const char *)entry + n->offset, sizeof value);
    return value;
}

static void set_number(struct yk_calibration_entry *entry, const struct number *n, double value)
{
    memcpy((char *)entry + n->offset, &value, sizeof value);
}

/* As text for people; as seconds in what the id is made of, which does not depend on the time zone. */
static json_t *time_json(int64_t t_s, bool for_people)
{
    if (!for_people)
        return json_integer(t_s);
    char text[YK_TIME_TEXT_MAX];
    return json_string(yk_time_format(text, t_s));
}

json_t *yk_calibration_entry_json(const struct yk_calibration_entry *e, bool for_people)
{
    const struct shape *shape = &SHAPES[e->kind];
    bool line = e->kind == YK_CALIBRATION_OF_LINE;
    json_t *o = json_object();
    if (for_people)
        json_object_set_new(o, "id", json_string(e->id));
    if (shape->kind)
        json_object_set_new(o, "kind", json_string(shape->kind));
    json_object_set_new(o, "place", json_string(e->place));
    if (line) {
        json_object_set_new(o, "line", json_string(e->line));
        json_object_set_new(o, "direction", json_string(e->direction));
    }
    json_object_set_new(o, "valid_from", time_json(e->valid_from_s, for_people));
    json_object_set_new(o, "expires", time_json(e->expires_s, for_people));
    json_object_set_new(o, "accepted", time_json(e->accepted_s, for_people));
    json_object_set_new(o, "by", json_string(e->by));
    for (size_t i = 0; i < shape->number_count; i++) {
        double value = number_of(e, &shape->numbers[i]);
        json_object_set_new(o, shape->numbers[i].name, isnan(value) ? json_null() : json_real(value));
    }
    if (line) {
        json_object_set_new(o, "sessions", json_integer((json_int_t)e->line_fit.ratio.sessions));
    } else {
        json_object_set_new(o, "points", json_integer((json_int_t)e->fit.points));
        json_object_set_new(o, "outliers", json_integer((json_int_t)e->fit.outliers));
    }
    json_object_set_new(o, "from", time_json(line ? e->line_fit.from_s : e->fit.from_s, for_people));
    json_object_set_new(o, "to", time_json(line ? e->line_fit.to_s : e->fit.to_s, for_people));
    return o;
}

void yk_calibration_hash(const char *text, char id[static YK_CALIBRATION_ID_SIZE])
{
    uint8_t hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
    sodium_bin2hex(id, YK_CALIBRATION_ID_SIZE, hash, (YK_CALIBRATION_ID_SIZE - 1) / 2);
}

void yk_calibration_entry_id(const struct yk_calibration_entry *entry, char id[static YK_CALIBRATION_ID_SIZE])
{
    json_t *o = yk_calibration_entry_json(entry, false);
    char *text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) : NULL;
    id[0] = '\0';
    if (text)
        yk_calibration_hash(text, id);
    free(text);
    json_decref(o);
}

/* One entry being read; mistakes name it by its place in the list. */
struct reading {
    const json_t *object;
    size_t number;
    struct yk_mistake_list *mistakes;
};

#define MISTAKE(r, ...) yk_mistake_add((r)->mistakes, 0, 0, __VA_ARGS__)

static void read_text(const struct reading *r, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(r->object, key));
    if (!text || !*text)
        MISTAKE(r, "calibration %zu: %s is missing or no text", r->number, key);
    else if (!yk_text_copy(out, size, text))
        MISTAKE(r, "calibration %zu: %s is longer than %zu bytes", r->number, key, size - 1);
}

static void read_time(const struct reading *r, const char *key, int64_t *out_s)
{
    const char *text = json_string_value(json_object_get(r->object, key));
    struct yk_wall wall;
    if (!text || !yk_time_parse(text, &wall))
        MISTAKE(r, "calibration %zu: %s is no time such as \"2026-04-01T04:00:00+09:00\"", r->number, key);
    else
        *out_s = wall.us / 1000000;
}

static void read_count(const struct reading *r, const char *key, size_t *out)
{
    const json_t *value = json_object_get(r->object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        MISTAKE(r, "calibration %zu: %s is no number from 0 up", r->number, key);
    else
        *out = (size_t)json_integer_value(value);
}

static void read_number(const struct reading *r, const struct number *n, struct yk_calibration_entry *e)
{
    const json_t *value = json_object_get(r->object, n->name);
    if (json_is_null(value) && n->optional) {
        set_number(e, n, (double)NAN);
        return;
    }
    double x = json_is_number(value) ? json_number_value(value) : (double)NAN;
    if (!isfinite(x) || x < n->least || (n->above && x <= n->least))
        MISTAKE(r, "calibration %zu: %s is no number %s %g", r->number, n->name, n->above ? "above" : "from", n->least);
    set_number(e, n, x);
}

static bool among(const char *key, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, list[i]) == 0)
            return true;
    return false;
}

static bool known(const struct shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->number_count; i++)
        if (strcmp(key, shape->numbers[i].name) == 0)
            return true;
    return among(key, COMMON, COUNT(COMMON)) || among(key, shape->keys, shape->key_count);
}

/* False, with a mistake, for a kind that is not known. */
static bool read_kind(const struct reading *r, struct yk_calibration_entry *e)
{
    char excerpt[YK_EXCERPT_SIZE];
    const json_t *value = json_object_get(r->object, "kind");
    const char *kind = json_string_value(value);
    e->kind = kind ? YK_CALIBRATION_OF_LINE : YK_CALIBRATION_OF_DEVICES;
    if (!value || (kind && strcmp(kind, SHAPES[YK_CALIBRATION_OF_LINE].kind) == 0))
        return true;
    MISTAKE(
        r,
        "calibration %zu: kind '%s' is not known here; it is \"line\", or not there for persons per device. A newer "
        "yukikai may have accepted it",
        r->number, kind ? yk_excerpt(excerpt, kind, strlen(kind)) : "");
    return false;
}

static void read_line(const struct reading *r, struct yk_calibration_entry *e)
{
    static const char *const directions[] = {"plus", "minus", "both"};
    read_text(r, "line", e->line, sizeof e->line);
    const char *direction = json_string_value(json_object_get(r->object, "direction"));
    if (direction && among(direction, directions, COUNT(directions)))
        (void)yk_text_copy(e->direction, sizeof e->direction, direction);
    else
        MISTAKE(r, "calibration %zu: direction is none of plus, minus, both", r->number);
    read_count(r, "sessions", &e->line_fit.ratio.sessions);
}

void yk_calibration_entry_read(const json_t *object, size_t number, struct yk_calibration_entry *e,
                               struct yk_mistake_list *mistakes)
{
    struct reading reading = {object, number, mistakes}, *r = &reading;
    char excerpt[YK_EXCERPT_SIZE], id[YK_CALIBRATION_ID_SIZE];
    *e = (struct yk_calibration_entry){0};
    if (!json_is_object(object)) {
        MISTAKE(r, "calibration %zu is not {...}", r->number);
        return;
    }
    size_t before = mistakes->found.count;
    if (!read_kind(r, e))
        return;
    const struct shape *shape = &SHAPES[e->kind];
    bool line = e->kind == YK_CALIBRATION_OF_LINE;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        (void)value;
        if (!known(shape, key))
            MISTAKE(r, "calibration %zu: '%s' is not known", r->number, yk_excerpt(excerpt, key, strlen(key)));
    }
    read_text(r, "id", e->id, sizeof e->id);
    read_text(r, "place", e->place, sizeof e->place);
    read_text(r, "by", e->by, sizeof e->by);
    read_time(r, "accepted", &e->accepted_s);
    read_time(r, "valid_from", &e->valid_from_s);
    read_time(r, "expires", &e->expires_s);
    read_time(r, "from", line ? &e->line_fit.from_s : &e->fit.from_s);
    read_time(r, "to", line ? &e->line_fit.to_s : &e->fit.to_s);
    if (line) {
        read_line(r, e);
    } else {
        read_count(r, "points", &e->fit.points);
        read_count(r, "outliers", &e->fit.outliers);
    }
    for (size_t i = 0; i < shape->number_count; i++)
        read_number(r, &shape->numbers[i], e);
    if (mistakes->found.count != before)
        return;
    if (e->expires_s <= e->valid_from_s)
        MISTAKE(r, "calibration %zu: expires is not after valid_from", r->number);
    yk_calibration_entry_id(e, id);
    if (strcmp(id, e->id) != 0)
        MISTAKE(r,
                "calibration %zu: it was changed after it was accepted (what it says has the id %s, not %s); accept a "
                "new one instead",
                r->number, id, e->id);
}
