/* When a clock is believed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "clock/known.h"

#include <criterion/criterion.h>

#define Y2026 INT64_C(1767225600)
#define DAY   INT64_C(86400)

static struct yk_manual_clock hands;
static struct yk_clock clock_;
static bool kernel;

static bool kernel_says(void *context)
{
    return *(const bool *)context;
}

/* Looks once with the clock at now_s. */
static bool believed(enum yk_clock_trust trust, int64_t wrote_s, int64_t now_s, bool synchronised)
{
    struct yk_known known;
    clock_ = yk_clock_manual(&hands);
    hands.wall.us = now_s * 1000000;
    kernel = synchronised;
    yk_known_open(
        &known,
        &(struct yk_known_options){
            .trust = trust, .wrote_s = wrote_s, .clock = &clock_, .synchronised = kernel_says, .context = &kernel});
    cr_expect_not(yk_known_is(&known), "before the first look");
    return yk_known_look(&known);
}

Test(known, the_system_is_believed_until_it_is_proven_wrong)
{
    static const struct {
        int64_t wrote, now;
        bool yes;
    } cases[] = {
        {INT64_MIN, 0, false},
        {INT64_MIN, Y2026 - 1, false},
        {INT64_MIN, Y2026, true},
        {Y2026 + 100 * DAY, Y2026 + 100 * DAY, true},
        {Y2026 + 100 * DAY + 26 * 3600, Y2026 + 100 * DAY, true},
        {Y2026 + 100 * DAY + 26 * 3600 + 1, Y2026 + 100 * DAY, false},
        {Y2026 + 466 * DAY, Y2026 + 100 * DAY, false},
        {Y2026 + 466 * DAY + 1, Y2026 + 100 * DAY, true}, /* more than a year ahead: that was the wrong one */
        {INT64_C(253402300799), Y2026 + 100 * DAY, true},
        {0, Y2026 - DAY, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(believed(YK_CLOCK_TRUST_SYSTEM, cases[i].wrote, cases[i].now, false), cases[i].yes, "%zu", i);
        cr_expect(believed(YK_CLOCK_TRUST_SYSTEM, cases[i].wrote, cases[i].now, true), "the kernel knows better");
        cr_expect_not(believed(YK_CLOCK_TRUST_NETWORK, cases[i].wrote, cases[i].now, false));
        cr_expect(believed(YK_CLOCK_TRUST_NETWORK, cases[i].wrote, cases[i].now, true));
    }
}

Test(known, once_believed_it_stays_so)
{
    struct yk_known known;
    clock_ = yk_clock_manual(&hands);
    kernel = false;
    yk_known_open(&known, &(struct yk_known_options){.trust = YK_CLOCK_TRUST_NETWORK,
                                                     .wrote_s = INT64_MIN,
                                                     .clock = &clock_,
                                                     .synchronised = kernel_says,
                                                     .context = &kernel});
    cr_expect_not(yk_known_look(&known));
    kernel = true;
    cr_expect_not(yk_known_is(&known), "nobody has looked");
    cr_expect(yk_known_look(&known));
    kernel = false;
    hands.wall.us = 0;
    cr_expect(yk_known_look(&known) && yk_known_is(&known));
}
