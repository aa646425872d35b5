/* Turn-in rates of a place's lines, against R's. SPDX-License-Identifier: GPL-3.0-or-later */
#include "../estimate/flows_reference.h"

#include "calibrations/line_corrections.h"
#include "kpis/kpi.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct yk_config config;
static struct yk_place_config places[2];
static struct yk_turn_in_config turn_ins[2];
static struct yk_periods periods;
static struct yk_facts facts, quarters[32];
static struct yk_candidate got[4];
static size_t got_count;

/* Eight hours of a plaza with a shop: people come in by the door's minus, and pass the street line either way. */
static void start(void)
{
    strcpy(config.district, "riverside");
    strcpy(places[0].id, "plaza");
    strcpy(places[1].id, "park");
    config.places = places;
    config.place_count = 2;
    config.turn_ins = turn_ins;
    config.turn_in_count = 2;
    turn_ins[0] = (struct yk_turn_in_config){"shop", 0, {"door", YK_MINUS}, {"street", YK_BOTH_WAYS}};
    turn_ins[1] = (struct yk_turn_in_config){"kiosk", 1, {"door", YK_PLUS}, {"street", YK_BOTH_WAYS}};
    facts = (struct yk_facts){.config = &config,
                              .place = &places[0],
                              .periods = &periods,
                              .end_s = 32 * 900,
                              .resolution = YK_RES_1D,
                              .closed = true,
                              .quarters = quarters,
                              .quarter_count = 32,
                              .line_count = 2};
    strcpy(facts.lines[0].id, "street");
    strcpy(facts.lines[1].id, "door");
    for (int i = 0; i < 32; i++) {
        quarters[i] = facts;
        quarters[i].start_s = i * 900;
        quarters[i].end_s = (i + 1) * 900;
        quarters[i].lines[0].cover = quarters[i].lines[1].cover = (struct yk_cover){900, 900};
    }
    facts.lines[0].cover = facts.lines[1].cover = (struct yk_cover){32 * 900, 32 * 900};
}
TestSuite(turn_in_rate, .init = start);

/* Passers go both ways, and as many leave by the door as come in. */
static void count(int quarter, int64_t passers, int64_t turned)
{
    quarters[quarter].lines[0].plus = passers / 3;
    quarters[quarter].lines[0].minus = passers - passers / 3;
    quarters[quarter].lines[1].minus = turned;
    quarters[quarter].lines[1].plus = turned + 1;
}

static void give(void *context, const struct yk_candidate *candidate)
{
    (void)context;
    cr_assert_lt(got_count, 4);
    got[got_count++] = *candidate;
}

static const struct yk_kpi_row *ask(void)
{
    const struct yk_kpi *kpi = yk_kpi_find("turn_in_rate");
    cr_assert_not_null(kpi);
    got_count = 0;
    kpi->rows(kpi, &facts, give, NULL);
    cr_assert_eq(got_count, 1);
    const struct yk_kpi_row *row = &got[0].row;
    cr_expect_str_eq(row->place, "plaza/shop", "the park's is told with the park");
    cr_expect(isnan(got[0].devices_lower), "about no device");
    cr_expect_eq(row->state == YK_STATE_OK, row->reason == YK_REASON_NONE);
    if (row->state != YK_STATE_OK)
        cr_expect(isnan(row->value) && isnan(row->lower) && isnan(row->upper) && row->n_low == -1);
    return row;
}

/* The 32 quarters that R worked out, among them scatter beyond chance. */
Test(turn_in_rate, a_day_agrees_with_r)
{
    double wanted[5 * 6], cells[32 * 2];
    cr_assert_eq(flows_reference("turn_in", 6, wanted, 5), 5);
    cr_assert_eq(flows_reference("turn_in_bins", 2, cells, 32), 32);
    for (int i = 0; i < 32; i++)
        count(i, (int64_t)cells[i * 2], (int64_t)cells[i * 2 + 1]);
    const struct yk_kpi_row *row = ask();
    const double *r = &wanted[4 * 6];
    cr_assert_eq(row->state, YK_STATE_OK);
    cr_expect_float_eq(row->value, r[2], 1e-12);
    cr_expect_float_eq(row->lower, r[3], 1e-9);
    cr_expect_float_eq(row->upper, r[4], 1e-9);
    cr_expect(row->n_low == (int64_t)r[1] && row->n_high == (int64_t)r[1] && row->coverage == 1);
    cr_expect(row->basis == YK_BASIS_MEASURED && !got[0].ratio && got[0].of_lines);
    cr_expect_str_eq(row->unit, "share");
    config.privacy.line_k = 5;
    ask();
    cr_expect(got[0].ratio, "where crossings are protected it is told when it is final");
}

