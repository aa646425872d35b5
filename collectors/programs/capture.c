/* yukikai capture: libpcap, live, in a process of its own. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libpcap opens devices in many ways, and what it reads is raw. So a live capture runs apart from the collector, under a
 * user of its own: this program has the right to capture and nothing else, no key and no spool, and hands what it reads
 * over a pipe in memory to a collector that has the keys and no such right. It is what a sniffer's own tool does, such as
 * Nordic's or Ubertooth's, and may be replaced by it.
 *
 *     interface -> libpcap -> FIFO, as a pcap stream -> yukikai collect (kind ble_capture, input: the FIFO)
 *
 * It is confined before libpcap opens anything (confine/confine.h): an interface that is not Bluetooth cannot be opened
 * at all, because its socket is denied. When the collector goes away the capture is closed and opened anew for the next
 * one, with a new file header. When the interface goes away it is waited for. */
#include "base/log.h"
#include "base/notify.h"
#include "base/stop.h"
#include "confine/confine.h"
#include "decode/link_type.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *argp_program_version = "yukikai-capture " YK_VERSION;

static const char doc[] =
    "Capture from a Bluetooth interface with libpcap and write what it hears into a pipe."
    "\vINTERFACE is bluetooth-monitor (all adapters of this machine, as long as something makes them listen) or one "
    "such "
    "as "
    "bluetooth0. PIPE is a FIFO, made if it is not there, that a sensor of the kind ble_capture has as its input. A "
    "sniffer's own "
    "tool can write into that pipe just as well.\n\n"
    "Example:\n"
    "  yukikai capture bluetooth-monitor /run/yukikai/radio-1.pipe\n";

#define TRY_AGAIN_MS 1000
#define WAIT_MS      200
#define SNAPLEN      4096
#define BATCH        256

struct arguments {
    const char *interface, *pipe;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "an interface and a pipe are expected, '%s' is too many", arg);
        *(state->arg_num == 0 ? &a->interface : &a->pipe) = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->pipe)
            argp_error(state, "an interface and a pipe are needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static enum yk_status make_pipe(const struct arguments *a, struct yk_error *err)
{
    const char *path = a->pipe;
    struct stat st;
    if (strncmp(a->interface, "bluetooth", strlen("bluetooth")) != 0)
        return yk_error_set(err, YK_ERR_USAGE,
                            "%s is no Bluetooth interface: those are bluetooth-monitor and bluetooth0, bluetooth1, ...",
                            a->interface);
    if (mkfifo(path, 0660) != 0 && errno != EEXIST)
        return yk_error_errno(err, YK_ERR_IO, "cannot make the pipe %s", path);
    if (stat(path, &st) != 0 || !S_ISFIFO(st.st_mode))
        return yk_error_set(err, YK_ERR_USAGE, "%s is there and is no pipe: raw addresses go into no file", path);
    return YK_OK;
}

/* -1: asked to end, or a failure. A pipe without a reader cannot be opened: ENXIO. */
static int open_pipe(const char *path, struct yk_error *err)
{
    while (!yk_stop) {
        struct stat st;
        int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))) {
            close(fd);
            yk_error_set(err, YK_ERR_USAGE, "%s is no pipe any more: raw addresses go into no file", path);
            return -1;
        }
        if (fd >= 0) {
            (void)fcntl(fd, F_SETFL, 0); /* a slow reader is waited for; the kernel counts what is lost meanwhile */
            return fd;
        }
        if (errno != ENXIO && errno != EINTR) {
            yk_error_errno(err, YK_ERR_IO, "cannot write to the pipe %s", path);
            return -1;
        }
        yk_notify_alive();
        pause_ms(WAIT_MS);
    }
    return -1;
}

