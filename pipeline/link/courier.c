/* Files in, files out. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/courier.h"

#include "base/calendar.h"
#include "base/log.h"
#include "base/small_file.h"
#include "base/text.h"
#include "frame/epoch_key.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERY_US     INT64_C(60000000)
#define SENT_MAX     16
#define NEAR_S       (4 * 86400) /* no epoch that may be asked for is farther from now */
#define EPOCHS_AHEAD 2

struct sent {
    int64_t epoch_s;
    uint8_t hash[crypto_generichash_BYTES];
};

struct yk_courier {
    struct yk_courier_options options;
    char inbox[YK_PATH_SIZE], district[YK_ID_SIZE], edge[YK_ID_SIZE];
    bool visited;
    struct yk_mono last;
    struct sent sent[SENT_MAX]; /* a ring */
    size_t sent_count;
    struct yk_log_once no_inbox, refused, strange;
};

enum yk_status yk_courier_new(const struct yk_courier_options *options, struct yk_courier **out, struct yk_error *err)
{
    struct yk_courier *courier = sodium_init() < 0 ? NULL : calloc(1, sizeof *courier);
    *out = NULL;
    if (!courier)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    courier->options = *options;
    yk_text_copy(courier->district, sizeof courier->district, options->district);
    yk_text_copy(courier->edge, sizeof courier->edge, options->edge);
    if (!yk_text_copy(courier->inbox, sizeof courier->inbox, options->inbox)) {
        free(courier);
        return yk_error_set(err, YK_ERR_USAGE, "the path of the inbox is too long");
    }
    *out = courier;
    return YK_OK;
}

void yk_courier_free(struct yk_courier *courier)
{
    free(courier);
}

void yk_courier_forget(struct yk_courier *courier)
{
    if (!courier)
        return;
    courier->visited = false;
    courier->sent_count = 0;
}

static bool was_sent(const struct yk_courier *c, const struct sent *sent)
{
    for (size_t i = 0; i < c->sent_count && i < SENT_MAX; i++)
        if (c->sent[i].epoch_s == sent->epoch_s && memcmp(c->sent[i].hash, sent->hash, sizeof sent->hash) == 0)
            return true;
    return false;
}

/* A command whose refusal is logged and is no failure. *reply may be NULL with YK_OK. */
static enum yk_status ask(struct yk_courier *c, struct yk_redis *redis, int argc, const char **argv,
                          const size_t *lengths, redisReply **reply, struct yk_error *err)
{
    struct yk_error own;
    enum yk_status status = yk_redis_command(redis, argc, argv, lengths, reply, &own);
    if (status == YK_OK) {
        yk_log_leave(&c->refused, "Redis takes key messages again");
        return YK_OK;
    }
    *reply = NULL;
    if (status == YK_ERR_UNAVAILABLE || yk_redis_broken(redis))
        return yk_error_set(err, status, "%s", own.message);
    yk_log_enter(&c->refused, "epoch keys: %s; epochs will have local keys", own.message);
    return YK_OK;
}

static enum yk_status send_one(struct yk_courier *c, struct yk_redis *redis, int folder_fd, const char *name,
                               struct yk_error *err)
{
    uint8_t message[YK_KEY_MESSAGES_MAX];
    size_t size;
    struct sent sent;
    if (!yk_small_file_number(name, "sealing-", ".msg", &sent.epoch_s) ||
        !yk_small_file_read(folder_fd, name, message, sizeof message, &size))
        return YK_OK;
    crypto_generichash(sent.hash, sizeof sent.hash, message, size, NULL, 0);
    if (was_sent(c, &sent))
        return YK_OK;
    char key[YK_KEY_SIZE];
    yk_key_sealing(key, c->district, c->options.shard, c->edge);
    const char *argv[] = {"XADD", key, "MAXLEN", "~", "100", "*", "f", (const char *)message};
    const size_t lengths[] = {4, strlen(key), 6, 1, 3, 1, 1, size};
    redisReply *reply;
    enum yk_status status = ask(c, redis, 8, argv, lengths, &reply, err);
    if (reply)
        c->sent[c->sent_count++ % SENT_MAX] = sent;
    freeReplyObject(reply);
    return status;
}

