/* Another program that uses the adapter, and a hand on its switch. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     scan up | down           power the adapter on (waits until it is) or off
 *     scan reset               HCI Reset behind the kernel's back
 *     scan legacy | extended   set parameters and enable passive scanning with commands of that set; leaves it on
 *     scan off                 disable extended scanning
 *     scan discover            have the kernel discover devices, as bluetoothd does when a settings page is open
 *     scan discovered          that is over
 *     scan hear N              print the next N advertising reports, which something else has switched on
 *     scan settle              wait until every open HCI socket has been read to what the controller has sent so far
 *
 * Raw sockets of libbluetooth, as hcitool has them. A command that is refused ends it with the status as exit code.
 *
 * How `settle` knows: events come to all sockets in the order in which the controller sent them. It asks the controller
 * for its address, on a socket of its own; when the answer is there, whatever came before it lies in every socket, and
 * /proc/net/hci says how many bytes wait in each. */
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/hci_lib.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DEVICE                  0
#define TIMEOUT_MS              3000
#define DEADLINE_MS             20000
#define OCF_EXTENDED_PARAMETERS 0x41
#define OCF_EXTENDED_ENABLE     0x42
#define SUBEVENT_EXTENDED       0x0D

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "scan: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static int power(bool up)
{
    int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
    struct hci_dev_info info = {.dev_id = DEVICE};
    if (fd < 0)
        give_up("no HCI socket");
    if (ioctl(fd, up ? HCIDEVUP : HCIDEVDOWN, DEVICE) != 0 && errno != EALREADY)
        give_up(up ? "up" : "down");
    if (ioctl(fd, HCIGETDEVINFO, &info) != 0 || hci_test_bit(HCI_UP, &info.flags) != up)
        give_up("the adapter stays as it was");
    close(fd);
    return 0;
}

static int open_device(void)
{
    int fd = hci_open_dev(DEVICE);
    if (fd < 0)
        give_up("hci0");
    return fd;
}

/* The command's status. */
static uint8_t command(int fd, uint16_t ogf, uint16_t ocf, void *parameters, int size)
{
    uint8_t status = 0xFF;
    struct hci_request request = {
        .ogf = ogf, .ocf = ocf, .cparam = parameters, .clen = size, .rparam = &status, .rlen = sizeof status};
    if (hci_send_req(fd, &request, TIMEOUT_MS) != 0)
        give_up("no answer to a command");
    return status;
}

static int reset(void)
{
    return command(open_device(), OGF_HOST_CTL, OCF_RESET, NULL, 0);
}

static int scan(bool extended)
{
    /* passive, every 10 ms for 10 ms, own public address, everyone */
    uint8_t legacy_parameters[] = {0, 0x10, 0, 0x10, 0, 0, 0}, legacy_enable[] = {1, 0};
    uint8_t extended_parameters[] = {0, 0, 1, 0, 0x10, 0, 0x10, 0}, extended_enable[] = {1, 0, 0, 0, 0, 0};
    int fd = open_device();
    uint8_t status = extended ? command(fd, OGF_LE_CTL, OCF_EXTENDED_PARAMETERS, extended_parameters, 8)
                              : command(fd, OGF_LE_CTL, OCF_LE_SET_SCAN_PARAMETERS, legacy_parameters, 7);
    if (status == 0)
        status = extended ? command(fd, OGF_LE_CTL, OCF_EXTENDED_ENABLE, extended_enable, 6)
                          : command(fd, OGF_LE_CTL, OCF_LE_SET_SCAN_ENABLE, legacy_enable, 2);
    close(fd);
    return status;
}

static int off(void)
{
    uint8_t extended_disable[] = {0, 0, 0, 0, 0, 0};
    return command(open_device(), OGF_LE_CTL, OCF_EXTENDED_ENABLE, extended_disable, 6);
}

/* BlueZ, doc/mgmt-api.txt: Start or Stop Discovery of LE devices with public and random addresses. */
static int discover(bool on)
{
    uint8_t order[] = {on ? 0x23 : 0x24, 0, DEVICE, 0, 1, 0, 0x06}, event[64];
    struct sockaddr_hci address = {
        .hci_family = AF_BLUETOOTH, .hci_dev = HCI_DEV_NONE, .hci_channel = HCI_CHANNEL_CONTROL};
    int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        write(fd, order, sizeof order) != sizeof order)
        give_up("the kernel's management");
    for (;;) { /* event, index, length, then the command and its status */
        struct pollfd one = {.fd = fd, .events = POLLIN};
        if (poll(&one, 1, DEADLINE_MS) != 1)
            give_up("no answer of the kernel's management");
        ssize_t n = read(fd, event, sizeof event);
        if (n >= 9 && (event[0] == 0x01 || event[0] == 0x02) && event[6] == order[0])
            return event[8];
    }
}

