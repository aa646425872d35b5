/* How a Bluetooth adapter is. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_STATUS_ADAPTER_STATE_H
#define YK_STATUS_ADAPTER_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* Name, and what is said of it: "hci0 ...". */
#define YK_ADAPTER_STATES(X)                                                        \
    X(starting, "is being asked what it can do")                                    \
    X(absent, "is not there")                                                       \
    X(down, "is there and switched off")                                            \
    X(no_right, "cannot be used: CAP_NET_RAW is missing")                           \
    X(no_le, "does not do Bluetooth Low Energy")                                    \
    X(refuses, "refuses to listen: another program makes it listen in another way") \
    X(taken, "was made to listen in another way by another program")                \
    X(mute, "does not answer")                                                      \
    X(listening, "listens")

enum yk_adapter_state {
#define X(name, text) YK_ADAPTER_##name,
    YK_ADAPTER_STATES(X)
#undef X
        YK_ADAPTER_STATE_COUNT
};

const char *yk_adapter_state_name(enum yk_adapter_state state);
const char *yk_adapter_state_text(enum yk_adapter_state state);

/* What is told of it in the status file. */
struct yk_adapter_status {
    char adapter[16];       /* "hci0"; "" where the input is none */
    char adapter_state[16]; /* the name of one of the above */
    bool extended, coded;   /* what it can hear beside legacy advertisements on 1M */
    uint64_t deaf_s, taken; /* seconds without listening since the start; how often another program ended it */
};

#endif
