/* Making an adapter listen, and noticing when it does not. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bluetooth Core 5.3, Vol 4 Part E: 7.8.10 and 7.8.11 (legacy scan), 7.8.64 and 7.8.65 (extended scan), 7.4.2 (supported
 * commands), 7.8.3 (LE features). A controller takes commands of one kind only until it is reset, else it answers Command
 * Disallowed: so the kind is chosen by what the controller has, as the kernel itself chooses, and never tried the other
 * way.
 *
 *     closed --> open --> ask --> scan off, parameters, scan on --> listening
 *        ^                                                             |
 *        +--- pause, growing from 1 s to 60 s <--- down, gone, taken --+
 *
 * Commands and events of all programs run through one controller. While a command waits for its answer, other events
 * are passed on as always; an answer to a scan command or a reset that this program did not send means that somebody
 * else has changed the scan: then what is heard is no longer what was asked for (a filter for duplicates makes devices
 * look silent), and it does not count as listening until the scan is set up anew. That an adapter went down and came up
 * again between two looks shows in the same way: the kernel resets it.
 *
 * With the coded PHY the window is shared: 90 of each 120 ms on 1M, where nearly all advertisements are, 30 on coded.
 */
#include "sources/hci_adapter.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/hci_lib.h>
#include <ctype.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_US    2000000
#define LOOK_US      500000 /* between looks at whether it is up */
#define PAUSE_MIN_US 1000000
#define PAUSE_MAX_US 60000000
#define STEADY_US    60000000  /* listened for so long: the next pause is short again */
#define BUFFER_BYTES (4 << 20) /* as much of it as net.core.rmem_max allows */

/* libbluetooth 5.66 ends before Bluetooth 5. */
#define OCF_LE_SET_EXTENDED_SCAN_PARAMETERS 0x0041
#define OCF_LE_SET_EXTENDED_SCAN_ENABLE     0x0042

#define COMMANDS_SIZE       64
#define EXTENDED_SCAN_OCTET 37
#define EXTENDED_SCAN_BITS  0x60 /* parameters, enable */
#define FEATURE_CODED_OCTET 1
#define FEATURE_CODED_BIT   0x08

#define STATUS_UNKNOWN_COMMAND 0x01

#define PHY_1M        0x01
#define PHY_CODED     0x04
#define UNITS(ms)     ((ms)*8 / 5) /* of 0.625 ms */
#define PASSIVE       0x00
#define INTERVAL      UNITS(120)
#define WINDOW_SHARED UNITS(90)
#define WINDOW_CODED  UNITS(30)
#define ANSWER_MAX    80

int yk_adapter_number(const char *name)
{
    if (strncmp(name, "hci", 3) != 0 || !isdigit((unsigned char)name[3]) || strlen(name) > 5)
        return -1;
    char *end;
    long number = strtol(name + 3, &end, 10);
    return *end ? -1 : (int)number;
}

void yk_adapter_init(struct yk_adapter *adapter, int number, yk_adapter_event_fn *heard, void *context)
{
    *adapter =
        (struct yk_adapter){.number = number, .fd = -1, .heard = heard, .context = context, .pause_us = PAUSE_MIN_US};
}

static struct yk_mono now(void)
{
    return yk_mono_now(&yk_clock_system);
}

/* The socket's own count of what it had no room for (SO_MEMINFO, sock_diag(7)); it counts from 0 with each socket. */
static void count_lost(struct yk_adapter *adapter)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof memory;
    if (getsockopt(adapter->fd, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0 || size < sizeof memory)
        return;
    adapter->lost += (uint32_t)(memory[SK_MEMINFO_DROPS] - adapter->lost_here);
    adapter->lost_here = memory[SK_MEMINFO_DROPS];
}

static void shut(struct yk_adapter *adapter)
{
    if (adapter->fd < 0)
        return;
    count_lost(adapter);
    close(adapter->fd);
    adapter->fd = -1;
    adapter->lost_here = 0;
}

