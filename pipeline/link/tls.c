/* OpenSSL as a client. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/tls.h"

#include "base/text.h"
#include "link/credentials.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_AHEAD (128 * 1024) /* several records of 16 KiB by one system call */

struct yk_tls {
    SSL_CTX *context;
    SSL *ssl;
    BIO_METHOD *method;
    struct yk_address address;
    char folder[YK_CREDENTIAL_PATH];
    int fd;
    int first_byte; /* that the peer sent, -1: nothing yet */
    bool presents;  /* a client certificate */
    bool shaken;    /* the handshake is done */
    bool heard;     /* bytes of the protocol above came */
    int error;      /* of the socket */
    int reason;     /* of OpenSSL */
    char detail[120];
};

/* OpenSSL's own socket BIO uses write(), which raises SIGPIPE. */
static int socket_write(BIO *bio, const char *bytes, int size)
{
    struct yk_tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t n = send(tls->fd, bytes, (size_t)size, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    else if (n < 0)
        tls->error = errno;
    return (int)n;
}

static int socket_read(BIO *bio, char *bytes, int size)
{
    struct yk_tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t n = recv(tls->fd, bytes, (size_t)size, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    else if (n < 0)
        tls->error = errno;
    else if (n > 0 && tls->first_byte < 0)
        tls->first_byte = (unsigned char)bytes[0];
    return (int)n;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

/* A key with a pass phrase is refused: asking on a terminal would hold a daemon for ever. */
static int no_pass_phrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static const char *openssl_says(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    return text ? text : "no reason is given";
}

static enum yk_status trust(struct yk_tls *tls, const char *credentials, struct yk_error *err)
{
    struct yk_credential ca;
    if (!credentials)
        return yk_error_set(err, YK_ERR_CONFIG, "tls:// needs a folder with ca.crt, to verify the server against");
    enum yk_status status = yk_credential_read(credentials, "ca.crt", false, &ca, err);
    if (status != YK_OK)
        return status;
    if (!ca.bytes)
        return yk_error_set(err, YK_ERR_CONFIG,
                            "there is no %s: tls:// needs the certificate of who signed the server's certificate",
                            ca.path);
    BIO *bio = BIO_new_mem_buf(ca.bytes, (int)ca.size);
    X509_STORE *store = SSL_CTX_get_cert_store(tls->context);
    size_t count = 0;
    for (X509 *certificate; bio && (certificate = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL)); count++) {
        X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
    if (count == 0)
        status = yk_error_set(err, YK_ERR_CONFIG, "%s holds no certificate in PEM form", ca.path);
    yk_credential_wipe(&ca);
    return status;
}

static enum yk_status use_certificate(struct yk_tls *tls, const struct yk_credential *file, struct yk_error *err)
{
    BIO *bio = BIO_new_mem_buf(file->bytes, (int)file->size);
    X509 *own = bio ? PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL) : NULL;
    bool ok = own && SSL_CTX_use_certificate(tls->context, own) == 1;
    for (X509 *above; ok && (above = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL));)
        if (!SSL_CTX_add0_chain_cert(tls->context, above)) {
            X509_free(above);
            ok = false;
        }
    X509_free(own);
    BIO_free(bio);
    return ok ? YK_OK : yk_error_set(err, YK_ERR_CONFIG, "%s is no certificate: %s", file->path, openssl_says());
}

static enum yk_status use_key(struct yk_tls *tls, const struct yk_credential *file, struct yk_error *err)
{
    BIO *bio = BIO_new_mem_buf(file->bytes, (int)file->size);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;
    BIO_free(bio);
    bool ok = key && SSL_CTX_use_PrivateKey(tls->context, key) == 1 && SSL_CTX_check_private_key(tls->context) == 1;
    EVP_PKEY_free(key);
    return ok ? YK_OK
              : yk_error_set(
                    err, YK_ERR_CONFIG,
                    "%s cannot be used as the key of client.crt (it must belong to it, without a pass phrase): %s",
                    file->path, openssl_says());
}

static enum yk_status present(struct yk_tls *tls, const char *credentials, struct yk_error *err)
{
    struct yk_credential certificate, key = {0};
    enum yk_status status = yk_credential_read(credentials, "client.crt", false, &certificate, err);
    if (status == YK_OK)
        status = yk_credential_read(credentials, "client.key", true, &key, err);
    tls->presents = status == YK_OK && certificate.bytes && key.bytes;
    if (tls->presents) {
        status = use_certificate(tls, &certificate, err);
        if (status == YK_OK)
            status = use_key(tls, &key, err);
    }
    yk_credential_wipe(&key);
    yk_credential_wipe(&certificate);
    return status;
}

static bool expect_host(struct yk_tls *tls)
{
    if (tls->address.numeric)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), tls->address.host) == 1;
    SSL_set_hostflags(tls->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(tls->ssl, tls->address.host) == 1 &&
           SSL_set_tlsext_host_name(tls->ssl, tls->address.host) == 1;
}

