/* Measures the product against references in the same run. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A bench is a function and the ids that it tells; docs/BENCH.md says what each id means. */
#include "benches.h"
#include "process.h"

#include "base/log.h"
#include "base/stop.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

static const char doc[] = "Measure Yukikai; see script/bench.";

enum { OPT_ONLY = 256, OPT_ALL, OPT_LIST };

static const struct argp_option options[] = {
    {"json", 'j', "FILE", 0, "write the results as JSON", 0},
    {"runs", 'r', "N", 0, "turns, of which the median is told (default 5)", 0},
    {"hours", 'h', "N", 0, "of the simulated recording (default 54: 5 million adverts at its busier radio)", 0},
    {"only", OPT_ONLY, "PREFIX", 0, "those ids that begin so, slow ones too", 0},
    {"all", OPT_ALL, NULL, 0, "the slow ones too", 0},
    {"list", OPT_LIST, NULL, 0, "tell the ids, and measure nothing", 0},
    {"dir", 'd', "DIR", 0, "where recordings, spools and stores go (needed)", 0},
    {0},
};

#define ROADS(id) id, id ".unix.everysec", id ".tcp", id ".tcp.everysec", id ".tls", id ".tls.everysec"

static const struct {
    void (*run)(struct yk_bench *bench);
    bool slow; /* minutes: only when it is asked for */
    const char *ids[20];
} benches[] = {
    {yk_bench_camera,
     false,
     {"camera.headroom.deepstream", "camera.headroom.deepstream_full", "camera.headroom.axis", "camera.headroom.onvif",
      "camera.headroom.xovis", "camera.headroom.events", "camera.bytes_per_camera"}},
    {yk_bench_capture, false, {"collect.capture_vs_pcap_loop", "collect.capture_vs_tshark", "collect.rss_mib"}},
    {yk_bench_rows, false, {"stream.frames_to_rows"}},
    {yk_bench_stream,
     false,
     {ROADS("stream.in_vs_single_entry"), ROADS("stream.out_vs_single_entry"), "stream.redis_bytes_per_observation",
      "stream.spool_bytes_per_observation", "stream.tls_cost_vs_plain"}},
    {yk_bench_verify, false, {"stream.verify_share"}},
    {yk_bench_duckdb,
     false,
     {"analyze.statistics_vs_duckdb", "analyze.worker_vs_duckdb", "analyze.bytes_per_open_device",
      "analyze.bytes_per_closed_window"}},
    {yk_bench_linear, true, {"analyze.linear_1_to_100m"}},
    {yk_bench_analyze_day, true, {"analyze.day_cpu_s", "analyze.day_rss_mib"}},
    {yk_bench_reconnect,
     true,
     {"link.reconnect_1000", "link.reconnect_1000.redis_cpu_s", "link.reconnect_1000.redis_peak_mib",
      "link.reconnect_1000.uplink_mib"}},
    {yk_bench_latency,
     true,
     {"latency.crossing_s", "latency.crossing_s.p50", "latency.presence_s", "latency.presence_s.p50"}},
};
#define BENCHES (sizeof benches / sizeof benches[0])

struct arguments {
    struct yk_bench bench;
    const char *json;
    bool list;
};

static int number(struct argp_state *state, const char *name, const char *arg, int most)
{
    char *end;
    long value = strtol(arg, &end, 10);
    if (*end || value < 1 || value > most)
        argp_error(state, "%s is 1 to %d", name, most);
    return (int)value;
}

static bool wanted(const struct yk_bench *bench, size_t i)
{
    for (const char *const *id = benches[i].ids; *id; id++)
        if (yk_bench_wants(bench, *id, benches[i].slow))
            return true;
    return false;
}

static size_t wanted_count(const struct yk_bench *bench)
{
    size_t count = 0;
    for (size_t i = 0; i < BENCHES; i++)
        count += wanted(bench, i);
    return count;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'j':
        a->json = arg;
        return 0;
    case 'd':
        a->bench.dir = arg;
        return 0;
    case 'r':
        a->bench.runs = number(state, "--runs", arg, YK_BENCH_RUNS_MAX);
        return 0;
    case 'h':
        a->bench.hours = number(state, "--hours", arg, 168);
        return 0;
    case OPT_ONLY:
        a->bench.only = arg;
        return 0;
    case OPT_ALL:
        a->bench.all = true;
        return 0;
    case OPT_LIST:
        a->list = true;
        return 0;
    case ARGP_KEY_END:
        if (!a->bench.dir && !a->list)
            argp_error(state, "--dir is needed");
        if (wanted_count(&a->bench) == 0)
            argp_error(state, "no id begins with '%s'; --list tells them", a->bench.only);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void list_ids(const struct yk_bench *bench)
{
    for (size_t i = 0; i < BENCHES; i++)
        for (const char *const *id = benches[i].ids; *id; id++)
            if (!bench->only || yk_bench_wants(bench, *id, benches[i].slow))
                printf("%s%s\n", *id, benches[i].slow ? "  (slow)" : "");
}

int main(int argc, char **argv)
{
    struct arguments a = {.bench = {.runs = 5, .hours = 54}};
    struct argp argp = {options, parse, "", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("bench");
    yk_log_set_level(YK_LOG_ERROR);
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (a.list) {
        list_ids(&a.bench);
        return 0;
    }
    yk_bench_make_folder(a.bench.dir);
    a.bench.results = json_array();
    for (size_t i = 0; i < BENCHES; i++)
        if (wanted(&a.bench, i))
            benches[i].run(&a.bench);
    int failed = a.json ? json_dump_file(a.bench.results, a.json, JSON_INDENT(2)) : 0;
    if (failed)
        fprintf(stderr, "bench: cannot write %s\n", a.json);
    json_decref(a.bench.results);
    return failed ? 74 : 0;
}
