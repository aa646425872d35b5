/* A recording through the source, the table and the session into frames. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The recording is put together here byte by byte from the layouts of libpcap's file format and of link type 256
 * (LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR); what must come out is counted by hand. */
#include "../presence/heard_frames.h"

#include "sources/source.h"

#include <fcntl.h>
#include <unistd.h>

#define T0 INT64_C(1774983600) /* 2026-04-01T04:00:00+09:00: on the tick grid, and an epoch's start */

static struct radio radio;
static char path[128];
static FILE *file;

static void put(const void *bytes, size_t size)
{
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
}

static void le(uint64_t value, int size)
{
    for (int i = 0; i < size; i++)
        fputc((int)(value >> (8 * i) & 0xFF), file);
}

static void start(void)
{
    radio_open(&radio);
    radio.sensor.rssi_min_dbm = -80;
    strcpy(radio.sensor.kind, "ble_capture");
    snprintf(path, sizeof path, "%s/recording", scratch);
    file = fopen(path, "wb");
    le(0xA1B2C3D4, 4);
    le(2, 2), le(4, 2);
    le(0, 8), le(65535, 4), le(256, 4);
}

static void stop(void)
{
    radio_close(&radio);
}
TestSuite(ble_capture, .init = start, .fini = stop, .timeout = 30);

enum { CRC_GOOD = 0x0C01, CRC_BAD = 0x0401, SIGNAL = 0x0002 }; /* all of them de-whitened */

/* An advertisement of `address` (its last byte says which) with a random static address, at T0 + ms. */
static void advert(int64_t ms, uint8_t address, int rssi_dbm, unsigned flags)
{
    const uint8_t pdu[] = {0x42, 0x06, address, 0x22, 0x33, 0x44, 0x55, 0xC6, 0, 0, 0}; /* NONCONN, TxAdd; CRC unread */
    le((uint64_t)(T0 + ms / 1000), 4), le((uint64_t)(ms % 1000 * 1000), 4);
    le(10 + 4 + sizeof pdu, 4), le(10 + 4 + sizeof pdu, 4);
    fputc(37, file), fputc(rssi_dbm & 0xFF, file), fputc(0, file), fputc(0, file);
    le(0x8E89BED6, 4), le(flags, 2);
    le(0x8E89BED6, 4);
    put(pdu, sizeof pdu);
}

static enum yk_status run(void)
{
    fclose(file);
    const struct yk_source *source = yk_source_find("ble_capture");
    cr_assert_not_null(source);
    enum yk_status status = source->run(radio.session, path, &radio_err);
    cr_assert_eq(yk_session_finish(radio.session, &radio_err), YK_OK);
    heard_read();
    return status;
}

Test(ble_capture, adverts_become_presence_per_tick)
{
    advert(0, 1, -60, CRC_GOOD | SIGNAL);
    advert(2500, 1, -50, CRC_GOOD | SIGNAL);
    advert(9900, 1, -81, CRC_GOOD | SIGNAL); /* weaker than the sensor's limit */
    advert(3000, 2, -80, CRC_GOOD | SIGNAL); /* out of order inside the tick, and just strong enough */
    advert(12000, 1, -70, CRC_GOOD | SIGNAL);
    advert(13000, 1, -70, CRC_BAD | SIGNAL); /* never an advert */
    advert(14000, 2, 0, CRC_GOOD);           /* without an RSSI: nothing says that it was weak */
    cr_assert_eq(run(), YK_OK);
    cr_assert_eq(heard_count, 4, "%zu records, %s", heard_count, radio_err.message);
    uint64_t one = heard[0].presence.pseudonym;
    for (size_t i = 0; i < heard_count; i++) {
        const struct yk_presence *p = &heard[i].presence;
        bool first_tick = p->tick == T0 / YK_TICK_S;
        cr_expect_eq(p->address_class, YK_CLASS_STATIC);
        cr_expect(first_tick || p->tick == T0 / YK_TICK_S + 1);
        if (p->pseudonym == one && first_tick) {
            cr_expect_eq(p->adverts, 2);
            cr_expect_eq(p->rssi_sum_dbm, -110);
            cr_expect_eq(p->rssi_max_dbm, -50);
            cr_expect(p->first_ds == 0 && p->last_ds == 25 && p->gap_ds == 25 && p->gap_sq_ds2 == 625);
        } else if (p->pseudonym == one) { /* the gap from 2.5 s to 12 s ends here */
            cr_expect(p->adverts == 1 && p->first_ds == 20 && p->gap_ds == 95 && p->gap_sq_ds2 == 95 * 95);
        } else if (first_tick) {
            cr_expect(p->adverts == 1 && p->rssi_max_dbm == -80);
        } else {
            cr_expect(p->adverts == 1 && p->rssi_count == 0 && p->rssi_max_dbm == 127);
        }
    }
    cr_expect_eq(yk_session_drops(radio.session)->count[YK_DROP_bad_crc], 1);
}

