/* Listening with an adapter, against a controller of this test. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libbluetooth's two calls, the look at the device and the socket's filter are answered here, by the rules of Bluetooth
 * Core 5.3, Vol 4 Part E for the few commands that scanning needs; the socket is one end of a pair. That the kernel and its
 * stack agree is tested in a virtual machine (tests/vm). */
#include "../presence/heard_frames.h"

#include "sources/hci_adapter.h"
#include "sources/source.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LEGACY_PARAMETERS   0x200B
#define LEGACY_ENABLE       0x200C
#define EXTENDED_PARAMETERS 0x2041
#define EXTENDED_ENABLE     0x2042
#define DISALLOWED          0x0C
#define UNKNOWN             0x01
#define COMMANDS_MAX        64

struct sent {
    uint16_t opcode;
    uint8_t size, bytes[32];
};

static struct controller {
    int here, there; /* the pair */
    bool present, up, right, answers, le, extended, coded;
    int other_kind; /* 1: another program has used legacy commands, 2: extended ones */
    bool scanning;
    struct sent sent[COMMANDS_MAX];
    size_t sent_count;
} controller;

static void event(const uint8_t *bytes, size_t size)
{
    uint8_t packet[300] = {HCI_EVENT_PKT};
    memcpy(packet + 1, bytes, size);
    cr_assert_eq(send(controller.there, packet, size + 1, 0), (ssize_t)size + 1);
}

static void complete(uint16_t opcode, uint8_t status, const uint8_t *more, size_t size)
{
    uint8_t bytes[100] = {EVT_CMD_COMPLETE, (uint8_t)(4 + size), 1, (uint8_t)opcode, (uint8_t)(opcode >> 8), status};
    if (size > 0)
        memcpy(bytes + 6, more, size);
    event(bytes, 6 + size);
}

static uint8_t scan_status(uint16_t opcode, const uint8_t *parameters)
{
    bool extended = opcode == EXTENDED_PARAMETERS || opcode == EXTENDED_ENABLE;
    bool enable = opcode == LEGACY_ENABLE || opcode == EXTENDED_ENABLE;
    if (!controller.le || (extended && !controller.extended))
        return UNKNOWN;
    if (controller.other_kind && (controller.other_kind == 2) != extended)
        return DISALLOWED;
    if (!enable && controller.scanning)
        return DISALLOWED;
    if (enable)
        controller.scanning = parameters[0] != 0;
    return 0;
}

int hci_open_dev(int number)
{
    (void)number;
    errno = controller.present ? 0 : ENODEV;
    return controller.present ? dup(controller.here) : -1;
}

