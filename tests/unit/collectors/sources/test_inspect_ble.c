/* What is said about a radio recording. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A btsnoop recording (link type 1002) byte by byte: an iBeacon twice, an advert of no known kind, and an Eddystone URL
 * in a scan response. */
#include "sources/inspect_ble.h"

#include "support/scratch.h"

#include <criterion/criterion.h>
#include <string.h>

static FILE *file;

static void be(uint64_t value, int size)
{
    for (int i = size - 1; i >= 0; i--)
        fputc((int)(value >> (8 * i) & 0xFF), file);
}

/* A legacy report of the address 0x..06, `type` 0 or 4, with these AD structures. */
static void report(uint8_t type, const char *data, size_t n)
{
    const uint8_t head[] = {4, 0x3E, (uint8_t)(12 + n), 2, 1, type, 0, 1, 2, 3, 4, 5, 6, (uint8_t)n};
    uint32_t size = (uint32_t)(sizeof head + n + 1);
    be(size, 4), be(size, 4), be(1, 4), be(0, 4);
    be(UINT64_C(0x00dcddb30f2f8000) + UINT64_C(1774983600000000), 8);
    fwrite(head, 1, sizeof head, file);
    fwrite(data, 1, n, file);
    fputc(0xC4, file);
}

Test(inspect_ble, payloads_by_kind, .init = scratch_make, .fini = scratch_remove)
{
    static const char beacon[] = "\x1A\xFF\x4C\0\2\x15"
                                 "0123456789abcdefMMmmP",
                      url[] = "\6\x16\xAA\xFE\x10\0\3";
    char path[128];
    snprintf(path, sizeof path, "%s/recording", scratch);
    file = fopen(path, "wb");
    fwrite("btsnoop", 1, 8, file);
    be(1, 4), be(1002, 4);
    report(0, beacon, 27);
    report(0, "\2\1\6", 3);
    report(4, url, 7);
    report(0, beacon, 27);
    fclose(file);
    json_t *out;
    cr_assert_eq(yk_inspect_ble(path, NULL, NULL, NULL, &out, NULL), YK_OK);
    cr_expect_eq(json_integer_value(json_object_get(out, "adv_reports")), 3);
    cr_expect_eq(json_integer_value(json_object_get(out, "scan_responses")), 1);
    const json_t *payloads = json_object_get(out, "payloads");
    cr_assert(json_is_object(payloads));
    cr_expect_eq(json_object_size(payloads), 1); /* those above 0, and no scan response's */
    cr_expect_eq(json_integer_value(json_object_get(payloads, "ibeacon")), 2);
    json_decref(out);
}
