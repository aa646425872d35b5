/* Programs run to their end, with what they cost. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What cannot be done ends the bench with exit code 70: there is no figure then, and none is made up. */
#ifndef YK_BENCH_PROCESS_H
#define YK_BENCH_PROCESS_H

#include "base/error.h"
#include "supervise/child.h"

#include <stdint.h>
#include <sys/types.h>

#define YK_BENCH_PATH 600

/* err may be NULL. */
_Noreturn void yk_bench_give_up(const char *what, const struct yk_error *err);
void yk_bench_must(enum yk_status status, const char *what, const struct yk_error *err);

/* Runs a command to its end; its first line of output that is not empty goes to out (may be NULL). Returns its CPU
 * seconds. */
double yk_bench_run(const char *const *argv, char *out, size_t size);
/* The same, and its greatest resident memory. The kernel counts from the fork on, so this is at least the bench's own. */
double yk_bench_run_peak(const char *const *argv, char *out, size_t size, double *peak_mib);
/* Asks a child to end, waits for it, and returns its CPU seconds. */
double yk_bench_end(struct yk_child *child);
/* CPU seconds of this process so far. */
double yk_bench_own_seconds(void);
/* A figure in kB of /proc/PID/FILE, by its name with the colon ("VmHWM:"); 0 if there is none. */
uint64_t yk_bench_proc_kb(pid_t pid, const char *file, const char *name);
double yk_bench_now_s(void); /* monotonic */
void yk_bench_sleep_ms(unsigned ms);

/* The path of another program of this build. */
void yk_bench_beside(char out[static YK_BENCH_PATH], const char *name);
void yk_bench_remove(const char *path);               /* a file or a folder, with all in it */
void yk_bench_copy(const char *from, const char *to); /* a folder */
void yk_bench_make_folder(const char *path);          /* with mode 0700; it may be there */

#endif