int hci_send_cmd(int fd, uint16_t ogf, uint16_t ocf, uint8_t size, void *parameters)
{
    (void)fd;
    uint16_t opcode = (uint16_t)(ogf << 10 | ocf);
    if (!controller.right || !controller.up) {
        errno = controller.right ? ENETDOWN : EPERM;
        return -1;
    }
    cr_assert_lt(controller.sent_count, COMMANDS_MAX);
    struct sent *sent = &controller.sent[controller.sent_count++];
    *sent = (struct sent){.opcode = opcode, .size = size};
    memcpy(sent->bytes, parameters, size);
    if (!controller.answers)
        return 0;
    uint8_t more[64] = {0};
    if (opcode == 0x1002) { /* supported commands */
        more[37] = controller.extended ? 0x60 : 0;
        complete(opcode, 0, more, sizeof more);
    } else if (opcode == 0x2003) { /* LE features */
        more[1] = controller.coded ? 0x08 : 0;
        complete(opcode, controller.le ? 0 : UNKNOWN, more, controller.le ? 8 : 0);
    } else {
        complete(opcode, scan_status(opcode, sent->bytes), more, 0);
    }
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *argument = va_arg(args, void *);
    va_end(args);
    if (request != (unsigned long)HCIGETDEVINFO)
        return (int)syscall(SYS_ioctl, fd, request, argument);
    struct hci_dev_info *info = argument;
    info->flags = controller.up ? 1u << HCI_UP : 0;
    errno = controller.present ? 0 : ENODEV;
    return controller.present ? 0 : -1;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    return level == SOL_HCI ? 0 : (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

static size_t heard_events;
static uint8_t last_event[260];

static void on_event(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    heard_events++;
    memcpy(last_event, bytes, length);
}

static struct yk_adapter adapter;

static void start(void)
{
    int pair[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    controller = (struct controller){.here = pair[0],
                                     .there = pair[1],
                                     .present = true,
                                     .up = true,
                                     .right = true,
                                     .answers = true,
                                     .le = true,
                                     .extended = true,
                                     .coded = true};
    heard_events = 0;
    yk_adapter_init(&adapter, 0, on_event, NULL);
}
TestSuite(ble_hci, .init = start, .timeout = 60);

static const struct sent *sent(uint16_t opcode, size_t nth)
{
    for (size_t i = 0; i < controller.sent_count; i++)
        if (controller.sent[i].opcode == opcode && nth-- == 0)
            return &controller.sent[i];
    return NULL;
}

static void expect_sent(uint16_t opcode, size_t nth, const uint8_t *bytes, size_t size)
{
    const struct sent *s = sent(opcode, nth);
    cr_assert_not_null(s, "no %zu. command %04x", nth, opcode);
    cr_expect(s->size == size && memcmp(s->bytes, bytes, size) == 0, "parameters of %04x", opcode);
}

Test(ble_hci, names_of_adapters)
{
    cr_expect_eq(yk_adapter_number("hci0"), 0);
    cr_expect_eq(yk_adapter_number("hci12"), 12);
    static const char *const others[] = {"", "hci", "hci-1", "hcix", "hci1x", "hci123", "HCI0", "/dev/hci0", "hci 1"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect_eq(yk_adapter_number(others[i]), -1, "%s", others[i]);
}

/* 120 ms are 192 units of 0.625 ms (C0), 90 are 144 (90), 30 are 48 (30). */
Test(ble_hci, both_phys)
{
    cr_assert(yk_adapter_step(&adapter, 10));
    cr_expect(controller.scanning);
    cr_expect(adapter.extended && adapter.coded);
    expect_sent(EXTENDED_ENABLE, 0, (const uint8_t[]){0, 0, 0, 0, 0, 0}, 6);
    expect_sent(EXTENDED_PARAMETERS, 0, (const uint8_t[]){0, 0, 5, 0, 0xC0, 0, 0x90, 0, 0, 0xC0, 0, 0x30, 0}, 13);
    expect_sent(EXTENDED_ENABLE, 1, (const uint8_t[]){1, 0, 0, 0, 0, 0}, 6);
    cr_expect_null(sent(LEGACY_PARAMETERS, 0));
    cr_expect_null(sent(LEGACY_ENABLE, 0), "never both kinds");
    yk_adapter_stop(&adapter);
    cr_expect_not(controller.scanning, "it is left as it was found");
}

Test(ble_hci, one_phy)
{
    controller.coded = false;
    cr_assert(yk_adapter_step(&adapter, 10));
    expect_sent(EXTENDED_PARAMETERS, 0, (const uint8_t[]){0, 0, 1, 0, 0xC0, 0, 0xC0, 0}, 8);
}

Test(ble_hci, an_old_controller)
{
    controller.extended = controller.coded = false;
    cr_assert(yk_adapter_step(&adapter, 10));
    cr_expect_not(adapter.extended);
    expect_sent(LEGACY_PARAMETERS, 0, (const uint8_t[]){0, 0xC0, 0, 0xC0, 0, 0, 0}, 7);
    expect_sent(LEGACY_ENABLE, 1, (const uint8_t[]){1, 0}, 2);
    cr_expect_null(sent(EXTENDED_PARAMETERS, 0));
    cr_expect_null(sent(EXTENDED_ENABLE, 0));
}

/* Parameters are refused while a scan is on. */
Test(ble_hci, a_killed_program_left_the_scan_on)
{
    controller.scanning = true;
    cr_expect(yk_adapter_step(&adapter, 10));
    cr_expect(controller.scanning);
}

Test(ble_hci, what_keeps_it_from_listening)
{
    static const struct {
        const char *what;
        enum yk_adapter_state state;
    } cases[] = {{"absent", YK_ADAPTER_absent}, {"down", YK_ADAPTER_down},     {"right", YK_ADAPTER_no_right},
                 {"old", YK_ADAPTER_no_le},     {"other", YK_ADAPTER_refuses}, {"mute", YK_ADAPTER_mute}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start();
        controller.present = strcmp(cases[i].what, "absent") != 0;
        controller.up = strcmp(cases[i].what, "down") != 0;
        controller.right = strcmp(cases[i].what, "right") != 0;
        controller.le = strcmp(cases[i].what, "old") != 0;
        controller.other_kind = strcmp(cases[i].what, "other") == 0 ? 1 : 0;
        controller.answers = strcmp(cases[i].what, "mute") != 0;
        cr_expect_not(yk_adapter_step(&adapter, 10));
        cr_expect_eq(adapter.state, cases[i].state, "%s: %s", cases[i].what, yk_adapter_state_name(adapter.state));
        cr_expect_eq(adapter.fd, -1);
        size_t before = controller.sent_count;
        cr_expect_not(yk_adapter_step(&adapter, 10));
        cr_expect_eq(controller.sent_count, before, "not tried again at once");
    }
}

/* Goes on until it listens; a bound on time stands at the suite. */
static void until_it_listens(void)
{
    while (!yk_adapter_step(&adapter, 10)) {
    }
}

Test(ble_hci, it_comes_back)
{
    controller.present = false;
    cr_expect_not(yk_adapter_step(&adapter, 10));
    controller.present = true;
    until_it_listens();
    cr_expect(controller.scanning);
}

/* What another program does with the scan ends what was asked for: a reset, a scan of its own, an end. */
Test(ble_hci, taken_by_another_program)
{
    static const uint16_t commands[] = {0x0C03, LEGACY_PARAMETERS, EXTENDED_PARAMETERS, LEGACY_ENABLE, EXTENDED_ENABLE};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        start();
        cr_assert(yk_adapter_step(&adapter, 10));
        complete(0x0406, 0, NULL, 0); /* somebody disconnects: that is nothing to us */
        cr_expect(yk_adapter_step(&adapter, 10));
        complete(commands[i], 0, NULL, 0);
        cr_expect_not(yk_adapter_step(&adapter, 10), "%04x", commands[i]);
        cr_expect_eq(adapter.state, YK_ADAPTER_taken);
        cr_expect_eq(adapter.taken, 1);
    }
    until_it_listens();
    cr_expect_eq(adapter.state, YK_ADAPTER_listening);
}

/* One that was refused has changed nothing. */
Test(ble_hci, refused_commands_of_others_are_nothing)
{
    cr_assert(yk_adapter_step(&adapter, 10));
    complete(LEGACY_PARAMETERS, DISALLOWED, NULL, 0);
    complete(EXTENDED_PARAMETERS, DISALLOWED, NULL, 0);
    cr_expect(yk_adapter_step(&adapter, 10));
    cr_expect(yk_adapter_step(&adapter, 10));
    cr_expect_eq(adapter.taken, 0);
}

Test(ble_hci, only_what_it_hears_while_it_listens)
{
    static const uint8_t advert[] = {EVT_LE_META_EVENT, 12, 2, 1, 0, 1, 1, 2, 3, 4, 5, 0xC6, 0, 0xC4};
    event(advert, sizeof advert); /* before: another program's scan */
    cr_assert(yk_adapter_step(&adapter, 10));
    cr_expect_eq(heard_events, 0);
    event(advert, sizeof advert);
    cr_expect(yk_adapter_step(&adapter, 1000));
    cr_expect_eq(heard_events, 1);
    cr_expect_arr_eq(last_event, advert, sizeof advert);
    static const uint8_t failed[] = {EVT_HARDWARE_ERROR, 1, 0x42};
    event(failed, sizeof failed);
    cr_expect_not(yk_adapter_step(&adapter, 1000));
    cr_expect_eq(adapter.state, YK_ADAPTER_mute);
}

/* Shorter than its layout says, by every length. */
Test(ble_hci, torn_answers)
{
    cr_assert(yk_adapter_step(&adapter, 10));
    static const uint8_t answer[] = {EVT_CMD_COMPLETE, 4, 1, 0x03, 0x0C, 0};
    for (size_t size = 0; size < sizeof answer; size++) {
        event(answer, size);
        cr_expect(yk_adapter_step(&adapter, 1000), "%zu bytes", size);
    }
}

/* --- The source ------------------------------------------------------------------------------------------------- */

static struct radio radio;
static enum yk_status came;

static void *run(void *argument)
{
    const struct yk_source *source = yk_source_find("ble_hci");
    came = source->run(radio.session, argument, &radio_err);
    return NULL;
}

static void until_it_is(const char *state)
{
    struct yk_adapter_status status;
    do
        yk_session_shown_adapter(radio.session, &status);
    while (strcmp(status.adapter_state, state) != 0);
}

Test(ble_hci, a_sensor_goes_deaf_and_hears_again)
{
    static uint8_t advert[] = {EVT_LE_META_EVENT, 12, 2, 1, 0, 1, 1, 2, 3, 4, 5, 0xC6, 0, 0xC4};
    static char name[] = "hci0";
    pthread_t thread;
    radio_open(&radio);
    radio.sensor.family = YK_FAMILY_RADIO;
    strcpy(radio.sensor.kind, "ble_hci");
    radio.sensor.rssi_min_dbm = -128;
    cr_assert_str_eq(yk_source_for(&radio.sensor, "hci0")->name, "ble_hci");
    cr_assert_str_eq(yk_source_for(&radio.sensor, "recording.pcap")->name, "ble_capture");
    int64_t from_s = time(NULL);
    cr_assert_eq(pthread_create(&thread, NULL, run, name), 0);
    until_it_is("listening");
    event(advert, sizeof advert);
    __atomic_store_n(&controller.up, false, __ATOMIC_SEQ_CST);
    until_it_is("down");
    __atomic_store_n(&controller.up, true, __ATOMIC_SEQ_CST);
    until_it_is("listening");
    advert[6]++;
    event(advert, sizeof advert);
    int left = 1; /* until it was read */
    while (left > 0)
        cr_assert_eq(ioctl(controller.here, FIONREAD, &left), 0);
    radio.stop = 1;
    pthread_join(thread, NULL);
    int64_t to_s = time(NULL);
    cr_expect_eq(came, YK_OK, "%s", radio_err.message);
    cr_expect_not(controller.scanning);
    cr_assert_eq(yk_session_finish(radio.session, &radio_err), YK_OK);
    heard_read();
    cr_expect_eq(heard_count, 2, "%zu", heard_count);
    cr_assert_geq(health_count, 2);
    int64_t told_s = 0;
    uint64_t deaf_s = 0;
    for (size_t i = 0; i < health_count; i++) {
        cr_expect(healths[i].t0_s >= from_s && healths[i].t1_s <= to_s + 1);
        told_s += healths[i].t1_s - healths[i].t0_s;
        deaf_s += healths[i].drops.count[YK_DROP_deaf];
    }
    cr_expect_geq(deaf_s, 1, "an adapter is not tried again within a second");
    cr_expect_leq(told_s + (int64_t)deaf_s, to_s - from_s + 3);
    radio_close(&radio);
}
