/* Asking the kernel what a folder lies on. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/ram_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TEXT_MAX (256 * 1024)

/* NULL with errno. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = malloc(TEXT_MAX);
    if (text)
        text[fread(text, 1, TEXT_MAX - 1, file)] = '\0';
    fclose(file);
    return text;
}

bool yk_swaps_to_disk(const char *proc_swaps)
{
    const char *line = strchr(proc_swaps, '\n'); /* after the heading */
    for (; line && line[1]; line = strchr(line + 1, '\n'))
        if (strncmp(line + 1, "/dev/zram", 9) != 0)
            return true;
    return false;
}

bool yk_mount_is_noswap(const char *mountinfo, long mount_id)
{
    /* "29 1 0:27 / /dev/shm rw,nosuid shared:4 - tmpfs tmpfs rw,noswap": the last field is the file system's own. */
    for (const char *line = mountinfo; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strtol(line, NULL, 10) != mount_id)
            continue;
        size_t length = strcspn(line, "\n");
        const char *end = line + length, *word = end;
        while (word > line && word[-1] != ' ')
            word--;
        while (word < end) {
            size_t n = strcspn(word, ",\n");
            if (n == 6 && strncmp(word, "noswap", 6) == 0)
                return true;
            word += n + 1;
        }
    }
    return false;
}

static bool mounted_noswap(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    char *info = read_text(path), *mounts = read_text("/proc/self/mountinfo");
    const char *id = info ? strstr(info, "mnt_id:") : NULL;
    bool noswap = id && mounts && yk_mount_is_noswap(mounts, strtol(id + 7, NULL, 10));
    free(info);
    free(mounts);
    return noswap;
}

/* A kernel without swap has no /proc/swaps; a machine without /proc tells nothing and is not trusted. */
static bool machine_swaps(void)
{
    char *swaps = read_text("/proc/swaps");
    bool yes = swaps ? yk_swaps_to_disk(swaps) : errno != ENOENT || access("/proc/self/fdinfo", F_OK) != 0;
    free(swaps);
    return yes;
}

enum yk_status yk_ram_folder_check(int fd, const char *path, struct yk_error *err)
{
    struct statfs fs;
    struct stat st;
    if (fstatfs(fd, &fs) != 0 || fstat(fd, &st) != 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot look at %s", path);
    if (st.st_uid != geteuid() || (st.st_mode & 077))
        return yk_error_set(err, YK_ERR_REFUSED, "%s must belong to this user and be closed to others (chmod 700)",
                            path);
    if (fs.f_type == RAMFS_MAGIC)
        return YK_OK;
    if (fs.f_type != TMPFS_MAGIC)
        return yk_error_set(err, YK_ERR_REFUSED, "%s is not on a RAM file system (tmpfs or ramfs, as /run is)", path);
    if (machine_swaps() && !mounted_noswap(fd))
        return yk_error_set(err, YK_ERR_REFUSED,
                            "%s is a tmpfs on a machine that swaps to disk: run swapoff, or mount it with noswap",
                            path);
    return YK_OK;
}

enum yk_status yk_ram_folder_open(const char *path, int *fd, struct yk_error *err)
{
    *fd = -1;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", path);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot open the folder %s", path);
    enum yk_status status = yk_ram_folder_check(folder, path, err);
    if (status == YK_OK)
        *fd = folder;
    else
        close(folder);
    return status;
}
