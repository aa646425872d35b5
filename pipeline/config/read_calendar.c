/* Sections `calendar` and `covariates`: what is known of days. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "base/calendar.h"
#include "config/yaml_scalar.h"

#include <string.h>

#define SPECIAL_DAYS_MAX 4096 /* after spans were written out */
#define SPAN_DAYS_MAX    62

static void read_holidays(struct yk_yaml *yaml, const yaml_node_t *node, enum yk_holidays *out)
{
    char name[YK_ID_SIZE];
    if (node && yk_yaml_word(yaml, node, "holidays", name) && !yk_holidays_find(name, out))
        yk_yaml_mistake(yaml, node, "there is no calendar '%s' of holidays; use japan or none", name);
}

/* The number of a kind of day by its word; -1 if there are too many. */
static int kind_of(struct yk_config *config, const char *word)
{
    if (strcmp(word, "holiday") == 0)
        return 0;
    for (int i = 0; i < config->calendar.word_count; i++)
        if (strcmp(config->calendar.word[i], word) == 0)
            return i + 1;
    if (config->calendar.word_count == YK_DAY_WORDS_MAX)
        return -1;
    memcpy(config->calendar.word[config->calendar.word_count], word, strlen(word) + 1);
    return ++config->calendar.word_count;
}

struct span {
    int64_t from_s, to_s; /* midnights, both are in it */
    int like;
};

static bool read_span(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config, struct span *out)
{
    static const char *const keys[] = {"date", "to", "like", NULL};
    static const char *const what = "a day";
    char word[YK_ID_SIZE];
    if (!yk_yaml_map(yaml, node, what, keys) ||
        !yk_yaml_time(yaml, yk_yaml_need(yaml, node, what, "date"), "date", &out->from_s))
        return false;
    const yaml_node_t *to = yk_yaml_get(yaml, node, "to"), *like = yk_yaml_need(yaml, node, what, "like");
    out->to_s = out->from_s;
    if (to && !yk_yaml_time(yaml, to, "to", &out->to_s))
        return false;
    if (yk_calendar_day_start(out->from_s, 0) != out->from_s || yk_calendar_day_start(out->to_s, 0) != out->to_s) {
        yk_yaml_mistake(yaml, node, "days are written as dates, such as 2026-08-13");
        return false;
    }
    if (out->to_s < out->from_s || out->to_s - out->from_s > (int64_t)SPAN_DAYS_MAX * 86400) {
        yk_yaml_mistake(yaml, to, "to is before date, or more than %d days after it", SPAN_DAYS_MAX);
        return false;
    }
    if (!yk_yaml_id(yaml, like, "like", word))
        return false;
    out->like = kind_of(config, word);
    if (out->like < 0)
        yk_yaml_mistake(yaml, like, "'%s' is the fifth kind of day; there is room for holiday and %d others", word,
                        YK_DAY_WORDS_MAX);
    return out->like >= 0;
}

static void read_days(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "days", SPECIAL_DAYS_MAX) : 0;
    if (count == 0 || !(config->calendar.days = yk_entries_new(yaml, SPECIAL_DAYS_MAX, sizeof *config->calendar.days)))
        return;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        struct span span;
        if (!read_span(yaml, item, config, &span))
            continue;
        for (int64_t t = span.from_s; t <= span.to_s; t = yk_calendar_day_next(t, 0)) {
            if (config->calendar.day_count == SPECIAL_DAYS_MAX) {
                yk_yaml_mistake(yaml, item, "more than %d days are not like others", SPECIAL_DAYS_MAX);
                return;
            }
            config->calendar.days[config->calendar.day_count++] = (struct yk_special_day_config){t, span.like};
        }
    }
}

void yk_read_calendar(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"holidays", "days", NULL};
    config->calendar.holidays = strcmp(config->timezone, "Asia/Tokyo") == 0 ? YK_HOLIDAYS_JAPAN : YK_HOLIDAYS_NONE;
    if (!node || !yk_yaml_map(yaml, node, "calendar", keys))
        return;
    read_holidays(yaml, yk_yaml_get(yaml, node, "holidays"), &config->calendar.holidays);
    read_days(yaml, yk_yaml_get(yaml, node, "days"), config);
}

void yk_read_covariates(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    static const char *const keys[] = {"file", "date", "columns", NULL};
    static const char *const what = "covariates";
    memcpy(config->covariates.date, "date", sizeof "date");
    if (!node || !yk_yaml_map(yaml, node, what, keys))
        return;
    yk_yaml_text(yaml, yk_yaml_need(yaml, node, what, "file"), "file", config->covariates.file,
                 sizeof config->covariates.file);
    yk_yaml_text(yaml, yk_yaml_get(yaml, node, "date"), "date", config->covariates.date,
                 sizeof config->covariates.date);
    const yaml_node_t *columns = yk_yaml_need(yaml, node, what, "columns");
    size_t count = columns ? yk_yaml_list(yaml, columns, "columns", YK_COVARIATES_COLUMNS) : 0;
    for (size_t i = 0; i < count; i++) {
        char *column = config->covariates.column[config->covariates.column_count];
        if (yk_yaml_text(yaml, yk_yaml_item(yaml, columns, i), "a column", column, YK_NAME_SIZE))
            config->covariates.column_count++;
    }
}
