/* Causing faults, and ending them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan (what, when, whom, how long) comes from the seed alone. A fault that cannot be had at its moment (the process
 * is down already, say) waits until it can. */
#include "inflict.h"

#include "ledger.h"

#include "link/redis.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUPLICATES_MAX 120
#define DRAIN_MAX_S    60

static const char *const texts[] = {
#define X(name, text) text,
    YK_FAULTS(X)
#undef X
};

const char *yk_fault_text(enum yk_fault_kind kind)
{
    return texts[kind];
}

struct fault {
    enum yk_fault_kind kind;
    int edge;
    double at_s, lasts_s;
    uint64_t dice;
    int stage;      /* of one that takes several steps */
    double began_s; /* its present stage */
    bool done;
};

enum undoing {
    UNDO_COLLECTOR,
    UNDO_UPLINK,
    UNDO_WORKER,
    UNDO_REDIS,
    UNDO_STOP_REDIS,
    UNDO_STOP_WORKER,
    UNDO_FILL,
    UNDO_CLOCK
};

struct undo {
    enum undoing what;
    int edge, family; /* of Redis: what its clock will be off by */
    double at_s;
};

struct yk_plan {
    struct yk_fault_district *d;
    struct fault *faults;
    unsigned count, first; /* below first all are done */
    struct undo undos[512];
    unsigned undo_count;
    bool redis_stopped, worker_stopped;
    double second, event_s;
    struct yk_plan_figures figures;
};

static int edge_of_fate(struct yk_plan *plan, struct yk_dice *dice, enum yk_fate fate)
{
    for (;;) {
        int e = (int)yk_dice_below(dice, EDGES);
        if (plan->d->edges[e].fate == fate)
            return e;
    }
}

static int by_time(const void *a, const void *b)
{
    double x = ((const struct fault *)a)->at_s, y = ((const struct fault *)b)->at_s;
    return (x > y) - (x < y);
}

struct yk_plan *yk_plan_new(struct yk_fault_district *d, uint64_t seed, unsigned count, double seconds)
{
    /* How often, of a hundred or so; each kind comes at least once. */
    static const unsigned weights[YK_FAULT_KINDS] = {
        [YK_FAULT_kill_collector] = 16, [YK_FAULT_kill_uplink] = 14, [YK_FAULT_kill_worker] = 8,
        [YK_FAULT_kill_redis] = 5,      [YK_FAULT_stop_redis] = 4,   [YK_FAULT_stop_worker] = 4,
        [YK_FAULT_flush] = 5,           [YK_FAULT_cut] = 10,         [YK_FAULT_stall] = 6,
        [YK_FAULT_delay] = 6,           [YK_FAULT_fill] = 5,         [YK_FAULT_clock] = 10,
        [YK_FAULT_restore_spool] = 4,   [YK_FAULT_restore_edge] = 4, [YK_FAULT_remove] = 6,
        [YK_FAULT_duplicate] = 8};
    struct yk_plan *plan = calloc(1, sizeof *plan);
    struct yk_dice dice = {seed};
    plan->d = d;
    plan->count = count;
    plan->faults = calloc(count, sizeof *plan->faults);
    unsigned sum = 0;
    for (unsigned k = 0; k < YK_FAULT_KINDS; k++)
        sum += weights[k];
    for (unsigned i = 0; i < count; i++) {
        struct fault *f = &plan->faults[i];
        unsigned throw = yk_dice_below(&dice, sum), kind = 0;
        while (throw >= weights[kind])
            throw -= weights[kind++];
        f->kind = (enum yk_fault_kind)(i < YK_FAULT_KINDS ? i : kind);
        f->at_s = yk_dice_between(&dice, 0.02 * seconds, seconds);
        f->lasts_s = yk_dice_between(&dice, 0.05, 2);
        f->dice = yk_dice_u64(&dice);
        f->edge = (int)yk_dice_below(&dice, EDGES);
        if (f->kind == YK_FAULT_fill)
            f->edge = edge_of_fate(plan, &dice, YK_FATE_SMALL_DISK);
        else if (f->kind == YK_FAULT_restore_spool || f->kind == YK_FAULT_restore_edge)
            f->edge = edge_of_fate(plan, &dice, YK_FATE_RESTORED);
        else if (f->kind == YK_FAULT_remove)
            f->edge = edge_of_fate(plan, &dice, YK_FATE_ROBBED);
        if (f->kind == YK_FAULT_restore_spool || f->kind == YK_FAULT_restore_edge) /* a copy has to be made before */
            f->at_s *= 0.7;
    }
    qsort(plan->faults, count, sizeof *plan->faults, by_time);
    return plan;
}

