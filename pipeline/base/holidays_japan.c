/* National holidays of Japan. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Streets are as full on a Tuesday that is a holiday as on a Sunday. A list of dates ends; the law goes on.
 *
 * Sources. Act on National Holidays (Kokumin no Shukujitsu ni Kansuru Horitsu, Act No. 178 of 1948) with its amendments; the
 * list that the Cabinet Office publishes; acts for single days (state funeral 1989, enthronement 1990 and 2019, wedding 1993)
 * and for the Olympic years (Act on Special Measures for the Tokyo Games, articles 29 and 32).
 *
 *     article 2     the days themselves, four of them on Mondays since 2000 or 2003
 *     article 3(2)  substitute: a holiday on a Sunday moves on. Since 1973 to the Monday; since 2007 to the next day that is not a
 *                   national holiday itself (they differ in the first week of May)
 *     article 3(3)  since 1986: a day between two national holidays is one too; until 2006 not if it was a Sunday
 *
 * Articles 3(2) and 3(3) look at the days of article 2 alone: a day that they made never makes another.
 *
 * The equinox days are announced in February of the year before, from the instant at which the sun's longitude is 0 or 180 degrees
 * in Japanese time. Computed is the usual linear approximation (Kaijo Hoancho Suirobu, Shin Koyomi Benricho); its days are those of
 * the sun's place after Meeus in every year here, which the test computes. What is ahead is a forecast, as every calendar's is; so is that the law stays. */
#include "base/holidays_japan.h"

#include <assert.h>
#include <stddef.h>

enum holiday {
    NEW_YEAR,
    COMING_OF_AGE,
    FOUNDATION,
    EMPEROR,
    VERNAL_EQUINOX,
    GREENERY,
    SHOWA,
    CONSTITUTION,
    CHILDREN,
    MARINE,
    MOUNTAIN,
    AGED,
    AUTUMNAL_EQUINOX,
    HEALTH_SPORTS,
    SPORTS,
    CULTURE,
    LABOUR,
    FUNERAL,
    ENTHRONEMENT_CEREMONY,
    WEDDING,
    ENTHRONEMENT,
    SUBSTITUTE,
    CITIZENS,
    NO_HOLIDAY,
};

static const struct yk_holiday_name names[] = {
    [NEW_YEAR] = {"New Year's Day", "元日"},
    [COMING_OF_AGE] = {"Coming of Age Day", "成人の日"},
    [FOUNDATION] = {"National Foundation Day", "建国記念の日"},
    [EMPEROR] = {"Emperor's Birthday", "天皇誕生日"},
    [VERNAL_EQUINOX] = {"Vernal Equinox Day", "春分の日"},
    [GREENERY] = {"Greenery Day", "みどりの日"},
    [SHOWA] = {"Showa Day", "昭和の日"},
    [CONSTITUTION] = {"Constitution Memorial Day", "憲法記念日"},
    [CHILDREN] = {"Children's Day", "こどもの日"},
    [MARINE] = {"Marine Day", "海の日"},
    [MOUNTAIN] = {"Mountain Day", "山の日"},
    [AGED] = {"Respect for the Aged Day", "敬老の日"},
    [AUTUMNAL_EQUINOX] = {"Autumnal Equinox Day", "秋分の日"},
    [HEALTH_SPORTS] = {"Health and Sports Day", "体育の日"},
    [SPORTS] = {"Sports Day", "スポーツの日"},
    [CULTURE] = {"Culture Day", "文化の日"},
    [LABOUR] = {"Labour Thanksgiving Day", "勤労感謝の日"},
    [FUNERAL] = {"State Funeral of Emperor Showa", "昭和天皇の大喪の礼"},
    [ENTHRONEMENT_CEREMONY] = {"Enthronement Ceremony", "即位礼正殿の儀"},
    [WEDDING] = {"Wedding of the Crown Prince", "皇太子徳仁親王の結婚の儀"},
    [ENTHRONEMENT] = {"Enthronement Day", "天皇の即位の日"},
    [SUBSTITUTE] = {"Substitute Holiday", "振替休日"},
    [CITIZENS] = {"Citizens' Holiday", "国民の休日"},
};

struct date {
    int year, month, day;
};

/* 0 Sunday .. 6 Saturday; T. Sakamoto's congruence. */
static int weekday(struct date d)
{
    static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    assert(d.month >= 1 && d.month <= 12);
    int y = d.year - (d.month < 3);
    return (y + y / 4 - y / 100 + y / 400 + shift[d.month - 1] + d.day) % 7;
}

static int month_days(int year, int month)
{
    if (month == 2)
        return 28 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    return 30 + (month == 1 || month == 3 || month == 5 || month == 7 || month == 8 || month == 10 || month == 12);
}

static struct date before(struct date d)
{
    if (--d.day > 0)
        return d;
    if (--d.month == 0)
        return (struct date){d.year - 1, 12, 31};
    d.day = month_days(d.year, d.month);
    return d;
}

static struct date after(struct date d)
{
    if (++d.day <= month_days(d.year, d.month))
        return d;
    return d.month == 12 ? (struct date){d.year + 1, 1, 1} : (struct date){d.year, d.month + 1, 1};
}