static bool prepare(struct yk_tls *tls)
{
    SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(tls->context, 1);
    SSL_CTX_set_default_read_buffer_len(tls->context, READ_AHEAD);
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    tls->ssl = SSL_new(tls->context);
    tls->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "yukikai socket");
    BIO *bio = tls->method && BIO_meth_set_write(tls->method, socket_write) &&
                       BIO_meth_set_read(tls->method, socket_read) && BIO_meth_set_ctrl(tls->method, socket_control)
                   ? BIO_new(tls->method)
                   : NULL;
    if (!tls->ssl || !bio || !expect_host(tls)) {
        BIO_free(bio);
        return false;
    }
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_connect_state(tls->ssl);
    return true;
}

enum yk_status yk_tls_new(const struct yk_address *address, const char *credentials, struct yk_tls **out,
                          struct yk_error *err)
{
    *out = NULL;
    ERR_clear_error();
    struct yk_tls *tls = calloc(1, sizeof *tls);
    if (!tls)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    tls->address = *address;
    tls->fd = -1;
    tls->first_byte = -1;
    yk_text_copy(tls->folder, sizeof tls->folder, credentials ? credentials : "");
    tls->context = SSL_CTX_new(TLS_client_method());
    enum yk_status status = YK_OK;
    if (!tls->context || !SSL_CTX_set_min_proto_version(tls->context, TLS1_3_VERSION))
        status = yk_error_set(err, YK_ERR_INTERNAL, "OpenSSL does not start: %s", openssl_says());
    if (status == YK_OK)
        status = trust(tls, credentials, err);
    if (status == YK_OK)
        status = present(tls, credentials, err);
    if (status == YK_OK && !prepare(tls))
        status = yk_error_set(err, YK_ERR_INTERNAL, "OpenSSL does not start: %s", openssl_says());
    if (status != YK_OK) {
        yk_tls_free(tls);
        return status;
    }
    *out = tls;
    return YK_OK;
}

void yk_tls_free(struct yk_tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    BIO_meth_free(tls->method);
    SSL_CTX_free(tls->context);
    free(tls);
}

/* What a call that did not succeed waits for; keeps the reason of a failure. */
static enum yk_io outcome(struct yk_tls *tls, int result)
{
    int kind = SSL_get_error(tls->ssl, result);
    if (kind == SSL_ERROR_WANT_READ)
        return YK_IO_WAIT_IN;
    if (kind == SSL_ERROR_WANT_WRITE)
        return YK_IO_WAIT_OUT;
    if (kind == SSL_ERROR_ZERO_RETURN || kind == SSL_ERROR_SYSCALL)
        return YK_IO_CLOSED;
    unsigned long code = ERR_peek_error();
    tls->reason = ERR_GET_REASON(code);
    yk_text_copy(tls->detail, sizeof tls->detail, openssl_says());
    return tls->reason == SSL_R_UNEXPECTED_EOF_WHILE_READING ? YK_IO_CLOSED : YK_IO_FAILED;
}

enum yk_io yk_tls_handshake(struct yk_tls *tls, int fd)
{
    tls->fd = fd;
    ERR_clear_error();
    int result = SSL_do_handshake(tls->ssl);
    tls->shaken = result == 1;
    return result == 1 ? YK_IO_DONE : outcome(tls, result);
}

enum yk_io yk_tls_read(struct yk_tls *tls, void *bytes, size_t size, size_t *got)
{
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, bytes, size, got);
    tls->heard |= result == 1;
    return result == 1 ? YK_IO_DONE : outcome(tls, result);
}

