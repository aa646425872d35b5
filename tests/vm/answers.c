/* Commands of an LE controller that does nothing but scan. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bluetooth Core 5.3, Vol 4 Part E: layouts and rules in 7.3, 7.4 and 7.8, bits of the supported commands in 6.27, masks
 * in 7.3.1 and 7.8.1, legacy and extended commands in 3.1.1, error codes in Vol 1 Part F. The rules that a host can break:
 *
 *   - scan parameters are not set while scanning is on                               0x0C Command Disallowed
 *   - legacy and extended advertising commands are not mixed between two resets      0x0C
 *   - extended scanning is not enabled before its parameters were set                0x0C
 *   - values out of their range, lengths that do not fit, a random own address that  0x12 Invalid Parameters
 *     was never set
 *   - a PHY on which nobody can scan                                                 0x11 Unsupported Feature
 *   - what the bits of the supported commands do not name                            0x01 Unknown Command
 *
 * Not here: a duration and a period of extended scanning (0x11), the filter of duplicates (taken, and not done: the log
 * says who asked for it), connections. */
#include "answers.h"

#include "base/cursor.h"

#include <string.h>

#define OK                0x00
#define UNKNOWN_COMMAND   0x01
#define DISALLOWED        0x0C
#define UNSUPPORTED_VALUE 0x11
#define INVALID           0x12

#define EVENT_COMMAND_COMPLETE 0x0E
#define RETURNED               6 /* return parameters begin here: H4, code, length, packets allowed, opcode 2 */

#define EVENT_MASK_DEFAULT    UINT64_C(0x00001FFFFFFFFFFF)
#define LE_EVENT_MASK_DEFAULT UINT64_C(0x000000000000001F)

#define PHY_1M    0x01
#define PHY_CODED 0x04

#define SUPPORTED_COMMANDS 64 /* bytes */

struct call {
    struct yk_controller *controller;
    struct yk_cursor in;
    uint8_t *out; /* what follows the status */
    size_t size;  /* bytes of it */
};

static void put(struct call *call, const void *bytes, size_t size)
{
    memcpy(call->out + call->size, bytes, size);
    call->size += size;
}

void yk_controller_reset(struct yk_controller *controller)
{
    *controller = (struct yk_controller){.legacy_only = controller->legacy_only,
                                         .event_mask = EVENT_MASK_DEFAULT,
                                         .le_event_mask = LE_EVENT_MASK_DEFAULT,
                                         .phys = PHY_1M};
}

static uint8_t reset(struct call *call)
{
    yk_controller_reset(call->controller);
    return OK;
}

static uint8_t set_event_mask(struct call *call)
{
    call->controller->event_mask = yk_cursor_le64(&call->in);
    return OK;
}

static uint8_t le_set_event_mask(struct call *call)
{
    call->controller->le_event_mask = yk_cursor_le64(&call->in);
    return OK;
}

static uint8_t read_version(struct call *call)
{
    uint8_t version = call->controller->legacy_only ? 0x08 : 0x0C;                    /* 4.2, 5.3 */
    const uint8_t answer[8] = {version, 0x01, 0x00, version, 0xF1, 0x05, 0x01, 0x00}; /* company 0x05F1 */
    put(call, answer, sizeof answer);
    return OK;
}

static uint8_t read_features(struct call *call)
{
    const uint8_t features[8] = {[4] = 0x60}; /* no BR/EDR, LE */
    put(call, features, sizeof features);
    return OK;
}

static uint8_t read_address(struct call *call)
{
    const uint8_t address[6] = {0x01, 0x00, 0x00, 0x5E, 0x00, 0x00};
    put(call, address, sizeof address);
    return OK;
}

static uint8_t le_read_buffers(struct call *call)
{
    const uint8_t buffers[3] = {0xFB, 0x00, 0x04};
    put(call, buffers, sizeof buffers);
    return OK;
}

static uint8_t le_read_features(struct call *call)
{
    uint8_t features[8] = {0};
    if (!call->controller->legacy_only)
        features[1] = 0x19; /* LE 2M, LE Coded, extended advertising */
    put(call, features, sizeof features);
    return OK;
}

