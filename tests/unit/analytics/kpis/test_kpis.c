/* Each KPI on facts made by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/calibrations.h"
#include "kpis/device_number.h"
#include "kpis/kpi.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

static struct yk_config config;
static struct yk_place_config place;
static struct yk_periods periods;
static struct yk_facts facts;
static struct yk_candidate got[64];
static size_t got_count;

/* A closed quarter of a place with a radio and a camera that ran all the time, and nobody there. */
static void start(void)
{
    strcpy(config.district, "riverside");
    strcpy(place.id, "plaza");
    strcpy(periods.id, "0123456789abcdef R390.0/?");
    facts.config = &config;
    facts.place = &place;
    facts.periods = &periods;
    facts.start_s = 9000;
    facts.end_s = 9900;
    facts.resolution = YK_RES_15M;
    facts.closed = true;
    facts.has_radio = facts.has_camera = true;
    facts.radio_cover = facts.camera_cover = (struct yk_cover){900, 900};
    facts.line_count = 2;
    strcpy(facts.lines[0].id, "north");
    strcpy(facts.lines[1].id, "south");
    facts.lines[0].cover = facts.lines[1].cover = (struct yk_cover){900, 900};
    facts.zone_count = 1;
    strcpy(facts.zones[0].id, "area");
    strcpy(config.los.space, "hcm-space");
    strcpy(config.los.flow, "hcm-flow");
    facts.zones[0].cover = (struct yk_cover){900, 900};
    periods.known[YK_ROTATING_RESOLVABLE] = true;
    periods.period[YK_ROTATING_RESOLVABLE] = (struct yk_rotation_period){.period_s = 390, .se_s = 10};
}
TestSuite(kpis, .init = start);

static void give(void *context, const struct yk_candidate *candidate)
{
    (void)context;
    got[got_count++] = *candidate;
}

static void ask_of(const char *name, const char *parameters)
{
    const struct yk_kpi *kpi = yk_kpi_find(name);
    cr_assert_not_null(kpi, "%s", name);
    got_count = 0;
    kpi->rows(kpi, &facts, give, NULL);
    for (size_t i = 0; i < got_count; i++) {
        const struct yk_kpi_row *row = &got[i].row;
        cr_expect_str_eq(row->district, "riverside");
        cr_expect_str_eq(row->kpi, name);
        cr_expect(row->start_s == 9000 && row->end_s == facts.end_s && row->resolution == facts.resolution);
        cr_expect_str_eq(row->parameters, parameters);
        cr_expect_eq(row->final, facts.final);
        cr_expect_eq(row->revision, facts.final);
        cr_expect(isnan(row->coverage) || (row->coverage >= 0 && row->coverage <= 1), "coverage %g", row->coverage);
        if (row->state != YK_STATE_OK)
            cr_expect(isnan(row->value) && isnan(row->lower) && isnan(row->upper) && row->n_low == -1,
                      "no number with it");
        cr_expect_eq(row->state == YK_STATE_OK, row->reason == YK_REASON_NONE);
    }
}

static void ask(const char *name)
{
    ask_of(name, "0123456789abcdef R390.0/?");
}

static const struct yk_kpi_row *row_of(const char *where, const char *direction)
{
    for (size_t i = 0; i < got_count; i++)
        if (strcmp(got[i].row.place, where) == 0 && strcmp(got[i].row.direction, direction) == 0)
            return &got[i].row;
    cr_assert(false, "no row of %s %s", where, direction);
    return NULL;
}

Test(kpis, every_descriptor_is_whole)
{
    cr_expect_geq(yk_kpi_count(), 6);
    cr_expect_null(yk_kpi_find("none"));
    for (size_t i = 0; i < yk_kpi_count(); i++) {
        const struct yk_kpi *kpi = yk_kpi_at(i);
        cr_expect(*kpi->name && *kpi->summary && (*kpi->unit || kpi->followed_rows));
        cr_expect_eq(!!kpi->rows + !!kpi->district_rows + !!kpi->followed_rows, 1);
        cr_expect_eq(yk_kpi_find(kpi->name), kpi);
        for (const char *p = kpi->name; *p; p++)
            cr_expect((*p >= 'a' && *p <= 'z') || *p == '_' || (*p >= '0' && *p <= '9'));
    }
}

