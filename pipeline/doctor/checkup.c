/* Gathering. SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/checkup.h"

#include "base/text.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

static enum yk_read outcome(struct yk_checkup *c, enum yk_status status, const struct yk_error *err)
{
    if (status == YK_OK)
        return YK_READ_OK;
    if (status == YK_ERR_NO_INPUT)
        return YK_READ_MISSING;
    if (c->fault_count < sizeof c->faults / sizeof c->faults[0])
        yk_text_copy(c->faults[c->fault_count++], sizeof c->faults[0], err->message);
    return YK_READ_FAULT;
}

static void read_collectors(struct yk_checkup *c)
{
    static const char ending[] = ".status.json";
    DIR *dir = opendir(c->spool);
    for (struct dirent *entry; dir && c->collect_count < YK_SLOTS_MAX && (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        if (length <= strlen(ending) || strcmp(entry->d_name + length - strlen(ending), ending) != 0 ||
            strcmp(entry->d_name, "uplink.status.json") == 0)
            continue;
        char path[2 * YK_PATH_SIZE + 8];
        if (snprintf(path, sizeof path, "%s/%s", c->spool, entry->d_name) >= (int)sizeof path)
            continue;
        struct yk_error err;
        enum yk_status status = yk_collect_status_read(path, &c->collect[c->collect_count], &err);
        if (outcome(c, status, &err) == YK_READ_OK)
            c->collect_count++;
    }
    if (dir)
        closedir(dir);
}

static enum yk_clock_state clock_state(void)
{
    struct timex t = {.modes = 0};
    int state = adjtimex(&t);
    if (state < 0)
        return YK_CLOCK_UNKNOWN;
    return state == TIME_ERROR || (t.status & STA_UNSYNC) ? YK_CLOCK_UNSYNCHRONISED : YK_CLOCK_SYNCHRONISED;
}

void yk_checkup_gather(struct yk_checkup *c)
{
    char path[2 * YK_PATH_SIZE];
    struct yk_error err;
    if (c->now_s == 0)
        c->now_s = yk_wall_now(&yk_clock_system).us / 1000000;
    c->clock = clock_state();
    if (c->spool[0]) {
        read_collectors(c);
        yk_uplink_status_path(c->spool, path);
        c->uplink_read = outcome(c, yk_uplink_status_read(path, &c->uplink, &err), &err);
        c->spool_disk = yk_disk_of(c->spool);
    }
    if (c->publish[0]) {
        yk_analyze_status_path(c->publish, path);
        c->analyze_read = outcome(c, yk_analyze_status_read(path, &c->analyze, &err), &err);
        c->publish_disk = yk_disk_of(c->publish);
    }
    if (c->run[0]) {
        yk_up_status_path(c->run, path);
        c->up_read = outcome(c, yk_up_status_read(path, &c->up, &err), &err);
    }
    if (c->keys[0] &&
        c->analyze_read == YK_READ_OK) { /* the list belongs to the district, and means nothing on an edge */
        c->enrolment_read = outcome(c, yk_enrolment_read(c->keys, &c->enrolment, &err), &err);
        if (c->enrolment_read == YK_READ_OK && c->enrolment->count == 0) { /* a missing file is an empty list */
            yk_enrolment_free(c->enrolment);
            c->enrolment = NULL;
            c->enrolment_read = YK_READ_MISSING;
        }
    }
}

void yk_checkup_clear(struct yk_checkup *c)
{
    for (size_t i = 0; i < c->collect_count; i++)
        yk_collect_status_clear(&c->collect[i]);
    yk_uplink_status_clear(&c->uplink);
    yk_analyze_status_clear(&c->analyze);
    yk_enrolment_free(c->enrolment);
    memset(c, 0, sizeof *c);
}

bool yk_checkup_empty(const struct yk_checkup *c)
{
    return c->collect_count == 0 && c->uplink_read == YK_READ_MISSING && c->analyze_read == YK_READ_MISSING &&
           c->up_read == YK_READ_MISSING && c->fault_count == 0;
}

int64_t yk_status_age(const struct yk_checkup *c, const struct yk_status_head *head)
{
    return c->now_s > head->at_s ? c->now_s - head->at_s : 0;
}

