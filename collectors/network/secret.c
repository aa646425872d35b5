/* One line of a file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/secret.h"

#include <string.h>

#define LINE_MAX_BYTES 1024

static enum yk_status cut_end(struct yk_credential *secret, struct yk_error *err)
{
    if (secret->size > 0 && secret->bytes[secret->size - 1] == '\n')
        secret->size--;
    if (secret->size > 0 && secret->bytes[secret->size - 1] == '\r')
        secret->size--;
    secret->bytes[secret->size] = '\0';
    if (secret->size > 0 && secret->size <= LINE_MAX_BYTES && strlen(secret->bytes) == secret->size &&
        !strpbrk(secret->bytes, "\r\n"))
        return YK_OK;
    yk_credential_wipe(secret);
    return yk_error_set(err, YK_ERR_INPUT, "%s has to be one line of at most %d bytes, a token or USER:PASSWORD",
                        secret->path, LINE_MAX_BYTES);
}

enum yk_status yk_secret_read(const struct yk_sensor_config *sensor, const char *keys, struct yk_credential *out,
                              struct yk_error *err)
{
    memset(out, 0, sizeof *out);
    if (!sensor->secret[0])
        return YK_OK;
    enum yk_status status = strchr(sensor->secret, '/') ? yk_credential_read_file(sensor->secret, true, out, err)
                                                        : yk_credential_read(keys, sensor->secret, true, out, err);
    if (status == YK_OK && !out->bytes)
        return yk_error_set(err, YK_ERR_NO_INPUT, "there is no %s in %s, which 'secret' names", sensor->secret, keys);
    return status == YK_OK ? cut_end(out, err) : status;
}

enum yk_status yk_secret_user(struct yk_credential *secret, const char **user, const char **password,
                              struct yk_error *err)
{
    char *colon = strchr(secret->bytes, ':');
    if (!colon || colon == secret->bytes)
        return yk_error_set(err, YK_ERR_INPUT, "%s has to be USER:PASSWORD", secret->path);
    *colon = '\0';
    *user = secret->bytes;
    *password = colon + 1;
    return YK_OK;
}
