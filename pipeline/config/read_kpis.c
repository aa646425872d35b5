/* Section `kpis`: what is asked for, with targets. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/sections.h"

#include "base/nearest.h"
#include "config/yaml_scalar.h"

#include <math.h>
#include <string.h>

/* Every KPI of the contract, also those that are not computed everywhere: a row then says why it is missing. */
static const char *const known_kpis[] = {
    "footfall",
    "device_visits",
    "visitors",
    "occupancy_mean",
    "occupancy_max",
    "dwell_mean_s",
    "dwell_median_s",
    "dwell_p90_s",
    "density",
    "los",
    "od_flow",
    "circulation",
    "stop_rate",
    "peak_hour_factor",
    "congestion",
    "uplift",
    "uplift_detectable",
    "attainment",
    "target_chance",
    "year_end",
    "expected",
    "anomaly",
    "change_week",
    "change_year",
    "coverage",
    "zone_dwell_mean_s",
    "turn_in_rate",
    "footfall_survey",
    "od_flow_persons",
    "fixed_stay_share",
    "fixed_stay_median_s",
};
static const size_t known_count = sizeof known_kpis / sizeof known_kpis[0];

static const char *const resolutions[YK_RES_COUNT] = {
    [YK_RES_15M] = "15m",
    [YK_RES_1H] = "1h",
    [YK_RES_1D] = "1d",
};

const char *yk_resolution_name(enum yk_resolution resolution)
{
    return (unsigned)resolution < YK_RES_COUNT ? resolutions[resolution] : "";
}

enum yk_resolution yk_resolution_parse(const char *text)
{
    for (unsigned i = 0; i < YK_RES_COUNT; i++)
        if (strcmp(resolutions[i], text) == 0)
            return (enum yk_resolution)i;
    return YK_RES_COUNT;
}

static void read_kpi_name(struct yk_yaml *yaml, const yaml_node_t *node, char out[static YK_ID_SIZE])
{
    if (!yk_yaml_word(yaml, node, "kpi", out))
        return;
    for (size_t i = 0; i < known_count; i++)
        if (strcmp(known_kpis[i], out) == 0)
            return;
    const char *nearest = yk_nearest(out, known_kpis, known_count);
    if (nearest)
        yk_yaml_mistake(yaml, node, "there is no KPI '%s'; did you mean '%s'?", out, nearest);
    else
        yk_yaml_mistake(yaml, node, "there is no KPI '%s'; docs/CONFIGURATION.md lists them", out);
}

static void read_resolution(struct yk_yaml *yaml, const yaml_node_t *node, enum yk_resolution *out)
{
    char text[YK_ID_SIZE];
    if (!yk_yaml_word(yaml, node, "resolution", text))
        return;
    enum yk_resolution resolution = yk_resolution_parse(text);
    if (resolution == YK_RES_COUNT)
        yk_yaml_mistake(yaml, node, "resolution '%s' is none of 15m, 1h, 1d", text);
    else
        *out = resolution;
}

static void read_target(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_kpi_config *kpi)
{
    const yaml_node_t *target = yk_yaml_get(yaml, node, "target");
    const yaml_node_t *year = yk_yaml_get(yaml, node, "fiscal_year");
    kpi->base = kpi->target = (double)NAN;
    bool has_base = yk_yaml_number(yaml, yk_yaml_get(yaml, node, "base"), "base", -1e12, 1e12, &kpi->base);
    bool has_target = yk_yaml_number(yaml, target, "target", -1e12, 1e12, &kpi->target);
    yk_yaml_integer(yaml, year, "fiscal_year", 2000, 2200, &kpi->fiscal_year);
    if (target && !year)
        yk_yaml_mistake(yaml, target, "the target has no year; add fiscal_year, such as fiscal_year: 2027");
    if (has_base && has_target && !(kpi->base < kpi->target) && !(kpi->base > kpi->target))
        yk_yaml_mistake(yaml, target, "base and target are the same; attainment would be 0 of 0");
}

