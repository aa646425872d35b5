/* Surveys of foot traffic, from quarters made by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/calendar.h"
#include "calibrations/line_corrections.h"
#include "kpis/kpi.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

/* TZ=Asia/Tokyo date -d DATE +%s */
#define THURSDAY 1809529200 /* 2027-05-06 */
#define HOLIDAY  1809270000 /* Monday 2027-05-03, Constitution Day */
#define SATURDAY 1809702000 /* 2027-05-08 */

static struct yk_config config;
static struct yk_place_config place;
static struct yk_survey_config survey;
static struct yk_periods periods;
static struct yk_facts facts, quarters[100];
static struct yk_candidate got[4];
static size_t got_count;

/* Two lines on the day that begins at day_s; nobody there, all watched. */
static void day(int64_t day_s, size_t count)
{
    facts = (struct yk_facts){.config = &config,
                              .place = &place,
                              .periods = &periods,
                              .start_s = day_s,
                              .end_s = day_s + (int64_t)count * 900,
                              .resolution = YK_RES_1D,
                              .closed = true,
                              .quarters = quarters,
                              .quarter_count = count,
                              .line_count = 2};
    strcpy(facts.lines[0].id, "north");
    strcpy(facts.lines[1].id, "south");
    for (size_t i = 0; i < count; i++) {
        quarters[i] = facts;
        quarters[i].start_s = day_s + (int64_t)i * 900;
        quarters[i].end_s = quarters[i].start_s + 900;
        quarters[i].lines[0].cover = quarters[i].lines[1].cover = (struct yk_cover){900, 900};
    }
}

static void start(void)
{
    struct yk_error err;
    gsl_set_error_handler_off();
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    strcpy(config.district, "riverside");
    strcpy(config.timezone, "Asia/Tokyo");
    config.calendar.holidays = YK_HOLIDAYS_JAPAN;
    strcpy(place.id, "plaza");
    config.places = &place;
    config.place_count = 1;
    config.surveys = &survey;
    config.survey_count = 1;
    survey = (struct yk_survey_config){
        .id = "spring", .from_s = 10 * 3600, .to_s = 18 * 3600, .counted_s = 3600, .all_days = true};
    day(THURSDAY, 96);
}
TestSuite(footfall_survey, .init = start);

static void give(void *context, const struct yk_candidate *candidate)
{
    (void)context;
    cr_assert_lt(got_count, 4);
    got[got_count++] = *candidate;
}

static size_t ask_any(void)
{
    const struct yk_kpi *kpi = yk_kpi_find("footfall_survey");
    cr_assert_not_null(kpi);
    got_count = 0;
    kpi->rows(kpi, &facts, give, NULL);
    return got_count;
}

static const struct yk_kpi_row *ask(void)
{
    cr_assert_eq(ask_any(), 1);
    const struct yk_kpi_row *row = &got[0].row;
    cr_expect_str_eq(row->place, "plaza/spring");
    cr_expect_str_eq(row->unit, "crossings");
    cr_expect(row->start_s == facts.start_s && row->end_s == facts.end_s);
    cr_expect(isnan(got[0].devices_lower) && got[0].of_lines);
    cr_expect_eq(row->state == YK_STATE_OK, row->reason == YK_REASON_NONE);
    return row;
}

/* Eight hours from 10 on, both lines both ways; what crosses before and after is not in it. */
Test(footfall_survey, counted_whole_is_measured)
{
    for (size_t i = 0; i < 96; i++) {
        quarters[i].lines[0].plus = i < 40 || i >= 72 ? 1000 : 10;
        quarters[i].lines[0].minus = 5;
        quarters[i].lines[1].plus = 2;
        quarters[i].lines[1].minus = 1;
    }
    const struct yk_kpi_row *row = ask();
    cr_expect(row->value == 32 * 18 && row->basis == YK_BASIS_MEASURED && isnan(row->lower) && isnan(row->upper));
    cr_expect(row->coverage == 1 && row->n_low == 32 * 18 && got[0].persons == 32 * 18);
    strcpy(survey.line, "south");
    cr_expect_eq(ask()->value, 32 * 3);
    strcpy(survey.line, "west");
    cr_expect_eq(ask_any(), 0, "a line that is not there that day");
}

/* 15 of 60 minutes, with these counts. Total and interval are what R makes of the formulas in estimate/expansion.c:
 * x <- c(80,100,120,100,80,100,120,100); phi <- mean(diff(x)^2 / (head(x,-1) + tail(x,-1)))
 * 4*sum(x) + c(-1,1) * qt(.975, 2*7/3) * sqrt(4*3*phi*sum(x)) */