static bool lose(struct yk_adapter *adapter, enum yk_adapter_state state)
{
    shut(adapter);
    if (adapter->state == YK_ADAPTER_listening && now().us - adapter->since.us > STEADY_US)
        adapter->pause_us = PAUSE_MIN_US;
    adapter->state = state;
    adapter->again.us = now().us + adapter->pause_us;
    adapter->pause_us = adapter->pause_us * 2 > PAUSE_MAX_US ? PAUSE_MAX_US : adapter->pause_us * 2;
    return false;
}

static enum yk_adapter_state of_errno(int code)
{
    switch (code) {
    case ENODEV:
    case EPIPE:
    case EAFNOSUPPORT: /* a kernel without Bluetooth */
        return YK_ADAPTER_absent;
    case EPERM:
    case EACCES:
        return YK_ADAPTER_no_right;
    case ENETDOWN:
        return YK_ADAPTER_down;
    default:
        return YK_ADAPTER_mute;
    }
}

static void ready(struct yk_adapter *adapter, enum yk_adapter_state *state)
{
    struct hci_dev_info info = {.dev_id = (uint16_t)adapter->number};
    adapter->looked = now();
    if (ioctl(adapter->fd, HCIGETDEVINFO, (void *)&info) != 0)
        *state = of_errno(errno);
    else if (!hci_test_bit(HCI_UP, &info.flags))
        *state = YK_ADAPTER_down;
}

struct answer {
    uint16_t opcode;
    bool came;
    uint8_t status;
    uint8_t bytes[ANSWER_MAX]; /* behind the status */
};

/* Commands after whose completion the scan is not what this program made it. */
static bool changes_scan(uint16_t opcode)
{
    return opcode == cmd_opcode_pack(OGF_HOST_CTL, OCF_RESET) ||
           opcode == cmd_opcode_pack(OGF_LE_CTL, OCF_LE_SET_SCAN_PARAMETERS) ||
           opcode == cmd_opcode_pack(OGF_LE_CTL, OCF_LE_SET_SCAN_ENABLE) ||
           opcode == cmd_opcode_pack(OGF_LE_CTL, OCF_LE_SET_EXTENDED_SCAN_PARAMETERS) ||
           opcode == cmd_opcode_pack(OGF_LE_CTL, OCF_LE_SET_EXTENDED_SCAN_ENABLE);
}

static void take_completion(struct yk_adapter *adapter, const uint8_t *event, size_t length, struct answer *answer)
{
    /* Complete: packets, opcode, status, more. Status: status, packets, opcode. */
    bool complete = event[0] == EVT_CMD_COMPLETE;
    if (length < 6)
        return;
    uint16_t opcode = complete ? (uint16_t)(event[3] | event[4] << 8) : (uint16_t)(event[4] | event[5] << 8);
    if (answer && opcode == answer->opcode) {
        answer->came = true;
        answer->status = event[complete ? 5 : 2];
        size_t more = complete ? length - 6 : 0;
        memcpy(answer->bytes, event + 6, more < ANSWER_MAX ? more : ANSWER_MAX);
    } else if (adapter->state == YK_ADAPTER_listening && changes_scan(opcode) && event[complete ? 5 : 2] == 0) {
        adapter->taken++;
        lose(adapter, YK_ADAPTER_taken);
    }
}

/* One event, if one comes in time. False: the adapter is lost. */
static bool take_event(struct yk_adapter *adapter, int timeout_ms, struct answer *answer)
{
    uint8_t packet[HCI_MAX_EVENT_SIZE];
    struct pollfd wait = {.fd = adapter->fd, .events = POLLIN};
    int came = poll(&wait, 1, timeout_ms);
    if (came <= 0)
        return came == 0 || errno == EINTR || lose(adapter, of_errno(errno));
    ssize_t length = read(adapter->fd, packet, sizeof packet);
    if (length < 0)
        return errno == EAGAIN || errno == EINTR || lose(adapter, of_errno(errno));
    if (length < 3 || packet[0] != HCI_EVENT_PKT)
        return true;
    const uint8_t *event = packet + 1;
    size_t size = (size_t)length - 1;
    if (event[0] == EVT_HARDWARE_ERROR)
        return lose(adapter, YK_ADAPTER_mute);
    if (event[0] == EVT_CMD_COMPLETE || event[0] == EVT_CMD_STATUS)
        take_completion(adapter, event, size, answer);
    else if (adapter->state == YK_ADAPTER_listening)
        adapter->heard(adapter->context, event, size);
    explicit_bzero(packet, sizeof packet);
    return adapter->fd >= 0;
}

