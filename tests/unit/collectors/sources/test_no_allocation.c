/* Nothing is allocated per packet. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The real source reads a recording of some devices, and one of the same devices over the same time that has ten times
 * the packets. The same ticks are told, in as many frames, so the number of allocations has to be the same to the last:
 * one for each packet, or for each hundredth, would show. Every allocation of the process is counted, those of libpcap
 * and libsodium too. */
#include "../presence/heard_frames.h"

#include "sources/source.h"

#include <stdatomic.h>

static _Atomic size_t allocations;

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined WITH_ASAN
/* The sanitizer's allocator stays, and tells. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *));

static void count_allocation(const volatile void *p, size_t size)
{
    (void)p, (void)size;
    allocations++;
}

static void count_free(const volatile void *p)
{
    (void)p;
}

__attribute__((constructor)) static void listen(void)
{
    __sanitizer_install_malloc_and_free_hooks(count_allocation, count_free);
}
#else
/* In place of the C library's, for the whole process. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    allocations++;
    return __libc_realloc(p, size);
}
#endif

#define T0      INT64_C(1774983600) /* 2026-04-01T04:00:00+09:00: on the tick grid, and an epoch's start */
#define DEVICES 20
#define TICKS   12

enum { CRC_GOOD = 0x0C01, CRC_BAD = 0x0401, SIGNAL = 0x0002 }; /* all of them de-whitened */
enum container { PCAP, PCAPNG };

static FILE *file;
static enum container container;

static void le(uint64_t value, int size)
{
    for (int i = 0; i < size; i++)
        fputc((int)(value >> (8 * i) & 0xFF), file);
}

static void put(const void *bytes, size_t size)
{
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
}

static void header(void)
{
    if (container == PCAP) {
        le(0xA1B2C3D4, 4);
        le(2, 2), le(4, 2);
        le(0, 8), le(65535, 4), le(256, 4);
        return;
    }
    le(0x0A0D0D0A, 4), le(28, 4), le(0x1A2B3C4D, 4), le(1, 2), le(0, 2), le(UINT64_MAX, 8), le(28, 4); /* section */
    le(1, 4), le(20, 4), le(256, 2), le(0, 2), le(65535, 4), le(20, 4);                                /* interface */
}

/* A packet of link type 256. */
static void packet(int64_t time_us, unsigned flags, const uint8_t *pdu, uint32_t size)
{
    uint32_t length = 10 + 4 + size + 3;
    if (container == PCAP) {
        le((uint64_t)(time_us / 1000000), 4), le((uint64_t)(time_us % 1000000), 4);
    } else {
        le(6, 4), le(32 + (length + 3) / 4 * 4, 4), le(0, 4);
        le((uint64_t)time_us >> 32, 4), le((uint64_t)time_us & 0xFFFFFFFF, 4);
    }
    le(length, 4), le(length, 4);
    le(37, 1), le(256 - 60, 1), le(0, 2);
    le(0x8E89BED6, 4), le(flags, 2);
    le(0x8E89BED6, 4);
    put(pdu, size);
    le(0, 3); /* the CRC, which the flags speak for */
    if (container == PCAPNG) {
        le(0, (int)(-length & 3));
        le(32 + (length + 3) / 4 * 4, 4);
    }
}

/* Every kind of packet once, the address of most of them ending in `device`. Returns how many. */
static size_t round_of(int64_t time_us, uint8_t device)
{
    const uint8_t plain[] = {0x42, 9, device, 0x22, 0x33, 0x44, 0x55, 0xC6, 2, 1, 6};
    const uint8_t overrun[] = {0x42, 9, device, 0x22, 0x33, 0x44, 0x55, 0xC6, 9, 1, 6};
    const uint8_t cut[] = {0x42, 30, device, 0x22, 0x33, 0x44, 0x55, 0xC6};
    const uint8_t extended[] = {0x47, 8, 7, 0x01, device, 0x22, 0x33, 0x44, 0x55, 0xC6};
    const uint8_t anonymous[] = {0x07, 2, 1, 0x00};
    const uint8_t scan_request[] = {0x03, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const uint8_t reserved[] = {0x42, 6, device, 0x22, 0x33, 0x44, 0x55, 0x86};
    packet(time_us, CRC_GOOD | SIGNAL, plain, sizeof plain);
    packet(time_us, CRC_GOOD, overrun, sizeof overrun);
    packet(time_us, CRC_GOOD | SIGNAL, cut, sizeof cut);
    packet(time_us, CRC_GOOD | SIGNAL, extended, sizeof extended);
    packet(time_us, CRC_GOOD | SIGNAL, anonymous, sizeof anonymous);
    packet(time_us, CRC_GOOD | SIGNAL, scan_request, sizeof scan_request);
    packet(time_us, CRC_GOOD | SIGNAL, reserved, sizeof reserved);
    packet(time_us, CRC_BAD | SIGNAL, plain, sizeof plain);
    return 8;
}

/* The allocations of a run over a recording that has `rounds` of each device in each tick. */
static size_t allocations_of(int rounds, size_t *packets)
{
    struct radio radio;
    char path[128];
    radio_open(&radio);
    strcpy(radio.sensor.kind, "ble_capture");
    radio.sensor.rssi_min_dbm = -100;
    snprintf(path, sizeof path, "%s/recording", scratch);
    file = fopen(path, "wb");
    cr_assert_not_null(file);
    header();
    *packets = 0;
    for (int64_t moment = 0; moment < TICKS * rounds; moment++)
        for (uint8_t device = 0; device < DEVICES; device++)
            *packets += round_of(T0 * 1000000 + moment * YK_TICK_S * 1000000 / rounds, device);
    cr_assert_eq(fclose(file), 0);

    const struct yk_source *source = yk_source_find("ble_capture");
    size_t before = allocations;
    enum yk_status status = source->run(radio.session, path, &radio_err);
    if (status == YK_OK)
        status = yk_session_finish(radio.session, &radio_err);
    size_t counted = allocations - before;
    cr_assert_eq(status, YK_OK, "%s", radio_err.message);

    heard_read(); /* the same observations, each of all the adverts of its tick: plain, overrun, cut, extended */
    cr_expect_eq(heard_count, DEVICES * TICKS, "%zu", heard_count);
    for (size_t i = 0; i < heard_count; i++)
        cr_expect_eq(heard[i].presence.adverts, 4 * rounds);
    radio_close(&radio);
    return counted;
}

Test(no_allocation, of_packets, .timeout = 60)
{
    for (container = PCAP; container <= PCAPNG; container++) {
        size_t few_packets, many_packets;
        allocations_of(1, &few_packets); /* what libraries allocate once */
        size_t few = allocations_of(2, &few_packets), many = allocations_of(20, &many_packets);
        cr_expect_eq(many_packets, 10 * few_packets);
        cr_expect_gt(few, 2, "%zu: the table and the reader are allocated", few);
        cr_expect_eq(many, few, "container %d: %zu allocations for %zu packets, %zu for %zu", container, few,
                     few_packets, many, many_packets);
    }
}
