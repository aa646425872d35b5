/* Key and password files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/keys.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" /* RFC 8032, test 1 */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define HASH "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

static struct yk_error err;

TestSuite(keys, .init = scratch_make, .fini = scratch_remove);

static const char *path_of(const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(path_of(name), "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path_of(name), mode), 0);
}

static void read_file(const char *name, char out[static 256])
{
    FILE *file = fopen(path_of(name), "r");
    cr_assert_not_null(file, "%s", name);
    out[fread(out, 1, 255, file)] = '\0';
    fclose(file);
}

static mode_t mode_of(const char *name)
{
    struct stat st;
    cr_assert_eq(stat(path_of(name), &st), 0, "%s", name);
    return st.st_mode & 07777;
}

/* The two lines of edge.pub fit the two secrets: the hash is of the password's text, without its end of line. */
static void expect_fits(void)
{
    char pub[256], password[256], seed[256], hex[65];
    read_file("edge.pub", pub);
    read_file("redis.password", password);
    read_file("edge.key", seed);
    uint8_t hash[32], public_key[32], secret[64], seed_bytes[32];
    cr_assert_eq(strlen(password), 65);
    crypto_hash_sha256(hash, (const uint8_t *)password, 64);
    sodium_bin2hex(hex, sizeof hex, hash, 32);
    cr_assert_eq(strlen(pub), 65 + 6 + 65);
    cr_expect_arr_eq(pub + 64, "\nredis ", 7);
    cr_expect_arr_eq(pub + 71, hex, 64);
    cr_assert_eq(sodium_hex2bin(seed_bytes, 32, seed, 64, NULL, NULL, NULL), 0);
    crypto_sign_seed_keypair(public_key, secret, seed_bytes);
    sodium_bin2hex(hex, sizeof hex, public_key, 32);
    cr_expect_arr_eq(pub, hex, 64);
}

Test(keys, an_edge_gets_a_pair_and_a_password)
{
    cr_assert_eq(yk_keys_make_edge(scratch, &err), YK_OK, "%s", err.message);
    cr_expect_eq(mode_of("edge.key"), 0600);
    cr_expect_eq(mode_of("redis.password"), 0600);
    cr_expect_eq(mode_of("edge.pub"), 0644);
    expect_fits();
    char before[3][256], after[3][256];
    static const char *const names[] = {"edge.key", "edge.pub", "redis.password"};
    for (int i = 0; i < 3; i++)
        read_file(names[i], before[i]);
    cr_expect_eq(yk_keys_make_edge(scratch, &err), YK_ERR_REFUSED);
    for (int i = 0; i < 3; i++) {
        read_file(names[i], after[i]);
        cr_expect_str_eq(before[i], after[i]);
    }
}

Test(keys, what_is_missing_is_added)
{
    char seed[256], again[256];
    cr_assert_eq(yk_keys_make(scratch, "edge", &err), YK_OK); /* a pair without a password */
    read_file("edge.key", seed);
    cr_expect_eq(yk_keys_make_edge(scratch, &err), YK_OK);
    expect_fits();
    read_file("edge.key", again);
    cr_expect_str_eq(seed, again);
    cr_assert_eq(unlink(path_of("edge.pub")), 0);
    cr_expect_eq(yk_keys_make_edge(scratch, &err), YK_OK);
    expect_fits();
    cr_assert_eq(unlink(path_of("redis.password")), 0); /* a new one: the line has to follow */
    cr_expect_eq(yk_keys_make_edge(scratch, &err), YK_OK);
    expect_fits();
    cr_assert_eq(unlink(path_of("edge.key")), 0); /* as a crash leaves it before the last file */
    write_file("edge.key.new", "half", 0644);
    cr_expect_eq(yk_keys_make_edge(scratch, &err), YK_OK);
    expect_fits();
    cr_expect_eq(mode_of("edge.key"), 0600);
    cr_expect_eq(access(path_of("edge.key.new"), F_OK), -1);
}

Test(keys, a_district_gets_a_pair_and_two_passwords)
{
    char a[256], b[256];
    cr_assert_eq(yk_keys_make_district(scratch, &err), YK_OK);
    read_file("analyze.password", a);
    read_file("keys.password", b);
    cr_expect_str_neq(a, b);
    cr_expect_eq(mode_of("analyze.password"), 0600);
    cr_expect_eq(mode_of("keys.password"), 0600);
    cr_expect_eq(mode_of("district.key"), 0600);
    cr_expect_eq(yk_keys_make_district(scratch, &err), YK_ERR_REFUSED);
    cr_assert_eq(unlink(path_of("keys.password")), 0);
    cr_expect_eq(yk_keys_make_district(scratch, &err), YK_OK);
    read_file("analyze.password", b);
    cr_expect_str_eq(a, b);
}

Test(keys, a_password_that_others_can_read_is_refused)
{
    cr_assert_eq(yk_keys_make_edge(scratch, &err), YK_OK);
    cr_assert_eq(chmod(path_of("redis.password"), 0640), 0);
    cr_expect_eq(yk_keys_make_edge(scratch, &err), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "chmod 600"), "%s", err.message);
}