static int open_events(uint8_t event)
{
    int fd = open_device();
    struct hci_filter filter;
    hci_filter_clear(&filter);
    hci_filter_set_ptype(HCI_EVENT_PKT, &filter);
    hci_filter_set_event(event, &filter);
    if (setsockopt(fd, SOL_HCI, HCI_FILTER, &filter, sizeof filter) != 0)
        give_up("the socket's filter");
    return fd;
}

static size_t next_event(int fd, uint8_t packet[static HCI_MAX_EVENT_SIZE])
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    if (poll(&one, 1, DEADLINE_MS) != 1)
        give_up("no event");
    ssize_t n = read(fd, packet, HCI_MAX_EVENT_SIZE);
    if (n < 3)
        give_up("a broken event");
    return (size_t)n;
}

/* A line per report: kind, event type, address type, address, RSSI, bytes of data. */
static unsigned print_reports(const uint8_t *event)
{
    const uint8_t *at = event + 5;
    bool extended = event[3] == SUBEVENT_EXTENDED;
    if (!extended && event[3] != EVT_LE_ADVERTISING_REPORT)
        return 0;
    for (unsigned i = 0; i < event[4]; i++) {
        const uint8_t *address = at + (extended ? 3 : 2);
        unsigned size = extended ? at[23] : at[8];
        int rssi = (int8_t)(extended ? at[13] : at[9 + size]);
        printf("%s %02x %u %02x:%02x:%02x:%02x:%02x:%02x %d %u\n", extended ? "extended" : "legacy", at[0], address[-1],
               address[5], address[4], address[3], address[2], address[1], address[0], rssi, size);
        at += size + (extended ? 24 : 10);
    }
    return event[4];
}

static int hear(unsigned wanted)
{
    uint8_t packet[HCI_MAX_EVENT_SIZE];
    int fd = open_events(EVT_LE_META_EVENT);
    printf("open\n");
    fflush(stdout);
    for (unsigned heard = 0; heard < wanted;) {
        next_event(fd, packet);
        heard += print_reports(packet);
    }
    return 0;
}

static unsigned long waiting_bytes(void)
{
    char line[256];
    unsigned long sum = 0, bytes;
    FILE *from = fopen("/proc/net/hci", "r");
    if (!from || !fgets(line, sizeof line, from)) /* sk RefCnt Rmem Wmem User Inode Parent */
        give_up("/proc/net/hci");
    while (fgets(line, sizeof line, from))
        if (sscanf(line, "%*s %*s %lu", &bytes) == 1)
            sum += bytes;
    fclose(from);
    return sum;
}

static int settle(void)
{
    uint8_t packet[HCI_MAX_EVENT_SIZE];
    int fd = open_events(EVT_CMD_COMPLETE);
    if (hci_send_cmd(fd, OGF_INFO_PARAM, OCF_READ_BD_ADDR, 0, NULL) != 0)
        give_up("cannot send");
    do
        next_event(fd, packet);
    while ((packet[4] | packet[5] << 8) != cmd_opcode_pack(OGF_INFO_PARAM, OCF_READ_BD_ADDR));
    close(fd);
    for (int waited_ms = 0; waiting_bytes() > 0; waited_ms += 10) {
        if (waited_ms > DEADLINE_MS)
            give_up("somebody does not read his socket");
        pause_ms(10);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "up") == 0 || strcmp(verb, "down") == 0)
        return power(verb[0] == 'u');
    if (strcmp(verb, "reset") == 0)
        return reset();
    if (strcmp(verb, "legacy") == 0 || strcmp(verb, "extended") == 0)
        return scan(verb[0] == 'e');
    if (strcmp(verb, "off") == 0)
        return off();
    if (strcmp(verb, "discover") == 0 || strcmp(verb, "discovered") == 0)
        return discover(strlen(verb) == 8);
    if (strcmp(verb, "hear") == 0 && argc > 2)
        return hear((unsigned)strtoul(argv[2], NULL, 10));
    if (strcmp(verb, "settle") == 0)
        return settle();
    fprintf(stderr,
            "usage: scan up | down | reset | legacy | extended | off | discover | discovered | hear N | settle\n");
    return 64;
}
