/* A configuration file's bytes, and their name. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum yk_status yk_config_load_file(const char *path, void **bytes, size_t *length, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    const size_t most = YK_YAML_MAX_BYTES + 1;
    size_t used = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot open %.200s", path);
    char *buffer = malloc(most);
    if (!buffer) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory while reading %.200s", path);
        goto out;
    }
    while (used < most) {
        ssize_t n = read(fd, buffer + used, most - used);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %.200s", path);
            goto out;
        }
        used += (size_t)n;
    }
    *bytes = buffer;
    *length = used;
    buffer = NULL;
out:
    free(buffer);
    close(fd);
    return status;
}

void yk_config_version_id(char out[static 17], const void *bytes, size_t length)
{
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, bytes, length, NULL, 0);
    sodium_bin2hex(out, 17, hash, 8);
}
