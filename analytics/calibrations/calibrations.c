/* Reading, adding, and what is in force. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The id is the head of the BLAKE2b hash of the entry's own JSON (keys sorted, no spaces, %.17g reals, times in seconds, without "id"): an entry
 * that was edited by hand no longer has its id and is refused, so a row's parameters name what was accepted and nothing else.
 * It is a check against slips and not against somebody who makes a new id. */
#include "calibrations/calibrations.h"

#include "base/calendar.h"
#include "base/text.h"
#include "config/mistakes.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <math.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BYTES_MAX (16 << 20)

/* The numbers of a fit, by the names they have in the file. */
struct number {
    const char *name;
    size_t offset;
    double least;  /* at least this */
    bool above;    /* and not equal */
    bool optional; /* null stands for 'not known' */
};
#define NUMBER(member, ...)                                           \
    {                                                                 \
#member, offsetof(struct yk_calibration, member), __VA_ARGS__ \
    }
static const struct number NUMBERS[] = {
    NUMBER(rho, 0, true, false),        NUMBER(rho_se, 0, false, false),    NUMBER(serial, 1, false, false),
    NUMBER(kappa, 0, false, false),     NUMBER(rotations, -1, false, true), NUMBER(noise, 0, false, false),
    NUMBER(dof, 1, false, false),       NUMBER(slope_dof, 0, false, false), NUMBER(ratio, 0, false, false),
    NUMBER(period_se, 0, false, false),
};
#define NUMBER_COUNT (sizeof NUMBERS / sizeof NUMBERS[0])
static const char *const OTHERS[] = {"id",      "place",  "by",       "accepted", "valid_from",
                                     "expires", "points", "outliers", "from",     "to"};

static double *number_at(struct yk_calibration *fit, size_t i)
{
    return (double *)(void *)((char *)fit + NUMBERS[i].offset);
}

/* As text for people; as seconds in what the id is made of, which does not depend on the time zone. */
static json_t *time_json(int64_t t_s, bool for_people)
{
    if (!for_people)
        return json_integer(t_s);
    char text[YK_TIME_TEXT_MAX];
    return json_string(yk_time_format(text, t_s));
}

static json_t *entry_json(const struct yk_calibration_entry *e, bool with_id)
{
    struct yk_calibration fit = e->fit;
    json_t *o = json_object();
    if (with_id)
        json_object_set_new(o, "id", json_string(e->id));
    json_object_set_new(o, "place", json_string(e->place));
    json_object_set_new(o, "valid_from", time_json(e->valid_from_s, with_id));
    json_object_set_new(o, "expires", time_json(e->expires_s, with_id));
    json_object_set_new(o, "accepted", time_json(e->accepted_s, with_id));
    json_object_set_new(o, "by", json_string(e->by));
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        double value = *number_at(&fit, i);
        json_object_set_new(o, NUMBERS[i].name, isnan(value) ? json_null() : json_real(value));
    }
    json_object_set_new(o, "points", json_integer((json_int_t)fit.points));
    json_object_set_new(o, "outliers", json_integer((json_int_t)fit.outliers));
    json_object_set_new(o, "from", time_json(fit.from_s, with_id));
    json_object_set_new(o, "to", time_json(fit.to_s, with_id));
    return o;
}

static void hash_text(const char *text, char id[static YK_CALIBRATION_ID_SIZE])
{
    uint8_t hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
    sodium_bin2hex(id, YK_CALIBRATION_ID_SIZE, hash, (YK_CALIBRATION_ID_SIZE - 1) / 2);
}

void yk_calibration_entry_id(const struct yk_calibration_entry *entry, char id[static YK_CALIBRATION_ID_SIZE])
{
    json_t *o = entry_json(entry, false);
    char *text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) : NULL;
    id[0] = '\0';
    if (text)
        hash_text(text, id);
    free(text);
    json_decref(o);
}

/* One entry being read; mistakes name it by its place in the list, from 1. */
struct reading {
    json_t *object;
    size_t number;
    struct yk_mistake_list *mistakes;
};

#define MISTAKE(r, ...) yk_mistake_add((r)->mistakes, 0, 0, __VA_ARGS__)

static void read_text(struct reading *r, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(r->object, key));
    if (!text || !*text)
        MISTAKE(r, "calibration %zu: %s is missing or no text", r->number, key);
    else if (!yk_text_copy(out, size, text))
        MISTAKE(r, "calibration %zu: %s is longer than %zu bytes", r->number, key, size - 1);
}

static void read_time(struct reading *r, const char *key, int64_t *out_s)
{
    const char *text = json_string_value(json_object_get(r->object, key));
    struct yk_wall wall;
    if (!text || !yk_time_parse(text, &wall))
        MISTAKE(r, "calibration %zu: %s is no time such as \"2026-04-01T04:00:00+09:00\"", r->number, key);
    else
        *out_s = wall.us / 1000000;
}

