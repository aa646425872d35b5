/* Line crossings by hand and on recordings. SPDX-License-Identifier: GPL-3.0-or-later */
#include "geometry/line.h"

#include "data.h"
#include "scene.h"

#include <criterion/criterion.h>

/* A(0,0) B(10,0): B-A = (10,0), s = 10 y, d = y. Plus is y rising. */
static struct yk_line horizontal(double hysteresis)
{
    struct yk_polygon points = {2, {{0, 0}, {10, 0}}};
    struct yk_line line;
    cr_assert_eq(yk_line_set(&line, &points, hysteresis, "test", NULL), YK_OK);
    return line;
}

struct tally {
    int raw_plus, raw_minus, plus, minus;
    int64_t raw_us, counted_us; /* of the last ones */
};

/* Samples one second apart. */
static struct tally walk(const struct yk_line *line, size_t n, const double (*points)[2])
{
    struct yk_line_track track = {0};
    struct tally t = {0};
    for (size_t i = 0; i < n; i++) {
        struct yk_line_step step = yk_line_follow(line, &track, points[i][0], points[i][1], (int64_t)i * 1000000);
        t.raw_plus += step.raw.direction == 1;
        t.raw_minus += step.raw.direction == -1;
        t.plus += step.counted.direction == 1;
        t.minus += step.counted.direction == -1;
        if (step.raw.direction)
            t.raw_us = step.raw.time_us;
        if (step.counted.direction)
            t.counted_us = step.counted.time_us;
    }
    return t;
}
#define PATH(line, ...) \
    walk(&(line), sizeof((const double[][2]){__VA_ARGS__}) / sizeof(double[2]), (const double[][2]){__VA_ARGS__})

Test(line, side_and_distance)
{
    struct yk_polygon points = {2, {{0, 0}, {3, 4}}};
    struct yk_line line;
    cr_assert_eq(yk_line_set(&line, &points, 0, "test", NULL), YK_OK);
    cr_assert_eq(yk_line_side(&line, 0, 5), 15);      /* 3*5 - 4*0 */
    cr_assert_eq(yk_line_distance(&line, 0, 5), 3);   /* 15 / 5 */
    cr_assert_eq(yk_line_distance(&line, 5, 0), -4);  /* (0 - 20) / 5 */
    cr_assert_eq(yk_line_distance(&line, 30, 40), 0); /* on the straight line, beyond B */
}

Test(line, refuses_what_is_no_line)
{
    struct yk_line line;
    struct yk_error err;
    struct yk_polygon folded = {3, {{0, 0}, {1, 1}, {0.5, 0.5}}}, single = {1, {{0, 0}}}, same = {2, {{1, 1}, {1, 1}}},
                      infinite = {2, {{0, 0}, {(double)INFINITY, 1}}}, good = {2, {{0, 0}, {1, 1}}};
    cr_assert_eq(yk_line_set(&line, &folded, 0, "north", &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "north") && strstr(err.message, "folds back"));
    cr_assert_eq(yk_line_set(&line, &single, 0, "l", NULL), YK_ERR_CONFIG);
    cr_assert_eq(yk_line_set(&line, &same, 0, "l", NULL), YK_ERR_CONFIG);
    cr_assert_eq(yk_line_set(&line, &infinite, 0, "l", NULL), YK_ERR_CONFIG);
    cr_assert_eq(yk_line_set(&line, &good, -1, "l", NULL), YK_ERR_CONFIG);
    cr_assert_eq(yk_line_set(&line, &good, (double)NAN, "l", NULL), YK_ERR_CONFIG);
}

Test(line, direction_and_linear_time)
{
    struct yk_line line = horizontal(0);
    struct tally t = PATH(line, {5, -1}, {5, 3}); /* a quarter of the step below the line */
    cr_assert(t.raw_plus == 1 && t.plus == 1 && t.raw_minus == 0 && t.minus == 0);
    cr_assert_eq(t.raw_us, 250000);
    t = PATH(line, {5, 1}, {5, -1});
    cr_assert(t.raw_minus == 1 && t.minus == 1 && t.raw_plus == 0);
    cr_assert_eq(t.counted_us, 500000);
}

