/* What passes the gate, and in what form. SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/disclosure.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct yk_publish *store;
static struct yk_error err;
static struct yk_config config;
static struct yk_candidate list[200];
static size_t count;
static struct yk_kpi_row got[200];
static size_t got_count;

static void start(void)
{
    char path[100];
    scratch_make();
    snprintf(path, sizeof path, "%s/publish.db", scratch);
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_WRITE, &store, &err), YK_OK);
    config.privacy.k = 10;
}

static void stop(void)
{
    yk_publish_close(store);
    scratch_remove();
}
TestSuite(gate, .init = start, .fini = stop);

static void get(void *context, const struct yk_kpi_row *row)
{
    (void)context;
    got[got_count++] = *row;
}

/* Passes list through the gate; got[] is what the store holds. */
static void publish(void)
{
    const struct yk_row_query q = {.resolution = YK_RES_COUNT, .from_s = INT64_MIN, .to_s = INT64_MAX};
    cr_assert_eq(yk_publish_begin(store, &err), YK_OK);
    cr_assert_eq(yk_gate_publish(&config, list, count, store, &err), YK_OK);
    cr_assert_eq(yk_publish_commit(store, &err), YK_OK);
    got_count = 0;
    cr_assert_eq(yk_publish_query(store, &q, get, NULL, NULL, &err), YK_OK);
    cr_assert_eq(got_count, count);
}

static const struct yk_kpi_row *row_at(const char *place, const char *direction, enum yk_resolution resolution,
                                       int64_t start_s)
{
    for (size_t i = 0; i < got_count; i++)
        if (strcmp(got[i].place, place) == 0 && strcmp(got[i].direction, direction) == 0 &&
            got[i].resolution == resolution && got[i].start_s == start_s)
            return &got[i];
    cr_assert(false, "no row of %s at %ld", place, (long)start_s);
    return NULL;
}

static struct yk_candidate *add(const char *place, const char *kpi, enum yk_resolution resolution, int64_t start_s,
                                double value, double devices_lower)
{
    static const int64_t seconds[] = {900, 3600, 86400};
    struct yk_candidate *c = &list[count++];
    memset(c, 0, sizeof *c);
    snprintf(c->row.place, sizeof c->row.place, "%s", place);
    snprintf(c->row.kpi, sizeof c->row.kpi, "%s", kpi);
    strcpy(c->row.district, "riverside");
    c->row.start_s = start_s;
    c->row.end_s = start_s + seconds[resolution];
    c->row.resolution = resolution;
    c->row.value = value;
    c->row.lower = devices_lower;
    c->row.upper = value + 7;
    c->row.coverage = 0.97;
    c->row.n_low = c->row.n_high = (int64_t)value;
    c->row.final = true;
    c->devices_lower = devices_lower;
    return c;
}

static struct yk_candidate *add_devices(enum yk_resolution resolution, int64_t start_s, double value, double lower)
{
    return add("plaza", "device_visits", resolution, start_s, value, lower);
}

static struct yk_candidate *add_footfall(const char *direction, enum yk_resolution resolution, int64_t start_s,
                                         int value)
{
    struct yk_candidate *c = add("plaza/north", "footfall", resolution, start_s, value, (double)NAN);
    strcpy(c->row.direction, direction);
    return c;
}

static void expect_hidden(const struct yk_kpi_row *row, enum yk_reason reason)
{
    cr_expect_eq(row->state, YK_STATE_SUPPRESSED, "at %ld", (long)row->start_s);
    cr_expect_eq(row->reason, reason, "at %ld", (long)row->start_s);
    cr_expect(isnan(row->value) && isnan(row->lower) && isnan(row->upper) && isnan(row->coverage));
    cr_expect(row->n_low == -1 && row->n_high == -1);
}

Test(gate, bands)
{
    static const int64_t table[][3] = {
        {0, 0, 0},
        {1, 1, 9},
        {9, 1, 9},
        {10, 10, 19},
        {19, 10, 19},
        {20, 20, 49},
        {49, 20, 49},
        {50, 50, 99},
        {99, 50, 99},
        {100, 100, 199},
        {199, 100, 199},
        {200, 200, 499},
        {499, 200, 499},
        {500, 500, 999},
        {999, 500, 999},
        {1000, 1000, 1999},
        {4999, 2000, 4999},
        {5000, 5000, 9999},
        {123456, 100000, 199999},
        {-1, -1, -1},
        {2000000000000, 2000000000000, 4999999999999},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t low, high;
        yk_gate_band(table[i][0], &low, &high);
        cr_expect_eq(low, table[i][1], "%ld: from %ld", (long)table[i][0], (long)low);
        cr_expect_eq(high, table[i][2], "%ld: to %ld", (long)table[i][0], (long)high);
    }
}