Test(footfall_survey, sampled_agrees_with_r)
{
    static const int64_t counts[8] = {80, 100, 120, 100, 80, 100, 120, 100};
    survey.counted_s = 900;
    for (size_t i = 0; i < 96; i++)
        quarters[i].lines[1].minus = i >= 40 && i < 72 && i % 4 == 0 ? counts[(i - 40) / 4] : 777;
    const struct yk_kpi_row *row = ask();
    cr_expect_float_eq(row->value, 3200, 1e-9);
    cr_expect_float_eq(row->lower, 2836.80824932, 1e-6);
    cr_expect_float_eq(row->upper, 3563.19175068, 1e-6);
    cr_expect(row->basis == YK_BASIS_ESTIMATED && row->coverage == 0.25 && row->n_low == 800);
    cr_expect_float_eq(row->value, 800 / row->coverage, 1e-9, "the factor is not hidden");
}

/* The survey's hours are laid from its own beginning. */
Test(footfall_survey, from_half_past)
{
    survey.from_s = 10 * 3600 + 1800;
    survey.to_s = 18 * 3600 + 1800;
    survey.counted_s = 1800;
    for (size_t i = 42; i < 74; i++)
        quarters[i].lines[0].plus = (i - 42) % 4 < 2 ? 50 : 9999;
    const struct yk_kpi_row *row = ask();
    cr_expect(row->value == 8 * 4 * 50 && row->coverage == 0.5 && row->n_low == 16 * 50);
}

/* A camera that was down for a quarter leaves three of its hour: 60 * 4/3 there and 80 in each other hour. */
Test(footfall_survey, an_outage_is_expanded_by_its_hour)
{
    for (size_t i = 0; i < 96; i++)
        quarters[i].lines[0].plus = 20;
    quarters[45].lines[1].cover.ran_s = 899;
    const struct yk_kpi_row *row = ask();
    cr_expect_float_eq(row->value, 640, 1e-9);
    cr_expect(row->basis == YK_BASIS_ESTIMATED && row->lower < 640 && row->upper > 640 && row->lower >= 620);
    cr_expect(row->coverage == 31.0 / 32 && row->n_low == 620);
    for (size_t i = 44; i < 48; i++)
        quarters[i].lines[0].cover.ran_s = 0;
    row = ask();
    cr_expect(row->reason == YK_REASON_OUTAGE && isnan(row->value) && row->coverage == 28.0 / 32, "an hour is a hole");
    strcpy(survey.line, "south");
    cr_expect_eq(ask()->value, 0, "the other camera ran, but for a quarter, and saw nobody");
    cr_expect_gt(got[0].row.upper, 0);
    survey.to_s = 12 * 3600;
    survey.counted_s = 900;
    survey.line[0] = '\0';
    cr_expect_eq(ask()->reason, YK_REASON_OUTAGE);
    survey.to_s = 11 * 3600;
    survey.counted_s = 1800;
    cr_expect_eq(ask()->reason, YK_REASON_NOT_OBSERVABLE, "two quarters tell no spread");
}

