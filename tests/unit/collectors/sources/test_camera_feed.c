/* What a feed makes of what devices say, read back from the spool. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/camera_feed.h"

#include "../presence/heard_frames.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#define T0 INT64_C(1779999300) /* on a full quarter of an hour */
#define S  INT64_C(1000000)

static struct radio device; /* a session as a counter has it */
static struct yk_camera_feed *feed;
static struct yk_camera_sink sink;
static struct yk_line_config lines[] = {{.id = "door", .device = "Entry A"}, {.id = "stairs", .device = "2"}};
static struct yk_zone_config zones[] = {{.id = "hall", .device = "yard"}, {.id = "lane", .device = "driveway"}};

static enum yk_status no_record(void *state, const char *text, size_t length, const struct yk_camera_sink *to,
                                struct yk_error *err)
{
    (void)state;
    (void)text;
    (void)length;
    (void)to;
    (void)err;
    return YK_OK;
}

static const struct yk_camera_dialect bins = {.name = "bins", .pace = YK_PACE_BINS, .record = no_record};
static const struct yk_camera_dialect events = {.name = "events", .pace = YK_PACE_EVENTS, .record = no_record};

static void begin(const struct yk_camera_dialect *dialect)
{
    cr_assert_eq(yk_camera_feed_new(device.session, &feed, &radio_err), YK_OK);
    *yk_camera_feed_dialect(feed) = dialect;
    sink = yk_camera_feed_sink(feed);
}

static void start(void)
{
    radio_open(&device);
    device.sensor.family = YK_FAMILY_COUNTER;
    device.sensor.lines = lines;
    device.sensor.line_count = 2;
    device.sensor.zones = zones;
    device.sensor.zone_count = 2;
    begin(&bins);
}

static void stop(void)
{
    yk_camera_feed_free(feed);
    radio_close(&device);
}
TestSuite(camera_feed, .init = start, .fini = stop);

static void finish(void)
{
    cr_assert_eq(yk_camera_feed_end(feed, &radio_err), YK_OK);
    cr_assert_eq(yk_session_finish(device.session, &radio_err), YK_OK);
    heard_read();
}

static struct yk_device_name name_of(const char *text)
{
    struct yk_device_name name = {""};
    strcpy(name.text, text);
    return name;
}

static void take(const struct yk_device_count *count)
{
    cr_assert_eq(sink.count(sink.context, count, &radio_err), YK_OK, "%s", radio_err.message);
}

/* Seconds after T0; the record ends behind it. */
static void bin_of(const char *line, int64_t from, int64_t to, uint64_t plus, uint64_t minus)
{
    take(&(struct yk_device_count){
        .line = name_of(line), .from_us = (T0 + from) * S, .to_us = (T0 + to) * S, .plus = plus, .minus = minus});
    cr_assert_eq(yk_camera_feed_turn(feed, &radio_err), YK_OK);
}

static void reading(int64_t at, uint64_t plus)
{
    take(&(struct yk_device_count){.line = name_of("2"),
                                   .cumulative = true,
                                   .from_us = YK_COUNT_SINCE_UNKNOWN,
                                   .to_us = (T0 + at) * S,
                                   .plus = plus});
    cr_assert_eq(yk_camera_feed_turn(feed, &radio_err), YK_OK);
}

/* Every second of health, as a row of seconds; told twice is told. */
static bool ran[7200];

static int64_t seconds_of_health(void)
{
    int64_t sum = 0;
    memset(ran, 0, sizeof ran);
    for (size_t i = 0; i < health_count; i++)
        for (int64_t t = healths[i].t0_s; t < healths[i].t1_s; t++) {
            cr_assert(t >= T0 && t < T0 + 7200, "%ld", (long)(t - T0));
            ran[t - T0] = true;
        }
    for (size_t i = 0; i < sizeof ran; i++)
        sum += ran[i];
    return sum;
}

static void expect_ran(int64_t from, int64_t to)
{
    for (int64_t t = from; t < to; t++)
        cr_assert(ran[t], "second %ld", (long)t);
}

static void expect_count(size_t i, int64_t from, int64_t to, uint32_t plus, uint32_t minus, uint8_t line)
{
    cr_assert_lt(i, plain_count, "%zu observations", plain_count);
    cr_assert_eq(plains[i].kind, YK_KIND_COUNT);
    const struct yk_count *c = &plains[i].as.count;
    cr_expect(c->from_ms == (T0 + from) * 1000 && c->to_ms == (T0 + to) * 1000 && c->plus == plus &&
                  c->minus == minus && c->line == line,
              "%zu: %ld to %ld ms, %u and %u at line %u", i, (long)(c->from_ms - T0 * 1000),
              (long)(c->to_ms - T0 * 1000), c->plus, c->minus, c->line);
}

