/* What a sensor's `secret` names. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One line: a token, or USER:PASSWORD. A name without '/' is looked for in $CREDENTIALS_DIRECTORY and then in the folder of
 * keys, as all secrets are (link/credentials.h); a path is taken as it is. One that others can read is refused. */
#ifndef YK_NETWORK_SECRET_H
#define YK_NETWORK_SECRET_H

#include "config/config.h"
#include "link/credentials.h"

/* YK_OK and no bytes: the sensor has none. A file that is not there is YK_ERR_NO_INPUT. Wipe it after use. */
enum yk_status yk_secret_read(const struct yk_sensor_config *sensor, const char *keys, struct yk_credential *out,
                              struct yk_error *err) YK_MUST_CHECK;
/* The same, cut into two at the first ':', which becomes a NUL; both point into it. YK_ERR_INPUT if there is none. */
enum yk_status yk_secret_user(struct yk_credential *secret, const char **user, const char **password,
                              struct yk_error *err) YK_MUST_CHECK;

#endif
