/* keys authority, keys certificate. SPDX-License-Identifier: GPL-3.0-or-later */
#include "keys_private.h"

#include "link/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum yk_status yk_keys_authority(const struct keys_arguments *a, struct yk_error *err)
{
    enum yk_status status = yk_authority_make(a->keys, a->name ? a->name : "Yukikai", err);
    if (status == YK_OK)
        printf("made %s/ca.key, which stays here, and ca.crt, which goes to every machine beside its keys\n", a->keys);
    return status;
}

static enum yk_status split(char *text, const char **names, size_t *count, struct yk_error *err)
{
    for (char *name; text && (name = strsep(&text, ","));) {
        if (!*name)
            return yk_error_set(err, YK_ERR_USAGE, "--host has an empty name");
        names[(*count)++] = name;
    }
    return YK_OK;
}

enum yk_status yk_keys_certificate(const struct keys_arguments *a, struct yk_error *err)
{
    if (a->client == (a->host != NULL))
        return yk_error_set(err, YK_ERR_USAGE, "keys certificate: --host for a server, or --client; one of the two");
    /* The names under which programs look for them: link/redis.h, and redis-server's tls-cert-file. */
    struct yk_certificate_request request = {.file = a->client ? "client" : "server",
                                             .common_name = a->name,
                                             .use = a->client ? YK_CERTIFICATE_CLIENT : YK_CERTIFICATE_SERVER};
    size_t most = a->host ? strlen(a->host) + 1 : 1;
    char *text = a->host ? strdup(a->host) : NULL;
    const char **names = calloc(most, sizeof *names);
    enum yk_status status = YK_OK;
    if (!names || (a->host && !text)) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        goto out;
    }
    status = split(text, names, &request.alt_count, err);
    request.alt_names = names;
    if (status == YK_OK)
        status = yk_authority_certificate(a->keys, a->out, &request, err);
    if (status == YK_OK)
        printf("made %s/%s.key and .crt for %s; they go to its machine, with %s/ca.crt\n", a->out, request.file,
               a->name, a->keys);
out:
    free(names);
    free(text);
    return status;
}
