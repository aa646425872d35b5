/* Making certificates with OpenSSL. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys are P-256: TLS 1.3 with it is as fast as with Ed25519 here, and every client and server of Redis takes it, which
 * cannot be said of Ed25519. Certificates are X.509 version 3 with what RFC 5280 asks for: random serial numbers, key
 * identifiers, basic constraints and key usage critical, names in subjectAltName only (no client looks for a host in
 * the common name any more). They begin an hour ago, for machines whose clocks are slow. */
#include "link/authority.h"

#include "link/credentials.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SERIAL_BITS     159 /* positive, and within the 20 bytes that RFC 5280 allows */
#define SLOW_CLOCK      3600
#define DAY_S           86400L
#define COMMON_NAME_MAX 64 /* of a common name, RFC 5280 */
#define PATH_SIZE       600

static enum yk_status openssl_failed(struct yk_error *err)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    return yk_error_set(err, YK_ERR_INTERNAL, "OpenSSL fails: %s", text ? text : "no reason is given");
}

static bool is_common_name(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return length > 0 && length <= COMMON_NAME_MAX;
}

static bool is_file_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    size_t length = strlen(text);
    return length > 0 && length <= 64 && text[0] != '.' && strspn(text, allowed) == length;
}

static bool extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

/* Built part by part, not from a text: a name cannot bring another along. */
static bool add_name(GENERAL_NAMES *names, const char *text)
{
    unsigned char ip[16];
    int size = inet_pton(AF_INET, text, ip) == 1 ? 4 : inet_pton(AF_INET6, text, ip) == 1 ? 16 : 0;
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(size ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (!name || !value || !ASN1_STRING_set(value, size ? (const void *)ip : text, size ? size : (int)strlen(text))) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, size ? GEN_IPADD : GEN_DNS, value);
    if (sk_GENERAL_NAME_push(names, name) > 0)
        return true;
    GENERAL_NAME_free(name);
    return false;
}

static bool is_dns_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    if (strncmp(text, "*.", 2) == 0)
        text += 2;
    size_t length = strlen(text);
    return length > 0 && length < 254 && strspn(text, allowed) == length;
}

static bool add_names(X509 *certificate, const struct yk_certificate_request *request)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool ok = names != NULL;
    for (size_t i = 0; i < request->alt_count && ok; i++)
        ok = add_name(names, request->alt_names[i]);
    ok = ok && (request->alt_count == 0 || X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1);
    GENERAL_NAMES_free(names);
    return ok;
}

/* Version, serial number, times, names, key: what every certificate has. */
static bool fill(X509 *certificate, EVP_PKEY *key, const char *common_name, const X509_NAME *issuer, int days)
{
    time_t now = time(NULL);
    long end = days * DAY_S, start = end < 0 ? end - DAY_S : -SLOW_CLOCK;
    BIGNUM *serial = BN_new();
    X509_NAME *subject = X509_NAME_new();
    bool ok = serial && subject && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
              BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) &&
              X509_set_version(certificate, X509_VERSION_3) &&
              X509_time_adj_ex(X509_getm_notBefore(certificate), 0, start, &now) &&
              X509_time_adj_ex(X509_getm_notAfter(certificate), 0, end, &now) &&
              X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1,
                                         -1, 0) &&
              X509_set_subject_name(certificate, subject) &&
              X509_set_issuer_name(certificate, issuer ? issuer : subject) && X509_set_pubkey(certificate, key);
    BN_free(serial);
    X509_NAME_free(subject);
    return ok;
}

static bool is_there(const char *path, struct yk_error *err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return false;
    yk_error_set(err, YK_ERR_REFUSED, "%s is there already; nothing is written over, move it away first", path);
    return true;
}

/* A new file, whole and on the disk, under a name of its own until the pair is complete. */
static enum yk_status write_new(const char *path, const char *bytes, size_t size, mode_t mode, struct yk_error *err)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot make %s", path);
    bool ok = fchmod(fd, mode) == 0;
    for (size_t at = 0; ok && at < size;) {
        ssize_t n = write(fd, bytes + at, size - at);
        ok = n > 0 || (n < 0 && errno == EINTR);
        at += n > 0 ? (size_t)n : 0;
    }
    ok = ok && fsync(fd) == 0;
    enum yk_status status = ok ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
    close(fd);
    if (!ok)
        unlink(path);
    return status;
}

