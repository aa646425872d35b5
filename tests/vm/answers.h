/* What a scripted controller knows of itself, and its answers to commands. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_VM_ANSWERS_H
#define YK_TESTS_VM_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_HCI_PACKET_MAX 258 /* H4 byte, event code, length, 255 bytes */

enum yk_hci_packet { YK_HCI_COMMAND = 0x01, YK_HCI_EVENT = 0x04 };

/* Which of the two sets of commands the host has used since the reset: it may not use the other then. */
enum yk_command_set { YK_SET_NONE, YK_SET_LEGACY, YK_SET_EXTENDED };

struct yk_controller {
    bool legacy_only; /* a Bluetooth 4.2 controller, which has the legacy set only */
    uint64_t event_mask, le_event_mask;
    enum yk_command_set set;
    bool has_random_address;
    bool has_extended_parameters;
    uint8_t own_address_type;
    uint8_t phys; /* bit 0 LE 1M, bit 2 LE Coded */
    bool active;  /* asks for scan responses */
    bool scanning;
};

/* As after power-on; legacy_only stays. */
void yk_controller_reset(struct yk_controller *controller);

struct yk_answer {
    uint16_t opcode;
    uint8_t status;
    size_t size; /* of the packet */
    uint8_t packet[YK_HCI_PACKET_MAX];
};

/* Answers one command packet (H4 byte first). False: it is no whole command. */
bool yk_controller_answer(struct yk_controller *controller, const uint8_t *packet, size_t length,
                          struct yk_answer *answer);

#endif
