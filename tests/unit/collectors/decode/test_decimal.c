/* Decimal numbers. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/decimal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse(const char *text, double *out)
{
    return yk_decimal_parse(text, strlen(text), out);
}

Test(decimal, agrees_with_strtod)
{
    const char *texts[] = {"0",
                           "-0",
                           "1",
                           "+1",
                           "1055",
                           "403.2",
                           "476.25",
                           ".5",
                           "5.",
                           "-12.345",
                           "1e3",
                           "1E-3",
                           "1e+3",
                           "0.1",
                           "320.34",
                           "8.4568443e+00",
                           "0.0000000000000001",
                           "123456789012345",
                           "1e22",
                           "00000000000000000000000001.5",
                           " 7 "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double got;
        cr_assert(parse(texts[i], &got), "%s", texts[i]);
        cr_assert_eq(got, strtod(texts[i], NULL), "%s gave %.17g", texts[i], got);
    }
    /* Six decimals as printf writes them, over the range of coordinates. */
    unsigned seed = 20260528;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        seed = seed * 1664525u + 1013904223u;
        snprintf(text, sizeof text, "%.6f", ((double)seed / 4294967296.0 - 0.5) * 4000);
        double got;
        cr_assert(parse(text, &got));
        cr_assert_eq(got, strtod(text, NULL), "%s", text);
    }
}

Test(decimal, refuses)
{
    const char *texts[] = {"",
                           " ",
                           "-",
                           ".",
                           "e5",
                           "1e",
                           "1e+",
                           "1 2",
                           "1x",
                           "x1",
                           "nan",
                           "inf",
                           "0x10",
                           "1,5",
                           "--1",
                           "1.2.3",
                           "1e23",
                           "1e999999999999",
                           "12345678901234567890"};
    double got;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_not(parse(texts[i], &got), "%s", texts[i]);
}

Test(decimal, many_digits)
{
    double got;
    cr_assert(parse("0.3333333333333333333333333333333333", &got));
    cr_assert_float_eq(got, 1.0 / 3, 1e-15);
    cr_assert(parse("0.00000000000000000000000000000000000125", &got));
    cr_assert_float_eq(got, 1.25e-36, 1e-50);
    cr_assert(parse("0.00000000000000000000000000000000000000000000000000", &got));
    cr_assert_eq(got, 0);
}

Test(decimal, digits)
{
    uint64_t got;
    cr_assert(yk_digits_parse("18446744073709551615", 20, &got));
    cr_assert_eq(got, UINT64_MAX);
    cr_assert_not(yk_digits_parse("18446744073709551616", 20, &got));
    cr_assert_not(yk_digits_parse("", 0, &got));
    cr_assert_not(yk_digits_parse("+1", 2, &got));
    cr_assert_not(yk_digits_parse("1 ", 2, &got));
}

Test(decimal, fields)
{
    const char *text = "a,,bc,", *at = text, *field;
    size_t length;
    const char *expected[] = {"a", "", "bc", ""};
    for (size_t i = 0; i < 4; i++) {
        cr_assert(yk_field_next(&at, text + 6, ',', &field, &length));
        cr_assert(length == strlen(expected[i]) && memcmp(field, expected[i], length) == 0);
    }
    cr_assert_not(yk_field_next(&at, text + 6, ',', &field, &length));
}