static enum yk_status place(const char *temporary, const char *path, struct yk_error *err)
{
    if (link(temporary, path) == 0) /* unlike rename, fails where there is a file */
        return YK_OK;
    return errno == EEXIST && is_there(path, err) ? YK_ERR_REFUSED
                                                  : yk_error_errno(err, YK_ERR_IO, "cannot make %s", path);
}

static enum yk_status write_pair(const char *dir, const char *file, EVP_PKEY *key, X509 *certificate,
                                 struct yk_error *err)
{
    char paths[2][PATH_SIZE], temporary[2][PATH_SIZE + 8];
    static const char *const ends[] = {"key", "crt"};
    for (int i = 0; i < 2; i++) {
        if (snprintf(paths[i], sizeof paths[i], "%s/%s.%s", dir, file, ends[i]) >= (int)sizeof paths[i] ||
            snprintf(temporary[i], sizeof temporary[i], "%s.new", paths[i]) >= (int)sizeof temporary[i])
            return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %.200s...", dir);
        if (is_there(paths[i], err))
            return YK_ERR_REFUSED;
    }
    BIO *bios[] = {BIO_new(BIO_s_secmem()), BIO_new(BIO_s_mem())};
    enum yk_status status = YK_OK;
    if (!bios[0] || !bios[1] || PEM_write_bio_PKCS8PrivateKey(bios[0], key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_X509(bios[1], certificate) != 1)
        status = openssl_failed(err);
    for (int i = 0; i < 2 && status == YK_OK; i++) {
        char *bytes;
        long size = BIO_get_mem_data(bios[i], &bytes);
        status = write_new(temporary[i], bytes, (size_t)size, i == 0 ? 0600 : 0644, err);
        if (i == 0)
            OPENSSL_cleanse(bytes, (size_t)size);
    }
    BIO_free(bios[0]);
    BIO_free(bios[1]);
    if (status == YK_OK && (status = place(temporary[0], paths[0], err)) == YK_OK &&
        (status = place(temporary[1], paths[1], err)) != YK_OK)
        unlink(paths[0]);
    unlink(temporary[0]);
    unlink(temporary[1]);
    return status;
}

static enum yk_status make_folder(const char *dir, struct yk_error *err)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return YK_OK;
    return yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", dir);
}

enum yk_status yk_authority_make(const char *dir, const char *name, struct yk_error *err)
{
    ERR_clear_error();
    if (!is_common_name(name))
        return yk_error_set(err, YK_ERR_USAGE, "a name of an authority is 1 to %d printable ASCII letters",
                            COMMON_NAME_MAX);
    enum yk_status status = make_folder(dir, err);
    if (status != YK_OK)
        return status;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    if (!key || !certificate || !fill(certificate, key, name, NULL, YK_AUTHORITY_DAYS) ||
        !extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !extend(certificate, certificate, NID_subject_key_identifier, "hash") ||
        !extend(certificate, certificate, NID_authority_key_identifier, "keyid") ||
        X509_sign(certificate, key, EVP_sha256()) <= 0)
        status = openssl_failed(err);
    else
        status = write_pair(dir, "ca", key, certificate, err);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return status;
}

static int no_pass_phrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static enum yk_status load(const char *dir, EVP_PKEY **key, X509 **certificate, struct yk_error *err)
{
    char path[PATH_SIZE];
    struct yk_credential files[2] = {{0}, {0}};
    static const char *const names[] = {"ca.key", "ca.crt"};
    enum yk_status status = YK_OK;
    for (int i = 0; i < 2 && status == YK_OK; i++) {
        if (snprintf(path, sizeof path, "%s/%s", dir, names[i]) >= (int)sizeof path)
            status = yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %.200s...", dir);
        else
            status = yk_credential_read_file(path, i == 0, &files[i], err);
    }
    if (status == YK_OK) {
        BIO *bios[] = {BIO_new_mem_buf(files[0].bytes, (int)files[0].size),
                       BIO_new_mem_buf(files[1].bytes, (int)files[1].size)};
        *key = bios[0] ? PEM_read_bio_PrivateKey(bios[0], NULL, no_pass_phrase, NULL) : NULL;
        *certificate = bios[1] ? PEM_read_bio_X509(bios[1], NULL, no_pass_phrase, NULL) : NULL;
        if (!*key || !*certificate || X509_check_private_key(*certificate, *key) != 1)
            status = yk_error_set(err, YK_ERR_INPUT, "ca.key and ca.crt in %s are no pair of an authority", dir);
        else if (X509_check_ca(*certificate) != 1)
            status = yk_error_set(err, YK_ERR_INPUT, "%s is not the certificate of an authority", path);
        else if (X509_cmp_current_time(X509_get0_notAfter(*certificate)) <= 0)
            status = yk_error_set(err, YK_ERR_REFUSED, "%s has expired; a new authority is needed", path);
        BIO_free(bios[0]);
        BIO_free(bios[1]);
    }
    yk_credential_wipe(&files[0]);
    yk_credential_wipe(&files[1]);
    return status;
}

