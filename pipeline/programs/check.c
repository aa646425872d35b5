/* yukikai check: reads configuration files and says what is wrong with them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * No side effects: it opens the files named, nothing else, and connects to nothing. Mistakes go to stdout as
 * FILE:LINE:COLUMN: text, the form that editors jump to; when there are none, a short summary goes there instead. */
#include "config/config.h"
#include "config/edge_config.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define EDGES_MAX 256

struct arguments {
    const char *district;
    const char *edges[EDGES_MAX];
    size_t edge_count;
    bool quiet;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'q':
        arguments->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!arguments->district)
            arguments->district = arg;
        else if (arguments->edge_count < EDGES_MAX)
            arguments->edges[arguments->edge_count++] = arg;
        else
            argp_error(state, "more than %d edge files", EDGES_MAX);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which file? Example: yukikai check examples/riverside.yaml");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char doc[] = "Reads a district's configuration, and its edges', and tells every mistake with its line and "
                          "a way to mend it. Changes "
                          "nothing and connects to nothing."
                          "\v"
                          "Example:\n"
                          "  yukikai check examples/riverside.yaml examples/edge.yaml\n\n"
                          "Exit status: 0 no mistakes, 64 wrong command line, 66 a file cannot be read, 78 mistakes.";

/* The id, unless the entry before was the same one in another version. */
static bool first_version(const struct yk_config *config, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(config->sensors[j].id, config->sensors[i].id) == 0)
            return false;
    return true;
}

static void print_places(const struct yk_config *config)
{
    printf("  places:\n");
    for (size_t i = 0; i < config->place_count; i++) {
        const struct yk_place_config *place = &config->places[i];
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again = again || strcmp(config->places[j].id, place->id) == 0;
        if (!again)
            printf("    %-16s %s, %s\n", place->id, place->name.en, place->name.ja);
    }
}

/* A sensor as it is in its newest version. */
static void print_sensor(const struct yk_config *config, const char *id)
{
    const struct yk_sensor_config *sensor = yk_config_sensor(config, id);
    size_t versions = 0;
    for (size_t i = 0; i < config->sensor_count; i++)
        versions += strcmp(config->sensors[i].id, id) == 0;
    printf("    %-16s %s at %s", id, sensor->kind, config->places[sensor->place].id);
    for (size_t i = 0; i < sensor->line_count; i++)
        printf("%s%s", i ? ", " : "; lines ", sensor->lines[i].id);
    for (size_t i = 0; i < sensor->zone_count; i++)
        printf("%s%s", i ? ", " : "; zones ", sensor->zones[i].id);
    if (sensor->has_homography)
        printf("; on the ground, in metres");
    if (versions > 1)
        printf("; %zu versions, the newest is shown", versions);
    printf("\n");
}

static void print_kpis(const struct yk_config *config)
{
    if (config->kpi_count == 0)
        return;
    printf("  KPIs:\n");
    for (size_t i = 0; i < config->kpi_count; i++) {
        const struct yk_kpi_config *kpi = &config->kpis[i];
        printf("    %-16s %s of %s per %s", kpi->id, kpi->kpi, config->places[kpi->place].id,
               yk_resolution_name(kpi->resolution));
        if (kpi->base <= kpi->base)
            printf(", base %g", kpi->base);
        if (kpi->target <= kpi->target)
            printf(", target %g", kpi->target);
        if (kpi->fiscal_year)
            printf(" (fiscal year %d)", kpi->fiscal_year);
        printf("\n");
    }
}

static void print_district(const struct yk_config *config)
{
    printf("%s: no mistakes\n", config->path);
    printf("  district %s (%s, %s), time zone %s, fiscal year from month %d, version %s\n", config->district,
           config->district_name.en, config->district_name.ja, config->timezone, config->fiscal_year_start,
           config->version_id);
    print_places(config);
    printf("  sensors:\n");
    for (size_t i = 0; i < config->sensor_count; i++)
        if (first_version(config, i))
            print_sensor(config, config->sensors[i].id);
    print_kpis(config);
    printf("  privacy: a new key every %d h, at %02d:%02d; nothing shown below %d devices", config->privacy.epoch_hours,
           config->privacy.epoch_start_s / 3600, config->privacy.epoch_start_s / 60 % 60, config->privacy.k);
    if (config->privacy.line_k)
        printf(" or %d crossings", config->privacy.line_k);
    printf("\n  redis %s, dashboard at %s\n", config->redis.url, config->serve.listen);
}

