/* The file: reading, adding, and what is in force. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/calibrations.h"

#include "base/text.h"
#include "calibrations/entry.h"
#include "calibrations/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCK_WAIT_MS     10000
#define VERSION_OF_KINDS 2 /* with entries that have a kind; a file without them stays 1, which earlier programs read */

static void read_document(json_t *root, const char *district, struct yk_calibrations *out,
                          struct yk_mistake_list *mistakes)
{
    char excerpt[YK_EXCERPT_SIZE];
    json_int_t version = json_integer_value(json_object_get(root, "version"));
    if (!json_is_object(root) || version < 1 || version > VERSION_OF_KINDS) {
        yk_mistake_add(mistakes, 1, 0, "not a calibrations file of version 1 or 2: {\"version\": 1, ...}");
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
        yk_calibration_entry_read(json_array_get(list, i), i + 1, &out->list[i], mistakes);
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

/* One takes over from the other: persons per device of a place, or the same line with a direction in common. */
static bool same_subject(const struct yk_calibration_entry *a, const struct yk_calibration_entry *b)
{
    if (a->kind != b->kind || strcmp(a->place, b->place) != 0)
        return false;
    return a->kind != YK_CALIBRATION_OF_LINE ||
           (strcmp(a->line, b->line) == 0 && (strcmp(a->direction, b->direction) == 0 ||
                                              strcmp(a->direction, "both") == 0 || strcmp(b->direction, "both") == 0));
}

/* The entry, with its id, may stand behind those that are there. */
static enum yk_status may_follow(const char *path, const struct yk_calibrations *there,
                                 const struct yk_calibration_entry *entry, struct yk_error *err)
{
    for (size_t k = 0; k < there->count; k++) {
        const struct yk_calibration_entry *old = &there->list[k];
        if (strcmp(old->id, entry->id) == 0)
            return yk_error_set(err, YK_ERR_REFUSED, "%s: calibration %s is there already", path, old->id);
        if (same_subject(old, entry) && old->valid_from_s > entry->valid_from_s)
            return yk_error_set(err, YK_ERR_REFUSED, "%s: a calibration of %s%s%s (%s) already begins after this one",
                                path, old->place, *old->line ? "/" : "", old->line, old->id);
    }
    return YK_OK;
}

/* Under the lock: what is in the file, and behind it the entries. */
static enum yk_status add(const char *path, const char *district, struct yk_calibration_entry *entries, size_t count,
                          struct yk_error *err)
{
    struct yk_calibrations there;
    enum yk_status status = yk_calibrations_read(path, district, &there, NULL, err);
    if (status != YK_OK && !(status == YK_ERR_NO_INPUT && access(path, F_OK) != 0 && errno == ENOENT))
        return status;
    status = there.count + count > YK_CALIBRATIONS_MAX
                 ? yk_error_set(err, YK_ERR_FULL, "%s: more than %d calibrations", path, YK_CALIBRATIONS_MAX)
                 : YK_OK;
    int version = 1;
    json_t *list = json_array();
    for (size_t i = 0; i < there.count; i++) {
        json_array_append_new(list, yk_calibration_entry_json(&there.list[i], true));
        version = there.list[i].kind == YK_CALIBRATION_OF_DEVICES ? version : VERSION_OF_KINDS;
    }
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        yk_calibration_entry_id(&entries[i], entries[i].id);
        status = may_follow(path, &there, &entries[i], err);
        json_array_append_new(list, yk_calibration_entry_json(&entries[i], true));
        version = entries[i].kind == YK_CALIBRATION_OF_DEVICES ? version : VERSION_OF_KINDS;
    }
    json_t *root = json_pack("{s:i, s:s, s:O}", "version", version, "district", district, "calibrations", list);
    if (status == YK_OK)
        status = root ? write_whole(path, root, err) : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    json_decref(root);
    json_decref(list);
    yk_calibrations_clear(&there);
    return status;
}

enum yk_status yk_calibrations_accept(const char *path, const char *district, struct yk_calibration_entry *entries,
                                      size_t count, struct yk_error *err)
{
    int lock = -1;
    enum yk_status status = yk_calibrations_lock(path, LOCK_WAIT_MS, &lock, err);
    if (status == YK_OK)
        status = add(path, district, entries, count, err);
    yk_calibrations_unlock(lock);
    return status;
}

/* The place's newest entry that has begun, unless it has expired: an older one does not come back. */
static const struct yk_calibration_entry *in_force(const struct yk_calibrations *c, const char *place, int64_t t_s)
{
    const struct yk_calibration_entry *best = NULL;
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i].kind == YK_CALIBRATION_OF_DEVICES && strcmp(c->list[i].place, place) == 0 &&
            c->list[i].valid_from_s <= t_s && (!best || c->list[i].valid_from_s >= best->valid_from_s))
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
        if (in_force(c, c->list[i].place, t_s) == &c->list[i]) /* never one of a line */
            list[places++] = &c->list[i];
    qsort(list, places, sizeof(*list), by_id); /* sums of doubles depend on order: the file's does not matter */
    for (size_t i = 0; i < places; i++) {
        fits[i] = list[i]->fit;
        memcpy(ids + i * (YK_CALIBRATION_ID_SIZE - 1), list[i]->id, YK_CALIBRATION_ID_SIZE);
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
        yk_calibration_hash(ids, out->id);
    }
out:
    free(ids);
    free(fits);
    free(list);
    return out->basis;
}
