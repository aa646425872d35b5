/* Places in RAM, tried in turn. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/inbox.h"

#include "base/ram_folder.h"
#include "config/sections.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fits(int length)
{
    return length >= 0 && length < YK_PATH_SIZE;
}

static enum yk_status try_place(const char *path, struct yk_error *err)
{
    int fd;
    enum yk_status status = yk_ram_folder_open(path, &fd, err);
    if (status == YK_OK)
        close(fd);
    return status;
}

enum yk_status yk_inbox_find(const char *run, const char *given, char out[static YK_PATH_SIZE], struct yk_error *err)
{
    char full[PATH_MAX], hash[17], places[3][YK_PATH_SIZE];
    size_t count = 0;
    if (given) {
        if (!fits(snprintf(places[count++], YK_PATH_SIZE, "%s", given)))
            return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %s", given);
    } else {
        const char *unit = getenv("RUNTIME_DIRECTORY"), *session = getenv("XDG_RUNTIME_DIR");
        const char *path = realpath(run, full) ? full : run;
        yk_config_version_id(hash, path, strlen(path));
        if (unit && *unit == '/' && /* there may be several, parted by colons */
            fits(snprintf(places[count], YK_PATH_SIZE, "%.*s/inbox", (int)strcspn(unit, ":"), unit)))
            count++;
        if (session && *session == '/' && fits(snprintf(places[count], YK_PATH_SIZE, "%s/yukikai-%s", session, hash)))
            count++;
        snprintf(places[count++], YK_PATH_SIZE, "/dev/shm/yukikai-%u-%s", (unsigned)geteuid(), hash);
    }
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < count; i++) {
        status = try_place(places[i], err);
        if (status == YK_OK) {
            memcpy(out, places[i], YK_PATH_SIZE);
            return YK_OK;
        }
    }
    out[0] = '\0';
    return status;
}
