/* Times, counts and sizes as a person says them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/words.h"

#include <criterion/criterion.h>

Test(words, spans)
{
    static const struct {
        int64_t s;
        const char *text;
    } cases[] = {
        {-5, "0 s"},        {0, "0 s"},           {89, "89 s"},          {90, "1 min"},  {720, "12 min"},
        {5399, "89 min"},   {5400, "1 h 30 min"}, {11400, "3 h 10 min"}, {10800, "3 h"}, {172799, "47 h 59 min"},
        {172800, "2 days"}, {777600, "9 days"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[YK_WORDS_SIZE];
        cr_expect_str_eq(yk_words_span(out, cases[i].s), cases[i].text);
    }
}

Test(words, short_spans_are_rounded_up)
{
    static const struct {
        double s;
        const char *text;
    } cases[] = {{-1, "0 ms"},           {0, "0 ms"},
                 {0.0000004, "1 ms"},    {0.001, "1 ms"},
                 {0.0012, "2 ms"},       {0.999, "999 ms"},
                 {0.9991, "1.0 s"},      {1.25, "1.3 s"},
                 {9.9, "9.9 s"},         {9.91, "10 s"},
                 {10, "10 s"},           {10.2, "11 s"},
                 {5399.5, "1 h 30 min"}, {1e300, "11574074074 days"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[YK_WORDS_SIZE];
        cr_expect_str_eq(yk_words_short(out, cases[i].s), cases[i].text, "%g: %s", cases[i].s, out);
    }
}

Test(words, counts)
{
    char out[YK_WORDS_SIZE];
    cr_expect_str_eq(yk_words_count(out, 0), "0");
    cr_expect_str_eq(yk_words_count(out, 999), "999");
    cr_expect_str_eq(yk_words_count(out, 1240), "1,240");
    cr_expect_str_eq(yk_words_count(out, 170000000), "170,000,000");
    cr_expect_str_eq(yk_words_count(out, UINT64_MAX), "18,446,744,073,709,551,615");
}

Test(words, sizes)
{
    char out[YK_WORDS_SIZE];
    cr_expect_str_eq(yk_words_size(out, 0), "0 B");
    cr_expect_str_eq(yk_words_size(out, 999), "999 B");
    cr_expect_str_eq(yk_words_size(out, 1500), "1.5 kB");
    cr_expect_str_eq(yk_words_size(out, 20000000), "20 MB");
    cr_expect_str_eq(yk_words_size(out, 999600), "1.0 MB");
    cr_expect_str_eq(yk_words_size(out, UINT64_MAX), "18 EB");
}
