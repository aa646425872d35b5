/* Key pairs per epoch, and what comes back for them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "identity/sealing.h"

#include "base/calendar.h"
#include "base/log.h"
#include "base/small_file.h"
#include "base/text.h"

#include "base/ram_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERY_S      10
#define EPOCHS_AHEAD 2
#define NAME_SIZE    40

/* As it lies in its file: the secret, then when it was made, little-endian. */
struct private_half {
    uint8_t secret[YK_SEALING_KEY_SIZE];
    uint8_t made_s[8];
};

struct yk_sealing {
    struct yk_sealing_options options;
    char inbox[YK_PATH_SIZE], folder[YK_PATH_SIZE], district[YK_ID_SIZE], edge[YK_ID_SIZE];
    uint8_t district_public[YK_FRAME_PUBLIC_SIZE];
    int inbox_fd, folder_fd; /* -1: local keys only */
    pthread_mutex_t lock;
    struct private_half *half;      /* in locked memory, empty between two uses */
    struct yk_epoch_secret *opened; /* likewise */
    int64_t looked_s;
    struct yk_sealing_figures figures;
    struct yk_log_once unsafe, unwritten;
};

static int64_t now_s(const struct yk_sealing *s)
{
    return yk_wall_now(s->options.clock).us / 1000000;
}

static int64_t end_of(const struct yk_sealing *s, int64_t start_s)
{
    return yk_epoch_end(start_s, s->options.epoch_hours, s->options.epoch_start_s);
}

static const char *private_name(char out[static NAME_SIZE], int64_t epoch_s)
{
    snprintf(out, NAME_SIZE, "%lld.key", (long long)epoch_s);
    return out;
}

static const char *message_name(char out[static NAME_SIZE], const char *what, int64_t epoch_s)
{
    snprintf(out, NAME_SIZE, "%s-%lld.msg", what, (long long)epoch_s);
    return out;
}

/* A folder in memory goes when its session or its unit ends. A radio without the district's keys still hears. */
static void open_folders(struct yk_sealing *s)
{
    struct yk_error unsafe;
    if (mkdir(s->inbox, 0700) == 0 || errno == EEXIST)
        s->inbox_fd = open(s->inbox, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->inbox_fd < 0)
        (void)yk_error_errno(&unsafe, YK_ERR_IO, "cannot open the folder %s", s->inbox);
    if (s->inbox_fd < 0 || yk_ram_folder_open(s->folder, &s->folder_fd, &unsafe) != YK_OK)
        yk_log_enter(&s->unsafe, "%s; epochs have local keys only", unsafe.message);
}

enum yk_status yk_sealing_new(const struct yk_sealing_options *options, struct yk_sealing **out, struct yk_error *err)
{
    *out = NULL;
    struct yk_sealing *s = sodium_init() < 0 ? NULL : calloc(1, sizeof *s);
    if (!s)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    s->options = *options;
    s->inbox_fd = s->folder_fd = -1;
    s->looked_s = INT64_MIN;
    pthread_mutex_init(&s->lock, NULL);
    s->half = sodium_malloc(sizeof *s->half);
    s->opened = sodium_malloc(sizeof *s->opened);
    enum yk_status status =
        s->half && s->opened ? YK_OK : yk_error_set(err, YK_ERR_MEMORY, "no locked memory for keys (see ulimit -l)");
    if (status == YK_OK && options->inbox) {
        if (yk_text_copy(s->inbox, sizeof s->inbox, options->inbox) &&
            yk_text_copy(s->folder, sizeof s->folder, options->folder)) {
            yk_text_copy(s->district, sizeof s->district, options->district);
            yk_text_copy(s->edge, sizeof s->edge, options->edge);
            memcpy(s->district_public, options->district_public, sizeof s->district_public);
            open_folders(s);
        } else {
            status = yk_error_set(err, YK_ERR_USAGE, "the path of the inbox is too long");
        }
    }
    if (status == YK_OK)
        *out = s;
    else
        yk_sealing_free(s);
    return status;
}

