/* Suggestions for mistyped words. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/nearest.h"

#include <criterion/criterion.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

Test(nearest, finds_what_was_meant)
{
    static const char *const words[] = {"inspect",           "replay", "up", "check", "collect", "k",
                                        "fiscal_year_start", "keys"};
    static const struct {
        const char *typed, *meant;
    } cases[] = {
        {"chekc", "check"},      /* two neighbours swapped */
        {"chck", "check"},       /* one lost */
        {"inspects", "inspect"}, /* one added */
        {"roplay", "replay"},    /* one changed */
        {"colect", "collect"},
        {"up", "up"},
        {"kesy", "keys"},
        {"fiscal_year_stort", "fiscal_year_start"},
        {"fiscalyearstart", "fiscal_year_start"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_str_eq(yk_nearest(cases[i].typed, words, COUNT(words)), cases[i].meant, "%s", cases[i].typed);
}

Test(nearest, says_nothing_when_nothing_is_near)
{
    static const char *const words[] = {"check", "k", ""};
    char longer[200];
    memset(longer, 'c', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *const typed[] = {"zebra", "x", "", "ch", longer};
    for (size_t i = 0; i < COUNT(typed); i++)
        cr_expect_null(yk_nearest(typed[i], words, COUNT(words)), "%s", typed[i]);
    cr_expect_null(yk_nearest("check", words, 0));
}
