/* Records of a btsnoop recording. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_BTSNOOP_H
#define YK_DECODE_BTSNOOP_H

#include "decode/capture_file.h"

#include <stdio.h>

#define YK_BTSNOOP_HEADER_SIZE 16
#define YK_BTSNOOP_RECORD_MAX  (256 * 1024) /* libpcap's limit; HCI packets are at most 65,539 bytes */

/* The link type in the file header (1001 to 2002), or a message why this is not one that can be read. */
enum yk_status yk_btsnoop_open(FILE *file, const char *name, int *link_type, struct yk_error *err) YK_MUST_CHECK;

enum yk_btsnoop_end { YK_BTSNOOP_RECORD, YK_BTSNOOP_END, YK_BTSNOOP_CUT };

/* The next record's head and bytes. `memory` has YK_BTSNOOP_RECORD_MAX bytes. *offset is moved by what was read. */
enum yk_status yk_btsnoop_next(FILE *file, const char *name, uint64_t *offset, uint8_t *memory,
                               struct yk_capture_record *record, enum yk_btsnoop_end *end,
                               struct yk_error *err) YK_MUST_CHECK;

#endif
