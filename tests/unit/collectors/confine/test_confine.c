/* What a confined process can and cannot do, tried in a child. SPDX-License-Identifier: GPL-3.0-or-later */
#include "confine/confine.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `trial` confined in a child; it gives the errno of what it tried, 0 if that worked. */
static int confined_for(enum yk_confine_for what, int (*trial)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct yk_error err = {0};
        if (yk_confine(what, &err) != YK_OK) {
            fprintf(stderr, "%s\n", err.message);
            _exit(250);
        }
        _exit(trial());
    }
    int status = 0;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
    cr_assert_neq(WEXITSTATUS(status), 250);
    return WEXITSTATUS(status);
}

static int confined(int (*trial)(void))
{
    return confined_for(YK_CONFINE_COLLECTOR, trial);
}

static long family_arg, type_arg, protocol_arg;

/* The system call itself: its arguments are 64 bits wide, whatever a library would make of them. */
static int open_socket(void)
{
    return syscall(SYS_socket, family_arg, type_arg, protocol_arg) >= 0 ? 0 : errno;
}

static int try_socket(long family, long type, long protocol)
{
    family_arg = family;
    type_arg = type;
    protocol_arg = protocol;
    return confined(open_socket);
}

static int try_here(int family, int type, int protocol)
{
    int fd = socket(family, type, protocol), code = fd >= 0 ? 0 : errno;
    if (fd >= 0)
        close(fd);
    return code;
}

Test(confine, no_socket_but_two_kinds)
{
    cr_assert_eq(try_here(AF_INET, SOCK_STREAM, 0), 0, "it is possible here");
    cr_assert_eq(try_here(AF_NETLINK, SOCK_RAW, 0), 0);
    cr_expect_eq(try_socket(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_INET6, SOCK_STREAM, 0), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_NETLINK, SOCK_RAW, 0), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_VSOCK, SOCK_STREAM, 0), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_INET + (INT64_C(1) << 32), SOCK_STREAM, 0), EAFNOSUPPORT, "the kernel sees AF_INET");
    cr_expect_eq(try_socket(AF_INET - (INT64_C(1) << 32), SOCK_STREAM, 0), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_UNIX, SOCK_DGRAM, 0), 0);
    cr_expect_eq(try_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), 0);
}

/* Where the kernel has Bluetooth a raw HCI socket opens; where not, it says what the filter says of the others. Other
 * protocols over the radio carry data to other machines. */
Test(confine, bluetooth_is_raw_hci_only)
{
    int here = try_here(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI);
    cr_expect_eq(try_socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI), here);
    cr_expect_eq(try_socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_L2CAP), EAFNOSUPPORT);
    cr_expect_eq(try_socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_HCI), EAFNOSUPPORT);
}

static int pass_descriptor(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 200;
    char text[] = "x";
    struct iovec byte = {text, 1};
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1};
    return sendmsg(pair[0], &message, 0) == 1 ? 0 : errno;
}

static int take_descriptor(void)
{
    int pair[2];
    char place;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || send(pair[0], "x", 1, 0) != 1)
        return 200;
    struct iovec byte = {&place, 1};
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1};
    return recvmsg(pair[1], &message, 0) == 1 ? 0 : errno;
}

static int ring(void)
{
    uint8_t parameters[128] = {0};
    return syscall(SYS_io_uring_setup, 1, parameters) >= 0 ? 0 : errno;
}

static int run_true(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return errno;
}

static int gain(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 1;
}

Test(confine, no_descriptors_no_programs)
{
    cr_expect_eq(confined(pass_descriptor), EPERM);
    cr_expect_eq(confined(take_descriptor), EPERM);
    if (ring() == 0) /* some machines allow it to nobody */
        cr_expect_eq(confined(ring), EPERM);
    cr_expect_eq(confined(run_true), EPERM);
    cr_expect_eq(confined(gain), 0);
}

/* libpcap takes packets with recvmsg; all else is the same. */
Test(confine, a_capture_may_take_and_not_pass)
{
    cr_expect_eq(confined_for(YK_CONFINE_CAPTURE, take_descriptor), 0);
    cr_expect_eq(confined_for(YK_CONFINE_CAPTURE, pass_descriptor), EPERM);
    cr_expect_eq(confined_for(YK_CONFINE_CAPTURE, run_true), EPERM);
    family_arg = AF_INET;
    type_arg = SOCK_STREAM;
    protocol_arg = 0;
    cr_expect_eq(confined_for(YK_CONFINE_CAPTURE, open_socket), EAFNOSUPPORT);
}

static void *open_in_thread(void *result)
{
    while (!__atomic_load_n((int *)result, __ATOMIC_ACQUIRE)) {
    }
    *(int *)result = socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
    return NULL;
}

/* A thread that was there before is confined too. */
Test(confine, threads_too)
{
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        int result = 0;
        if (pthread_create(&thread, NULL, open_in_thread, &result) != 0 ||
            yk_confine(YK_CONFINE_COLLECTOR, NULL) != YK_OK)
            _exit(250);
        __atomic_store_n(&result, 1, __ATOMIC_RELEASE);
        pthread_join(thread, NULL);
        _exit(result);
    }
    int status = 0;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EAFNOSUPPORT, "status %d", status);
}

/* One that is open already would be a way out. */
Test(confine, an_open_internet_socket_is_refused)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct yk_error err = {0};
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        enum yk_status status = fd >= 0 ? yk_confine(YK_CONFINE_COLLECTOR, &err) : YK_OK;
        _exit(status == YK_ERR_USAGE && strstr(err.message, "network socket") ? 0 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#if !defined(__SANITIZE_ADDRESS__) /* under it they are kept: see confine.c */
static int capabilities(void)
{
    char line[200];
    FILE *file = fopen("/proc/self/status", "r");
    unsigned long long others = 0, value;
    for (; file && fgets(line, sizeof line, file);)
        if (sscanf(line, "CapEff: %llx", &value) == 1 || sscanf(line, "CapPrm: %llx", &value) == 1 ||
            sscanf(line, "CapInh: %llx", &value) == 1 || sscanf(line, "CapAmb: %llx", &value) == 1)
            others |= value & ~(1ull << 13); /* CAP_NET_RAW */
    return !file ? 200 : others != 0;
}

Test(confine, no_capability_but_one)
{
    if (geteuid() != 0)
        cr_skip_test("SKIPPED: who is not root has none to give up");
    cr_expect_eq(confined(capabilities), 0);
}
#endif