static void read_count(struct reading *r, const char *key, size_t *out)
{
    const json_t *value = json_object_get(r->object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        MISTAKE(r, "calibration %zu: %s is no number from 0 up", r->number, key);
    else
        *out = (size_t)json_integer_value(value);
}

static void read_number(struct reading *r, size_t i, struct yk_calibration *fit)
{
    const struct number *n = &NUMBERS[i];
    const json_t *value = json_object_get(r->object, n->name);
    if (json_is_null(value) && n->optional) {
        *number_at(fit, i) = (double)NAN;
        return;
    }
    double x = json_is_number(value) ? json_number_value(value) : (double)NAN;
    if (!isfinite(x) || x < n->least || (n->above && x <= n->least))
        MISTAKE(r, "calibration %zu: %s is no number %s %g", r->number, n->name, n->above ? "above" : "from", n->least);
    *number_at(fit, i) = x;
}

static bool known(const char *key)
{
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        if (strcmp(key, NUMBERS[i].name) == 0)
            return true;
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
        if (strcmp(key, OTHERS[i]) == 0)
            return true;
    return false;
}

static void read_entry(struct reading *r, struct yk_calibration_entry *e)
{
    char excerpt[YK_EXCERPT_SIZE], id[YK_CALIBRATION_ID_SIZE];
    if (!json_is_object(r->object)) {
        MISTAKE(r, "calibration %zu is not {...}", r->number);
        return;
    }
    size_t before = r->mistakes->found.count;
    const char *key;
    json_t *value;
    json_object_foreach(r->object, key, value)
    {
        (void)value;
        if (!known(key))
            MISTAKE(r, "calibration %zu: '%s' is not known", r->number, yk_excerpt(excerpt, key, strlen(key)));
    }
    read_text(r, "id", e->id, sizeof e->id);
    read_text(r, "place", e->place, sizeof e->place);
    read_text(r, "by", e->by, sizeof e->by);
    read_time(r, "accepted", &e->accepted_s);
    read_time(r, "valid_from", &e->valid_from_s);
    read_time(r, "expires", &e->expires_s);
    read_time(r, "from", &e->fit.from_s);
    read_time(r, "to", &e->fit.to_s);
    read_count(r, "points", &e->fit.points);
    read_count(r, "outliers", &e->fit.outliers);
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        read_number(r, i, &e->fit);
    if (r->mistakes->found.count != before)
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

static void read_document(json_t *root, const char *district, struct yk_calibrations *out,
                          struct yk_mistake_list *mistakes)
{
    char excerpt[YK_EXCERPT_SIZE];
    if (!json_is_object(root) || json_integer_value(json_object_get(root, "version")) != 1) {
        yk_mistake_add(mistakes, 1, 0, "not a calibrations file of version 1: {\"version\": 1, ...}");
        return;
    }
    const char *key, *whose = json_string_value(json_object_get(root, "district"));
    json_t *value, *list = json_object_get(root, "calibrations");
    json_object_foreach(root, key, value)
    {
        (void)value;
        if (strcmp(key, "version") != 0 && strcmp(key, "district") != 0 && strcmp(key, "calibrations") != 0)
            yk_mistake_add(mistakes, 0, 0, "'%s' is not known", yk_excerpt(excerpt, key, strlen(key)));
    }
    if (!whose || strcmp(whose, district) != 0)
        yk_mistake_add(mistakes, 0, 0, "calibrations of another district than '%s'", district);
    yk_text_copy(out->district, sizeof out->district, district);
    if (!json_is_array(list) || json_array_size(list) > YK_CALIBRATIONS_MAX) {
        yk_mistake_add(mistakes, 0, 0, "calibrations is not a list of at most %d", YK_CALIBRATIONS_MAX);
        return;
    }
    out->list = calloc(json_array_size(list) + 1, sizeof *out->list);
    if (!out->list) {
        mistakes->out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct reading r = {json_array_get(list, i), i + 1, mistakes};
        read_entry(&r, &out->list[i]);
        for (size_t k = 0; k < i; k++)
            if (out->list[i].id[0] && strcmp(out->list[k].id, out->list[i].id) == 0)
                yk_mistake_add(mistakes, 0, 0, "calibration %zu is there twice (%s)", i + 1, out->list[i].id);
        out->count = i + 1;
    }
}

enum yk_status yk_calibrations_read(const char *path, const char *district, struct yk_calibrations *out,
                                    struct yk_config_mistakes *mistakes, struct yk_error *err)
{
    *out = (struct yk_calibrations){0};
    if (mistakes)
        *mistakes = (struct yk_config_mistakes){0};
    FILE *file = fopen(path, "re");
    if (!file)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "%s", path);
    json_error_t why;
    struct yk_mistake_list list = {0};
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &why);
    fclose(file);
    if (root)
        read_document(root, district, out, &list);
    else
        yk_mistake_add(&list, why.line, why.column, "not JSON: %s", why.text);
    json_decref(root);
    enum yk_status status = yk_mistake_finish(&list, path, mistakes, err);
    if (status != YK_OK)
        yk_calibrations_clear(out);
    return status;
}

