/* Twenty ways to break it, at moments from the seed. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_FAULTS_INFLICT_H
#define YK_TESTS_FAULTS_INFLICT_H

#include "faults.h"

#define YK_FAULTS(X)                                    \
    X(kill_collector, "collectors killed")              \
    X(kill_uplink, "uplinks killed")                    \
    X(kill_worker, "workers killed")                    \
    X(kill_redis, "Redis killed, and back empty")       \
    X(stop_redis, "Redis stopped for a while")          \
    X(stop_worker, "worker stopped for a while")        \
    X(flush, "Redis emptied by an administrator")       \
    X(cut, "links cut")                                 \
    X(stall, "links stalled")                           \
    X(delay, "links delayed")                           \
    X(fill, "disks filled")                             \
    X(clock, "clocks stepped")                          \
    X(restore_spool, "old spools put back")             \
    X(restore_edge, "old disks put back")               \
    X(remove, "segments removed before they were sent") \
    X(duplicate, "streams with duplicates in any order, and a forgery")

enum yk_fault_kind {
#define X(name, text) YK_FAULT_##name,
    YK_FAULTS(X)
#undef X
        YK_FAULT_KINDS
};
const char *yk_fault_text(enum yk_fault_kind kind);

struct yk_plan;

/* count faults, spread over the seconds. */
struct yk_plan *yk_plan_new(struct yk_fault_district *d, uint64_t seed, unsigned count, double seconds);
void yk_plan_free(struct yk_plan *plan);
/* Does what is due at that second of the run, and what ends then; event_s is where the recordings are. */
void yk_plan_step(struct yk_plan *plan, double second, double event_s);
/* Gives up what could not be had so far, so that an end comes; a disk that is being put back is put back. */
void yk_plan_drop(struct yk_plan *plan);
bool yk_plan_done(const struct yk_plan *plan);
/* Ends whatever still goes on: everything runs, the links are whole, disks have room, clocks are right. */
void yk_plan_heal(struct yk_plan *plan, double event_s);

struct yk_plan_figures {
    unsigned inflicted[YK_FAULT_KINDS];
    unsigned duplicates, forgeries, dropped;
};
void yk_plan_figures(const struct yk_plan *plan, struct yk_plan_figures *out);

#endif
