/* A temporary district around the real programs. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     DIR/keys    keys of the district and of the edge `local`, which is enrolled for every sensor
 *     DIR/NAME    whatever a test lets the programs write: spools, stores, tables, logs
 *
 * What fails here fails the test. Waiting is always for a condition and has a deadline; a folder stays behind when its
 * test failed, and when YUKIKAI_KEEP is set. Children end with the test's process. */
#ifndef YK_TESTS_SUPPORT_RIG_H
#define YK_TESTS_SUPPORT_RIG_H

#include "supervise/child.h"
#include "supervise/private_redis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_RIG_TEXTS_MAX  4096
#define YK_RIG_DEADLINE_S 120

struct yk_rig {
    char dir[128];
    const char *district; /* YAML: examples/riverside.yaml unless a test sets another */
    const char *keys;     /* DIR/keys */
    char *texts[YK_RIG_TEXTS_MAX];
    size_t text_count;
};

/* Makes the folder, and the keys with the real `yukikai keys`. */
void yk_rig_open(struct yk_rig *rig);
void yk_rig_close(struct yk_rig *rig);
void yk_rig_remove(const char *folder); /* with all that is in it */

/* Text that lives as long as the rig; "DIR/name" as such a text; the full path of a program of this build. */
const char *yk_rig_text(struct yk_rig *rig, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *yk_rig_path(struct yk_rig *rig, const char *name);
const char *yk_rig_program(struct yk_rig *rig, const char *verb);

/* Starts yukikai-VERB with arguments up to NULL; what it says is appended to `log` (a path). */
void yk_rig_start(struct yk_rig *rig, struct yk_child *child, const char *log, const char *verb, ...)
    __attribute__((sentinel));
/* The same, and waits: its exit code, or 128 + signal. */
int yk_rig_run(struct yk_rig *rig, const char *log, const char *verb, ...) __attribute__((sentinel));
/* Waits for a child's end: exit code, or 128 + signal. */
int yk_rig_wait(struct yk_child *child);
/* Sends a signal and waits for the end. */
void yk_rig_kill(struct yk_child *child, int signal_number);
void yk_rig_redis(struct yk_private_redis *redis, const char *dir);

/* Polls until it is true; false after the deadline. */
typedef bool yk_rig_condition(void *context);
bool yk_rig_until(yk_rig_condition *condition, void *context, int deadline_s);
double yk_rig_now_s(void); /* monotonic */

/* A whole file, NUL-terminated; the caller frees it. */
char *yk_rig_read(const char *path, size_t *size);
bool yk_rig_file_says(const char *path, const char *text);
void yk_rig_write(const char *path, const void *bytes, size_t size);
void yk_rig_copy(const char *from, const char *to); /* a file or a folder with all in it */
/* Fails the test when the files differ. */
void yk_rig_same_bytes(const char *a, const char *b);
/* Calls fn for each file below dir. */
void yk_rig_each_file(const char *dir, void (*fn)(void *context, const char *path), void *context);

#endif
