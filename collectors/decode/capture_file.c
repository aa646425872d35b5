/* One face for all recordings. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first bytes tell: "btsnoop" and NUL goes to our own reader, a file in the ordinary form of pcap to the quick one
 * (savefile.h), all else to libpcap, which knows every form of pcap, and pcapng. A pcap that comes through a pipe is
 * libpcap's too. Times come out in microseconds.
 *
 * A recording that was cut (a crash, a full disk, a copy that was not finished) is ordinary: its whole records are read
 * and the cut one is counted. libpcap tells a cut file and a corrupt one apart only in the words of its message; the
 * FILE's end-of-file mark does it exactly, since it is set only when libpcap wanted bytes that were not there. */
#include "decode/capture_file.h"

#include "decode/btsnoop.h"
#include "decode/savefile.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t btsnoop_magic[YK_CAPTURE_MAGIC_SIZE] = {'b', 't', 's', 'n', 'o', 'o', 'p', 0};

struct yk_capture {
    struct yk_capture_stream *stream;
    FILE *file; /* closed by pcap_close when pcap is set */
    pcap_t *pcap;
    struct yk_savefile *savefile;
    uint8_t *memory; /* btsnoop: the record's bytes */
    uint64_t offset; /* btsnoop: of the next record */
    int link_type;
    bool truncated;
    char name[256]; /* for messages */
};

static enum yk_status open_btsnoop(struct yk_capture *capture, struct yk_error *err)
{
    enum yk_status status = yk_btsnoop_open(capture->file, capture->name, &capture->link_type, err);
    if (status != YK_OK)
        return status;
    capture->offset = YK_BTSNOOP_HEADER_SIZE;
    capture->memory = malloc(YK_BTSNOOP_RECORD_MAX);
    if (!capture->memory)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory to read %s", capture->name);
    return YK_OK;
}

static enum yk_status open_pcap(struct yk_capture *capture, struct yk_error *err)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    capture->pcap = pcap_fopen_offline_with_tstamp_precision(capture->file, PCAP_TSTAMP_PRECISION_MICRO, reason);
    if (!capture->pcap)
        return yk_error_set(err, ferror(capture->file) ? YK_ERR_NO_INPUT : YK_ERR_INPUT,
                            "%s: not a btsnoop, pcap or pcapng recording, or its header is corrupt (%s)", capture->name,
                            reason);
    capture->file = NULL;
    capture->link_type = pcap_datalink(capture->pcap);
    return YK_OK;
}

/* Takes the stream, also when it fails. */
static enum yk_status open_stream(struct yk_capture_stream *stream, const char *name, struct yk_capture **out,
                                  struct yk_error *err)
{
    struct yk_capture *capture = calloc(1, sizeof *capture);
    if (!capture) {
        yk_capture_stream_free(stream);
        return yk_error_set(err, YK_ERR_MEMORY, "no memory to read %s", name);
    }
    capture->stream = stream;
    snprintf(capture->name, sizeof capture->name, "%s", strcmp(name, "-") == 0 ? "standard input" : name);

    enum yk_status status;
    const uint8_t *first;
    size_t first_length = yk_capture_stream_first(stream, &first);
    if (first_length == 0) {
        status = yk_error_set(err, YK_ERR_INPUT, "%s is empty", capture->name);
        goto fail;
    }
    bool quick = yk_savefile_is(first, first_length);
    if (!quick && !(capture->file = yk_capture_stream_file(stream))) {
        status = yk_error_errno(err, YK_ERR_MEMORY, "cannot read %s", capture->name);
        goto fail;
    }
    if (quick)
        status = yk_savefile_new(stream, capture->name, &capture->savefile, err);
    else if (first_length >= sizeof btsnoop_magic && memcmp(first, btsnoop_magic, sizeof btsnoop_magic) == 0)
        status = open_btsnoop(capture, err);
    else
        status = open_pcap(capture, err);
    if (status != YK_OK)
        goto fail;
    if (quick)
        capture->link_type = yk_savefile_link_type(capture->savefile);
    *out = capture;
    return YK_OK;
fail:
    yk_capture_free(capture);
    return status;
}

enum yk_status yk_capture_open(const char *path, struct yk_capture_stop stop, struct yk_capture **out,
                               struct yk_error *err)
{
    struct yk_capture_stream *stream;
    enum yk_status status = yk_capture_stream_open(path, stop, &stream, err);
    return status == YK_OK ? open_stream(stream, path, out, err) : status;
}

