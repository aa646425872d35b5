/* Messages for a person. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

__attribute__((format(printf, 4, 0))) static void vset(struct yk_error *err, enum yk_status status, int errnum,
                                                       const char *fmt, va_list args)
{
    if (!err)
        return;
    err->status = status;
    int n = vsnprintf(err->message, sizeof err->message, fmt, args);
    if (errnum == 0 || n < 0 || (size_t)n >= sizeof err->message)
        return;
    char reason[128];
    snprintf(err->message + n, sizeof err->message - (size_t)n, ": %s", strerror_r(errnum, reason, sizeof reason));
}

enum yk_status yk_error_set(struct yk_error *err, enum yk_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vset(err, status, 0, fmt, args);
    va_end(args);
    return status;
}

enum yk_status yk_error_errno(struct yk_error *err, enum yk_status status, const char *fmt, ...)
{
    int errnum = errno;
    va_list args;
    va_start(args, fmt);
    vset(err, status, errnum, fmt, args);
    va_end(args);
    return status;
}

int yk_status_exit_code(enum yk_status status)
{
    switch (status) {
    case YK_OK:
        return EX_OK;
    case YK_ERR_USAGE:
        return EX_USAGE;
    case YK_ERR_CONFIG:
        return EX_CONFIG;
    case YK_ERR_INPUT:
        return EX_DATAERR;
    case YK_ERR_NO_INPUT:
        return EX_NOINPUT;
    case YK_ERR_IO:
        return EX_IOERR;
    case YK_ERR_FULL:
        return EX_CANTCREAT;
    case YK_ERR_UNAVAILABLE:
        return EX_UNAVAILABLE;
    case YK_ERR_REFUSED:
        return EX_NOPERM;
    case YK_ERR_MEMORY:
        return EX_OSERR;
    case YK_ERR_INTERNAL:
        break;
    }
    return EX_SOFTWARE;
}
