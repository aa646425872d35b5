/* Rows with quotes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/csv_row.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* The fields of a row, parted by '|' here. */
static const char *fields(const char *row, char separator)
{
    static char out[512];
    const char *at = row;
    struct yk_csv_field field;
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; yk_csv_next(&at, row + strlen(row), separator, &field); i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", i ? "|" : "", (int)field.length, field.text);
    return out;
}

Test(csv_row, fields)
{
    cr_expect_str_eq(fields("a,b,c", ','), "a|b|c");
    cr_expect_str_eq(fields("a,,", ','), "a||");
    cr_expect_str_eq(fields("", ','), "");
    cr_expect_str_eq(fields("  a b ,\tc\t", ','), "a b|c");
    cr_expect_str_eq(fields("a;b,c", ';'), "a|b,c");
    cr_expect_str_eq(fields("a\t\tb", '\t'), "a||b");
}

Test(csv_row, quotes)
{
    cr_expect_str_eq(fields("\"a,b\",\"c\"", ','), "a,b|c");
    cr_expect_str_eq(fields("\"\",x", ','), "|x");
    cr_expect_str_eq(fields(" \" a \" ,x", ','), " a |x");
    cr_expect_str_eq(fields("\"say \"\"hi\"\", you\",x", ','), "say \"hi\", you|x");
    cr_expect_str_eq(fields("\"\"\"\",x", ','), "\"|x");
    cr_expect_str_eq(fields("\"open,x", ','), "open,x");
    cr_expect_str_eq(fields("\"a\"junk,x", ','), "a|x");
    cr_expect_str_eq(fields("a\"b,x", ','), "a\"b|x"); /* a quote inside is a letter */
}

Test(csv_row, long_field_with_doubled_quotes_is_cut)
{
    char row[300];
    memset(row, 'x', sizeof row);
    memcpy(row, "\"\"\"", 3);
    memcpy(row + 296, "\",y", 4);
    const char *at = row;
    struct yk_csv_field field;
    cr_assert(yk_csv_next(&at, row + 299, ',', &field));
    cr_expect_eq(field.length, 64);
    cr_expect_eq(field.text[0], '"');
    cr_expect_eq(field.text[63], 'x');
    cr_assert(yk_csv_next(&at, row + 299, ',', &field));
    cr_expect(yk_csv_is(&field, "Y"));
    cr_expect_not(yk_csv_next(&at, row + 299, ',', &field));
}

Test(csv_row, first_line)
{
    cr_expect_eq(yk_csv_first_line("ab\r\nc\n", 6), 2);
    cr_expect_eq(yk_csv_first_line("ab\nc", 4), 2);
    cr_expect_eq(yk_csv_first_line("ab\r", 3), 2);
    cr_expect_eq(yk_csv_first_line("\n", 1), 0);
    cr_expect_eq(yk_csv_first_line("", 0), 0);
}

Test(csv_row, mark)
{
    const char *text = "\xEF\xBB\xBF"
                       "a";
    cr_expect_eq(yk_csv_begin(text, 4), text + 3);
    cr_expect_eq(yk_csv_begin(text, 2), text);
    cr_expect_eq(yk_csv_begin("a", 1)[0], 'a');
}
