/* What is wrong, and what to do. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Findings are a pure function of a checkup: the same files and the same hour give the same sentences. A fault is
 * something to look at now; a note is worth knowing and goes away by itself, or did. Limits:
 *
 *     a part's file is older than 30 s       it hangs or was killed (it writes every 2 s)
 *     a part has not said for 2 min that it works
 *     a sensor is silent for 5 min           for radios, which hear something nearly always; cameras 10 min
 *     Redis is away for 1 min                shorter is a restart
 *     nothing is confirmed for 5 min         the district's worker is away
 *     an edge sends nothing for 10 min
 *     a refusal in the last hour             older ones are notes
 *     less than 5 % or 200 MB of a disk
 *     a device's stamps are off by 1 min     with the time that its messages are under way
 *     a clock is off by 10 s                 for certain: how far, less how wrong the measurement may be
 *
 * When `up` itself is gone, its parts are, and only that is said. */
#ifndef YK_DOCTOR_FINDINGS_H
#define YK_DOCTOR_FINDINGS_H

#include "doctor/checkup.h"

enum yk_finding_kind { YK_FINDING_FAULT, YK_FINDING_NOTE };

struct yk_finding {
    enum yk_finding_kind kind;
    char about[YK_ID_SIZE + 16]; /* a sensor, an edge or a part */
    char text[720];
    size_t order; /* in which they were found */
};

/* Zero-initialised is empty. Free with yk_findings_clear. */
struct yk_findings {
    struct yk_finding *list;
    size_t count, capacity;
    bool lost; /* memory ran out: there are more */
};

/* Faults first. */
void yk_findings_make(const struct yk_checkup *checkup, struct yk_findings *findings);
void yk_findings_clear(struct yk_findings *findings);
bool yk_findings_well(const struct yk_findings *findings); /* no fault */

/* For the files that make them. */
void yk_finding_add(struct yk_findings *findings, enum yk_finding_kind kind, const char *about, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void yk_findings_of_edge(const struct yk_checkup *checkup, struct yk_findings *findings);
void yk_findings_of_district(const struct yk_checkup *checkup, struct yk_findings *findings);
void yk_findings_of_refusals(const struct yk_checkup *checkup, struct yk_findings *findings);
/* True if `up` ran these parts and is gone itself, which is said elsewhere. */
bool yk_checkup_up_gone(const struct yk_checkup *checkup);
/* Says that a part has ended or is silent, unless `up` is gone; true if it is not at work. */
bool yk_finding_part(const struct yk_checkup *checkup, struct yk_findings *findings, const struct yk_status_head *head,
                     const char *name, const char *unit);

#define YK_STALE_S    30
#define YK_SKEW_MAX_S 10

#endif
