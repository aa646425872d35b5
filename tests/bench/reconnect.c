/* link.reconnect_1000: a thousand edges lose their Redis, and find it again empty. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * 1,000 `yukikai uplink` processes, each with a key and a Redis user of its own, over TLS with client certificates; one
 * `yukikai analyze` that runs as in service.
 *
 *     1. They start, connect and deliver what is in their spools: the cold start, the reference.
 *     2. The worker is stopped, each spool gets frames, and the uplinks bring them into Redis: taken, not covered.
 *     3. Redis is killed (SIGKILL). Twenty seconds later, when the uplinks' pauses have grown, it is started again on the
 *        same address, empty, and the worker goes on. From here it is timed.
 *     4. Over when the last spool is empty: an uplink deletes only what the district has signed to have.
 *
 * The thousand share this machine with Redis and the worker, and are scheduled behind them; how long it takes is still told of
 * this machine, on which every edge's work is done too.
 *
 * That every frame arrived is told by three: the spools, the worker's own count at its end, and nobody's refusals. */
#include "benches.h"
#include "crowd.h"
#include "server.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDGES      1000
#define MINUTES    3 /* of frames, before and after: six frames */
#define OUTAGE_MS  20000
#define DEADLINE_S 600
#define POLL_MS    250

struct peaks {
    double clients, seconds, rejected, connections, memory_mib;
};

static struct yk_redis *admin_of(const struct yk_secure_redis *server)
{
    struct yk_redis *redis = NULL;
    struct yk_error err = {0};
    const struct yk_redis_options options = {server->unix_url, server->credentials, "admin"};
    yk_bench_must(yk_redis_connect(&options, &redis, &err), "Redis", &err);
    return redis;
}

static void look(struct yk_redis *admin, struct peaks *peaks)
{
    double clients = yk_bench_server_info(admin, "clients", "connected_clients:");
    peaks->clients = clients > peaks->clients ? clients : peaks->clients;
    peaks->seconds = yk_bench_server_seconds(admin);
    peaks->rejected = yk_bench_server_info(admin, "stats", "rejected_connections:");
    peaks->connections = yk_bench_server_info(admin, "stats", "total_connections_received:");
    peaks->memory_mib = yk_bench_server_info(admin, "memory", "used_memory_peak:") / 1048576;
}

/* Seconds until every spool is empty. */
static double wait_until_drained(const struct yk_crowd *crowd, struct yk_redis *admin, struct peaks *peaks,
                                 double began, double *half_s)
{
    bool *drained = calloc(crowd->count, sizeof *drained);
    size_t left = crowd->count;
    if (!drained)
        yk_bench_give_up("out of memory", NULL);
    *peaks = (struct peaks){0};
    *half_s = 0;
    while (left > 0) {
        for (size_t i = 0; i < crowd->count; i++)
            if (!drained[i] && yk_crowd_drained(&crowd->edges[i])) {
                drained[i] = true;
                left--;
            }
        if (*half_s <= 0 && left <= crowd->count / 2)
            *half_s = yk_bench_now_s() - began;
        look(admin, peaks);
        if (yk_bench_now_s() - began > DEADLINE_S) {
            fprintf(stderr, "bench: %zu spools are not empty\n", left);
            yk_bench_give_up("the frames do not arrive", NULL);
        }
        yk_bench_sleep_ms(left > 0 ? POLL_MS : 0);
    }
    free(drained);
    return yk_bench_now_s() - began;
}

/* Until Redis has taken that many frames. */
static void wait_until_added(struct yk_redis *admin, double frames)
{
    double until = yk_bench_now_s() + DEADLINE_S;
    while (yk_bench_server_info(admin, "commandstats", "cmdstat_xadd:calls=") < frames) {
        if (yk_bench_now_s() > until)
            yk_bench_give_up("the frames do not come to Redis", NULL);
        yk_bench_sleep_ms(POLL_MS);
    }
}

static void start_redis(struct yk_secure_redis *server, const struct yk_crowd *crowd)
{
    char dir[YK_BENCH_PATH];
    struct yk_error err = {0};
    snprintf(dir, sizeof dir, "%s/redis", crowd->dir);
    yk_bench_make_folder(dir);
    struct yk_secure_redis_options options = {.dir = dir, .users = crowd->users, .user_count = crowd->user_count};
    yk_bench_must(yk_secure_redis_start(server, &options, &err), "Redis", &err);
}

static void start_worker(struct yk_child *worker, const struct yk_crowd *crowd, const char *url)
{
    static char state[YK_BENCH_PATH], publish[YK_BENCH_PATH], log[YK_BENCH_PATH];
    struct yk_error err = {0};
    snprintf(state, sizeof state, "%s/state", crowd->dir);
    snprintf(publish, sizeof publish, "%s/publish.db", crowd->dir);
    snprintf(log, sizeof log, "%s/analyze.log", crowd->dir);
    yk_child_program("analyze", worker->program, sizeof worker->program);
    yk_child_init(worker, "analyze", NULL);
    worker->log_path = log;
    yk_child_args(worker, crowd->district, "--keys", crowd->keys, "--state", state, "--publish", publish, "--redis",
                  url, NULL);
    yk_bench_must(yk_child_start(worker, &err), "analyze", &err);
}

