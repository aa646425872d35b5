/* Writing whole, reading bounded. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/status_file.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define VERSION 1

const struct yk_field yk_status_head_fields[4] = {
    YK_FIELD(TEXT, struct yk_status_head, part),
    YK_FIELD(TIME, struct yk_status_head, at_s),
    YK_FIELD(TIME, struct yk_status_head, started_s),
    YK_FIELD(FLAG, struct yk_status_head, ended),
};

bool yk_status_due(const struct yk_status_file *file)
{
    return file->written.us == 0 || yk_mono_now(&yk_clock_system).us - file->written.us >= YK_STATUS_EVERY_US;
}

void yk_status_stamp(struct yk_status_head *head, bool ended)
{
    head->at_s = yk_wall_now(&yk_clock_system).us / 1000000;
    if (head->started_s == 0)
        head->started_s = head->at_s;
    head->ended = ended;
}

static bool write_whole(const char *path, const char *text, size_t size)
{
    char beside[2 * YK_PATH_SIZE + 8];
    snprintf(beside, sizeof beside, "%s.tmp", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return false;
    bool ok = write(fd, text, size) == (ssize_t)size;
    ok &= close(fd) == 0;
    if (!ok || rename(beside, path) != 0) {
        int code = errno;
        unlink(beside);
        errno = code;
        return false;
    }
    return true;
}

void yk_status_write(struct yk_status_file *file, json_t *object)
{
    file->written = yk_mono_now(&yk_clock_system);
    char *text = object && json_object_set_new(object, "version", json_integer(VERSION)) == 0
                     ? json_dumps(object, JSON_INDENT(1))
                     : NULL;
    json_decref(object);
    if (!text)
        return;
    bool ok = write_whole(file->path, text, strlen(text));
    if (!ok && !file->failed)
        yk_log(YK_LOG_WARNING, "cannot write %s: %s; yukikai doctor will know less", file->path, strerror(errno));
    file->failed = !ok;
    free(text);
}

enum yk_status yk_status_read_bytes(const char *path, const char *part, const void *bytes, size_t size, json_t **out,
                                    struct yk_error *err)
{
    json_error_t fault;
    *out = NULL;
    json_t *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &fault);
    struct yk_status_head head = {0};
    if (!root || !yk_fields_read(yk_status_head_fields, 4, root, &head) || strcmp(head.part, part) != 0 ||
        head.at_s == YK_NONE || head.started_s == YK_NONE) {
        json_decref(root);
        return yk_error_set(err, YK_ERR_INPUT, "%s is not a status file of %s", path, part);
    }
    json_t *version = json_object_get(root, "version");
    if (!json_is_integer(version) || json_integer_value(version) != VERSION) {
        json_decref(root);
        return yk_error_set(err, YK_ERR_INPUT, "%s is of another version than this program", path);
    }
    *out = root;
    return YK_OK;
}

enum yk_status yk_status_read(const char *path, const char *part, json_t **out, struct yk_error *err)
{
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return yk_error_errno(err, errno == ENOENT || errno == ENOTDIR ? YK_ERR_NO_INPUT : YK_ERR_IO, "cannot read %s",
                              path);
    struct stat st;
    char *bytes = NULL;
    ssize_t got = -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= YK_STATUS_BYTES_MAX &&
        (bytes = malloc((size_t)st.st_size + 1)))
        got = read(fd, bytes, (size_t)st.st_size);
    close(fd);
    enum yk_status status = got < 0 ? yk_error_set(err, YK_ERR_INPUT, "%s is not a status file of %s", path, part)
                                    : yk_status_read_bytes(path, part, bytes, (size_t)got, out, err);
    free(bytes);
    return status;
}

struct yk_disk yk_disk_of(const char *path)
{
    struct statvfs v;
    if (statvfs(path, &v) != 0)
        return (struct yk_disk){0};
    return (struct yk_disk){(uint64_t)v.f_bavail * v.f_frsize, (uint64_t)v.f_blocks * v.f_frsize};
}

static uint64_t bytes_below(int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (parent == AT_FDCWD ? 0 : O_NOFOLLOW));
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    uint64_t sum = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISREG(st.st_mode))
            sum += (uint64_t)st.st_size;
        else if (S_ISDIR(st.st_mode) && depth > 0)
            sum += bytes_below(fd, entry->d_name, depth - 1);
    }
    closedir(dir);
    return sum;
}

uint64_t yk_folder_bytes(const char *path)
{
    return bytes_below(AT_FDCWD, path, 3);
}
