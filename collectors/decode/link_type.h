/* Which link types are read, and by what. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_LINK_TYPE_H
#define YK_DECODE_LINK_TYPE_H

#include "base/error.h"

#include <stdint.h>

struct yk_decoder;
struct yk_capture;
struct yk_capture_record;

/* Reads one record, hands its adverts to the decoder's callback and returns the record's event time: the record's own,
 * or a better one that the packet carries. */
typedef int64_t yk_link_decode_fn(struct yk_decoder *decoder, const struct yk_capture_record *record);

struct yk_link_type {
    int number; /* as in the file */
    const char *name;
    yk_link_decode_fn *decode;
};

/* One small decoder per link type: h4.c, link_layer.c, le_phdr.c, nordic.c, ppi.c, bredr.c. */
yk_link_decode_fn yk_link_h4, yk_link_h4_direction, yk_link_monitor, yk_link_monitor_snoop, yk_link_le_ll,
    yk_link_le_phdr, yk_link_nordic, yk_link_ppi, yk_link_bredr;

/* NULL if there is none. */
const struct yk_link_type *yk_link_type_find(int number);

/* The recording's; YK_ERR_INPUT names the one that is not read. */
enum yk_status yk_link_type_of(const struct yk_capture *capture, const struct yk_link_type **out,
                               struct yk_error *err) YK_MUST_CHECK;

#endif
