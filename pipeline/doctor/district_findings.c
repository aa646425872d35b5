/* The district's server: does everybody speak, and is it kept? SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/findings.h"
#include "doctor/words.h"

#include <math.h>
#include <string.h>

#define AWAY_S        60
#define SILENT_S      600
#define UNCOMMITTED_S 60
#define UNPUBLISHED_S 900
#define LATE_S        900

static const struct yk_taken_edge *edge_of(const struct yk_checkup *c, const char *id)
{
    for (size_t i = 0; i < c->analyze.edge_count; i++)
        if (strcmp(c->analyze.edges[i].edge, id) == 0)
            return &c->analyze.edges[i];
    return NULL;
}

static const struct yk_taken_sensor *sensor_of(const struct yk_taken_edge *edge, const char *id)
{
    for (size_t i = 0; edge && i < edge->sensor_count; i++)
        if (strcmp(edge->sensors[i].id, id) == 0)
            return &edge->sensors[i];
    return NULL;
}

/* Since when nothing has come: since the last time, or since the worker's start. */
static int64_t silent_for(const struct yk_checkup *c, int64_t last_s)
{
    int64_t since = last_s == YK_NONE ? c->analyze.head.started_s : last_s;
    return c->now_s > since ? c->now_s - since : 0;
}

static void of_sensor(const struct yk_checkup *c, struct yk_findings *f, const struct yk_taken_edge *edge,
                      const char *sensor_id)
{
    const struct yk_taken_sensor *sensor = sensor_of(edge, sensor_id);
    int64_t silent_s = silent_for(c, sensor ? sensor->arrived_s : YK_NONE);
    char span[YK_WORDS_SIZE];
    if (silent_s >= SILENT_S)
        yk_finding_add(
            f, YK_FINDING_FAULT, sensor_id,
            "%s has sent frames, but none of %s for %s: run yukikai doctor on %s (a camera that sees nobody is "
            "silent, too)",
            edge->edge, sensor_id, yk_words_span(span, silent_s), edge->edge);
    else if (sensor && sensor->lag_s != YK_NONE && sensor->lag_s >= LATE_S)
        yk_finding_add(f, YK_FINDING_NOTE, sensor_id,
                       "what comes of %s from %s is %s old: the edge catches up after an outage", sensor_id, edge->edge,
                       yk_words_span(span, sensor->lag_s));
}

static void of_edge(const struct yk_checkup *c, struct yk_findings *f, const char *id)
{
    const struct yk_taken_edge *edge = edge_of(c, id);
    int64_t silent_s = silent_for(c, edge ? edge->heard_s : YK_NONE);
    char span[YK_WORDS_SIZE];
    if (silent_s >= SILENT_S) {
        yk_words_span(span, silent_s);
        if (edge && edge->heard_s != YK_NONE)
            yk_finding_add(f, YK_FINDING_FAULT, id,
                           "%s has sent nothing for %s: has it power and a network? Run yukikai doctor there", id,
                           span);
        else
            yk_finding_add(f, YK_FINDING_FAULT, id,
                           "%s is enrolled and has sent nothing since analyze was started %s ago: is it set up? Run "
                           "yukikai doctor there",
                           id, span);
        return;
    }
    if (!edge)
        return;
    if (isfinite(edge->skew_s) && fabs(edge->skew_s) >= YK_SKEW_MAX_S)
        yk_finding_add(
            f, YK_FINDING_FAULT, id,
            "the clock of %s is %s %s: what it hears is put into the wrong minutes. timedatectl there shows why", id,
            yk_words_span(span, (int64_t)fabs(edge->skew_s)), edge->skew_s > 0 ? "ahead" : "behind");
    const struct yk_enrolled_edge *enrolled = c->enrolment ? yk_enrolment_find(c->enrolment, id) : NULL;
    if (!enrolled) {
        for (size_t i = 0; i < edge->sensor_count; i++)
            of_sensor(c, f, edge, edge->sensors[i].id);
        return;
    }
    for (size_t i = 0; i < enrolled->sensor_count; i++) {
        const char *sensor = enrolled->sensors[i].id;
        bool first = true; /* a sensor that left and came back is in the list twice */
        for (size_t k = 0; k < i; k++)
            first &= strcmp(enrolled->sensors[k].id, sensor) != 0;
        if (first && yk_enrolled_sensor_at(enrolled, sensor, c->now_s) &&
            (!c->config || yk_config_sensor(c->config, sensor)))
            of_sensor(c, f, edge, sensor);
    }
}