Test(kpis, a_place_without_sensors_has_no_rows)
{
    facts.has_radio = facts.has_camera = false;
    facts.line_count = facts.zone_count = 0;
    facts.radio_cover = facts.camera_cover = (struct yk_cover){0, 0};
    for (size_t i = 0; i < yk_kpi_count(); i++) {
        if (!yk_kpi_at(i)->rows)
            continue;
        ask(yk_kpi_at(i)->name);
        cr_expect_eq(got_count, 0, "%s", yk_kpi_at(i)->name);
    }
}

Test(kpis, footfall)
{
    facts.lines[0].plus = 7;
    facts.lines[0].minus = 4;
    facts.lines[1].plus = 100;
    facts.lines[1].cover.ran_s = 450;
    facts.final = true;
    ask("footfall");
    cr_assert_eq(got_count, 9);
    cr_expect_eq(row_of("plaza/north", "plus")->value, 7);
    cr_expect_eq(row_of("plaza/north", "minus")->value, 4);
    cr_expect_eq(row_of("plaza/north", "both")->value, 11);
    cr_expect_eq(row_of("plaza/south", "minus")->value, 0, "ran and saw nobody");
    cr_expect_eq(row_of("plaza/south", "minus")->state, YK_STATE_OK);
    cr_expect_eq(row_of("plaza/south", "plus")->coverage, 0.5);
    cr_expect_eq(row_of("plaza", "plus")->value, 107);
    cr_expect_eq(row_of("plaza", "minus")->value, 4);
    cr_expect_eq(row_of("plaza", "both")->value, 111);
    cr_expect_eq(row_of("plaza", "both")->coverage, 0.75);
    const struct yk_kpi_row *row = row_of("plaza", "both");
    cr_expect(row->n_low == 111 && row->n_high == 111 && row->basis == YK_BASIS_MEASURED && isnan(row->lower));
    for (size_t i = 0; i < got_count; i++)
        cr_expect(isnan(got[i].devices_lower), "about no device");
}

Test(kpis, footfall_of_an_outage)
{
    facts.lines[0].cover.ran_s = 0;
    ask("footfall");
    cr_expect_eq(row_of("plaza/north", "both")->state, YK_STATE_MISSING);
    cr_expect_eq(row_of("plaza/north", "both")->reason, YK_REASON_OUTAGE);
    cr_expect_eq(row_of("plaza/north", "both")->coverage, 0);
    cr_expect_eq(row_of("plaza/south", "both")->value, 0);
    /* A line that nothing was expected of, because its camera is no longer configured: no coverage can be told. */
    facts.lines[0].cover = (struct yk_cover){0, 0};
    ask("footfall");
    cr_expect(isnan(row_of("plaza/north", "both")->coverage), "%g", row_of("plaza/north", "both")->coverage);
}

Test(kpis, occupancy)
{
    facts.zones[0].inside_ms = 1350000;
    facts.zones[0].most = 6;
    ask("occupancy_mean");
    cr_expect_eq(row_of("plaza/area", "")->value, 1.5);
    cr_expect_eq(row_of("plaza", "")->value, 1.5, "a place's only zone stands for it");
    cr_assert_eq(got_count, 2);
    facts.zones[0].cover.ran_s = 450;
    ask("occupancy_mean");
    cr_expect_eq(row_of("plaza/area", "")->value, 3, "per second that it ran");
    cr_expect_eq(row_of("plaza/area", "")->coverage, 0.5);
    ask("occupancy_max");
    cr_expect_eq(row_of("plaza/area", "")->value, 6);
    facts.zones[0].cover.ran_s = 0;
    ask("occupancy_mean");
    cr_expect_eq(row_of("plaza/area", "")->reason, YK_REASON_OUTAGE);
    ask("occupancy_max");
    cr_expect_eq(row_of("plaza/area", "")->reason, YK_REASON_OUTAGE);
    facts.zones[0] = (struct yk_zone_facts){.id = "area", .cover = {900, 900}};
    ask("occupancy_mean");
    cr_expect(row_of("plaza/area", "")->state == YK_STATE_OK && row_of("plaza/area", "")->value == 0);
    facts.zone_count = 2;
    strcpy(facts.zones[1].id, "door");
    ask("occupancy_mean");
    cr_expect_eq(got_count, 2, "zones may overlap: there is no sum over two");
}

