/* Reading secrets, and forgetting them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/credentials.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum yk_status take(int fd, bool guarded, bool secret, struct yk_credential *out, struct yk_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot read %s", out->path);
    if (!S_ISREG(st.st_mode))
        return yk_error_set(err, YK_ERR_INPUT, "%s is no file", out->path);
    if (secret && !guarded && (st.st_mode & 077))
        return yk_error_set(err, YK_ERR_REFUSED, "%s can be read by others; run: chmod 600 %s", out->path, out->path);
    if (st.st_size <= 0 || st.st_size > YK_CREDENTIAL_SIZE_MAX)
        return yk_error_set(err, YK_ERR_INPUT, "%s is empty, or larger than %d bytes", out->path,
                            YK_CREDENTIAL_SIZE_MAX);
    out->bytes = malloc((size_t)st.st_size + 1);
    if (!out->bytes)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    size_t wanted = (size_t)st.st_size;
    while (out->size < wanted) {
        ssize_t got = read(fd, out->bytes + out->size, wanted - out->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            enum yk_status status = got == 0 ? yk_error_set(err, YK_ERR_IO, "%s was cut while it was read", out->path)
                                             : yk_error_errno(err, YK_ERR_IO, "cannot read %s", out->path);
            yk_credential_wipe(out);
            return status;
        }
        out->size += (size_t)got;
    }
    out->bytes[out->size] = '\0';
    return YK_OK;
}

/* *there: false if there is no such file, which is YK_OK. */
static enum yk_status read_one(bool guarded, bool secret, bool *there, struct yk_credential *out, struct yk_error *err)
{
    int fd =
        open(out->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe without a writer does not hold us */
    *there = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? YK_OK : yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", out->path);
    enum yk_status status = take(fd, guarded, secret, out, err);
    close(fd);
    return status;
}

static bool join(char out[static YK_CREDENTIAL_PATH], const char *dir, const char *name)
{
    return snprintf(out, YK_CREDENTIAL_PATH, "%s/%s", dir, name) < YK_CREDENTIAL_PATH;
}

enum yk_status yk_credential_read(const char *dir, const char *name, bool secret, struct yk_credential *out,
                                  struct yk_error *err)
{
    memset(out, 0, sizeof *out);
    if (!dir)
        return YK_OK;
    if (strchr(name, '/'))
        return yk_error_set(err, YK_ERR_USAGE, "'%s' is no name of a credential: it has a '/'", name);
    const char *given = getenv("CREDENTIALS_DIRECTORY");
    const char *dirs[] = {given && given[0] == '/' ? given : NULL, dir};
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        bool there = false;
        if (!dirs[i])
            continue;
        if (!join(out->path, dirs[i], name))
            return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %.200s...", dirs[i]);
        enum yk_status status = read_one(i == 0, secret, &there, out, err);
        if (there || status != YK_OK)
            return status;
    }
    return YK_OK;
}

enum yk_status yk_credential_read_file(const char *path, bool secret, struct yk_credential *out, struct yk_error *err)
{
    bool there = false;
    memset(out, 0, sizeof *out);
    if (!yk_text_copy(out->path, sizeof out->path, path))
        return yk_error_set(err, YK_ERR_USAGE, "the file's name is too long: %.200s...", path);
    enum yk_status status = read_one(false, secret, &there, out, err);
    if (status == YK_OK && !there)
        status = yk_error_set(err, YK_ERR_NO_INPUT, "there is no %s", path);
    return status;
}

enum yk_status yk_credential_password(const char *dir, const char *user, struct yk_credential *out,
                                      struct yk_error *err)
{
    char name[256];
    memset(out, 0, sizeof *out);
    if (snprintf(name, sizeof name, "%s.password", user) >= (int)sizeof name)
        return yk_error_set(err, YK_ERR_USAGE, "the user's name is too long: %.60s...", user);
    enum yk_status status = yk_credential_read(dir, name, true, out, err);
    if (status == YK_OK && !out->bytes && strncmp(user, "edge-", 5) == 0)
        status = yk_credential_read(dir, "redis.password", true, out, err);
    if (status != YK_OK || !out->bytes)
        return status;
    if (out->size > 0 && out->bytes[out->size - 1] == '\n')
        out->size--;
    if (out->size > 0 && out->bytes[out->size - 1] == '\r')
        out->size--;
    out->bytes[out->size] = '\0';
    if (out->size == 0 || strlen(out->bytes) != out->size || strpbrk(out->bytes, "\r\n")) {
        yk_credential_wipe(out);
        return yk_error_set(err, YK_ERR_INPUT, "%s has to be one line, the password of %s", out->path, user);
    }
    return YK_OK;
}

void yk_credential_wipe(struct yk_credential *credential)
{
    if (credential->bytes)
        explicit_bzero(credential->bytes, credential->size);
    free(credential->bytes);
    credential->bytes = NULL;
    credential->size = 0;
}
