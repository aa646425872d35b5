/* Which epochs a period is frozen from. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every epoch holds a histogram with a period of its own, so that the answer tells which of them were read. */
#include "kpis/periods.h"

#include "base/calendar.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#define E0  INT64_C(1774983600)
#define DAY 86400

static struct yk_config config;
static struct yk_state_store *store;
static struct yk_error err;

static void start(void)
{
    gsl_set_error_handler_off();
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    config.privacy.epoch_hours = 24;
    config.privacy.epoch_start_s = 4 * 3600;
    strcpy(config.version_id, "0123456789abcdef");
    scratch_make();
    cr_assert_eq(yk_state_open(scratch, &store, &err), YK_OK);
}
static void stop(void)
{
    yk_state_close(store);
    scratch_remove();
}
TestSuite(periods, .init = start, .fini = stop);

/* 10,000 rotations of devices that send every 2 s and lose nothing; R = net + 2 s. */
static void put(const char *sensor, int epoch, int class, double net_s)
{
    struct yk_cell *cell;
    cr_assert_eq(yk_state_cell(store, YK_CELL_LAGS, sensor, E0 + epoch * DAY, 0, &cell), YK_OK);
    struct yk_lag_histogram *h = &cell->as.lags->lags[class];
    uint64_t life = (uint64_t)(net_s * 10000 * 10);
    h->births += 20000;
    h->deaths += 20000;
    h->observed_ds += 864000;
    h->life_ds += life;
    h->gap_ds += life;
    h->gap_sq_ds2 += life * 20;
    h->gap[4] += life;
    for (int k = 0; k < YK_LAG_BINS; k++)
        h->lag[k] += 500;
    h->lag[64] += 10000;
}

static struct yk_periods ask(int epoch)
{
    struct yk_periods p;
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK);
    cr_assert_eq(yk_periods_of_epoch(&config, store, E0 + epoch * DAY, &p, &err), YK_OK);
    return p;
}

static void expect_period(const struct yk_periods *p, int class, double expected_s)
{
    cr_assert(p->known[class], "class %d", class);
    cr_expect_lt(fabs(p->period[class].period_s - expected_s), 0.01 * expected_s, "class %d: %g, expected %g", class,
                 p->period[class].period_s, expected_s);
}

Test(periods, nothing_is_known_of_nothing)
{
    struct yk_periods p = ask(0);
    cr_expect_not(p.known[0] || p.known[1]);
    cr_expect_str_eq(p.id, "0123456789abcdef R?/?");
}

/* Epochs e-9 to e-2, each with the same number of rotations: the mean of their periods. The ones around them are far
 * off. */
Test(periods, the_eight_epochs_before_the_last)
{
    for (int e = 0; e <= 30; e++)
        put("radio-1", e, YK_ROTATING_RESOLVABLE, 300 + 20 * e);
    for (int e = 11; e <= 30; e += 5) {
        struct yk_periods p = ask(e);
        expect_period(&p, YK_ROTATING_RESOLVABLE, 2 + 300 + 20 * (e - 5.5));
        cr_expect_lt(p.period[0].slot, YK_PERIOD_SLOTS);
    }
    struct yk_periods before = ask(20);
    put("radio-1", 19, YK_ROTATING_RESOLVABLE, 5000); /* late frames of the last epoch, and of this one */
    put("radio-1", 20, YK_ROTATING_RESOLVABLE, 5000);
    put("radio-1", 21, YK_ROTATING_RESOLVABLE, 5000);
    put("radio-1", 10, YK_ROTATING_RESOLVABLE, 5000);
    struct yk_periods after = ask(20);
    cr_expect_eq(before.period[0].period_s, after.period[0].period_s, "frozen");
    cr_expect_str_eq(before.id, after.id);
    put("radio-1", 18, YK_ROTATING_RESOLVABLE, 5000); /* e-2 does count */
    after = ask(20);
    cr_expect_gt(after.period[0].period_s, before.period[0].period_s + 100);
}

/* Adverts every 10 s: 2g is above the 8 s beyond which nothing can be told. */
static void put_slow(const char *sensor, int epoch, int class, double net_s)
{
    struct yk_cell *cell;
    cr_assert_eq(yk_state_cell(store, YK_CELL_LAGS, sensor, E0 + epoch * DAY, 0, &cell), YK_OK);
    struct yk_lag_histogram *h = &cell->as.lags->lags[class];
    uint64_t life = (uint64_t)(net_s * 10000 * 10);
    h->births += 20000;
    h->deaths += 20000;
    h->observed_ds += 864000;
    h->life_ds += life;
    h->gap_ds += life;
    h->gap_sq_ds2 += life * 100;
    h->gap[20] += life;
    for (int k = 0; k < YK_LAG_BINS; k++)
        h->lag[k] += 500;
    h->lag[80] += 10000;
}

Test(periods, a_sensor_that_hears_too_rarely_is_left_out)
{
    put("radio-1", 0, YK_ROTATING_RESOLVABLE, 300);
    for (int e = 0; e < 8; e++)
        put_slow("radio-2", e, YK_ROTATING_RESOLVABLE, 5000);
    struct yk_periods p = ask(9);
    expect_period(&p, YK_ROTATING_RESOLVABLE, 302);
}

/* The sensor as a whole hears often enough; one class of it does not, and is not given the other's period. */
Test(periods, a_class_that_is_heard_too_rarely_borrows_nothing)
{
    put("radio-1", 0, YK_ROTATING_RESOLVABLE, 3000);
    put_slow("radio-1", 0, YK_ROTATING_NON_RESOLVABLE, 300);
    struct yk_periods p = ask(9);
    expect_period(&p, YK_ROTATING_RESOLVABLE, 3002);
    cr_expect_not(p.known[YK_ROTATING_NON_RESOLVABLE]);
}

Test(periods, all_sensors_together)
{
    put("radio-1", 0, YK_ROTATING_RESOLVABLE, 300);
    put("radio-2", 1, YK_ROTATING_RESOLVABLE, 500);
    struct yk_periods p = ask(9);
    expect_period(&p, YK_ROTATING_RESOLVABLE, 402);
}

Test(periods, a_class_without_its_own_takes_that_of_all)
{
    put("radio-1", 0, YK_ROTATING_RESOLVABLE, 400);
    struct yk_periods p = ask(5);
    expect_period(&p, YK_ROTATING_NON_RESOLVABLE, 402);
    cr_expect_neq(p.period[0].slot, p.period[1].slot);
    put("radio-1", 0, YK_ROTATING_NON_RESOLVABLE, 700);
    p = ask(5);
    expect_period(&p, YK_ROTATING_RESOLVABLE, 402);
    expect_period(&p, YK_ROTATING_NON_RESOLVABLE, 702);
}

/* A district's first days have nothing behind them but themselves. */
Test(periods, the_epoch_itself_only_where_there_is_no_earlier_data)
{
    put("radio-1", 5, YK_ROTATING_RESOLVABLE, 400);
    struct yk_periods p = ask(5);
    expect_period(&p, YK_ROTATING_RESOLVABLE, 402);
    put("radio-1", 4, YK_ROTATING_RESOLVABLE, 800); /* e-1 is never read for e */
    p = ask(5);
    expect_period(&p, YK_ROTATING_RESOLVABLE, 402);
    put("radio-1", 3, YK_ROTATING_RESOLVABLE, 600);
    p = ask(5);
    expect_period(&p, YK_ROTATING_RESOLVABLE, 602);
}
