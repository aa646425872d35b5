/* Lines beside which somebody counted by hand, on facts made by hand. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Intervals by R (qt), as roots of (ratio c - y)^2 = t^2 (c^2 SE^2 + scatter y). */
#include "calibrations/line_corrections.h"
#include "kpis/kpi.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct yk_config config;
static struct yk_place_config place;
static struct yk_periods periods;
static struct yk_facts facts;
static struct yk_calibration_entry accepted[4];
static struct yk_calibrations file = {.list = accepted};
static struct yk_line_corrections corrections;
static struct yk_candidate got[64];
static size_t got_count;

/* A closed quarter of a place with three lines that ran all the time. */
static void start(void)
{
    static const char *const lines[] = {"north", "south", "west"};
    strcpy(config.district, "riverside");
    strcpy(config.los.flow, "hcm-flow");
    strcpy(place.id, "plaza");
    strcpy(periods.id, "0123456789abcdef");
    facts = (struct yk_facts){.config = &config,
                              .place = &place,
                              .periods = &periods,
                              .end_s = 900,
                              .resolution = YK_RES_15M,
                              .closed = true,
                              .has_camera = true,
                              .corrections = &corrections,
                              .line_count = 3};
    for (int i = 0; i < 3; i++) {
        snprintf(facts.lines[i].id, sizeof facts.lines[i].id, "%s", lines[i]);
        facts.lines[i].cover = (struct yk_cover){900, 900};
    }
    facts.lines[0].plus = 70;
    facts.lines[0].minus = 40;
    facts.lines[1].plus = 30;
    facts.lines[1].minus = 3;
}

static void stop(void)
{
    yk_line_corrections_clear(&corrections);
}
TestSuite(corrected, .init = start, .fini = stop);

static void accept_line(const char *id, const char *line, const char *direction, double ratio, double se,
                        double scatter, double dof)
{
    struct yk_calibration_entry *e = &accepted[file.count++];
    *e = (struct yk_calibration_entry){.kind = YK_CALIBRATION_OF_LINE,
                                       .place = "plaza",
                                       .expires_s = 900,
                                       .line_fit.ratio = {.ratio = ratio, .se = se, .scatter = scatter, .dof = dof}};
    snprintf(e->id, sizeof e->id, "%s", id);
    snprintf(e->line, sizeof e->line, "%s", line);
    snprintf(e->direction, sizeof e->direction, "%s", direction);
    yk_line_corrections_clear(&corrections);
    cr_assert_eq(yk_line_corrections_at(&file, "plaza", 0, &corrections), YK_OK);
}

static void give(void *context, const struct yk_candidate *candidate)
{
    (void)context;
    got[got_count++] = *candidate;
}

static const struct yk_candidate *ask(const char *kpi, const char *where, const char *direction)
{
    got_count = 0;
    yk_kpi_find(kpi)->rows(yk_kpi_find(kpi), &facts, give, NULL);
    for (size_t i = 0; i < got_count; i++)
        if (strcmp(got[i].row.place, where) == 0 && strcmp(got[i].row.direction, direction) == 0)
            return &got[i];
    cr_assert(false, "no row of %s %s", where, direction);
    return NULL;
}

static void expect(const char *where, const char *direction, double value, double lower, double upper, int64_t n,
                   const char *parameters)
{
    const struct yk_candidate *c = ask("footfall", where, direction);
    const struct yk_kpi_row *row = &c->row;
    cr_expect(row->state == YK_STATE_OK && row->basis == YK_BASIS_ESTIMATED, "%s %s", where, direction);
    cr_expect_float_eq(row->value, value, 1e-9, "%s %s: %.15g", where, direction, row->value);
    cr_expect_float_eq(row->lower, lower, 1e-8, "%s %s: %.15g", where, direction, row->lower);
    cr_expect_float_eq(row->upper, upper, 1e-8, "%s %s: %.15g", where, direction, row->upper);
    cr_expect(row->n_low == n && row->n_high == n, "%s %s: the crossings as they were", where, direction);
    cr_expect_str_eq(row->parameters, parameters);
    cr_expect(isnan(c->devices_lower), "about no device");
}

static void expect_measured(const char *where, const char *direction, double value)
{
    const struct yk_candidate *c = ask("footfall", where, direction);
    cr_expect(c->row.state == YK_STATE_OK && c->row.basis == YK_BASIS_MEASURED && c->row.value == value);
    cr_expect(isnan(c->row.lower) && isnan(c->row.upper) && c->row.n_low == (int64_t)value && c->persons == 0);
    cr_expect_str_eq(c->row.parameters, "0123456789abcdef");
}

