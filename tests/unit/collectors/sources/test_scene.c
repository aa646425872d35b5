/* A whole recording's tracks, on made walks. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/scene.h"

#include <criterion/criterion.h>
#include <string.h>

/* A = (0,0), B = (0,10): (B-A)x(P-A) = -10 x, so plus is where x < 0. */
static const struct yk_line line = {.a = {0, 0}, .b = {0, 10}, .length = 10, .hysteresis = 1};
static const struct yk_polygon zone = {4, {{2, 0}, {6, 0}, {6, 10}, {2, 10}}};

#define EVENTS 32

struct got {
    struct yk_scene_event events[EVENTS];
    size_t events_count;
    struct yk_dwell dwell[EVENTS];
    size_t dwell_count, steps, starts;
};

static enum yk_status on_event(void *context, const struct yk_scene_event *event, struct yk_error *err)
{
    (void)err;
    struct got *got = context;
    cr_assert_lt(got->events_count, EVENTS);
    got->events[got->events_count++] = *event;
    return YK_OK;
}

static enum yk_status on_step(void *context, const struct yk_dwell_point *before, const struct yk_dwell_point *now,
                              struct yk_error *err)
{
    (void)err;
    struct got *got = context;
    if (before == now)
        got->starts++;
    else
        got->steps++;
    return YK_OK;
}

static enum yk_status on_dwell(void *context, const struct yk_dwell *dwell, struct yk_error *err)
{
    (void)err;
    struct got *got = context;
    cr_assert_lt(got->dwell_count, EVENTS);
    got->dwell[got->dwell_count++] = *dwell;
    return YK_OK;
}

static struct got got;
static struct yk_drops drops;
static struct yk_scene *scene;

static void setup(void)
{
    const struct yk_scene_options options = {&line, &zone};
    const struct yk_scene_listener listener = {on_event, on_step, on_dwell, &got};
    memset(&got, 0, sizeof got);
    memset(&drops, 0, sizeof drops);
    cr_assert_eq(yk_scene_new(&options, &listener, &drops, &scene, NULL), YK_OK);
}

static void teardown(void)
{
    yk_scene_free(scene);
}

TestSuite(scene, .init = setup, .fini = teardown, .timeout = 60);

static void put(uint64_t track, double t_s, double x, double y)
{
    cr_assert_eq(yk_scene_frame(scene, t_s, NULL), YK_OK);
    cr_assert_eq(yk_scene_sample(scene, track, &(struct yk_dwell_point){x, y, t_s}, NULL), YK_OK);
}

static void check(const struct yk_scene_event *e, enum yk_scene_kind kind, int direction, double t_s, double x)
{
    cr_assert_eq(e->kind, kind);
    cr_assert_eq(e->direction, direction);
    cr_assert_float_eq(e->t_s, t_s, 1e-6);
    cr_assert_float_eq(e->x, x, 1e-9);
    cr_assert_float_eq(e->y, 5, 1e-9);
}

/* From x = 8 at 0 s to -2 at 10 s: out of the zone's right edge at 2 s, its left at 6 s, over the line at 8 s. */
Test(scene, one_walk)
{
    for (int i = 0; i <= 5; i++)
        put(UINT64_MAX - 1, 2 * i, 8 - 2 * i, 5);
    cr_assert_eq(yk_scene_end(scene, NULL), YK_OK);
    cr_assert_eq(got.events_count, 4);
    check(&got.events[0], YK_SCENE_ZONE_ENTER, 1, 2, 6);
    check(&got.events[1], YK_SCENE_ZONE_LEAVE, -1, 6, 2);
    check(&got.events[2], YK_SCENE_CROSSING_RAW, 1, 8, 0);
    check(&got.events[3], YK_SCENE_CROSSING, 1, 8, 0);
    struct yk_scene_figures figures = yk_scene_figures(scene);
    cr_assert_eq(figures.tracks, 1);
    cr_assert_eq(figures.raw[1], 1);
    cr_assert_eq(figures.raw[0] + figures.counted[0], 0);
    cr_assert_eq(figures.counted[1], 1);
    cr_assert_eq(figures.tracks_in_zone, 1);
    cr_assert_float_eq(figures.dwell_total_s, 4, 1e-9);
    cr_assert_eq(got.starts, 1);
    cr_assert_eq(got.steps, 5);
    cr_assert_eq(yk_scene_occupancy(scene)->frames, 6);
    cr_assert_eq(yk_scene_occupancy(scene)->sum, 2); /* at 4 and 2: the right edge is outside, the left one inside */
}

