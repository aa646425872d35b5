/* Classic pcap files, in large blocks. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem: libpcap asks a FILE twice for each record and copies it; with that alone, a day of a busy street takes as
 * long as all that is done with its adverts. Method: blocks are read into memory and records are pointed at where they
 * lie. The layout (draft-ietf-opsawg-pcap), in the byte order of whoever wrote it:
 *
 *     header   0  0xA1B2C3D4 (microseconds) or 0xA1B23C4D (nanoseconds)    4  version 2, 2    6  version 4, 2
 *              8  time zone and accuracy, 8, unused    16  snapshot length    20  link type
 *     record   0  seconds    4  fraction    8  captured length    12  original length    16  bytes
 *
 * What comes out is what libpcap would give, record by record: a captured length above the file's snapshot length is
 * read whole and handed over cut to it; one above 256 KiB is not a record but a sign that the file is corrupt. The
 * numbers of a time are signed where the file has this machine's byte order and unsigned where it has not, as libpcap
 * reads them, so that a stamp after 2038 is the same through a pipe and from a file.
 *
 * read(2) and no mapping: a file that shrinks while it is read then ends early, and does not end the process with a
 * signal. Blocks are small enough to stay in the cache between being copied there and being read.
 *
 * Bounds: one record of the greatest length and one block, wiped at the end since identifiers have passed through. */
#include "decode/savefile.h"

#include "base/cursor.h"
#include "decode/link_type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE      YK_CAPTURE_FIRST_SIZE
#define MAGIC_US         UINT32_C(0xA1B2C3D4)
#define MAGIC_NS         UINT32_C(0xA1B23C4D)
#define RECORD_HEAD_SIZE 16
#define RECORD_MAX       (256 * 1024) /* libpcap's for these link types */
#define BLOCK            (64 * 1024)

struct layout {
    bool big_endian, nanoseconds;
    int link_type;
    uint32_t snapshot_length;
};

struct yk_savefile {
    struct yk_capture_stream *stream;
    struct layout layout;
    uint64_t offset; /* in the file, of the next record */
    size_t at, end;  /* in bytes: the next record, and what has been read */
    uint8_t bytes[RECORD_HEAD_SIZE + RECORD_MAX + BLOCK];
};

static inline uint32_t number(const uint8_t bytes[static 4], bool big_endian)
{
    struct yk_cursor c = yk_cursor_of(bytes, 4);
    return big_endian ? yk_cursor_be32(&c) : yk_cursor_le32(&c);
}

/* False: no pcap header, or one that libpcap has to judge. */
static bool read_layout(const uint8_t header[static HEADER_SIZE], struct layout *out)
{
    static const uint8_t version[2][4] = {{2, 0, 4, 0}, {0, 2, 0, 4}};
    uint32_t little = number(header, false), big = number(header, true);
    out->big_endian = big == MAGIC_US || big == MAGIC_NS;
    out->nanoseconds = little == MAGIC_NS || big == MAGIC_NS;
    if ((!out->big_endian && little != MAGIC_US && little != MAGIC_NS) ||
        memcmp(header + 4, version[out->big_endian], sizeof version[0]) != 0)
        return false;
    uint32_t link_type = number(header + 20, out->big_endian);
    out->link_type = link_type <= UINT16_MAX ? (int)link_type : -1;
    out->snapshot_length = number(header + 16, out->big_endian);
    if (out->snapshot_length == 0) /* no limit */
        out->snapshot_length = RECORD_MAX;
    return yk_link_type_find(out->link_type) != NULL;
}

bool yk_savefile_is(const uint8_t *first, size_t length)
{
    struct layout layout;
    return length >= HEADER_SIZE && read_layout(first, &layout);
}

static enum yk_status read_blocks(struct yk_savefile *file, const char *name, size_t size, struct yk_error *err)
{
    file->end -= file->at;
    memmove(file->bytes, file->bytes + file->at, file->end);
    file->at = 0;
    while (file->end < size) {
        ssize_t n = yk_capture_stream_read(file->stream, file->bytes + file->end, BLOCK);
        if (n < 0)
            return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", name);
        if (n == 0)
            break;
        file->end += (size_t)n;
    }
    return YK_OK;
}

