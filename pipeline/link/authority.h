/* A small certificate authority, for those who have none. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     DIR/ca.key     secret, 0600: who has it can pretend to be the district's Redis, or any client of it
 *     DIR/ca.crt     goes to every machine; who connects verifies the server against it
 *     OUT/NAME.key   secret, 0600: stays on the machine that it names
 *     OUT/NAME.crt   presented by that machine
 *
 * All are PEM; keys are PKCS #8. Nothing that exists is ever written over: who wants a file anew moves the old one
 * away. A pair that could not be made whole leaves nothing behind. */
#ifndef YK_LINK_AUTHORITY_H
#define YK_LINK_AUTHORITY_H

#include "base/error.h"

#include <stddef.h>

#define YK_AUTHORITY_DAYS   3652 /* ten years */
#define YK_CERTIFICATE_DAYS 825

/* Makes the authority; name is its common name, 1 to 64 bytes of printable ASCII. The folder is made if need be. */
enum yk_status yk_authority_make(const char *dir, const char *name, struct yk_error *err) YK_MUST_CHECK;

enum yk_certificate_use { YK_CERTIFICATE_SERVER, YK_CERTIFICATE_CLIENT };

/* Signs a new key pair with DIR's authority: OUT/FILE.key and OUT/FILE.crt. alt_names: DNS names and IP addresses (told
 * apart by their form) that the certificate is good for; a server needs at least one, a client may have none. */
struct yk_certificate_request {
    const char *file;        /* "server", "client": letters, digits, '.', '-', '_' */
    const char *common_name; /* 1 to 64 bytes of printable ASCII */
    const char *const *alt_names;
    size_t alt_count;
    enum yk_certificate_use use;
    int days; /* 0: YK_CERTIFICATE_DAYS; from -1 on (a test's expired one) up to YK_AUTHORITY_DAYS */
};
enum yk_status yk_authority_certificate(const char *dir, const char *out_dir,
                                        const struct yk_certificate_request *request,
                                        struct yk_error *err) YK_MUST_CHECK;

#endif
