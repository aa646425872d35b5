/* The delivery's fault harness: a district of 24 edges while everything breaks. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * The promise: every whole frame that a collector spooled is in the tables exactly once, whatever happened in between;
 * what was given up is counted as lost coverage. Here are real collectors, uplinks, a worker and a Redis with TLS and a
 * user per edge; recordings come through pipes, paced, while faults from a seed break one thing after the other
 * (inflict.h). Beside them a ledger holds every frame that reached a spool. Then the faults end, and when nothing waits
 * any more:
 *
 *   1. every frame of the ledger is received, or is known to be lost (given up, or taken away by the harness)
 *   2. a quiet replay of exactly the frames received gives the same table, byte for byte
 *   3. coverage and crossings in the table are those that the frames of the ledger give by themselves
 *   4. nothing was refused but what the harness forged
 *
 *     faults_district [--seed N] [--long] [--faults N] [--seconds S] [--span MINUTES] [--dir DIR] [--keep]
 *
 * Nothing is tried again until it passes. The seed fixes what is done, to whom and when; how processes are scheduled is
 * the machine's. */
#include "checks.h"
#include "faults.h"
#include "inflict.h"
#include "ledger.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define SETTLE_S     120
#define DROP_AFTER_S 6

static struct yk_fault_district district;

static void kill_everything(void)
{
    yk_district_kill(&district.worker);
    for (int e = 0; e < EDGES; e++) {
        yk_district_kill(&district.edges[e].collectors[0]);
        yk_district_kill(&district.edges[e].collectors[1]);
        yk_district_kill(&district.edges[e].uplink);
    }
    yk_district_kill(&district.redis.child);
}

static void too_long(int signal_number)
{
    (void)signal_number;
    static const char text[] = "FAILED: the harness did not end in its time\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    for (int e = 0; e < EDGES; e++)
        for (int i = 0; i < 3; i++) {
            pid_t pid = i < 2 ? district.edges[e].collectors[i].pid : district.edges[e].uplink.pid;
            if (pid > 0)
                kill(pid, SIGKILL);
        }
    if (district.worker.pid > 0)
        kill(district.worker.pid, SIGKILL);
    if (district.redis.child.pid > 0)
        kill(district.redis.child.pid, SIGKILL);
    _exit(1);
}

static void start_everything(void)
{
    int ports[EDGES];
    yk_proxy_start(district.redis.host, district.redis.tls_port, ports);
    yk_ledger_start();
    yk_district_start_worker(&district);
    for (int e = 0; e < EDGES; e++) {
        struct yk_edge *edge = &district.edges[e];
        snprintf(edge->url, sizeof edge->url, "tls://127.0.0.1:%d", ports[e]);
        yk_ledger_watch(e, edge->spool);
        for (int family = 0; family < 2; family++)
            if (edge->has[family])
                yk_district_start_collector(&district, edge, family, (double)district.from_s);
        yk_district_start_uplink(&district, edge);
    }
}

/* True when every recording is at its end. */
static bool pump(double event_s)
{
    bool ended = true;
    for (int e = 0; e < EDGES; e++)
        for (unsigned s = 0; s < district.edges[e].sensor_count; s++)
            ended &= yk_feed_pump(district.edges[e].feeds[s], event_s);
    return ended;
}

/* Faults end before the recordings do: each sensor has a last word, by which the end of its lanes is known. So a tenth
 * of the recordings is kept for after them, however long they take. */
static void run_faults(struct yk_plan *plan, double seconds)
{
    double began_s = yk_fault_now_s(), from_s = (double)district.from_s, span_s = (double)district.to_s - from_s;
    double held_s = from_s + 0.9 * span_s, healed_s = 0;
    for (;;) {
        double second = yk_fault_now_s() - began_s, event_s = from_s + second / seconds * 0.9 * span_s;
        if (healed_s == 0) {
            event_s = event_s > held_s ? held_s : event_s;
            pump(event_s);
            yk_plan_step(plan, second, event_s);
            if (second > seconds + DROP_AFTER_S)
                yk_plan_drop(plan);
            if (second > seconds + DROP_AFTER_S + 90)
                yk_fault_fail("a disk could not be put back in %.0f s", second);
            if (second >= seconds && yk_plan_done(plan)) {
                yk_plan_heal(plan, event_s);
                healed_s = second;
            }
        } else if (pump(held_s + (second - healed_s) / (0.1 * seconds) * 0.1 * span_s) &&
                   second > healed_s + 0.1 * seconds) {
            return;
        } else if (second > healed_s + 180) {
            yk_fault_fail("the collectors do not take their recordings to the end");
        }
        yk_fault_wait_ms(10);
    }
}

/* Recordings end, collectors too; then the uplinks have to get rid of everything, by themselves. */
static void settle(void)
{
    for (int e = 0; e < EDGES; e++)
        for (unsigned s = 0; s < district.edges[e].sensor_count; s++)
            yk_feed_end(district.edges[e].feeds[s]);
    for (int e = 0; e < EDGES; e++)
        for (int family = 0; family < 2; family++)
            if (district.edges[e].has[family])
                yk_district_end(&district.edges[e].collectors[family], district.edges[e].logs[family]);
    double end_s = yk_fault_now_s() + SETTLE_S;
    for (int e = 0; e < EDGES;) {
        if (yk_fault_segments(district.edges[e].spool, NULL, 0) == 0) {
            e++;
            continue;
        }
        if (yk_fault_now_s() > end_s)
            yk_fault_fail("%s still has frames waiting after %d s; see %s", district.edges[e].id, SETTLE_S,
                          district.edges[e].logs[2]);
        yk_fault_wait_ms(50);
    }
    for (int e = 0; e < EDGES; e++)
        yk_district_end(&district.edges[e].uplink, district.edges[e].logs[2]);
    yk_district_end(&district.worker, district.worker_log);
    yk_secure_redis_end(&district.redis);
    yk_proxy_end();
}

