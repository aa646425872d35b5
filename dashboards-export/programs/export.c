/* yukikai export: KPI tables as files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/calendar.h"
#include "base/log.h"
#include "config/config.h"
#include "exporters/export_files.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

const char *argp_program_version = "yukikai-export " YK_VERSION;

static const char doc[] =
    "Write the published KPI rows to files, one table per format: DIR/kpis.csv, DIR/kpis.json.\v"
    "Each file is complete or not written at all; the same rows always give the same bytes.\n"
    "\n"
    "TIME is RFC 3339 (2026-04-01T09:00:00+09:00) or a local date (2026-04-01). Rows whose window starts at or after "
    "--from and before --to are written.\n"
    "\n"
    "Example: everything of one place in April, with local times of the district\n"
    "  yukikai export --store run/publish.db --config district.yaml --place plaza \\\n"
    "                 --from 2026-04-01 --to 2026-05-01 --out tables\n";

enum {
    OPT_STORE = 256,
    OPT_OUT,
    OPT_FORMAT,
    OPT_PLACE,
    OPT_KPI,
    OPT_RESOLUTION,
    OPT_FROM,
    OPT_TO,
    OPT_ZONE,
    OPT_CONFIG
};

static const struct argp_option options[] = {
    {"store", OPT_STORE, "PUBLISH.db", 0, "The publish store to read", 0},
    {"out", OPT_OUT, "DIR", 0, "Folder for the files; made if it is not there", 0},
    {"format", OPT_FORMAT, "LIST", 0, "Formats, separated by commas (default: csv,json)", 0},
    {"place", OPT_PLACE, "ID", 0, "Only this place with its lines and zones, or PLACE/LINE", 1},
    {"kpi", OPT_KPI, "ID", 0, "Only this KPI", 1},
    {"resolution", OPT_RESOLUTION, "15m|1h|1d", 0, "Only windows of this length", 1},
    {"from", OPT_FROM, "TIME", 0, "Only windows that start at TIME or later", 1},
    {"to", OPT_TO, "TIME", 0, "Only windows that start before TIME", 1},
    {"timezone", OPT_ZONE, "ZONE", 0, "Zone of the times in the files, for example Asia/Tokyo (default: UTC)", 2},
    {"config", OPT_CONFIG, "DISTRICT.yaml", 0, "Take the time zone from the district's configuration", 2},
    {0},
};

struct arguments {
    const char *store, *out, *format, *place, *kpi, *resolution, *from, *to, *zone, *config;
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct arguments *a = state->input;
    const char **const slots[] = {&a->store,      &a->out,  &a->format, &a->place, &a->kpi,
                                  &a->resolution, &a->from, &a->to,     &a->zone,  &a->config};
    if (key >= OPT_STORE && key <= OPT_CONFIG) {
        *slots[key - OPT_STORE] = value;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected argument '%s'", value);
    else if (key == ARGP_KEY_END && !a->store)
        argp_error(state, "which store? Give --store PUBLISH.db");
    else if (key == ARGP_KEY_END && !a->out)
        argp_error(state, "where to? Give --out DIR");
    else if (key == ARGP_KEY_END && a->zone && a->config)
        argp_error(state, "give --timezone or --config, not both");
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static enum yk_status open_calendar(const struct arguments *a, struct yk_error *err)
{
    if (!a->config)
        return yk_calendar_open(a->zone ? a->zone : "UTC", err);
    struct yk_config *config = NULL;
    struct yk_config_mistakes mistakes = {0};
    enum yk_status status = yk_config_read(a->config, &config, &mistakes, err);
    if (status == YK_OK)
        status = yk_calendar_open(config->timezone, err);
    else
        yk_config_mistakes_print(a->config, &mistakes, stderr);
    yk_config_mistakes_free(&mistakes);
    yk_config_free(config);
    return status;
}

/* "csv,json" to descriptors, each once. */
static enum yk_status parse_formats(const char *list, const struct yk_exporter *out[static YK_EXPORT_FORMATS_MAX],
                                    size_t *count, struct yk_error *err)
{
    char copy[128];
    if (strlen(list) >= sizeof copy)
        return yk_error_set(err, YK_ERR_USAGE, "--format is too long");
    memcpy(copy, list, strlen(list) + 1);
    *count = 0;
    char *rest = copy;
    for (char *name; (name = strsep(&rest, ","));) {
        const struct yk_exporter *format = yk_exporter_find(name);
        if (!format)
            return yk_error_set(err, YK_ERR_USAGE, "--format: there is no format '%s'; see --help", name);
        bool again = false;
        for (size_t i = 0; i < *count; i++)
            again = again || out[i] == format;
        if (!again && *count < YK_EXPORT_FORMATS_MAX)
            out[(*count)++] = format;
    }
    return YK_OK;
}