static enum yk_status check(const struct yk_certificate_request *request, struct yk_error *err)
{
    unsigned char ip[16];
    if (!is_file_name(request->file) || strcmp(request->file, "ca") == 0)
        return yk_error_set(err, YK_ERR_USAGE, "'%.80s' is no name for a certificate's files", request->file);
    if (!is_common_name(request->common_name))
        return yk_error_set(err, YK_ERR_USAGE, "a common name is 1 to %d printable ASCII letters", COMMON_NAME_MAX);
    if (request->use == YK_CERTIFICATE_SERVER && request->alt_count == 0)
        return yk_error_set(err, YK_ERR_USAGE,
                            "a server's certificate needs the host names or addresses that it is good for");
    if (request->days < -1 || request->days > YK_AUTHORITY_DAYS)
        return yk_error_set(err, YK_ERR_USAGE, "a certificate is for 1 to %d days", YK_AUTHORITY_DAYS);
    for (size_t i = 0; i < request->alt_count; i++) {
        const char *name = request->alt_names[i];
        if (inet_pton(AF_INET, name, ip) != 1 && inet_pton(AF_INET6, name, ip) != 1 && !is_dns_name(name))
            return yk_error_set(err, YK_ERR_USAGE, "'%.80s' is neither a host name nor an address", name);
    }
    return YK_OK;
}

enum yk_status yk_authority_certificate(const char *dir, const char *out_dir,
                                        const struct yk_certificate_request *request, struct yk_error *err)
{
    EVP_PKEY *authority_key = NULL, *key = NULL;
    X509 *authority = NULL, *certificate = NULL;
    bool server = request->use == YK_CERTIFICATE_SERVER;
    ERR_clear_error();
    enum yk_status status = check(request, err);
    if (status == YK_OK)
        status = load(dir, &authority_key, &authority, err);
    if (status == YK_OK)
        status = make_folder(out_dir, err);
    if (status != YK_OK)
        goto out;
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    if (!key || !certificate ||
        !fill(certificate, key, request->common_name, X509_get_subject_name(authority),
              request->days ? request->days : YK_CERTIFICATE_DAYS) ||
        !extend(certificate, authority, NID_basic_constraints, "critical,CA:FALSE") ||
        !extend(certificate, authority, NID_key_usage, "critical,digitalSignature") ||
        !extend(certificate, authority, NID_ext_key_usage, server ? "serverAuth" : "clientAuth") ||
        !extend(certificate, authority, NID_subject_key_identifier, "hash") ||
        !extend(certificate, authority, NID_authority_key_identifier, "keyid:always") ||
        !add_names(certificate, request)) {
        status = openssl_failed(err);
        goto out;
    }
    /* No longer than its authority. */
    if (ASN1_TIME_compare(X509_get0_notAfter(certificate), X509_get0_notAfter(authority)) > 0)
        X509_set1_notAfter(certificate, X509_get0_notAfter(authority));
    /* An authority that was made elsewhere may have a key that brings its own digest. */
    bool own_digest = EVP_PKEY_is_a(authority_key, "ED25519") || EVP_PKEY_is_a(authority_key, "ED448");
    status = X509_sign(certificate, authority_key, own_digest ? NULL : EVP_sha256()) > 0
                 ? write_pair(out_dir, request->file, key, certificate, err)
                 : openssl_failed(err);
out:
    X509_free(certificate);
    X509_free(authority);
    EVP_PKEY_free(key);
    EVP_PKEY_free(authority_key);
    return status;
}