/* 6 persons on 12 m2 of a zone in metres; on the 30 m2 of the place where the zone has no area of its own. */
Test(kpis, density)
{
    facts.zones[0].inside_ms = 5400000;
    ask("density");
    cr_expect_eq(got_count, 0, "no area is known");
    place.area_m2 = 30;
    ask("density");
    cr_assert_eq(got_count, 1);
    cr_expect_eq(row_of("plaza", "")->value, 0.2);
    facts.zones[0].area_m2 = 12;
    ask("density");
    cr_assert_eq(got_count, 2);
    cr_expect_eq(row_of("plaza/area", "")->value, 0.5);
    cr_expect_eq(row_of("plaza", "")->value, 0.5);
    cr_expect_eq(got[0].persons, 6, "what line_k is tested on");
    facts.zones[0].cover.ran_s = 0;
    ask("density");
    cr_expect_eq(row_of("plaza/area", "")->reason, YK_REASON_OUTAGE);
}

/* HCM: 2 m2 a person is D, 60 crossings a minute over 2 m are 30 persons/min/m, C, which Fruin calls B. */
Test(kpis, los)
{
    facts.zones[0].inside_ms = 5400000;
    facts.zones[0].area_m2 = 12;
    facts.lines[0].plus = 500;
    facts.lines[0].minus = 400;
    facts.lines[0].length_m = 2;
    ask("los");
    cr_assert_eq(got_count, 3);
    cr_expect_eq(row_of("plaza/area", "")->value, 4);
    cr_expect_str_eq(row_of("plaza/area", "")->unit, "hcm-space");
    cr_expect_eq(row_of("plaza", "")->value, 4);
    cr_expect_eq(row_of("plaza/north", "")->value, 3);
    cr_expect_str_eq(row_of("plaza/north", "")->unit, "hcm-flow");
    strcpy(config.los.flow, "fruin-flow");
    ask("los");
    cr_expect_eq(row_of("plaza/north", "")->value, 2);
    cr_expect_str_eq(row_of("plaza/north", "")->unit, "fruin-flow");
    ask("congestion");
    cr_assert_eq(got_count, 2);
    cr_expect_eq(row_of("plaza", "")->value, 2);
    facts.zones[0].inside_ms = 0;
    ask("los");
    cr_expect_eq(row_of("plaza/area", "")->value, 1, "nobody there: all the space of the world");
    facts.resolution = YK_RES_1D;
    ask("los");
    cr_expect_eq(got_count, 0, "a day has no level of service");
}

Test(kpis, peak_hour_factor)
{
    ask("peak_hour_factor");
    cr_expect_eq(got_count, 0, "a quarter has none");
    facts.resolution = YK_RES_1H;
    facts.end_s = 12600;
    facts.lines[0].peak = (struct yk_peak){400, 160};
    facts.lines[1].peak = (struct yk_peak){0, 0};
    facts.peak = (struct yk_peak){-1, -1};
    ask("peak_hour_factor");
    cr_assert_eq(got_count, 3);
    cr_expect_eq(row_of("plaza/north", "")->value, 0.625);
    cr_expect_eq(row_of("plaza/south", "")->reason, YK_REASON_NOT_OBSERVABLE, "nobody crossed");
    cr_expect_eq(row_of("plaza", "")->reason, YK_REASON_NOT_OBSERVABLE, "not watched all through");
    cr_expect(got[0].of_lines && !got[0].ratio);
    config.privacy.line_k = 10;
    ask("peak_hour_factor");
    cr_expect(got[0].of_lines && got[0].ratio, "factor times n is the busiest quarter");
}

