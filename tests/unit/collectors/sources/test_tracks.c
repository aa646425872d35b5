/* The table of tracks. SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracks_capture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Line 0: y = 0, plus is y rising; line 1: x = 0 seen from below, plus is x falling (B-A = (0,1)). Zone 0: y 0..10. */
static struct yk_line_config lines[2] = {
    {.id = "level", .points = {2, {{-100, 0}, {100, 0}}}, .hysteresis = 0},
    {.id = "upright", .points = {2, {{0, -100}, {0, 100}}}, .hysteresis = 0},
};
static struct yk_zone_config zones[1] = {{.id = "hall", .points = {4, {{-100, 0}, {100, 0}, {100, 10}, {-100, 10}}}}};
static const struct yk_sensor_config sensor = {
    .id = "cam", .lines = lines, .line_count = 2, .zones = zones, .zone_count = 1};

static struct tracks_capture got;
static struct yk_tracks *tracks;
static struct yk_camera_sink sink;

static void begin(struct yk_tracks_options options)
{
    struct yk_tracks_listener listener = capture_listener(&got);
    memset(&got, 0, sizeof got);
    cr_assert_eq(yk_tracks_new(&sensor, &options, &listener, &got.drops, &tracks, NULL), YK_OK);
    sink = yk_tracks_sink(tracks);
}

static void see(uint64_t track, int64_t ms, double x, double y)
{
    struct yk_track_sample sample = {track, ms * 1000, x, y};
    cr_assert_eq(sink.frame(sink.context, sample.time_us, NULL), YK_OK);
    cr_assert_eq(sink.sample(sink.context, &sample, NULL), YK_OK);
}

static void end(void)
{
    cr_assert_eq(yk_tracks_end(tracks, NULL), YK_OK);
    yk_tracks_free(tracks);
}

Test(tracks, crossings_of_two_lines)
{
    begin(yk_tracks_defaults);
    see(1, 10000, 5, -5);
    see(1, 11000, 5, 5);  /* level, plus, 10.5 s */
    see(1, 12000, -5, 5); /* upright, x falls: plus, 11.5 s */
    see(1, 13000, 5, 5);  /* minus, 12.5 s */
    end();
    cr_assert_eq(got.crossing_count, 3);
    const struct yk_crossing expected[] = {{10500, 0, 1}, {11500, 1, 1}, {12500, 1, -1}};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(got.crossings[i].t_ms, expected[i].t_ms);
        cr_assert_eq(got.crossings[i].line, expected[i].line);
        cr_assert_eq(got.crossings[i].direction, expected[i].direction);
    }
    cr_assert_eq(got.slice_count, 1);
    cr_assert(got.slices[0].from_ms == 10500 && got.slices[0].to_ms == 13000);
    cr_assert_eq(got.time_us, 13000000);
}

Test(tracks, held_back_until_half_a_second_old)
{
    begin(yk_tracks_defaults);
    see(1, 10000, 5, -5);
    see(1, 10200, 5, 5);
    see(1, 10499, 5, 5);
    cr_assert_eq(got.crossing_count, 0);
    see(1, 10500, 5, 6);
    cr_assert_eq(got.crossing_count, 1);
    cr_assert_eq(got.crossings[0].t_ms, 10100);
    see(1, 10600, 5, -6);
    cr_assert_eq(got.crossing_count, 2); /* and from then on at once */
    end();
    cr_assert_eq(got.slice_count, 1);
}

Test(tracks, too_young_ones_never_count)
{
    begin(yk_tracks_defaults);
    see(1, 10000, 5, -5);
    see(1, 10400, 5, 5);
    see(1, 10499, 5, -5);
    end();
    cr_assert(got.crossing_count == 0 && got.slice_count == 0 && got.raw_count == 0);
    cr_assert_eq(got.drops.count[YK_DROP_table_full], 0);
}