Test(line, sample_on_the_line_keeps_its_side)
{
    struct yk_line line = horizontal(0);
    /* Through: one crossing, on the segment from second 0 to second 2; at y = 0 after half of it. */
    struct tally t = PATH(line, {5, -1}, {5, 0}, {5, 1});
    cr_assert(t.raw_plus == 1 && t.plus == 1);
    cr_assert_eq(t.raw_us, 1000000);
    /* The time is that of the straight path past the sample on the line: -1 at 0 s, 3 at 2 s -> 0.5 s. */
    t = PATH(line, {5, -1}, {5, 0}, {5, 3});
    cr_assert_eq(t.raw_us, 500000);
    /* Touch and back: none. */
    t = PATH(line, {5, -1}, {5, 0}, {5, -1});
    cr_assert(t.raw_plus == 0 && t.raw_minus == 0);
    /* Begins on the line: no side yet. */
    t = PATH(line, {5, 0}, {5, 0}, {5, 1});
    cr_assert(t.raw_plus == 0 && t.raw_minus == 0);
    t = PATH(line, {5, 0}, {5, 1}, {5, -1});
    cr_assert(t.raw_plus == 0 && t.raw_minus == 1);
    /* Ends on the line: not crossed. */
    t = PATH(line, {5, 1}, {5, 0});
    cr_assert(t.raw_minus == 0);
}

Test(line, ends_of_the_line_belong_to_it)
{
    struct yk_line line = horizontal(0);
    struct tally t = PATH(line, {0, -1}, {0, 1}); /* u = 0 */
    cr_assert_eq(t.raw_plus, 1);
    t = PATH(line, {10, 1}, {10, -1}); /* u = 1 */
    cr_assert_eq(t.raw_minus, 1);
    t = PATH(line, {10.001, 1}, {10.001, -1}); /* past B */
    cr_assert(t.raw_minus == 0 && t.minus == 0);
    t = PATH(line, {-0.001, 1}, {-0.001, -1}); /* before A */
    cr_assert(t.raw_minus == 0 && t.minus == 0);
}

Test(line, around_the_end_and_back_through_is_one)
{
    struct yk_line line = horizontal(1);
    /* Past B to the plus side (uncounted), then back through the line. */
    struct tally t = PATH(line, {12, -5}, {12, 5}, {5, 5}, {5, -5});
    cr_assert(t.raw_plus == 0 && t.raw_minus == 1 && t.plus == 0 && t.minus == 1);
}

Test(line, crossing_on_the_last_step_counts)
{
    struct yk_line line = horizontal(2);
    struct tally t = PATH(line, {5, -9}, {5, -3}, {5, 3});
    cr_assert(t.raw_plus == 1 && t.plus == 1);
    cr_assert_eq(t.counted_us, 1500000);
}

Test(line, trembling_within_the_hysteresis)
{
    struct yk_line line = horizontal(2);
    /* Raw + - + ; stable only at -5 and at 5: one, the last raw one, between y = -1 (3 s) and y = 1 (4 s). */
    struct tally t = PATH(line, {5, -5}, {5, 1}, {5, 1.5}, {5, -1}, {5, 1}, {5, 5});
    cr_assert(t.raw_plus == 2 && t.raw_minus == 1 && t.plus == 1 && t.minus == 0);
    cr_assert_eq(t.counted_us, 3500000);
    /* Comes back before it is stable: none, and the stable sample wipes the slate. */
    t = PATH(line, {5, -5}, {5, 1}, {5, -5}, {5, -1});
    cr_assert(t.raw_plus == 1 && t.raw_minus == 1 && t.plus == 0 && t.minus == 0);
    /* |d| = h is not beyond it. */
    t = PATH(line, {5, -5}, {5, 2});
    cr_assert(t.raw_plus == 1 && t.plus == 0);
    /* The first stable sample says where the track began: a raw crossing before it counts nothing. */
    t = PATH(line, {5, -1}, {5, 5});
    cr_assert(t.raw_plus == 1 && t.plus == 0);
}