static enum yk_status parse_time(const char *option, const char *text, int64_t *out, struct yk_error *err)
{
    struct yk_wall t;
    if (!yk_time_parse(text, &t))
        return yk_error_set(err, YK_ERR_USAGE, "%s: '%s' is not a time; write 2026-04-01 or 2026-04-01T09:00:00+09:00",
                            option, text);
    *out = t.us / 1000000;
    return YK_OK;
}

static enum yk_status make_query(const struct arguments *a, struct yk_row_query *q, struct yk_error *err)
{
    *q = (struct yk_row_query){
        .place = a->place, .kpi = a->kpi, .resolution = YK_RES_COUNT, .from_s = INT64_MIN, .to_s = INT64_MAX};
    if (a->resolution && (q->resolution = yk_resolution_parse(a->resolution)) == YK_RES_COUNT)
        return yk_error_set(err, YK_ERR_USAGE, "--resolution: '%s' is none of 15m, 1h, 1d", a->resolution);
    enum yk_status status = a->from ? parse_time("--from", a->from, &q->from_s, err) : YK_OK;
    if (status == YK_OK && a->to)
        status = parse_time("--to", a->to, &q->to_s, err);
    if (status == YK_OK && q->from_s >= q->to_s)
        status = yk_error_set(err, YK_ERR_USAGE, "--from must be before --to");
    return status;
}

/* Adds the registered formats to --help. argp wants the text itself back where nothing is to be changed, as the type
 * that it frees when it is another one. */
static char *help_filter(int key, const char *text, void *input)
{
    (void)input;
    const union {
        const char *in;
        char *out;
    } unchanged = {.in = text};
    if (key != ARGP_KEY_HELP_EXTRA)
        return unchanged.out;
    char *list = NULL;
    size_t size;
    FILE *to = open_memstream(&list, &size);
    if (!to)
        return NULL;
    fputs("Formats:\n", to);
    for (size_t i = 0; i < yk_exporter_count(); i++)
        fprintf(to, "  %-6s %s\n", yk_exporter_at(i)->name, yk_exporter_at(i)->summary);
    fclose(to);
    return list;
}

int main(int argc, char **argv)
{
    yk_log_start("export");
    argp_err_exit_status = EX_USAGE;
    struct arguments arguments = {.format = "csv,json"};
    const struct argp argp = {options, parse_option, NULL, doc, NULL, help_filter, NULL};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);

    struct yk_error err = {0};
    struct yk_publish *store = NULL;
    struct yk_row_query query;
    const struct yk_exporter *formats[YK_EXPORT_FORMATS_MAX];
    size_t format_count = 0;
    uint64_t rows = 0;
    enum yk_status status = parse_formats(arguments.format, formats, &format_count, &err);
    if (status == YK_OK)
        status = open_calendar(&arguments, &err);
    if (status == YK_OK)
        status = make_query(&arguments, &query, &err);
    if (status == YK_OK)
        status = yk_publish_open(arguments.store, YK_PUBLISH_READ, &store, &err);
    if (status == YK_OK)
        status = yk_export_files(store, &query, formats, format_count, arguments.out, &rows, &err);
    yk_publish_close(store);
    if (status != YK_OK) {
        fprintf(stderr, "yukikai export: %s\n", err.message);
        return yk_status_exit_code(status);
    }
    for (size_t i = 0; i < format_count; i++)
        printf("%s/kpis.%s: %llu rows\n", arguments.out, formats[i]->file_extension, (unsigned long long)rows);
    return EX_OK;
}
