/* keys make, keys fingerprint. SPDX-License-Identifier: GPL-3.0-or-later */
#include "keys_private.h"

#include "frame/keys.h"

#include <stdio.h>
#include <string.h>

enum yk_status yk_keys_make_files(const struct keys_arguments *a, struct yk_error *err)
{
    bool edge = strcmp(a->name, "edge") == 0;
    if (!edge && strcmp(a->name, "district") != 0)
        return yk_error_set(err, YK_ERR_USAGE, "keys make: --name is edge or district, not '%.40s'", a->name);
    enum yk_status status = edge ? yk_keys_make_edge(a->keys, err) : yk_keys_make_district(a->keys, err);
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    if (status == YK_OK)
        status = yk_keys_load_public(a->keys, a->name, public_key, err);
    if (status != YK_OK)
        return status;
    char fingerprint[YK_FINGERPRINT_SIZE];
    yk_keys_fingerprint(public_key, fingerprint);
    printf("made %s/%s.key and .pub, fingerprint %s\n", a->keys, a->name, fingerprint);
    printf(edge ? "and redis.password beside it; only edge.pub leaves this device, and is enrolled on the server\n"
                : "and analyze.password and keys.password beside it; district.pub goes to every edge\n");
    return YK_OK;
}

enum yk_status yk_keys_show_fingerprint(const struct keys_arguments *a, struct yk_error *err)
{
    struct yk_public_file file;
    enum yk_status status = yk_keys_read_public_file(a->operand, &file, err);
    if (status != YK_OK)
        return status;
    char fingerprint[YK_FINGERPRINT_SIZE];
    yk_keys_fingerprint(file.public_key, fingerprint);
    printf("%s\n", fingerprint);
    return YK_OK;
}
