/* Key and password files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/keys.h"

#include "base/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_SIZE        (2 * crypto_sign_SEEDBYTES)
#define PATH_SIZE       YK_PATH_SIZE
#define REDIS_WORD      "redis "
#define PUBLIC_FILE_MAX 4096

static enum yk_status path_of(const char *dir, const char *name, const char *extension, char out[static PATH_SIZE],
                              struct yk_error *err)
{
    /* A path that was cut would name another file, maybe one that others can read. */
    if (snprintf(out, PATH_SIZE, "%s/%s.%s", dir, name, extension) < PATH_SIZE)
        return YK_OK;
    return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %.80s...", dir);
}

/* Whole or not at all: written under another name, which then becomes its own. Without `over` a file that is there
 * stays. */
static enum yk_status write_whole(const char *path, const char *text, mode_t mode, bool over, struct yk_error *err)
{
    char temporary[PATH_SIZE + 8];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot make %s", temporary);
    size_t length = strlen(text);
    enum yk_status status = YK_OK;
    if (write(fd, text, length) != (ssize_t)length || fsync(fd) != 0)
        status = yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
    close(fd);
    if (status == YK_OK && (over ? rename(temporary, path) : link(temporary, path)) != 0)
        status = errno == EEXIST
                     ? yk_error_set(err, YK_ERR_REFUSED, "%s is there already; a key is never overwritten", path)
                     : yk_error_errno(err, YK_ERR_IO, "cannot make %s", path);
    unlink(temporary);
    return status;
}

/* 32 bytes as a line of hex. */
static void hex_line(char out[static HEX_SIZE + 2], const uint8_t bytes[static 32])
{
    sodium_bin2hex(out, HEX_SIZE + 1, bytes, 32);
    out[HEX_SIZE] = '\n';
    out[HEX_SIZE + 1] = '\0';
}

/* Reads exactly 64 hex digits and a newline into 32 bytes. */
static enum yk_status read_hex(const char *path, bool secret, uint8_t out[static 32], struct yk_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read the key %s (yukikai keys makes one)", path);
    struct stat st;
    char text[HEX_SIZE + 2] = {0};
    enum yk_status status = YK_OK;
    if (fstat(fd, &st) != 0)
        status = yk_error_errno(err, YK_ERR_IO, "cannot read %s", path);
    else if (secret && (st.st_mode & 077))
        status = yk_error_set(err, YK_ERR_REFUSED, "%s can be read by others; run: chmod 600 %s", path, path);
    else if (read(fd, text, HEX_SIZE) != (ssize_t)HEX_SIZE || !yk_keys_parse_public(text, out))
        status = yk_error_set(err, YK_ERR_INPUT, "%s is not a key: 64 hex digits are expected", path);
    close(fd);
    sodium_memzero(text, sizeof text);
    return status;
}

/* The .pub file anew. redis NULL: the key alone. */
static enum yk_status write_public(const char *dir, const char *name, const uint8_t public_key[static 32],
                                   const uint8_t *redis, struct yk_error *err)
{
    char path[PATH_SIZE], text[2 * (HEX_SIZE + 8)], line[HEX_SIZE + 2];
    enum yk_status status = path_of(dir, name, "pub", path, err);
    hex_line(text, public_key);
    if (redis) {
        hex_line(line, redis);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s", REDIS_WORD, line);
    }
    return status == YK_OK ? write_whole(path, text, 0644, true, err) : status;
}

static enum yk_status start(const char *dir, struct yk_error *err)
{
    if (sodium_init() < 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "libsodium does not start");
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", dir);
    return YK_OK;
}

static enum yk_status make_pair(const char *dir, const char *name, const uint8_t *redis, struct yk_error *err)
{
    char path[PATH_SIZE];
    enum yk_status status = path_of(dir, name, "key", path, err);
    if (status != YK_OK)
        return status;
    if (access(path, F_OK) == 0)
        return yk_error_set(err, YK_ERR_REFUSED, "%s is there already; a key is never overwritten", path);
    uint8_t seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    char hex[HEX_SIZE + 2];
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(public_key, secret, seed);
    /* The public half first: a crash in between leaves one without a secret, which the next try replaces. */
    status = write_public(dir, name, public_key, redis, err);
    if (status == YK_OK) {
        hex_line(hex, seed);
        status = write_whole(path, hex, 0600, false, err);
    }
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(hex, sizeof hex);
    return status;
}