void yk_plan_free(struct yk_plan *plan)
{
    if (!plan)
        return;
    free(plan->faults);
    free(plan);
}

static void later(struct yk_plan *plan, enum undoing what, int edge, int family, double in_s)
{
    if (plan->undo_count == sizeof plan->undos / sizeof plan->undos[0])
        yk_fault_fail("too many faults at once");
    plan->undos[plan->undo_count++] = (struct undo){what, edge, family, plan->second + in_s};
}

static void fill_path(const struct yk_edge *edge, char *out, size_t size)
{
    snprintf(out, size, "%s/filler", edge->spool);
}

static void undo(struct yk_plan *plan, const struct undo *u)
{
    struct yk_fault_district *d = plan->d;
    struct yk_edge *edge = &d->edges[u->what == UNDO_REDIS ? 0 : u->edge];
    char path[200];
    switch (u->what) {
    case UNDO_COLLECTOR:
        if (!edge->down && edge->collectors[u->family].pid == 0)
            yk_district_start_collector(d, edge, u->family, plan->event_s);
        break;
    case UNDO_UPLINK:
        if (!edge->down && edge->uplink.pid == 0)
            yk_district_start_uplink(d, edge);
        break;
    case UNDO_WORKER:
        yk_district_start_worker(d);
        break;
    case UNDO_REDIS:
        d->redis_clock_s = u->edge;
        yk_district_start_redis(d);
        break;
    case UNDO_STOP_REDIS:
        if (plan->redis_stopped)
            kill(d->redis.child.pid, SIGCONT);
        plan->redis_stopped = false;
        break;
    case UNDO_STOP_WORKER:
        if (plan->worker_stopped)
            kill(d->worker.pid, SIGCONT);
        plan->worker_stopped = false;
        break;
    case UNDO_CLOCK:
        *edge->clock_s = 0;
        break;
    case UNDO_FILL:
        fill_path(edge, path, sizeof path);
        unlink(path);
        edge->has_filler = false;
        break;
    }
}

static void up_again(struct yk_plan *plan, struct yk_edge *edge)
{
    edge->down = false;
    for (int family = 0; family < 2; family++)
        if (edge->has[family] && edge->collectors[family].pid == 0)
            yk_district_start_collector(plan->d, edge, family, plan->event_s);
    if (edge->uplink.pid == 0)
        yk_district_start_uplink(plan->d, edge);
}

static bool kill_collector(struct yk_plan *plan, const struct fault *f, struct yk_edge *edge)
{
    int family = edge->has[0] && edge->has[1] ? (int)(f->dice & 1) : !edge->has[0];
    if (edge->down || edge->collectors[family].pid == 0)
        return false;
    yk_district_kill(&edge->collectors[family]);
    later(plan, UNDO_COLLECTOR, edge->number, family, f->lasts_s);
    return true;
}

static bool redis_answers(const struct yk_plan *plan)
{
    return plan->d->redis.child.pid != 0 && !plan->redis_stopped;
}

static bool flush(struct yk_plan *plan)
{
    const struct yk_secure_redis *redis = &plan->d->redis;
    struct yk_redis *connection = NULL;
    redisReply *reply = NULL;
    const char *argv[] = {"FLUSHALL"};
    bool ok = redis_answers(plan) &&
              yk_redis_connect(&(struct yk_redis_options){redis->unix_url, redis->credentials, "admin"}, &connection,
                               NULL) == YK_OK &&
              yk_redis_command(connection, 1, argv, NULL, &reply, NULL) == YK_OK;
    freeReplyObject(reply);
    yk_redis_free(connection);
    return ok;
}