Test(corrected, both_directions_err_together)
{
    accept_line("c0ffee12", "north", "both", 1.25, 0.02, 0.08, 11);
    const char *named = "0123456789abcdef Cc0ffee12";
    expect("plaza/north", "plus", 87.5, 81.1026585145944, 94.2848883394011, 70, named);
    expect("plaza/north", "minus", 50, 45.4487480663965, 54.9387987875990, 40, named);
    expect("plaza/north", "both", 137.5, 128.931820149782, 146.455726704214, 110, named);
    expect("plaza", "both", 170.5, 161.931820149782, 179.455726704214, 143, named);
    expect_measured("plaza/south", "both", 33);
    expect_measured("plaza/south", "minus", 3);
    expect_measured("plaza/west", "both", 0);
}

/* One direction of the south line: its other one, 3 crossings, is exact in the sum. Places add corrections that err apart. */
Test(corrected, lines_and_directions_apart)
{
    accept_line("0000000a", "south", "plus", 1.5, 0.1, 0.2, 4);
    expect("plaza/south", "plus", 45, 33.9662094719450, 57.5755200124904, 30, "0123456789abcdef C0000000a");
    expect_measured("plaza/south", "minus", 3);
    expect("plaza/south", "both", 48, 36.9662094719450, 60.5755200124904, 33, "0123456789abcdef C0000000a");
    expect("plaza", "plus", 115, 103.966209471945, 127.575520012490, 100, "0123456789abcdef C0000000a");
    expect_measured("plaza", "minus", 43);
    accept_line("0000000b", "north", "both", 1.25, 0.02, 0.08, 11);
    const struct yk_candidate *c = ask("footfall", "plaza", "both");
    cr_expect_float_eq(c->row.value, 185.5, 1e-9);
    cr_expect_float_eq(c->row.lower, 172.9633241111253, 1e-8, "%.15g", c->row.lower);
    cr_expect_float_eq(c->row.upper, 198.5671956486589, 1e-8, "%.15g", c->row.upper);
    cr_expect_eq(c->row.n_low, 143);
    cr_expect_eq(strlen(c->row.parameters), strlen("0123456789abcdef C0000000a"), "a set has an id as well");
    cr_expect_null(strstr(c->row.parameters, "0000000a"));
    /* A camera that did not run: an outage, and nothing of its correction in the sum. */
    facts.lines[0].plus = facts.lines[0].minus = 0;
    facts.lines[0].cover.ran_s = 0;
    c = ask("footfall", "plaza/north", "both");
    cr_expect(c->row.reason == YK_REASON_OUTAGE && isnan(c->row.value) && c->row.n_low == -1);
    cr_expect_str_eq(c->row.parameters, "0123456789abcdef");
    expect("plaza", "both", 48, 36.9662094719450, 60.5755200124904, 33, "0123456789abcdef C0000000a");
}

/* The camera saw nobody: 0, and up to t^2 scatter somebody may have passed. */
Test(corrected, nobody_seen)
{
    accept_line("c0ffee12", "west", "both", 1.25, 0.02, 0.08, 11);
    expect("plaza/west", "both", 0, 0, 0.387546853995489, 0, "0123456789abcdef Cc0ffee12");
}

/* line_k is tested on persons or crossings, whichever are fewer: the row tells both. */
Test(corrected, what_line_k_is_tested_on)
{
    accept_line("0000000a", "north", "both", 1.25, 0.02, 0.08, 11);
    accept_line("0000000b", "south", "both", 0.5, 0.02, 0.08, 11);
    cr_expect_eq(ask("footfall", "plaza/north", "minus")->persons, 40);
    cr_expect_eq(ask("footfall", "plaza/south", "plus")->persons, 15);
    cr_expect_eq(ask("footfall", "plaza", "both")->persons, 143, "137.5 + 16.5 persons");
}

/* HCM: 540 crossings of 2 m in a quarter are 18 persons/min/m, B; 22.5 corrected, B as well, but up to 23.46, which is C. */
Test(corrected, level_of_service)
{
    facts.lines[0].plus = 500;
    facts.lines[0].length_m = 2;
    const struct yk_kpi_row *row = &ask("los", "plaza/north", "")->row;
    cr_expect(row->value == 2 && row->basis == YK_BASIS_MEASURED && isnan(row->lower));
    accept_line("c0ffee12", "north", "both", 1.25, 0.02, 0.08, 11);
    row = &ask("los", "plaza/north", "")->row;
    cr_expect(row->value == 2 && row->lower == 2 && row->upper == 3 && row->basis == YK_BASIS_ESTIMATED);
    cr_expect_str_eq(row->parameters, "0123456789abcdef Cc0ffee12");
    cr_expect_eq(ask("los", "plaza/north", "")->persons, 540);
}

/* A ratio of the camera's own counts, which a correction of both directions leaves as it is. */
Test(corrected, the_peak_hour_is_the_cameras)
{
    facts.resolution = YK_RES_1H;
    facts.lines[0].peak = (struct yk_peak){400, 160};
    accept_line("c0ffee12", "north", "both", 1.25, 0.02, 0.08, 11);
    const struct yk_kpi_row *row = &ask("peak_hour_factor", "plaza/north", "")->row;
    cr_expect(row->value == 0.625 && row->basis == YK_BASIS_MEASURED && row->n_low == 400);
}
