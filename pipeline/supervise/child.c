/* fork, exec, wait. SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void yk_child_program(const char *verb, char *out, size_t size)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        slash[1] = '\0';
        if (snprintf(out, size, "%syukikai-%s", self, verb) < (int)size && access(out, X_OK) == 0)
            return;
    }
    snprintf(out, size, "yukikai-%s", verb);
}

void yk_child_init(struct yk_child *child, const char *name, const char *program)
{
    char path[sizeof child->program];
    memcpy(path, child->program, sizeof path);
    memset(child, 0, sizeof *child);
    child->name = name;
    if (!program)
        memcpy(child->program, path, sizeof path);
    yk_child_arg(child, program ? program : child->program);
}

void yk_child_arg(struct yk_child *child, const char *argument)
{
    if (child->argc < YK_CHILD_ARGS_MAX)
        child->argv[child->argc++] = argument;
    child->argv[child->argc] = NULL;
}

void yk_child_args(struct yk_child *child, ...)
{
    va_list args;
    va_start(args, child);
    for (const char *argument; (argument = va_arg(args, const char *));)
        yk_child_arg(child, argument);
    va_end(args);
}

/* Our environment without the service manager's words to us, and with ours to the child. The texts are not copied. */
struct environment {
    char **list;
    char socket[160], watchdog[48];
};

static bool environment_make(const struct yk_child *child, struct environment *e)
{
    static const char *const ours[] = {"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="};
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    e->list = calloc(count + 3, sizeof *e->list);
    if (!e->list)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool drop = false;
        for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++)
            drop |= strncmp(environ[i], ours[k], strlen(ours[k])) == 0;
        if (!drop)
            e->list[kept++] = environ[i];
    }
    if (child->notify) {
        snprintf(e->socket, sizeof e->socket, "NOTIFY_SOCKET=%s", child->notify);
        e->list[kept++] = e->socket;
    }
    if (child->notify && child->watchdog_s > 0) {
        snprintf(e->watchdog, sizeof e->watchdog, "WATCHDOG_USEC=%d000000", child->watchdog_s);
        e->list[kept++] = e->watchdog;
    }
    return true;
}

/* In the child: only async-signal-safe calls until exec. */
_Noreturn static void become(const struct yk_child *child, char **environment, pid_t parent, int error_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0);
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    setpgid(0, 0); /* a Ctrl-C reaches us alone: we end the children in order */
    if (child->log_path) {
        int fd = open(child->log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd >= 0) {
            dup2(fd, STDERR_FILENO);
            dup2(fd, STDOUT_FILENO);
            close(fd);
        }
    }
    execvpe(child->argv[0], (char *const *)(uintptr_t)child->argv, environment);
    int code = errno;
    ssize_t written = write(error_fd, &code, sizeof code);
    (void)written;
    _exit(127);
}

enum yk_status yk_child_start(struct yk_child *child, struct yk_error *err)
{
    int pipe_fds[2];
    struct environment environment;
    if (!environment_make(child, &environment))
        return yk_error_set(err, YK_ERR_MEMORY, "cannot start %s: out of memory", child->name);
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        free(environment.list);
        return yk_error_errno(err, YK_ERR_IO, "cannot start %s", child->name);
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(child, environment.list, parent, pipe_fds[1]);
    free(environment.list);
    close(pipe_fds[1]);
    int code = 0;
    ssize_t got = pid > 0 ? read(pipe_fds[0], &code, sizeof code) : 0; /* nothing comes when exec succeeds */
    close(pipe_fds[0]);
    if (pid < 0)
        return yk_error_errno(err, YK_ERR_MEMORY, "cannot start %s", child->name);
    if (got == (ssize_t)sizeof code) {
        waitpid(pid, NULL, 0);
        errno = code;
        return yk_error_errno(err, YK_ERR_UNAVAILABLE, "cannot run %s", child->argv[0]);
    }
    child->pid = pid;
    return YK_OK;
}

bool yk_child_running(struct yk_child *child)
{
    if (child->pid == 0)
        return false;
    int status;
    pid_t got = waitpid(child->pid, &status, WNOHANG);
    if (got == 0)
        return true;
    child->exit_status = got == child->pid ? status : 0;
    child->pid = 0;
    return false;
}

void yk_child_describe(const struct yk_child *child, char *out, size_t size)
{
    if (WIFSIGNALED(child->exit_status))
        snprintf(out, size, "%s was ended by signal %d (%s)", child->name, WTERMSIG(child->exit_status),
                 strsignal(WTERMSIG(child->exit_status)));
    else
        snprintf(out, size, "%s exited with %d", child->name, WEXITSTATUS(child->exit_status));
}

enum yk_status yk_child_wait(struct yk_child *child, const volatile sig_atomic_t *stop, struct yk_error *err)
{
    while (yk_child_running(child)) {
        if (stop && *stop) {
            yk_child_end(child, 10000);
            return yk_error_set(err, YK_ERR_UNAVAILABLE, "ended on request");
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    if (WIFEXITED(child->exit_status) && WEXITSTATUS(child->exit_status) == 0)
        return YK_OK;
    char text[256];
    yk_child_describe(child, text, sizeof text);
    return yk_error_set(err, YK_ERR_INPUT, "%s", text);
}

void yk_child_end(struct yk_child *child, int grace_ms)
{
    if (!yk_child_running(child))
        return;
    kill(child->pid, SIGTERM);
    for (int waited = 0; yk_child_running(child); waited += 10) {
        if (waited >= grace_ms) {
            kill(child->pid, SIGKILL);
            waitpid(child->pid, &child->exit_status, 0);
            child->pid = 0;
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}