/* Where no small file system could be had, the bound on the spool does what it can; nothing is filled. */
static bool fill(struct yk_plan *plan, struct fault *f, struct yk_edge *edge)
{
    char path[200];
    if (!plan->d->mounts)
        return false;
    if (f->stage == 0) { /* a disk is full because nothing could leave for a while */
        yk_proxy_stall(edge->number, 5 + 2 * f->lasts_s);
        f->stage = 1;
        f->began_s = plan->second;
    }
    if (edge->has_filler || plan->second - f->began_s < 2)
        return false;
    fill_path(edge, path, sizeof path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    static const char zeros[4096];
    while (fd >= 0 && write(fd, zeros, sizeof zeros) > 0)
        ;
    if (fd >= 0)
        close(fd);
    edge->has_filler = true;
    later(plan, UNDO_FILL, edge->number, 0, 3 + 2 * f->lasts_s); /* last pages have room for a second or two */
    return true;
}

/* Not near event time: a collector whose clock agrees with its input moves on with the clock, and the time of these
 * inputs is their own. */
static bool step_clock(struct yk_plan *plan, const struct fault *f, const struct yk_edge *edge)
{
    static const int64_t steps[] = {1, 45, 3600, 7 * 3600, 40 * 3600, 3 * 86400, -3 * 3600, -86400, -20 * 86400};
    if (edge->down)
        return false;
    *edge->clock_s = steps[f->dice % (sizeof steps / sizeof steps[0])];
    later(plan, UNDO_CLOCK, edge->number, 0, 1 + 3 * f->lasts_s);
    return true;
}

static void backup_path(const struct yk_plan *plan, const struct yk_edge *edge, char *out, size_t size)
{
    snprintf(out, size, "%s/backups/%s", plan->d->dir, edge->id);
}

static void put_back(struct yk_plan *plan, const struct fault *f, struct yk_edge *edge)
{
    char backup[200], from[300], path[320], now[320];
    backup_path(plan, edge, backup, sizeof backup);
    yk_ledger_removing(edge->spool);
    if (f->kind == YK_FAULT_restore_edge) {
        snprintf(from, sizeof from, "%s/keys", backup);
        yk_fault_remove(edge->keys);
        yk_fault_copy(from, edge->keys);
    }
    snprintf(from, sizeof from, "%s/spool", backup);
    /* The .lanes of a spool belong to it; only "the whole disk" takes them back as well as the segments. */
    if (f->kind == YK_FAULT_restore_edge) {
        yk_fault_remove(edge->spool);
    } else {
        static const char *const slots[] = {"radio", "camera"};
        for (int i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "%s/%s.lanes", from, slots[i]);
            unlink(path);
            snprintf(now, sizeof now, "%s/%s.lanes", edge->spool, slots[i]);
            yk_fault_copy(now, path);
        }
        yk_fault_remove(edge->spool);
    }
    yk_fault_copy(from, edge->spool);
    yk_fault_remove(backup);
    yk_ledger_watch(edge->number, edge->spool);
}

/* Copied while in use; some seconds later everything of it is killed, and the copy put back. What a disk takes with it
 * that was never sent is lost, and of a camera known to be lost: the health of that time is gone too. A radio's health
 * travels apart from what it heard, so its disk is taken only once it is sent. */
static bool restore(struct yk_plan *plan, struct fault *f, struct yk_edge *edge)
{
    char backup[200], part[300];
    backup_path(plan, edge, backup, sizeof backup);
    bool waited = plan->second - f->began_s > 2 + 2 * f->lasts_s;
    switch (f->stage) {
    case 0:
        if (edge->down || access(backup, F_OK) == 0)
            return false;
        yk_fault_mkdir(backup);
        snprintf(part, sizeof part, "%s/keys", backup);
        yk_fault_copy(edge->keys, part);
        snprintf(part, sizeof part, "%s/spool", backup);
        yk_fault_copy(edge->spool, part);
        f->stage = 1;
        f->began_s = plan->second;
        return false;
    case 1:
        if (!waited || edge->down)
            return false;
        edge->down = true;
        if (!edge->has[0]) { /* a camera's frames wait from now on */
            yk_district_kill(&edge->uplink);
        } else {
            for (int family = 0; family < 2; family++)
                yk_district_kill(&edge->collectors[family]);
            /* Without its back-off, and with the right time: one whose clock is far behind believes no certificate. */
            *edge->clock_s = 0;
            yk_district_kill(&edge->uplink);
            yk_district_start_uplink(plan->d, edge);
        }
        f->stage = 2;
        f->began_s = plan->second;
        return false;
    default:
        if (edge->has[0] && yk_fault_segments(edge->spool, NULL, 0) > 0) {
            if (plan->second - f->began_s > DRAIN_MAX_S)
                yk_fault_fail("%s was not drained within %d s; see %s", edge->id, DRAIN_MAX_S, edge->logs[2]);
            return false;
        }
        if (plan->second - f->began_s < f->lasts_s)
            return false;
        for (int family = 0; family < 2; family++)
            yk_district_kill(&edge->collectors[family]);
        yk_district_kill(&edge->uplink);
        put_back(plan, f, edge);
        up_again(plan, edge);
        return true;
    }
}

