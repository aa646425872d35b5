/* The record of epochs. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/key_record.h"

#include "base/calendar.h"
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define EPOCHS_KEPT 1000 /* evidence for nearly three years of days */

struct yk_key_record {
    char path[YK_PATH_SIZE + 16], dir[YK_PATH_SIZE];
    int lock;
    json_t *epochs;
};

static bool understood(json_t *epochs)
{
    for (size_t i = 0; i < json_array_size(epochs); i++) {
        json_t *entry = json_array_get(epochs, i), *edges, *local;
        json_int_t start_s;
        int sent;
        if (json_unpack(entry, "{s:I, s:o, s:o, s:b}", "start_s", &start_s, "edges", &edges, "local", &local, "sent",
                        &sent) != 0 ||
            !json_is_array(edges) || !json_is_array(local))
            return false;
    }
    return json_is_array(epochs);
}

static enum yk_status load(struct yk_key_record *record, struct yk_error *err)
{
    json_error_t where = {.line = 0};
    if (access(record->path, F_OK) != 0 && errno == ENOENT) {
        record->epochs = json_array();
        return record->epochs ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    json_t *root = json_load_file(record->path, JSON_REJECT_DUPLICATES, &where);
    json_t *epochs = json_object_get(root, "epochs");
    bool ok = json_integer_value(json_object_get(root, "version")) == 1 && understood(epochs);
    if (ok)
        record->epochs = json_incref(epochs);
    json_decref(root);
    return ok ? YK_OK
              : yk_error_set(err, YK_ERR_INPUT,
                             "%s is no record of epoch keys (%s); move it away after the epoch that comes next has "
                             "begun, or that epoch could get two keys",
                             record->path, *where.text ? where.text : "its form or version is another");
}

enum yk_status yk_key_record_open(const char *dir, struct yk_key_record **out, struct yk_error *err)
{
    *out = NULL;
    struct yk_key_record *record = calloc(1, sizeof *record);
    if (!record)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    char lock[YK_PATH_SIZE + 16];
    record->lock = -1;
    enum yk_status status = YK_OK;
    if (snprintf(record->dir, sizeof record->dir, "%s", dir) >= (int)sizeof record->dir)
        status = yk_error_set(err, YK_ERR_USAGE, "the path of the keys is too long");
    snprintf(record->path, sizeof record->path, "%s/epochs.json", record->dir);
    snprintf(lock, sizeof lock, "%s/epochs.lock", record->dir);
    if (status == YK_OK && (record->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
        status = yk_error_errno(err, YK_ERR_IO, "cannot open %s", lock);
    if (status == YK_OK && flock(record->lock, LOCK_EX | LOCK_NB) != 0)
        status = yk_error_set(err, YK_ERR_UNAVAILABLE, "another 'yukikai keys run' works on %s", record->dir);
    if (status == YK_OK)
        status = load(record, err);
    if (status == YK_OK)
        *out = record;
    else
        yk_key_record_close(record);
    return status;
}

void yk_key_record_close(struct yk_key_record *record)
{
    if (!record)
        return;
    if (record->lock >= 0)
        close(record->lock);
    json_decref(record->epochs);
    free(record);
}

static json_t *entry_of(const struct yk_key_record *record, int64_t epoch_s)
{
    for (size_t i = json_array_size(record->epochs); i-- > 0;) {
        json_t *entry = json_array_get(record->epochs, i);
        if (json_integer_value(json_object_get(entry, "start_s")) == epoch_s)
            return entry;
    }
    return NULL;
}

bool yk_key_record_has(const struct yk_key_record *record, int64_t epoch_s)
{
    return entry_of(record, epoch_s) != NULL;
}

static bool sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static enum yk_status save(const struct yk_key_record *record, struct yk_error *err)
{
    char temporary[sizeof record->path + 8];
    snprintf(temporary, sizeof temporary, "%s.new", record->path);
    json_t *root = json_pack("{s:i, s:O}", "version", 1, "epochs", record->epochs);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok = root && fd >= 0 && json_dumpfd(root, fd, JSON_INDENT(1)) == 0 && fsync(fd) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    json_decref(root);
    if (!ok || rename(temporary, record->path) != 0 || !sync_folder(record->dir))
        return yk_error_errno(err, YK_ERR_IO, "cannot write %s", record->path);
    return YK_OK;
}

static json_t *names(const char *const *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(list[i]));
    return array;
}

enum yk_status yk_key_record_add(struct yk_key_record *record, int64_t epoch_s, int64_t made_s,
                                 const char *const *edges, size_t edge_count, const char *const *local,
                                 size_t local_count, struct yk_error *err)
{
    char epoch[YK_TIME_TEXT_MAX], made[YK_TIME_TEXT_MAX];
    json_t *entry = json_pack("{s:s, s:I, s:s, s:o, s:o, s:b}", "epoch", yk_time_format(epoch, epoch_s), "start_s",
                              (json_int_t)epoch_s, "made", yk_time_format(made, made_s), "edges",
                              names(edges, edge_count), "local", names(local, local_count), "sent", 0);
    if (!entry || json_array_append_new(record->epochs, entry) != 0)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    enum yk_status status = save(record, err);
    if (status != YK_OK)
        json_array_remove(record->epochs, json_array_size(record->epochs) - 1);
    else if (json_array_size(record->epochs) > EPOCHS_KEPT)
        json_array_remove(record->epochs, 0); /* the oldest made; gone from the file with the next save */
    return status;
}

enum yk_status yk_key_record_sent(struct yk_key_record *record, int64_t epoch_s, struct yk_error *err)
{
    json_t *entry = entry_of(record, epoch_s);
    if (!entry || json_is_true(json_object_get(entry, "sent")))
        return YK_OK;
    json_object_set_new(entry, "sent", json_true());
    return save(record, err);
}

bool yk_key_record_unsent(const struct yk_key_record *record, int64_t from_s, int64_t *epoch_s, char *edges,
                          size_t size)
{
    for (size_t i = json_array_size(record->epochs); i-- > 0;) {
        json_t *entry = json_array_get(record->epochs, i), *list = json_object_get(entry, "edges");
        *epoch_s = json_integer_value(json_object_get(entry, "start_s"));
        if (*epoch_s < from_s || json_is_true(json_object_get(entry, "sent")))
            continue;
        size_t length = 0;
        edges[0] = '\0';
        for (size_t e = 0; e < json_array_size(list) && length < size; e++) {
            const char *name = json_string_value(json_array_get(list, e));
            length += (size_t)snprintf(edges + length, size - length, "%s%s", e ? ", " : "", name ? name : "?");
        }
        return true;
    }
    return false;
}