static uint8_t le_read_states(struct call *call)
{
    const uint8_t states[8] = {[0] = 0x30}; /* passive and active scanning */
    put(call, states, sizeof states);
    return OK;
}

static uint8_t le_read_list_size(struct call *call)
{
    put(call, (const uint8_t[1]){8}, 1);
    return OK;
}

static uint8_t le_read_sets(struct call *call)
{
    put(call, (const uint8_t[1]){1}, 1);
    return OK;
}

static uint8_t le_read_power(struct call *call)
{
    put(call, (const uint8_t[1]){0}, 1);
    return OK;
}

static uint8_t le_clear_list(struct call *call)
{
    return call->controller->scanning ? DISALLOWED : OK;
}

static uint8_t le_set_random_address(struct call *call)
{
    if (call->controller->scanning)
        return DISALLOWED;
    call->controller->has_random_address = true;
    return OK;
}

static bool in_range(unsigned interval, unsigned window, unsigned most)
{
    return interval >= 0x0004 && interval <= most && window >= 0x0004 && window <= interval;
}

static uint8_t le_set_scan_parameters(struct call *call)
{
    struct yk_controller *c = call->controller;
    uint8_t type = yk_cursor_u8(&call->in);
    uint16_t interval = yk_cursor_le16(&call->in), window = yk_cursor_le16(&call->in);
    uint8_t own = yk_cursor_u8(&call->in), policy = yk_cursor_u8(&call->in);
    if (c->scanning)
        return DISALLOWED;
    if (type > 1 || !in_range(interval, window, 0x4000) || own > 3 || policy > 3)
        return INVALID;
    c->active = type;
    c->own_address_type = own;
    c->phys = PHY_1M;
    return OK;
}

static uint8_t enable(struct yk_controller *c, uint8_t on, uint8_t duplicates, uint8_t duplicates_max)
{
    if (on > 1 || duplicates > duplicates_max)
        return INVALID;
    if (on && (c->own_address_type & 1) && !c->has_random_address)
        return INVALID;
    c->scanning = on;
    return OK;
}

static uint8_t le_set_scan_enable(struct call *call)
{
    uint8_t on = yk_cursor_u8(&call->in);
    return enable(call->controller, on, yk_cursor_u8(&call->in), 1);
}

static uint8_t le_set_extended_scan_parameters(struct call *call)
{
    struct yk_controller *c = call->controller;
    uint8_t own = yk_cursor_u8(&call->in), policy = yk_cursor_u8(&call->in), phys = yk_cursor_u8(&call->in);
    bool active = false, valid = own <= 3 && policy <= 3;
    if (c->scanning)
        return DISALLOWED;
    if (phys == 0 || phys & ~(PHY_1M | PHY_CODED))
        return UNSUPPORTED_VALUE;
    for (unsigned phy = 0; phy < 8; phy++) { /* a type, an interval and a window per bit that is set */
        if (!(phys >> phy & 1))
            continue;
        uint8_t type = yk_cursor_u8(&call->in);
        uint16_t interval = yk_cursor_le16(&call->in);
        valid &= type <= 1 && in_range(interval, yk_cursor_le16(&call->in), 0xFFFF);
        active |= type;
    }
    if (!valid || call->in.failed || yk_cursor_left(&call->in) > 0)
        return INVALID;
    c->active = active;
    c->own_address_type = own;
    c->phys = phys;
    c->has_extended_parameters = true;
    return OK;
}

static uint8_t le_set_extended_scan_enable(struct call *call)
{
    struct yk_controller *c = call->controller;
    uint8_t on = yk_cursor_u8(&call->in), duplicates = yk_cursor_u8(&call->in);
    uint16_t duration = yk_cursor_le16(&call->in), period = yk_cursor_le16(&call->in);
    if (on && !c->has_extended_parameters)
        return DISALLOWED;
    if (on && (duration || period))
        return UNSUPPORTED_VALUE;
    return enable(c, on, duplicates, 2);
}

#define ANY_LENGTH 255