/* 412 of 5,000 in four quarters: Wilson's interval as R's prop.test has it. */
Test(turn_in_rate, an_hour_agrees_with_r)
{
    double wanted[5 * 6];
    cr_assert_eq(flows_reference("turn_in", 6, wanted, 5), 5);
    facts.resolution = YK_RES_1H;
    facts.quarter_count = 4;
    facts.end_s = 3600;
    facts.lines[0].cover = facts.lines[1].cover = (struct yk_cover){3600, 3600};
    for (int i = 0; i < 4; i++)
        count(i, 1250, 103);
    const struct yk_kpi_row *row = ask();
    cr_expect_float_eq(row->value, 412.0 / 5000, 1e-12);
    cr_expect_float_eq(row->lower, wanted[2 * 6 + 3], 1e-9);
    cr_expect_float_eq(row->upper, wanted[2 * 6 + 4], 1e-9);
    cr_expect_eq(got[0].persons, 412, "what line_k is tested on");
    facts.resolution = YK_RES_15M;
    got_count = 0;
    yk_kpi_find("turn_in_rate")->rows(yk_kpi_find("turn_in_rate"), &facts, give, NULL);
    cr_expect_eq(got_count, 0, "a quarter has none");
}

/* The street's camera stood still in the second half of the day, in which everybody came in. */
Test(turn_in_rate, of_quarters_in_which_both_were_watched)
{
    for (int i = 0; i < 32; i++) {
        count(i, 100, i < 16 ? 25 : 100);
        if (i >= 16)
            quarters[i].lines[0].cover.ran_s = 899;
    }
    facts.lines[0].cover.ran_s = 16 * 900 + 16 * 899;
    const struct yk_kpi_row *row = ask();
    cr_expect_float_eq(row->value, 0.25, 1e-12);
    cr_expect(row->coverage == 0.5 && row->n_low == 1600);
    quarters[3].lines[1].cover.ran_s = 0;
    cr_expect_eq(ask()->n_low, 1500);
}

Test(turn_in_rate, what_cannot_be_told)
{
    cr_expect_eq(ask()->reason, YK_REASON_NOT_OBSERVABLE, "nobody passed");
    cr_expect_eq(got[0].row.coverage, 1);
    count(0, 5, 6);
    cr_expect_eq(ask()->reason, YK_REASON_NOT_OBSERVABLE, "more came in than passed");
    count(1, 5, 0);
    cr_expect_eq(ask()->state, YK_STATE_OK, "of the sum not");
    for (int i = 0; i < 32; i++)
        quarters[i].lines[0].cover.ran_s = 500;
    facts.lines[0].cover.ran_s = 32 * 500;
    cr_expect_eq(ask()->reason, YK_REASON_NOT_OBSERVABLE, "never watched all through");
    facts.lines[0].cover.ran_s = 0;
    cr_expect_eq(ask()->reason, YK_REASON_OUTAGE);
    cr_expect_eq(got[0].row.coverage, 0);
    facts.line_count = 1; /* there is no door any more */
    const struct yk_kpi *kpi = yk_kpi_find("turn_in_rate");
    got_count = 0;
    kpi->rows(kpi, &facts, give, NULL);
    cr_expect_eq(got_count, 0);
}

Test(turn_in_rate, a_rate_of_0_and_of_1)
{
    count(0, 40, 0);
    const struct yk_kpi_row *row = ask();
    cr_expect(row->value == 0 && row->lower == 0 && got[0].persons == 40);
    cr_expect_float_eq(row->upper, 0.0876216, 1e-6); /* R: prop.test(0, 40, correct = FALSE) */
    count(0, 40, 40);
    row = ask();
    cr_expect(row->value == 1 && row->upper == 1);
}