Test(keys, a_long_folder_is_told)
{
    char dir[400];
    memset(dir, 'x', sizeof dir - 1);
    dir[sizeof dir - 1] = '\0';
    cr_expect_neq(yk_keys_make_edge(dir, &err), YK_OK);
    cr_assert_lt(snprintf(dir, sizeof dir, "%s/", scratch), 100);
    while (strlen(dir) < 250) /* a folder that can be made, with files that cannot be named */
        strcat(dir, "/");
    cr_expect_eq(yk_keys_make_edge(dir, &err), YK_ERR_USAGE);
    uint8_t *secret;
    cr_expect_eq(yk_keys_load_secret(dir, "district", &secret, &err), YK_ERR_USAGE);
}

Test(keys, public_files)
{
    static const struct {
        const char *text;
        int outcome; /* 0: refused, 1: a key, 2: a key and a hash */
    } files[] = {
        {KEY "\n", 1},
        {KEY, 1},
        {KEY "\r\n", 1},
        {KEY "\nredis " HASH "\n", 2},
        {KEY "\nredis " HASH, 2},
        {KEY "\r\nredis " HASH "\r\n", 2},
        {"", 0},
        {"\n", 0},
        {KEY "0\n", 0},
        {KEY "\n\n", 0},
        {KEY " \n", 0},
        {" " KEY "\n", 0},
        {KEY "\nredis \n", 0},
        {KEY "\nredis " HASH "0\n", 0},
        {KEY "\nredis " HASH "\nmore\n", 0},
        {KEY "\nredis  " HASH "\n", 0},
        {KEY "\n" HASH "\n", 0},
        {KEY "\nREDIS " HASH "\n", 0},
        {KEY "redis " HASH "\n", 0},
        {"g75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\n", 0},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct yk_public_file file;
        bool ok = yk_keys_parse_public_file(files[i].text, strlen(files[i].text), &file);
        cr_expect_eq(ok, files[i].outcome > 0, "'%s'", files[i].text);
        cr_expect(!ok || (file.public_key[0] == 0xd7 && file.public_key[31] == 0x1a));
        cr_expect(!ok || file.has_redis == (files[i].outcome == 2), "'%s'", files[i].text);
        cr_expect(!ok || !file.has_redis || (file.redis_sha256[0] == 0x3d && file.redis_sha256[31] == 0x0c));
    }
    struct yk_public_file file;
    write_file("good", KEY "\n", 0644);
    cr_expect_eq(yk_keys_read_public_file(path_of("good"), &file, &err), YK_OK);
    write_file("seed", SEED "\n", 0644); /* this one happens to be no point of the curve */
    cr_expect_eq(yk_keys_read_public_file(path_of("seed"), &file, &err), YK_ERR_INPUT);
    cr_expect_not(strstr(err.message, "9d61"), "a secret is never repeated");
    cr_expect_eq(yk_keys_read_public_file(path_of("none"), &file, &err), YK_ERR_NO_INPUT);
}