static int monday(struct date d, int which)
{
    return weekday(d) == 1 && (d.day - 1) / 7 + 1 == which;
}

static int vernal_equinox(int year)
{
    return (int)(20.8431 + 0.242194 * (year - 1980)) - (year - 1980) / 4;
}

static int autumnal_equinox(int year)
{
    return (int)(23.2488 + 0.242194 * (year - 1980)) - (year - 1980) / 4;
}

/* Days of single years, before the rules. */
struct single {
    struct date date;
    enum holiday holiday;
};
static const struct single singles[] = {
    {{1989, 2, 24}, FUNERAL},
    {{1990, 11, 12}, ENTHRONEMENT_CEREMONY},
    {{1993, 6, 9}, WEDDING},
    {{2019, 5, 1}, ENTHRONEMENT},
    {{2019, 10, 22}, ENTHRONEMENT_CEREMONY},
    {{2020, 7, 23}, MARINE},
    {{2020, 7, 24}, SPORTS},
    {{2020, 8, 10}, MOUNTAIN},
    {{2021, 7, 22}, MARINE},
    {{2021, 7, 23}, SPORTS},
    {{2021, 8, 8}, MOUNTAIN},
};

static enum holiday first_half(struct date d)
{
    int y = d.year;
    switch (d.month) {
    case 1:
        if (d.day == 1)
            return NEW_YEAR;
        return (y < 2000 ? d.day == 15 : monday(d, 2)) ? COMING_OF_AGE : NO_HOLIDAY;
    case 2:
        if (d.day == 11)
            return FOUNDATION;
        return y >= 2020 && d.day == 23 ? EMPEROR : NO_HOLIDAY;
    case 3:
        return d.day == vernal_equinox(y) ? VERNAL_EQUINOX : NO_HOLIDAY;
    case 4:
        if (d.day != 29)
            return NO_HOLIDAY;
        return y <= 1988 ? EMPEROR : y <= 2006 ? GREENERY : SHOWA;
    case 5:
        if (d.day == 4)
            return y >= 2007 ? GREENERY : NO_HOLIDAY;
        return d.day == 3 ? CONSTITUTION : d.day == 5 ? CHILDREN : NO_HOLIDAY;
    default:
        return NO_HOLIDAY;
    }
}

static enum holiday second_half(struct date d)
{
    int y = d.year;
    int games = y == 2020 || y == 2021; /* their days are singles */
    switch (d.month) {
    case 7:
        if (y < 1996 || games)
            return NO_HOLIDAY;
        return (y <= 2002 ? d.day == 20 : monday(d, 3)) ? MARINE : NO_HOLIDAY;
    case 8:
        return y >= 2016 && !games && d.day == 11 ? MOUNTAIN : NO_HOLIDAY;
    case 9:
        if (y <= 2002 ? d.day == 15 : monday(d, 3))
            return AGED;
        return d.day == autumnal_equinox(y) ? AUTUMNAL_EQUINOX : NO_HOLIDAY;
    case 10:
        if (games || !(y <= 1999 ? d.day == 10 : monday(d, 2)))
            return NO_HOLIDAY;
        return y <= 2019 ? HEALTH_SPORTS : SPORTS;
    case 11:
        return d.day == 3 ? CULTURE : d.day == 23 ? LABOUR : NO_HOLIDAY;
    case 12:
        return y >= 1989 && y <= 2018 && d.day == 23 ? EMPEROR : NO_HOLIDAY;
    default:
        return NO_HOLIDAY;
    }
}

/* Article 2 and the acts for single days. */
static enum holiday national(struct date d)
{
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        const struct date *s = &singles[i].date;
        if (s->year == d.year && s->month == d.month && s->day == d.day)
            return singles[i].holiday;
    }
    return d.month <= 6 ? first_half(d) : second_half(d);
}

/* Article 3(2); d is not a national holiday. */
static int is_substitute(struct date d)
{
    if (d.year < 2007)
        return weekday(d) == 1 && national(before(d)) != NO_HOLIDAY;
    for (d = before(d); national(d) != NO_HOLIDAY; d = before(d))
        if (weekday(d) == 0)
            return 1;
    return 0;
}

/* Article 3(3); d is neither a national holiday nor a substitute. */
static int is_between(struct date d)
{
    if (d.year < 1986 || (d.year < 2007 && weekday(d) == 0))
        return 0;
    return national(before(d)) != NO_HOLIDAY && national(after(d)) != NO_HOLIDAY;
}

static const struct yk_holiday_name *holiday(int year, int month, int day)
{
    struct date d = {year, month, day};
    enum holiday h = national(d);
    if (h == NO_HOLIDAY)
        h = is_substitute(d) ? SUBSTITUTE : is_between(d) ? CITIZENS : NO_HOLIDAY;
    return h == NO_HOLIDAY ? NULL : &names[h];
}

const struct yk_holiday_calendar yk_holidays_japan = {
    .name = "japan", .first_year = 1980, .last_year = 2099, .holiday = holiday};
