/* Recordings by hand, whole and broken, from memory, files and pipes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/capture_file.h"
#include "decode/link_type.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 2020-01-01T00:00:00.000123Z */
#define TIME_US INT64_C(1577836800000123)

static const uint8_t btsnoop[] = {
    'b',  't',  's',  'n',  'o',  'o',  'p',  0,    0, 0, 0, 1, 0, 0, 0x03, 0xEA, /* version 1, type 1002 */
    0,    0,    0,    9,    0,    0,    0,    4,    0, 0, 0, 3, 0, 0, 0,    0,    /* 4 of 9 bytes, flags 3 */
    0x00, 0xE2, 0x78, 0xBB, 0xD1, 0x29, 0xC0, 0x7B, 4, 1, 2, 3,                   /* time, bytes */
};

/* Little-endian, microseconds, link type 251: one record of 3 bytes. */
static const uint8_t pcap_us[] = {
    0xD4, 0xC3, 0xB2, 0xA1, 2,   0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 251, 0, 0, 0, /* header */
    0x00, 0xE1, 0x0B, 0x5E, 123, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 7, 8, 9,                  /* record */
};

/* Big-endian, nanoseconds. */
static const uint8_t pcap_ns[] = {
    0xA1, 0xB2, 0x3C, 0x4D, 0, 2, 0,    4,    0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 201, /* header */
    0x5E, 0x0B, 0xE1, 0x00, 0, 1, 0xE3, 0x13, 0, 0, 0, 3, 0, 0, 0, 3, 7, 8, 9,                  /* 123,667 ns */
};

/* Section header, interface with link type 272, enhanced packet block of 3 bytes and one of padding. */
static const uint8_t pcapng[] = {
    0x0A, 0x0D, 0x0D, 0x0A, 28,   0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 28,   0,    0, 0, 1, 0,    0,    0,    20,   0, 0, 0, 0x10, 0x01, 0,    0,    0,    0,
    1,    0,    20,   0,    0,    0, 6, 0, 0,    0,    36,   0,    0, 0, 0, 0,    0,    0,    0x08, 0x9B, 0x05,
    0x00, 0x7B, 0x40, 0xFA, 0xC1, 3, 0, 0, 0,    3,    0,    0,    0, 7, 8, 9,    0,    36,   0,    0,    0,
};

struct reading {
    size_t records;
    size_t lengths;
    int64_t first_us;
    bool truncated;
    int link_type;
    struct yk_error err;
};

static enum yk_status read_all(const uint8_t *bytes, size_t length, struct reading *out)
{
    *out = (struct reading){.link_type = -1};
    struct yk_capture *capture;
    enum yk_status status = yk_capture_open_memory(bytes, length, &capture, &out->err);
    if (status != YK_OK)
        return status;
    out->link_type = yk_capture_link_type(capture);
    for (;;) {
        struct yk_capture_record record;
        bool more;
        status = yk_capture_next(capture, &record, &more, &out->err);
        if (status != YK_OK || !more)
            break;
        if (out->records++ == 0)
            out->first_us = record.time_us;
        out->lengths += record.length;
    }
    out->truncated = yk_capture_truncated(capture);
    yk_capture_free(capture);
    return status;
}

Test(capture_file, four_formats)
{
    static const struct {
        const uint8_t *bytes;
        size_t length;
        int link_type;
        size_t record_length;
    } files[] = {{btsnoop, sizeof btsnoop, 1002, 4},
                 {pcap_us, sizeof pcap_us, 251, 3},
                 {pcap_ns, sizeof pcap_ns, 201, 3},
                 {pcapng, sizeof pcapng, 272, 3}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct reading reading;
        cr_expect_eq(read_all(files[i].bytes, files[i].length, &reading), YK_OK, "%zu: %s", i, reading.err.message);
        cr_expect_eq(reading.link_type, files[i].link_type, "file %zu", i);
        cr_expect_eq(reading.records, 1, "file %zu", i);
        cr_expect_eq(reading.lengths, files[i].record_length, "file %zu", i);
        cr_expect_eq(reading.first_us, TIME_US, "file %zu: %jd", i, (intmax_t)reading.first_us);
        cr_expect(!reading.truncated, "file %zu", i);
    }
}