/* At least `size` bytes of the next record, or what the input has of it. */
static inline enum yk_status fill(struct yk_savefile *file, const char *name, size_t size, struct yk_error *err)
{
    return file->end - file->at >= size ? YK_OK : read_blocks(file, name, size, err);
}

enum yk_status yk_savefile_new(struct yk_capture_stream *stream, const char *name, struct yk_savefile **out,
                               struct yk_error *err)
{
    struct yk_savefile *file = calloc(1, sizeof *file);
    *out = NULL;
    if (!file)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory to read %s", name);
    file->stream = stream;
    enum yk_status status = fill(file, name, HEADER_SIZE, err);
    if (status == YK_OK && (file->end < HEADER_SIZE || !read_layout(file->bytes, &file->layout)))
        status = yk_error_set(err, YK_ERR_INPUT, "%s: the pcap header has changed while it was read", name);
    if (status != YK_OK) {
        yk_savefile_free(file);
        return status;
    }
    file->at = HEADER_SIZE;
    file->offset = HEADER_SIZE;
    *out = file;
    return YK_OK;
}

int yk_savefile_link_type(const struct yk_savefile *file)
{
    return file->layout.link_type;
}

void yk_savefile_free(struct yk_savefile *file)
{
    if (!file)
        return;
    explicit_bzero(file->bytes, sizeof file->bytes);
    free(file);
}

static int64_t time_of(const struct layout *layout, uint32_t seconds_field, uint32_t fraction_field)
{
    int64_t seconds = layout->big_endian ? (int64_t)seconds_field : (int32_t)seconds_field;
    int64_t fraction = layout->big_endian ? (int64_t)fraction_field : (int32_t)fraction_field;
    int64_t us = layout->nanoseconds ? fraction / 1000 : fraction;
    if (seconds < 0 || us < 0 || us >= 1000000)
        return YK_TIME_NONE;
    return seconds * 1000000 + us;
}

enum yk_status yk_savefile_next(struct yk_savefile *file, const char *name, struct yk_capture_record *record,
                                enum yk_savefile_end *end, struct yk_error *err)
{
    const struct layout *layout = &file->layout;
    enum yk_status status = fill(file, name, RECORD_HEAD_SIZE, err);
    if (status != YK_OK)
        return status;
    struct yk_cursor c = yk_cursor_of(file->bytes + file->at, file->end - file->at);
    const uint8_t *head = yk_cursor_take(&c, RECORD_HEAD_SIZE);
    if (!head) {
        *end = file->end == file->at ? YK_SAVEFILE_END : YK_SAVEFILE_CUT;
        return YK_OK;
    }
    uint32_t seconds = number(head, layout->big_endian), fraction = number(head + 4, layout->big_endian);
    uint32_t captured = number(head + 8, layout->big_endian), original = number(head + 12, layout->big_endian);
    if (captured > RECORD_MAX)
        return yk_error_set(err, YK_ERR_INPUT,
                            "%s: corrupt at byte %" PRIu64 ": a record of %" PRIu32
                            " bytes; what stands before it was read",
                            name, file->offset, captured);
    if ((status = fill(file, name, RECORD_HEAD_SIZE + captured, err)) != YK_OK)
        return status;
    c = yk_cursor_of(file->bytes + file->at, file->end - file->at);
    yk_cursor_take(&c, RECORD_HEAD_SIZE);
    const uint8_t *bytes = yk_cursor_take(&c, captured);
    if (!bytes) {
        *end = YK_SAVEFILE_CUT;
        return YK_OK;
    }
    *record =
        (struct yk_capture_record){.bytes = bytes,
                                   .length = captured < layout->snapshot_length ? captured : layout->snapshot_length,
                                   .original_length = original,
                                   .time_us = time_of(layout, seconds, fraction)};
    file->at += RECORD_HEAD_SIZE + captured;
    file->offset += RECORD_HEAD_SIZE + captured;
    *end = YK_SAVEFILE_RECORD;
    return YK_OK;
}
