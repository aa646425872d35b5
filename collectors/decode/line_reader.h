/* Lines of bounded length from a file, a pipe or standard input. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_LINE_READER_H
#define YK_DECODE_LINE_READER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_LINE_MAX (1024 * 1024) /* bytes of a line without its end */

struct yk_line_reader;

enum yk_line_result {
    YK_LINE,          /* a line */
    YK_LINE_TOO_LONG, /* one was longer than YK_LINE_MAX and was skipped */
    YK_LINE_END,      /* no more */
    YK_LINE_STOPPED,  /* `stopping` said so */
    YK_LINE_FAILED,   /* err says why */
};

/* input: a path, or "-" for standard input. `stopping` (may be NULL) is asked several times a second while waiting. */
enum yk_status yk_line_reader_new(const char *input, bool (*stopping)(void *context), void *context,
                                  struct yk_line_reader **out, struct yk_error *err) YK_MUST_CHECK;
void yk_line_reader_free(struct yk_line_reader *reader);

/* The next line without LF or CR LF, not NUL-terminated, valid until the next call. The last one may lack its LF. A
 * line is given as soon as its LF has arrived. */
enum yk_line_result yk_line_reader_next(struct yk_line_reader *reader, const char **text, size_t *length,
                                        struct yk_error *err) YK_MUST_CHECK;
/* Back to the first line; possible while fewer than YK_LINE_MAX bytes have been taken. False if it is too late. */
bool yk_line_reader_rewind(struct yk_line_reader *reader);

/* Bytes read so far, and the file's size (0: a pipe). */
uint64_t yk_line_reader_done(const struct yk_line_reader *reader);
uint64_t yk_line_reader_total(const struct yk_line_reader *reader);

#endif
