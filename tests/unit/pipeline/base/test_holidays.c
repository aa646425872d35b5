/* National holidays. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The years below are the Cabinet Office's lists, written out with their weekdays; weekdays are checked with timegm, equinoxes with
 * the series of Meeus, Astronomical Algorithms (2nd edition), chapter 27, which shares nothing with the formula under test. */
#define _DEFAULT_SOURCE
#include "base/holidays.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int weekday(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 12};
    time_t t = timegm(&tm);
    cr_assert(tm.tm_mon == month - 1 && tm.tm_mday == day);
    struct tm back;
    return gmtime_r(&t, &back)->tm_wday;
}

static int days_in(int year, int month)
{
    for (int day = 31;; day--) {
        struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 12};
        timegm(&tm);
        if (tm.tm_mon == month - 1)
            return day;
    }
}

/* A year as "M/D weekday" with 0 Sunday; exactly these days and no other. */
struct listed {
    int month, day, weekday;
    const char *en;
};

static void expect_year(int year, const struct listed *list, size_t count)
{
    size_t next = 0;
    for (int month = 1; month <= 12; month++) {
        for (int day = 1; day <= days_in(year, month); day++) {
            const struct yk_holiday_name *name = yk_holiday(YK_HOLIDAYS_JAPAN, year, month, day);
            bool listed = next < count && list[next].month == month && list[next].day == day;
            if (!listed) {
                cr_expect_null(name, "%d-%d-%d is %s", year, month, day, name ? name->en : "");
                continue;
            }
            cr_assert_not_null(name, "%d-%d-%d should be %s", year, month, day, list[next].en);
            cr_expect_str_eq(name->en, list[next].en, "%d-%d-%d", year, month, day);
            cr_expect_eq(weekday(year, month, day), list[next].weekday, "%d-%d-%d", year, month, day);
            next++;
        }
    }
    cr_expect_eq(next, count);
}

enum { SUN, MON, TUE, WED, THU, FRI, SAT };

