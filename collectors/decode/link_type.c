/* The table of link types. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A new one is a function, declared in the header, and a line here. libpcap's numbers are LINKTYPE values
 * (tcpdump.org/linktypes.html); those above 1000 are btsnoop's. */
#include "decode/link_type.h"

#include "decode/capture_file.h"

#include <pcap/pcap.h>
#include <stdio.h>

static const struct yk_link_type table[] = {
    {DLT_BLUETOOTH_HCI_H4, "HCI H4", yk_link_h4},
    {DLT_PPI, "PPI with LE link layer", yk_link_ppi},
    {DLT_BLUETOOTH_HCI_H4_WITH_PHDR, "HCI H4 with direction", yk_link_h4_direction},
    {DLT_BLUETOOTH_LE_LL, "LE link layer", yk_link_le_ll},
    {DLT_BLUETOOTH_LINUX_MONITOR, "Linux monitor", yk_link_monitor},
    {DLT_BLUETOOTH_BREDR_BB, "classic baseband", yk_link_bredr},
    {DLT_BLUETOOTH_LE_LL_WITH_PHDR, "LE link layer with radio header", yk_link_le_phdr},
    {DLT_NORDIC_BLE, "nRF Sniffer", yk_link_nordic},
    {1002, "btsnoop HCI H4", yk_link_h4},
    {2001, "btsnoop Linux monitor", yk_link_monitor_snoop},
};

const struct yk_link_type *yk_link_type_find(int number)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].number == number)
            return &table[i];
    return NULL;
}

enum yk_status yk_link_type_of(const struct yk_capture *capture, const struct yk_link_type **out, struct yk_error *err)
{
    int number = yk_capture_link_type(capture);
    *out = yk_link_type_find(number);
    if (*out)
        return YK_OK;
    const char *known = number < 1000 ? pcap_datalink_val_to_description(number) : NULL;
    char list[400] = "";
    for (size_t i = 0, at = 0; i < sizeof table / sizeof table[0] && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%d (%s)", i ? ", " : "", table[i].number, table[i].name);
    return yk_error_set(err, YK_ERR_INPUT, "%s: link type %d (%s) is not read; these are: %s", yk_capture_name(capture),
                        number, known ? known : "unknown", list);
}