Test(tracks, absence_up_to_60_s_is_the_same_track)
{
    begin(yk_tracks_defaults);
    see(1, 10000, 5, -6);
    see(1, 11000, 5, -5);
    see(1, 71000, 5, 5); /* exactly 60 s: the straight path counts */
    cr_assert_eq(got.crossing_count, 1);
    cr_assert_eq(got.crossings[0].t_ms, 41000);
    cr_assert_eq(yk_tracks_summary(tracks).tracks, 1);
    end();
    cr_assert_eq(got.slice_count, 1); /* but the gap is not time inside */
    cr_assert_eq(got.slices[0].from_ms, 71000);
    cr_assert_eq(got.slices[0].inside_ms, 0);
}

Test(tracks, after_more_absence_it_is_somebody_new)
{
    begin(yk_tracks_defaults);
    see(1, 10000, 5, 5);
    see(1, 11000, 5, 5);
    see(2, 71000, 50, 5); /* event time passes; 1 is still known */
    cr_assert_eq(got.slice_count, 0);
    see(2, 71001, 50, 5);
    cr_assert_eq(got.slice_count, 1); /* 1 has ended where it was last seen */
    cr_assert(got.slices[0].entered && got.slices[0].left && got.slices[0].to_ms == 11000);
    see(1, 72000, 5, -5);
    see(1, 73000, 5, -6);
    end();
    cr_assert_eq(got.crossing_count, 0);
}

Test(tracks, reappearing_inside_goes_on_with_its_stay)
{
    begin(yk_tracks_defaults);
    see(1, 10000, 5, 5);
    see(1, 11000, 5, 5);
    see(1, 20000, 5, 6);
    see(1, 21000, 5, 6);
    end();
    cr_assert_eq(got.slice_count, 2);
    cr_assert(got.slices[0].entered && !got.slices[0].left && got.slices[0].inside_ms == 1000);
    cr_assert(!got.slices[1].entered && got.slices[1].left && got.slices[1].inside_ms == 1000);
}

Test(tracks, a_full_table_gives_up_the_one_longest_unseen)
{
    struct yk_tracks_options options = yk_tracks_defaults;
    options.capacity = 3;
    begin(options);
    for (uint64_t id = 1; id <= 3; id++)
        see(id, 10000 + (int64_t)id, 5, 5);
    see(1, 11000, 5, 6); /* 2 is now the oldest */
    see(4, 11001, 5, 5);
    cr_assert_eq(got.drops.count[YK_DROP_table_full], 1);
    see(1, 11002, 5, 6); /* 1, 3 and 4 are still known */
    see(3, 11003, 5, 6);
    see(4, 11004, 5, 6);
    cr_assert_eq(got.drops.count[YK_DROP_table_full], 1);
    cr_assert_eq(yk_tracks_summary(tracks).tracks, 4);
    see(2, 11005, 5, 6);
    cr_assert_eq(got.drops.count[YK_DROP_table_full], 2);
    cr_assert_eq(yk_tracks_summary(tracks).tracks, 5);
    end();
}

Test(tracks, doubled_and_older_samples_are_dropped)
{
    begin(yk_tracks_defaults);
    see(1, 10000, 5, -5);
    see(1, 11000, 5, -5);
    see(1, 11000, 5, 5); /* a second box in one frame */
    see(1, 10500, 5, 5);
    see(1, 12000, 5, -5);
    end();
    cr_assert_eq(got.drops.count[YK_DROP_out_of_order], 2);
    cr_assert_eq(got.crossing_count, 0);
    cr_assert_eq(got.raw_count, 0);
}

/* A camera whose clock was ahead is not deaf until the clock has caught up. */
Test(tracks, a_clock_that_is_set_back_begins_anew)
{
    begin(yk_tracks_defaults);
    see(1, 100000, 5, -5);
    see(1, 101000, 5, -5);
    see(1, 91000, 5, 5); /* 10 s: out of order */
    cr_expect_eq(got.drops.count[YK_DROP_out_of_order], 1);
    got.time_us = 0;
    see(1, 90999, 5, 5); /* somebody else, on the other side */
    cr_expect_eq(got.time_us, 90999000);
    see(1, 92000, 5, -5);
    see(1, 93000, 5, -5);
    end();
    cr_expect_eq(got.drops.count[YK_DROP_out_of_order], 1);
    cr_assert_eq(got.crossing_count, 1);
    cr_expect(got.crossings[0].direction == -1 && got.crossings[0].t_ms == 91500);
    cr_expect_eq(got.slice_count, 1);
}

