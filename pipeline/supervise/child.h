/* Child processes: started, watched, ended. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SUPERVISE_CHILD_H
#define YK_SUPERVISE_CHILD_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define YK_CHILD_ARGS_MAX 600

struct yk_child {
    const char *name;  /* for messages */
    pid_t pid;         /* 0: not running */
    int exit_status;   /* as waitpid gave it, once it has ended */
    char program[512]; /* its path, where the caller has no better place for it */
    const char *argv[YK_CHILD_ARGS_MAX + 1];
    size_t argc;
    const char *log_path; /* stderr is appended there; NULL: ours */
    /* Where it is to say how it is (base/notify.h), and how often in seconds; NULL: nowhere. What we ourselves were told
     * of that in the environment is not handed on: a child must not answer our service manager in our place. */
    const char *notify;
    int watchdog_s;
};

/* The full path of bin/yukikai-VERB beside this program, or just the name when there is none there, for PATH. */
void yk_child_program(const char *verb, char *out, size_t size);

/* Sets name and argv[0] (kept by pointer; NULL: what the caller has put into child->program before), then arguments one
 * by one. The child must stay where it is. */
void yk_child_init(struct yk_child *child, const char *name, const char *program);
void yk_child_arg(struct yk_child *child, const char *argument);
void yk_child_args(struct yk_child *child, ...) __attribute__((sentinel)); /* until NULL */

/* The child ends with us: it gets SIGTERM when this process dies. Its signals are at their defaults. */
enum yk_status yk_child_start(struct yk_child *child, struct yk_error *err) YK_MUST_CHECK;
/* True if it is still running; otherwise pid is 0 and exit_status is set. */
bool yk_child_running(struct yk_child *child);
/* Waits for its end; gives up, and ends it, when *stop becomes non-zero. YK_OK if it exited with 0. */
enum yk_status yk_child_wait(struct yk_child *child, const volatile sig_atomic_t *stop,
                             struct yk_error *err) YK_MUST_CHECK;
/* SIGTERM, then SIGKILL after grace_ms. Nothing happens if it is not running. */
void yk_child_end(struct yk_child *child, int grace_ms);
/* "exited with 65", "was ended by signal 9 (Killed)" */
void yk_child_describe(const struct yk_child *child, char *out, size_t size);

#endif
