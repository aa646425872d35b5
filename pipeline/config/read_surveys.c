/* Section `surveys`: which hours of which days are counted as a survey of foot traffic. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "config/sections.h"

#include "base/calendar.h"
#include "config/yaml_scalar.h"

#include <string.h>

#define QUARTER_S 900
#define HOUR_S    3600
#define DAY_S     (24 * HOUR_S)
#define DATES_MAX 1000
/* A day's sampled quarters from which a spread can be told (analytics/estimate/expansion.h). */
#define SAMPLED_MIN 4

/* `to` may be the day's end. */
static bool read_time(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, int *out)
{
    bool end = node && node->type == YAML_SCALAR_NODE && strcmp((const char *)node->data.scalar.value, "24:00") == 0;
    if (end && strcmp(what, "to") == 0)
        *out = DAY_S;
    else if (!yk_yaml_time_of_day(yaml, node, what, out))
        return false;
    if (*out % QUARTER_S == 0)
        return true;
    yk_yaml_mistake(yaml, node,
                    "%s is not on a quarter of an hour, in which crossings are counted; write \"10:00\" or "
                    "\"10:15\"",
                    what);
    return false;
}

static int sampled_quarters(const struct yk_survey_config *survey)
{
    int quarters = 0;
    for (int at = survey->from_s; at < survey->to_s; at += QUARTER_S)
        quarters += (at - survey->from_s) % HOUR_S < survey->counted_s;
    return quarters;
}

static void read_window(struct yk_yaml *yaml, const yaml_node_t *node, const char *what,
                        struct yk_survey_config *survey)
{
    const yaml_node_t *to = yk_yaml_need(yaml, node, what, "to"), *counted = yk_yaml_get(yaml, node, "counted_minutes");
    int minutes = 60;
    survey->counted_s = HOUR_S;
    bool whole = read_time(yaml, yk_yaml_need(yaml, node, what, "from"), "from", &survey->from_s);
    whole = read_time(yaml, to, "to", &survey->to_s) && whole;
    if (whole && survey->to_s <= survey->from_s) {
        yk_yaml_mistake(yaml, to,
                        "the survey ends before it begins; one that goes over midnight is two, to \"24:00\" "
                        "and from \"00:00\"");
        whole = false;
    }
    if (!yk_yaml_integer(yaml, counted, "counted_minutes", 15, 60, &minutes))
        return;
    if (minutes % 15 != 0) {
        yk_yaml_mistake(yaml, counted, "counted_minutes is %d; use 15, 30, 45 or 60: crossings are counted by quarters",
                        minutes);
        return;
    }
    survey->counted_s = minutes * 60;
    if (whole && minutes < 60 && sampled_quarters(survey) < SAMPLED_MIN)
        yk_yaml_mistake(
            yaml, counted,
            "with %d minutes of each hour this window has %d counted quarters; from 4 on it can be told how "
            "sure the total is",
            minutes, sampled_quarters(survey));
}

/* One of the words; or a date, which is given back as 20270503. 0: a word, or a mistake. */
static int read_day(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_survey_config *survey)
{
    bool *const kinds[] = {&survey->all_days, &survey->weekdays, &survey->weekends, &survey->holidays};
    static const char *const words[] = {"all", "weekdays", "weekends", "holidays"};
    const char *text = node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0) {
            *kinds[i] = true;
            return 0;
        }
    int64_t time_s;
    if (*text && !strchr("0123456789", *text)) {
        yk_yaml_mistake(yaml, node, "days are all, weekdays, weekends, holidays or dates such as 2027-05-03");
        return 0;
    }
    if (!yk_yaml_time(yaml, node, "a day", &time_s))
        return 0;
    if (yk_calendar_day_start(time_s, 0) != time_s) {
        yk_yaml_mistake(yaml, node, "a day of a survey is a date without a time, such as 2027-05-03");
        return 0;
    }
    struct yk_civil civil = yk_calendar_civil(time_s);
    return civil.year * 10000 + civil.month * 100 + civil.day;
}

static void read_days(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_survey_config *survey)
{
    if (!node)
        return;
    if (node->type == YAML_SCALAR_NODE) {
        if (read_day(yaml, node, survey) != 0)
            yk_yaml_mistake(yaml, node, "dates are a list; write days: [2027-05-03]");
        return;
    }
    size_t count = yk_yaml_list(yaml, node, "days", DATES_MAX);
    if (count == 0 || !(survey->dates = yk_entries_new(yaml, count, sizeof *survey->dates)))
        return;
    for (size_t i = 0; i < count; i++) {
        int date = read_day(yaml, yk_yaml_item(yaml, node, i), survey);
        if (date != 0)
            survey->dates[survey->date_count++] = date;
    }
}

static void read_survey(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config,
                        struct yk_survey_config *survey)
{
    static const char *const keys[] = {"id", "place", "line", "from", "to", "days", "counted_minutes", NULL};
    static const char *const what = "a survey";
    if (!yk_yaml_map(yaml, node, what, keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, what, "id"), "the survey's id", survey->id);
    if (yk_read_place_name(yaml, yk_yaml_need(yaml, node, what, "place"), config, INT64_MAX, &survey->place))
        yk_read_line_name(yaml, yk_yaml_get(yaml, node, "line"), "line", config, survey->place, survey->line);
    read_window(yaml, node, what, survey);
    read_days(yaml, yk_yaml_need(yaml, node, what, "days"), survey);
}

void yk_read_surveys(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "surveys", YK_SURVEYS_MAX) : 0;
    if (count == 0 || !(config->surveys = yk_entries_new(yaml, count, sizeof *config->surveys)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_survey_config *survey = &config->surveys[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        config->survey_count++;
        read_survey(yaml, item, config, survey);
        for (size_t j = 0; j < i && survey->id[0]; j++)
            if (strcmp(config->surveys[j].id, survey->id) == 0) {
                yk_yaml_mistake(yaml, item, "survey '%s' is there twice; rename one", survey->id);
                break;
            }
    }
}