/* One phone may show many addresses: only the lower bound of the estimated devices counts. */
Test(gate, k_is_tested_on_the_lower_bound)
{
    add_devices(YK_RES_15M, 0, 500, 9.999);
    add_devices(YK_RES_15M, 900, 10, 10);
    add_devices(YK_RES_15M, 1800, 0, 0);
    add_devices(YK_RES_15M, 2700, 0.5, 0);
    struct yk_candidate *missing = add_devices(YK_RES_15M, 3600, (double)NAN, 3);
    missing->row.state = YK_STATE_MISSING;
    missing->row.reason = YK_REASON_NOT_MEASURABLE;
    missing->row.n_low = missing->row.n_high = -1;
    publish();
    expect_hidden(row_at("plaza", "", YK_RES_15M, 0), YK_REASON_BELOW_K);
    const struct yk_kpi_row *shown = row_at("plaza", "", YK_RES_15M, 900);
    cr_expect(shown->state == YK_STATE_OK && shown->value == 10 && shown->upper == 17 && shown->coverage == 0.97);
    cr_expect(shown->n_low == 10 && shown->n_high == 19, "a band, not the number");
    const struct yk_kpi_row *zero = row_at("plaza", "", YK_RES_15M, 1800);
    cr_expect(zero->state == YK_STATE_OK && zero->value == 0 && zero->n_low == 0 && zero->n_high == 0);
    expect_hidden(row_at("plaza", "", YK_RES_15M, 2700), YK_REASON_BELOW_K);
    const struct yk_kpi_row *m = row_at("plaza", "", YK_RES_15M, 3600);
    cr_expect(m->state == YK_STATE_MISSING && m->reason == YK_REASON_NOT_MEASURABLE);
}

Test(gate, a_lone_hidden_part_takes_the_smallest_with_it)
{
    static const double values[] = {40, 12, 30, 25};
    static const double lowers[] = {9, 11, 22, 20};
    add_devices(YK_RES_1H, 0, 80, 60);
    for (int i = 0; i < 4; i++)
        add_devices(YK_RES_15M, i * 900, values[i], lowers[i]);
    add_devices(YK_RES_15M, 3600, 40, 9); /* the next hour's, whose hour is not here */
    add_devices(YK_RES_15M, 4500, 12, 11);
    publish();
    expect_hidden(row_at("plaza", "", YK_RES_15M, 0), YK_REASON_BELOW_K);
    expect_hidden(row_at("plaza", "", YK_RES_15M, 900), YK_REASON_COMPLEMENTARY);
    cr_expect_eq(row_at("plaza", "", YK_RES_15M, 1800)->value, 30);
    cr_expect_eq(row_at("plaza", "", YK_RES_15M, 2700)->value, 25);
    cr_expect_eq(row_at("plaza", "", YK_RES_1H, 0)->value, 80);
    cr_expect_eq(row_at("plaza", "", YK_RES_15M, 4500)->value, 12);
}

Test(gate, two_hidden_parts_are_enough)
{
    add_devices(YK_RES_1H, 0, 80, 60);
    for (int i = 0; i < 4; i++)
        add_devices(YK_RES_15M, i * 900, 20 + i, i < 2 ? 5 : 15);
    publish();
    expect_hidden(row_at("plaza", "", YK_RES_15M, 0), YK_REASON_BELOW_K);
    expect_hidden(row_at("plaza", "", YK_RES_15M, 900), YK_REASON_BELOW_K);
    cr_expect_eq(row_at("plaza", "", YK_RES_15M, 1800)->state, YK_STATE_OK);
    cr_expect_eq(row_at("plaza", "", YK_RES_15M, 2700)->state, YK_STATE_OK);
}

