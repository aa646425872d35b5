/* Which lives the variation of periods is measured from, and whose it becomes. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices that stay for 40 minutes and rotate every 900 s to the second. */
#include "kpis/spread.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

#define START INT64_C(86400)
#define END   (START + 86400)

static struct yk_periods periods;
static struct yk_spread spread;
static struct yk_radio_sums day;

static void start(void)
{
    for (int r = 0; r < YK_ROTATING_COUNT; r++) {
        periods.known[r] = true;
        periods.period[r] = (struct yk_rotation_period){
            .period_s = 900, .cv = YK_ROTATION_CV, .cv_between = YK_ROTATION_CV_BETWEEN, .slot = (unsigned)r};
    }
    for (int c = 0; c < YK_CLASS_COUNT; c++) {
        day.class_of[c].gap_ds = 100000;
        day.class_of[c].gap_sq_ds2 = 2000000; /* 2 s */
    }
    spread = (struct yk_spread){.start_s = START, .end_s = END};
}

static void stop(void)
{
    yk_spread_clear(&spread);
    yk_spread_clear(&spread);
}
TestSuite(spread, .init = start, .fini = stop);

static void tell(uint8_t class, int64_t begin_ds, int64_t end_ds)
{
    struct yk_lived life = {
        .key_id = 1, .pseudonym = 1, .begin_ds = begin_ds, .end_ds = end_ds, .address_class = class};
    yk_spread_life(&spread, &life);
}

static void visits(uint8_t class, int count)
{
    srand(3);
    for (int i = 0; i < count; i++) {
        int64_t at = START * 10 + rand() % 800000, leave = at + 24000, turn = at + rand() % 9000;
        for (int64_t born = at; born < leave; born = turn, turn += 9000)
            tell(class, born + rand() % 20, (turn < leave ? turn : leave) - rand() % 20);
    }
}

Test(spread, each_class_from_its_own_lives)
{
    visits(YK_CLASS_RESOLVABLE, 1500);
    visits(YK_CLASS_STATIC, 1500);
    visits(YK_CLASS_PUBLIC, 1500);
    yk_spread_measure(&spread, &day, &periods);
    const struct yk_rotation_period *own = &periods.period[YK_ROTATING_RESOLVABLE];
    cr_expect_lt(own->cv, 0.12, "they are all alike: %g", own->cv);
    cr_expect_lt(own->cv_between, 0.08, "%g", own->cv_between);
    const struct yk_rotation_period *other = &periods.period[YK_ROTATING_NON_RESOLVABLE];
    cr_expect(other->cv == YK_ROTATION_CV && other->cv_between == YK_ROTATION_CV_BETWEEN);
    cr_expect(own->period_s == 900 && own->slot == YK_ROTATING_RESOLVABLE);
}

Test(spread, a_class_without_a_period_is_left_alone)
{
    periods.known[YK_ROTATING_RESOLVABLE] = false;
    visits(YK_CLASS_RESOLVABLE, 1500);
    yk_spread_measure(&spread, &day, &periods);
    cr_expect_eq(periods.period[YK_ROTATING_RESOLVABLE].cv, YK_ROTATION_CV);
}

Test(spread, lives_at_the_ends_are_cut_there)
{
    tell(YK_CLASS_RESOLVABLE, START * 10 + 299, START * 10 + 5000);
    tell(YK_CLASS_RESOLVABLE, START * 10 + 300, END * 10 - 300);
    tell(YK_CLASS_NON_RESOLVABLE, START * 10 + 9000, END * 10 - 299);
    const struct yk_shape_life *l = spread.lives[YK_ROTATING_RESOLVABLE];
    cr_assert(spread.count[YK_ROTATING_RESOLVABLE] == 2 && spread.count[YK_ROTATING_NON_RESOLVABLE] == 1);
    cr_expect(l[0].began_before && !l[0].goes_on && !l[1].began_before && !l[1].goes_on);
    cr_expect(spread.lives[YK_ROTATING_NON_RESOLVABLE][0].goes_on);
}
