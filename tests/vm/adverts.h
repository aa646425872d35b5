/* The air around a scripted controller, and what of it the controller tells its host. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_VM_ADVERTS_H
#define YK_TESTS_VM_ADVERTS_H

#include "answers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_ADVERT_DATA_MAX 1650 /* Vol 6 Part B 4.4.2.1: of a whole chain */

#define YK_FLOOD_SHARE_MAX 20 /* 5 + 20 x 10 bytes */

enum yk_pdu { YK_PDU_IND, YK_PDU_DIRECT, YK_PDU_SCAN, YK_PDU_NONCONN, YK_PDU_RSP, YK_PDU_EXTENDED, YK_PDU_CODED };

/* One line of a script. */
struct yk_air {
    uint64_t at_ms; /* after the script began */
    uint32_t flood; /* not 0: that many adverts of as many addresses, and nothing of what follows */
    uint32_t share; /* of a flood, in one event */
    bool raw;       /* data is a packet of its own, whatever it is */
    bool with_last; /* in one event with the line before it */
    bool more;      /* the rest is told by a later line */
    bool cut;       /* the controller lost the chain's end */
    enum yk_pdu pdu;
    size_t piece;       /* the most data in one report; 0: as much as fits */
    uint8_t type;       /* of the address, as HCI has it */
    uint8_t address[6]; /* least significant byte first */
    int8_t rssi_dbm;    /* 127: not available */
    size_t size;
    uint8_t data[YK_ADVERT_DATA_MAX];
};

/* False: the line is none. */
bool yk_air_parse(const char *line, struct yk_air *air);
/* The i-th advert of a flood: a resolvable address that no other i below 2^32 has. */
void yk_air_flood(uint32_t i, struct yk_air *air);

/* An event that is being filled with reports. */
struct yk_reports {
    size_t size; /* 0: nothing is in it */
    uint8_t packet[YK_HCI_PACKET_MAX];
};

/* Whether the host of this controller is told of it at all. */
bool yk_air_heard(const struct yk_air *air, const struct yk_controller *controller);
/* Adds its reports; what is full, or not to share an event, goes through `send` first. The last event stays in reports.
 */
typedef void yk_reports_send(void *context, const struct yk_reports *reports);
void yk_air_report(const struct yk_air *air, const struct yk_controller *controller, struct yk_reports *reports,
                   yk_reports_send *send, void *context);
void yk_reports_flush(struct yk_reports *reports, yk_reports_send *send, void *context);

#endif
