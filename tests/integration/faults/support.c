/* Failing, files, numbers from the seed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned wrongs;

__attribute__((format(printf, 2, 0))) static void say(const char *head, const char *fmt, va_list args)
{
    fprintf(stderr, "%s", head);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    fflush(stderr);
}

void yk_fault_fail(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say("FAILED: ", fmt, args);
    va_end(args);
    exit(1); /* main's atexit ends the children, also stopped ones */
}

void yk_fault_wrong(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (++wrongs <= 20)
        say("WRONG: ", fmt, args);
    va_end(args);
}

unsigned yk_fault_wrongs(void)
{
    return wrongs;
}

double yk_fault_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void yk_fault_wait_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

uint64_t yk_dice_u64(struct yk_dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

unsigned yk_dice_below(struct yk_dice *dice, unsigned n)
{
    return (unsigned)(yk_dice_u64(dice) % n);
}

double yk_dice_between(struct yk_dice *dice, double low, double high)
{
    return low + (high - low) * (double)(yk_dice_u64(dice) >> 11) / 9007199254740992.0;
}

char *yk_fault_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    char *text = NULL;
    size_t length = 0, capacity = 0;
    for (size_t got = 1; got > 0; length += got) {
        if (capacity - length < 65536) {
            capacity = 2 * capacity + 131072;
            text = realloc(text, capacity);
            if (!text)
                yk_fault_fail("out of memory");
        }
        got = fread(text + length, 1, capacity - length - 1, f);
    }
    fclose(f);
    text[length] = '\0';
    if (size)
        *size = length;
    return text;
}

void yk_fault_write(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0)
        yk_fault_fail("cannot write %s: %s", path, strerror(errno));
}

void yk_fault_mkdir(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        yk_fault_fail("cannot make %s: %s", path, strerror(errno));
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

void yk_fault_remove(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char child[600];
        struct stat st;
        if (is_dots(entry->d_name))
            continue;
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
            yk_fault_remove(child);
        else
            unlink(child);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

void yk_fault_copy(const char *from, const char *to)
{
    struct stat st;
    if (lstat(from, &st) != 0)
        return; /* deleted meanwhile: a copy of a disk in use is like that */
    if (S_ISREG(st.st_mode)) {
        size_t size;
        char *bytes = yk_fault_read(from, &size);
        if (!bytes)
            return;
        yk_fault_write(to, bytes, size);
        chmod(to, st.st_mode & 0777);
        free(bytes);
    }
    if (!S_ISDIR(st.st_mode))
        return;
    yk_fault_mkdir(to);
    DIR *dir = opendir(from);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char source[600], target[600];
        if (is_dots(entry->d_name))
            continue;
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        yk_fault_copy(source, target);
    }
    if (dir)
        closedir(dir);
}

unsigned yk_fault_segments(const char *spool, char (*paths)[300], unsigned max)
{
    unsigned count = 0;
    DIR *dir = opendir(spool);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char folder[600];
        if (is_dots(entry->d_name) || !strchr(entry->d_name, '-'))
            continue;
        snprintf(folder, sizeof folder, "%s/%s", spool, entry->d_name);
        DIR *inside = opendir(folder);
        for (struct dirent *file; inside && (file = readdir(inside));) {
            const char *dot = strrchr(file->d_name, '.');
            if (!dot || strcmp(dot, ".seg") != 0)
                continue;
            if (paths && count < max)
                snprintf(paths[count], sizeof paths[count], "%.200s/%.90s", folder, file->d_name);
            count++;
        }
        if (inside)
            closedir(inside);
    }
    if (dir)
        closedir(dir);
    return count;
}

void yk_fault_run(const char *log, const char *verb, ...)
{
    static struct yk_child child;
    memset(&child, 0, sizeof child);
    snprintf(child.program, sizeof child.program, "%s/yukikai-%s", YK_BIN_DIR, verb);
    yk_child_init(&child, verb, NULL);
    child.log_path = log;
    va_list args;
    va_start(args, verb);
    for (const char *argument; (argument = va_arg(args, const char *));)
        yk_child_arg(&child, argument);
    va_end(args);
    struct yk_error err = {0};
    if (yk_child_start(&child, &err) != YK_OK || yk_child_wait(&child, NULL, &err) != YK_OK)
        yk_fault_fail("%s; see %s", err.message, log);
}