void yk_sealing_free(struct yk_sealing *s)
{
    if (!s)
        return;
    sodium_free(s->half); /* wipes before it frees */
    sodium_free(s->opened);
    if (s->inbox_fd >= 0)
        close(s->inbox_fd);
    if (s->folder_fd >= 0)
        close(s->folder_fd);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static bool read_half(struct yk_sealing *s, int64_t epoch_s)
{
    char name[NAME_SIZE];
    size_t size;
    if (yk_small_file_read(s->folder_fd, private_name(name, epoch_s), (uint8_t *)s->half, sizeof *s->half, &size) &&
        size == sizeof *s->half)
        return true;
    sodium_memzero(s->half, sizeof *s->half);
    return false;
}

static bool make_half(struct yk_sealing *s, int64_t epoch_s)
{
    char name[NAME_SIZE];
    randombytes_buf(s->half->secret, sizeof s->half->secret); /* any 32 bytes are an X25519 secret */
    uint64_t made_s = (uint64_t)now_s(s);
    for (int i = 0; i < 8; i++)
        s->half->made_s[i] = (uint8_t)(made_s >> (8 * i));
    return yk_small_file_write(s->folder_fd, private_name(name, epoch_s), (const uint8_t *)s->half, sizeof *s->half,
                               0600);
}

/* A sealing key for the epoch lies in the inbox, and its private half in the folder. */
static bool ensure(struct yk_sealing *s, int64_t epoch_s)
{
    char name[NAME_SIZE];
    uint8_t message[YK_SEALING_MESSAGE_SIZE], there[YK_SEALING_MESSAGE_SIZE];
    size_t size;
    bool ok = read_half(s, epoch_s) || make_half(s, epoch_s);
    if (ok) {
        const struct yk_key_scope scope = {s->district, s->edge, epoch_s, end_of(s, epoch_s)};
        struct yk_sealing_key key = {.made_s = 0};
        for (int i = 0; i < 8; i++)
            key.made_s |= (int64_t)((uint64_t)s->half->made_s[i] << (8 * i));
        crypto_scalarmult_base(key.public_key, s->half->secret);
        yk_sealing_key_write(&scope, &key, s->options.edge_secret, message);
        /* Ed25519 has one signature per message: the same key gives the same bytes. */
        message_name(name, "sealing", epoch_s);
        if (!yk_small_file_read(s->inbox_fd, name, there, sizeof there, &size) || size != sizeof message ||
            memcmp(there, message, sizeof message) != 0)
            ok = yk_small_file_write(s->inbox_fd, name, message, sizeof message, 0644);
    }
    int code = errno;
    sodium_memzero(s->half, sizeof *s->half);
    errno = code;
    return ok;
}

static bool overwrite(int folder_fd, const char *name)
{
    int fd = openat(folder_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    static const uint8_t zeros[sizeof(struct private_half)];
    bool ok = pwrite(fd, zeros, sizeof zeros, 0) == (ssize_t)sizeof zeros;
    close(fd);
    return ok;
}

/* Calls fn for each file; fn may unlink it. */
static void each_file(struct yk_sealing *s, int folder_fd, void (*fn)(struct yk_sealing *s, const char *name))
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        fn(s, entry->d_name);
    closedir(dir);
}

static void destroy_half_if_ended(struct yk_sealing *s, const char *name)
{
    int64_t epoch_s;
    char text[YK_TIME_TEXT_MAX];
    size_t length = strlen(name);
    if (name[0] == '.' && length > 4 && strcmp(name + length - 4, ".new") == 0) { /* torn: its writer was killed */
        overwrite(s->folder_fd, name);
        unlinkat(s->folder_fd, name, 0);
        return;
    }
    if (!yk_small_file_number(name, "", ".key", &epoch_s) || end_of(s, epoch_s) > now_s(s))
        return;
    bool overwritten = overwrite(s->folder_fd, name);
    if (unlinkat(s->folder_fd, name, 0) == 0)
        yk_log(YK_LOG_INFO, "keys of epoch %s destroyed: the private half of its sealing key%s",
               yk_time_format(text, epoch_s), overwritten ? "" : " (unlinked, but it could not be overwritten)");
    else
        yk_log(YK_LOG_ERROR, "the private sealing key of epoch %s cannot be unlinked from %s: %s",
               yk_time_format(text, epoch_s), s->folder, strerror(errno));
}

static void remove_message_if_ended(struct yk_sealing *s, const char *name)
{
    int64_t epoch_s;
    if ((yk_small_file_number(name, "sealing-", ".msg", &epoch_s) ||
         yk_small_file_number(name, "key-", ".msg", &epoch_s)) &&
        end_of(s, epoch_s) <= now_s(s))
        unlinkat(s->inbox_fd, name, 0); /* opens nothing any more: tidiness, not secrecy */
}

void yk_sealing_tick(struct yk_sealing *s)
{
    pthread_mutex_lock(&s->lock);
    int64_t now = now_s(s);
    if (s->folder_fd < 0 || (now >= s->looked_s && now < s->looked_s + EVERY_S))
        goto out;
    s->looked_s = now;
    each_file(s, s->folder_fd, destroy_half_if_ended);
    each_file(s, s->inbox_fd, remove_message_if_ended);
    struct yk_error unsafe;
    if (yk_ram_folder_check(s->folder_fd, s->folder, &unsafe) != YK_OK) {
        yk_log_enter(&s->unsafe, "%s; no new sealing keys are made", unsafe.message);
        goto out;
    }
    yk_log_leave(&s->unsafe, "%s holds secrets safely again", s->folder);
    int64_t epoch_s = yk_epoch_start(now, s->options.epoch_hours, s->options.epoch_start_s);
    bool ok = true;
    for (int i = 0; i < EPOCHS_AHEAD && ok; i++)
        ok = ensure(s, epoch_s = end_of(s, epoch_s));
    if (ok)
        yk_log_leave(&s->unwritten, "sealing keys can be written again");
    else
        yk_log_enter(&s->unwritten, "cannot write sealing keys into %s: %s; epochs will have local keys", s->inbox,
                     strerror(errno));
out:
    pthread_mutex_unlock(&s->lock);
}

/* NULL: *s->opened holds the key. Else the reason for a local one. */
static const char *open_key(struct yk_sealing *s, int64_t start_s, int64_t end_s)
{
    char name[NAME_SIZE];
    uint8_t message[YK_KEY_MESSAGES_MAX];
    size_t size;
    if (!s->options.inbox)
        return "this collector has no inbox";
    if (s->folder_fd < 0)
        return "the folder of sealing keys is not safe";
    if (!read_half(s, start_s))
        return "no sealing key was made for it in time";
    if (!yk_small_file_read(s->inbox_fd, message_name(name, "key", start_s), message, sizeof message, &size)) {
        bool absent = errno == ENOENT;
        sodium_memzero(s->half, sizeof *s->half);
        return absent ? "none had come" : "what lay in the inbox is no message";
    }
    const struct yk_key_scope scope = {s->district, s->edge, start_s, end_s};
    uint8_t public_half[YK_SEALING_KEY_SIZE];
    crypto_scalarmult_base(public_half, s->half->secret);
    enum yk_key_fault fault =
        yk_epoch_key_open(message, size, &scope, s->district_public, public_half, s->half->secret, s->opened);
    sodium_memzero(s->half, sizeof *s->half);
    if (fault == YK_KEY_OK)
        return NULL;
    s->figures.refused[fault]++;
    return yk_key_fault_text(fault);
}

static bool provide(void *context, struct yk_epoch *epoch)
{
    struct yk_sealing *s = context;
    char text[YK_TIME_TEXT_MAX];
    yk_time_format(text, epoch->start_s);
    pthread_mutex_lock(&s->lock);
    uint64_t refused = 0;
    for (int i = 0; i < YK_KEY_FAULT_COUNT; i++)
        refused -= s->figures.refused[i];
    const char *reason = open_key(s, epoch->start_s, epoch->end_s);
    for (int i = 0; i < YK_KEY_FAULT_COUNT; i++)
        refused += s->figures.refused[i];
    if (reason) {
        s->figures.local_epochs++;
        if (refused)
            yk_log(YK_LOG_WARNING, "epoch %s: local key: the key message was refused: %s", text, reason);
        else
            yk_log(YK_LOG_INFO, "epoch %s: local key: %s", text, reason);
    } else {
        s->figures.district_epochs++;
        epoch->key_id = s->opened->key_id;
        memcpy(epoch->key, s->opened->key, sizeof epoch->key);
        sodium_memzero(s->opened, sizeof *s->opened);
        uint8_t hash[crypto_generichash_BYTES];
        crypto_generichash(hash, sizeof hash, (const uint8_t *)&epoch->key_id, sizeof epoch->key_id, NULL, 0);
        yk_log(YK_LOG_INFO, "epoch %s: district key %02x%02x-%02x%02x (fingerprint of its id)", text, hash[0], hash[1],
               hash[2], hash[3]);
    }
    pthread_mutex_unlock(&s->lock);
    return reason == NULL;
}

static void gone(void *context, int64_t start_s)
{
    (void)context;
    char text[YK_TIME_TEXT_MAX];
    yk_log(YK_LOG_INFO, "keys of epoch %s destroyed: the key of its pseudonyms, from memory",
           yk_time_format(text, start_s));
}

struct yk_key_provider yk_sealing_provider(struct yk_sealing *s)
{
    return (struct yk_key_provider){provide, gone, s};
}

void yk_sealing_figures(struct yk_sealing *s, struct yk_sealing_figures *out)
{
    pthread_mutex_lock(&s->lock);
    *out = s->figures;
    pthread_mutex_unlock(&s->lock);
}