Test(kpis, coverage)
{
    facts.radio_cover = (struct yk_cover){100, 900};
    facts.camera_cover = (struct yk_cover){800, 900};
    ask("coverage");
    cr_assert_eq(got_count, 1);
    cr_expect_eq(got[0].row.value, 0.5);
    facts.radio_cover.ran_s = facts.camera_cover.ran_s = 0;
    ask("coverage");
    cr_expect(got[0].row.state == YK_STATE_OK && got[0].row.value == 0, "that nothing ran is known");
}

Test(kpis, visitors_say_what_is_missing)
{
    ask("visitors");
    cr_assert_eq(got_count, 1);
    cr_expect_eq(got[0].row.reason, YK_REASON_UNCALIBRATED);
    facts.radio_cover.ran_s = 0;
    ask("visitors");
    cr_expect_eq(got[0].row.reason, YK_REASON_OUTAGE);
}

/* Over an hour, R = 390 s and 2g = 6 s: lives of 3,840 s are 3840/384 = 10 rotations, so of 25 births 15 came and of 27 deaths 17
 * left; mean stay 3840 * 390/384 / 16 + 6 = 249.75 s. And 4 of fixed address that stayed 600 s each, 606 with half a gap at either
 * end. */
Test(kpis, dwell_mean)
{
    facts.resolution = YK_RES_15M;
    ask("dwell_mean_s");
    cr_expect_eq(got_count, 0, "a quarter is too short for a mean");
    facts.resolution = YK_RES_1H;
    facts.end_s = 12600;
    facts.radio.class_of[YK_CLASS_RESOLVABLE] = (struct yk_rotation_sums){
        .addresses = 30, .births = 25, .deaths = 27, .life_ds = 38400, .gap_ds = 1000, .gap_sq_ds2 = 60000};
    ask("dwell_mean_s");
    cr_assert_eq(got_count, 1);
    cr_assert_eq(got[0].row.state, YK_STATE_OK);
    cr_expect_lt(fabs(got[0].row.value - 249.75), 1e-9, "%.9g", got[0].row.value);
    cr_expect(got[0].row.lower < 249.75 && got[0].row.upper > 249.75 && got[0].row.n_low == 16 && got[0].ratio);
    cr_expect(got[0].devices_lower > 0 && got[0].devices_lower < 16);
    facts.radio.class_of[YK_CLASS_STATIC] = (struct yk_rotation_sums){
        .addresses = 4, .births = 4, .deaths = 4, .life_ds = 24000, .gap_ds = 1000, .gap_sq_ds2 = 60000};
    ask("dwell_mean_s");
    cr_expect_lt(fabs(got[0].row.value - (16 * 249.75 + 4 * 606) / 20), 1e-9, "%.9g", got[0].row.value);
    facts.radio.class_of[YK_CLASS_STATIC].life_ds = 360000; /* 9,000 s each: an hour does not show that */
    ask("dwell_mean_s");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_OBSERVABLE);
    facts.radio.class_of[YK_CLASS_NON_RESOLVABLE].addresses = 1;
    ask("dwell_mean_s");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_MEASURABLE);
    memset(&facts.radio, 0, sizeof facts.radio);
    ask("dwell_mean_s");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_MEASURABLE, "nobody has no dwell");
    facts.radio_cover.ran_s = 0;
    ask("dwell_mean_s");
    cr_expect_eq(got[0].row.reason, YK_REASON_OUTAGE);
}

/* 4 public addresses and a pair of static ones are 6 devices, exactly; 1.5 persons each. The interval is the calibration's own
 * (test_calibration.c); here: that it is asked with these visits, that the row names it, and that k looks at devices. */
