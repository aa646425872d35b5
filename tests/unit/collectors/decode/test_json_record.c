/* Values of a message. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_record.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char seen[256];
static struct yk_drops drops;

static enum yk_status take(void *state, const json_t *object, const struct yk_camera_sink *sink, struct yk_error *err)
{
    (void)state;
    (void)sink;
    (void)err;
    const json_t *value = json_object_get(object, "a");
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%lld;", (long long)json_integer_value(value));
    return json_integer_value(value) == 99 ? YK_ERR_FULL : YK_OK;
}

static const char *read_text(const char *text)
{
    struct yk_camera_sink sink = {.drops = &drops};
    drops = (struct yk_drops){{0}};
    seen[0] = '\0';
    cr_assert_eq(yk_json_record(text, strlen(text), take, NULL, &sink, NULL), YK_OK, "%s", text);
    return seen;
}

Test(json_record, one_or_many)
{
    cr_expect_str_eq(read_text("{\"a\":1}"), "1;");
    cr_expect_str_eq(read_text("  {\"a\":1}\r\n{\"a\":2}\n\n{\"a\":3}\n"), "1;2;3;");
    cr_expect_str_eq(read_text("{\"a\":1}{\"a\":2}"), "1;2;");
    cr_expect_str_eq(read_text("[{\"a\":1},{\"a\":2}]"), "1;2;");
    cr_expect_str_eq(read_text("{\n  \"a\":\n 1\n}"), "1;");
    cr_expect_str_eq(read_text("[]"), "");
    cr_expect_eq(drops.count[YK_DROP_bad_schema] + drops.count[YK_DROP_bad_json], 0);
}

Test(json_record, what_is_none)
{
    cr_expect_str_eq(read_text("{\"a\":1} junk {\"a\":2}"), "1;");
    cr_expect_eq(drops.count[YK_DROP_bad_json], 1);
    cr_expect_str_eq(read_text("[5,{\"a\":1},[{\"a\":2}],null]"), "1;");
    cr_expect_eq(drops.count[YK_DROP_bad_schema], 3);
    const char *bad[] = {
        "", " ", "5", "\"x\"", "{", "{\"a\":1,}", "{'a':1}", "\xEF\xBB\xBF", "{\"a\":\"\\u0000\"}", "{\"a\":1e999}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_str_eq(read_text(bad[i]), "", "%s", bad[i]);
        cr_expect_eq(drops.count[YK_DROP_bad_json], 1, "%s", bad[i]);
    }
}

Test(json_record, a_failure_of_the_receiver_ends_it)
{
    struct yk_camera_sink sink = {.drops = &drops};
    const char *text = "{\"a\":1}{\"a\":99}{\"a\":3}";
    seen[0] = '\0';
    cr_assert_eq(yk_json_record(text, strlen(text), take, NULL, &sink, NULL), YK_ERR_FULL);
    cr_expect_str_eq(seen, "1;99;");
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    cr_assert(value, "%s", text);
    return value;
}

Test(json_record, numbers_quoted_or_not)
{
    double number;
    uint64_t count;
    struct {
        const char *text;
        bool number, count;
    } cases[] = {{"3", true, true},         {"\"3\"", true, true},
                 {"3.5", true, false},      {"-1", true, false},
                 {"\"-1\"", true, false},   {"9007199254740992", true, true},
                 {"1e300", true, false},    {"\"nan\"", false, false},
                 {"\"\"", false, false},    {"\"3 persons\"", false, false},
                 {"true", false, false},    {"null", false, false},
                 {"\"0x10\"", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *value = parse(cases[i].text);
        cr_expect_eq(yk_json_number(value, &number), cases[i].number, "%s", cases[i].text);
        cr_expect_eq(yk_json_count(value, &count), cases[i].count, "%s", cases[i].text);
        json_decref(value);
    }
    cr_expect_not(yk_json_number(NULL, &number));
}

Test(json_record, names)
{
    struct yk_device_name name;
    json_t *value = parse("[\"Fence1\", 1000, \"\", null, 1.5, \"\xE5\x8C\x97\xE5\x8F\xA3\"]");
    cr_assert(yk_json_name(json_array_get(value, 0), &name));
    cr_expect_str_eq(name.text, "Fence1");
    cr_assert(yk_json_name(json_array_get(value, 1), &name));
    cr_expect_str_eq(name.text, "1000");
    for (size_t i = 2; i < 5; i++)
        cr_expect_not(yk_json_name(json_array_get(value, i), &name));
    cr_assert(yk_json_name(json_array_get(value, 5), &name));
    cr_expect_str_eq(name.text, "\xE5\x8C\x97\xE5\x8F\xA3");
    json_decref(value);
    char text[200];
    memset(text, 'x', sizeof text);
    cr_assert(yk_device_name_set(&name, text, sizeof text));
    cr_expect_eq(strlen(name.text), sizeof name.text - 1);
}

Test(json_record, paths)
{
    json_t *value = parse("{\"a\":{\"b\":{\"c\":7}},\"x\":5}");
    cr_expect_eq(json_integer_value(yk_json_at(value, "a", "b", "c")), 7);
    cr_expect_null(yk_json_at(value, "a", "x", "c"));
    cr_expect_null(yk_json_at(value, "x", "b"));
    cr_expect_null(yk_json_at(NULL, "x"));
    json_decref(value);
}
