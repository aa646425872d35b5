/* The same as data. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"at_s", "well",
 *      "findings": [{"kind": "fault" or "note", "about", "text"}],
 *      "sensors": [{"edge", "sensor", "heard", "sent", "covered", "waiting", "accepted", "refused",
 *                   "last_event_s", "silent_s", "lag_s"}],           null: not known here
 *      "stamps": [{"sensor", "clock_lag_s"}],     this machine's clock less a device's stamps when they come
 *      "refusals": [{"edge", "sensor", "reason", "count", "last_s"}],
 *      "edges": [{"edge", "heard_s", "skew_s"}],
 *      "redis": {"uplink": {"connected", "since_s", "reason"}, "analyze": {...}},
 *      "disks": [{"of", "free_bytes", "total_bytes"}], "clock": "synchronised",
 *      "skew": {"ahead_s", "error_s"}}                               of our clock to Redis' machine's; null: not known */
#include "doctor/show.h"

#include <math.h>
#include <stdlib.h>

/* Appends and takes; one failure makes the whole fail. */
static void append(json_t *list, json_t *value, bool *ok)
{
    *ok &= value && json_array_append_new(list, value) == 0;
}

static void set(json_t *object, const char *name, json_t *value, bool *ok)
{
    *ok &= json_object_set_new(object, name, value) == 0;
}

static json_t *count_or_null(bool known, uint64_t count)
{
    return known ? json_integer((json_int_t)count) : json_null();
}

static json_t *time_or_null(int64_t time_s)
{
    return time_s == YK_NONE ? json_null() : json_integer(time_s);
}

static json_t *sensors(const struct yk_checkup *c, bool *ok)
{
    json_t *list = json_array();
    size_t count;
    struct yk_sensor_row *rows = yk_checkup_rows(c, &count);
    for (size_t i = 0; i < count; i++) {
        const struct yk_sensor_row *r = &rows[i];
        json_t *o = json_object();
        set(o, "edge", json_string(r->edge), ok);
        set(o, "sensor", json_string(r->sensor), ok);
        set(o, "heard", count_or_null(r->heard_known, r->heard), ok);
        set(o, "sent", count_or_null(r->sent_known, r->sent), ok);
        set(o, "covered", count_or_null(r->sent_known, r->covered), ok);
        set(o, "waiting", count_or_null(r->sent_known, r->waiting), ok);
        set(o, "accepted", count_or_null(r->accepted_known, r->accepted), ok);
        set(o, "refused", count_or_null(r->accepted_known, r->refused), ok);
        set(o, "last_event_s", time_or_null(r->last_event_s), ok);
        set(o, "silent_s", time_or_null(r->silent_s), ok);
        set(o, "lag_s", time_or_null(r->lag_s), ok);
        append(list, o, ok);
    }
    free(rows);
    return list;
}

static json_t *stamps(const struct yk_checkup *c, bool *ok)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->collect_count; i++)
        for (size_t s = 0; s < c->collect[i].sensor_count; s++) {
            const struct yk_sensor_status *sensor = &c->collect[i].sensors[s];
            if (!isfinite(sensor->clock_lag_s))
                continue;
            json_t *o = json_object();
            set(o, "sensor", json_string(sensor->id), ok);
            set(o, "clock_lag_s", json_real(sensor->clock_lag_s), ok);
            append(list, o, ok);
        }
    return list;
}

static void add_refusals(json_t *list, const char *edge, const char *sensor, const struct yk_tallies *tallies, bool *ok)
{
    for (size_t t = 0; t < YK_TALLIES && tallies->list[t].name[0]; t++) {
        json_t *o = json_object();
        set(o, "edge", json_string(edge), ok);
        set(o, "sensor", sensor ? json_string(sensor) : json_null(), ok);
        set(o, "reason", json_string(tallies->list[t].name), ok);
        set(o, "count", json_integer((json_int_t)tallies->list[t].count), ok);
        set(o, "last_s", time_or_null(tallies->list[t].last_s), ok);
        append(list, o, ok);
    }
}