static struct yk_calibration_entry accepted[2];
static struct yk_calibrations file = {.list = accepted};
static struct yk_line_corrections corrections;

static void accept_line(const char *line, const struct yk_ratio *ratio)
{
    struct yk_calibration_entry *e = &accepted[file.count++];
    *e = (struct yk_calibration_entry){.kind = YK_CALIBRATION_OF_LINE,
                                       .place = "plaza",
                                       .direction = "both",
                                       .expires_s = INT64_MAX,
                                       .line_fit.ratio = *ratio};
    snprintf(e->id, sizeof e->id, "%s", line);
    snprintf(e->line, sizeof e->line, "%s", line);
    yk_line_corrections_clear(&corrections);
    cr_assert_eq(yk_line_corrections_at(&file, "plaza", 0, &corrections), YK_OK);
    facts.corrections = &corrections;
    for (int i = 0; i < 32; i++)
        quarters[i].corrections = &corrections;
}

static void fit_sessions(gsl_rng *rng, double seen, struct yk_ratio *out)
{
    struct yk_session_counts sessions[12];
    for (int i = 0; i < 12; i++) {
        unsigned persons = gsl_ran_poisson(rng, 150);
        sessions[i] = (struct yk_session_counts){persons, gsl_ran_binomial(rng, seen, persons)};
    }
    cr_assert_eq(yk_ratio_fit(sessions, 12, out), YK_RATIO_OK);
}

/* One in ten comes in. The door's camera sees three in four, the street's nine in ten; each corrected by twelve sessions. Raw, the
 * rate is 8.3 %; of 1,000 made days the corrected intervals hold 10 %. */
Test(turn_in_rate, of_corrected_lines)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 9);
    int held = 0;
    double sum = 0;
    for (int day = 0; day < 1000; day++) {
        struct yk_ratio door, street;
        fit_sessions(rng, 0.75, &door);
        fit_sessions(rng, 0.9, &street);
        file.count = 0;
        accept_line("door", &door);
        accept_line("street", &street);
        for (int i = 0; i < 32; i++) {
            unsigned persons = gsl_ran_poisson(rng, 250);
            count(i, gsl_ran_binomial(rng, 0.9, persons), gsl_ran_binomial(rng, 0.1 * 0.75, persons));
        }
        const struct yk_kpi_row *row = ask();
        held += row->lower <= 0.1 && 0.1 <= row->upper;
        sum += row->value;
    }
    cr_expect(held >= 920 && held <= 985, "%d", held);
    cr_expect_float_eq(sum / 1000, 0.1, 0.001, "%g", sum / 1000);
    const struct yk_kpi_row *row = ask();
    cr_expect(row->basis == YK_BASIS_ESTIMATED && strstr(row->parameters, " C") != NULL, "%s", row->parameters);
    gsl_rng_free(rng);
    yk_line_corrections_clear(&corrections);
}

Test(turn_in_rate, corrections_at_the_ends)
{
    struct yk_ratio ratio = {.ratio = 1.25, .se = 0.02, .scatter = 0.08, .dof = 11};
    file.count = 0;
    accept_line("door", &ratio);
    count(0, 400, 0);
    const struct yk_kpi_row *row = ask();
    cr_expect(row->value == 0 && row->lower == 0);
    /* Upper of 0 of 400 (R: prop.test(0, 400, correct = FALSE)), times that of the ratio: 1.25 + qt(.975, 11) * 0.02. */
    cr_expect_float_eq(row->upper, 0.00951229433 * 1.2940197, 1e-8, "%.10g", row->upper);
    count(0, 400, 330);
    cr_expect_eq(ask()->reason, YK_REASON_NOT_OBSERVABLE, "412.5 came in of 400");
    cr_expect(isnan(got[0].row.value) && got[0].row.n_low == -1);
    count(0, 400, 300);
    row = ask();
    cr_expect_float_eq(row->value, 375 / 400.0, 1e-12);
    cr_expect(row->upper <= 1 && row->lower > 0.85 && got[0].persons == 100);
    file.count = 0; /* of the street alone */
    accept_line("street", &ratio);
    cr_expect_float_eq(ask()->value, 300 / 500.0, 1e-12);
    yk_line_corrections_clear(&corrections);
}
