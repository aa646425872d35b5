/* Writing Redis' ACL file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/acl.h"

#include "link/credentials.h"
#include "link/redis.h"

#include <sodium.h>
#include <string.h>

enum yk_acl_entry yk_acl_entry_of(const struct yk_enrolled_edge *edge, int64_t now_s)
{
    if (yk_enrolled_end_s(edge) <= now_s)
        return YK_ACL_REVOKED;
    return edge->has_redis ? YK_ACL_LISTED : YK_ACL_NO_PASSWORD;
}

/* -@all and resetkeys come first: a rule adds to what is there. */
static void begin(FILE *to, const char *prefix, const char *name, const uint8_t sha256[static YK_REDIS_HASH_SIZE])
{
    char hex[2 * YK_REDIS_HASH_SIZE + 1];
    sodium_bin2hex(hex, sizeof hex, sha256, YK_REDIS_HASH_SIZE);
    fprintf(to, "user %s%s on #%s resetkeys resetchannels -@all", prefix, name, hex);
}

static void write_edge(const struct yk_acl *acl, const struct yk_enrolled_edge *edge, FILE *to)
{
    char frames[YK_KEY_SIZE], sealing[YK_KEY_SIZE], covered[YK_KEY_SIZE], key[YK_KEY_SIZE];
    yk_key_frames(frames, acl->district, acl->shard, edge->edge);
    yk_key_sealing(sealing, acl->district, acl->shard, edge->edge);
    yk_key_covered(covered, acl->district, acl->shard, edge->edge);
    yk_key_epoch_key(key, acl->district, acl->shard, edge->edge);
    begin(to, "edge-", edge->edge, edge->redis_sha256);
    fprintf(to, " (+xadd %%W~%s %%W~%s) (+get %%R~%s %%R~%s)\n", frames, sealing, covered, key);
}

enum yk_status yk_acl_write(const struct yk_acl *acl, FILE *to, struct yk_error *err)
{
    char frames[YK_KEY_SIZE], sealing[YK_KEY_SIZE], covered[YK_KEY_SIZE], key[YK_KEY_SIZE], quarantine[YK_KEY_SIZE];
    yk_key_frames(frames, acl->district, acl->shard, "*");
    yk_key_sealing(sealing, acl->district, acl->shard, "*");
    yk_key_covered(covered, acl->district, acl->shard, "*");
    yk_key_epoch_key(key, acl->district, acl->shard, "*");
    yk_key_quarantine(quarantine, acl->district, acl->shard);
    /* A new default user may do all, without a password: being off is not left to stand alone. */
    fprintf(to, "user default off resetpass resetkeys resetchannels -@all\n");
    begin(to, "", "analyze", acl->analyze_sha256);
    fprintf(to, " (+xread +xinfo|stream %%R~%s) (+xtrim %%W~%s) (+set %%W~%s) (+xadd %%W~%s)\n", frames, frames,
            covered, quarantine);
    begin(to, "", "keys", acl->keys_sha256);
    fprintf(to, " (+xread +xrange +xrevrange %%R~%s) (+set %%W~%s)\n", sealing, key);
    for (size_t i = 0; i < acl->enrolment->count; i++)
        if (yk_acl_entry_of(&acl->enrolment->edges[i], acl->now_s) == YK_ACL_LISTED)
            write_edge(acl, &acl->enrolment->edges[i], to);
    if (fflush(to) != 0 || ferror(to))
        return yk_error_errno(err, YK_ERR_IO, "cannot write the ACL file");
    return YK_OK;
}

enum yk_status yk_acl_password_hash(const char *dir, const char *user, uint8_t out[static YK_REDIS_HASH_SIZE],
                                    struct yk_error *err)
{
    struct yk_credential password;
    enum yk_status status = yk_credential_password(dir, user, &password, err);
    if (status != YK_OK)
        return status;
    if (!password.bytes)
        return yk_error_set(err, YK_ERR_NO_INPUT,
                            "there is no %s/%s.password; 'yukikai keys make --name district' adds what is missing", dir,
                            user);
    crypto_hash_sha256(out, (const unsigned char *)password.bytes, password.size);
    yk_credential_wipe(&password);
    return YK_OK;
}
