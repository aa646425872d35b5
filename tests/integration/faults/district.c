/* Twenty-four devices and a server, made with the programs that a person would use. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Event time lies shortly before now: nothing is late and nothing is in the future. The epoch ends in its middle, so
 * that keys, folders and state files change while things break. */
#include "faults.h"

#include "link/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BEFORE_NOW_S 200

static const char *const kinds[] = {"r", "c", "rr", "rc"}; /* sensors of an edge, by number modulo 4 */

const char *yk_fault_sensor_id(int edge, int sensor, char out[static YK_ID_SIZE])
{
    snprintf(out, YK_ID_SIZE, "%s-%02d-%d", kinds[edge % 4][sensor] == 'r' ? "radio" : "cam", edge, sensor);
    return out;
}

static void write_yaml(struct yk_fault_district *d)
{
    FILE *f = fopen(d->yaml, "w");
    if (!f)
        yk_fault_fail("cannot write %s", d->yaml);
    int64_t border_s = (d->from_s + d->to_s) / 2 / 900 * 900;
    int of_day = (int)((border_s + 9 * 3600) % 86400);
    fprintf(f,
            "version: 1\n"
            "district: { id: faults, timezone: Asia/Tokyo }\n"
            "privacy: { epoch_hours: 24, epoch_start: \"%02d:%02d\", grace_hours: 6, k: 1 }\n"
            "places:\n",
            of_day / 3600, of_day / 60 % 60);
    for (int p = 0; p < PLACES; p++)
        fprintf(f, "  - { id: place-%02d }\n", p);
    fprintf(f, "sensors:\n");
    for (int e = 0; e < EDGES; e++)
        for (int s = 0; kinds[e % 4][s]; s++) {
            char id[YK_ID_SIZE];
            fprintf(f, "  - { id: %s, place: place-%02d, kind: ", yk_fault_sensor_id(e, s, id), e / 2);
            if (kinds[e % 4][s] == 'r')
                fprintf(f, "ble_capture }\n");
            else
                fprintf(f,
                        "camera_file, format: deepstream, fps: 2,\n"
                        "      lines: [{ id: line-%02d, points: [[960, 0], [960, 1080]], hysteresis: 15 }],\n"
                        "      zones: [{ id: zone-%02d, points: [[400, 300], [1520, 300], [1520, 1000], "
                        "[400, 1000]] }] }\n",
                        e, e);
        }
    fclose(f);
}

static void simulate(const struct yk_fault_district *d, uint64_t seed)
{
    char out[140], log[140], from[32], duration[16], number[24];
    time_t local = (time_t)(d->from_s + 9 * 3600);
    struct tm tm;
    gmtime_r(&local, &tm);
    strftime(from, sizeof from, "%Y-%m-%dT%H:%M", &tm);
    snprintf(duration, sizeof duration, "%dm", (int)((d->to_s - d->from_s) / 60));
    snprintf(number, sizeof number, "%u", (unsigned)(seed % 100000));
    snprintf(out, sizeof out, "%s/recordings", d->dir);
    snprintf(log, sizeof log, "%s/simulate.log", d->dir);
    yk_fault_run(log, "simulate", d->yaml, "--out", out, "--scene", "short-stays", "--duration", duration, "--from",
                 from, "--seed", number, "--advert-interval", "4", "--camera-fps", "2", "--quiet", NULL);
}