Test(kpis, visitors)
{
    struct yk_calibration_in_force in_force = {
        .basis = YK_CALIBRATED_OWN,
        .calibration = {.rho = 1.5, .rho_se = 0.06, .serial = 2, .kappa = 1.2, .dof = 30, .rotations = 0.1},
        .id = "c0ffee12"};
    facts.calibration = &in_force;
    facts.radio.class_of[YK_CLASS_PUBLIC].addresses = 4;
    facts.radio.class_of[YK_CLASS_STATIC].addresses = 2;
    ask_of("visitors", "0123456789abcdef R390.0/? Cc0ffee12");
    cr_assert_eq(got_count, 1);
    struct yk_visits visits;
    cr_assert(yk_device_number(&facts, &visits));
    struct yk_interval v = yk_calibration_apply_visits(&in_force.calibration, &visits, 0);
    const struct yk_kpi_row *row = &got[0].row;
    cr_expect_lt(fabs(row->value - 9), 1e-9);
    cr_expect(row->lower == v.lower && row->upper == v.upper && row->lower < 9 && row->upper > 9);
    cr_expect(row->n_low == 6 && got[0].devices_lower == 6 && row->basis == YK_BASIS_ESTIMATED);

    facts.radio.class_of[YK_CLASS_NON_RESOLVABLE].addresses = 1;
    ask("visitors");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_MEASURABLE);
    memset(&facts.radio, 0, sizeof facts.radio);
    ask_of("visitors", "0123456789abcdef R390.0/? Cc0ffee12");
    cr_expect(got[0].row.state == YK_STATE_OK && got[0].row.value == 0, "nobody is a 0");
    in_force.basis = YK_CALIBRATED_NOT;
    ask("visitors");
    cr_expect_eq(got[0].row.reason, YK_REASON_UNCALIBRATED);
}

/* N = A - [T - g(c0 + c1)]/(R - 2g): 60 addresses, T = 15,360 s, sum G^2/sum G = 6 s so g = 3 s, 5 + 3 carried:
 * 60 - (15360 - 24)/384 = 60 - 39.9375 = 20.0625. And four public ones. */
Test(kpis, device_visits)
{
    facts.radio.class_of[YK_CLASS_RESOLVABLE] = (struct yk_rotation_sums){.addresses = 60,
                                                                          .births = 55,
                                                                          .deaths = 57,
                                                                          .carried_in = 5,
                                                                          .carried_out = 3,
                                                                          .life_ds = 153600,
                                                                          .gap_ds = 1000,
                                                                          .gap_sq_ds2 = 60000};
    facts.radio.class_of[YK_CLASS_PUBLIC].addresses = 4;
    ask("device_visits");
    cr_assert_eq(got_count, 1);
    const struct yk_kpi_row *row = &got[0].row;
    cr_expect_eq(row->state, YK_STATE_OK);
    cr_expect_lt(fabs(row->value - 24.0625), 1e-9, "%.9g", row->value);
    cr_expect(row->lower < row->value && row->value < row->upper && row->lower >= 5 && row->upper <= 64);
    cr_expect_eq(got[0].devices_lower, row->lower, "what k is tested on");
    cr_expect(row->n_low == 24 && row->basis == YK_BASIS_ESTIMATED);

    facts.radio.class_of[YK_CLASS_NON_RESOLVABLE].addresses = 1; /* a class whose period is not known */
    ask("device_visits");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_MEASURABLE);
    facts.radio.class_of[YK_CLASS_NON_RESOLVABLE].addresses = 0;
    facts.radio.class_of[YK_CLASS_RESOLVABLE].gap_sq_ds2 = 4000000; /* 2g = 400 s, above R */
    ask("device_visits");
    cr_expect_eq(got[0].row.reason, YK_REASON_NOT_MEASURABLE);

    memset(&facts.radio, 0, sizeof facts.radio);
    ask("device_visits");
    cr_expect(got[0].row.state == YK_STATE_OK && got[0].row.value == 0 && got[0].row.upper == 0, "nobody is a 0");
    facts.radio_cover.ran_s = 0;
    ask("device_visits");
    cr_expect(got[0].row.reason == YK_REASON_OUTAGE && got[0].row.coverage == 0);
}
