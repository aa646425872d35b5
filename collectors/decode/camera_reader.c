/* From input to samples: lines, the dialect, its decoder. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The dialect is guessed from the first GUESS_LINES lines, since a recording may begin in the middle of a record; the
 * reader keeps them, so that they are decoded from the first one on. Remarks (# or %) may stand before them. */
#include "decode/camera_reader.h"

#include "decode/line_reader.h"

#include <string.h>
#include <sys/stat.h>

#define GUESS_LINES   32
#define GUESS_REMARKS 1000

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ' && text[i] != '\t')
            return false;
    return true;
}

/* *out stays NULL when the input ended, or was stopped, before the first line that is not blank. */
static enum yk_status guess(struct yk_line_reader *reader, const char *input, const struct yk_camera_dialect **out,
                            struct yk_error *err)
{
    *out = NULL;
    bool any = false, more = true;
    for (int i = 0, remarks = 0; i < GUESS_LINES && more && !*out; i++) {
        const char *text;
        size_t length;
        switch (yk_line_reader_next(reader, &text, &length, err)) {
        case YK_LINE:
            any = any || !is_blank(text, length);
            if (length && (*text == '#' || *text == '%') && remarks++ < GUESS_REMARKS)
                i--;
            *out = yk_camera_dialect_guess(text, length);
            break;
        case YK_LINE_TOO_LONG:
            any = true;
            break;
        case YK_LINE_STOPPED:
            return YK_OK;
        case YK_LINE_FAILED:
            return err ? err->status : YK_ERR_NO_INPUT;
        case YK_LINE_END:
            more = false;
            break;
        }
    }
    if (!*out && !any)
        return YK_OK;
    if (!*out || !yk_line_reader_rewind(reader)) {
        *out = NULL;
        char names[YK_CAMERA_NAMES_SIZE];
        yk_camera_dialect_names(names);
        return yk_error_set(err, YK_ERR_INPUT,
                            "%s: its first lines are in no camera format known here: give the format (%s)", input,
                            names);
    }
    return YK_OK;
}

static enum yk_status decode(struct yk_line_reader *reader, const struct yk_camera_dialect *dialect, void *state,
                             const struct yk_camera_reader_options *options, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    enum yk_status status = YK_OK;
    uint64_t told = UINT64_MAX;
    while (status == YK_OK) {
        const char *text;
        size_t length;
        switch (yk_line_reader_next(reader, &text, &length, err)) {
        case YK_LINE:
            if (!is_blank(text, length))
                status = dialect->record(state, text, length, sink, err);
            break;
        case YK_LINE_TOO_LONG:
            yk_drop(sink->drops, YK_DROP_too_long);
            break;
        case YK_LINE_END:
            return dialect->end(state, sink, err);
        case YK_LINE_STOPPED:
            return YK_OK;
        case YK_LINE_FAILED:
            return err ? err->status : YK_ERR_NO_INPUT;
        }
        uint64_t done = yk_line_reader_done(reader);
        if (options->progress && done != told)
            options->progress(options->context, told = done, yk_line_reader_total(reader));
        if (options->stopping && options->stopping(options->context))
            return YK_OK;
    }
    return status;
}

enum yk_status yk_camera_read(const char *input, const struct yk_camera_reader_options *options,
                              const struct yk_camera_sink *sink, const struct yk_camera_dialect **used,
                              struct yk_error *err)
{
    const struct yk_camera_dialect *dialect = NULL;
    bool named = options->format && *options->format;
    if (used)
        *used = NULL;
    if (named) {
        dialect = yk_camera_dialect_find(options->format);
        if (!dialect) {
            char names[YK_CAMERA_NAMES_SIZE];
            yk_camera_dialect_names(names);
            return yk_error_set(err, YK_ERR_CONFIG, "camera format '%s' is not known: it is one of %s", options->format,
                                names);
        }
    }
    struct yk_line_reader *reader;
    enum yk_status status = yk_line_reader_new(input, options->stopping, options->context, &reader, err);
    if (status != YK_OK)
        return status;
    if (!named)
        status = guess(reader, input, &dialect, err);
    if (status != YK_OK || !dialect)
        goto out_reader;
    if (used)
        *used = dialect;

    void *state;
    status = dialect->open(&options->camera, &state, err);
    if (status != YK_OK)
        goto out_reader;
    status = decode(reader, dialect, state, options, sink, err);
    dialect->close(state);
out_reader:
    yk_line_reader_free(reader);
    return status;
}

const struct yk_camera_dialect *yk_camera_file_guess(const char *path)
{
    struct stat st;
    struct yk_line_reader *reader;
    const struct yk_camera_dialect *dialect;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || yk_line_reader_new(path, NULL, NULL, &reader, NULL) != YK_OK)
        return NULL;
    if (guess(reader, path, &dialect, NULL) != YK_OK)
        dialect = NULL;
    yk_line_reader_free(reader);
    return dialect;
}
