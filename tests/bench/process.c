/* fork, exec, wait4. SPDX-License-Identifier: GPL-3.0-or-later */
#include "process.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void yk_bench_give_up(const char *what, const struct yk_error *err)
{
    fflush(stdout);
    fprintf(stderr, "bench: %s%s%s\n", what, err ? ": " : "", err ? err->message : "");
    exit(70);
}

void yk_bench_must(enum yk_status status, const char *what, const struct yk_error *err)
{
    if (status != YK_OK)
        yk_bench_give_up(what, err);
}

static double seconds(const struct rusage *usage)
{
    return (double)usage->ru_utime.tv_sec + (double)usage->ru_stime.tv_sec +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

double yk_bench_run(const char *const *argv, char *out, size_t size)
{
    double peak_mib;
    return yk_bench_run_peak(argv, out, size, &peak_mib);
}

double yk_bench_run_peak(const char *const *argv, char *out, size_t size, double *peak_mib)
{
    int fds[2];
    if (pipe(fds) != 0)
        yk_bench_give_up("pipe", NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(fds[1]);
    FILE *from = fdopen(fds[0], "r");
    char rest[4096];
    bool told = false;
    while (from && out && !told && fgets(out, (int)size, from))
        told = out[0] != '\n';
    if (out && !told)
        out[0] = '\0';
    while (from && fgets(rest, sizeof rest, from))
        continue;
    if (from)
        fclose(from);
    int status;
    struct rusage usage;
    if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        yk_bench_give_up(argv[0], NULL);
    *peak_mib = (double)usage.ru_maxrss / 1024;
    return seconds(&usage);
}

double yk_bench_end(struct yk_child *child)
{
    struct rusage usage;
    int status;
    kill(child->pid, SIGTERM);
    if (wait4(child->pid, &status, 0, &usage) != child->pid)
        yk_bench_give_up("wait", NULL);
    child->pid = 0;
    child->exit_status = status;
    return seconds(&usage);
}

double yk_bench_own_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return seconds(&usage);
}

uint64_t yk_bench_proc_kb(pid_t pid, const char *file, const char *name)
{
    char path[64], line[256];
    uint64_t kb = 0;
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtoull(line + strlen(name), NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

double yk_bench_now_s(void)
{
    return (double)yk_mono_now(&yk_clock_system).us / 1e6;
}

void yk_bench_sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

void yk_bench_beside(char out[static YK_BENCH_PATH], const char *name)
{
    char self[400];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        yk_bench_give_up("/proc/self/exe", NULL);
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(out, YK_BENCH_PATH, "%s/%s", self, name);
}

void yk_bench_remove(const char *path)
{
    const char *argv[] = {"/bin/rm", "-rf", "--", path, NULL};
    yk_bench_run(argv, NULL, 0);
}

void yk_bench_copy(const char *from, const char *to)
{
    const char *argv[] = {"/bin/cp", "-r", from, to, NULL};
    yk_bench_run(argv, NULL, 0);
}

void yk_bench_make_folder(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        yk_bench_give_up(path, NULL);
}