Test(line, last_raw_crossing_must_agree)
{
    struct yk_line line = horizontal(2);
    /* Raw -, inside the line; back to plus around the end is no raw crossing; then stable on minus past the end. The
     * last raw one (-) agrees. */
    struct tally t = PATH(line, {5, 5}, {5, -1}, {12, -1}, {12, 1}, {12, -5});
    cr_assert(t.raw_minus == 1 && t.minus == 1);
    /* From plus: raw -, then raw +, then around the end to minus: the last raw one (+) does not agree. */
    t = PATH(line, {5, 5}, {5, -1}, {5, 1}, {12, 1}, {12, -5});
    cr_assert(t.raw_minus == 1 && t.raw_plus == 1 && t.minus == 0 && t.plus == 0);
}

Test(line, standing_still_and_absence)
{
    struct yk_line line = horizontal(1);
    struct tally t = PATH(line, {5, -3}, {5, -3}, {5, -3}, {5, 3}, {5, 3});
    cr_assert(t.raw_plus == 1 && t.plus == 1);
    /* Seen again 10 s later on the other side: the path in between is taken as straight. */
    struct yk_line_track track = {0};
    (void)yk_line_follow(&line, &track, 5, -3, 0);
    struct yk_line_step step = yk_line_follow(&line, &track, 5, 3, 10000000);
    cr_assert_eq(step.counted.direction, 1);
    cr_assert_eq(step.counted.time_us, 5000000);
}

/* One reference row; used: an event of ours has met it. */
struct expected {
    long track;
    double t_s;
    int direction;
    bool used;
};

static size_t read_expected(const char *data, const char *reference, const char *name, struct expected **out)
{
    char path[512], text[256];
    snprintf(path, sizeof path, "%s/camera/reference/%s/%s", data, reference, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    size_t count = 0;
    *out = calloc(4096, sizeof **out);
    while (fgets(text, sizeof text, file)) {
        struct expected e = {0};
        double x, y;
        if (sscanf(text, "%ld,%lf,%lf,%lf,%d", &e.track, &e.t_s, &x, &y, &e.direction) == 5) {
            cr_assert_lt(count, 4096);
            (*out)[count++] = e;
        }
    }
    fclose(file);
    return count;
}

static void match(struct expected *list, size_t count, long track, struct yk_line_event event, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if (!list[i].used && list[i].track == track && list[i].direction == event.direction &&
            fabs(list[i].t_s - (double)event.time_us / 1e6) < 1e-5) {
            list[i].used = true;
            return;
        }
    }
    cr_assert_fail("%s: no reference for track %ld %+d at %f s", what, track, event.direction,
                   (double)event.time_us / 1e6);
}

static void check_scene(const char *data, const char *tracks, const char *reference)
{
    struct scene scene;
    struct expected *raw, *counted;
    scene_open(&scene, data, tracks, reference);
    size_t raw_count = read_expected(data, reference, "crossings_raw.csv", &raw);
    size_t counted_count = read_expected(data, reference, "crossings_hyst.csv", &counted);
    cr_assert_gt(counted_count, 0);

    struct yk_line line;
    cr_assert_eq(yk_line_set(&line, &scene.line, scene.hysteresis, reference, NULL), YK_OK);
    struct yk_line_track track = {0};
    size_t got_raw = 0, got_counted = 0;
    for (size_t i = 0; i < scene.count; i++) {
        const struct scene_sample *s = &scene.samples[i];
        if (i == 0 || s->track != scene.samples[i - 1].track)
            track = (struct yk_line_track){0};
        struct yk_line_step step = yk_line_follow(&line, &track, s->x, s->y, scene_time_us(&scene, i));
        if (step.raw.direction && ++got_raw)
            match(raw, raw_count, s->track, step.raw, reference);
        if (step.counted.direction && ++got_counted)
            match(counted, counted_count, s->track, step.counted, reference);
    }
    cr_assert_eq(got_raw, raw_count, "%s raw: %zu, reference %zu", reference, got_raw, raw_count);
    cr_assert_eq(got_counted, counted_count, "%s: %zu, reference %zu", reference, got_counted, counted_count);
    free(raw);
    free(counted);
    scene_close(&scene);
}

Test(line, recorded_scenes)
{
    YK_NEED_TEST_DATA(data);
    check_scene(data, "seq_eth_obsmat.txt", "seq_eth");
    check_scene(data, "students03_obsmat.txt", "students03");
    check_scene(data, "zara01_obsmat.txt", "zara01");
    check_scene(data, "edinburgh_01Jul.txt", "edinburgh_01Jul");
}
