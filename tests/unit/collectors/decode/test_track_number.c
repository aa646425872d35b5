/* Names of tracks as numbers. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/track_number.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static enum yk_track_name of_text(const char *text, uint64_t *out)
{
    return yk_track_number_text(text, strlen(text), out);
}

static enum yk_track_name of_json(const char *text, uint64_t *out)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    cr_assert(value, "%s", text);
    enum yk_track_name name = yk_track_number_json(value, out);
    json_decref(value);
    return name;
}

Test(track_number, numbers_are_themselves_however_they_come)
{
    uint64_t a = 1, b = 2;
    cr_assert_eq(of_text("195", &a), YK_TRACK_NAMED);
    cr_assert_eq(of_json("195", &b), YK_TRACK_NAMED);
    cr_expect(a == 195 && b == 195);
    cr_assert_eq(of_json("\"195\"", &b), YK_TRACK_NAMED);
    cr_expect_eq(b, 195);
    cr_assert_eq(of_json("0", &b), YK_TRACK_NAMED);
    cr_expect_eq(b, 0);
    cr_assert_eq(of_json("9223372036854775807", &b), YK_TRACK_NAMED);
    cr_expect_eq(b, INT64_MAX);
}

Test(track_number, untracked)
{
    const char *texts[] = {"", "null", "NULL", "-1", "18446744073709551615"};
    const char *values[] = {"null", "-1", "-2", "\"\"", "\"null\"", "\"-1\"", "18446744073709551615.0"};
    uint64_t out;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_eq(of_text(texts[i], &out), YK_TRACK_UNTRACKED, "%s", texts[i]);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cr_expect_eq(of_json(values[i], &out), YK_TRACK_UNTRACKED, "%s", values[i]);
    cr_expect_eq(yk_track_number_json(NULL, &out), YK_TRACK_UNTRACKED);
}

Test(track_number, no_name)
{
    const char *values[] = {"{}", "[]", "true", "1.5"};
    uint64_t out;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cr_expect_eq(of_json(values[i], &out), YK_TRACK_NO_NAME, "%s", values[i]);
}

/* UUIDs that differ in one digit, and numbers beyond 63 bits, are different tracks, and none is a small number. */
Test(track_number, names_are_told_apart)
{
    static uint64_t seen[4096];
    char text[40];
    for (uint64_t i = 0; i < 4096; i++) {
        snprintf(text, sizeof text, "8e653185-8e54-4dca-8af1-9f7202ac%04x", (unsigned)i);
        cr_assert_eq(of_text(text, &seen[i]), YK_TRACK_NAMED);
        cr_assert(seen[i] >> 63 == 1 && seen[i] != UINT64_MAX);
        for (uint64_t j = 0; j < i; j++)
            cr_assert_neq(seen[i], seen[j]);
    }
    uint64_t again;
    cr_assert_eq(of_text("8e653185-8e54-4dca-8af1-9f7202ac0000", &again), YK_TRACK_NAMED);
    cr_expect_eq(again, seen[0]);
    cr_assert_eq(of_text("18446744073709551614", &again), YK_TRACK_NAMED);
    cr_expect(again >> 63 == 1);
}
