/* A Bluetooth controller that plays a script: the machine's hci0, without a radio. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     controller --log FILE --orders FIFO [--legacy]
 *
 * The kernel's hci_vhci gives a program the place of the hardware: what it reads from /dev/vhci are the commands of the
 * kernel and of whoever opens the adapter, what it writes is what a controller tells its host, H4 packets both. The
 * answers follow the specification (answers.c), so that a host that breaks a rule is refused as by hardware.
 *
 * Orders are lines:
 *
 *     play FILE    begin a script (adverts.c), at once or when scanning begins; while scanning is off nothing is heard
 *     deaf         answer no command and tell of no advert, as a controller does that has hung
 *     well         the end of that
 *
 * The log is the truth that a check compares with, a line per event:
 *
 *     ready hci<n>
 *     command <opcode> <status> <parameters in hexadecimal>      unanswered ones have the status --
 *     scan on <legacy|extended> <passive|active> | scan off
 *     deaf | well
 *     played <file> heard <n> unheard <n>                        adverts that the host was told of, and those it was not
 *
 * When it ends the adapter is gone, as when it is unplugged. */
#include "adverts.h"
#include "answers.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define VENDOR_PACKET 0xFF /* of hci_vhci: the device's kind, and its index in the answer */
#define LINES_MAX     4096

struct play {
    char name[512];
    struct yk_air *lines;
    size_t count, next;
    bool running; /* from the first moment at which scanning is on */
    uint64_t began_ms;
    uint64_t heard, unheard;
};

struct device {
    int fd;
    FILE *log;
    struct yk_controller controller;
    bool deaf;
    struct play play;
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "controller: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void send_packet(struct device *d, const uint8_t *packet, size_t size)
{
    ssize_t n = write(d->fd, packet, size);
    if (n != (ssize_t)size)
        give_up("/dev/vhci");
}

static void send_reports(void *context, const struct yk_reports *reports)
{
    send_packet(context, reports->packet, reports->size);
}

static void open_device(struct device *d)
{
    const uint8_t primary[2] = {VENDOR_PACKET, 0x00};
    uint8_t answer[4];
    d->fd = open("/dev/vhci", O_RDWR | O_CLOEXEC);
    if (d->fd < 0)
        give_up("/dev/vhci");
    send_packet(d, primary, sizeof primary);
    if (read(d->fd, answer, sizeof answer) != sizeof answer || answer[0] != VENDOR_PACKET)
        give_up("/dev/vhci makes no adapter");
    fprintf(d->log, "ready hci%u\n", answer[2] | answer[3] << 8);
}

/* The whole script, before it begins. */
static void load(struct play *play, const char *path)
{
    char line[2 * YK_ADVERT_DATA_MAX + 128];
    FILE *from = fopen(path, "r");
    if (!from)
        give_up(path);
    free(play->lines);
    memset(play, 0, sizeof *play);
    snprintf(play->name, sizeof play->name, "%s", path);
    play->lines = calloc(LINES_MAX, sizeof *play->lines);
    for (int number = 1; play->lines && fgets(line, sizeof line, from); number++) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (play->count == LINES_MAX || !yk_air_parse(line, &play->lines[play->count++])) {
            fprintf(stderr, "controller: %s:%d cannot be played\n", path, number);
            exit(1);
        }
    }
    fclose(from);
    if (!play->lines)
        give_up("memory");
}

static void advertise(struct device *d, const struct yk_air *air, struct yk_reports *reports)
{
    if (d->deaf || !(air->raw ? d->controller.scanning : yk_air_heard(air, &d->controller))) {
        d->play.unheard++;
        return;
    }
    if (air->raw) {
        yk_reports_flush(reports, send_reports, d);
        send_packet(d, air->data, air->size);
    } else {
        yk_air_report(air, &d->controller, reports, send_reports, d);
    }
    d->play.heard++;
}

static void flood(struct device *d, const struct yk_air *line, struct yk_reports *reports)
{
    for (uint32_t i = 0; i < line->flood; i++) {
        struct yk_air air;
        yk_air_flood(i, &air);
        air.with_last = i % line->share != 0;
        advertise(d, &air, reports);
    }
}