/* What another clock may bring: an end and an older frame. */
Test(tracks, after_an_end_time_begins_anew)
{
    begin(yk_tracks_defaults);
    see(1, 100000, 5, -5);
    see(1, 101000, 5, 5);
    cr_assert_eq(yk_tracks_end(tracks, NULL), YK_OK);
    got.time_us = 0;
    see(1, 99000, 5, -5);
    see(1, 100000, 5, 5);
    end();
    cr_expect_eq(got.drops.count[YK_DROP_out_of_order], 0);
    cr_expect_eq(got.crossing_count, 2);
}

Test(tracks, trembling_youngster_is_held_in_bounds)
{
    begin(yk_tracks_defaults);
    for (int i = 0; i < 40; i++) /* a crossing every 10 ms for 0.4 s */
        see(1, 10000 + 10 * i, 5, i % 2 ? 5 : -5);
    cr_assert_eq(got.crossing_count, 0);
    see(1, 11000, 5, 5);
    end();
    cr_assert_gt(got.drops.count[YK_DROP_table_full], 0);
    cr_assert_gt(got.crossing_count, 0);
    cr_assert_leq(got.crossing_count + got.raw_count + got.slice_count, 20);
}

/* Many tracks come and go in a small table; their crossings are known by construction. */
Test(tracks, many_come_and_go)
{
    struct yk_tracks_options options = yk_tracks_defaults;
    options.capacity = 64;
    options.max_absence_us = 100000;
    begin(options);
    /* Track n lives from 1000 n to 1000 n + 900 ms beside its neighbours' lives, steps of 100 ms, and crosses half-way
     * up (even) or down (odd). Numbers far apart and close together. */
    for (int64_t step = 0; step < 4000; step++) {
        int64_t n = step / 10, phase = step % 10;
        double y = ((double)phase - 4.5) * (n % 2 ? -1 : 1);
        see((uint64_t)n * (n % 3 ? 1 : 0x9E3779B97F4A7C15u), 1000 + step * 100, 5, y);
    }
    end();
    cr_assert_eq(got.crossing_count, 400);
    for (int64_t n = 0; n < 400; n++) {
        cr_assert_eq(got.crossings[n].t_ms, 1000 + n * 1000 + 450);
        cr_assert_eq(got.crossings[n].direction, n % 2 ? -1 : 1);
    }
    cr_assert_eq(got.drops.count[YK_DROP_table_full], 0);
}

static enum yk_status no_room(void *context, const struct yk_crossing *crossing, struct yk_error *err)
{
    (void)context;
    (void)crossing;
    return yk_error_set(err, YK_ERR_FULL, "no room");
}

Test(tracks, a_listener_that_fails_stops_it)
{
    struct yk_tracks_listener listener = {.crossing = no_room};
    struct yk_drops drops = {{0}};
    struct yk_error err;
    cr_assert_eq(yk_tracks_new(&sensor, &yk_tracks_defaults, &listener, &drops, &tracks, NULL), YK_OK);
    sink = yk_tracks_sink(tracks);
    see(1, 10000, 5, -5);
    struct yk_track_sample sample = {1, 11000000, 5, 5};
    cr_assert_eq(sink.sample(sink.context, &sample, &err), YK_ERR_FULL);
    cr_assert_str_eq(err.message, "no room");
    yk_tracks_free(tracks);
}