static void judge(const struct yk_plan *plan, struct yk_check_figures *figures)
{
    size_t count;
    struct yk_ledger_frame *frames = yk_ledger_finish(&count);
    struct yk_plan_figures faults;
    yk_plan_figures(plan, &faults);
    yk_check_received(&district, frames, count, figures);
    yk_check_tables(&district, district.server, district.state, district.publish);
    yk_check_replay(&district, frames, count);
    yk_check_same(&district, figures);
    yk_check_table(&district, frames, count, figures);
    yk_check_refusals(&district, faults.forgeries > 0);
}

static void report(const struct yk_plan *plan, const struct yk_check_figures *f, uint64_t seed, double took_s)
{
    struct yk_plan_figures faults;
    unsigned sum = 0;
    yk_plan_figures(plan, &faults);
    for (int k = 0; k < YK_FAULT_KINDS; k++) {
        sum += faults.inflicted[k];
        printf("%6u %s\n", faults.inflicted[k], yk_fault_text((enum yk_fault_kind)k));
    }
    printf("%6u faults with seed %" PRIu64 " in %.0f s; %u could not be had\n", sum, seed, took_s, faults.dropped);
    printf("%zu frames spooled, %zu received, %zu given up (%zu tombstones) and %zu without one, %zu lost with their "
           "segments or disks; "
           "%u duplicates and %u forgeries added; %" PRIu64 " sensor seconds lost with frames (%" PRIu64
           " of them with a health record), %" PRIu64 " without a collector; %zu rows\n",
           f->frames, f->received, f->given_up, f->tombstones, f->untold, f->removed, faults.duplicates,
           faults.forgeries, f->lost_s, f->ran_s, f->silent_s, f->rows ? f->rows - 1 : 0);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", 1, NULL, 's'}, {"long", 0, NULL, 'l'}, {"faults", 1, NULL, 'f'}, {"seconds", 1, NULL, 't'},
        {"span", 1, NULL, 'm'}, {"dir", 1, NULL, 'd'},  {"keep", 0, NULL, 'k'},   {0}};
    uint64_t seed = 1;
    const char *parent = "/tmp";
    bool longer = getenv("YUKIKAI_LONG") != NULL, keep = getenv("YUKIKAI_KEEP") != NULL;
    unsigned count = 0, seconds = 0, span_min = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (c) {
        case 's':
            seed = strtoull(optarg, NULL, 10);
            break;
        case 'l':
            longer = true;
            break;
        case 'f':
            count = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 't':
            seconds = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'm':
            span_min = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'd':
            parent = optarg;
            break;
        case 'k':
            keep = true;
            break;
        default:
            fprintf(stderr, "see the head of tests/integration/faults/main.c\n");
            return 64;
        }
    count = count ? count : longer ? 640 : 60;
    seconds = seconds ? seconds : longer ? 780 : 32;
    span_min = span_min ? span_min : longer ? 120 : 45;

    double began_s = yk_fault_now_s();
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0); /* the clocks' shim is loaded before it */
    snprintf(district.dir, sizeof district.dir, "%.60s/yk-faults-XXXXXX", parent);
    if (sodium_init() < 0 || !mkdtemp(district.dir))
        yk_fault_fail("cannot make a folder in %s: %s", parent, strerror(errno));
    printf("seed %" PRIu64 ", %u faults in %u s, %u minutes of recordings, in %s\n", seed, count, seconds, span_min,
           district.dir);
    atexit(kill_everything);
    signal(SIGALRM, too_long);
    alarm(3 * seconds + 480);

    yk_district_make(&district, seed, (int64_t)span_min * 60);
    start_everything();
    struct yk_plan *plan = yk_plan_new(&district, seed, count, seconds);
    struct yk_check_figures figures = {0};
    run_faults(plan, seconds);
    double settling_s = yk_fault_now_s();
    settle();
    printf("everything was delivered %.1f s after the recordings ended\n", yk_fault_now_s() - settling_s);
    judge(plan, &figures);
    report(plan, &figures, seed, yk_fault_now_s() - began_s);
    yk_plan_free(plan);
    yk_ledger_free();
    for (int e = 0; e < EDGES; e++)
        for (unsigned s = 0; s < district.edges[e].sensor_count; s++)
            yk_feed_free(district.edges[e].feeds[s]);
    yk_config_free(district.config);
    free((void *)(uintptr_t)district.redis_options.dir);
    if (yk_fault_wrongs() > 0) {
        fprintf(stderr, "FAILED: %u things are wrong; everything is in %s\n", yk_fault_wrongs(), district.dir);
        return 1;
    }
    for (int e = 0; e < EDGES && district.mounts; e++)
        if (!keep && district.edges[e].fate == YK_FATE_SMALL_DISK)
            umount2(district.edges[e].spool, MNT_DETACH);
    if (!keep)
        yk_fault_remove(district.dir);
    return 0;
}
