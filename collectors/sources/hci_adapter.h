/* A Bluetooth adapter that listens. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One adapter of this machine through a raw HCI socket (Linux, net/bluetooth/hci_sock.c; libbluetooth's hci_open_dev and
 * hci_send_cmd), made to scan passively and without the controller's filter for duplicates: nothing is ever sent on the
 * air, and every advertisement it hears is reported. Needs CAP_NET_RAW at each command, and the adapter switched on by
 * somebody who may (bluetoothctl power on, hciconfig hci0 up).
 *
 * One thread uses it. Nothing is allocated. */
#ifndef YK_SOURCES_HCI_ADAPTER_H
#define YK_SOURCES_HCI_ADAPTER_H

#include "base/clock.h"
#include "base/log.h"
#include "status/adapter_state.h"

#include <stddef.h>

/* An HCI event from its event code on. */
typedef void yk_adapter_event_fn(void *context, const uint8_t *event, size_t length);

struct yk_adapter {
    int number, fd; /* -1: closed */
    enum yk_adapter_state state;
    bool extended, coded;
    uint64_t taken;
    uint64_t lost;      /* events for which the socket had no room, since the beginning */
    uint32_t lost_here; /* of them on the socket that is open */
    yk_adapter_event_fn *heard;
    void *context;
    struct yk_mono looked, again; /* when it was looked at; when to try again */
    int64_t pause_us;             /* between tries: grows while they fail */
    struct yk_mono since;         /* when it began to listen */
    enum yk_adapter_state said;   /* in the log */
    bool has_said;
};

/* "hci0" gives 0, anything else -1. */
int yk_adapter_number(const char *name);

void yk_adapter_init(struct yk_adapter *adapter, int number, yk_adapter_event_fn *heard, void *context);
/* Goes on for up to timeout_ms: while it listens, hands over what is heard; while not, waits, and tries to make it listen
 * when it is time to. True while it listens. */
bool yk_adapter_step(struct yk_adapter *adapter, int timeout_ms);
/* Forgets what waits to be heard, and listens anew at the next step. */
void yk_adapter_again(struct yk_adapter *adapter);
/* Says in the log how it is, when that has changed. */
void yk_adapter_say(struct yk_adapter *adapter, const char *sensor);
/* Stops listening, and closes. */
void yk_adapter_stop(struct yk_adapter *adapter);

#endif