Test(gate, hours_answer_to_their_day_and_zeros_hide_nothing)
{
    add_devices(YK_RES_1D, 0, 100, 80);
    add_devices(YK_RES_1H, 0, 9, 3);
    add_devices(YK_RES_1H, 3600, 0, 0);
    add_devices(YK_RES_1H, 7200, 50, 40);
    add_devices(YK_RES_1H, 10800, 45, 35);
    add_devices(YK_RES_1H, 86400, 20, 15); /* another day's */
    publish();
    expect_hidden(row_at("plaza", "", YK_RES_1H, 0), YK_REASON_BELOW_K);
    cr_expect_eq(row_at("plaza", "", YK_RES_1H, 3600)->value, 0);
    expect_hidden(row_at("plaza", "", YK_RES_1H, 10800), YK_REASON_COMPLEMENTARY);
    cr_expect_eq(row_at("plaza", "", YK_RES_1H, 7200)->value, 50);
    cr_expect_eq(row_at("plaza", "", YK_RES_1H, 86400)->value, 20);
}

Test(gate, provisional_values_are_rounded_to_fives)
{
    static const double table[][2] = {{12.4, 10}, {12.5, 15}, {17.49, 15}, {17.5, 20}, {102.6, 105}, {10, 10}};
    for (int i = 0; i < 6; i++)
        add_devices(YK_RES_15M, i * 900, table[i][0], 10)->row.final = false;
    publish();
    for (int i = 0; i < 6; i++) {
        const struct yk_kpi_row *row = row_at("plaza", "", YK_RES_15M, i * 900);
        cr_expect_eq(row->value, table[i][1], "%g became %g", table[i][0], row->value);
        cr_expect_eq(fmod(row->lower, 5), 0);
        cr_expect_eq(fmod(row->upper, 5), 0);
    }
    list[0].row.value = 12.4;
    list[0].row.final = true;
    count = 1;
    got_count = 0;
    cr_assert_eq(yk_gate_publish(&config, list, 1, store, &err), YK_OK);
}

Test(gate, camera_rows_pass_as_they_are)
{
    add_footfall("plus", YK_RES_15M, 0, 3)->row.final = false;
    add_footfall("plus", YK_RES_15M, 900, 0);
    add_footfall("plus", YK_RES_1H, 0, 3);
    add("plaza", "coverage", YK_RES_15M, 0, 0.123, (double)NAN)->row.final = false;
    add("plaza/area", "occupancy_mean", YK_RES_15M, 0, 0.7, (double)NAN);
    publish();
    const struct yk_kpi_row *row = row_at("plaza/north", "plus", YK_RES_15M, 0);
    cr_expect(row->state == YK_STATE_OK && row->value == 3 && row->n_low == 3 && row->n_high == 3 &&
              row->coverage == 0.97);
    cr_expect_eq(row_at("plaza/north", "plus", YK_RES_15M, 900)->value, 0);
    cr_expect_eq(row_at("plaza", "", YK_RES_15M, 0)->value, 0.123);
    cr_expect_eq(row_at("plaza/area", "", YK_RES_15M, 0)->value, 0.7);
}

Test(gate, a_k_for_lines)
{
    config.privacy.line_k = 5;
    add_footfall("plus", YK_RES_1H, 0, 30);
    add_footfall("plus", YK_RES_15M, 0, 4);
    add_footfall("plus", YK_RES_15M, 900, 5);
    add_footfall("plus", YK_RES_15M, 1800, 0);
    add_footfall("plus", YK_RES_15M, 2700, 21);
    add("plaza/area", "occupancy_max", YK_RES_15M, 0, 2, (double)NAN);
    publish();
    expect_hidden(row_at("plaza/north", "plus", YK_RES_15M, 0), YK_REASON_BELOW_K);
    expect_hidden(row_at("plaza/north", "plus", YK_RES_15M, 900), YK_REASON_COMPLEMENTARY);
    cr_expect_eq(row_at("plaza/north", "plus", YK_RES_15M, 1800)->value, 0);
    cr_expect_eq(row_at("plaza/north", "plus", YK_RES_15M, 2700)->value, 21);
    expect_hidden(row_at("plaza/area", "", YK_RES_15M, 0), YK_REASON_BELOW_K);
}

/* A hidden cell of an additive table must not follow from what is shown: for each hidden number there is another table
 * with the same shown ones. Worked out by hand for one day of two hours. */