Test(capture_file, cut_at_every_length)
{
    static const struct {
        const uint8_t *bytes;
        size_t length, header; /* header: what must be there to know the format */
    } files[] = {{btsnoop, sizeof btsnoop, 16},
                 {pcap_us, sizeof pcap_us, 24},
                 {pcap_ns, sizeof pcap_ns, 24},
                 {pcapng, sizeof pcapng, 48}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (size_t n = 0; n < files[i].length; n++) {
            struct reading reading;
            enum yk_status status = read_all(files[i].bytes, n, &reading);
            if (n < files[i].header) {
                cr_expect_eq(status, YK_ERR_INPUT, "file %zu, %zu bytes", i, n);
                cr_expect(reading.err.message[0], "file %zu, %zu bytes", i, n);
                continue;
            }
            cr_expect_eq(status, YK_OK, "file %zu, %zu bytes: %s", i, n, reading.err.message);
            cr_expect_eq(reading.records, 0, "file %zu, %zu bytes", i, n);
            cr_expect_eq(reading.truncated, n > files[i].header, "file %zu, %zu bytes", i, n);
        }
}

Test(capture_file, btsnoop_original_length_and_flags)
{
    struct yk_capture *capture;
    struct yk_capture_record record;
    bool more;
    cr_assert_eq(yk_capture_open_memory(btsnoop, sizeof btsnoop, &capture, NULL), YK_OK);
    cr_assert_eq(yk_capture_next(capture, &record, &more, NULL), YK_OK);
    cr_assert(more);
    cr_expect_eq(record.length, 4);
    cr_expect_eq(record.original_length, 9);
    cr_expect_eq(record.flags, 3);
    cr_expect_eq(memcmp(record.bytes, "\4\1\2\3", 4), 0);
    yk_capture_free(capture);
}

Test(capture_file, corrupt_is_told_from_cut)
{
    uint8_t bytes[sizeof btsnoop + 3000] = {0};
    struct reading reading;
    memcpy(bytes, btsnoop, sizeof btsnoop);
    bytes[21] = 0xFF; /* included length 16 MiB */
    bytes[20] = 0x7F;
    cr_expect_eq(read_all(bytes, sizeof bytes, &reading), YK_ERR_INPUT);
    cr_expect(strstr(reading.err.message, "byte 16"), "%s", reading.err.message);

    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, pcap_us, sizeof pcap_us);
    bytes[35] = 0x7F; /* captured length 2 GiB */
    cr_expect_eq(read_all(bytes, sizeof bytes, &reading), YK_ERR_INPUT);
    cr_expect(strstr(reading.err.message, "corrupt"), "%s", reading.err.message);
}

Test(capture_file, what_is_no_recording)
{
    struct reading reading;
    cr_expect_eq(read_all((const uint8_t *)"", 0, &reading), YK_ERR_INPUT);
    cr_expect(strstr(reading.err.message, "empty"), "%s", reading.err.message);
    cr_expect_eq(read_all((const uint8_t *)"{\"not\": \"a recording\"}", 22, &reading), YK_ERR_INPUT);
    cr_expect(strstr(reading.err.message, "not a btsnoop, pcap or pcapng"), "%s", reading.err.message);

    uint8_t bytes[sizeof btsnoop];
    memcpy(bytes, btsnoop, sizeof bytes);
    bytes[11] = 2;
    cr_expect_eq(read_all(bytes, sizeof bytes, &reading), YK_ERR_INPUT);
    cr_expect(strstr(reading.err.message, "version 2"), "%s", reading.err.message);
}

Test(capture_file, files_that_cannot_be_opened)
{
    struct yk_capture *capture;
    struct yk_error err;
    cr_expect_eq(yk_capture_open("/nonexistent/file", (struct yk_capture_stop){0}, &capture, &err), YK_ERR_NO_INPUT);
    cr_expect(strstr(err.message, "/nonexistent/file"), "%s", err.message);
    cr_expect_eq(yk_capture_open("/", (struct yk_capture_stop){0}, &capture, &err), YK_ERR_NO_INPUT);
}

Test(capture_file, link_types)
{
    struct yk_capture *capture;
    struct yk_error err;
    const struct yk_link_type *link;
    uint8_t bytes[sizeof pcap_us];
    memcpy(bytes, pcap_us, sizeof bytes);
    bytes[20] = 1; /* Ethernet */
    cr_assert_eq(yk_capture_open_memory(bytes, sizeof bytes, &capture, &err), YK_OK);
    cr_expect_eq(yk_link_type_of(capture, &link, &err), YK_ERR_INPUT);
    cr_expect(strstr(err.message, "link type 1 (Ethernet)"), "%s", err.message);
    cr_expect(strstr(err.message, "2001"), "%s", err.message);
    yk_capture_free(capture);

    static const int known[] = {201, 251, 256, 272, 1002, 2001};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        cr_expect_not_null(yk_link_type_find(known[i]), "%d", known[i]);
    cr_expect_null(yk_link_type_find(1));
}