static const struct listed Y2006[] = {
    {1, 1, SUN, "New Year's Day"},
    {1, 2, MON, "Substitute Holiday"},
    {1, 9, MON, "Coming of Age Day"},
    {2, 11, SAT, "National Foundation Day"},
    {3, 21, TUE, "Vernal Equinox Day"},
    {4, 29, SAT, "Greenery Day"},
    {5, 3, WED, "Constitution Memorial Day"},
    {5, 4, THU, "Citizens' Holiday"},
    {5, 5, FRI, "Children's Day"},
    {7, 17, MON, "Marine Day"},
    {9, 18, MON, "Respect for the Aged Day"},
    {9, 23, SAT, "Autumnal Equinox Day"},
    {10, 9, MON, "Health and Sports Day"},
    {11, 3, FRI, "Culture Day"},
    {11, 23, THU, "Labour Thanksgiving Day"},
    {12, 23, SAT, "Emperor's Birthday"},
};
static const struct listed Y2015[] = {
    {1, 1, THU, "New Year's Day"},
    {1, 12, MON, "Coming of Age Day"},
    {2, 11, WED, "National Foundation Day"},
    {3, 21, SAT, "Vernal Equinox Day"},
    {4, 29, WED, "Showa Day"},
    {5, 3, SUN, "Constitution Memorial Day"},
    {5, 4, MON, "Greenery Day"},
    {5, 5, TUE, "Children's Day"},
    {5, 6, WED, "Substitute Holiday"},
    {7, 20, MON, "Marine Day"},
    {9, 21, MON, "Respect for the Aged Day"},
    {9, 22, TUE, "Citizens' Holiday"},
    {9, 23, WED, "Autumnal Equinox Day"},
    {10, 12, MON, "Health and Sports Day"},
    {11, 3, TUE, "Culture Day"},
    {11, 23, MON, "Labour Thanksgiving Day"},
    {12, 23, WED, "Emperor's Birthday"},
};
static const struct listed Y2019[] = {
    {1, 1, TUE, "New Year's Day"},
    {1, 14, MON, "Coming of Age Day"},
    {2, 11, MON, "National Foundation Day"},
    {3, 21, THU, "Vernal Equinox Day"},
    {4, 29, MON, "Showa Day"},
    {4, 30, TUE, "Citizens' Holiday"},
    {5, 1, WED, "Enthronement Day"},
    {5, 2, THU, "Citizens' Holiday"},
    {5, 3, FRI, "Constitution Memorial Day"},
    {5, 4, SAT, "Greenery Day"},
    {5, 5, SUN, "Children's Day"},
    {5, 6, MON, "Substitute Holiday"},
    {7, 15, MON, "Marine Day"},
    {8, 11, SUN, "Mountain Day"},
    {8, 12, MON, "Substitute Holiday"},
    {9, 16, MON, "Respect for the Aged Day"},
    {9, 23, MON, "Autumnal Equinox Day"},
    {10, 14, MON, "Health and Sports Day"},
    {10, 22, TUE, "Enthronement Ceremony"},
    {11, 3, SUN, "Culture Day"},
    {11, 4, MON, "Substitute Holiday"},
    {11, 23, SAT, "Labour Thanksgiving Day"},
};
static const struct listed Y2020[] = {
    {1, 1, WED, "New Year's Day"},
    {1, 13, MON, "Coming of Age Day"},
    {2, 11, TUE, "National Foundation Day"},
    {2, 23, SUN, "Emperor's Birthday"},
    {2, 24, MON, "Substitute Holiday"},
    {3, 20, FRI, "Vernal Equinox Day"},
    {4, 29, WED, "Showa Day"},
    {5, 3, SUN, "Constitution Memorial Day"},
    {5, 4, MON, "Greenery Day"},
    {5, 5, TUE, "Children's Day"},
    {5, 6, WED, "Substitute Holiday"},
    {7, 23, THU, "Marine Day"},
    {7, 24, FRI, "Sports Day"},
    {8, 10, MON, "Mountain Day"},
    {9, 21, MON, "Respect for the Aged Day"},
    {9, 22, TUE, "Autumnal Equinox Day"},
    {11, 3, TUE, "Culture Day"},
    {11, 23, MON, "Labour Thanksgiving Day"},
};
static const struct listed Y2021[] = {
    {1, 1, FRI, "New Year's Day"},
    {1, 11, MON, "Coming of Age Day"},
    {2, 11, THU, "National Foundation Day"},
    {2, 23, TUE, "Emperor's Birthday"},
    {3, 20, SAT, "Vernal Equinox Day"},
    {4, 29, THU, "Showa Day"},
    {5, 3, MON, "Constitution Memorial Day"},
    {5, 4, TUE, "Greenery Day"},
    {5, 5, WED, "Children's Day"},
    {7, 22, THU, "Marine Day"},
    {7, 23, FRI, "Sports Day"},
    {8, 8, SUN, "Mountain Day"},
    {8, 9, MON, "Substitute Holiday"},
    {9, 20, MON, "Respect for the Aged Day"},
    {9, 23, THU, "Autumnal Equinox Day"},
    {11, 3, WED, "Culture Day"},
    {11, 23, TUE, "Labour Thanksgiving Day"},
};
static const struct listed Y2024[] = {
    {1, 1, MON, "New Year's Day"},
    {1, 8, MON, "Coming of Age Day"},
    {2, 11, SUN, "National Foundation Day"},
    {2, 12, MON, "Substitute Holiday"},
    {2, 23, FRI, "Emperor's Birthday"},
    {3, 20, WED, "Vernal Equinox Day"},
    {4, 29, MON, "Showa Day"},
    {5, 3, FRI, "Constitution Memorial Day"},
    {5, 4, SAT, "Greenery Day"},
    {5, 5, SUN, "Children's Day"},
    {5, 6, MON, "Substitute Holiday"},
    {7, 15, MON, "Marine Day"},
    {8, 11, SUN, "Mountain Day"},
    {8, 12, MON, "Substitute Holiday"},
    {9, 16, MON, "Respect for the Aged Day"},
    {9, 22, SUN, "Autumnal Equinox Day"},
    {9, 23, MON, "Substitute Holiday"},
    {10, 14, MON, "Sports Day"},
    {11, 3, SUN, "Culture Day"},
    {11, 4, MON, "Substitute Holiday"},
    {11, 23, SAT, "Labour Thanksgiving Day"},
};
static const struct listed Y2026[] = {
    {1, 1, THU, "New Year's Day"},
    {1, 12, MON, "Coming of Age Day"},
    {2, 11, WED, "National Foundation Day"},
    {2, 23, MON, "Emperor's Birthday"},
    {3, 20, FRI, "Vernal Equinox Day"},
    {4, 29, WED, "Showa Day"},
    {5, 3, SUN, "Constitution Memorial Day"},
    {5, 4, MON, "Greenery Day"},
    {5, 5, TUE, "Children's Day"},
    {5, 6, WED, "Substitute Holiday"},
    {7, 20, MON, "Marine Day"},
    {8, 11, TUE, "Mountain Day"},
    {9, 21, MON, "Respect for the Aged Day"},
    {9, 22, TUE, "Citizens' Holiday"},
    {9, 23, WED, "Autumnal Equinox Day"},
    {10, 12, MON, "Sports Day"},
    {11, 3, TUE, "Culture Day"},
    {11, 23, MON, "Labour Thanksgiving Day"},
};