enum yk_status yk_capture_open_memory(const void *bytes, size_t length, struct yk_capture **out, struct yk_error *err)
{
    struct yk_capture_stream *stream;
    enum yk_status status = yk_capture_stream_memory(bytes, length, &stream, err);
    return status == YK_OK ? open_stream(stream, "the recording", out, err) : status;
}

int yk_capture_link_type(const struct yk_capture *capture)
{
    return capture->link_type;
}

const char *yk_capture_name(const struct yk_capture *capture)
{
    return capture->name;
}

static enum yk_status next_btsnoop(struct yk_capture *capture, struct yk_capture_record *record, bool *more,
                                   struct yk_error *err)
{
    enum yk_btsnoop_end end = YK_BTSNOOP_END;
    enum yk_status status =
        yk_btsnoop_next(capture->file, capture->name, &capture->offset, capture->memory, record, &end, err);
    *more = status == YK_OK && end == YK_BTSNOOP_RECORD;
    capture->truncated = status == YK_OK && end == YK_BTSNOOP_CUT && !yk_capture_stream_stopped(capture->stream);
    return status;
}

static enum yk_status next_savefile(struct yk_capture *capture, struct yk_capture_record *record, bool *more,
                                    struct yk_error *err)
{
    enum yk_savefile_end end = YK_SAVEFILE_END;
    enum yk_status status = yk_savefile_next(capture->savefile, capture->name, record, &end, err);
    *more = status == YK_OK && end == YK_SAVEFILE_RECORD;
    capture->truncated = status == YK_OK && end == YK_SAVEFILE_CUT && !yk_capture_stream_stopped(capture->stream);
    return status;
}

/* pcapng's 64-bit times with a unit of the file's choice can be anything. */
static int64_t time_of(const struct timeval *tv)
{
    if (tv->tv_sec < 0 || tv->tv_sec >= YK_TIME_END / 1000000 || tv->tv_usec < 0 || tv->tv_usec >= 1000000)
        return YK_TIME_NONE;
    return (int64_t)tv->tv_sec * 1000000 + tv->tv_usec;
}

static enum yk_status next_pcap(struct yk_capture *capture, struct yk_capture_record *record, bool *more,
                                struct yk_error *err)
{
    struct pcap_pkthdr *head;
    const u_char *bytes;
    int got = pcap_next_ex(capture->pcap, &head, &bytes);
    *more = got == 1;
    if (got == 1) {
        *record = (struct yk_capture_record){
            .bytes = bytes, .length = head->caplen, .original_length = head->len, .time_us = time_of(&head->ts)};
        return YK_OK;
    }
    if (got == PCAP_ERROR_BREAK || yk_capture_stream_stopped(capture->stream))
        return YK_OK;
    FILE *file = pcap_file(capture->pcap);
    if (ferror(file))
        return yk_error_set(err, YK_ERR_NO_INPUT, "cannot read %s: %s", capture->name, pcap_geterr(capture->pcap));
    if (feof(file)) {
        capture->truncated = true;
        return YK_OK;
    }
    return yk_error_set(err, YK_ERR_INPUT, "%s: corrupt (%s); what stands before it was read", capture->name,
                        pcap_geterr(capture->pcap));
}

enum yk_status yk_capture_next(struct yk_capture *capture, struct yk_capture_record *record, bool *more,
                               struct yk_error *err)
{
    if (capture->savefile)
        return next_savefile(capture, record, more, err);
    return capture->pcap ? next_pcap(capture, record, more, err) : next_btsnoop(capture, record, more, err);
}

bool yk_capture_truncated(const struct yk_capture *capture)
{
    return capture->truncated;
}

void yk_capture_progress(const struct yk_capture *capture, uint64_t *done, uint64_t *total)
{
    yk_capture_stream_progress(capture->stream, done, total);
}

void yk_capture_free(struct yk_capture *capture)
{
    if (!capture)
        return;
    if (capture->pcap)
        pcap_close(capture->pcap);
    if (capture->file)
        fclose(capture->file);
    if (capture->memory) {
        explicit_bzero(capture->memory, YK_BTSNOOP_RECORD_MAX);
        free(capture->memory);
    }
    yk_savefile_free(capture->savefile);
    yk_capture_stream_free(capture->stream);
    free(capture);
}