/* Its uplink is killed, so that frames wait; then the collectors, and a segment goes. */
static bool rob(struct yk_plan *plan, struct fault *f, struct yk_edge *edge)
{
    static char paths[256][300];
    if (f->stage == 0) {
        bool runs = true;
        for (int family = 0; family < 2; family++)
            runs &= !edge->has[family] || edge->collectors[family].pid != 0;
        if (edge->down || !runs)
            return false;
        edge->down = true;
        yk_district_kill(&edge->uplink);
        f->stage = 1;
        f->began_s = plan->second;
    }
    unsigned count = yk_fault_segments(edge->spool, paths, 256);
    if (count == 0 || plan->second - f->began_s < 0.5 + f->lasts_s)
        return false;
    for (int family = 0; family < 2; family++)
        yk_district_kill(&edge->collectors[family]);
    /* Mostly what a radio heard: that it ran is told elsewhere, so only the missing numbers tell of the loss. */
    unsigned which = (unsigned)(f->dice % (count < 256 ? count : 256)), heard = 0;
    for (unsigned i = 0; i < count && i < 256; i++)
        if (strstr(paths[i], "/presence-") && (f->dice >> 32) % 4 && (f->dice >> 16) % ++heard == 0)
            which = i;
    const char *path = paths[which];
    yk_ledger_removing(path);
    if (unlink(path) != 0)
        yk_fault_fail("cannot remove %s", path);
    up_again(plan, edge);
    return true;
}

static bool duplicate(struct yk_plan *plan, const struct fault *f, struct yk_edge *edge)
{
    uint8_t *bytes[DUPLICATES_MAX];
    size_t sizes[DUPLICATES_MAX];
    struct yk_dice dice = {f->dice};
    char key[YK_KEY_SIZE], user[64];
    struct yk_redis *connection = NULL;
    if (!redis_answers(plan) || edge->down)
        return false;
    size_t count = yk_ledger_pick(edge->number, &dice, DUPLICATES_MAX, bytes, sizes);
    if (count == 0)
        return false;
    snprintf(user, sizeof user, "edge-%s", edge->id);
    yk_key_frames(key, plan->d->config->district, 0, edge->id);
    struct yk_redis_options options = {plan->d->redis.tls_url, edge->keys, user};
    struct yk_error err = {0};
    enum yk_status status = yk_redis_connect(&options, &connection, &err);
    for (size_t i = 0; i < count; i++) {
        const char *argv[] = {"XADD", key, "*", "f", (const char *)bytes[i]};
        const size_t lengths[] = {4, strlen(key), 1, 1, sizes[i]};
        redisReply *reply = NULL;
        if (i == 0) /* the forgery: one bit of the first one's body, which its signature and its tag speak of */
            bytes[0][YK_FRAME_HEADER_SIZE] ^= 1;
        if (status == YK_OK)
            status = yk_redis_command(connection, 5, argv, lengths, &reply, &err);
        freeReplyObject(reply);
        free(bytes[i]);
    }
    yk_redis_free(connection);
    if (status != YK_OK)
        yk_fault_fail("cannot add to the stream of %s as that edge: %s", edge->id, err.message);
    plan->figures.forgeries++;
    plan->figures.duplicates += (unsigned)count - 1;
    return true;
}

static bool inflict(struct yk_plan *plan, struct fault *f)
{
    struct yk_fault_district *d = plan->d;
    struct yk_edge *edge = &d->edges[f->edge];
    switch (f->kind) {
    case YK_FAULT_kill_collector:
        return kill_collector(plan, f, edge);
    case YK_FAULT_kill_uplink:
        if (edge->down || edge->uplink.pid == 0)
            return false;
        yk_district_kill(&edge->uplink);
        later(plan, UNDO_UPLINK, f->edge, 0, f->lasts_s);
        return true;
    case YK_FAULT_kill_worker:
        if (d->worker.pid == 0)
            return false;
        yk_district_kill(&d->worker);
        plan->worker_stopped = false;
        later(plan, UNDO_WORKER, 0, 0, f->lasts_s / 2);
        return true;
    case YK_FAULT_kill_redis:
        if (d->redis.child.pid == 0)
            return false;
        yk_district_kill(&d->redis.child);
        plan->redis_stopped = false;
        /* Its clock goes back from start to start, and right at last: stream ids are times, and those of an emptied
         * stream may lie before what was read. */
        later(plan, UNDO_REDIS, d->redis_clock_s > -3000 ? (int)d->redis_clock_s - 200 * (1 + (int)(f->dice % 2)) : 0,
              0, f->lasts_s / 2);
        return true;
    case YK_FAULT_stop_redis:
        if (!redis_answers(plan))
            return false;
        kill(d->redis.child.pid, SIGSTOP);
        plan->redis_stopped = true;
        later(plan, UNDO_STOP_REDIS, 0, 0, f->lasts_s);
        return true;
    case YK_FAULT_stop_worker:
        if (d->worker.pid == 0 || plan->worker_stopped)
            return false;
        kill(d->worker.pid, SIGSTOP);
        plan->worker_stopped = true;
        later(plan, UNDO_STOP_WORKER, 0, 0, f->lasts_s);
        return true;
    case YK_FAULT_flush:
        return flush(plan);
    case YK_FAULT_cut:
        yk_proxy_cut(f->edge, 0.2 + f->lasts_s);
        return true;
    case YK_FAULT_stall:
        yk_proxy_stall(f->edge, 2 * f->lasts_s);
        return true;
    case YK_FAULT_delay:
        yk_proxy_delay(f->edge, 3 * f->lasts_s, 50 + (unsigned)(f->dice % 450));
        return true;
    case YK_FAULT_fill:
        return fill(plan, f, edge);
    case YK_FAULT_clock:
        return step_clock(plan, f, edge);
    case YK_FAULT_restore_spool:
    case YK_FAULT_restore_edge:
        return restore(plan, f, edge);
    case YK_FAULT_remove:
        return rob(plan, f, edge);
    case YK_FAULT_duplicate:
        return duplicate(plan, f, edge);
    case YK_FAULT_KINDS:
        break;
    }
    return false;
}

