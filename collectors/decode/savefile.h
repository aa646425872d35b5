/* Records of a classic pcap file. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_SAVEFILE_H
#define YK_DECODE_SAVEFILE_H

#include "decode/capture_file.h"

struct yk_savefile;

/* Whether these are the first bytes of a file that is read here: a link type of ours, format version 2.4. All else is
 * libpcap's. */
bool yk_savefile_is(const uint8_t *first, size_t length);

/* Takes the header off the stream, of which yk_savefile_is was true and which must outlive the reader. About 320 KiB,
 * all of it allocated here. Free with yk_savefile_free. */
enum yk_status yk_savefile_new(struct yk_capture_stream *stream, const char *name, struct yk_savefile **out,
                               struct yk_error *err) YK_MUST_CHECK;
int yk_savefile_link_type(const struct yk_savefile *file);
void yk_savefile_free(struct yk_savefile *file);

enum yk_savefile_end { YK_SAVEFILE_RECORD, YK_SAVEFILE_END, YK_SAVEFILE_CUT };

/* The next record; its bytes are valid until the next call. YK_ERR_INPUT: corrupt from here on, at the byte that the
 * message names. YK_ERR_NO_INPUT: cannot be read. Not to be called again after an end or an error. */
enum yk_status yk_savefile_next(struct yk_savefile *file, const char *name, struct yk_capture_record *record,
                                enum yk_savefile_end *end, struct yk_error *err) YK_MUST_CHECK;

#endif