static enum yk_status send_all(struct yk_courier *c, struct yk_redis *redis, int folder_fd, struct yk_error *err)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    enum yk_status status = YK_OK;
    if (!dir && fd >= 0)
        close(fd);
    for (struct dirent *entry; dir && status == YK_OK && (entry = readdir(dir));)
        status = send_one(c, redis, folder_fd, entry->d_name, err);
    if (dir)
        closedir(dir);
    return status;
}

/* The epoch is the present one or one of the next: somebody may ask for its key. */
static bool may_be_asked_for(const struct yk_courier *c, int64_t epoch_s)
{
    int hours = c->options.epoch_hours, start_s = c->options.epoch_start_s;
    int64_t now_s = yk_wall_now(c->options.clock).us / 1000000;
    if (epoch_s < now_s - NEAR_S || epoch_s > now_s + NEAR_S)
        return false;
    int64_t candidate = yk_epoch_start(now_s, hours, start_s);
    for (int i = 0; i < EPOCHS_AHEAD && candidate != epoch_s; i++)
        candidate = yk_epoch_end(candidate, hours, start_s);
    return candidate == epoch_s;
}

static void lay_down(struct yk_courier *c, int folder_fd, int64_t epoch_s, const uint8_t *message, size_t size)
{
    char name[64];
    uint8_t there[YK_KEY_MESSAGES_MAX];
    size_t there_size;
    if (!may_be_asked_for(c, epoch_s)) /* usual for a while after each change of epoch */
        return;
    snprintf(name, sizeof name, "key-%lld.msg", (long long)epoch_s);
    if (yk_small_file_read(folder_fd, name, there, sizeof there, &there_size) && there_size == size &&
        memcmp(there, message, size) == 0)
        return;
    if (yk_small_file_write(folder_fd, name, message, size, 0644))
        yk_log_leave(&c->no_inbox, "the inbox %s takes messages again", c->inbox);
    else
        yk_log_enter(&c->no_inbox, "cannot write %s into the inbox %s: %s", name, c->inbox, strerror(errno));
}

static enum yk_status fetch(struct yk_courier *c, struct yk_redis *redis, int folder_fd, struct yk_error *err)
{
    char key[YK_KEY_SIZE];
    yk_key_epoch_key(key, c->district, c->options.shard, c->edge);
    const char *argv[] = {"GET", key};
    redisReply *reply;
    enum yk_status status = ask(c, redis, 2, argv, NULL, &reply, err);
    if (!reply)
        return status;
    const uint8_t *row = reply->type == REDIS_REPLY_STRING ? (const uint8_t *)reply->str : NULL;
    size_t left = row ? (size_t)reply->len : 0;
    bool strange = left > YK_KEY_MESSAGES_MAX || (!row && reply->type != REDIS_REPLY_NIL);
    while (left > 0 && !strange) {
        int64_t epoch_s;
        size_t size = yk_epoch_key_peek(row, left, &epoch_s);
        strange = size == 0;
        if (strange)
            break;
        lay_down(c, folder_fd, epoch_s, row, size);
        row += size;
        left -= size;
    }
    if (strange)
        yk_log_enter(&c->strange, "what Redis holds as this edge's epoch key is no row of key messages, and is left");
    else
        yk_log_leave(&c->strange, "Redis holds key messages for this edge again");
    freeReplyObject(reply);
    return status;
}

enum yk_status yk_courier_visit(struct yk_courier *c, struct yk_redis *redis, struct yk_error *err)
{
    struct yk_mono now = yk_mono_now(c->options.clock);
    if (c->visited && now.us - c->last.us < EVERY_US)
        return YK_OK;
    c->visited = true;
    c->last = now;
    int folder_fd =
        mkdir(c->inbox, 0700) == 0 || errno == EEXIST ? open(c->inbox, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder_fd < 0) {
        yk_log_enter(&c->no_inbox, "cannot open the inbox %s: %s; epochs will have local keys", c->inbox,
                     strerror(errno));
        return YK_OK;
    }
    enum yk_status status = send_all(c, redis, folder_fd, err);
    if (status == YK_OK)
        status = fetch(c, redis, folder_fd, err);
    close(folder_fd);
    return status;
}
