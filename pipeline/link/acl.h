/* Redis' own rules about who may do what. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Signatures keep a bad edge from lying, not from erasing: who may add to one stream of an ordinary Redis may
 * also delete all others. So each party is a user of Redis with the few commands it needs, on the keys it needs them
 * for, and whoever is not named can do nothing.
 *
 *     edge-EDGE   xadd on its own frames and its own sealing keys; get of its own covered message and epoch key
 *     analyze     xread, xinfo stream and xtrim on frames; set of covered messages; xadd on the quarantine
 *     keys        xread, xrange and xrevrange on sealing keys; set of epoch keys
 *     default     off
 *
 * An XADD can trim as well (MAXLEN, MINID) and can give the largest ID there is, after which nothing can be added: both
 * hurt the edge's own stream only. Reading and writing are told apart by Redis 7's %R~ and %W~ and by a selector, in
 * parentheses, for each kind of key: an edge can't read what it added, and the worker can't add to what it reads. What
 * always remains is AUTH, HELLO, QUIT and RESET: Redis lets everybody say them.
 *
 * Redis reads the file at its start (aclfile) and on ACL LOAD, which no user here may say: restart it after a change.
 * That costs nothing but time, the edges send again what is not covered.
 *
 * Source: https://redis.io/docs/management/security/acl/, tried against Redis 7.0 command by command in the tests. */
#ifndef YK_LINK_ACL_H
#define YK_LINK_ACL_H

#include "base/error.h"
#include "frame/enrolment.h"

#include <stdio.h>

struct yk_acl {
    const char *district;
    unsigned shard;
    const struct yk_enrolment *enrolment;
    int64_t now_s;                 /* edges without a key from now on are left out */
    const uint8_t *analyze_sha256; /* 32 bytes each */
    const uint8_t *keys_sha256;
};

enum yk_acl_entry { YK_ACL_LISTED, YK_ACL_REVOKED, YK_ACL_NO_PASSWORD };
enum yk_acl_entry yk_acl_entry_of(const struct yk_enrolled_edge *edge, int64_t now_s);

enum yk_status yk_acl_write(const struct yk_acl *acl, FILE *to, struct yk_error *err) YK_MUST_CHECK;

/* SHA-256 of the password that lies in DIR/USER.password. */
enum yk_status yk_acl_password_hash(const char *dir, const char *user, uint8_t out[static YK_REDIS_HASH_SIZE],
                                    struct yk_error *err) YK_MUST_CHECK;

#endif
