/* Lines on stderr for whoever runs a program. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * There is no formatter for an identifier and there must never be one: a raw address exists in collectors/ only and has
 * no string form. Under systemd the level prefix <N> of sd-daemon(3) is written instead of a time. A condition that
 * lasts is logged when it changes, not each time it is met: see struct yk_log_once. */
#ifndef YK_BASE_LOG_H
#define YK_BASE_LOG_H

#include <stdbool.h>

enum yk_log_level { YK_LOG_ERROR = 3, YK_LOG_WARNING = 4, YK_LOG_INFO = 6, YK_LOG_DEBUG = 7 };

/* Called once at start; name appears in each line (a string literal, kept by pointer). Default level: info. */
void yk_log_start(const char *program_name);
void yk_log_set_level(enum yk_log_level level);
void yk_log(enum yk_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* State of a lasting condition, zero-initialised. yk_log_enter logs only on the change from good to bad, yk_log_leave
 * only on the change back. Both return whether the state changed. */
struct yk_log_once {
    bool bad;
};
bool yk_log_enter(struct yk_log_once *once, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool yk_log_leave(struct yk_log_once *once, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
