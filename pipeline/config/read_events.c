/* Section `events`: what may have brought people, when, and what to look at. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "base/calendar.h"
#include "config/yaml_scalar.h"

#include <string.h>

#define EVENT_HOURS_MAX 168

static bool read_entry(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_config *config, size_t *out)
{
    char id[YK_ID_SIZE];
    if (!yk_yaml_id(yaml, node, "a KPI's id", id))
        return false;
    for (size_t i = 0; i < config->kpi_count; i++)
        if (strcmp(config->kpis[i].id, id) == 0) {
            *out = i;
            return true;
        }
    yk_yaml_mistake(yaml, node, "no entry of kpis has the id '%s'; an event names entries of kpis", id);
    return false;
}

static size_t read_entries(struct yk_yaml *yaml, const yaml_node_t *node, const char *what,
                           const struct yk_config *config, size_t out[static YK_EVENT_KPIS_MAX])
{
    size_t count = node ? yk_yaml_list(yaml, node, what, YK_EVENT_KPIS_MAX) : 0, taken = 0;
    for (size_t i = 0; i < count; i++)
        if (read_entry(yaml, yk_yaml_item(yaml, node, i), config, &out[taken]))
            taken++;
    return taken;
}

static void read_times(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_event_config *event)
{
    static const char *const what = "an event";
    const yaml_node_t *from = yk_yaml_need(yaml, node, what, "from"), *to = yk_yaml_need(yaml, node, what, "to");
    bool begins = yk_yaml_time(yaml, from, "from", &event->from_s);
    bool ends = yk_yaml_time(yaml, to, "to", &event->to_s);
    if (!begins || !ends)
        return;
    if (event->to_s <= event->from_s)
        yk_yaml_mistake(yaml, to, "the event ends before it begins");
    else if (event->to_s - event->from_s > (int64_t)EVENT_HOURS_MAX * 3600)
        yk_yaml_mistake(yaml, to, "an event lasts a week at the most; write a longer one as several");
    else if (yk_calendar_hour_start(event->from_s) != event->from_s || (event->to_s - event->from_s) % 3600 != 0)
        yk_yaml_mistake(yaml, from, "events are looked at by hours; let it begin and end at a full hour");
}

static void read_event(struct yk_yaml *yaml, const yaml_node_t *node, const struct yk_config *config,
                       struct yk_event_config *event)
{
    static const char *const keys[] = {"id", "name", "from", "to", "kpis", "compare", NULL};
    static const char *const what = "an event";
    if (!yk_yaml_map(yaml, node, what, keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, what, "id"), "the event's id", event->id);
    yk_read_name(yaml, yk_yaml_get(yaml, node, "name"), event->id, &event->name);
    read_times(yaml, node, event);
    const yaml_node_t *compare = yk_yaml_get(yaml, node, "compare");
    event->kpi_count = read_entries(yaml, yk_yaml_need(yaml, node, what, "kpis"), "kpis", config, event->kpis);
    event->compare_count = read_entries(yaml, compare, "compare", config, event->compare);
    for (size_t i = 0; i < event->kpi_count; i++)
        for (size_t k = 0; k < event->compare_count; k++)
            if (event->kpis[i] == event->compare[k])
                yk_yaml_mistake(yaml, compare, "'%s' cannot be compared with itself", config->kpis[event->kpis[i]].id);
}

void yk_read_events(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "events", YK_EVENTS_MAX) : 0;
    if (count == 0 || !(config->events = yk_entries_new(yaml, count, sizeof *config->events)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_event_config *event = &config->events[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        read_event(yaml, item, config, event);
        config->event_count++;
        for (size_t k = 0; k < i && event->id[0]; k++)
            if (strcmp(config->events[k].id, event->id) == 0) {
                yk_yaml_mistake(yaml, item, "event '%s' is there twice; rename one", event->id);
                break;
            }
    }
}
