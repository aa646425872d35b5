/* What has to hold in the end. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_FAULTS_CHECKS_H
#define YK_TESTS_FAULTS_CHECKS_H

#include "faults.h"
#include "ledger.h"

struct yk_check_figures {
    size_t frames, tombstones, received, given_up, removed; /* the last two: frames that never came, and why */
    /* Given up on a disk so full that there was no room for the tombstone either: the ledger holds the unlinked file a
     * moment longer than its edge does. The gap in the numbers tells of them, and the table is asked whether it does. */
    size_t untold;
    uint64_t lost_s;   /* sensor seconds whose frames were written and never came */
    uint64_t ran_s;    /* of these: health says that the sensor ran, and it is right */
    uint64_t silent_s; /* sensor seconds of the feed that no health proves: the collector was down */
    size_t rows;
};

/* Asks the state store which frames of the ledger were received; each is, or is known to be lost. */
void yk_check_received(struct yk_fault_district *d, struct yk_ledger_frame *frames, size_t count,
                       struct yk_check_figures *figures);
/* Another worker, a plain Redis, the received frames in order and once: DIR/quiet/tables/kpis.csv. */
void yk_check_replay(struct yk_fault_district *d, const struct yk_ledger_frame *frames, size_t count);
void yk_check_same(struct yk_fault_district *d, struct yk_check_figures *figures);
/* Coverage and crossings in the table against those worked out from the frames alone. */
void yk_check_table(struct yk_fault_district *d, const struct yk_ledger_frame *frames, size_t count,
                    struct yk_check_figures *figures);
/* The worker refused the forgeries, and nothing else. */
void yk_check_refusals(struct yk_fault_district *d, bool forged);
/* The state store to rows to DIR/.../tables/kpis.csv. */
void yk_check_tables(struct yk_fault_district *d, const char *server, const char *state, const char *publish);

#endif
