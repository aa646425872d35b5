/* Positions in a stream, worked out with paper. SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/stream_position.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct yk_stream_position position;
static bool unsure;

static uint64_t look(struct yk_stream_state state)
{
    return yk_stream_position_look(&position, &state, &unsure);
}

static void pass(uint64_t ms)
{
    yk_stream_position_pass(&position, &(struct yk_stream_id){ms, 0});
}

Test(stream_position, ids)
{
    struct yk_stream_id id, other;
    char text[YK_STREAM_ID_SIZE];
    cr_assert(yk_stream_id_parse("18446744073709551615-18446744073709551615", &id));
    yk_stream_id_format(text, &id);
    cr_expect_str_eq(text, "18446744073709551615-18446744073709551615");
    static const char *const wrong[] = {
        "", "1", "1-", "-1", "1-2-3", "a-1", " 1-2", "1-2 ", "18446744073709551616-0", "+1-2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(yk_stream_id_parse(wrong[i], &id), "%s", wrong[i]);
    cr_assert(yk_stream_id_parse("9-1", &id) && yk_stream_id_parse("10-0", &other));
    cr_expect_lt(yk_stream_id_compare(&id, &other), 0);
    cr_expect_gt(yk_stream_id_compare(&other, &id), 0);
    cr_expect_eq(yk_stream_id_compare(&id, &id), 0);
}

#define STATE(first_ms, last_ms, n, ever)             \
    ((struct yk_stream_state){.exists = true,         \
                              .counts = true,         \
                              .has_first = (n) > 0,   \
                              .first = {first_ms, 0}, \
                              .last = {last_ms, 0},   \
                              .length = n,            \
                              .added = ever})

Test(stream_position, begins_at_the_end)
{
    cr_expect_eq(look(STATE(100, 200, 7, 20)), 0);
    cr_expect(position.known && position.id.ms == 200 && position.number == 20);
    memset(&position, 0, sizeof position);
    cr_expect_eq(look((struct yk_stream_state){0}), 0); /* no stream yet: all of it is new */
    cr_expect(position.known && position.id.ms == 0 && position.counted);
    cr_expect_eq(look(STATE(100, 200, 3, 3)), 0);
    pass(100), pass(150), pass(200);
    cr_expect_eq(look(STATE(100, 200, 3, 3)), 0);
}

Test(stream_position, what_was_trimmed)
{
    look(STATE(100, 200, 7, 20));
    /* Ten more, of which the last four are left: 21 to 26 are gone. */
    cr_expect_eq(look(STATE(270, 300, 4, 30)), 6);
    cr_expect_eq(look(STATE(270, 300, 4, 30)), 0, "it is told once");
    pass(270), pass(280), pass(290), pass(300);
    cr_expect_eq(look(STATE(270, 300, 4, 30)), 0);
    /* All that came was trimmed, and we are not sent anything. */
    cr_expect_eq(look(STATE(0, 400, 0, 35)), 5);
    /* Trimmed between the look and the reading: found at the end. */
    cr_expect_eq(look(STATE(410, 440, 4, 39)), 0);
    pass(430), pass(440);
    cr_expect_eq(look(STATE(430, 440, 2, 39)), 2);
    cr_expect_not(unsure);
}

Test(stream_position, another_stream)
{
    look(STATE(100, 200, 7, 20));
    cr_expect_eq(look(STATE(10, 50, 5, 5)), 0, "its end is before us: it began anew");
    cr_expect(position.id.ms == 0 && position.number == 0);
    /* Of the same name, later: it cannot be known what it had. */
    memset(&position, 0, sizeof position);
    look(STATE(100, 200, 7, 20));
    cr_expect_eq(look(STATE(300, 400, 2, 2)), 0);
    pass(300), pass(400);
    cr_expect_eq(look(STATE(300, 400, 2, 2)), 0);
    cr_expect(position.counted && position.number == 2);
}

Test(stream_position, an_older_redis_does_not_count)
{
    struct yk_stream_state state = STATE(100, 200, 7, 0);
    state.counts = false;
    look(state);
    cr_expect_not(unsure);
    state = STATE(150, 300, 7, 0);
    state.counts = false;
    look(state);
    cr_expect_not(unsure, "our place is still there");
    state.first.ms = 250;
    cr_expect_eq(look(state), 0);
    cr_expect(unsure);
}

Test(stream_position, is_kept)
{
    scratch_make();
    int fd = open(scratch, O_RDONLY | O_DIRECTORY);
    struct yk_stream_position kept = {.known = true, .id = {1795820000123, 4}, .counted = true, .number = 77}, back;
    cr_assert(yk_stream_position_save(&kept, fd, "cam-1", "redis-stream:unix:/a b#c"));
    yk_stream_position_load(&back, fd, "cam-1", "redis-stream:unix:/a b#c");
    cr_expect(back.known && back.counted && back.number == 77 && back.id.ms == 1795820000123 && back.id.sequence == 4);
    yk_stream_position_load(&back, fd, "cam-1", "redis-stream:unix:/a b#d");
    cr_expect_not(back.known, "another stream");
    yk_stream_position_load(&back, fd, "cam-2", "redis-stream:unix:/a b#c");
    cr_expect_not(back.known, "another sensor");
    kept.counted = false;
    cr_assert(yk_stream_position_save(&kept, fd, "cam-1", "x"));
    yk_stream_position_load(&back, fd, "cam-1", "x");
    cr_expect(back.known && !back.counted);
    static const char *const broken[] = {"", "1-1", "1-1 5", "1-1 5\n", "1-1 5\nx", "1 5\nx\n", "\n\n", " \n\n"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/cam-1.stream", scratch);
        FILE *file = fopen(path, "w");
        fputs(broken[i], file);
        fclose(file);
        yk_stream_position_load(&back, fd, "cam-1", "x");
        cr_expect_not(back.known, "%s", broken[i]);
    }
    close(fd);
    scratch_remove();
}
