/* Log lines: one write(2) each, so that lines of several programs on one terminal don't mix.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *program = "yukikai";
static enum yk_log_level threshold = YK_LOG_INFO;
static bool journal;

void yk_log_start(const char *program_name)
{
    program = program_name;
    journal = getenv("JOURNAL_STREAM") != NULL;
}

void yk_log_set_level(enum yk_log_level level)
{
    threshold = level;
}

__attribute__((format(printf, 2, 0))) static void vlog(enum yk_log_level level, const char *fmt, va_list args)
{
    if (level > threshold)
        return;
    const char *word = level <= YK_LOG_ERROR ? "error: " : level == YK_LOG_WARNING ? "warning: " : "";
    char line[1024];
    int n = journal ? snprintf(line, sizeof line, "<%d>%s", level, word)
                    : snprintf(line, sizeof line, "%s: %s", program, word);
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, args);
    size_t length = (size_t)n + (m < 0 ? 0 : (size_t)m);
    if (length > sizeof line - 2)
        length = sizeof line - 2;
    line[length++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written; /* there is nowhere left to complain */
}

void yk_log(enum yk_log_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vlog(level, fmt, args);
    va_end(args);
}

bool yk_log_enter(struct yk_log_once *once, const char *fmt, ...)
{
    if (once->bad)
        return false;
    once->bad = true;
    va_list args;
    va_start(args, fmt);
    vlog(YK_LOG_WARNING, fmt, args);
    va_end(args);
    return true;
}

bool yk_log_leave(struct yk_log_once *once, const char *fmt, ...)
{
    if (!once->bad)
        return false;
    once->bad = false;
    va_list args;
    va_start(args, fmt);
    vlog(YK_LOG_INFO, fmt, args);
    va_end(args);
    return true;
}