/* Sends a command and waits for its answer. False: the adapter is lost, or did not answer. */
static bool command(struct yk_adapter *adapter, uint16_t ogf, uint16_t ocf, const void *parameters, uint8_t size,
                    struct answer *answer)
{
    uint8_t copy[32]; /* hci_send_cmd takes what it does not change without const */
    memset(answer, 0, sizeof *answer);
    answer->opcode = cmd_opcode_pack(ogf, ocf);
    if (size > 0)
        memcpy(copy, parameters, size);
    if (hci_send_cmd(adapter->fd, ogf, ocf, size, copy) < 0)
        return lose(adapter, of_errno(errno));
    int64_t until_us = now().us + ANSWER_US;
    while (!answer->came) {
        int64_t left_us = until_us - now().us;
        if (left_us <= 0)
            return lose(adapter, YK_ADAPTER_mute);
        if (!take_event(adapter, (int)(left_us / 1000) + 1, answer))
            return false;
    }
    return true;
}

static bool ask(struct yk_adapter *adapter)
{
    struct answer answer;
    if (!command(adapter, OGF_INFO_PARAM, OCF_READ_LOCAL_COMMANDS, NULL, 0, &answer))
        return false;
    adapter->extended =
        answer.status == 0 && (answer.bytes[EXTENDED_SCAN_OCTET] & EXTENDED_SCAN_BITS) == EXTENDED_SCAN_BITS;
    adapter->coded = false;
    if (!command(adapter, OGF_LE_CTL, OCF_LE_READ_LOCAL_SUPPORTED_FEATURES, NULL, 0, &answer))
        return false;
    if (answer.status == STATUS_UNKNOWN_COMMAND)
        return lose(adapter, YK_ADAPTER_no_le);
    adapter->coded =
        adapter->extended && answer.status == 0 && (answer.bytes[FEATURE_CODED_OCTET] & FEATURE_CODED_BIT) != 0;
    return true;
}

static bool scan(struct yk_adapter *adapter, bool on, struct answer *answer)
{
    /* Extended: enable, filter, duration, period, each 0 for no limit. */
    uint8_t parameters[6] = {on, 0};
    return adapter->extended ? command(adapter, OGF_LE_CTL, OCF_LE_SET_EXTENDED_SCAN_ENABLE, parameters, 6, answer)
                             : command(adapter, OGF_LE_CTL, OCF_LE_SET_SCAN_ENABLE, parameters, 2, answer);
}

static size_t put_le16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return 2;
}

static bool set_parameters(struct yk_adapter *adapter, struct answer *answer)
{
    uint8_t p[16];
    size_t n = 0;
    unsigned window = adapter->coded ? WINDOW_SHARED : INTERVAL;
    if (adapter->extended) { /* own address type, filter policy, PHYs, then for each: type, interval, window */
        p[n++] = LE_PUBLIC_ADDRESS;
        p[n++] = 0;
        p[n++] = adapter->coded ? PHY_1M | PHY_CODED : PHY_1M;
    }
    for (int phy = 0; phy < (adapter->coded ? 2 : 1); phy++) {
        p[n++] = PASSIVE;
        n += put_le16(p + n, INTERVAL);
        n += put_le16(p + n, phy == 0 ? window : WINDOW_CODED);
    }
    if (adapter->extended)
        return command(adapter, OGF_LE_CTL, OCF_LE_SET_EXTENDED_SCAN_PARAMETERS, p, (uint8_t)n, answer);
    p[n++] = LE_PUBLIC_ADDRESS;
    p[n++] = 0;
    return command(adapter, OGF_LE_CTL, OCF_LE_SET_SCAN_PARAMETERS, p, (uint8_t)n, answer);
}

