/* A private redis-server with TLS and users. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     DIR/authority/        ca.key, ca.crt
 *     DIR/server/           server.crt, server.key, for this machine's loopback addresses and `localhost`
 *     DIR/credentials/      what a client needs: ca.crt, client.crt, client.key, USER.password
 *     DIR/users.acl         the users, with digests of their passwords
 *     DIR/redis.sock        DIR/redis.log
 *
 * It listens on a loopback address of its own, made from the process id, so that many tests can run at once on the same
 * ports; `local` adds 127.0.0.1 for what needs the name `localhost`. The user `admin` may do everything; the default
 * user is off unless said otherwise. Fails with a status, not with an assertion, so that the bench can use it too. */
#ifndef YK_TESTS_SUPPORT_SECURE_REDIS_H
#define YK_TESTS_SUPPORT_SECURE_REDIS_H

#include "link/authority.h"
#include "supervise/child.h"

#include <stdbool.h>

struct yk_secure_user {
    const char *name, *password;
    const char *rules; /* "~key* +get +set" */
};

struct yk_secure_redis_options {
    const char *dir; /* there already; at most 80 bytes */
    const struct yk_secure_user *users;
    size_t user_count;
    bool no_client_certificates; /* clients need not have one */
    bool open;                   /* the default user may do everything, without a password */
    bool local;                  /* listens on 127.0.0.1 too, on a port made from the process id */
    const char *protocols;       /* "TLSv1.2"; NULL: TLSv1.3 */
    const char *alt_name;        /* the certificate's only name; NULL: the addresses it listens on, and localhost */
    int certificate_days;        /* 0: as usual; -1: expired */
    const char *more[16];        /* further arguments of redis-server, up to NULL */
};

struct yk_secure_redis {
    struct yk_child child;
    char dir[128], log[160], socket[160], host[32];
    char tls_port[8], tcp_port[8];
    char tls_url[64], tcp_url[64], local_tls_url[64]; /* the last with the name localhost */
    char unix_url[176];
    char authority[160], credentials[160];
    char texts[4][200]; /* arguments of the server */
};

/* Makes whatever of its files is not there yet, starts the server and waits until it takes connections. Called again
 * after yk_secure_redis_end, it starts on the same address with the same files. */
enum yk_status yk_secure_redis_start(struct yk_secure_redis *redis, const struct yk_secure_redis_options *options,
                                     struct yk_error *err) YK_MUST_CHECK;
/* Ends the server; the files stay. */
void yk_secure_redis_end(struct yk_secure_redis *redis);

#endif