Test(gate, a_hidden_hour_does_not_follow_from_its_quarters)
{
    config.privacy.line_k = 10;
    add_footfall("plus", YK_RES_1D, 0, 3 + 60 + 90);
    add_footfall("plus", YK_RES_1H, 0, 3);
    add_footfall("plus", YK_RES_15M, 0, 3);
    add_footfall("plus", YK_RES_1H, 3600, 60);
    add_footfall("plus", YK_RES_1H, 7200, 90);
    for (int q = 0; q < 4; q++) {
        add_footfall("plus", YK_RES_15M, 3600 + q * 900, 15);
        add_footfall("plus", YK_RES_15M, 7200 + q * 900, 20 + q * 2);
    }
    publish();
    expect_hidden(row_at("plaza/north", "plus", YK_RES_1H, 0), YK_REASON_BELOW_K);
    expect_hidden(row_at("plaza/north", "plus", YK_RES_1H, 3600), YK_REASON_COMPLEMENTARY);
    int hidden = 0;
    for (int q = 0; q < 4; q++)
        hidden += row_at("plaza/north", "plus", YK_RES_15M, 3600 + q * 900)->state == YK_STATE_SUPPRESSED;
    cr_expect_gt(hidden, 0, "its four quarters are shown: 153 - 90 - 60 tells the hidden 3");
}

/* plus + minus = both: a window in which one of the three is hidden must hide all, also where it is hidden for its
 * hour's sake. Here each direction alone would hide another quarter beside the first, and minus 40 and both 51 would
 * give plus 11, and with the hour the hidden 3. */
Test(gate, directions_are_hidden_together)
{
    static const int plus[4] = {3, 11, 30, 30}, minus[4] = {20, 40, 12, 30};
    static const char *const directions[] = {"plus", "minus", "both"};
    config.privacy.line_k = 10;
    for (int d = 0; d < 3; d++) {
        int hour = 0;
        for (int q = 0; q < 4; q++) {
            int value = d == 0 ? plus[q] : d == 1 ? minus[q] : plus[q] + minus[q];
            add_footfall(directions[d], YK_RES_15M, q * 900, value);
            hour += value;
        }
        add_footfall(directions[d], YK_RES_1H, 0, hour);
    }
    publish();
    int hidden_quarters = 0;
    for (int q = 0; q < 4; q++) {
        int hidden = 0;
        for (int d = 0; d < 3; d++)
            hidden += row_at("plaza/north", directions[d], YK_RES_15M, q * 900)->state == YK_STATE_SUPPRESSED;
        cr_expect(hidden == 0 || hidden == 3, "quarter %d: %d of three", q, hidden);
        hidden_quarters += hidden == 3;
    }
    cr_expect_geq(hidden_quarters, 2);
    cr_expect_lt(hidden_quarters, 4, "no more than needed");
    cr_expect_eq(row_at("plaza/north", "plus", YK_RES_1H, 0)->value, 74);
}

/* A corrected line tells persons and the crossings behind them: hidden where either is below k, and told in fives, each its own,
 * while it is provisional. By hand: 8 crossings stand for 12 persons, 20 for 9. */
Test(gate, corrected_lines)
{
    config.privacy.line_k = 10;
    static const int persons[] = {12, 9, 30, 33}, crossings[] = {8, 20, 22, 24};
    for (int i = 0; i < 4; i++) {
        struct yk_candidate *c = add_footfall("plus", YK_RES_15M, i * 900, persons[i]);
        c->row.n_low = c->row.n_high = crossings[i];
        c->persons = persons[i] < crossings[i] ? persons[i] : crossings[i];
        c->row.lower = persons[i] - 4;
    }
    list[3].row.final = false;
    publish();
    expect_hidden(row_at("plaza/north", "plus", YK_RES_15M, 0), YK_REASON_BELOW_K);
    expect_hidden(row_at("plaza/north", "plus", YK_RES_15M, 900), YK_REASON_BELOW_K);
    const struct yk_kpi_row *row = row_at("plaza/north", "plus", YK_RES_15M, 1800);
    cr_expect(row->value == 30 && row->lower == 26 && row->n_low == 22 && row->n_high == 22);
    row = row_at("plaza/north", "plus", YK_RES_15M, 2700);
    cr_expect(row->value == 35 && row->lower == 30 && row->n_low == 25 && row->n_high == 25, "%g of %ld", row->value,
              (long)row->n_low);
}

