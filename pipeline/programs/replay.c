/* yukikai replay: recordings through the whole pipeline, to KPI tables. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same programs as in a district, started one after the other on one machine: collect into a spool, uplink to a
 * private Redis, analyze into states, the gate, export. Event time is the clock, and the end of the recordings is past
 * every horizon, so all rows come out final. */
#include "base/log.h"
#include "base/stop.h"
#include "config/config.h"
#include "store/publish.h"
#include "supervise/machine.h"

#include <argp.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *argp_program_version = "yukikai-replay " YK_VERSION;

static const char doc[] =
    "Take recorded captures and camera events through the whole pipeline; write KPI tables into a folder."
    "\vA sensor may have several files: give --input once for each, in order. Without --format the tables are written "
    "as CSV and JSON (kpis.csv, kpis.json).\n\n"
    "Example:\n"
    "  yukikai simulate examples/riverside.yaml --out rec --from 2026-10-01 --duration 1d\n"
    "  yukikai replay examples/riverside.yaml --input radio-1=rec/radio-1.pcap --input cam-1=rec/cam-1.jsonl --out "
    "tables\n";

enum { OPT_INPUT = 256, OPT_OUT, OPT_FORMAT, OPT_RUN, OPT_QUIET };

static const struct argp_option options[] = {
    {"input", OPT_INPUT, "SENSOR=FILE", 0, "a recording of this sensor", 0},
    {"out", OPT_OUT, "DIR", 0, "where the tables go", 0},
    {"format", OPT_FORMAT, "LIST", 0, "csv,json (both are the default)", 0},
    {"run", OPT_RUN, "DIR", 0, "keep keys, spool, stores and logs here (default: a temporary folder)", 0},
    {"quiet", OPT_QUIET, NULL, 0, "no progress and no table", 0},
    {0},
};

#define INPUTS_MAX 256

struct arguments {
    const char *district, *out, *format, *run;
    char *inputs[INPUTS_MAX]; /* SENSOR=FILE */
    size_t input_count;
    bool quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_INPUT: {
        char *equals = strchr(arg, '=');
        if (!equals || equals == arg || !equals[1])
            argp_error(state, "--input is SENSOR=FILE, not '%s'", arg);
        if (a->input_count == INPUTS_MAX)
            argp_error(state, "at most %d inputs", INPUTS_MAX);
        a->inputs[a->input_count++] = arg;
        return 0;
    }
    case OPT_OUT:
        a->out = arg;
        return 0;
    case OPT_FORMAT:
        a->format = arg;
        return 0;
    case OPT_RUN:
        a->run = arg;
        return 0;
    case OPT_QUIET:
        a->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one district file is expected, '%s' is too many", arg);
        a->district = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->district)
            argp_error(state, "a district file is needed");
        if (a->input_count == 0)
            argp_error(state, "at least one --input SENSOR=FILE is needed");
        if (!a->out)
            argp_error(state, "--out DIR is needed: where the tables go");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Which families have an input; unknown sensors and missing files are said before anything is started. */
static enum yk_status check_inputs(const struct arguments *a, const struct yk_config *config, bool families[static 3],
                                   struct yk_error *err)
{
    for (size_t i = 0; i < a->input_count; i++) {
        char *equals = strchr(a->inputs[i], '=');
        *equals = '\0';
        const struct yk_sensor_config *sensor = yk_config_sensor(config, a->inputs[i]);
        enum yk_status status = YK_OK;
        if (!sensor)
            status = yk_error_set(err, YK_ERR_USAGE, "there is no sensor '%s' in %s", a->inputs[i], a->district);
        else if (strcmp(equals + 1, "-") != 0 && access(equals + 1, R_OK) != 0)
            status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", equals + 1);
        else
            families[sensor->family == YK_FAMILY_RADIO ? YK_FAMILY_RADIO : YK_FAMILY_CAMERA] = true; /* counters, too */
        *equals = '=';
        if (status != YK_OK)
            return status;
    }
    return YK_OK;
}

static enum yk_status collect(struct yk_machine *machine, const struct arguments *a, const bool families[static 3],
                              bool *partly, struct yk_error *err)
{
    static const char *const names[] = {"radio", "camera"};
    static struct yk_child children[2];
    enum yk_status status = YK_OK;
    for (int f = 0; f < 2 && status == YK_OK; f++) {
        if (!families[f])
            continue;
        yk_machine_collect(machine, &children[f], names[f]);
        yk_child_arg(&children[f], "--bulk");
        /* Two progress lines would draw over each other. */
        if (a->quiet || (f == 1 && families[0]))
            yk_child_arg(&children[f], "--quiet");
        for (size_t i = 0; i < a->input_count; i++)
            yk_child_args(&children[f], "--input", a->inputs[i], NULL);
        status = yk_child_start(&children[f], err);
    }
    for (int f = 0; f < 2; f++) {
        if (children[f].pid == 0)
            continue;
        if (status == YK_OK && yk_child_wait(&children[f], &yk_stop, err) != YK_OK) {
            /* What could be read is worked out all the same; the exit code tells. */
            if (WIFEXITED(children[f].exit_status) &&
                (WEXITSTATUS(children[f].exit_status) == 65 || WEXITSTATUS(children[f].exit_status) == 66))
                *partly = true;
            else
                status = err->status;
        }
        yk_child_end(&children[f], 10000);
    }
    return status;
}