Test(ble_capture, offset_before_the_limit)
{
    radio.sensor.rssi_offset_db = -20; /* the limit is -80 */
    advert(0, 1, -60, CRC_GOOD | SIGNAL);
    advert(1000, 1, -61, CRC_GOOD | SIGNAL);
    advert(2000, 1, -40, CRC_GOOD | SIGNAL);
    advert(3000, 1, 127, CRC_GOOD | SIGNAL); /* not available stays so */
    cr_assert_eq(run(), YK_OK);
    cr_assert_eq(heard_count, 1);
    cr_expect_eq(heard[0].presence.adverts, 3);
    cr_expect_eq(heard[0].presence.rssi_count, 2);
    cr_expect_eq(heard[0].presence.rssi_sum_dbm, -80 - 60);
    cr_expect_eq(heard[0].presence.rssi_max_dbm, -60);
}

Test(ble_capture, offset_upwards_stays_an_rssi)
{
    radio.sensor.rssi_offset_db = 40;
    advert(0, 1, -120, CRC_GOOD | SIGNAL); /* just strong enough now */
    advert(1000, 1, -121, CRC_GOOD | SIGNAL);
    advert(2000, 1, 10, CRC_GOOD | SIGNAL); /* 20 and not 50 */
    cr_assert_eq(run(), YK_OK);
    cr_assert_eq(heard_count, 1);
    cr_expect_eq(heard[0].presence.adverts, 2);
    cr_expect_eq(heard[0].presence.rssi_sum_dbm, -80 + 20);
    cr_expect_eq(heard[0].presence.rssi_max_dbm, 20);
}

Test(ble_capture, offset_downwards_stays_an_rssi)
{
    radio.sensor.rssi_min_dbm = -127;
    radio.sensor.rssi_offset_db = -40;
    advert(0, 1, -100, CRC_GOOD | SIGNAL); /* -127 and not -140 */
    advert(1000, 1, 0, CRC_GOOD | SIGNAL);
    cr_assert_eq(run(), YK_OK);
    cr_assert_eq(heard_count, 1);
    cr_expect_eq(heard[0].presence.adverts, 2);
    cr_expect_eq(heard[0].presence.rssi_sum_dbm, -127 - 40);
}

/* Pieces of an advert that are never followed by its end: told when the recording ends, as heard when they began. */
Test(ble_capture, an_advert_in_pieces_is_heard_at_its_beginning)
{
    /* AdvA 01:22:33:44:55:C6, ADI, AuxPtr: a pointer of an extended event. */
    static const uint8_t pdu[] = {0x47, 13,   12,   0x19, 0x01, 0x22, 0x33, 0x44, 0x55,
                                  0xC6, 0x34, 0x12, 0x11, 0x11, 0x11, 0,    0,    0};
    advert(0, 2, -60, CRC_GOOD | SIGNAL);
    le((uint64_t)T0 + 9, 4), le(500000, 4);
    le(10 + 4 + sizeof pdu, 4), le(10 + 4 + sizeof pdu, 4);
    fputc(37, file), fputc(-50 & 0xFF, file), fputc(0, file), fputc(0, file);
    le(0x8E89BED6, 4), le(CRC_GOOD | SIGNAL, 2);
    le(0x8E89BED6, 4);
    put(pdu, sizeof pdu);
    advert(9900, 2, -60, CRC_GOOD | SIGNAL);
    cr_assert_eq(run(), YK_OK);
    cr_assert_eq(heard_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct yk_presence *p = &heard[i].presence;
        cr_expect_eq(p->tick, T0 / YK_TICK_S);
        if (p->adverts == 1)
            cr_expect(p->rssi_max_dbm == -50 && p->first_ds == 95 && p->last_ds == 95);
        else
            cr_expect_eq(p->adverts, 2);
    }
}

Test(ble_capture, a_torn_end_loses_only_itself)
{
    advert(0, 1, -60, CRC_GOOD | SIGNAL);
    advert(1000, 1, -60, CRC_GOOD | SIGNAL);
    fflush(file);
    cr_assert_eq(ftruncate(fileno(file), ftell(file) - 5), 0);
    cr_assert_eq(run(), YK_OK);
    cr_assert_eq(heard_count, 1);
    cr_expect_eq(heard[0].presence.adverts, 1);
    cr_expect_eq(yk_session_drops(radio.session)->count[YK_DROP_truncated], 1);
}

Test(ble_capture, no_recording_is_an_error)
{
    fclose(file);
    const struct yk_source *source = yk_source_find("ble_capture");
    unlink(path);
    cr_expect_eq(source->run(radio.session, path, &radio_err), YK_ERR_NO_INPUT);
    cr_expect(strstr(radio_err.message, path), "%s", radio_err.message);
}