void yk_calibrations_clear(struct yk_calibrations *calibrations)
{
    free(calibrations->list);
    *calibrations = (struct yk_calibrations){0};
}

/* Beside it, synced, and then in its place. */
static enum yk_status write_whole(const char *path, json_t *root, struct yk_error *err)
{
    char beside[4096];
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    if (!text || snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside) {
        free(text);
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool ok = file && fprintf(file, "%s\n", text) > 0 && fflush(file) == 0 && fsync(fd) == 0;
    free(text);
    if (file)
        ok = fclose(file) == 0 && ok;
    else if (fd >= 0)
        close(fd);
    if (!ok || rename(beside, path) != 0) {
        enum yk_status status = yk_error_errno(err, errno == ENOSPC ? YK_ERR_FULL : YK_ERR_IO, "cannot write %s", path);
        unlink(beside);
        return status;
    }
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    int dir = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        (void)fsync(dir);
        close(dir);
    }
    return YK_OK;
}

enum yk_status yk_calibrations_accept(const char *path, const char *district, struct yk_calibration_entry *entries,
                                      size_t count, struct yk_error *err)
{
    struct yk_calibrations there;
    enum yk_status status = yk_calibrations_read(path, district, &there, NULL, err);
    if (status != YK_OK && !(status == YK_ERR_NO_INPUT && access(path, F_OK) != 0 && errno == ENOENT))
        return status;
    status = YK_OK;
    json_t *list = json_array();
    for (size_t i = 0; i < there.count; i++)
        json_array_append_new(list, entry_json(&there.list[i], true));
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        yk_calibration_entry_id(&entries[i], entries[i].id);
        for (size_t k = 0; k < there.count && status == YK_OK; k++) {
            const struct yk_calibration_entry *old = &there.list[k];
            if (strcmp(old->id, entries[i].id) == 0)
                status = yk_error_set(err, YK_ERR_REFUSED, "%s: calibration %s is there already", path, old->id);
            else if (strcmp(old->place, entries[i].place) == 0 && old->valid_from_s > entries[i].valid_from_s)
                status = yk_error_set(err, YK_ERR_REFUSED, "%s: a calibration of %s (%s) already begins after this one",
                                      path, old->place, old->id);
        }
        json_array_append_new(list, entry_json(&entries[i], true));
    }
    json_t *root = json_pack("{s:i, s:s, s:O}", "version", 1, "district", district, "calibrations", list);
    if (status == YK_OK)
        status = root ? write_whole(path, root, err) : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    json_decref(root);
    json_decref(list);
    yk_calibrations_clear(&there);
    return status;
}

/* The place's newest entry that has begun, unless it has expired: an older one does not come back. */
static const struct yk_calibration_entry *in_force(const struct yk_calibrations *c, const char *place, int64_t t_s)
{
    const struct yk_calibration_entry *best = NULL;
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->list[i].place, place) == 0 && c->list[i].valid_from_s <= t_s &&
            (!best || c->list[i].valid_from_s >= best->valid_from_s))
            best = &c->list[i];
    return best && t_s < best->expires_s ? best : NULL;
}

static int by_id(const void *a, const void *b)
{
    return strcmp((*(const struct yk_calibration_entry *const *)a)->id,
                  (*(const struct yk_calibration_entry *const *)b)->id);
}

enum yk_calibration_basis yk_calibrations_in_force(const struct yk_calibrations *c, const char *place, int64_t t_s,
                                                   struct yk_calibration_in_force *out)
{
    *out = (struct yk_calibration_in_force){0};
    const struct yk_calibration_entry **list = calloc(c->count + 1, sizeof(*list));
    struct yk_calibration *fits = calloc(c->count + 1, sizeof *fits);
    char *ids = calloc(c->count + 1, YK_CALIBRATION_ID_SIZE);
    size_t places = 0;
    if (!list || !fits || !ids)
        goto out;
    for (size_t i = 0; i < c->count; i++)
        if (in_force(c, c->list[i].place, t_s) == &c->list[i])
            list[places++] = &c->list[i];
    qsort(list, places, sizeof(*list), by_id); /* sums of doubles depend on order: the file's does not matter */
    for (size_t i = 0; i < places; i++) {
        fits[i] = list[i]->fit;
        strcat(ids, list[i]->id);
    }
    struct yk_pool pool;
    bool pooled = yk_pool_fit(fits, places, &pool) == YK_POOL_OK;
    out->own = in_force(c, place, t_s);
    if (out->own && pooled) {
        yk_pool_shrink(&pool, &out->own->fit, &out->calibration);
        out->basis = YK_CALIBRATED_OWN;
    } else if (out->own) {
        out->calibration = out->own->fit;
        out->basis = YK_CALIBRATED_OWN;
    } else if (pooled) {
        yk_pool_elsewhere(&pool, &out->calibration);
        out->basis = YK_CALIBRATED_POOLED;
    }
    if (out->basis != YK_CALIBRATED_NOT) {
        out->places = places;
        hash_text(ids, out->id);
    }
out:
    free(ids);
    free(fits);
    free(list);
    return out->basis;
}
