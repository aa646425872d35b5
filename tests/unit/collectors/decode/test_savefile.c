/* Our reader of classic pcap files against libpcap, record by record. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the fields of a small file mean is checked by hand in test_capture_file.c; here the same bytes are read with
 * both, so what must come out is libpcap's. Recordings, files made here in both byte orders and precisions, cuts at every
 * byte, and lengths and headers that somebody made up. */
#include "data.h"
#include "support/against_libpcap.h"
#include "support/scratch.h"

#include "decode/savefile.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

static const uint32_t magics[] = {0xA1B2C3D4, 0xA1B23C4D};
static uint8_t bytes[2 << 20];
static size_t size;
static bool big_endian;

static void put(uint32_t value, int width)
{
    cr_assert_leq(size + (size_t)width, sizeof bytes);
    for (int i = 0; i < width; i++)
        bytes[size++] = (uint8_t)(value >> 8 * (big_endian ? width - 1 - i : i));
}

static void header(uint32_t magic, uint32_t snapshot_length, uint32_t link_type)
{
    size = 0;
    put(magic, 4);
    put(2, 2), put(4, 2);
    put(0, 4), put(0, 4);
    put(snapshot_length, 4), put(link_type, 4);
}

static void record_head(uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t original)
{
    put(seconds, 4), put(fraction, 4), put(captured, 4), put(original, 4);
}

/* Bytes that tell where they stand. */
static void record(uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t original)
{
    record_head(seconds, fraction, captured, original);
    for (uint32_t i = 0; i < captured; i++)
        put((uint32_t)size * 2654435761u >> 24, 1);
}

/* Reads what has been put together, from memory of exactly its size; returns the number of records. */
static size_t compare(const char *what)
{
    struct yk_capture *capture = NULL;
    uint8_t *copy = malloc(size);
    memcpy(copy, bytes, size);
    enum yk_status status = yk_capture_open_memory(copy, size, &capture, NULL);
    size_t records;
    const char *difference = against_libpcap(status == YK_OK ? capture : NULL, copy, size, &records);
    cr_expect_null(difference, "%s, %s-endian, %zu bytes, after %zu records: %s", what, big_endian ? "big" : "little",
                   size, records, difference);
    if (status == YK_OK)
        yk_capture_free(capture);
    free(copy);
    return records;
}

/* The same from a file. */
static size_t compare_file(const char *path)
{
    struct yk_capture *capture = NULL;
    enum yk_status status = yk_capture_open(path, (struct yk_capture_stop){0}, &capture, NULL);
    size_t records;
    const char *difference = against_libpcap(status == YK_OK ? capture : NULL, bytes, size, &records);
    cr_expect_null(difference, "%s after %zu records: %s", path, records, difference);
    if (status == YK_OK)
        yk_capture_free(capture);
    return records;
}

static void write_file(const char *path)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

Test(savefile, recordings)
{
    YK_NEED_TEST_DATA(data);
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/ble/*.pcap", data);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
    size_t ours = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "rb");
        cr_assert_not_null(file, "%s", found.gl_pathv[i]);
        size = fread(bytes, 1, sizeof bytes, file);
        cr_assert(feof(file), "%s is larger than this test", found.gl_pathv[i]);
        fclose(file);
        ours += yk_savefile_is(bytes, size);
        cr_expect_gt(compare_file(found.gl_pathv[i]), 0, "%s", found.gl_pathv[i]);
    }
    cr_expect_geq(ours, 3); /* link types 201 (nanoseconds) and 251 twice are among them */
    globfree(&found);
}

