/* Real recordings against figures of an independent parser. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The figures are those of the recordings' own README: packets with a good CRC only, scan responses excluded from the
 * reports and included in the addresses. */
#include "data.h"

#include "decode/capture_summary.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    const char *file;
    int link_type;
    uint64_t packets, adverts;
    uint64_t addresses[YK_CLASS_COUNT]; /* public, static, resolvable, non-resolvable */
    uint64_t bad_crc, malformed;
} recordings[] = {
    {"bluethooth_light_controll__btsnoop_hci.log", 1002, 61318, 37212, {20, 159, 507, 174}, 0, 0},
    {"MachineSpiritTimetable__btsnoop_abcdefg.log", 1002, 10955, 4347, {10, 30, 56, 4}, 0, 0},
    {"bluetooth-pcap-test__bluetooth.pcap", 201, 11629, 8142, {1, 1, 38, 68}, 0, 0},
    {"ec521__docs_bt-logs_btsnoop_hci.log", 1002, 14598, 10520, {7, 1, 20, 7}, 0, 0},
    {"horizon-74-at-ble__btsnoop_hci.log", 1002, 2572, 285, {13, 3, 11, 9}, 0, 0},
    {"NovaX-Escooter__btsnoop_hci.log", 1002, 2939, 882, {6, 2, 7, 12}, 0, 0},
    {"wban-python__btsnoop_hci.log", 1002, 3046, 2556, {2, 0, 1, 4}, 0, 2},
    {"btsnoop-decoder__snoop-files_btsnoop_hci.log", 1002, 69, 32, {10, 0, 1, 0}, 0, 0},
    {"Tesi_BLE__capture.pcapng", 272, 14843, 12231, {2, 19, 16, 1}, 2498, 0},
    {"Blue2thprinting__Analysis_tests_fixtures_import.snoop", 2001, 369, 26, {1, 8, 11, 4}, 0, 0},
    {"BLE-Security-PoC__hci_capture_20260306_121058.snoop", 2001, 173, 46, {15, 4, 6, 5}, 0, 0},
    {"Blue2thprinting__Analysis_tests_fixtures_import.pcap", 256, 15, 14, {1, 4, 4, 2}, 0, 0},
    {"crackle__tests_04_le_secure_connections_le_secure_connections.pcapng", 256, 303, 40, {0, 0, 1, 0}, 0, 0},
    {"Auracast-Bluetooth__Captured_PCAP_Files_37_filtered.pcapng", 272, 133, 0, {0, 0, 0, 0}, 133, 0},
    {"ble-advertiser__ble.pcapng", 272, 13, 11, {1, 0, 0, 0}, 0, 0},
    {"crackle__tests_01_crack_pairing_and_ltk_exchange.pcap", 192, 713, 515, {1, 0, 0, 0}, 0, 0},
    {"dlt187_from_ec521.pcap", 187, 14598, 10520, {7, 1, 20, 7}, 0, 0},
    {"dlt251_from_apple_advertisements.pcap", 251, 6, 6, {0, 0, 6, 0}, 0, 0},
    {"dlt251_from_crackle04.pcap", 251, 303, 40, {0, 0, 1, 0}, 0, 0},
};

Test(recordings, figures_of_the_reference)
{
    YK_NEED_TEST_DATA(data);
    for (size_t i = 0; i < sizeof recordings / sizeof recordings[0]; i++) {
        const char *file = recordings[i].file;
        char path[512];
        snprintf(path, sizeof path, "%s/ble/%s", data, file);
        struct yk_capture_summary s;
        struct yk_error err = {0};
        cr_assert_eq(yk_capture_summarise(path, NULL, NULL, NULL, &s, &err), YK_OK, "%s", err.message);
        cr_expect_eq(s.link_type, recordings[i].link_type, "%s", file);
        cr_expect_eq(s.packets, recordings[i].packets, "%s: %ju packets", file, (uintmax_t)s.packets);
        cr_expect_eq(s.adverts, recordings[i].adverts, "%s: %ju reports", file, (uintmax_t)s.adverts);
        for (size_t c = 0; c < YK_CLASS_COUNT; c++)
            cr_expect_eq(s.addresses[c], recordings[i].addresses[c], "%s: class %zu: %ju", file, c,
                         (uintmax_t)s.addresses[c]);
        cr_expect_eq(s.drops.count[YK_DROP_bad_crc], recordings[i].bad_crc, "%s", file);
        cr_expect_eq(s.drops.count[YK_DROP_malformed], recordings[i].malformed, "%s", file);
        cr_expect_eq(s.drops.count[YK_DROP_truncated], 0, "%s", file);
    }
}

