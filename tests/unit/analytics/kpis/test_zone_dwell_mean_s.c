/* Mean dwell of zones, on facts made by hand. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From cells to the same row: tests/integration/test_replay.c, against the simulator's truth. */
#include "kpis/kpi.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

static struct yk_config config;
static struct yk_place_config place;
static struct yk_periods periods;
static struct yk_facts facts;
static struct yk_candidate got[8];
static size_t got_count;

static void start(void)
{
    strcpy(place.id, "plaza");
    facts.config = &config;
    facts.place = &place;
    facts.periods = &periods;
    facts.end_s = 86400;
    facts.resolution = YK_RES_1D;
    facts.closed = facts.has_camera = true;
    facts.zone_count = 1;
    strcpy(facts.zones[0].id, "area");
    facts.zones[0].cover = (struct yk_cover){43200, 86400};
}
TestSuite(zone_dwell_mean_s, .init = start);

static void give(void *context, const struct yk_candidate *candidate)
{
    (void)context;
    cr_assert_lt(got_count, 8);
    got[got_count++] = *candidate;
}

static const struct yk_kpi_row *ask(void)
{
    const struct yk_kpi *kpi = yk_kpi_find("zone_dwell_mean_s");
    cr_assert(kpi && kpi->day == YK_DAY_CALENDAR);
    got_count = 0;
    kpi->rows(kpi, &facts, give, NULL);
    return &got[0].row;
}

/* 20 persons and 600 s: R's poisson.test(20) is from 12.21652 to 30.88838, so 600/30.88838 to 600/12.21652. */
Test(zone_dwell_mean_s, few)
{
    facts.zones[0].inside_ms = 600000;
    facts.zones[0].entered = 20;
    const struct yk_kpi_row *row = ask();
    cr_assert_eq(got_count, 2, "the zone, and the place that has no other");
    cr_expect_str_eq(got[0].row.place, "plaza/area");
    cr_expect_str_eq(got[1].row.place, "plaza");
    cr_expect(row->state == YK_STATE_OK && row->value == 30 && row->n_low == 20 && row->coverage == 0.5);
    cr_expect(row->basis == YK_BASIS_MEASURED && isnan(got[0].devices_lower) && got[0].persons == 20);
    cr_expect_float_eq(row->lower, 600 / 30.88838, 1e-4, "%g", row->lower);
    cr_expect_float_eq(row->upper, 600 / 12.21652, 1e-4, "%g", row->upper);
}

/* Six hours with 10 persons each who spend 200, 300, 300, 300, 400 and 300 s: mean 30; residuals -100, 100 and 0: SE^2 is
 * 6/5 * 20000 / 60^2, t with 5 degrees of freedom 2.570582. */
Test(zone_dwell_mean_s, hours_that_differ)
{
    static const int64_t spent[] = {200, 300, 300, 300, 400, 300};
    for (int i = 0; i < 6; i++) {
        facts.zones[0].inside_ms += 1000 * spent[i];
        facts.zones[0].entered += 10;
        facts.zones[0].parts.count++;
        facts.zones[0].parts.inside_sq += spent[i] * spent[i];
        facts.zones[0].parts.inside_entered += 10 * spent[i];
        facts.zones[0].parts.entered_sq += 100;
    }
    const struct yk_kpi_row *row = ask();
    double wide = exp(2.570582 * sqrt(1.2 * 20000 / 3600) / 30);
    cr_expect_eq(row->value, 30);
    cr_expect_float_eq(row->lower, 30 / wide, 1e-5, "%g", row->lower);
    cr_expect_float_eq(row->upper, 30 * wide, 1e-5, "%g", row->upper);
}

Test(zone_dwell_mean_s, what_cannot_be_told)
{
    facts.zones[0].inside_ms = 600000;
    cr_expect_eq(ask()->reason, YK_REASON_NOT_MEASURABLE, "somebody stays, nobody came");
    facts.zones[0].entered = 1;
    facts.end_s = 3600;
    facts.resolution = YK_RES_1H;
    facts.zones[0].inside_ms = 720000;
    cr_expect_eq(ask()->state, YK_STATE_OK, "a fifth of the hour");
    facts.zones[0].inside_ms = 721000;
    cr_expect_eq(ask()->reason, YK_REASON_NOT_OBSERVABLE);
    facts.zones[0].cover.ran_s = 0;
    cr_expect_eq(ask()->reason, YK_REASON_OUTAGE);
    facts.resolution = YK_RES_15M;
    ask();
    cr_expect_eq(got_count, 0, "a quarter is too short");
    facts.resolution = YK_RES_1D;
    facts.zone_count = 0;
    ask();
    cr_expect_eq(got_count, 0);
}