/* Away for an hour and back: one person, who leaves the zone when the file ends. */
Test(scene, absence_ends_nothing)
{
    put(7, 0, 3, 5);
    put(8, 1800, 50, 5);
    put(7, 3600, 4, 5);
    cr_assert_eq(yk_scene_end(scene, NULL), YK_OK);
    struct yk_scene_figures figures = yk_scene_figures(scene);
    cr_assert_eq(figures.tracks, 2);
    cr_assert_eq(figures.tracks_in_zone, 1);
    cr_assert_eq(figures.dwell_total_s, 3600);
    cr_assert_eq(got.events_count, 2);
    check(&got.events[1], YK_SCENE_ZONE_LEAVE, -1, 3600, 4);
}

Test(scene, the_first_of_two_places_stands)
{
    put(1, 0, 3, 5);
    put(1, 0, -30, 5);
    put(1, 1, 3, 5);
    cr_assert_eq(yk_scene_end(scene, NULL), YK_OK);
    cr_assert_eq(drops.count[YK_DROP_out_of_order], 1);
    cr_assert_eq(got.events_count, 2);
    cr_assert_eq(yk_scene_occupancy(scene)->frames, 2);
    cr_assert_eq(yk_scene_occupancy(scene)->max, 1);
}

/* The table grows many times; rows of dwell come in the order in which the tracks began. */
Test(scene, many_tracks)
{
    for (uint64_t i = 0; i < 100000; i++)
        put(i * 1000003 % 100000, (double)i, i % 10000 ? 100 : 3, 5); /* a permutation: 1000003 is prime */
    for (uint64_t i = 0; i < 100000; i++)
        put(i, 100000 + (double)i, 100, 5);
    cr_assert_eq(yk_scene_end(scene, NULL), YK_OK);
    struct yk_scene_figures figures = yk_scene_figures(scene);
    cr_assert_eq(figures.tracks, 100000);
    cr_assert_eq(figures.tracks_in_zone, 10);
    cr_assert_eq(got.dwell_count, 10);
    for (size_t i = 0; i < 10; i++)
        cr_assert_eq(got.dwell[i].first_s, 10000 * (double)i);
}

Test(scene, too_many_tracks_are_refused)
{
    struct yk_error err;
    const struct yk_dwell_point point = {100, 5, 0};
    cr_assert_eq(yk_scene_frame(scene, 0, NULL), YK_OK);
    for (uint64_t i = 0; i < YK_SCENE_TRACKS_MAX; i++)
        cr_assert_eq(yk_scene_sample(scene, i, &point, NULL), YK_OK);
    cr_assert_eq(yk_scene_sample(scene, YK_SCENE_TRACKS_MAX, &point, &err), YK_ERR_INPUT);
    cr_assert(strstr(err.message, "1000000") && strstr(err.message, "split"));
}

/* Under a new name somebody is who they were: on the other side, and once in the zone. */
Test(scene, a_track_with_a_new_name)
{
    put(1, 0, 3, 5);
    put(1, 1, 3, 5);
    cr_assert_eq(yk_scene_rename(scene, 1, 500, NULL), YK_OK);
    put(500, 2, -3, 5);
    put(1, 3, 3, 5); /* somebody else */
    cr_assert_eq(yk_scene_rename(scene, 1, 500, NULL), YK_OK);
    cr_assert_eq(yk_scene_rename(scene, 77, 78, NULL), YK_OK); /* nobody */
    put(1, 4, 3, 5);
    put(500, 4, -3, 5);
    cr_assert_eq(yk_scene_end(scene, NULL), YK_OK);
    struct yk_scene_figures figures = yk_scene_figures(scene);
    cr_expect_eq(figures.tracks, 2);
    cr_expect_eq(figures.counted[1], 1);
    cr_expect_eq(figures.counted[0], 0);
    cr_expect_eq(figures.tracks_in_zone, 2);
}

/* A new name for every step of ten people: the table does not grow with the names. */
Test(scene, many_new_names)
{
    uint64_t name[10], next = 1000;
    for (uint64_t i = 0; i < 10; i++)
        put(name[i] = i, 0, 3, 5);
    for (int t = 1; t < 3000; t++)
        for (uint64_t i = 0; i < 10; i++) {
            cr_assert_eq(yk_scene_rename(scene, name[i], next, NULL), YK_OK);
            name[i] = next++;
            put(name[i], t, 3 + t % 2, 5);
        }
    cr_assert_eq(yk_scene_end(scene, NULL), YK_OK);
    cr_expect_eq(yk_scene_figures(scene).tracks, 10);
    cr_expect_eq(drops.count[YK_DROP_out_of_order], 0);
}