/* Everything that is due. Returns the milliseconds until the next advert, -1 if none waits. */
static int play_on(struct device *d)
{
    struct play *play = &d->play;
    struct yk_reports reports = {0};
    if (!play->lines || (!play->running && !d->controller.scanning))
        return -1;
    if (!play->running) {
        play->running = true;
        play->began_ms = now_ms();
    }
    uint64_t played_ms = now_ms() - play->began_ms;
    while (play->next < play->count && play->lines[play->next].at_ms <= played_ms) {
        const struct yk_air *air = &play->lines[play->next++];
        if (air->flood)
            flood(d, air, &reports);
        else
            advertise(d, air, &reports);
    }
    yk_reports_flush(&reports, send_reports, d);
    if (play->next < play->count)
        return (int)(play->lines[play->next].at_ms - played_ms);
    fprintf(d->log, "played %s heard %" PRIu64 " unheard %" PRIu64 "\n", play->name, play->heard, play->unheard);
    free(play->lines);
    play->lines = NULL;
    return -1;
}

static void tell_scan(struct device *d, bool was)
{
    const struct yk_controller *c = &d->controller;
    if (c->scanning && !was)
        fprintf(d->log, "scan on %s %s\n", c->set == YK_SET_EXTENDED ? "extended" : "legacy",
                c->active ? "active" : "passive");
    else if (was && !c->scanning)
        fprintf(d->log, "scan off\n");
}

static void take_command(struct device *d)
{
    uint8_t packet[1024];
    struct yk_answer answer = {0};
    ssize_t n = read(d->fd, packet, sizeof packet);
    if (n < 0)
        give_up("/dev/vhci");
    if (n < 4 || packet[0] != YK_HCI_COMMAND)
        return;
    bool was = d->controller.scanning;
    if (!d->deaf && !yk_controller_answer(&d->controller, packet, (size_t)n, &answer))
        return;
    if (d->deaf)
        fprintf(d->log, "command %04x -- ", packet[1] | packet[2] << 8);
    else
        fprintf(d->log, "command %04x %02x ", answer.opcode, answer.status);
    for (ssize_t i = 4; i < n; i++)
        fprintf(d->log, "%02x", packet[i]);
    fputc('\n', d->log);
    if (!d->deaf)
        send_packet(d, answer.packet, answer.size);
    tell_scan(d, was);
}

static void take_order(struct device *d, FILE *orders)
{
    char line[512];
    while (fgets(line, sizeof line, orders)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "play ", 5) == 0)
            load(&d->play, line + 5);
        else if (strcmp(line, "deaf") == 0 || strcmp(line, "well") == 0)
            d->deaf = fprintf(d->log, "%s\n", line) > 0 && line[0] == 'd';
        else
            fprintf(stderr, "controller: there is no order '%s'\n", line);
    }
    clearerr(orders); /* no more for now */
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"log", required_argument, NULL, 'l'},
                                            {"orders", required_argument, NULL, 'o'},
                                            {"legacy", no_argument, NULL, 'L'},
                                            {0}};
    static struct device d;
    const char *log = NULL, *fifo = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        log = option == 'l' ? optarg : log;
        fifo = option == 'o' ? optarg : fifo;
        d.controller.legacy_only |= option == 'L';
    }
    if (!log || !fifo || optind < argc) {
        fprintf(stderr, "usage: controller --log FILE --orders FIFO [--legacy]\n");
        return 64;
    }
    d.log = fopen(log, "w");
    int orders_fd = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC); /* for writing too: it never ends */
    FILE *orders = orders_fd < 0 ? NULL : fdopen(orders_fd, "r");
    if (!d.log || !orders)
        give_up(d.log ? fifo : log);
    setvbuf(d.log, NULL, _IOLBF, 0);
    yk_controller_reset(&d.controller);
    open_device(&d);
    for (;;) {
        struct pollfd fds[2] = {{.fd = d.fd, .events = POLLIN}, {.fd = orders_fd, .events = POLLIN}};
        if (poll(fds, 2, play_on(&d)) < 0 && errno != EINTR)
            give_up("poll");
        if (fds[0].revents)
            take_command(&d);
        if (fds[1].revents)
            take_order(&d, orders);
    }
}
