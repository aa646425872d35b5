/* Lines from files and pipes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/line_reader.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/yk-line-reader-XXXXXX";
static char path[64];

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/input", folder);
}

static void teardown(void)
{
    unlink(path);
    rmdir(folder);
}

TestSuite(line_reader, .init = setup, .fini = teardown, .timeout = 20);

static void write_file(const char *text, size_t length)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    fclose(file);
}

static struct yk_line_reader *open_reader(void)
{
    struct yk_line_reader *reader;
    cr_assert_eq(yk_line_reader_new(path, NULL, NULL, &reader, NULL), YK_OK);
    return reader;
}

static void expect_line(struct yk_line_reader *reader, const char *expected)
{
    const char *text;
    size_t length;
    cr_assert_eq(yk_line_reader_next(reader, &text, &length, NULL), YK_LINE);
    cr_assert(length == strlen(expected) && memcmp(text, expected, length) == 0, "'%.*s' is not '%s'", (int)length,
              text, expected);
}

static void expect(struct yk_line_reader *reader, enum yk_line_result expected)
{
    const char *text;
    size_t length;
    cr_assert_eq(yk_line_reader_next(reader, &text, &length, NULL), expected);
}

Test(line_reader, ends_of_lines)
{
    static const char text[] = "\xEF\xBB\xBFone\r\n\ntwo\nlast";
    write_file(text, sizeof text - 1);
    struct yk_line_reader *reader = open_reader();
    cr_assert_eq(yk_line_reader_total(reader), sizeof text - 1);
    for (int turn = 0; turn < 2; turn++) {
        expect_line(reader, "one");
        expect_line(reader, "");
        expect_line(reader, "two");
        expect_line(reader, "last");
        expect(reader, YK_LINE_END);
        expect(reader, YK_LINE_END);
        cr_assert(yk_line_reader_rewind(reader));
    }
    cr_assert_eq(yk_line_reader_done(reader), sizeof text - 1);
    yk_line_reader_free(reader);
}

Test(line_reader, too_long_is_skipped_whole)
{
    size_t limit = YK_LINE_MAX, length = 2 * limit + 8;
    char *text = malloc(length);
    memset(text, 'x', length);
    text[limit] = '\n';         /* exactly the limit: good */
    text[2 * limit + 2] = '\n'; /* one more: too long */
    memcpy(text + 2 * limit + 3, "good\n", 5);
    write_file(text, length);
    free(text);
    struct yk_line_reader *reader = open_reader();
    const char *line;
    size_t n;
    cr_assert_eq(yk_line_reader_next(reader, &line, &n, NULL), YK_LINE);
    cr_assert_eq(n, limit);
    expect(reader, YK_LINE_TOO_LONG);
    expect_line(reader, "good");
    expect(reader, YK_LINE_END);
    yk_line_reader_free(reader);
}

Test(line_reader, too_long_without_an_end)
{
    size_t length = 5 * (size_t)YK_LINE_MAX;
    char *text = malloc(length);
    memset(text, 'x', length);
    memcpy(text, "a\n", 2);
    write_file(text, length);
    free(text);
    struct yk_line_reader *reader = open_reader();
    expect_line(reader, "a");
    expect(reader, YK_LINE_TOO_LONG);
    expect(reader, YK_LINE_END);
    cr_assert_not(yk_line_reader_rewind(reader));
    yk_line_reader_free(reader);
}

/* The writer stays open: a line must come before the pipe's end, and half a line only when the rest has come. */
Test(line_reader, pipe_gives_each_line_as_it_comes)
{
    cr_assert_eq(mkfifo(path, 0600), 0);
    struct yk_line_reader *reader = open_reader(); /* before there is a writer */
    int writer = open(path, O_WRONLY);
    cr_assert_geq(writer, 0);
    cr_assert_eq(write(writer, "first\nsec", 9), 9);
    expect_line(reader, "first");
    cr_assert_eq(write(writer, "ond\n", 4), 4);
    expect_line(reader, "second");
    close(writer);
    expect(reader, YK_LINE_END);
    yk_line_reader_free(reader);
}

static bool second_time(void *context)
{
    return ++*(int *)context >= 2;
}

Test(line_reader, waiting_can_be_stopped)
{
    cr_assert_eq(mkfifo(path, 0600), 0);
    int writer = open(path, O_RDWR), asked = 0;
    struct yk_line_reader *reader;
    cr_assert_eq(yk_line_reader_new(path, second_time, &asked, &reader, NULL), YK_OK);
    expect(reader, YK_LINE_STOPPED);
    yk_line_reader_free(reader);
    close(writer);
}

Test(line_reader, what_cannot_be_read)
{
    struct yk_line_reader *reader;
    struct yk_error err;
    cr_assert_eq(yk_line_reader_new(path, NULL, NULL, &reader, &err), YK_ERR_NO_INPUT);
    cr_assert(strstr(err.message, path));
    cr_assert_eq(yk_line_reader_new(folder, NULL, NULL, &reader, &err), YK_ERR_NO_INPUT);
}
