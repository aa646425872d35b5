/* Lets a running process try to open sockets. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     probe PID
 *
 * Whether a system call filter holds is known when the process itself has tried. Each of its threads is stopped with
 * ptrace(2), goes back to the system call that it waits in with other registers, and calls socket(2); then it goes on as
 * if nothing had been. A line per kind of socket with `open` or the error's number, then how many threads were asked:
 *
 *     inet 97
 *     hci open
 *     threads 2
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

#define SYSCALL      0x050Fl /* the instruction, two bytes */
#define SYSCALL_MASK 0xFFFFl
#define SYSCALL_SIZE 2

static const struct {
    const char *name;
    int family, type, protocol;
} kinds[] = {
    {"inet", AF_INET, SOCK_STREAM, 0},          {"inet-udp", AF_INET, SOCK_DGRAM, 0},
    {"inet6", AF_INET6, SOCK_STREAM, 0},        {"inet-raw", AF_INET, SOCK_RAW, 1},
    {"packet", AF_PACKET, SOCK_RAW, 0},         {"netlink", AF_NETLINK, SOCK_RAW, 0},
    {"l2cap", AF_BLUETOOTH, SOCK_SEQPACKET, 0}, {"l2cap-raw", AF_BLUETOOTH, SOCK_RAW, 0},
    {"hci", AF_BLUETOOTH, SOCK_RAW, 1},         {"unix", AF_UNIX, SOCK_STREAM, 0},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* What the stopped thread gets for a system call of three arguments. */
static long call(pid_t thread, const struct user_regs_struct *own, long number, long a, long b, long c)
{
    struct user_regs_struct regs = *own;
    int status;
    regs.rip -= SYSCALL_SIZE;
    regs.rax = (unsigned long long)number;
    regs.rdi = (unsigned long long)a;
    regs.rsi = (unsigned long long)b;
    regs.rdx = (unsigned long long)c;
    regs.orig_rax = (unsigned long long)-1; /* nothing is to be restarted */
    if (ptrace(PTRACE_SETREGS, thread, NULL, &regs) != 0 || ptrace(PTRACE_SINGLESTEP, thread, NULL, NULL) != 0 ||
        waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP ||
        ptrace(PTRACE_GETREGS, thread, NULL, &regs) != 0)
        give_up("the thread does not call");
    return (long)regs.rax;
}

static bool is_behind_a_call(pid_t thread, const struct user_regs_struct *regs)
{
    errno = 0;
    long code = ptrace(PTRACE_PEEKTEXT, thread, (void *)(uintptr_t)(regs->rip - SYSCALL_SIZE), NULL);
    return errno == 0 && (code & SYSCALL_MASK) == SYSCALL;
}

/* Waits for the stop that was asked for; its registers then. */
static void stopped(pid_t thread, struct user_regs_struct *regs)
{
    int status;
    if (waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status) ||
        ptrace(PTRACE_GETREGS, thread, NULL, regs) != 0)
        give_up("the thread does not stop");
}

static void ask(pid_t thread, long answers[static KIND_COUNT])
{
    struct user_regs_struct own;
    if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) != 0)
        give_up("the thread cannot be stopped");
    stopped(thread, &own);
    for (int edge = 0; edge < 2 && !is_behind_a_call(thread, &own);
         edge++) { /* it was at work: to its next call's end */
        if (ptrace(PTRACE_SYSCALL, thread, NULL, NULL) != 0)
            give_up("the thread does not go on");
        stopped(thread, &own);
    }
    for (size_t i = 0; i < KIND_COUNT; i++) {
        long fd = call(thread, &own, SYS_socket, kinds[i].family, kinds[i].type, kinds[i].protocol);
        if (fd >= 0)
            (void)call(thread, &own, SYS_close, fd, 0, 0);
        answers[i] = fd >= 0 ? 0 : -fd;
    }
    if (ptrace(PTRACE_SETREGS, thread, NULL, &own) != 0 || ptrace(PTRACE_DETACH, thread, NULL, NULL) != 0)
        give_up("the thread cannot go on");
}

int main(int argc, char **argv)
{
    char path[64];
    long first[KIND_COUNT] = {0}, answers[KIND_COUNT];
    unsigned threads = 0;
    bool same = true;
    snprintf(path, sizeof path, "/proc/%d/task", argc > 1 ? atoi(argv[1]) : 0);
    DIR *dir = opendir(path);
    if (!dir)
        give_up("usage: probe PID");
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        ask(atoi(entry->d_name), threads++ == 0 ? first : answers);
        same &= threads == 1 || memcmp(first, answers, sizeof first) == 0;
    }
    closedir(dir);
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (first[i] == 0)
            printf("%s open\n", kinds[i].name);
        else
            printf("%s %ld\n", kinds[i].name, first[i]);
    printf("threads %u%s\n", threads, same ? "" : " of which some differ");
    return threads > 0 ? 0 : 1;
}
