/* JSON values of messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/json_record.h"

#include "decode/track_number.h"

#include <criterion/criterion.h>
#include <string.h>

struct seen {
    int objects;
    enum yk_track_name named[8];
    uint64_t track[8];
    char name[8][YK_DEVICE_NAME_SIZE];
};

static enum yk_status look(void *state, const json_t *object, const struct yk_camera_sink *sink, struct yk_error *err)
{
    (void)sink;
    (void)err;
    struct seen *seen = state;
    struct yk_device_name name = {""};
    int i = seen->objects++;
    seen->named[i] = yk_track_number_json(json_object_get(object, "id"), &seen->track[i]);
    if (yk_json_name(json_object_get(object, "line"), &name))
        strcpy(seen->name[i], name.text);
    return YK_OK;
}

static struct seen see(const char *text, struct yk_drops *drops)
{
    struct seen seen = {.objects = 0};
    struct yk_camera_sink sink = {.drops = drops};
    cr_assert_eq(yk_json_record(text, strlen(text), look, &seen, &sink, NULL), YK_OK);
    return seen;
}

/* 2^64 - 1 as a number fits no integer of the JSON reader: it is a detection without a track, and its message stands. */
Test(json_record, untracked_as_the_greatest_number)
{
    struct yk_drops drops = {{0}};
    struct seen seen =
        see("[{\"id\":18446744073709551615,\"line\":7},{\"id\":9007199254740991,\"line\":\"a\"},{\"id\":-1},"
            "{\"id\":1.5,\"line\":1.5},{\"id\":9223372036854775808},{\"id\":0}] {\"id\":9223372036854775807}",
            &drops);
    cr_assert_eq(seen.objects, 7);
    cr_expect_eq(seen.named[0], YK_TRACK_UNTRACKED);
    cr_expect_str_eq(seen.name[0], "7");
    cr_expect_eq(seen.named[1], YK_TRACK_NAMED);
    cr_expect_eq(seen.track[1], 9007199254740991u);
    cr_expect_str_eq(seen.name[1], "a");
    cr_expect_eq(seen.named[2], YK_TRACK_UNTRACKED);
    cr_expect_eq(seen.named[3], YK_TRACK_NO_NAME);
    cr_expect_str_eq(seen.name[3], "");
    cr_expect_eq(seen.named[4], YK_TRACK_NO_NAME); /* what it was cannot be told any more */
    cr_expect_eq(seen.named[5], YK_TRACK_NAMED);
    cr_expect_eq(seen.track[5], 0);
    cr_expect_eq(seen.named[6], YK_TRACK_NAMED); /* the next message of the record is read exactly again */
    cr_expect_eq(seen.track[6], 9223372036854775807u);
    cr_expect_eq(drops.count[YK_DROP_bad_json], 0);
}

Test(json_record, numbers_that_fit_nothing)
{
    struct yk_drops drops = {{0}};
    cr_expect_eq(see("{\"id\":1e999}", &drops).objects, 0);
    cr_expect_eq(drops.count[YK_DROP_bad_json], 1);
    char text[700];
    memset(text, '9', sizeof text); /* 10^690 as a whole number */
    memcpy(text, "{\"id\":", 6);
    strcpy(text + 690, "}");
    cr_expect_eq(see(text, &drops).objects, 0);
    cr_expect_eq(drops.count[YK_DROP_bad_json], 2);
}
