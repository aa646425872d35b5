/* Frames that were not taken, by reason. SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/findings.h"
#include "doctor/words.h"

#include <stdio.h>
#include <string.h>

#define RECENT_S 3600

/* Reasons are the names of analytics/state/ingest.h. */
static const struct {
    const char *reason, *what; /* follows "N frames of EDGE were refused, the last SPAN ago: " */
} advice[] = {
    {"bad_frame", "not a whole frame. Does something else write into its stream?"},
    {"newer_version", "of a newer version. Bring this server up to date; the edge keeps them until then"},
    {"bad_signature",
     "signed by somebody else. Compare 'yukikai keys fingerprint' on the device with 'yukikai keys list' "
     "here: if they differ, the device was set up anew (yukikai keys replace), or it is not yours"},
    {"wrong_edge", "they name another edge, another district, or a time before the enrolment holds. Two devices may "
                   "share one user of Redis; 'yukikai keys list' shows from when on the edge counts"},
    {"revoked",
     "made after it was revoked. If that device is lost, this may be who has it; otherwise yukikai keys replace "
     "takes it in again"},
    {"unknown_sensor", "of a sensor that it is not enrolled for, or that the district file does not have. Compare "
                       "'yukikai keys list' with the edge's file"},
    {"future", "a time in the future. The edge's clock is ahead: timedatectl there shows why"},
    {"late",
     "too late: the tables of their time are final. The edge was away for longer than the horizon, or its clock is "
     "behind"},
    {"bad_body",
     "a body that contradicts its header, though the edge signed it. Its program has a defect, or its memory"},
};

static const char *advice_for(const char *reason)
{
    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++)
        if (strcmp(advice[i].reason, reason) == 0)
            return advice[i].what;
    return NULL;
}

static void say(const struct yk_checkup *c, struct yk_findings *f, const char *edge, const struct yk_tally *tally)
{
    char count[YK_WORDS_SIZE], span[YK_WORDS_SIZE];
    int64_t ago = tally->last_s == YK_NONE ? YK_NONE : c->now_s - tally->last_s;
    enum yk_finding_kind kind = ago == YK_NONE || ago < RECENT_S ? YK_FINDING_FAULT : YK_FINDING_NOTE;
    yk_words_count(count, tally->count);
    yk_words_span(span, ago == YK_NONE ? 0 : ago);
    const char *plural = tally->count == 1 ? "" : "s", *verb = tally->count == 1 ? "was" : "were";
    if (strcmp(tally->name, "given_up") == 0) /* tombstones: the edge says itself what it has not */
        yk_finding_add(
            f, kind, edge,
            "%s stretch%s of frames %s given up at %s before it could send them, the last %s ago: lost coverage. "
            "yukikai doctor there says why",
            count, tally->count == 1 ? "" : "es", verb, edge, span);
    else if (advice_for(tally->name))
        yk_finding_add(f, kind, edge, "%s frame%s of %s %s refused, the last %s ago: %s", count, plural, edge, verb,
                       span, advice_for(tally->name));
    else
        yk_finding_add(f, kind, edge, "%s frame%s of %s %s refused (%s), the last %s ago", count, plural, edge, verb,
                       tally->name, span);
}

void yk_findings_of_refusals(const struct yk_checkup *c, struct yk_findings *f)
{
    if (c->analyze_read != YK_READ_OK)
        return;
    for (size_t e = 0; e < c->analyze.edge_count; e++) {
        const struct yk_taken_edge *edge = &c->analyze.edges[e];
        struct yk_tallies sum = edge->refused;
        for (size_t i = 0; i < edge->sensor_count; i++)
            for (size_t t = 0; t < YK_TALLIES && edge->sensors[i].refused.list[t].name[0]; t++) {
                const struct yk_tally *tally = &edge->sensors[i].refused.list[t];
                yk_tally_add(&sum, tally->name, tally->count, tally->last_s);
            }
        for (size_t t = 0; t < YK_TALLIES && sum.list[t].name[0]; t++)
            say(c, f, edge->edge, &sum.list[t]);
    }
}