Test(footfall_survey, days)
{
    static const int64_t days[] = {THURSDAY, HOLIDAY, SATURDAY};
    static const struct {
        bool all, weekdays, weekends, holidays, on[3];
    } cases[] = {
        {true, false, false, false, {true, true, true}},     {false, true, false, false, {true, false, false}},
        {false, false, true, false, {false, false, true}},   {false, false, false, true, {false, true, false}},
        {false, false, false, false, {false, false, false}}, {false, false, true, true, {false, true, true}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int d = 0; d < 3; d++) {
            day(days[d], 96);
            survey.all_days = cases[i].all;
            survey.weekdays = cases[i].weekdays;
            survey.weekends = cases[i].weekends;
            survey.holidays = cases[i].holidays;
            cr_expect_eq(ask_any(), cases[i].on[d], "case %zu, day %d", i, d);
        }
    int dates[] = {20270101, 20270506};
    survey = (struct yk_survey_config){
        .id = "spring", .from_s = 36000, .to_s = 64800, .counted_s = 3600, .dates = dates, .date_count = 2};
    day(THURSDAY, 96);
    cr_expect_eq(ask_any(), 1);
    day(SATURDAY, 96);
    cr_expect_eq(ask_any(), 0);
    facts.resolution = YK_RES_1H;
    survey.all_days = true;
    cr_expect_eq(ask_any(), 0, "days only");
}

/* 25 October 2026 in Berlin has the hour from 2 to 3 twice: 10 o'clock is eleven hours after midnight, and a survey from 0 to 24
 * o'clock has 25 hours. */
Test(footfall_survey, when_the_clocks_go_back)
{
    struct yk_error err;
    cr_assert_eq(yk_calendar_open("Europe/Berlin", &err), YK_OK);
    strcpy(config.timezone, "Europe/Berlin");
    config.calendar.holidays = YK_HOLIDAYS_NONE;
    day(1792879200, 100); /* TZ=Europe/Berlin date -d 2026-10-25 +%s */
    for (size_t i = 0; i < 100; i++)
        quarters[i].lines[0].plus = i >= 44 && i < 76 ? 1 : 1000;
    cr_expect_eq(ask()->value, 32);
    survey.from_s = 0;
    survey.to_s = 24 * 3600;
    cr_expect_eq(ask()->value, 32 + 68 * 1000);
}

static struct yk_calibration_entry accepted;
static struct yk_calibrations file = {.list = &accepted, .count = 1};
static struct yk_line_corrections corrections;

static void correct_north(const struct yk_ratio *ratio)
{
    accepted = (struct yk_calibration_entry){.kind = YK_CALIBRATION_OF_LINE,
                                             .id = "c0ffee12",
                                             .place = "plaza",
                                             .line = "north",
                                             .direction = "both",
                                             .expires_s = INT64_MAX,
                                             .line_fit.ratio = *ratio};
    yk_line_corrections_clear(&corrections);
    cr_assert_eq(yk_line_corrections_at(&file, "plaza", THURSDAY, &corrections), YK_OK);
    facts.corrections = &corrections;
    for (size_t i = 0; i < 96; i++)
        quarters[i].corrections = &corrections;
}

/* Interval of 110 crossings by R (qt), as in test_corrected.c; 33 more at a line that nobody corrects. */
Test(footfall_survey, of_a_corrected_line)
{
    correct_north(&(struct yk_ratio){.ratio = 1.25, .se = 0.02, .scatter = 0.08, .dof = 11});
    quarters[41].lines[0].plus = 70;
    quarters[60].lines[0].minus = 40;
    quarters[60].lines[1].minus = 33;
    quarters[3].lines[0].minus = 999; /* before the survey */
    const struct yk_kpi_row *row = ask();
    cr_expect_float_eq(row->value, 137.5 + 33, 1e-9);
    cr_expect_float_eq(row->lower, 161.931820149782, 1e-8, "%.12g", row->lower);
    cr_expect_float_eq(row->upper, 179.455726704214, 1e-8, "%.12g", row->upper);
    cr_expect(row->basis == YK_BASIS_ESTIMATED && row->n_low == 143 && got[0].persons == 143 && row->coverage == 1);
    cr_expect(strstr(row->parameters, " Cc0ffee12") != NULL, "%s", row->parameters);
    strcpy(survey.line, "south");
    row = ask();
    cr_expect(row->value == 33 && row->basis == YK_BASIS_MEASURED && isnan(row->lower));
    yk_line_corrections_clear(&corrections);
}

/* People in threes, a quarter of each hour, a camera that misses one person in five, corrected by twelve sessions: of 1,000 made days the
 * intervals hold the persons who passed in all eight hours. */
Test(footfall_survey, corrected_and_expanded_holds_the_truth)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 5);
    int held = 0;
    double sum = 0, truth_sum = 0;
    survey.counted_s = 900;
    for (int run = 0; run < 1000; run++) {
        struct yk_session_counts sessions[12];
        struct yk_ratio ratio;
        double truth = 0;
        for (int i = 0; i < 12; i++) {
            unsigned persons = gsl_ran_poisson(rng, 120);
            sessions[i] = (struct yk_session_counts){persons, gsl_ran_binomial(rng, 0.8, persons)};
        }
        cr_assert_eq(yk_ratio_fit(sessions, 12, &ratio), YK_RATIO_OK);
        for (size_t i = 40; i < 72; i++) {
            unsigned persons = 3 * gsl_ran_poisson(rng, (200 + 16 * (double)(i / 4)) / 3);
            quarters[i].lines[0].plus = gsl_ran_binomial(rng, 0.8, persons);
            truth += persons;
        }
        correct_north(&ratio);
        const struct yk_kpi_row *row = ask();
        held += row->lower <= truth && truth <= row->upper;
        sum += row->value;
        truth_sum += truth;
    }
    cr_expect(held >= 920 && held <= 985, "%d", held);
    cr_expect_float_eq(sum / truth_sum, 1, 0.01, "%g", sum / truth_sum);
    yk_line_corrections_clear(&corrections);
    gsl_rng_free(rng);
}
