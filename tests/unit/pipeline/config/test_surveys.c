/* Turn-ins and surveys in a district's file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "reading.h"

#include "base/calendar.h"

#define BASE                                                                                         \
    "version: 1\n"                                                                                   \
    "district: { id: d, timezone: Asia/Tokyo }\n"                                                    \
    "places: [{ id: plaza }, { id: park }]\n"                                                        \
    "sensors:\n"                                                                                     \
    "- { id: a, place: plaza, kind: camera_file, lines: [{ id: street, points: [[0,0],[1,1]] }] }\n" \
    "- { id: b, place: plaza, kind: camera_file, lines: [{ id: door, device: in }] }\n"              \
    "- { id: c, place: park, kind: camera_file, lines: [{ id: gate, points: [[0,0],[1,1]] }] }\n"
#define LAST 8 /* the line that comes after it */

Test(surveys, turn_ins)
{
    struct yk_config *c = read_whole(
        BASE "turn_ins:\n"
             "- { id: shop, place: plaza, entries: door, entries_direction: minus, passers: street }\n"
             "- { id: kiosk, place: plaza, entries: door, entries_direction: plus, passers: street, passers_direction: "
             "minus }\n");
    cr_assert_eq(c->turn_in_count, 2);
    const struct yk_turn_in_config *t = c->turn_ins;
    cr_expect_str_eq(t[0].id, "shop");
    cr_expect_eq(t[0].place, 0);
    cr_expect_str_eq(t[0].entries.line, "door");
    cr_expect_str_eq(t[0].passers.line, "street");
    cr_expect(t[0].entries.direction == YK_MINUS && t[0].passers.direction == YK_BOTH_WAYS);
    cr_expect(t[1].entries.direction == YK_PLUS && t[1].passers.direction == YK_MINUS);
    yk_config_free(c);
}

Test(surveys, surveys)
{
    struct yk_config *c =
        read_whole(BASE "surveys:\n"
                        "- { id: a, place: park, from: \"10:00\", to: \"18:00\", days: weekdays }\n"
                        "- { id: b, place: plaza, line: door, from: \"00:15\", to: \"24:00\", counted_minutes: 15,\n"
                        "    days: [weekends, holidays, 2027-05-06, 2027-12-31] }\n"
                        "- { id: c, place: plaza, from: \"10:00\", to: \"11:00\", days: all }\n");
    cr_assert_eq(c->survey_count, 3);
    const struct yk_survey_config *s = c->surveys;
    cr_expect(s[0].place == 1 && s[0].line[0] == '\0' && s[0].from_s == 36000 && s[0].to_s == 64800);
    cr_expect(s[0].counted_s == 3600 && s[0].weekdays && !s[0].all_days && !s[0].weekends && s[0].date_count == 0);
    cr_expect_str_eq(s[1].line, "door");
    cr_expect(s[1].from_s == 900 && s[1].to_s == 86400 && s[1].counted_s == 900);
    cr_expect(s[1].weekends && s[1].holidays && !s[1].weekdays && !s[1].all_days);
    cr_assert_eq(s[1].date_count, 2);
    cr_expect(s[1].dates[0] == 20270506 && s[1].dates[1] == 20271231);
    cr_expect(s[2].all_days);
    yk_config_free(c);
}

#define TURN_IN(rest) "turn_ins: [{ id: t, place: plaza, " rest " }]"
#define SURVEY(rest)  "surveys: [{ id: s, place: plaza, " rest " }]"

Test(surveys, mistakes)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {TURN_IN("entries: dor, entries_direction: plus, passers: street"), "no line 'dor'; did you mean 'door'?"},
        {TURN_IN("entries: gate, entries_direction: plus, passers: street"), "add it to a camera or counter there"},
        {TURN_IN("entries: door, passers: street"), "needs 'entries_direction'"},
        {TURN_IN("entries: door, entries_direction: plus"), "needs 'passers'"},
        {TURN_IN("entries: door, entries_direction: in, passers: street"), "none of plus, minus, both"},
        {TURN_IN("entries: door, entries_direction: plus, passers: door"), "counted at the same line"},
        {TURN_IN("entries: door, entries_direction: plus, passers: street, k: 1"), "has no key 'k'"},
        {"turn_ins: [{ id: t, place: plazza, entries: door, entries_direction: plus, passers: street }]",
         "did you mean 'plaza'"},
        {"turn_ins: [{ id: t, place: plaza, entries: door, entries_direction: plus, passers: street }, { id: t, place: "
         "plaza, entries: door, entries_direction: minus, passers: street }]",
         "turn-in 't' is there twice"},
        {"turn_ins: { id: t }", "has to be a list"},
        {SURVEY("from: \"10:00\", to: \"18:00\""), "needs 'days'"},
        {SURVEY("from: \"10:00\", days: all"), "needs 'to'"},
        {SURVEY("from: \"10:05\", to: \"18:00\", days: all"), "not on a quarter of an hour"},
        {SURVEY("from: \"24:00\", to: \"24:00\", days: all"), "is no time of day"},
        {SURVEY("from: \"18:00\", to: \"10:00\", days: all"), "one that goes over midnight is two"},
        {SURVEY("from: \"10:00\", to: \"10:00\", days: all"), "ends before it begins"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: monday"), "all, weekdays, weekends, holidays or dates"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: [all, monday]"), "all, weekdays, weekends, holidays or dates"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: 2027-05-03"), "write days: [2027-05-03]"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: [2027-02-30]"), "is no date"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: [2027-05-03T10:00]"), "a date without a time"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: []"), "empty list"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: all, counted_minutes: 20"), "use 15, 30, 45 or 60"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: all, counted_minutes: 0"), "from 15 to 60"},
        {SURVEY("from: \"10:00\", to: \"13:00\", days: all, counted_minutes: 15"), "has 3 counted quarters"},
        {SURVEY("from: \"10:00\", to: \"18:00\", days: all, line: gate"), "no line 'gate'"},
        {"surveys: [{ id: s, place: plaza, from: \"10:00\", to: \"18:00\", days: all }, { id: s, place: park, from: "
         "\"10:00\", to: \"18:00\", days: all }]",
         "survey 's' is there twice"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[4096];
        snprintf(text, sizeof text, "%s%s\n", BASE, cases[i].text);
        struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
        cr_expect_eq(mistakes.count, 1, "'%s': %zu mistakes", cases[i].text, mistakes.count);
        cr_expect_eq(mistakes.list[0].line, LAST, "%s", mistakes.list[0].text);
        cr_expect(strstr(mistakes.list[0].text, cases[i].says), "'%s': '%s'", cases[i].text, mistakes.list[0].text);
        yk_config_mistakes_free(&mistakes);
    }
}

