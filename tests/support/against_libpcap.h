/* What is read from a recording, against what libpcap reads from the same bytes. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_AGAINST_LIBPCAP_H
#define YK_TESTS_SUPPORT_AGAINST_LIBPCAP_H

#include "decode/capture_file.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

static inline int64_t libpcap_time(const struct timeval *tv)
{
    bool can_be = tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
    return can_be ? (int64_t)tv->tv_sec * 1000000 + tv->tv_usec : YK_TIME_NONE;
}

/* The next record or the end of both; NULL: alike. */
static inline const char *libpcap_step(pcap_t *pcap, struct yk_capture *ours, bool *more)
{
    struct pcap_pkthdr *head;
    const u_char *bytes;
    struct yk_capture_record record;
    int got = pcap_next_ex(pcap, &head, &bytes);
    enum yk_status status = yk_capture_next(ours, &record, more, NULL);
    if (got != 1) {
        bool cut = got == PCAP_ERROR && feof(pcap_file(pcap)), corrupt = got == PCAP_ERROR && !cut;
        *more = *more && status == YK_OK;
        if (*more)
            return "a record where libpcap has none";
        if (corrupt != (status == YK_ERR_INPUT))
            return "corrupt for one of the two only";
        return cut == yk_capture_truncated(ours) ? NULL : "cut for one of the two only";
    }
    if (status != YK_OK || !*more)
        return "no record where libpcap has one";
    if (record.length != head->caplen || memcmp(record.bytes, bytes, head->caplen) != 0)
        return "other bytes";
    if (record.original_length != head->len)
        return "another original length";
    return record.time_us == libpcap_time(&head->ts) ? NULL : "another time";
}

/* `ours`: the same bytes, from wherever, at their beginning; NULL if they could not be opened. Reads both to their ends
 * and counts the records. NULL: alike; otherwise the first difference. */
static inline const char *against_libpcap(struct yk_capture *ours, const uint8_t *bytes, size_t length, size_t *records)
{
    char reason[PCAP_ERRBUF_SIZE];
    FILE *file = length > 0 ? fmemopen((void *)(uintptr_t)bytes, length, "rb") : NULL;
    pcap_t *pcap = file ? pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_MICRO, reason) : NULL;
    const char *difference = NULL;
    *records = 0;
    if (!pcap && file)
        fclose(file);
    if (!pcap)
        return ours ? "libpcap does not open it" : NULL;
    if (!ours)
        difference = "libpcap opens it";
    else if (yk_capture_link_type(ours) != pcap_datalink(pcap))
        difference = "another link type";
    bool more = true;
    while (!difference && more) {
        difference = libpcap_step(pcap, ours, &more);
        *records += more && !difference;
    }
    pcap_close(pcap);
    return difference;
}

#endif
