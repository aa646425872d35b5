/* Small files between two programs. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/small_file.h"

#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder;

static void start(void)
{
    scratch_make();
    folder = open(scratch, O_RDONLY | O_DIRECTORY);
    cr_assert_geq(folder, 0);
}
static void stop(void)
{
    close(folder);
    scratch_remove();
}
TestSuite(small_file, .init = start, .fini = stop);

Test(small_file, comes_back_whole_and_with_its_mode)
{
    uint8_t out[8];
    size_t size = 99;
    struct stat st;
    umask(077);
    cr_assert(yk_small_file_write(folder, "a", (const uint8_t *)"12345678", 8, 0644));
    cr_assert_eq(fstatat(folder, "a", &st, 0), 0);
    cr_expect_eq(st.st_mode & 07777, 0644);
    cr_assert(yk_small_file_read(folder, "a", out, 8, &size));
    cr_expect(size == 8 && memcmp(out, "12345678", 8) == 0);
    cr_assert(yk_small_file_write(folder, "a", (const uint8_t *)"9", 1, 0600));
    cr_assert(yk_small_file_read(folder, "a", out, 8, &size));
    cr_expect(size == 1 && out[0] == '9');
    cr_assert(yk_small_file_write(folder, "a", (const uint8_t *)"", 0, 0600));
    cr_assert(yk_small_file_read(folder, "a", out, 8, &size));
    cr_expect_eq(size, 0);
    cr_expect_neq(faccessat(folder, ".a.new", F_OK, 0), 0, "nothing is left beside it");
}

Test(small_file, what_is_no_small_file_is_refused_at_once)
{
    uint8_t out[8];
    size_t size;
    cr_expect_not(yk_small_file_read(folder, "none", out, sizeof out, &size));
    cr_expect_eq(errno, ENOENT);
    cr_assert(yk_small_file_write(folder, "nine", (const uint8_t *)"123456789", 9, 0600));
    cr_expect_not(yk_small_file_read(folder, "nine", out, sizeof out, &size));
    cr_expect_eq(errno, EFBIG);
    cr_assert_eq(symlinkat("nine", folder, "link"), 0);
    cr_expect_not(yk_small_file_read(folder, "link", out, sizeof out, &size));
    cr_expect_eq(errno, EINVAL);
    cr_assert_eq(mkfifoat(folder, "pipe", 0600), 0);
    cr_expect_not(yk_small_file_read(folder, "pipe", out, sizeof out, &size));
    cr_expect_eq(errno, EINVAL);
    cr_expect_not(yk_small_file_read(folder, ".", out, sizeof out, &size));
    /* A link laid in the way of a writer is replaced, not followed. */
    cr_assert_eq(symlinkat("nine", folder, ".b.new"), 0);
    cr_assert(yk_small_file_write(folder, "b", (const uint8_t *)"x", 1, 0600));
    cr_assert(yk_small_file_write(folder, "link", (const uint8_t *)"x", 1, 0600));
    uint8_t nine[9];
    cr_assert(yk_small_file_read(folder, "nine", nine, sizeof nine, &size));
    cr_expect(size == 9 && memcmp(nine, "123456789", 9) == 0);
}

Test(small_file, numbers_in_names_are_taken_literally)
{
    static const char *const wrong[] = {"key-.msg",
                                        "key-01.msg",
                                        "key-+1.msg",
                                        "key- 1.msg",
                                        "key-1.msg.new",
                                        "key-1",
                                        "sealing-1.msg",
                                        "key-1x.msg",
                                        "key-9223372036854775808.msg",
                                        ".key-1.msg.new",
                                        ""};
    int64_t n = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(yk_small_file_number(wrong[i], "key-", ".msg", &n), "%s", wrong[i]);
    cr_expect(yk_small_file_number("key-1775070000.msg", "key-", ".msg", &n));
    cr_expect_eq(n, 1775070000);
    cr_expect(yk_small_file_number("key--5.msg", "key-", ".msg", &n));
    cr_expect_eq(n, -5);
    cr_expect(yk_small_file_number("9223372036854775807.key", "", ".key", &n));
    cr_expect_eq(n, INT64_MAX);
}