Test(holidays, official_lists)
{
    expect_year(2006, Y2006, COUNT(Y2006));
    expect_year(2015, Y2015, COUNT(Y2015));
    expect_year(2019, Y2019, COUNT(Y2019));
    expect_year(2020, Y2020, COUNT(Y2020));
    expect_year(2021, Y2021, COUNT(Y2021));
    expect_year(2024, Y2024, COUNT(Y2024));
    expect_year(2026, Y2026, COUNT(Y2026));
}

static bool is(int year, int month, int day, const char *en)
{
    const struct yk_holiday_name *name = yk_holiday(YK_HOLIDAYS_JAPAN, year, month, day);
    return en ? name && strcmp(name->en, en) == 0 : name == NULL;
}

Test(holidays, single_days_and_changes_of_the_law)
{
    cr_expect(is(1988, 4, 29, "Emperor's Birthday") && is(1989, 4, 29, "Greenery Day") && is(2007, 4, 29, "Showa Day"));
    cr_expect(is(1988, 12, 23, NULL) && is(1989, 12, 23, "Emperor's Birthday"));
    cr_expect(is(2018, 12, 23, "Emperor's Birthday") && is(2018, 12, 24, "Substitute Holiday"));
    cr_expect(is(2019, 12, 23, NULL) && is(2019, 2, 23, NULL));
    cr_expect(is(1989, 2, 24, "State Funeral of Emperor Showa") && is(1993, 6, 9, "Wedding of the Crown Prince"));
    cr_expect(is(1990, 11, 12, "Enthronement Ceremony"));
    cr_expect(is(1985, 5, 4, NULL), "a Saturday between two holidays, before the rule");
    cr_expect(is(1988, 5, 4, "Citizens' Holiday"));
    cr_expect(is(1986, 5, 4, NULL) && is(1997, 5, 4, NULL), "Sundays");
    cr_expect(is(1987, 5, 4, "Substitute Holiday") && is(1992, 5, 4, "Substitute Holiday"));
    cr_expect(is(2003, 5, 6, NULL), "Constitution day 2003 was a Saturday");
    cr_expect(is(2008, 5, 6, "Substitute Holiday"), "Greenery Day on a Sunday, moved past Children's Day");
    cr_expect(is(2009, 5, 6, "Substitute Holiday") && is(2009, 9, 22, "Citizens' Holiday"));
    cr_expect(is(1999, 10, 10, "Health and Sports Day") && is(1999, 10, 11, "Substitute Holiday"));
    cr_expect(is(2000, 1, 15, NULL) && is(2000, 1, 10, "Coming of Age Day"));
    cr_expect(is(1995, 7, 20, NULL) && is(1996, 7, 20, "Marine Day") && is(2003, 7, 21, "Marine Day"));
    cr_expect(is(2015, 8, 11, NULL) && is(2016, 8, 11, "Mountain Day"));
    cr_expect(is(2002, 9, 15, "Respect for the Aged Day") && is(2002, 9, 16, "Substitute Holiday"));
    cr_expect(is(2020, 10, 12, NULL) && is(2021, 10, 11, NULL) && is(2020, 8, 11, NULL) && is(2021, 7, 19, NULL));
    cr_expect(is(2022, 10, 10, "Sports Day"));
    cr_expect(is(2032, 9, 21, "Citizens' Holiday"), "between Monday and the equinox on the 22nd");
    cr_expect(is(2023, 1, 2, "Substitute Holiday"));
}

/* Julian ephemeris day at which the sun's apparent longitude is 0 (March) or 180 degrees. */
static double equinox_jde(int year, bool autumn)
{
    static const double term[][3] = {
        {485, 324.96, 1934.136}, {203, 337.23, 32964.467}, {199, 342.08, 20.186},   {182, 27.85, 445267.112},
        {156, 73.14, 45036.886}, {136, 171.52, 22518.443}, {77, 222.54, 65928.934}, {74, 296.72, 3034.906},
        {70, 243.58, 9037.513},  {58, 119.81, 33718.147},  {52, 297.17, 150.678},   {50, 21.02, 2281.226},
        {45, 247.54, 29929.562}, {44, 325.15, 31555.956},  {29, 60.93, 4443.417},   {18, 155.12, 67555.328},
        {17, 288.79, 4562.452},  {16, 198.04, 62894.029},  {14, 199.76, 31436.921}, {12, 95.39, 14577.848},
        {12, 287.11, 31931.756}, {12, 320.81, 34777.259},  {9, 227.73, 1222.114},   {8, 15.45, 16859.074},
    };
    double y = (year - 2000) / 1000.0;
    double jde0 = autumn ? 2451810.21715 + y * (365242.01767 + y * (-0.11575 + y * (0.00337 + y * 0.00078)))
                         : 2451623.80984 + y * (365242.37404 + y * (0.05169 + y * (-0.00411 - y * 0.00057)));
    double t = (jde0 - 2451545.0) / 36525, radian = acos(-1) / 180, s = 0;
    double w = (35999.373 * t - 2.47) * radian;
    for (size_t i = 0; i < COUNT(term); i++)
        s += term[i][0] * cos((term[i][1] + term[i][2] * t) * radian);
    return jde0 + 0.00001 * s / (1 + 0.0334 * cos(w) + 0.0007 * cos(2 * w));
}