/* A process that ended without being killed by us is a defect. */
static void look_after(struct yk_plan *plan)
{
    struct yk_fault_district *d = plan->d;
    char text[200];
    struct {
        struct yk_child *child;
        const char *log;
    } all[2 + 3 * EDGES];
    unsigned n = 0;
    all[n].child = &d->worker;
    all[n++].log = d->worker_log;
    all[n].child = &d->redis.child;
    all[n++].log = d->redis.log;
    for (int e = 0; e < EDGES; e++) {
        for (int i = 0; i < 2; i++) {
            all[n].child = &d->edges[e].collectors[i];
            all[n++].log = d->edges[e].logs[i];
        }
        all[n].child = &d->edges[e].uplink;
        all[n++].log = d->edges[e].logs[2];
    }
    for (unsigned i = 0; i < n; i++)
        if (all[i].child->pid != 0 && !yk_child_running(all[i].child)) {
            yk_child_describe(all[i].child, text, sizeof text);
            yk_fault_fail("%s by itself; see %s", text, all[i].log);
        }
}

void yk_plan_step(struct yk_plan *plan, double second, double event_s)
{
    plan->second = second;
    plan->event_s = event_s;
    look_after(plan);
    for (unsigned i = plan->undo_count; i-- > 0;)
        if (plan->undos[i].at_s <= second) {
            struct undo u = plan->undos[i];
            plan->undos[i] = plan->undos[--plan->undo_count];
            undo(plan, &u);
        }
    while (plan->first < plan->count && plan->faults[plan->first].done)
        plan->first++;
    for (unsigned i = plan->first; i < plan->count && plan->faults[i].at_s <= second; i++)
        if (!plan->faults[i].done && inflict(plan, &plan->faults[i])) {
            plan->faults[i].done = true;
            plan->figures.inflicted[plan->faults[i].kind]++;
        }
}

void yk_plan_drop(struct yk_plan *plan)
{
    for (unsigned i = plan->first; i < plan->count; i++) {
        struct fault *f = &plan->faults[i];
        bool restoring = (f->kind == YK_FAULT_restore_spool || f->kind == YK_FAULT_restore_edge) && f->stage > 0;
        if (f->done || restoring)
            continue;
        if (f->kind == YK_FAULT_remove && f->stage > 0)
            up_again(plan, &plan->d->edges[f->edge]);
        f->done = true;
        plan->figures.dropped++;
    }
}

bool yk_plan_done(const struct yk_plan *plan)
{
    for (unsigned i = plan->first; i < plan->count; i++)
        if (!plan->faults[i].done && !(plan->faults[i].kind == YK_FAULT_fill && !plan->d->mounts))
            return false;
    return true;
}

void yk_plan_heal(struct yk_plan *plan, double event_s)
{
    plan->event_s = event_s;
    while (plan->undo_count > 0) {
        struct undo u = plan->undos[--plan->undo_count];
        undo(plan, &u);
    }
    for (int e = 0; e < EDGES; e++) {
        *plan->d->edges[e].clock_s = 0;
        up_again(plan, &plan->d->edges[e]);
    }
    yk_proxy_heal();
}

void yk_plan_figures(const struct yk_plan *plan, struct yk_plan_figures *out)
{
    *out = plan->figures;
}