/* Japan's calendar where it is kept; Children's Day 2027, and the day after, which a district may keep itself. */
Test(surveys, holidays)
{
    struct yk_config config = {.calendar.holidays = YK_HOLIDAYS_JAPAN};
    cr_expect(yk_config_day_is_holiday(&config, 2027, 5, 5));
    cr_expect_not(yk_config_day_is_holiday(&config, 2027, 5, 6));
    struct yk_special_day_config own[] = {{.start_s = 1809529200, .like = 0}, {.start_s = 1809615600, .like = 1}};
    struct yk_error err;
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK); /* 2027-05-06 and 07 begin at those moments there */
    config.calendar.days = own;
    config.calendar.day_count = 2;
    cr_expect(yk_config_day_is_holiday(&config, 2027, 5, 6));
    cr_expect_not(yk_config_day_is_holiday(&config, 2027, 5, 7));
    config.calendar.holidays = YK_HOLIDAYS_NONE;
    cr_expect_not(yk_config_day_is_holiday(&config, 2027, 5, 5));
}

#define MADE                                                                                            \
    "turn_ins: [{ id: shop, place: plaza, entries: door, entries_direction: plus, passers: street }]\n" \
    "surveys: [{ id: a, place: park, from: \"10:00\", to: \"18:00\", days: weekdays }]\n"               \
    "dwell: { preset: dwell }\n"
#define ASKED(id, kpi, place) "- { id: " id ", kpi: " kpi ", place: " place ", resolution: 1d }\n"

Test(surveys, kpis_are_asked_for_where_they_are_made)
{
    struct yk_config *c =
        read_whole(BASE MADE "kpis:\n" ASKED("a", "turn_in_rate", "plaza") ASKED("b", "footfall_survey", "park")
                       ASKED("c", "fixed_stay_share", "park") ASKED("d", "fixed_stay_median_s", "plaza"));
    cr_expect_eq(c->kpi_count, 4);
    yk_config_free(c);
    const char *elsewhere =
        BASE MADE "kpis:\n" ASKED("a", "turn_in_rate", "park") ASKED("b", "footfall_survey", "plaza");
    struct yk_config_mistakes mistakes = read_mistakes(elsewhere, strlen(elsewhere));
    cr_assert_eq(mistakes.count, 2);
    cr_expect_eq(mistakes.list[0].line, LAST + 4);
    cr_expect(strstr(mistakes.list[0].text, "turn_in_rate needs an entry of turn_ins at its place"));
    cr_expect(strstr(mistakes.list[1].text, "footfall_survey needs an entry of surveys at its place"));
    yk_config_mistakes_free(&mistakes);
}

/* Of a section that is wrong itself nothing more is said. */
Test(surveys, what_is_not_there_is_told_with_other_mistakes)
{
    const char *text = BASE "surveys: [{ id: a, place: park, from: \"10:07\", to: \"18:00\", days: all }]\n"
                            "dwell: { preset: weekly }\n"
                            "kpis:\n" ASKED("a", "turn_in_rate", "plaza") ASKED("b", "footfall_survey", "park")
                                ASKED("c", "fixed_stay_share", "park");
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    cr_assert_eq(mistakes.count, 3);
    cr_expect_eq(mistakes.list[0].line, LAST);
    cr_expect_eq(mistakes.list[1].line, LAST + 1);
    cr_expect(mistakes.list[2].line == LAST + 3 && strstr(mistakes.list[2].text, "turn_in_rate needs an entry"));
    yk_config_mistakes_free(&mistakes);
}
