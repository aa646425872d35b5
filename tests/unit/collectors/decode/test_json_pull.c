/* JSON read in place. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_pull.h"

#include <criterion/criterion.h>
#include <string.h>

static bool opens(const char *text)
{
    struct yk_json_pull value;
    size_t taken;
    return yk_json_pull_open(text, strlen(text), &value, &taken) && taken == strlen(text);
}

static struct yk_json_pull open_text(const char *text)
{
    struct yk_json_pull value = {0};
    size_t taken;
    cr_assert(yk_json_pull_open(text, strlen(text), &value, &taken), "%s", text);
    return value;
}

static struct yk_json_pull member(const char *text, const char *key)
{
    struct yk_json_pull value;
    yk_json_pull_members(open_text(text), &key, &value, 1);
    return value;
}

Test(json_pull, what_is_json)
{
    const char *good[] = {"{}",
                          " [ ]",
                          "[1,-0,0.5,1E+5,true,false,null]",
                          "{\"\":{\"a\":[{}]}}",
                          "[\"\\ud83d\\ude00\\u00e9\\/\"]",
                          "[\"\xF0\x9F\x98\x80\xED\x9F\xBF\x7F\"]",
                          "[1.7976931348623157e308,1e-999,18446744073709551615]"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(opens(good[i]), "%s", good[i]);
    const char *bad[] = {"",
                         " ",
                         "5",
                         "\"a\"",
                         "{",
                         "[1,]",
                         "[,1]",
                         "{\"a\":1,}",
                         "{\"a\"}",
                         "{a:1}",
                         "[1}",
                         "[01]",
                         "[1.]",
                         "[.5]",
                         "[+1]",
                         "[-]",
                         "[1e]",
                         "[1e999]",
                         "[-1e999]",
                         "[1.7976931348623159e308]",
                         "[nul]",
                         "[truee]",
                         "[NaN]",
                         "[\"\n\"]",
                         "[\"\\x\"]",
                         "[\"\\u0000\"]",
                         "{\"\\u0000\":1}",
                         "[\"\\ud800\"]",
                         "[\"\\udc00\"]",
                         "[\"\\ud800\\u0041\"]",
                         "[\"\\u12g4\"]",
                         "[\"\xC0\x80\"]",
                         "[\"\xE0\x80\x80\"]",
                         "[\"\xED\xA0\x80\"]",
                         "[\"\xF4\x90\x80\x80\"]",
                         "[\"\x80\"]",
                         "[\"\xE5\x8C\"]",
                         "[\"a",
                         "[\"a\\\"]",
                         "\xEF\xBB\xBF{}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(opens(bad[i]), "%s", bad[i]);
}

Test(json_pull, depth)
{
    char text[2 * (YK_JSON_PULL_DEPTH + 1) + 1] = "";
    for (int depth = YK_JSON_PULL_DEPTH; depth <= YK_JSON_PULL_DEPTH + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        cr_expect_eq(opens(text), depth == YK_JSON_PULL_DEPTH);
    }
}

Test(json_pull, members)
{
    int64_t whole;
    cr_assert(yk_json_pull_integer(member("{\"b\":{\"a\":5},\"a\":1,\"x\":\"}\\\"\",\"a\":-2}", "a"), &whole));
    cr_expect_eq(whole, -2); /* the last one, and not the one inside */
    cr_assert(yk_json_pull_integer(member("{\"\\u0061\\u00e9\":7}", "a\xC3\xA9"), &whole));
    cr_expect_eq(whole, 7);
    cr_expect_eq(yk_json_pull_kind(member("{\"ab\":1}", "a")), 0);
    cr_expect_eq(yk_json_pull_kind(member("[\"a\",1]", "a")), 0);
    cr_expect_eq(yk_json_pull_kind(member("{\"a\" : [1] }", "a")), '[');
}

Test(json_pull, texts)
{
    struct yk_json_pull_text text;
    cr_assert(yk_json_pull_text(member("{\"a\":\"x\\u00e9\\ud83d\\ude00\\n\\\"\"}", "a"), &text));
    cr_expect_eq(text.length, 9);
    cr_expect_eq(memcmp(text.text, "x\xC3\xA9\xF0\x9F\x98\x80\n\"", 9), 0);
    cr_expect(yk_json_pull_is(member("{\"a\":\"E\\u0078it\"}", "a"), "exit"));
    cr_expect_not(yk_json_pull_is(member("{\"a\":\"exits\"}", "a"), "exit"));
    char longer[400] = "{\"a\":\"\\n";
    memset(longer + 8, 'x', YK_JSON_PULL_TEXT_MAX - 1);
    strcpy(longer + 8 + YK_JSON_PULL_TEXT_MAX - 1, "\"}");
    cr_expect(yk_json_pull_text(member(longer, "a"), &text));
    strcpy(longer + 8 + YK_JSON_PULL_TEXT_MAX - 1, "x\"}");
    cr_expect_not(yk_json_pull_text(member(longer, "a"), &text));
    longer[6] = longer[7] = 'x'; /* without an escape it is as long as it likes */
    cr_expect(yk_json_pull_text(member(longer, "a"), &text));
    cr_expect_eq(text.length, YK_JSON_PULL_TEXT_MAX + 2);
}

Test(json_pull, numbers)
{
    double number;
    int64_t whole;
    cr_expect(yk_json_pull_number(member("{\"a\":1e300}", "a"), &number) && number == 1e300);
    cr_expect(yk_json_pull_number(member("{\"a\":597.12345678901234}", "a"), &number) && number == 597.12345678901234);
    cr_expect(yk_json_pull_number(member("{\"a\":\"3\"}", "a"), &number) && number == 3);
    cr_expect_not(yk_json_pull_number(member("{\"a\":\"nan\"}", "a"), &number));
    cr_expect_not(yk_json_pull_number(member("{\"a\":true}", "a"), &number));
    cr_expect(yk_json_pull_integer(member("{\"a\":-9223372036854775808}", "a"), &whole) && whole == INT64_MIN);
    cr_expect_not(yk_json_pull_integer(member("{\"a\":1.0}", "a"), &whole));
    cr_expect_not(yk_json_pull_integer(member("{\"a\":5,\"b\":9223372036854775808}", "a"), &whole));
}