/* --- bins --- */

Test(camera_feed, bins_prove_their_own_time_and_no_other)
{
    bin_of("Entry A", 0, 60, 3, 1);
    bin_of("Entry A", 60, 120, 0, 0); /* nobody, and that is known */
    bin_of("Entry A", 300, 360, 2, 0);
    finish();
    cr_expect_eq(seconds_of_health(), 180);
    expect_ran(0, 120);
    expect_ran(300, 360);
    cr_assert_eq(plain_count, 2);
    expect_count(0, 0, 60, 3, 1, 0);
    expect_count(1, 300, 360, 2, 0, 0);
}

Test(camera_feed, fewer_samples_prove_their_share)
{
    take(&(struct yk_device_count){.line = name_of("2"),
                                   .from_us = T0 * S,
                                   .to_us = (T0 + 60) * S,
                                   .plus = 4,
                                   .samples = 150,
                                   .samples_expected = 600});
    bin_of("2", 60, 120, 1, 0);
    finish();
    cr_expect_eq(seconds_of_health(), 15 + 60);
    expect_ran(0, 15);
    expect_ran(60, 120);
    expect_count(0, 0, 60, 4, 0, 1);
}

/* The last thing that a file says: another line of the same time, of which a part was seen. */
Test(camera_feed, fewer_samples_at_two_lines)
{
    struct yk_device_count count = {.from_us = T0 * S, .to_us = (T0 + 60) * S, .samples = 1, .samples_expected = 2};
    count.line = name_of("2");
    count.plus = 4;
    take(&count);
    count.line = name_of("Entry A");
    take(&count);
    finish();
    cr_expect_eq(seconds_of_health(), 30);
    cr_assert_eq(plain_count, 2);
    expect_count(0, 0, 60, 4, 0, 1);
    expect_count(1, 0, 60, 4, 0, 0);
}

Test(camera_feed, late_bins_fill_their_gap)
{
    bin_of("2", 0, 60, 1, 0);
    bin_of("2", 120, 180, 1, 0);
    bin_of("2", 60, 120, 5, 0);
    bin_of("2", 60, 120, 5, 0);
    bin_of("2", 180, 240, 1, 0);
    finish();
    cr_expect_eq(seconds_of_health(), 240);
    cr_expect_eq(plain_count, 4);
    cr_expect_eq(yk_session_drops(device.session)->count[YK_DROP_duplicate], 1);
}

Test(camera_feed, two_lines_watch_the_same_time)
{
    for (int64_t t = 0; t < 300; t += 60) {
        bin_of("Entry A", t, t + 60, 1, 0);
        bin_of("2", t, t + 60, 0, 1);
    }
    finish();
    cr_expect_eq(seconds_of_health(), 300);
    int64_t told = 0;
    for (size_t i = 0; i < health_count; i++)
        told += healths[i].t1_s - healths[i].t0_s;
    cr_expect_eq(told, 300, "no second is told twice");
    cr_expect_eq(plain_count, 10);
}

Test(camera_feed, long_bins_are_laid_on_quarters)
{
    bin_of("2", 600, 600 + 5400, 60, 6); /* 90 minutes: six quarters' worth over seven */
    finish();
    cr_expect_eq(seconds_of_health(), 5400);
    cr_assert_eq(plain_count, 7);
    expect_count(0, 600, 900, 3, 0, 1);    /* 60 * 300 / 5400 = 3.3; 6 * 300 / 5400 = 0.3 */
    expect_count(1, 900, 1800, 10, 1, 1);  /* up to 13.3, 1.3 */
    expect_count(2, 1800, 2700, 10, 1, 1); /* 23.3, 2.3 */
    expect_count(6, 5400, 6000, 7, 1, 1);  /* 53.3 before */
    uint32_t plus = 0, minus = 0;
    for (size_t i = 0; i < 7; i++) {
        plus += plains[i].as.count.plus;
        minus += plains[i].as.count.minus;
    }
    cr_expect(plus == 60 && minus == 6);
}