Test(capture_file, times_that_cannot_be)
{
    uint8_t bytes[sizeof btsnoop];
    struct reading reading;
    memcpy(bytes, btsnoop, sizeof bytes);
    memset(bytes + 32, 0xFF, 8);
    cr_assert_eq(read_all(bytes, sizeof bytes, &reading), YK_OK);
    cr_expect_eq(reading.first_us, YK_TIME_NONE);
    memset(bytes + 32, 0, 8); /* the year 0 */
    cr_assert_eq(read_all(bytes, sizeof bytes, &reading), YK_OK);
    cr_expect_eq(reading.first_us, YK_TIME_NONE);
}

/* A FIFO fed record by record: each must come out before the next is written, or this ends by its time limit. */
struct feeding {
    const char *path;
    const uint8_t *bytes;
    size_t length, header;
    size_t records;
    int wake[2]; /* the reader asks for a record */
};

static void *feed(void *context)
{
    struct feeding *feeding = context;
    int fd = open(feeding->path, O_WRONLY);
    ssize_t n = write(fd, feeding->bytes, feeding->header);
    for (size_t i = 0; i < feeding->records && n > 0; i++) {
        char asked;
        if (read(feeding->wake[0], &asked, 1) != 1)
            break;
        n = write(fd, feeding->bytes + feeding->header, feeding->length - feeding->header);
    }
    close(fd);
    return NULL;
}

static void through_a_fifo(const uint8_t *bytes, size_t length, size_t header)
{
    char directory[] = "/tmp/yk-fifo-XXXXXX", path[64];
    cr_assert_not_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/fifo", directory);
    cr_assert_eq(mkfifo(path, 0600), 0);
    struct feeding feeding = {.path = path, .bytes = bytes, .length = length, .header = header, .records = 20};
    cr_assert_eq(pipe(feeding.wake), 0);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, feed, &feeding), 0);

    struct yk_capture *capture;
    struct yk_error err = {0};
    cr_assert_eq(yk_capture_open(path, (struct yk_capture_stop){0}, &capture, &err), YK_OK, "%s", err.message);
    size_t records = 0;
    for (;;) {
        struct yk_capture_record record;
        bool more;
        cr_assert_eq(write(feeding.wake[1], "x", 1), 1);
        cr_assert_eq(yk_capture_next(capture, &record, &more, &err), YK_OK, "%s", err.message);
        if (!more)
            break;
        cr_assert_eq(record.time_us, TIME_US);
        records++;
    }
    cr_expect_eq(records, feeding.records);
    cr_expect(!yk_capture_truncated(capture));
    uint64_t done, total;
    yk_capture_progress(capture, &done, &total);
    cr_expect_eq(done, header + 20 * (length - header));
    cr_expect_eq(total, 0);
    yk_capture_free(capture);
    pthread_join(thread, NULL);
    close(feeding.wake[0]);
    close(feeding.wake[1]);
    unlink(path);
    rmdir(directory);
}

Test(capture_file, records_of_a_pipe_come_as_they_are_written, .timeout = 30)
{
    through_a_fifo(pcap_us, sizeof pcap_us, 24);
    through_a_fifo(btsnoop, sizeof btsnoop, 16);
    through_a_fifo(pcapng, sizeof pcapng, 48);
}

/* Asked to stop while nobody writes. */
static bool stop_at_the_third_question(void *context)
{
    int *questions = *(int *const *)context;
    return ++*questions > 2;
}

Test(capture_file, a_silent_pipe_can_be_left, .timeout = 30)
{
    int ends[2], questions = 0, *counter = &questions;
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], pcap_us, sizeof pcap_us), (ssize_t)sizeof pcap_us);
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct yk_capture *capture;
    struct yk_capture_record record;
    bool more;
    cr_assert_eq(yk_capture_open(path,
                                 (struct yk_capture_stop){.asked = stop_at_the_third_question, .context = &counter},
                                 &capture, NULL),
                 YK_OK);
    cr_assert_eq(yk_capture_next(capture, &record, &more, NULL), YK_OK);
    cr_expect(more);
    cr_assert_eq(yk_capture_next(capture, &record, &more, NULL), YK_OK);
    cr_expect(!more);
    cr_expect(!yk_capture_truncated(capture));
    yk_capture_free(capture);
    close(ends[0]);
    close(ends[1]);
}