/* Two hidden quarters of 6 persons each are 12 persons, but 3 crossings each, and n of the hour less those shown tells 6. */
Test(gate, what_is_hidden_is_k_in_crossings_too)
{
    config.privacy.line_k = 10;
    static const int crossings[] = {3, 3, 12, 40};
    struct yk_candidate *hour = add_footfall("plus", YK_RES_1H, 0, 116);
    hour->row.n_low = hour->row.n_high = 58;
    hour->persons = 58;
    for (int i = 0; i < 4; i++) {
        struct yk_candidate *c = add_footfall("plus", YK_RES_15M, i * 900, 2 * crossings[i]);
        c->row.n_low = c->row.n_high = crossings[i];
        c->persons = crossings[i];
    }
    publish();
    expect_hidden(row_at("plaza/north", "plus", YK_RES_15M, 1800), YK_REASON_COMPLEMENTARY);
    cr_expect_eq(row_at("plaza/north", "plus", YK_RES_15M, 2700)->value, 80);
}

static struct yk_candidate *add_of_lines(const char *place, const char *kpi, enum yk_resolution resolution,
                                         int64_t start_s, double value)
{
    struct yk_candidate *c = add(place, kpi, resolution, start_s, value, (double)NAN);
    c->of_lines = true;
    return c;
}

/* 9 of 200 came in: the rate times the passers would tell the hidden 9, and the survey less its shown hours the hidden hour. */
Test(gate, what_is_made_of_lines_goes_with_them)
{
    config.privacy.line_k = 10;
    add_footfall("plus", YK_RES_1H, 0, 200);
    add("plaza/door", "footfall", YK_RES_1H, 0, 9, (double)NAN);
    add_footfall("plus", YK_RES_1H, 3600, 100);
    add("park/gate", "footfall", YK_RES_1H, 0, 50, (double)NAN);
    struct yk_candidate *rate = add_of_lines("plaza/shop", "turn_in_rate", YK_RES_1H, 0, 0.045);
    rate->persons = 100;
    add_of_lines("plaza/shop", "turn_in_rate", YK_RES_1H, 3600, 0.2);
    add_of_lines("plaza/spring", "footfall_survey", YK_RES_1D, 0, 309);
    add_of_lines("park/spring", "footfall_survey", YK_RES_1D, 0, 50);
    publish();
    expect_hidden(row_at("plaza/shop", "", YK_RES_1H, 0), YK_REASON_COMPLEMENTARY);
    expect_hidden(row_at("plaza/spring", "", YK_RES_1D, 0), YK_REASON_COMPLEMENTARY);
    cr_expect_eq(row_at("plaza/shop", "", YK_RES_1H, 3600)->value, 0.2, "nothing of its hour is hidden");
    cr_expect_eq(row_at("park/spring", "", YK_RES_1D, 0)->value, 50, "nor of another place");
}

Test(gate, few_who_turned_in)
{
    config.privacy.line_k = 10;
    struct yk_candidate *few = add_of_lines("plaza/shop", "turn_in_rate", YK_RES_1H, 0, 0.09);
    few->persons = 9;
    struct yk_candidate *enough = add_of_lines("plaza/shop", "turn_in_rate", YK_RES_1H, 3600, 0.1);
    enough->persons = 10;
    struct yk_candidate *open = add_of_lines("plaza/spring", "footfall_survey", YK_RES_1D, 0, 58);
    open->persons = 58;
    open->row.final = false;
    publish();
    expect_hidden(row_at("plaza/shop", "", YK_RES_1H, 0), YK_REASON_BELOW_K);
    cr_expect_eq(row_at("plaza/shop", "", YK_RES_1H, 3600)->value, 0.1);
    cr_expect_eq(row_at("plaza/spring", "", YK_RES_1D, 0)->value, 60, "a provisional count is told in fives");
}

/* Without a k for lines they are shown like the lines themselves. */
Test(gate, what_is_made_of_open_lines_is_shown)
{
    add("plaza/door", "footfall", YK_RES_1H, 0, 1, (double)NAN);
    struct yk_candidate *rate = add_of_lines("plaza/shop", "turn_in_rate", YK_RES_1H, 0, 0.01);
    rate->persons = 1;
    rate->row.final = false;
    publish();
    cr_expect_eq(row_at("plaza/shop", "", YK_RES_1H, 0)->value, 0.01);
}