/* Sensors that the district file has and nobody may speak for. */
static void of_orphans(const struct yk_checkup *c, struct yk_findings *f)
{
    for (size_t i = 0; c->config && c->enrolment && i < c->config->sensor_count; i++) {
        const char *id = c->config->sensors[i].id;
        bool spoken = yk_config_sensor(c->config, id) != &c->config->sensors[i]; /* an older version of it */
        for (size_t e = 0; e < c->enrolment->count && !spoken; e++)
            spoken = yk_enrolled_sensor_at(&c->enrolment->edges[e], id, c->now_s);
        if (!spoken)
            yk_finding_add(
                f, YK_FINDING_FAULT, id,
                "%s is in the district file, and no enrolled edge may speak for it: yukikai keys enroll adds it "
                "to one",
                id);
    }
}

static void of_worker(const struct yk_checkup *c, struct yk_findings *f)
{
    const struct yk_analyze_status *a = &c->analyze;
    char span[YK_WORDS_SIZE], count[YK_WORDS_SIZE];
    int64_t since = a->since_s != YK_NONE ? c->now_s - a->since_s : 0;
    int64_t running = c->now_s - a->head.started_s;
    if (!a->connected && since >= AWAY_S) {
        yk_words_span(span, since);
        if (strcmp(a->reason, "refused") == 0)
            yk_finding_add(
                f, YK_FINDING_FAULT, "redis",
                "Redis has refused analyze for %s: has it loaded the newest ACL file, and is the password the "
                "one beside the keys?",
                span);
        else
            yk_finding_add(f, YK_FINDING_FAULT, "redis",
                           "analyze has not reached Redis for %s: does it run? The edges keep what they have", span);
    }
    int64_t committed = a->committed_s == YK_NONE ? running : c->now_s - a->committed_s;
    if (a->uncommitted > 0 && committed >= UNCOMMITTED_S)
        yk_finding_add(
            f, YK_FINDING_FAULT, "analyze",
            "%s frames were taken and nothing has been committed for %s: is the disk of the state store full, or "
            "too slow?",
            yk_words_count(count, a->uncommitted), yk_words_span(span, committed));
    int64_t published = a->published_s == YK_NONE ? running : c->now_s - a->published_s;
    if (published >= UNPUBLISHED_S)
        yk_finding_add(f, YK_FINDING_FAULT, "analyze",
                       "no table has been published for %s: is the disk of the publish store full?",
                       yk_words_span(span, published));
}

void yk_findings_of_district(const struct yk_checkup *c, struct yk_findings *f)
{
    if (c->analyze_read != YK_READ_OK)
        return;
    if (yk_finding_part(c, f, &c->analyze.head, "analyze", "yukikai-analyze"))
        return;
    of_worker(c, f);
    bool deaf = !c->analyze.connected; /* then nobody can be heard, and that is no fault of theirs */
    for (size_t i = 0; !deaf && c->enrolment && i < c->enrolment->count; i++)
        if (yk_enrolled_state_at(&c->enrolment->edges[i], c->now_s) == YK_ENROLLED_VALID)
            of_edge(c, f, c->enrolment->edges[i].edge);
    for (size_t i = 0; !deaf && !c->enrolment && i < c->analyze.edge_count; i++)
        of_edge(c, f, c->analyze.edges[i].edge);
    of_orphans(c, f);
}
