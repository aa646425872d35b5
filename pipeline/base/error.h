/* One status type for every stage, and a message for a person. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A function that can fail returns enum yk_status and takes an optional struct yk_error owned by the caller. The
 * message says what was wrong, where, and what to do. Bad input is counted and dropped by its parser; the environment
 * (Redis away, disk full) is retried by whoever owns the retry; a broken invariant asserts. Only main() ends the
 * process. */
#ifndef YK_BASE_ERROR_H
#define YK_BASE_ERROR_H

enum yk_status {
    YK_OK = 0,
    YK_ERR_USAGE,       /* the command line is wrong */
    YK_ERR_CONFIG,      /* a configuration file is wrong */
    YK_ERR_INPUT,       /* input data cannot be used */
    YK_ERR_NO_INPUT,    /* an input file does not exist or cannot be read */
    YK_ERR_IO,          /* writing or reading our own files failed */
    YK_ERR_FULL,        /* no room: disk, table, Redis memory */
    YK_ERR_UNAVAILABLE, /* a peer is away; worth trying again */
    YK_ERR_REFUSED,     /* not allowed: signature, key, permission */
    YK_ERR_MEMORY,      /* allocation failed */
    YK_ERR_INTERNAL,    /* a library failed in a way it should not */
};

#define YK_MUST_CHECK __attribute__((warn_unused_result))

struct yk_error {
    enum yk_status status;
    char message[512]; /* always terminated; a longer text is cut */
};

/* Fills err (which may be NULL) and returns status, so that `return yk_error_set(err, YK_ERR_IO, "...")` reads well. */
enum yk_status yk_error_set(struct yk_error *err, enum yk_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with ": " and strerror(errno) added; errno is read at the call. */
enum yk_status yk_error_errno(struct yk_error *err, enum yk_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* sysexits(3) code for a status: 0, 64 usage, 65 data, 66 no input, 69 unavailable, 70 internal, 71 memory, 73 full,
 * 74 input/output, 77 refused, 78 configuration. */
int yk_status_exit_code(enum yk_status status);

#endif