static json_t *link_state(enum yk_read read, bool connected, int64_t since_s, const char *reason, bool *ok)
{
    if (read != YK_READ_OK)
        return json_null();
    json_t *o = json_object();
    set(o, "connected", json_boolean(connected), ok);
    set(o, "since_s", time_or_null(since_s), ok);
    set(o, "reason", connected ? json_null() : json_string(reason), ok);
    return o;
}

static json_t *skew(const struct yk_checkup *c, bool *ok)
{
    const struct yk_uplink_status *u = &c->uplink;
    if (c->uplink_read != YK_READ_OK || u->head.ended || !isfinite(u->skew_s) || !isfinite(u->skew_error_s))
        return json_null();
    json_t *o = json_object();
    set(o, "ahead_s", json_real(u->skew_s), ok);
    set(o, "error_s", json_real(u->skew_error_s), ok);
    return o;
}

static void add_disk(json_t *list, const char *of, const struct yk_disk *disk, bool *ok)
{
    if (disk->total_bytes == 0)
        return;
    json_t *o = json_object();
    set(o, "of", json_string(of), ok);
    set(o, "free_bytes", json_integer((json_int_t)disk->free_bytes), ok);
    set(o, "total_bytes", json_integer((json_int_t)disk->total_bytes), ok);
    append(list, o, ok);
}

static json_t *findings_list(const struct yk_findings *f, bool *ok)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->count; i++) {
        json_t *o = json_object();
        set(o, "kind", json_string(f->list[i].kind == YK_FINDING_FAULT ? "fault" : "note"), ok);
        set(o, "about", json_string(f->list[i].about), ok);
        set(o, "text", json_string(f->list[i].text), ok);
        append(list, o, ok);
    }
    return list;
}

bool yk_doctor_show_json(FILE *to, const struct yk_checkup *c, const struct yk_findings *f)
{
    static const char *const clocks[] = {"unknown", "synchronised", "unsynchronised"};
    bool ok = true;
    json_t *root = json_object(), *refusals = json_array(), *edges = json_array(), *disks = json_array(),
           *redis = json_object();
    for (size_t e = 0; e < c->analyze.edge_count; e++) {
        const struct yk_taken_edge *edge = &c->analyze.edges[e];
        json_t *o = json_object();
        set(o, "edge", json_string(edge->edge), &ok);
        set(o, "heard_s", time_or_null(edge->heard_s), &ok);
        set(o, "skew_s", isfinite(edge->skew_s) ? json_real(edge->skew_s) : json_null(), &ok);
        append(edges, o, &ok);
        add_refusals(refusals, edge->edge, NULL, &edge->refused, &ok);
        for (size_t i = 0; i < edge->sensor_count; i++)
            add_refusals(refusals, edge->edge, edge->sensors[i].id, &edge->sensors[i].refused, &ok);
    }
    set(redis, "uplink", link_state(c->uplink_read, c->uplink.connected, c->uplink.since_s, c->uplink.reason, &ok),
        &ok);
    set(redis, "analyze", link_state(c->analyze_read, c->analyze.connected, c->analyze.since_s, c->analyze.reason, &ok),
        &ok);
    add_disk(disks, "spool", &c->spool_disk, &ok);
    add_disk(disks, "stores", &c->publish_disk, &ok);
    set(root, "at_s", json_integer(c->now_s), &ok);
    set(root, "well", json_boolean(yk_findings_well(f)), &ok);
    set(root, "findings", findings_list(f, &ok), &ok);
    set(root, "sensors", sensors(c, &ok), &ok);
    set(root, "stamps", stamps(c, &ok), &ok);
    set(root, "refusals", refusals, &ok);
    set(root, "edges", edges, &ok);
    set(root, "redis", redis, &ok);
    set(root, "disks", disks, &ok);
    set(root, "clock", json_string(clocks[c->clock]), &ok);
    set(root, "skew", skew(c, &ok), &ok);
    ok = ok && json_dumpf(root, to, JSON_INDENT(2)) == 0;
    json_decref(root);
    fputc('\n', to);
    return ok;
}