Test(savefile, both_orders_and_precisions)
{
    static const uint32_t snapshot_lengths[] = {0,      1,      11,         12,         65535,
                                                262144, 262145, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    static const uint32_t seconds[] = {0, 1, 0x5E0BE100, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    static const uint32_t fractions[] = {0,         1,         999,        1000,       123456,     999999,    1000000,
                                         123456789, 999999999, 1000000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (int order = 0; order < 2; order++)
        for (int m = 0; m < 2; m++)
            for (size_t s = 0; s < sizeof snapshot_lengths / sizeof snapshot_lengths[0]; s++) {
                big_endian = order == 1;
                header(magics[m], snapshot_lengths[s], 256);
                size_t records = 0;
                for (size_t t = 0; t < sizeof seconds / sizeof seconds[0]; t++)
                    for (size_t f = 0; f < sizeof fractions / sizeof fractions[0]; f++, records++)
                        record(seconds[t], fractions[f], (uint32_t)records % 30, (uint32_t)records % 7 * 10);
                cr_assert(yk_savefile_is(bytes, size));
                cr_expect_eq(compare("times and snapshot lengths"), records);
            }
}

Test(savefile, cut_at_every_byte)
{
    static const size_t ends[] = {24 + 31, 24 + 47, 24 + 94, 24 + 130}; /* of the records below */
    for (int order = 0; order < 2; order++)
        for (int m = 0; m < 2; m++) {
            big_endian = order == 1;
            header(magics[m], 20, 251);
            record(1577836800, 123, 15, 15);
            record(1577836801, 0, 0, 0);
            record(1577836802, 999999, 31, 40); /* more than the snapshot length */
            record(1577836803, 5, 20, 20);
            cr_assert_eq(size, ends[3]);
            for (; size > 0; size--) {
                size_t whole = 0;
                for (size_t i = 0; i < 4; i++)
                    whole += size >= ends[i];
                cr_expect_eq(compare("cut"), whole, "%zu bytes", size);
            }
        }
}

Test(savefile, lengths_that_somebody_made_up)
{
    static const struct {
        uint32_t captured;
        bool corrupt;
    } lengths[] = {{65536, false},     {262143, false},    {262144, false},    {262145, true},
                   {0x01000000, true}, {0x7FFFFFFF, true}, {0x80000000, true}, {0xFFFFFFFF, true}};
    static const uint32_t snapshot_lengths[] = {0, 100, 262144, 300000};
    for (int order = 0; order < 2; order++)
        for (size_t s = 0; s < 4; s++)
            for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
                big_endian = order == 1;
                header(magics[0], snapshot_lengths[s], 256);
                record(1, 1, 10, 10);
                size_t place = size;
                if (lengths[i].corrupt) {
                    record_head(2, 2, lengths[i].captured, 10);
                    for (int n = 0; n < 100; n++)
                        put(7, 1);
                } else {
                    record(2, 2, lengths[i].captured, 10);
                }
                cr_expect_eq(compare("a length"), lengths[i].corrupt ? 1 : 2);
                size = place + 16; /* the file ends behind the head */
                cr_expect_eq(compare("a length and nothing else"), 1);
            }

    struct yk_capture *capture;
    struct yk_capture_record got;
    struct yk_error err = {0};
    bool more;
    big_endian = false;
    header(magics[0], 65535, 256);
    record(1, 1, 10, 10);
    record_head(2, 2, 262145, 10);
    cr_assert_eq(yk_capture_open_memory(bytes, size, &capture, &err), YK_OK);
    cr_assert(yk_capture_next(capture, &got, &more, &err) == YK_OK && more);
    cr_expect_eq(yk_capture_next(capture, &got, &more, &err), YK_ERR_INPUT);
    cr_expect(strstr(err.message, "corrupt at byte 50: a record of 262145 bytes"), "%s",
              err.message); /* 24 + 16 + 10 */
    yk_capture_free(capture);
}

Test(savefile, other_forms_are_left_to_libpcap)
{
    static const struct {
        uint32_t magic, major, minor, link_type;
    } forms[] = {{0xA1B2C3D4, 2, 3, 256},       {0xA1B2C3D4, 2, 2, 256}, {0xA1B2C3D4, 543, 0, 256},
                 {0xA1B2C3D4, 2, 5, 256},       {0xA1B2C3D4, 1, 4, 256}, {0xA1B2CD34, 2, 4, 256},
                 {0xA1B2C3D4, 2, 4, 1},         {0xA1B2C3D4, 2, 4, 101}, {0xA1B2C3D4, 2, 4, 65792},
                 {0xA1B2C3D4, 2, 4, 0x14000100}};
    for (int order = 0; order < 2; order++)
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
            big_endian = order == 1;
            header(forms[i].magic, 65535, forms[i].link_type);
            size_t end = size;
            size = 4;
            put(forms[i].major, 2), put(forms[i].minor, 2);
            size = end;
            record(1, 1, 10, 12);
            record(2, 2, 40, 40);
            cr_expect(!yk_savefile_is(bytes, size), "form %zu", i);
            compare("another form");
        }
    big_endian = false;
    header(magics[0], 65535, 256);
    for (size_t n = 0; n < 24; n++)
        cr_expect(!yk_savefile_is(bytes, n), "%zu bytes", n);
    cr_expect(yk_savefile_is(bytes, 24));
}

/* Records of all lengths, so that heads and bytes lie across the borders of whatever blocks are read. */
Test(savefile, across_blocks)
{
    scratch_make();
    char path[128];
    snprintf(path, sizeof path, "%s/recording", scratch);
    for (uint32_t seed = 1; seed <= 4; seed++) {
        big_endian = seed % 2;
        header(magics[seed / 3], 65535, 256);
        size_t records = 0;
        for (uint32_t at = seed; size < sizeof bytes - 600000; records++) {
            at = at * 1664525 + 1013904223;
            record(1577836800 + (uint32_t)records, at % 1000000, at >> 31 && at % 64 == 0 ? 262144 : at >> 22 & 0xFF,
                   at);
        }
        record(1, 1, 262144, 262144);
        write_file(path);
        cr_expect_eq(compare_file(path), records + 1);
        cr_expect_eq(compare("across blocks"), records + 1);
        size -= 1;
        write_file(path);
        cr_expect_eq(compare_file(path), records);
    }
    scratch_remove();
}

/* What has been read of a file when it shrinks is told; then it ends, as one that was cut. */
Test(savefile, a_file_that_shrinks)
{
    scratch_make();
    char path[128];
    snprintf(path, sizeof path, "%s/recording", scratch);
    big_endian = false;
    header(magics[0], 65535, 256);
    size_t records = 0, read = 0;
    for (; size < 1 << 20; records++)
        record(1577836800, 0, 100, 100);
    write_file(path);

    struct yk_capture *capture;
    struct yk_capture_record got;
    struct yk_error err = {0};
    bool more = true;
    cr_assert_eq(yk_capture_open(path, (struct yk_capture_stop){0}, &capture, &err), YK_OK, "%s", err.message);
    for (; more; read += more) {
        cr_assert_eq(yk_capture_next(capture, &got, &more, &err), YK_OK, "%s", err.message);
        if (read == 3000)
            cr_assert_eq(truncate(path, 1000), 0);
        cr_assert(!more || (got.length == 100 && got.time_us == INT64_C(1577836800000000)));
    }
    cr_expect_gt(read, 3000);
    cr_expect_lt(read, records);
    cr_expect(yk_capture_truncated(capture));
    yk_capture_free(capture);
    scratch_remove();
}

/* A wish to stop ends the reading of a file too, and is no cut. */
static bool stop_when_told(void *context)
{
    return *(const bool *)context;
}

Test(savefile, a_file_can_be_left)
{
    scratch_make();
    char path[128];
    snprintf(path, sizeof path, "%s/recording", scratch);
    big_endian = false;
    header(magics[0], 65535, 256);
    while (size < 1 << 20)
        record(1577836800, 0, 100, 100);
    write_file(path);

    struct yk_capture *capture;
    struct yk_capture_record got;
    bool more = true, stop = false;
    size_t read = 0;
    cr_assert_eq(
        yk_capture_open(path, (struct yk_capture_stop){.asked = stop_when_told, .context = &stop}, &capture, NULL),
        YK_OK);
    for (; more; read += more) {
        cr_assert_eq(yk_capture_next(capture, &got, &more, NULL), YK_OK);
        stop = true;
    }
    cr_expect_lt(read, 2000); /* what had been read already */
    cr_expect(!yk_capture_truncated(capture));
    uint64_t done, total;
    yk_capture_progress(capture, &done, &total);
    cr_expect(done < total && total == size);
    yk_capture_free(capture);
    scratch_remove();
}