static void make_clock(struct yk_edge *edge)
{
    snprintf(edge->clock_path, sizeof edge->clock_path, "%s/clock", edge->dir);
    int64_t zero = 0;
    yk_fault_write(edge->clock_path, &zero, sizeof zero);
    int fd = open(edge->clock_path, O_RDWR | O_CLOEXEC);
    edge->clock_s = mmap(NULL, sizeof *edge->clock_s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (edge->clock_s == MAP_FAILED)
        yk_fault_fail("cannot map %s", edge->clock_path);
}

static void make_edge(struct yk_fault_district *d, struct yk_edge *edge, int number)
{
    static const enum yk_fate fates[] = {YK_FATE_RESTORED, YK_FATE_RESTORED,   YK_FATE_ROBBED,
                                         YK_FATE_ROBBED,   YK_FATE_SMALL_DISK, YK_FATE_PLAIN};
    char log[140], public[200], sensors[100] = "", authority[140], id[YK_ID_SIZE], path[200], target[200];
    snprintf(log, sizeof log, "%s/keys.log", d->dir);
    snprintf(authority, sizeof authority, "%s/redis/authority", d->dir);
    edge->number = number;
    edge->fate = fates[number / 4];
    snprintf(edge->id, sizeof edge->id, "edge-%02d", number);
    snprintf(edge->dir, sizeof edge->dir, "%s/edges/%s", d->dir, edge->id);
    snprintf(edge->keys, sizeof edge->keys, "%s/keys", edge->dir);
    snprintf(edge->spool, sizeof edge->spool, "%s/spool", edge->dir);
    yk_fault_mkdir(edge->dir);
    yk_fault_mkdir(edge->spool);
    yk_fault_run(log, "keys", "make", "--keys", edge->keys, "--name", "edge", NULL);
    yk_fault_run(log, "keys", "certificate", "--keys", authority, "--client", "--name", edge->id, "--out", edge->keys,
                 NULL);
    snprintf(path, sizeof path, "%s/ca.crt", authority);
    snprintf(target, sizeof target, "%s/ca.crt", edge->keys);
    yk_fault_copy(path, target);
    snprintf(path, sizeof path, "%s/district.pub", d->keys);
    snprintf(target, sizeof target, "%s/district.pub", edge->keys);
    yk_fault_copy(path, target);
    for (int s = 0; kinds[number % 4][s]; s++) {
        bool radio = kinds[number % 4][s] == 'r';
        char recording[200], fifo[200];
        yk_fault_sensor_id(number, s, id);
        snprintf(sensors + strlen(sensors), sizeof sensors - strlen(sensors), "%s%s", s ? "," : "", id);
        snprintf(recording, sizeof recording, "%s/recordings/%s.%s", d->dir, id, radio ? "pcap" : "jsonl");
        snprintf(fifo, sizeof fifo, "%s/%s.fifo", edge->dir, id);
        snprintf(edge->inputs[s], sizeof edge->inputs[s], "%s=%s", id, fifo);
        edge->feeds[edge->sensor_count++] = yk_feed_open(recording, fifo, radio);
        edge->has[radio ? 0 : 1] = true;
    }
    snprintf(public, sizeof public, "%s/edge.pub", edge->keys);
    yk_fault_run(log, "keys", "enroll", d->yaml, "--keys", d->keys, "--edge", edge->id, "--public", public, "--sensors",
                 sensors, NULL);
    static const char *const names[] = {"radio", "camera", "uplink"};
    for (int i = 0; i < 3; i++)
        snprintf(edge->logs[i], sizeof edge->logs[i], "%s/%s.log", edge->dir, names[i]);
    make_clock(edge);
}

/* A megabyte each: enough for what waits in a minute of silence, and soon full. */
static void mount_small_disks(struct yk_fault_district *d)
{
    d->mounts = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    for (int e = 0; e < EDGES && d->mounts; e++)
        if (d->edges[e].fate == YK_FATE_SMALL_DISK)
            d->mounts = mount("tmpfs", d->edges[e].spool, "tmpfs", 0, "size=1m,mode=700") == 0;
    if (!d->mounts)
        fprintf(stderr, "SKIPPED: may not mount a file system (%s): --spool-max 16 stands for full disks\n",
                strerror(errno));
}

/* The generated file, and one user more for the administrator's part of the harness. */
static void write_acl(struct yk_fault_district *d)
{
    static const char password[] = "a password of the tests"; /* as in support/secure_redis.c */
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    snprintf(d->acl, sizeof d->acl, "%s/users.acl", d->server);
    yk_fault_run(d->acl, "keys", "acl", d->yaml, "--keys", d->keys, NULL);
    crypto_hash_sha256(hash, (const unsigned char *)password, strlen(password));
    FILE *f = fopen(d->acl, "a");
    if (!f)
        yk_fault_fail("cannot write %s", d->acl);
    fprintf(f, "user admin on #%s ~* &* +@all\n", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
    fclose(f);
}

static void make_server(struct yk_fault_district *d)
{
    char log[140], authority[140], dir[140], path[200], target[200];
    snprintf(log, sizeof log, "%s/keys.log", d->dir);
    snprintf(authority, sizeof authority, "%s/redis/authority", d->dir);
    snprintf(dir, sizeof dir, "%s/redis", d->dir);
    yk_fault_mkdir(dir);
    yk_fault_run(log, "keys", "authority", "--keys", authority, "--name", "Yukikai test authority", NULL);
    yk_fault_run(log, "keys", "make", "--keys", d->keys, "--name", "district", NULL);
    yk_fault_run(log, "keys", "certificate", "--keys", authority, "--client", "--name", "analyze", "--out", d->keys,
                 NULL);
    snprintf(path, sizeof path, "%s/ca.crt", authority);
    snprintf(target, sizeof target, "%s/ca.crt", d->keys);
    yk_fault_copy(path, target);
}

void yk_district_make(struct yk_fault_district *d, uint64_t seed, int64_t span_s)
{
    char path[200];
    d->to_s = (int64_t)(time(NULL) - BEFORE_NOW_S) / 60 * 60;
    d->from_s = d->to_s - span_s;
    snprintf(d->yaml, sizeof d->yaml, "%s/district.yaml", d->dir);
    snprintf(d->server, sizeof d->server, "%s/server", d->dir);
    snprintf(d->keys, sizeof d->keys, "%s/keys", d->server);
    snprintf(d->state, sizeof d->state, "%s/state", d->server);
    snprintf(d->publish, sizeof d->publish, "%s/publish.db", d->server);
    snprintf(d->worker_log, sizeof d->worker_log, "%s/analyze.log", d->server);
    yk_fault_mkdir(d->server);
    snprintf(path, sizeof path, "%s/edges", d->dir);
    yk_fault_mkdir(path);
    snprintf(path, sizeof path, "%s/backups", d->dir);
    yk_fault_mkdir(path);
    write_yaml(d);
    simulate(d, seed);
    make_server(d);
    for (int e = 0; e < EDGES; e++)
        make_edge(d, &d->edges[e], e);
    mount_small_disks(d);
    write_acl(d);
    struct yk_error err = {0};
    if (yk_config_load(d->yaml, &d->config, &err) != YK_OK)
        yk_fault_fail("%s", err.message);
    snprintf(path, sizeof path, "%s/redis", d->dir);
    char *dir = strdup(path);
    d->redis_options =
        (struct yk_secure_redis_options){.dir = dir, .more = {"--aclfile", d->acl, "--loglevel", "warning", NULL}};
    yk_district_start_redis(d);
}

void yk_district_start_redis(struct yk_fault_district *d)
{
    struct yk_error err = {0};
    char path[140];
    snprintf(path, sizeof path, "%s/redis.clock", d->dir);
    yk_fault_write(path, &d->redis_clock_s, sizeof d->redis_clock_s);
    setenv("YK_FAULTS_CLOCK", path, 1);
    setenv("LD_PRELOAD", YK_FAULTS_SHIM, 1);
    if (yk_secure_redis_start(&d->redis, &d->redis_options, &err) != YK_OK)
        yk_fault_fail("%s", err.message);
    unsetenv("LD_PRELOAD");
    unsetenv("YK_FAULTS_CLOCK");
}

static void begin(struct yk_child *child, const char *verb, const char *log)
{
    snprintf(child->program, sizeof child->program, "%s/yukikai-%s", YK_BIN_DIR, verb);
    yk_child_init(child, verb, NULL);
    child->log_path = log;
}

static void start(struct yk_child *child)
{
    struct yk_error err = {0};
    if (yk_child_start(child, &err) != YK_OK)
        yk_fault_fail("%s", err.message);
}

/* With the clock of its device. */
static void start_there(struct yk_child *child, const struct yk_edge *edge)
{
    setenv("YK_FAULTS_CLOCK", edge->clock_path, 1);
    setenv("LD_PRELOAD", YK_FAULTS_SHIM, 1);
    start(child);
    unsetenv("LD_PRELOAD");
    unsetenv("YK_FAULTS_CLOCK");
}

void yk_district_start_worker(struct yk_fault_district *d)
{
    begin(&d->worker, "analyze", d->worker_log);
    yk_child_args(&d->worker, d->yaml, "--keys", d->keys, "--state", d->state, "--publish", d->publish, "--redis",
                  d->redis.tls_url, "--every", "4", NULL);
    start(&d->worker);
}

void yk_district_start_uplink(struct yk_fault_district *d, struct yk_edge *edge)
{
    begin(&edge->uplink, "uplink", edge->logs[2]);
    yk_child_args(&edge->uplink, d->yaml, "--edge", edge->id, "--keys", edge->keys, "--spool", edge->spool, "--redis",
                  edge->url, "--resend-after", "2", "--quiet", NULL);
    start_there(&edge->uplink, edge);
}

void yk_district_start_collector(struct yk_fault_district *d, struct yk_edge *edge, int family, double event_s)
{
    struct yk_child *child = &edge->collectors[family];
    begin(child, "collect", edge->logs[family]);
    yk_child_args(child, d->yaml, "--edge", edge->id, "--keys", edge->keys, "--spool", edge->spool, "--family",
                  family == 0 ? "radio" : "camera", "--spool-max", "16", NULL);
    for (unsigned s = 0; s < edge->sensor_count; s++) {
        if ((strncmp(edge->inputs[s], "radio", 5) == 0) != (family == 0))
            continue;
        yk_feed_begin(edge->feeds[s], event_s);
        yk_child_args(child, "--input", edge->inputs[s], NULL);
    }
    start_there(child, edge);
}

void yk_district_kill(struct yk_child *child)
{
    if (!yk_child_running(child))
        return;
    kill(child->pid, SIGKILL);
    waitpid(child->pid, &child->exit_status, 0);
    child->pid = 0;
}

void yk_district_end(struct yk_child *child, const char *log)
{
    char text[200];
    if (!yk_child_running(child)) {
        yk_child_describe(child, text, sizeof text);
        yk_fault_fail("%s before its time; see %s", text, log);
    }
    yk_child_end(child, 60000);
    if (!WIFEXITED(child->exit_status) || WEXITSTATUS(child->exit_status) != 0) {
        yk_child_describe(child, text, sizeof text);
        yk_fault_fail("%s; see %s", text, log);
    }
}
