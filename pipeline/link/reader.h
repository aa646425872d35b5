/* Replies out of the bytes of a server, within bounds. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hiredis' reader takes a length from the peer and buffers until it is there, and makes room for as many elements as
 * the peer announces. Here a reply is at most 64 MiB on the wire and of at most a million elements (a megabyte of
 * "*0\r\n" would otherwise become twenty megabytes of objects); more is refused, and the reader is of no more use. */
#ifndef YK_LINK_READER_H
#define YK_LINK_READER_H

#include "base/error.h"

#include <hiredis/hiredis.h>
#include <stddef.h>

#define YK_REPLY_BYTES_MAX    ((size_t)64 * 1024 * 1024)
#define YK_REPLY_ELEMENTS_MAX ((size_t)1024 * 1024)

struct yk_reader;

enum yk_status yk_reader_new(struct yk_reader **out, struct yk_error *err) YK_MUST_CHECK;
void yk_reader_free(struct yk_reader *reader);
enum yk_status yk_reader_feed(struct yk_reader *reader, const void *bytes, size_t size,
                              struct yk_error *err) YK_MUST_CHECK;
/* The next whole reply (freed with freeReplyObject), or *reply NULL when more bytes are needed. YK_ERR_INPUT: larger
 * than the bounds; YK_ERR_UNAVAILABLE: not Redis' protocol. */
enum yk_status yk_reader_next(struct yk_reader *reader, redisReply **reply, struct yk_error *err) YK_MUST_CHECK;

#endif
