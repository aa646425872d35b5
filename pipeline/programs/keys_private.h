/* The verbs of `yukikai keys`, and what they are given. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_PROGRAMS_KEYS_PRIVATE_H
#define YK_PROGRAMS_KEYS_PRIVATE_H

#include "base/error.h"

#include <stdbool.h>

#define YK_KEYS_PATH 512

struct keys_arguments {
    const char *operand; /* DISTRICT.yaml, or the FILE of fingerprint; NULL: none */
    const char *keys;    /* never NULL */
    const char *name, *edge, *public_file, *sensors, *from, *host, *out, *redis;
    bool client, json, once;
};

typedef enum yk_status yk_keys_verb(const struct keys_arguments *a, struct yk_error *err);

/* keys_files.c */
yk_keys_verb yk_keys_make_files, yk_keys_show_fingerprint;
/* keys_enrol.c */
yk_keys_verb yk_keys_enroll, yk_keys_revoke, yk_keys_replace;
/* keys_show.c */
yk_keys_verb yk_keys_list, yk_keys_acl;
/* keys_authority.c */
yk_keys_verb yk_keys_authority, yk_keys_certificate;
/* keys_run.c */
yk_keys_verb yk_keys_run;

#endif