Test(camera_feed, names_that_nobody_mapped)
{
    bin_of("3", 0, 60, 1, 0);
    bin_of("entry a", 0, 60, 1, 0);
    struct yk_device_crossing crossing = {.line = name_of("3"), .time_us = T0 * S, .direction = 1};
    struct yk_device_stay stay = {.zone = name_of("2"), .time_us = T0 * S, .inside = true};
    cr_assert_eq(sink.crossing(sink.context, &crossing, &radio_err), YK_OK);
    cr_assert_eq(sink.stay(sink.context, &stay, &radio_err), YK_OK);
    finish();
    cr_expect_eq(yk_session_drops(device.session)->count[YK_DROP_unmapped], 4);
    cr_expect_eq(plain_count + health_count, 0);
}

/* --- readings --- */

Test(camera_feed, readings_of_a_device_that_tells_intervals)
{
    reading(0, 100);
    reading(60, 103);
    reading(120, 103);
    reading(180, 2); /* a reset, nobody knows when */
    reading(240, 3);
    finish();
    cr_expect_eq(seconds_of_health(), 120 + 60);
    expect_ran(0, 120);
    expect_ran(180, 240);
    cr_assert_eq(plain_count, 3);
    expect_count(0, 0, 60, 3, 0, 1);
    expect_count(1, 120, 180, 2, 0, 1);
    expect_count(2, 180, 240, 1, 0, 1);
}

/* A device that speaks when its count changes: the person passed just now, and not in the half hour before. */
Test(camera_feed, readings_of_a_device_that_speaks_at_once)
{
    yk_camera_feed_free(feed);
    begin(&events);
    reading(0, 100);
    reading(1800, 101);
    reading(1801, 103);
    finish();
    cr_assert_eq(plain_count, 2);
    cr_expect(plains[0].as.count.from_ms == (T0 + 1800) * 1000 - 1 &&
              plains[0].as.count.to_ms == plains[0].as.count.from_ms);
    cr_expect(plains[0].as.count.plus == 1 && plains[1].as.count.plus == 2);
    cr_expect_eq(seconds_of_health(), 1801);
}

/* --- crossings and stays --- */

Test(camera_feed, crossings_of_the_device)
{
    yk_camera_feed_free(feed);
    begin(&events);
    struct yk_device_crossing crossing = {.line = name_of("2"), .time_us = T0 * S + 1500400, .direction = -1};
    cr_assert_eq(sink.crossing(sink.context, &crossing, &radio_err), YK_OK);
    crossing = (struct yk_device_crossing){.line = name_of("Entry A"), .time_us = T0 * S + 90 * S, .direction = 1};
    cr_assert_eq(sink.crossing(sink.context, &crossing, &radio_err), YK_OK);
    finish();
    cr_assert_eq(plain_count, 2);
    cr_expect(plains[0].kind == YK_KIND_CROSSING && plains[0].as.crossing.t_ms == T0 * 1000 + 1500 &&
              plains[0].as.crossing.line == 1 && plains[0].as.crossing.direction == -1);
    cr_expect(plains[1].as.crossing.line == 0 && plains[1].as.crossing.direction == 1);
    cr_expect_eq(seconds_of_health(), 89);
}

static void stay(const char *zone, uint64_t track, int64_t at, bool inside)
{
    struct yk_device_stay s = {.zone = name_of(zone), .track = track, .time_us = (T0 + at) * S, .inside = inside};
    cr_assert_eq(sink.stay(sink.context, &s, &radio_err), YK_OK);
}

static void expect_slice(size_t i, int64_t from, int64_t to, bool entered, bool left)
{
    cr_assert_lt(i, plain_count);
    cr_assert_eq(plains[i].kind, YK_KIND_ZONE);
    const struct yk_zone_slice *z = &plains[i].as.zone;
    cr_expect(z->from_ms == (T0 + from) * 1000 && z->to_ms == (T0 + to) * 1000 && z->entered == entered &&
                  z->left == left && z->zone == 1,
              "%zu: %ld to %ld", i, (long)(z->from_ms / 1000 - T0), (long)(z->to_ms / 1000 - T0));
}

Test(camera_feed, stays_of_the_device)
{
    yk_camera_feed_free(feed);
    begin(&events);
    stay("driveway", 5, 10, true);
    stay("driveway", 5, 70, false);
    stay("driveway", 6, 80, true);
    stay("driveway", 6, 85, true);
    cr_assert_eq(yk_camera_feed_pause(feed, &radio_err), YK_OK); /* the connection is lost, and comes back */
    stay("driveway", 6, 100, true);
    stay("driveway", 6, 110, true);
    finish();
    cr_assert_eq(plain_count, 4);
    expect_slice(0, 10, 60, true, false);
    expect_slice(1, 60, 70, false, true);
    expect_slice(2, 80, 85, true, false);
    expect_slice(3, 100, 110, false, true);
}

