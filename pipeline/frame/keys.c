/* Key files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_SIZE (2 * crypto_sign_SEEDBYTES)

static enum yk_status write_new(const char *path, const char *text, mode_t mode, struct yk_error *err)
{
    /* Whole or not at all: written under another name, then linked to its own, which fails where there is one. */
    char temporary[YK_PATH_SIZE + 8];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot make %s", temporary);
    size_t length = strlen(text);
    bool ok = write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    if (!ok)
        yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
    close(fd);
    if (ok && link(temporary, path) != 0) {
        enum yk_status status =
            errno == EEXIST ? yk_error_set(err, YK_ERR_REFUSED, "%s is there already; a key is never overwritten", path)
                            : yk_error_errno(err, YK_ERR_IO, "cannot make %s", path);
        unlink(temporary);
        return status;
    }
    unlink(temporary);
    return ok ? YK_OK : YK_ERR_IO;
}

/* 32 bytes as a line of hex. */
static void hex_line(char out[static HEX_SIZE + 2], const uint8_t bytes[static 32])
{
    sodium_bin2hex(out, HEX_SIZE + 1, bytes, 32);
    out[HEX_SIZE] = '\n';
    out[HEX_SIZE + 1] = '\0';
}

enum yk_status yk_keys_make(const char *dir, const char *name, struct yk_error *err)
{
    if (sodium_init() < 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "libsodium does not start");
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", dir);
    char path[YK_PATH_SIZE];
    uint8_t seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    char hex[HEX_SIZE + 2];
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(public_key, secret, seed);

    /* The public half first: a crash in between leaves one without a secret, which the next try replaces. */
    snprintf(path, sizeof path, "%s/%s.key", dir, name);
    enum yk_status status = YK_OK;
    if (access(path, F_OK) == 0)
        status = yk_error_set(err, YK_ERR_REFUSED, "%s is there already; a key is never overwritten", path);
    if (status == YK_OK) {
        char public_path[YK_PATH_SIZE];
        snprintf(public_path, sizeof public_path, "%s/%s.pub", dir, name);
        unlink(public_path);
        hex_line(hex, public_key);
        status = write_new(public_path, hex, 0644, err);
    }
    if (status == YK_OK) {
        hex_line(hex, seed);
        status = write_new(path, hex, 0600, err);
    }
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(hex, sizeof hex);
    return status;
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
    char path[YK_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.key", dir, name);
    uint8_t seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES];
    enum yk_status status = read_hex(path, true, seed, err);
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
    char path[YK_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.pub", dir, name);
    return read_hex(path, false, out, err);
}

void yk_keys_fingerprint(const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE], char out[static YK_FINGERPRINT_SIZE])
{
    uint8_t hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, public_key, YK_FRAME_PUBLIC_SIZE, NULL, 0);
    snprintf(out, YK_FINGERPRINT_SIZE, "%02x%02x-%02x%02x-%02x%02x-%02x%02x", hash[0], hash[1], hash[2], hash[3],
             hash[4], hash[5], hash[6], hash[7]);
}
