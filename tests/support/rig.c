/* Running programs in a temporary folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/rig.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double yk_rig_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

const char *yk_rig_text(struct yk_rig *rig, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = NULL;
    int n = vasprintf(&text, fmt, args);
    va_end(args);
    cr_assert(n >= 0 && rig->text_count < YK_RIG_TEXTS_MAX);
    return rig->texts[rig->text_count++] = text;
}

const char *yk_rig_path(struct yk_rig *rig, const char *name)
{
    return yk_rig_text(rig, "%s/%s", rig->dir, name);
}

const char *yk_rig_program(struct yk_rig *rig, const char *verb)
{
    return yk_rig_text(rig, "%s/yukikai-%s", YK_BIN_DIR, verb);
}

void yk_rig_open(struct yk_rig *rig)
{
    memset(rig, 0, sizeof *rig);
    strcpy(rig->dir, "/tmp/yk-test-XXXXXX");
    cr_assert(mkdtemp(rig->dir), "cannot make a folder in /tmp");
    rig->district = YK_SOURCE_DIR "/examples/riverside.yaml";
    rig->keys = yk_rig_path(rig, "keys");
    const char *log = yk_rig_path(rig, "keys.log");
    cr_assert_eq(yk_rig_run(rig, log, "keys", "make", "--keys", rig->keys, "--name", "district", NULL), 0);
    cr_assert_eq(yk_rig_run(rig, log, "keys", "make", "--keys", rig->keys, "--name", "edge", NULL), 0);
    cr_assert_eq(yk_rig_run(rig, log, "keys", "enroll", rig->district, "--keys", rig->keys, "--edge", "local",
                            "--public", yk_rig_path(rig, "keys/edge.pub"), NULL),
                 0);
}

void yk_rig_remove(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *child = NULL;
        cr_assert(asprintf(&child, "%s/%s", path, entry->d_name) > 0);
        struct stat st;
        if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
            yk_rig_remove(child);
        else
            unlink(child);
        free(child);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

void yk_rig_close(struct yk_rig *rig)
{
    if (!getenv("YUKIKAI_KEEP"))
        yk_rig_remove(rig->dir);
    for (size_t i = 0; i < rig->text_count; i++)
        free(rig->texts[i]);
    memset(rig, 0, sizeof *rig);
}

static void start(struct yk_rig *rig, struct yk_child *child, const char *log, const char *verb, va_list args)
{
    yk_child_init(child, verb, yk_rig_program(rig, verb));
    child->log_path = log;
    for (const char *argument; (argument = va_arg(args, const char *));)
        yk_child_arg(child, argument);
    struct yk_error err;
    enum yk_status status = yk_child_start(child, &err);
    cr_assert_eq(status, YK_OK, "%s", status == YK_OK ? "" : err.message);
}

void yk_rig_start(struct yk_rig *rig, struct yk_child *child, const char *log, const char *verb, ...)
{
    va_list args;
    va_start(args, verb);
    start(rig, child, log, verb, args);
    va_end(args);
}

int yk_rig_run(struct yk_rig *rig, const char *log, const char *verb, ...)
{
    struct yk_child child;
    va_list args;
    va_start(args, verb);
    start(rig, &child, log, verb, args);
    va_end(args);
    return yk_rig_wait(&child);
}

static bool ended(void *context)
{
    return !yk_child_running(context);
}

static int code_of(const struct yk_child *child)
{
    return WIFSIGNALED(child->exit_status) ? 128 + WTERMSIG(child->exit_status) : WEXITSTATUS(child->exit_status);
}

int yk_rig_wait(struct yk_child *child)
{
    if (!yk_rig_until(ended, child, YK_RIG_DEADLINE_S)) {
        yk_child_end(child, 0);
        cr_assert(false, "%s did not end within %d s", child->name, YK_RIG_DEADLINE_S);
    }
    return code_of(child);
}

void yk_rig_kill(struct yk_child *child, int signal_number)
{
    cr_assert(yk_child_running(child), "%s has ended by itself, with %d", child->name, code_of(child));
    kill(child->pid, signal_number);
    yk_rig_wait(child);
}

void yk_rig_redis(struct yk_private_redis *redis, const char *dir)
{
    struct yk_error err;
    enum yk_status status = yk_private_redis_start(redis, dir, &err);
    cr_assert_eq(status, YK_OK, "%s", status == YK_OK ? "" : err.message);
}

bool yk_rig_until(yk_rig_condition *condition, void *context, int deadline_s)
{
    double end_s = yk_rig_now_s() + deadline_s;
    while (!condition(context)) {
        if (yk_rig_now_s() > end_s)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return true;
}

char *yk_rig_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    cr_assert(f, "cannot read %s: %s", path, strerror(errno));
    char *text = NULL;
    size_t length = 0, capacity = 0;
    for (size_t got = 1; got > 0; length += got) {
        if (capacity - length < 65536) {
            capacity = 2 * capacity + 131072;
            text = realloc(text, capacity);
            cr_assert(text);
        }
        got = fread(text + length, 1, capacity - length - 1, f);
    }
    fclose(f);
    text[length] = '\0';
    if (size)
        *size = length;
    return text;
}

bool yk_rig_file_says(const char *path, const char *text)
{
    if (access(path, R_OK) != 0)
        return false;
    char *content = yk_rig_read(path, NULL);
    bool found = strstr(content, text) != NULL;
    free(content);
    return found;
}

void yk_rig_write(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f, "cannot write %s: %s", path, strerror(errno));
    cr_assert_eq(fwrite(bytes, 1, size, f), size);
    cr_assert_eq(fclose(f), 0);
}

void yk_rig_copy(const char *from, const char *to)
{
    struct stat st;
    cr_assert_eq(lstat(from, &st), 0, "%s is not there", from);
    if (!S_ISDIR(st.st_mode)) {
        size_t size;
        char *bytes = yk_rig_read(from, &size);
        yk_rig_write(to, bytes, size);
        cr_assert_eq(chmod(to, st.st_mode & 0777), 0);
        free(bytes);
        return;
    }
    cr_assert_eq(mkdir(to, 0700), 0, "cannot make %s: %s", to, strerror(errno));
    DIR *dir = opendir(from);
    cr_assert(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *source = NULL, *target = NULL;
        cr_assert(asprintf(&source, "%s/%s", from, entry->d_name) > 0);
        cr_assert(asprintf(&target, "%s/%s", to, entry->d_name) > 0);
        yk_rig_copy(source, target);
        free(source);
        free(target);
    }
    closedir(dir);
}

void yk_rig_same_bytes(const char *a, const char *b)
{
    size_t a_size, b_size, i = 0;
    char *a_bytes = yk_rig_read(a, &a_size), *b_bytes = yk_rig_read(b, &b_size);
    while (i < a_size && i < b_size && a_bytes[i] == b_bytes[i])
        i++;
    size_t line = i;
    while (line > 0 && a_bytes[line - 1] != '\n')
        line--;
    cr_assert(i == a_size && i == b_size, "%s and %s differ from byte %zu on:\n%.300s\n%.300s", a, b, i, a_bytes + line,
              line < b_size ? b_bytes + line : "");
    free(a_bytes);
    free(b_bytes);
}

void yk_rig_each_file(const char *path, void (*fn)(void *context, const char *path), void *context)
{
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *child = NULL;
        cr_assert(asprintf(&child, "%s/%s", path, entry->d_name) > 0);
        struct stat st;
        if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
            yk_rig_each_file(child, fn, context);
        else if (S_ISREG(st.st_mode))
            fn(context, child);
        free(child);
    }
    closedir(dir);
}
