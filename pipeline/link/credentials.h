/* Secrets from files. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A secret comes from a file, never from the command line or the environment: those are seen by others (ps, /proc) and
 * handed on to children. A service manager can give them decrypted, in memory only, in the folder that
 * $CREDENTIALS_DIRECTORY names (systemd's LoadCredential=); it is looked at first, then the folder of the caller.
 *
 * A secret that its group or others can read is no secret, and is refused with the command that mends it. Not so in
 * $CREDENTIALS_DIRECTORY: systemd guards the folder itself and may give its files to a group. */
#ifndef YK_LINK_CREDENTIALS_H
#define YK_LINK_CREDENTIALS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_CREDENTIAL_SIZE_MAX (1024 * 1024)
#define YK_CREDENTIAL_PATH     512

struct yk_credential {
    char *bytes; /* NULL: there is no such file. A NUL behind size. */
    size_t size;
    char path[YK_CREDENTIAL_PATH]; /* where it was found, or looked for last; never a secret */
};

/* dir NULL: YK_OK and no bytes. A file that is not there is YK_OK and no bytes; one that cannot be read, is refused
 * (secret, and open to others: YK_ERR_REFUSED), empty or no file is an error. name holds no '/'. Wipe it after use. */
enum yk_status yk_credential_read(const char *dir, const char *name, bool secret, struct yk_credential *out,
                                  struct yk_error *err) YK_MUST_CHECK;
/* The same for one file, wherever it is; here a file that is not there is YK_ERR_NO_INPUT. */
enum yk_status yk_credential_read_file(const char *path, bool secret, struct yk_credential *out,
                                       struct yk_error *err) YK_MUST_CHECK;
/* The password of a user: USER.password, one line, its end not counted. For an edge's user (edge-EDGE) without such a
 * file: redis.password, which `yukikai keys make` made before the device knew its name. */
enum yk_status yk_credential_password(const char *dir, const char *user, struct yk_credential *out,
                                      struct yk_error *err) YK_MUST_CHECK;
void yk_credential_wipe(struct yk_credential *credential);

#endif