static void print_edge(const struct yk_edge_config *edge)
{
    printf("%s: no mistakes\n  edge %s of district %s, sensors", edge->path, edge->id, edge->district);
    for (size_t i = 0; i < edge->sensor_count; i++)
        printf("%s %s", i ? "," : "", edge->sensors[i].id);
    printf("\n  spool %s, keys %s, inbox %s, redis %s\n", edge->spool, edge->keys,
           edge->inbox[0] ? edge->inbox : "none (local epoch keys)", edge->redis_url);
}

/* Says what came of one file. The worst exit status so far is kept: mistakes before a missing file. */
static void told(const char *path, enum yk_status status, struct yk_config_mistakes *mistakes,
                 const struct yk_error *err, int *exit_status)
{
    if (status == YK_OK)
        return;
    if (status == YK_ERR_CONFIG)
        yk_config_mistakes_print(path, mistakes, stdout);
    else
        fprintf(stderr, "yukikai check: %s\n", err->message);
    yk_config_mistakes_free(mistakes);
    if (*exit_status != EX_CONFIG)
        *exit_status = yk_status_exit_code(status);
}

/* Sensors that two edges claim would be counted twice. Returns whether there are any. */
static bool claimed_twice(struct yk_edge_config *const *edges, size_t count)
{
    bool any = false;
    for (size_t b = 1; b < count; b++)
        for (size_t a = 0; a < b; a++) {
            if (!edges[a] || !edges[b])
                continue;
            if (strcmp(edges[a]->id, edges[b]->id) == 0) {
                printf("%s: edge '%s' is also the one of %s; rename one\n", edges[b]->path, edges[b]->id,
                       edges[a]->path);
                any = true;
            }
            for (size_t i = 0; i < edges[b]->sensor_count; i++)
                for (size_t j = 0; j < edges[a]->sensor_count; j++)
                    if (strcmp(edges[b]->sensors[i].id, edges[a]->sensors[j].id) == 0) {
                        printf("%s:%d:%d: sensor '%s' is run by %s too; a sensor belongs to one edge\n", edges[b]->path,
                               edges[b]->sensors[i].line, edges[b]->sensors[i].column, edges[b]->sensors[i].id,
                               edges[a]->path);
                        any = true;
                    }
        }
    return any;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"quiet", 'q', NULL, 0, "Print mistakes only", 0},
        {0},
    };
    static const struct argp argp = {options, parse_option, "DISTRICT.yaml [EDGE.yaml...]", doc, NULL, NULL, NULL};
    static struct arguments arguments;
    static struct yk_edge_config *edges[EDGES_MAX];
    argp_program_version = "yukikai check " YK_VERSION;
    argp_err_exit_status = EX_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);

    int exit_status = EX_OK;
    struct yk_config *config = NULL;
    struct yk_config_mistakes mistakes;
    struct yk_error err;
    enum yk_status status = yk_config_read(arguments.district, &config, &mistakes, &err);
    told(arguments.district, status, &mistakes, &err, &exit_status);
    for (size_t i = 0; i < arguments.edge_count; i++) {
        status = yk_edge_config_read(arguments.edges[i], config, &edges[i], &mistakes, &err);
        told(arguments.edges[i], status, &mistakes, &err, &exit_status);
    }
    if (claimed_twice(edges, arguments.edge_count))
        exit_status = EX_CONFIG;
    if (exit_status == EX_OK && !arguments.quiet) {
        print_district(config);
        for (size_t i = 0; i < arguments.edge_count; i++)
            print_edge(edges[i]);
    }
    for (size_t i = 0; i < arguments.edge_count; i++)
        yk_edge_config_free(edges[i]);
    yk_config_free(config);
    if (fflush(stdout) != 0 && exit_status == EX_OK)
        exit_status = EX_IOERR;
    return exit_status;
}
