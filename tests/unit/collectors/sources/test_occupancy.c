/* Occupancy per frame and second, by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/occupancy.h"

#include <criterion/criterion.h>
#include <string.h>

#define SECONDS 16

struct told {
    struct yk_occupancy_second seconds[SECONDS];
    size_t count;
};

static enum yk_status take(void *context, const struct yk_occupancy_second *second, struct yk_error *err)
{
    (void)err;
    struct told *told = context;
    cr_assert_lt(told->count, SECONDS);
    told->seconds[told->count++] = *second;
    return YK_OK;
}

static void frame(struct yk_occupancy *o, double t_s)
{
    cr_assert_eq(yk_occupancy_frame(o, t_s, NULL), YK_OK);
}

static void check(const struct yk_occupancy_second *s, int64_t second, uint64_t frames, uint64_t sum, uint64_t min,
                  uint64_t max, uint64_t distinct)
{
    cr_assert_eq(s->second, second);
    cr_assert_eq(s->frames, frames);
    cr_assert_eq(s->sum, sum);
    cr_assert_eq(s->min, min);
    cr_assert_eq(s->max, max);
    cr_assert_eq(s->distinct, distinct);
}

/* Tracks 0, 1, 2; frames at 0.5 (0, 1 inside), 0.9 (1, 2 inside), 3.0 (0 outside). */
static void play(struct yk_occupancy *o)
{
    int64_t last[3] = {INT64_MIN, INT64_MIN, INT64_MIN};
    frame(o, 0.5);
    cr_assert_eq(yk_occupancy_sample(o, true, &last[0], NULL), YK_OK);
    cr_assert_eq(yk_occupancy_sample(o, true, &last[1], NULL), YK_OK);
    frame(o, 0.9);
    cr_assert_eq(yk_occupancy_sample(o, true, &last[1], NULL), YK_OK);
    frame(o, 0.9); /* the same frame */
    cr_assert_eq(yk_occupancy_sample(o, true, &last[2], NULL), YK_OK);
    frame(o, 3);
    cr_assert_eq(yk_occupancy_sample(o, false, &last[0], NULL), YK_OK);
    frame(o, 4); /* nobody at all */
    cr_assert_eq(yk_occupancy_end(o, NULL), YK_OK);
}

Test(occupancy, listed_frames)
{
    struct told told = {.count = 0};
    struct yk_occupancy o = {.told = take, .context = &told};
    play(&o);
    cr_assert_eq(o.frames, 4);
    cr_assert_eq(o.sum, 4);
    cr_assert_eq(o.max, 2);
    cr_assert_eq(o.first_s, 0.5);
    cr_assert_eq(o.last_s, 4);
    cr_assert_eq(told.count, 3);
    check(&told.seconds[0], 0, 2, 4, 2, 2, 3);
    check(&told.seconds[1], 3, 1, 0, 0, 0, 0);
    check(&told.seconds[2], 4, 1, 0, 0, 0, 0);
}

/* At 10 frames a second there are 26 from 0.5 to 3.0; the one at 4 has no sample and ends nothing. */
Test(occupancy, every_frame)
{
    struct told told = {.count = 0};
    struct yk_occupancy o = {.every_frame = true, .fps = 10, .told = take, .context = &told};
    play(&o);
    cr_assert_eq(o.frames, 26);
    cr_assert_eq(o.sum, 4);
    cr_assert_eq(o.last_s, 3);
    cr_assert_eq(told.count, 4);
    check(&told.seconds[0], 0, 5, 4, 0, 2, 3); /* 0.5 0.6 0.7 0.8 0.9 */
    check(&told.seconds[1], 1, 10, 0, 0, 0, 0);
    check(&told.seconds[2], 2, 10, 0, 0, 0, 0);
    check(&told.seconds[3], 3, 1, 0, 0, 0, 0);
    struct yk_occupancy untold = {.every_frame = true, .fps = 10};
    play(&untold);
    cr_assert_eq(untold.frames, 26);
    cr_assert_eq(untold.sum, 4);
}

Test(occupancy, nothing_at_all)
{
    struct yk_occupancy o = {.every_frame = true, .fps = 30};
    frame(&o, 1);
    frame(&o, 2);
    cr_assert_eq(yk_occupancy_end(&o, NULL), YK_OK);
    cr_assert_eq(o.frames, 0);
}

static enum yk_status ignore(void *context, const struct yk_occupancy_second *second, struct yk_error *err)
{
    (void)context;
    (void)second;
    (void)err;
    return YK_OK;
}

/* Two rows with two years between them: counted at once, but not told second by second. */
Test(occupancy, far_apart)
{
    for (int telling = 0; telling < 2; telling++) {
        struct yk_occupancy o = {.every_frame = true, .fps = 1, .told = telling ? ignore : NULL};
        struct yk_error err = {0};
        int64_t last = INT64_MIN;
        frame(&o, 0);
        cr_assert_eq(yk_occupancy_sample(&o, true, &last, NULL), YK_OK);
        frame(&o, 63072000);
        enum yk_status status = yk_occupancy_sample(&o, true, &last, &err);
        if (telling) {
            cr_assert_eq(status, YK_ERR_INPUT);
            cr_assert(strstr(err.message, "split"));
            continue;
        }
        cr_assert_eq(status, YK_OK);
        cr_assert_eq(yk_occupancy_end(&o, NULL), YK_OK);
        cr_assert_eq(o.frames, 63072001);
        cr_assert_eq(o.sum, 2);
    }
}