/* In the order of their bits in the supported commands. */
static const struct command {
    uint16_t opcode;
    uint8_t octet, bit;
    uint8_t length; /* of the parameters */
    enum yk_command_set set;
    uint8_t (*answer)(struct call *call);
} commands[] = {
    {0x0C01, 5, 6, 8, YK_SET_NONE, set_event_mask},
    {0x0C03, 5, 7, 0, YK_SET_NONE, reset},
    {0x1001, 14, 3, 0, YK_SET_NONE, read_version},
    {0x1003, 14, 5, 0, YK_SET_NONE, read_features},
    {0x1009, 15, 1, 0, YK_SET_NONE, read_address},
    {0x2001, 25, 0, 8, YK_SET_NONE, le_set_event_mask},
    {0x2002, 25, 1, 0, YK_SET_NONE, le_read_buffers},
    {0x2003, 25, 2, 0, YK_SET_NONE, le_read_features},
    {0x2005, 25, 4, 6, YK_SET_NONE, le_set_random_address},
    {0x2007, 25, 6, 0, YK_SET_LEGACY, le_read_power},
    {0x200B, 26, 2, 7, YK_SET_LEGACY, le_set_scan_parameters},
    {0x200C, 26, 3, 2, YK_SET_LEGACY, le_set_scan_enable},
    {0x200F, 26, 6, 0, YK_SET_NONE, le_read_list_size},
    {0x2010, 26, 7, 0, YK_SET_NONE, le_clear_list},
    {0x201C, 28, 3, 0, YK_SET_NONE, le_read_states},
    {0x203B, 36, 7, 0, YK_SET_EXTENDED, le_read_sets},
    {0x2041, 37, 5, ANY_LENGTH, YK_SET_EXTENDED, le_set_extended_scan_parameters},
    {0x2042, 37, 6, 6, YK_SET_EXTENDED, le_set_extended_scan_enable},
};
#define COMMAND_COUNT        (sizeof commands / sizeof commands[0])
#define OPCODE_READ_COMMANDS 0x1002 /* itself without a bit */

static uint8_t read_commands(struct call *call)
{
    uint8_t bits[SUPPORTED_COMMANDS] = {0};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].set != YK_SET_EXTENDED || !call->controller->legacy_only)
            bits[commands[i].octet] |= (uint8_t)(1u << commands[i].bit);
    put(call, bits, sizeof bits);
    return OK;
}

static uint8_t run(struct call *call, uint16_t opcode, uint8_t length)
{
    struct yk_controller *c = call->controller;
    if (opcode == OPCODE_READ_COMMANDS)
        return length == 0 ? read_commands(call) : INVALID;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = &commands[i];
        if (command->opcode != opcode || (c->legacy_only && command->set == YK_SET_EXTENDED))
            continue;
        if (command->set != YK_SET_NONE && c->set != YK_SET_NONE && c->set != command->set)
            return DISALLOWED;
        if (command->length != ANY_LENGTH && command->length != length)
            return INVALID;
        c->set = command->set != YK_SET_NONE ? command->set : c->set;
        return command->answer(call);
    }
    return UNKNOWN_COMMAND;
}

bool yk_controller_answer(struct yk_controller *controller, const uint8_t *packet, size_t length,
                          struct yk_answer *answer)
{
    struct yk_cursor c = yk_cursor_of(packet, length);
    uint8_t type = yk_cursor_u8(&c);
    answer->opcode = yk_cursor_le16(&c);
    uint8_t parameters = yk_cursor_u8(&c);
    if (c.failed || type != YK_HCI_COMMAND || yk_cursor_left(&c) != parameters)
        return false;
    uint8_t *out = answer->packet;
    struct call call = {.controller = controller, .in = c, .out = out + RETURNED + 1};
    answer->status = run(&call, answer->opcode, parameters);
    answer->size = RETURNED + 1 + call.size;
    out[0] = YK_HCI_EVENT;
    out[1] = EVENT_COMMAND_COMPLETE;
    out[2] = (uint8_t)(answer->size - 3);
    out[3] = 1; /* one command at a time */
    out[4] = (uint8_t)answer->opcode;
    out[5] = (uint8_t)(answer->opcode >> 8);
    out[RETURNED] = answer->status;
    return true;
}