static void read_kpi(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config, struct yk_kpi_config *kpi)
{
    static const char *const keys[] = {"id", "kpi", "place", "resolution", "base", "target", "fiscal_year", NULL};
    static const char *const what = "a KPI";
    if (!yk_yaml_map(yaml, node, what, keys))
        return;
    yk_yaml_id(yaml, yk_yaml_need(yaml, node, what, "id"), "the KPI's id", kpi->id);
    read_kpi_name(yaml, yk_yaml_need(yaml, node, what, "kpi"), kpi->kpi);
    yk_read_place_name(yaml, yk_yaml_need(yaml, node, what, "place"), config, INT64_MAX, &kpi->place);
    read_resolution(yaml, yk_yaml_need(yaml, node, what, "resolution"), &kpi->resolution);
    read_target(yaml, node, kpi);
}

void yk_read_kpis(struct yk_yaml *yaml, const yaml_node_t *node, struct yk_config *config)
{
    size_t count = node ? yk_yaml_list(yaml, node, "kpis", YK_KPIS_MAX) : 0;
    if (count == 0 || !(config->kpis = yk_entries_new(yaml, count, sizeof *config->kpis)))
        return;
    for (size_t i = 0; i < count; i++) {
        struct yk_kpi_config *kpi = &config->kpis[i];
        const yaml_node_t *item = yk_yaml_item(yaml, node, i);
        read_kpi(yaml, item, config, kpi);
        config->kpi_count++;
        for (size_t j = 0; j < i && kpi->id[0]; j++)
            if (strcmp(config->kpis[j].id, kpi->id) == 0) {
                yk_yaml_mistake(yaml, item, "KPI '%s' is there twice; rename one", kpi->id);
                break;
            }
    }
}

/* What a KPI is made of, and whether that is configured where it is asked for. */
static bool has_turn_in(const struct yk_config *config, const char *place)
{
    for (size_t i = 0; i < config->turn_in_count; i++)
        if (strcmp(config->places[config->turn_ins[i].place].id, place) == 0)
            return true;
    return false;
}

static bool has_survey(const struct yk_config *config, const char *place)
{
    for (size_t i = 0; i < config->survey_count; i++)
        if (strcmp(config->places[config->surveys[i].place].id, place) == 0)
            return true;
    return false;
}

static bool has_preset(const struct yk_config *config, const char *place)
{
    (void)place;
    return config->dwell.preset[0] != '\0';
}

void yk_check_kpis(struct yk_yaml *yaml, const struct yk_config *config)
{
    static const struct {
        const char *kpi;
        bool (*has)(const struct yk_config *, const char *);
        const char *section, *key; /* key NULL: all of the section */
        const char *add;
    } needs[] = {
        {"turn_in_rate", has_turn_in, "turn_ins", NULL,
         "an entry of turn_ins at its place, which says who passes and who comes in"},
        {"footfall_survey", has_survey, "surveys", NULL,
         "an entry of surveys at its place, which says when was counted"},
        {"fixed_stay_share", has_preset, "dwell", "preset",
         "a practice of counting stays, such as dwell: { preset: visitor }"},
        {"fixed_stay_median_s", has_preset, "dwell", "preset",
         "a practice of counting stays, such as dwell: { preset: visitor }"},
    };
    /* Where something is wrong already it may be in what is looked for: then only what is not there at all is told. */
    bool all_read = !yk_mistake_any(yaml->mistakes);
    const yaml_node_t *list = yk_yaml_get(yaml, yaml->root, "kpis");
    for (size_t i = 0; i < config->kpi_count; i++)
        for (size_t k = 0; k < sizeof needs / sizeof needs[0]; k++) {
            const struct yk_kpi_config *kpi = &config->kpis[i];
            if (strcmp(kpi->kpi, needs[k].kpi) != 0)
                continue;
            const yaml_node_t *of = yk_yaml_get(yaml, yaml->root, needs[k].section);
            if (of && needs[k].key && of->type == YAML_MAPPING_NODE)
                of = yk_yaml_get(yaml, of, needs[k].key);
            if (!of || (all_read && !needs[k].has(config, config->places[kpi->place].id)))
                yk_yaml_mistake(yaml, yk_yaml_item(yaml, list, i), "%s needs %s; add it", needs[k].kpi, needs[k].add);
        }
}