/* Minutes within which the instant is off or not decided: the series, and delta T of the years ahead. */
Test(holidays, equinoxes_are_those_of_the_sun)
{
    int close = 0;
    for (int year = 1980; year <= 2099; year++) {
        for (int autumn = 0; autumn <= 1; autumn++) {
            double delta_t_s = 51 + fmax(0, year - 1980) * 0.6; /* 51 s in 1980, about 70 in 2020 */
            double jst = equinox_jde(year, autumn) - delta_t_s / 86400 + 9.0 / 24;
            double days = jst - 2440587.5; /* since 1970-01-01 */
            double minute = (days - floor(days)) * 1440;
            if (minute < 3 || minute > 1437) {
                close++;
                continue;
            }
            time_t t = (time_t)(floor(days) * 86400);
            struct tm tm;
            gmtime_r(&t, &tm);
            cr_expect(is(year, tm.tm_mon + 1, tm.tm_mday, autumn ? "Autumnal Equinox Day" : "Vernal Equinox Day"),
                      "%d-%d-%d, %.1f minutes into the day", year, tm.tm_mon + 1, tm.tm_mday, minute);
        }
    }
    cr_expect_leq(close, 3);
}

Test(holidays, every_year_obeys_the_law)
{
    for (int year = 1980; year <= 2099; year++) {
        int count = 0;
        bool sunday_open = false; /* a holiday on a Sunday whose substitute has not come */
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= days_in(year, month); day++) {
                const struct yk_holiday_name *name = yk_holiday(YK_HOLIDAYS_JAPAN, year, month, day);
                bool substitute = name && strcmp(name->en, "Substitute Holiday") == 0;
                count += name != NULL;
                cr_expect(!substitute || sunday_open, "%d-%d-%d substitutes nothing", year, month, day);
                cr_expect(!sunday_open || name, "%d-%d-%d: the chain from Sunday breaks", year, month, day);
                sunday_open = (sunday_open && !substitute) || (name && !substitute && weekday(year, month, day) == 0);
                cr_expect(!substitute || weekday(year, month, day) != 0);
                if (name)
                    cr_expect(*name->en && *name->local);
            }
        }
        int named = year < 1996 ? 12 : year < 2007 ? 13 : year < 2016 ? 15 : 16;
        named += year >= 1989 && year < 2007; /* the emperor's birthday besides 29 April */
        cr_expect(count >= named - 1 && count <= named + 7, "%d has %d", year, count);
    }
}

Test(holidays, calendars_by_name)
{
    enum yk_holidays calendar = YK_HOLIDAYS_COUNT;
    cr_expect(yk_holidays_find("japan", &calendar) && calendar == YK_HOLIDAYS_JAPAN);
    cr_expect(yk_holidays_find("none", &calendar) && calendar == YK_HOLIDAYS_NONE);
    cr_expect_not(yk_holidays_find("atlantis", &calendar));
    cr_expect_null(yk_holiday(YK_HOLIDAYS_NONE, 2026, 1, 1));
    cr_expect_null(yk_holiday(YK_HOLIDAYS_JAPAN, 1979, 1, 1), "not known");
    cr_expect_null(yk_holiday(YK_HOLIDAYS_JAPAN, 2100, 1, 1), "not known");
    cr_expect_null(yk_holiday(YK_HOLIDAYS_JAPAN, 2026, 0, 1));
    cr_expect_null(yk_holiday(YK_HOLIDAYS_JAPAN, 2026, 13, 1));
    cr_expect_null(yk_holiday(YK_HOLIDAYS_JAPAN, 2026, 2, 29), "no such date");
    for (int i = 0; i < YK_HOLIDAYS_COUNT; i++) {
        cr_assert(yk_holidays_find(yk_holiday_calendar((enum yk_holidays)i)->name, &calendar));
        cr_expect_eq((int)calendar, i);
    }
}