/* The worker's closing line: "analyze: 126000 observations, 12000 frames taken, 3 frames taken before". */
static bool all_arrived(const struct yk_child *worker, const struct yk_crowd *crowd, char *text, size_t size)
{
    char wanted[128], line[1024];
    bool found = false;
    snprintf(wanted, sizeof wanted, "%llu observations, %llu frames taken", (unsigned long long)crowd->observations,
             (unsigned long long)yk_crowd_frames(crowd));
    FILE *log = fopen(worker->log_path, "r");
    text[0] = '\0';
    while (log && fgets(line, sizeof line, log)) {
        char *at = strstr(line, "analyze: ");
        if (!at || !strstr(at, " observations"))
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, size, "%.200s", at);
        const char *exact = strstr(at, wanted);
        found = exact && (exact[strlen(wanted)] == '\0' || exact[strlen(wanted)] == ',');
    }
    if (log)
        fclose(log);
    return found;
}

static double mean_mib(const struct yk_crowd *crowd, const char *name)
{
    double kb = 0;
    for (size_t i = 0; i < crowd->count; i++)
        kb += (double)yk_bench_proc_kb(crowd->edges[i].uplink.pid, "smaps_rollup", name);
    return kb / (double)crowd->count / 1024;
}

static void report(struct yk_bench *bench, const char *id, const char *unit, double value, double reference)
{
    yk_bench_report(bench,
                    &(struct yk_figure){.id = id, .unit = unit, .value = value, .reference = reference, .runs = 1});
}

void yk_bench_reconnect(struct yk_bench *bench)
{
    static struct yk_crowd crowd;
    static struct yk_secure_redis server;
    struct yk_child worker;
    struct peaks cold, again;
    double cold_half_s, half_s;
    char dir[YK_BENCH_PATH / 2], told[256];
    snprintf(dir, sizeof dir, "%s/crowd", bench->dir);
    fprintf(stderr, "making %d edges\n", EDGES);
    yk_crowd_make(&crowd, dir, EDGES);
    yk_crowd_spool(&crowd, MINUTES);
    start_redis(&server, &crowd);
    setenv("CREDENTIALS_DIRECTORY", server.credentials, 1); /* certificates and passwords, for all of them */
    struct yk_redis *admin = admin_of(&server);

    double began = yk_bench_now_s();
    start_worker(&worker, &crowd, server.tls_url);
    size_t started = yk_crowd_start(&crowd, server.tls_url);
    if (started < crowd.count) {
        fprintf(stderr, "bench: %zu uplinks run, and no more fit\n", started);
        yk_bench_give_up("too few processes", NULL);
    }
    double cold_s = wait_until_drained(&crowd, admin, &cold, began, &cold_half_s);
    fprintf(stderr, "cold start: %.1f s\n", cold_s);

    kill(worker.pid, SIGSTOP);
    double before = yk_bench_server_info(admin, "commandstats", "cmdstat_xadd:calls=");
    yk_crowd_spool(&crowd, MINUTES);
    wait_until_added(admin, before + 2 * MINUTES * (double)crowd.count);
    double rss = mean_mib(&crowd, "Rss:"), pss = mean_mib(&crowd, "Pss:");
    yk_redis_free(admin);
    kill(server.child.pid, SIGKILL);
    yk_secure_redis_end(&server);
    yk_bench_sleep_ms(OUTAGE_MS);
    began = yk_bench_now_s();
    start_redis(&server, &crowd);
    kill(worker.pid, SIGCONT);
    admin = admin_of(&server);
    double again_s = wait_until_drained(&crowd, admin, &again, began, &half_s);

    yk_crowd_end(&crowd);
    double worker_s = yk_bench_end(&worker);
    if (!all_arrived(&worker, &crowd, told, sizeof told)) {
        fprintf(stderr, "bench: %llu frames were sent; %s\n", (unsigned long long)yk_crowd_frames(&crowd), told);
        yk_bench_give_up("not every frame arrived once", NULL);
    }
    report(bench, "link.reconnect_1000", "s until all is covered", again_s, cold_s);
    report(bench, "link.reconnect_1000.redis_cpu_s", "Redis CPU seconds", again.seconds, cold.seconds);
    report(bench, "link.reconnect_1000.redis_peak_mib", "MiB of Redis' memory", again.memory_mib, cold.memory_mib);
    report(bench, "link.reconnect_1000.uplink_mib", "MiB an uplink, shared pages once", pss, (double)NAN);
    printf(
        "  %zu uplinks; half of them were done after %.1f s; Redis: %.0f clients at the most, %.0f connections, %.0f "
        "rejected\n  cold start: half after %.1f s, %.0f clients, %.0f connections, %.0f rejected\n"
        "  an uplink is resident with %.1f MiB; worker %.1f CPU s; %s\n",
        started, half_s, again.clients, again.connections, again.rejected, cold_half_s, cold.clients, cold.connections,
        cold.rejected, rss, worker_s, told);
    yk_redis_free(admin);
    yk_secure_redis_end(&server);
    unsetenv("CREDENTIALS_DIRECTORY");
    yk_crowd_free(&crowd);
    yk_bench_remove(dir);
}