enum yk_status yk_keys_make(const char *dir, const char *name, struct yk_error *err)
{
    enum yk_status status = start(dir, err);
    return status == YK_OK ? make_pair(dir, name, NULL, err) : status;
}

/* SHA-256 of the password in DIR/NAME.password, which is made if there is none. */
static enum yk_status password(const char *dir, const char *name, uint8_t sha256[static 32], bool *made,
                               struct yk_error *err)
{
    char path[PATH_SIZE], hex[HEX_SIZE + 2] = {0};
    uint8_t bytes[32];
    enum yk_status status = path_of(dir, name, "password", path, err);
    if (status != YK_OK)
        return status;
    if (access(path, F_OK) != 0) {
        randombytes_buf(bytes, sizeof bytes);
        hex_line(hex, bytes);
        status = write_whole(path, hex, 0600, false, err);
        *made = true;
    } else {
        status = read_hex(path, true, bytes, err);
        hex_line(hex, bytes); /* as we wrote it: lower case */
    }
    if (status == YK_OK)
        crypto_hash_sha256(sha256, (const uint8_t *)hex, HEX_SIZE);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(hex, sizeof hex);
    return status;
}

static bool has_key(const char *dir, const char *name)
{
    char path[PATH_SIZE];
    return path_of(dir, name, "key", path, NULL) == YK_OK && access(path, F_OK) == 0;
}

/* Gives a pair that was made without a password the line that tells of it. */
static enum yk_status complete_public(const char *dir, const uint8_t redis[static 32], bool *made, struct yk_error *err)
{
    char path[PATH_SIZE];
    struct yk_public_file file = {0};
    uint8_t *secret = NULL;
    enum yk_status status = path_of(dir, "edge", "pub", path, err);
    if (status != YK_OK)
        return status;
    if (yk_keys_read_public_file(path, &file, NULL) == YK_OK && file.has_redis &&
        memcmp(file.redis_sha256, redis, sizeof file.redis_sha256) == 0)
        return YK_OK;
    status = yk_keys_load_secret(dir, "edge", &secret, err);
    if (status == YK_OK)
        status = write_public(dir, "edge", secret + crypto_sign_SEEDBYTES, redis, err); /* seed, then public key */
    *made = status == YK_OK;
    sodium_free(secret);
    return status;
}

static enum yk_status nothing_missing(const char *dir, const char *name, struct yk_error *err)
{
    return yk_error_set(err, YK_ERR_REFUSED, "%s/%s.key is there already; a key is never overwritten", dir, name);
}

enum yk_status yk_keys_make_edge(const char *dir, struct yk_error *err)
{
    uint8_t redis[32];
    bool made = false;
    enum yk_status status = start(dir, err);
    if (status == YK_OK)
        status = password(dir, "redis", redis, &made, err);
    if (status != YK_OK)
        return status;
    if (!has_key(dir, "edge"))
        return make_pair(dir, "edge", redis, err);
    status = complete_public(dir, redis, &made, err);
    return status == YK_OK && !made ? nothing_missing(dir, "edge", err) : status;
}

enum yk_status yk_keys_make_district(const char *dir, struct yk_error *err)
{
    uint8_t unused[32];
    bool made = false;
    enum yk_status status = start(dir, err);
    if (status == YK_OK)
        status = password(dir, "analyze", unused, &made, err);
    if (status == YK_OK)
        status = password(dir, "keys", unused, &made, err);
    if (status != YK_OK)
        return status;
    if (!has_key(dir, "district"))
        return make_pair(dir, "district", NULL, err);
    return made ? YK_OK : nothing_missing(dir, "district", err);
}

bool yk_keys_parse_public(const char *hex, uint8_t out[static YK_FRAME_PUBLIC_SIZE])
{
    size_t length = 0;
    return strnlen(hex, HEX_SIZE + 1) == HEX_SIZE &&
           sodium_hex2bin(out, YK_FRAME_PUBLIC_SIZE, hex, HEX_SIZE, NULL, &length, NULL) == 0 &&
           length == YK_FRAME_PUBLIC_SIZE;
}