/* The line stood second when this was counted. */
Test(camera_feed, a_line_travels_as_what_it_was_then)
{
    static struct yk_line_config then[] = {{.id = "door", .device = "Entry A"}};
    struct yk_sensor_config versions[] = {device.sensor, device.sensor};
    versions[0].lines = then;
    versions[0].line_count = 1;
    versions[1].valid_from = T0 + 900;
    static struct yk_line_config now[] = {{.id = "stairs", .device = "2"}, {.id = "door", .device = "Entry A"}};
    device.sensor.lines = versions[1].lines = now;
    device.sensor.valid_from = T0 + 900;
    device.config.sensors = versions;
    device.config.sensor_count = 2;
    bin_of("Entry A", 840, 900, 3, 0);
    bin_of("Entry A", 900, 960, 4, 0);
    bin_of("2", 840, 900, 5, 0); /* there was no such line */
    bin_of("2", 900, 960, 6, 0);
    finish();
    cr_assert_eq(plain_count, 3);
    expect_count(0, 840, 900, 3, 0, 0);
    expect_count(1, 900, 960, 4, 0, 1);
    expect_count(2, 900, 960, 6, 0, 0);
}

/* --- over a restart --- */

Test(camera_feed, state_lies_in_the_spool_of_a_live_session)
{
    struct yk_session_options options = {.config = &device.config,
                                         .sensor = &device.sensor,
                                         .spool = device.spool,
                                         .folder = scratch,
                                         .flush = YK_FLUSH_LIVE,
                                         .stop = &device.stop};
    for (int run = 0; run < 2; run++) {
        yk_camera_feed_free(feed);
        yk_session_free(device.session);
        cr_assert_eq(yk_session_new(&options, &device.session, &radio_err), YK_OK);
        begin(&bins);
        bin_of("2", 0, 60, 7, 0);
        bin_of("2", 60 + run * 60, 120 + run * 60, 1, 0);
        cr_assert_eq(yk_camera_feed_end(feed, &radio_err), YK_OK);
        cr_assert_eq(yk_session_finish(device.session, &radio_err), YK_OK);
    }
    heard_read();
    cr_assert_eq(plain_count, 3);
    cr_expect_eq(yk_session_drops(device.session)->count[YK_DROP_duplicate], 1);
    cr_expect_eq(seconds_of_health(), 180);
}

/* A message as a transport brings it, in the format that it is in; its connection is lost, and it comes again. */
Test(camera_feed, live_messages)
{
    char text[1024], from[YK_TIME_TEXT_MAX], to[YK_TIME_TEXT_MAX];
    int64_t end_s = yk_wall_now(&yk_clock_system).us / 1000000 / 60 * 60 - 60;
    snprintf(
        text, sizeof text,
        "<EventNotificationAlert><channelID>2</channelID><dateTime>%s</dateTime><eventType>PeopleCounting</eventType>"
        "<peopleCounting><statisticalMethods>timeRange</statisticalMethods><TimeRange><startTime>%s</startTime>"
        "<endTime>%s</endTime></TimeRange><enter>3</enter><exit>1</exit></peopleCounting></EventNotificationAlert>",
        yk_time_format(to, end_s), yk_time_format(from, end_s - 60), to);
    yk_camera_feed_free(feed);
    cr_assert_eq(yk_camera_feed_new(device.session, &feed, &radio_err), YK_OK);
    cr_assert_eq(yk_camera_feed_message(feed, "what?", 5, &radio_err), YK_OK);
    cr_assert_eq(yk_camera_feed_message(feed, text, strlen(text), &radio_err), YK_OK);
    cr_assert_eq(yk_camera_feed_idle(feed, &radio_err), YK_OK);
    cr_assert_eq(yk_camera_feed_pause(feed, &radio_err), YK_OK);
    cr_assert_eq(yk_camera_feed_message(feed, text, strlen(text), &radio_err), YK_OK);
    finish();
    cr_expect_eq(yk_session_drops(device.session)->count[YK_DROP_unsupported], 1);
    cr_expect_eq(yk_session_drops(device.session)->count[YK_DROP_duplicate], 1);
    uint32_t plus = 0, minus = 0;
    for (size_t i = 0; i < plain_count; i++) { /* one, or two where a quarter of an hour ended in it */
        plus += plains[i].as.count.plus;
        minus += plains[i].as.count.minus;
    }
    cr_expect(plus == 3 && minus == 1);
    int64_t told = 0;
    for (size_t i = 0; i < health_count; i++)
        told += healths[i].t1_s - healths[i].t0_s;
    cr_expect_eq(told, 60);
}