static void show_row(void *context, const struct yk_kpi_row *row)
{
    (void)context;
    struct yk_kpi_row_text text;
    yk_kpi_row_text(row, &text);
    char value[64] = "-";
    if (row->state == YK_STATE_OK && !isnan(row->lower))
        snprintf(value, sizeof value, "%.6g (%.6g-%.6g)", row->value, row->lower, row->upper);
    else if (row->state == YK_STATE_OK)
        snprintf(value, sizeof value, "%.6g", row->value);
    printf("%.10s  %-24s %-15s %-6s %-26s %-10s %s%s%s\n", text.field[4], row->place, row->kpi, row->direction, value,
           row->state == YK_STATE_OK ? row->unit : "", yk_row_state_name(row->state),
           row->reason != YK_REASON_NONE ? ": " : "", yk_reason_name(row->reason));
}

static enum yk_status show_table(const struct yk_machine *machine, struct yk_error *err)
{
    struct yk_publish *store;
    enum yk_status status = yk_publish_open(machine->publish, YK_PUBLISH_READ, &store, err);
    if (status != YK_OK)
        return status;
    printf("%-10s  %-24s %-15s %-6s %-26s %-10s %s\n", "day", "place", "kpi", "", "value (95 % interval)", "unit",
           "state");
    struct yk_row_query query = {.resolution = YK_RES_1D, .from_s = INT64_MIN, .to_s = INT64_MAX, .limit = 60};
    char next[YK_QUERY_NEXT_SIZE];
    status = yk_publish_query(store, &query, show_row, NULL, next, err);
    if (status == YK_OK && next[0])
        printf("...\n");
    yk_publish_close(store);
    return status;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static enum yk_status run(const struct arguments *a, const struct yk_config *config, const char *run_dir,
                          struct yk_error *err)
{
    static struct yk_machine machine;
    bool families[3] = {false, false, false}, partly = false;
    enum yk_status status = check_inputs(a, config, families, err);
    if (status == YK_OK && mkdir(a->out, 0777) != 0 && errno != EEXIST)
        status = yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", a->out);
    if (status == YK_OK)
        status = yk_machine_open(&machine, config, a->district, run_dir, err);
    if (status != YK_OK)
        return status;
    machine.own_redis = true; /* recorded data never goes to the district's own Redis */
    status = collect(&machine, a, families, &partly, err);
    if (status == YK_OK)
        status = yk_private_redis_start(&machine.redis, machine.run, err);
    if (status == YK_OK)
        status = yk_machine_take_history(&machine, a->quiet, &yk_stop, err);
    struct yk_child child;
    if (status == YK_OK) {
        yk_machine_analyze(&machine, &child);
        yk_child_args(&child, "--finish", "all", a->quiet ? "--quiet" : NULL, NULL);
        status = yk_child_start(&child, err);
        if (status == YK_OK)
            status = yk_child_wait(&child, &yk_stop, err);
    }
    yk_child_end(&machine.redis.child, 10000);
    if (status == YK_OK) {
        yk_machine_export(&machine, &child);
        yk_child_args(&child, "--out", a->out, NULL);
        if (a->format)
            yk_child_args(&child, "--format", a->format, NULL);
        status = yk_child_start(&child, err);
        if (status == YK_OK)
            status = yk_child_wait(&child, &yk_stop, err);
    }
    if (status == YK_OK && !a->quiet)
        status = show_table(&machine, err);
    if (status == YK_OK && partly)
        status = yk_error_set(err, YK_ERR_INPUT, "some input could not be read to its end; the tables hold what could");
    return status;
}

int main(int argc, char **argv)
{
    static struct arguments a;
    struct argp argp = {options, parse, "DISTRICT.yaml", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("replay");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    yk_stop_on_signals();

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    enum yk_status status = yk_config_load(a.district, &config, &err);
    const char *tmp = getenv("TMPDIR");
    char run_dir[YK_PATH_SIZE];
    snprintf(run_dir, sizeof run_dir, "%s/yukikai-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (a.run)
        snprintf(run_dir, sizeof run_dir, "%s", a.run);
    else if (status == YK_OK && !mkdtemp(run_dir))
        status = yk_error_errno(&err, YK_ERR_IO, "cannot make a folder in %s", tmp && *tmp ? tmp : "/tmp");
    if (status == YK_OK) {
        status = run(&a, config, run_dir, &err);
        if (!a.run)
            nftw(run_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    yk_config_free(config);
    return yk_status_exit_code(status);
}
