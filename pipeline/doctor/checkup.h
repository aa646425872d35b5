/* All that the doctor looks at. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only files are read, and the kernel is asked for its clock and its disks: nothing is tried, nobody is connected to, so
 * that looking changes nothing and works as a user who may read and no more. What is not there is not known, which is
 * no fault by itself: on an edge there is no publish store, on a server no spool. */
#ifndef YK_DOCTOR_CHECKUP_H
#define YK_DOCTOR_CHECKUP_H

#include "config/config.h"
#include "config/edge_config.h"
#include "frame/enrolment.h"
#include "status/analyze_status.h"
#include "status/collect_status.h"
#include "status/uplink_status.h"
#include "status/up_status.h"

#define YK_SLOTS_MAX 8

enum yk_read { YK_READ_MISSING, YK_READ_OK, YK_READ_FAULT };
enum yk_clock_state { YK_CLOCK_UNKNOWN, YK_CLOCK_SYNCHRONISED, YK_CLOCK_UNSYNCHRONISED };

struct yk_checkup {
    int64_t now_s;                     /* 0: gathering asks the clock */
    const struct yk_config *config;    /* the caller's; may be NULL, as the next */
    const struct yk_edge_config *edge; /* sensors that should be heard here */
    char keys[YK_PATH_SIZE], spool[YK_PATH_SIZE], publish[YK_PATH_SIZE], run[YK_PATH_SIZE]; /* "": not looked at */

    struct yk_collect_status collect[YK_SLOTS_MAX];
    size_t collect_count;
    enum yk_read uplink_read, analyze_read, up_read, enrolment_read;
    struct yk_uplink_status uplink;
    struct yk_analyze_status analyze;
    struct yk_up_status up;
    struct yk_enrolment *enrolment;
    char faults[YK_SLOTS_MAX + 4][512]; /* files that are there and cannot be used: why */
    size_t fault_count;

    struct yk_disk spool_disk, publish_disk;
    enum yk_clock_state clock;
};

/* Reads what the paths in it lead to. */
void yk_checkup_gather(struct yk_checkup *checkup);
void yk_checkup_clear(struct yk_checkup *checkup);
/* True if no part has left a status file: there is nothing to judge. */
bool yk_checkup_empty(const struct yk_checkup *checkup);

/* One line of the table: a sensor as the parts see it, each as far as it is known. */
struct yk_sensor_row {
    char edge[YK_ID_SIZE], sensor[YK_ID_SIZE]; /* edge "": not known */
    bool heard_known, sent_known, accepted_known;
    uint64_t heard, sent, covered, waiting, accepted, refused;
    int64_t last_event_s; /* YK_NONE: none */
    int64_t silent_s;     /* since it was heard here; YK_NONE: not known */
    int64_t lag_s;        /* of the oldest frame that waits, or of the last one accepted */
};
/* Sorted by edge and sensor; malloc'd. NULL and *count 0 if there is none. */
struct yk_sensor_row *yk_checkup_rows(const struct yk_checkup *checkup, size_t *count);

/* Seconds since a part wrote its file; never negative. */
int64_t yk_status_age(const struct yk_checkup *checkup, const struct yk_status_head *head);

#endif