static bool set_up_socket(struct yk_adapter *adapter)
{
    struct hci_filter filter;
    hci_filter_clear(&filter);
    hci_filter_set_ptype(HCI_EVENT_PKT, &filter);
    hci_filter_set_event(EVT_LE_META_EVENT, &filter);
    hci_filter_set_event(EVT_CMD_COMPLETE, &filter);
    hci_filter_set_event(EVT_CMD_STATUS, &filter);
    hci_filter_set_event(EVT_HARDWARE_ERROR, &filter);
    int size = BUFFER_BYTES;
    (void)setsockopt(adapter->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return setsockopt(adapter->fd, SOL_HCI, HCI_FILTER, &filter, sizeof filter) == 0;
}

static bool begin(struct yk_adapter *adapter)
{
    struct answer answer;
    enum yk_adapter_state state = YK_ADAPTER_starting;
    adapter->fd = hci_open_dev(adapter->number);
    if (adapter->fd < 0)
        return lose(adapter, of_errno(errno));
    ready(adapter, &state);
    if (state != YK_ADAPTER_starting)
        return lose(adapter, state);
    if (!set_up_socket(adapter))
        return lose(adapter, of_errno(errno));
    if (!ask(adapter))
        return false;
    /* A program that was killed leaves the scan on, and parameters are refused meanwhile. If it is off, this is an error
     * that says so. */
    if (!scan(adapter, false, &answer) || !set_parameters(adapter, &answer))
        return false;
    if (answer.status == 0 && !scan(adapter, true, &answer))
        return false;
    if (answer.status != 0)
        return lose(adapter, answer.status == STATUS_UNKNOWN_COMMAND ? YK_ADAPTER_no_le : YK_ADAPTER_refuses);
    adapter->state = YK_ADAPTER_listening;
    adapter->since = now();
    return true;
}

bool yk_adapter_step(struct yk_adapter *adapter, int timeout_ms)
{
    if (adapter->state != YK_ADAPTER_listening) {
        if (adapter->fd < 0 && now().us >= adapter->again.us)
            return begin(adapter);
        nanosleep(&(struct timespec){.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L}, NULL);
        return false;
    }
    if (!take_event(adapter, timeout_ms, NULL))
        return false;
    if (now().us - adapter->looked.us > LOOK_US) {
        enum yk_adapter_state state = YK_ADAPTER_listening;
        ready(adapter, &state);
        count_lost(adapter);
        if (state != YK_ADAPTER_listening)
            return lose(adapter, state);
    }
    return true;
}

void yk_adapter_again(struct yk_adapter *adapter)
{
    shut(adapter);
    adapter->state = YK_ADAPTER_starting;
    adapter->again.us = 0;
}

void yk_adapter_say(struct yk_adapter *adapter, const char *sensor)
{
    if (adapter->has_said && adapter->said == adapter->state)
        return;
    adapter->has_said = true;
    adapter->said = adapter->state;
    if (adapter->state == YK_ADAPTER_listening)
        yk_log(YK_LOG_INFO, "sensor %s: hci%d listens (%s)", sensor, adapter->number,
               adapter->coded      ? "extended advertisements, 1M and coded"
               : adapter->extended ? "extended advertisements, 1M"
                                   : "legacy advertisements");
    else if (adapter->state != YK_ADAPTER_starting)
        yk_log(YK_LOG_WARNING, "sensor %s: hci%d %s; it is tried again until it listens (yukikai doctor says more)",
               sensor, adapter->number, yk_adapter_state_text(adapter->state));
}

void yk_adapter_stop(struct yk_adapter *adapter)
{
    struct answer answer;
    if (adapter->state == YK_ADAPTER_listening) {
        adapter->state = YK_ADAPTER_starting;
        (void)!scan(adapter, false, &answer);
    }
    shut(adapter);
}