/* NULL: not now (said once), or *status is a failure that no waiting mends. */
static pcap_t *open_interface(const char *name, struct yk_log_once *away, enum yk_status *status, struct yk_error *err)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_create(name, reason);
    if (!pcap || pcap_set_snaplen(pcap, SNAPLEN) != 0 || pcap_set_timeout(pcap, WAIT_MS) != 0 ||
        pcap_set_immediate_mode(pcap, 1) != 0) {
        *status = yk_error_set(err, YK_ERR_IO, "%s: %s", name, pcap ? pcap_geterr(pcap) : reason);
    } else {
        int code = pcap_activate(pcap);
        const struct yk_link_type *link = code >= 0 ? yk_link_type_find(pcap_datalink(pcap)) : NULL;
        if (code == PCAP_ERROR_PERM_DENIED)
            *status = yk_error_set(err, YK_ERR_REFUSED,
                                   "%s cannot be opened: CAP_NET_RAW is missing (the systemd unit gives it; by hand: "
                                   "setcap cap_net_raw=ep on yukikai-capture)",
                                   name);
        else if (code >= 0 && link)
            return pcap;
        else if (code >= 0)
            *status = yk_error_set(err, YK_ERR_USAGE, "%s is no Bluetooth interface (link type %d)", name,
                                   pcap_datalink(pcap));
        else
            yk_log_enter(away, "%s cannot be opened: %s%s%s; it is tried again until it can", name,
                         pcap_statustostr(code), *pcap_geterr(pcap) ? ": " : "", pcap_geterr(pcap));
    }
    if (pcap)
        pcap_close(pcap);
    return NULL;
}

struct passing {
    pcap_t *pcap;
    pcap_dumper_t *dumper;
};

static void pass_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    const struct passing *p = (const struct passing *)(const void *)user;
    if (yk_stop || ferror(pcap_dump_file(p->dumper))) /* what is cut in the middle must not be gone on with */
        pcap_breakloop(p->pcap);
    else
        pcap_dump((u_char *)p->dumper, header, bytes);
}

/* False: the reader or the interface is gone. */
static bool pass_on(pcap_t *pcap, pcap_dumper_t *dumper)
{
    struct pollfd wait[] = {{.fd = pcap_get_selectable_fd(pcap), .events = POLLIN},
                            {.fd = fileno(pcap_dump_file(dumper))}}; /* POLLERR: nobody reads any more */
    if (poll(wait, 2, WAIT_MS) < 0)
        return errno == EINTR;
    if (wait[1].revents)
        return false;
    struct passing passing = {pcap, dumper};
    if (pcap_dispatch(pcap, BATCH, pass_packet, (u_char *)&passing) < 0)
        return false;
    return pcap_dump_flush(dumper) == 0 && !ferror(pcap_dump_file(dumper));
}

/* One reader's time. */
static enum yk_status serve(const struct arguments *a, int fd, struct yk_log_once *away, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    FILE *to = fdopen(fd, "w");
    if (!to) {
        close(fd);
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    pcap_t *pcap = NULL;
    while (!pcap && status == YK_OK && !yk_stop) {
        pcap = open_interface(a->interface, away, &status, err);
        if (!pcap && status == YK_OK) {
            yk_notify_alive();
            pause_ms(TRY_AGAIN_MS);
        }
    }
    pcap_dumper_t *dumper = pcap ? pcap_dump_fopen(pcap, to) : NULL;
    if (dumper) {
        yk_log_leave(away, "%s is there", a->interface);
        yk_notify_ready();
        (void)pcap_dump_flush(dumper); /* the reader sees at once what comes */
        (void)pcap_setnonblock(pcap, 1, (char[PCAP_ERRBUF_SIZE]){0});
        while (!yk_stop && pass_on(pcap, dumper))
            yk_notify_alive();
        struct pcap_stat stat;
        if (pcap_stats(pcap, &stat) == 0 && stat.ps_drop > 0)
            yk_log(YK_LOG_WARNING, "%s: %u packets were lost, because nobody took them in time", a->interface,
                   stat.ps_drop);
        (void)fcntl(fd, F_SETFL, O_NONBLOCK); /* a reader that does not read is not waited for at the end */
        pcap_dump_close(dumper);
    } else {
        fclose(to);
    }
    if (pcap)
        pcap_close(pcap);
    return status;
}

int main(int argc, char **argv)
{
    static struct arguments a;
    struct argp argp = {NULL, parse, "INTERFACE PIPE", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("capture");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    yk_stop_on_signals();

    struct yk_error err = {0};
    struct yk_log_once away = {false};
    enum yk_status status = make_pipe(&a, &err);
    if (status == YK_OK)
        status = yk_confine(YK_CONFINE_CAPTURE, &err);
    while (status == YK_OK && !yk_stop) {
        int fd = open_pipe(a.pipe, &err);
        if (fd >= 0)
            status = serve(&a, fd, &away, &err);
        else if (!yk_stop)
            status = err.status;
    }
    yk_notify_stopping();
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    return yk_status_exit_code(status);
}