struct rows {
    struct yk_sensor_row *list;
    size_t count, capacity;
};

/* The edge of the spool: what the collectors and the uplink say is its. */
static const char *local_edge(const struct yk_checkup *c)
{
    if (c->uplink_read == YK_READ_OK)
        return c->uplink.edge;
    return c->collect_count > 0 ? c->collect[0].edge : "";
}

static struct yk_sensor_row *row_of(struct rows *rows, const char *edge, const char *sensor)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->list[i].edge, edge) == 0 && strcmp(rows->list[i].sensor, sensor) == 0)
            return &rows->list[i];
    if (rows->count == rows->capacity) /* the caller has counted */
        return NULL;
    struct yk_sensor_row *row = &rows->list[rows->count++];
    *row = (struct yk_sensor_row){.last_event_s = YK_NONE, .silent_s = YK_NONE, .lag_s = YK_NONE};
    yk_text_copy(row->edge, sizeof row->edge, edge);
    yk_text_copy(row->sensor, sizeof row->sensor, sensor);
    return row;
}

static void add_edge_side(const struct yk_checkup *c, struct rows *rows)
{
    for (size_t s = 0; s < c->collect_count; s++)
        for (size_t i = 0; i < c->collect[s].sensor_count; i++) {
            const struct yk_sensor_status *sensor = &c->collect[s].sensors[i];
            struct yk_sensor_row *row = row_of(rows, local_edge(c), sensor->id);
            if (!row)
                continue;
            row->heard_known = true;
            row->heard = sensor->observations;
            row->last_event_s = sensor->last_event_s;
            if (sensor->silent_s != YK_NONE)
                row->silent_s =
                    sensor->silent_s + (c->collect[s].head.ended ? 0 : yk_status_age(c, &c->collect[s].head));
        }
    for (size_t i = 0; i < c->uplink.sensor_count; i++) {
        const struct yk_uplink_sensor *sensor = &c->uplink.sensors[i];
        struct yk_sensor_row *row = row_of(rows, local_edge(c), sensor->id);
        if (!row)
            continue;
        row->sent_known = true;
        row->sent = sensor->sent;
        row->covered = sensor->covered;
        row->waiting = sensor->waiting;
        if (sensor->oldest_s != YK_NONE)
            row->lag_s = c->now_s > sensor->oldest_s ? c->now_s - sensor->oldest_s : 0;
    }
}

static void add_district_side(const struct yk_checkup *c, struct rows *rows)
{
    for (size_t e = 0; e < c->analyze.edge_count; e++)
        for (size_t i = 0; i < c->analyze.edges[e].sensor_count; i++) {
            const struct yk_taken_sensor *sensor = &c->analyze.edges[e].sensors[i];
            struct yk_sensor_row *row = row_of(rows, c->analyze.edges[e].edge, sensor->id);
            if (!row)
                continue;
            row->accepted_known = true;
            row->accepted = sensor->taken;
            row->refused = yk_tally_sum(&sensor->refused);
            if (row->last_event_s == YK_NONE)
                row->last_event_s = sensor->last_event_s;
            if (row->lag_s == YK_NONE)
                row->lag_s = sensor->lag_s;
        }
}

static int by_name(const void *a, const void *b)
{
    const struct yk_sensor_row *x = a, *y = b;
    int order = strcmp(x->edge, y->edge);
    return order ? order : strcmp(x->sensor, y->sensor);
}

struct yk_sensor_row *yk_checkup_rows(const struct yk_checkup *c, size_t *count)
{
    struct rows rows = {.capacity = c->uplink.sensor_count};
    for (size_t s = 0; s < c->collect_count; s++)
        rows.capacity += c->collect[s].sensor_count;
    for (size_t e = 0; e < c->analyze.edge_count; e++)
        rows.capacity += c->analyze.edges[e].sensor_count;
    *count = 0;
    if (rows.capacity == 0 || !(rows.list = calloc(rows.capacity, sizeof *rows.list)))
        return NULL;
    add_edge_side(c, &rows);
    add_district_side(c, &rows);
    qsort(rows.list, rows.count, sizeof *rows.list, by_name);
    *count = rows.count;
    return rows.list;
}
