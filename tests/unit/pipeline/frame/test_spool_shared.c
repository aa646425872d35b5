/* Who gets into a spool: nobody, or the group that its folder was made for. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/spool.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <glob.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(spool_shared, .init = scratch_make, .fini = scratch_remove);

static mode_t mode_of(const char *pattern)
{
    char path[128];
    glob_t found;
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", scratch, pattern);
    cr_assert_eq(glob(path, 0, NULL, &found), 0, "nothing is %s", path);
    cr_assert_eq(stat(found.gl_pathv[0], &st), 0);
    globfree(&found);
    return st.st_mode & 0777;
}

static void spool_one(mode_t folder)
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES], body[1] = {0};
    cr_assert(sodium_init() >= 0 && crypto_sign_keypair(public_key, secret) == 0);
    umask(0007); /* as in the units */
    cr_assert_eq(chmod(scratch, folder), 0);
    struct yk_spool_options options = {
        .dir = scratch, .slot = "radio", .district = "riverside", .edge = "edge-1", .secret_key = secret};
    struct yk_spool *spool;
    struct yk_error err;
    cr_assert_eq(yk_spool_open(&options, &spool, &err), YK_OK);
    struct yk_frame_header header = {.group = YK_GROUP_PLAIN,
                                     .records = 1,
                                     .base_s = 1000,
                                     .last_s = 1000,
                                     .told_from_s = 1000,
                                     .told_to_s = 1001,
                                     .sensor = "radio-1"};
    cr_assert_eq(yk_spool_append(spool, &header, body, sizeof body, &err), YK_OK);
    yk_spool_close(spool);
}

Test(spool_shared, a_closed_spool_stays_closed)
{
    spool_one(0700);
    cr_expect_eq(mode_of("plain-*"), 0700);
    cr_expect_eq(mode_of("plain-*/*.seg"), 0600);
}

/* The group reads segments and takes them away. It cannot write one, nor what numbers were given out. */
Test(spool_shared, a_group_reads_and_takes_away)
{
    spool_one(02770);
    cr_expect_eq(mode_of("plain-*"), 0770);
    cr_expect_eq(mode_of("plain-*/*.seg"), 0640);
    cr_expect_eq(mode_of("radio.lanes"), 0600);
}