/* Counted by a reader of its own (Python, written from the layouts) over advertising reports and PDUs with a good CRC,
 * scan responses excluded. */
static const struct {
    const char *file;
    uint64_t ibeacon, find_my, dult, fast_pair;
} payloads[] = {
    {"bluethooth_light_controll__btsnoop_hci.log", 0, 1813, 0, 76},
    {"MachineSpiritTimetable__btsnoop_abcdefg.log", 0, 90, 25, 0},
    {"bluetooth-pcap-test__bluetooth.pcap", 0, 1, 0, 285},
    {"ec521__docs_bt-logs_btsnoop_hci.log", 33, 0, 0, 0},
    {"dlt187_from_ec521.pcap", 33, 0, 0, 0},
    {"NovaX-Escooter__btsnoop_hci.log", 7, 4, 0, 0},
    {"Tesi_BLE__capture.pcapng", 0, 2163, 0, 0},
    {"Blue2thprinting__Analysis_tests_fixtures_import.snoop", 0, 8, 0, 0},
    {"Blue2thprinting__Analysis_tests_fixtures_import.pcap", 0, 5, 0, 0},
    {"BLE-Security-PoC__hci_capture_20260306_121058.snoop", 0, 5, 0, 0},
    {"horizon-74-at-ble__btsnoop_hci.log", 0, 0, 0, 0},
    {"dlt251_from_apple_advertisements.pcap", 0, 0, 0, 0},
};

Test(recordings, kinds_of_payloads)
{
    YK_NEED_TEST_DATA(data);
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/ble/%s", data, payloads[i].file);
        struct yk_capture_summary s;
        struct yk_error err = {0};
        cr_assert_eq(yk_capture_summarise(path, NULL, NULL, NULL, &s, &err), YK_OK, "%s", err.message);
        uint64_t known = payloads[i].ibeacon + payloads[i].find_my + payloads[i].dult + payloads[i].fast_pair;
        cr_expect_eq(s.payloads[YK_PAYLOAD_ibeacon], payloads[i].ibeacon, "%s", path);
        cr_expect_eq(s.payloads[YK_PAYLOAD_find_my], payloads[i].find_my, "%s", path);
        cr_expect_eq(s.payloads[YK_PAYLOAD_dult], payloads[i].dult, "%s", path);
        cr_expect_eq(s.payloads[YK_PAYLOAD_fast_pair], payloads[i].fast_pair, "%s", path);
        cr_expect_eq(s.payloads[YK_PAYLOAD_none], s.adverts - known, "%s", path); /* and none of the others */
    }
}

/* By the host's stamps all of it took 125 s, thousands of packets in the first; by the firmware's counters, read from
 * the first and the last packet by hand (201228386 and 355503319), 154.274933 s. */
Test(recordings, firmware_time_spans_the_recording)
{
    YK_NEED_TEST_DATA(data);
    char path[512];
    struct yk_capture_summary s;
    struct yk_error err = {0};
    snprintf(path, sizeof path, "%s/ble/Tesi_BLE__capture.pcapng", data);
    cr_assert_eq(yk_capture_summarise(path, NULL, NULL, NULL, &s, &err), YK_OK, "%s", err.message);
    cr_expect(s.has_time);
    cr_expect_eq(s.first_us, INT64_C(1755939535722407));
    cr_expect_eq(s.last_us - s.first_us, 355503319 - 201228386);
}