enum yk_status yk_keys_load_secret(const char *dir, const char *name, uint8_t **out, struct yk_error *err)
{
    *out = NULL;
    if (sodium_init() < 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "libsodium does not start");
    char path[PATH_SIZE];
    uint8_t seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES];
    /* A service manager's credentials come first: it guards that folder itself, and may give its files to a group. */
    const char *given = getenv("CREDENTIALS_DIRECTORY");
    enum yk_status status = path_of(given ? given : dir, name, "key", path, err);
    if (status == YK_OK && given && access(path, F_OK) != 0) {
        given = NULL;
        status = path_of(dir, name, "key", path, err);
    }
    if (status == YK_OK)
        status = read_hex(path, !given, seed, err);
    uint8_t *secret = status == YK_OK ? sodium_malloc(crypto_sign_SECRETKEYBYTES) : NULL;
    if (secret)
        crypto_sign_seed_keypair(public_key, secret, seed);
    else if (status == YK_OK)
        status = yk_error_set(err, YK_ERR_MEMORY, "no locked memory for a key (see ulimit -l)");
    *out = secret;
    sodium_memzero(seed, sizeof seed);
    return status;
}

enum yk_status yk_keys_load_public(const char *dir, const char *name, uint8_t out[static YK_FRAME_PUBLIC_SIZE],
                                   struct yk_error *err)
{
    if (sodium_init() < 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "libsodium does not start");
    char path[PATH_SIZE];
    enum yk_status status = path_of(dir, name, "pub", path, err);
    return status == YK_OK ? read_hex(path, false, out, err) : status;
}

/* A line of 64 hex digits, with or without an end of line (or a CR before it) where the file ends. */
static bool take_line(struct yk_cursor *c, uint8_t out[static 32])
{
    char hex[HEX_SIZE + 1] = {0};
    const uint8_t *digits = yk_cursor_take(c, HEX_SIZE);
    if (!digits)
        return false;
    memcpy(hex, digits, HEX_SIZE);
    if (yk_cursor_left(c) > 0 && *c->at == '\r')
        yk_cursor_take(c, 1);
    return yk_keys_parse_public(hex, out) && (yk_cursor_left(c) == 0 || yk_cursor_u8(c) == '\n');
}

bool yk_keys_parse_public_file(const void *bytes, size_t size, struct yk_public_file *out)
{
    memset(out, 0, sizeof *out);
    struct yk_cursor c = yk_cursor_of(bytes, size);
    if (!take_line(&c, out->public_key))
        return false;
    if (yk_cursor_left(&c) == 0)
        return true;
    const uint8_t *word = yk_cursor_take(&c, strlen(REDIS_WORD));
    out->has_redis = word && memcmp(word, REDIS_WORD, strlen(REDIS_WORD)) == 0 && take_line(&c, out->redis_sha256);
    return out->has_redis && yk_cursor_left(&c) == 0;
}

enum yk_status yk_keys_read_public_file(const char *path, struct yk_public_file *out, struct yk_error *err)
{
    if (sodium_init() < 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "libsodium does not start");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", path);
    char text[PUBLIC_FILE_MAX];
    ssize_t size = read(fd, text, sizeof text);
    enum yk_status status = YK_OK;
    if (size < 0)
        status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", path);
    else if (!yk_keys_parse_public_file(text, (size_t)size, out))
        status = yk_error_set(err, YK_ERR_INPUT,
                              "%s is no public key: 64 hex digits are expected, and maybe a line 'redis' with 64 more; "
                              "the device's edge.pub is meant",
                              path);
    else if (!crypto_core_ed25519_is_valid_point(out->public_key)) /* 15 of 16 secret seeds are none either */
        status =
            yk_error_set(err, YK_ERR_INPUT, "%s holds 64 hex digits that are no public key; is it edge.pub?", path);
    close(fd);
    sodium_memzero(text, sizeof text); /* it may have been the secret key, given by mistake */
    return status;
}

void yk_keys_fingerprint(const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE], char out[static YK_FINGERPRINT_SIZE])
{
    uint8_t hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, public_key, YK_FRAME_PUBLIC_SIZE, NULL, 0);
    snprintf(out, YK_FINGERPRINT_SIZE, "%02x%02x-%02x%02x-%02x%02x-%02x%02x", hash[0], hash[1], hash[2], hash[3],
             hash[4], hash[5], hash[6], hash[7]);
}