/* A server that refuses our certificate says so after we think that all is well, and closes: then the write fails
 * first, and the reason waits to be read. */
static enum yk_io reason_of_end(struct yk_tls *tls, enum yk_io end)
{
    char bytes[256];
    size_t got;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, bytes, sizeof bytes, &got);
    return result != 1 && outcome(tls, result) == YK_IO_FAILED ? YK_IO_FAILED : end;
}

enum yk_io yk_tls_write(struct yk_tls *tls, const void *bytes, size_t size, size_t *written)
{
    ERR_clear_error();
    int result = SSL_write_ex(tls->ssl, bytes, size, written);
    if (result == 1)
        return YK_IO_DONE;
    enum yk_io io = outcome(tls, result);
    return io == YK_IO_CLOSED ? reason_of_end(tls, io) : io;
}

void yk_tls_end(struct yk_tls *tls)
{
    ERR_clear_error();
    if (tls->shaken)
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

/* The server's certificate did not pass. */
static enum yk_status explain_server(const struct yk_tls *tls, long verdict, struct yk_error *err)
{
    const char *host = tls->address.host;
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return yk_error_set(err, YK_ERR_REFUSED,
                            "its certificate has expired (or this machine's clock is wrong); it needs a new one");
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return yk_error_set(err, YK_ERR_REFUSED, "its certificate is not valid yet: look at this machine's clock");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return yk_error_set(err, YK_ERR_REFUSED,
                            "its certificate is not for '%s'; write the URL with a name or address that is in the "
                            "certificate, or make one for this name",
                            host);
    case X509_V_ERR_INVALID_PURPOSE:
        return yk_error_set(err, YK_ERR_REFUSED, "its certificate is not meant for a server");
    default:
        return yk_error_set(err, YK_ERR_REFUSED, "its certificate is not signed by whom %s/ca.crt names: %s",
                            tls->folder, X509_verify_cert_error_string(verdict));
    }
}

enum yk_status yk_tls_explain(const struct yk_tls *tls, struct yk_error *err)
{
    enum { HANDSHAKE = 0x16, ALERT = 0x15 };
    long verdict = SSL_get_verify_result(tls->ssl);
    int alert = tls->reason - SSL_AD_REASON_OFFSET;
    const char *certificate = tls->presents ? "client.crt" : "a client certificate";
    if (tls->first_byte >= 0 && tls->first_byte != HANDSHAKE && tls->first_byte != ALERT)
        return yk_error_set(err, YK_ERR_REFUSED,
                            "it answers without TLS; give its TLS port (or tcp:// where nobody else can listen)");
    if (!tls->shaken && verdict != X509_V_OK && tls->reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return explain_server(tls, verdict, err);
    if (alert == SSL_AD_PROTOCOL_VERSION || tls->reason == SSL_R_UNSUPPORTED_PROTOCOL)
        return yk_error_set(err, YK_ERR_REFUSED, "it does not speak TLS 1.3; older versions are not used");
    if (alert == SSL_AD_CERTIFICATE_REQUIRED)
        return yk_error_set(err, YK_ERR_REFUSED, "it asks for a client certificate: client.crt and client.key in %s",
                            tls->folder);
    if (tls->shaken && alert >= SSL_AD_BAD_CERTIFICATE && alert <= SSL_AD_ACCESS_DENIED)
        return yk_error_set(err, YK_ERR_REFUSED, "it does not accept our client.crt: %s", tls->detail);
    if (tls->reason && tls->reason != SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "TLS fails: %s", tls->detail);
    if (tls->shaken && !tls->heard)
        return yk_error_set(err, YK_ERR_UNAVAILABLE,
                            "it closed the connection right after the TLS handshake; it may not accept us without a "
                            "better %s",
                            certificate);
    if (!tls->shaken)
        return yk_error_set(err, YK_ERR_UNAVAILABLE,
                            tls->first_byte < 0
                                ? "no TLS handshake came about, it said nothing; is it a port without TLS?"
                                : "the TLS handshake came to no end");
    errno = tls->error;
    return tls->error ? yk_error_errno(err, YK_ERR_UNAVAILABLE, "the connection broke")
                      : yk_error_set(err, YK_ERR_UNAVAILABLE, "it closed the connection");
}
