/* No way out. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The filter (seccomp(2), by libseccomp) names what is denied and lets the rest through. A list of what is allowed would be
 * stronger in principle; in practice it ends programs when a C library comes to use another call, and what matters here
 * are the ways by which bytes can leave, which are few. systemd's unit repeats it and adds the file system's side
 * (packaging/systemd).
 *
 * Numbers that the kernel takes as int are compared with 64 bits here. So a family is denied if it equals one of the
 * small ones or is greater than all: a value with bits set above the lower half is great, and cannot hide a small one.
 *
 * The filter holds for every thread (TSYNC). A call of another architecture's table ends the process. */
#include "confine/confine.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <dirent.h>
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define FAMILIES  64 /* above AF_MAX */
#define TYPE_MASK 0x0F
#define TYPES     16

/* LeakSanitizer stops its own process by ptrace at the end. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

static const int denied[] = {
    /* Descriptors from and to others. */
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(pidfd_getfd),
    /* Sockets by another door. */
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    /* Other programs, other processes. */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(mount),
};

/* libseccomp's own macros leave datum_b unset, which clang warns of. */
static struct scmp_arg_cmp argument(unsigned number, enum scmp_compare is, scmp_datum_t a, scmp_datum_t b)
{
    return (struct scmp_arg_cmp){.arg = number, .op = is, .datum_a = a, .datum_b = b};
}

static int deny_sockets(scmp_filter_ctx filter)
{
    const uint32_t unsupported = SCMP_ACT_ERRNO(EAFNOSUPPORT);
    int code = seccomp_rule_add(filter, unsupported, SCMP_SYS(socket), 1, argument(0, SCMP_CMP_GE, FAMILIES, 0));
    for (unsigned family = 0; family < FAMILIES && code == 0; family++)
        if (family != AF_UNIX && family != AF_BLUETOOTH)
            code = seccomp_rule_add(filter, unsupported, SCMP_SYS(socket), 1, argument(0, SCMP_CMP_EQ, family, 0));
    for (unsigned type = 0; type < TYPES && code == 0; type++)
        if (type != SOCK_RAW)
            code = seccomp_rule_add(filter, unsupported, SCMP_SYS(socket), 2, argument(0, SCMP_CMP_EQ, AF_BLUETOOTH, 0),
                                    argument(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, type));
    if (code == 0)
        code = seccomp_rule_add(filter, unsupported, SCMP_SYS(socket), 2, argument(0, SCMP_CMP_EQ, AF_BLUETOOTH, 0),
                                argument(2, SCMP_CMP_NE, BTPROTO_HCI, 0));
    if (code == 0)
        code = seccomp_rule_add(filter, unsupported, SCMP_SYS(socketpair), 1, argument(0, SCMP_CMP_NE, AF_UNIX, 0));
    return code;
}

static enum yk_status install_filter(enum yk_confine_for what, struct yk_error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the system call filter");
    int code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (code == 0)
        code = deny_sockets(filter);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0] && code == 0; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
    if (code == 0 && what != YK_CONFINE_CAPTURE)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(recvmsg), 0);
    if (code == 0 && !UNDER_SANITIZER)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    if (code == 0)
        return YK_OK;
    errno = -code;
    return yk_error_errno(err, YK_ERR_IO,
                          "the kernel refuses the system call filter (CONFIG_SECCOMP_FILTER is needed), and without it "
                          "no radio is listened to");
}

static enum yk_status keep_net_raw(struct yk_error *err)
{
    static const cap_value_t raw[] = {CAP_NET_RAW};
    cap_flag_value_t has = CAP_CLEAR;
    cap_t now = cap_get_proc(), only = cap_init();
    int code = now && only ? cap_get_flag(now, CAP_NET_RAW, CAP_PERMITTED, &has) : -1;
    for (int flag = 0; code == 0 && has == CAP_SET && flag < 2; flag++)
        code = cap_set_flag(only, flag == 0 ? CAP_PERMITTED : CAP_EFFECTIVE, 1, raw, CAP_SET);
    if (code == 0)
        code = cap_set_proc(only);
    if (code == 0)
        code = cap_reset_ambient();
    int reason = errno;
    cap_free(now);
    cap_free(only);
    errno = reason;
    return code == 0 ? YK_OK : yk_error_errno(err, YK_ERR_IO, "cannot give up capabilities");
}

static int socket_option(int fd, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static bool is_way_out(int fd)
{
    int family = socket_option(fd, SO_DOMAIN);
    if (family == AF_BLUETOOTH)
        return socket_option(fd, SO_TYPE) != SOCK_RAW || socket_option(fd, SO_PROTOCOL) != BTPROTO_HCI;
    return family >= 0 && family != AF_UNIX; /* below 0: no socket */
}

static enum yk_status no_other_sockets(struct yk_error *err)
{
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return yk_error_errno(err, YK_ERR_IO, "cannot read /proc/self/fd to see that no Internet socket is open");
    enum yk_status status = YK_OK;
    for (struct dirent *entry; status == YK_OK && (entry = readdir(dir));) {
        int fd = (int)strtol(entry->d_name, NULL, 10); /* "." gives 0, which is looked at anyway */
        if (is_way_out(fd))
            status = yk_error_set(err, YK_ERR_USAGE,
                                  "descriptor %d is a network socket that this program was started with; a radio's "
                                  "collector must have none: close it before",
                                  fd);
    }
    closedir(dir);
    return status;
}

enum yk_status yk_confine(enum yk_confine_for what, struct yk_error *err)
{
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot forgo new privileges");
    enum yk_status status = no_other_sockets(err);
    if (status == YK_OK && !UNDER_SANITIZER)
        status = keep_net_raw(err);
    return status == YK_OK ? install_filter(what, err) : status;
}