Test(tracks, geometry_that_cannot_be_used)
{
    struct yk_line_config bent = {.id = "bent", .points = {3, {{0, 0}, {1, 1}, {0.5, 0.5}}}};
    struct yk_zone_config flat = {.id = "flat", .points = {2, {{0, 0}, {1, 1}}}};
    struct yk_sensor_config bad_line = {.id = "cam", .lines = &bent, .line_count = 1};
    struct yk_sensor_config bad_zone = {.id = "cam", .zones = &flat, .zone_count = 1};
    struct yk_tracks_listener listener = capture_listener(&got);
    struct yk_error err;
    cr_assert_eq(yk_tracks_new(&bad_line, &yk_tracks_defaults, &listener, &got.drops, &tracks, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "bent") && strstr(err.message, "cam"));
    cr_assert_eq(yk_tracks_new(&bad_zone, &yk_tracks_defaults, &listener, &got.drops, &tracks, &err), YK_ERR_CONFIG);
    cr_assert(strstr(err.message, "flat") && strstr(err.message, "cam"));
}

static void change(int kind, uint64_t track, uint64_t to, int64_t t_ms)
{
    cr_assert_eq(sink.frame(sink.context, t_ms * 1000, NULL), YK_OK);
    const struct yk_track_change change = {.kind = kind, .track = track, .to = to, .time_us = t_ms * 1000};
    cr_assert_eq(sink.change(sink.context, &change, NULL), YK_OK);
}

/* The camera says that it ended: what comes later under its number is somebody else. */
Test(tracks, an_end_by_the_cameras_word)
{
    begin(yk_tracks_defaults);
    see(1, 0, 5, -5);
    see(1, 1000, 5, -4);
    change(YK_TRACK_ENDED, 1, 0, 1000);
    see(1, 3001, 5, 5); /* past the grace of 2 s */
    see(1, 4000, 5, 5);
    change(YK_TRACK_ENDED, 99, 0, 4000); /* of nobody */
    end();
    cr_assert_eq(got.crossing_count, 0);
}

Test(tracks, an_end_that_is_taken_back)
{
    begin(yk_tracks_defaults);
    see(1, 0, 5, -5);
    see(1, 1000, 5, -4);
    change(YK_TRACK_ENDED, 1, 0, 1000);
    see(1, 3000, 5, 5); /* within the grace */
    see(1, 20000, 5, 5);
    see(1, 60000, 5, -5); /* 40 s unseen: the same */
    end();
    cr_assert_eq(got.crossing_count, 2);
}

Test(tracks, a_new_name)
{
    begin(yk_tracks_defaults);
    see(1, 0, 5, -5);
    see(1, 1000, 5, -4);
    change(YK_TRACK_RENAMED, 1, 7, 1000);
    see(7, 1500, 5, 5);
    see(1, 1600, 5, -5); /* somebody new under the old name, too young to count */
    change(YK_TRACK_RENAMED, 7, 7, 1600);
    change(YK_TRACK_RENAMED, 8, 9, 1600); /* of nobody */
    end();
    cr_assert_eq(got.crossing_count, 1);
    cr_expect_eq(got.crossings[0].direction, 1);
}

/* Seen under both names: the one that has the new name goes on, the other ends. */
Test(tracks, a_new_name_that_is_taken)
{
    begin(yk_tracks_defaults);
    see(1, 0, 5, -5);
    see(2, 0, 5, -5);
    see(1, 1000, 5, -5);
    see(2, 1000, 5, -5);
    change(YK_TRACK_RENAMED, 1, 2, 1000);
    see(2, 1500, 5, 5);
    see(2, 2000, 5, 5);
    end();
    cr_assert_eq(got.crossing_count, 1);
}

/* Ended tracks give way first. */
Test(tracks, a_full_table_gives_up_what_has_ended)
{
    struct yk_tracks_options options = yk_tracks_defaults;
    options.capacity = 2;
    options.min_age_us = 0;
    begin(options);
    see(1, 0, 5, -5);
    see(2, 100, 5, -5);
    change(YK_TRACK_ENDED, 2, 0, 100);
    see(3, 200, 5, -5); /* in place of 2, though 1 was seen longer ago */
    see(1, 300, 5, 5);
    see(2, 400, 5, 5); /* new: no crossing */
    end();
    cr_assert_eq(got.crossing_count, 1);
}
