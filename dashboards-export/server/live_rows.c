/* What a live event says: the latest closed windows. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows are read from the newest on, and the first one of each (place, KPI, direction) is taken. Both the rows read and
 * the names remembered are bounded: an event is a screenful, not a table. */
#include "server/live_rows.h"

#include "base/calendar.h"
#include "exporters/json_row.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_BACK_S (2 * 3600)
#define ROWS_MAX    8000 /* read */
#define SERIES_MAX  1000 /* given */

struct series {
    char place[YK_ROW_PLACE_SIZE], kpi[YK_ID_SIZE], direction[8];
};

_Static_assert(sizeof((struct series *)0)->place == sizeof((struct yk_kpi_row *)0)->place &&
                   sizeof((struct series *)0)->kpi == sizeof((struct yk_kpi_row *)0)->kpi &&
                   sizeof((struct series *)0)->direction == sizeof((struct yk_kpi_row *)0)->direction,
               "copied whole");

struct event {
    FILE *to;
    int64_t as_of;
    size_t count;
    struct series series[SERIES_MAX];
};

static void take_row(void *context, const struct yk_kpi_row *row)
{
    struct event *event = context;
    if (row->end_s > event->as_of || event->count == SERIES_MAX)
        return;
    for (size_t i = 0; i < event->count; i++) {
        const struct series *s = &event->series[i];
        if (strcmp(s->place, row->place) == 0 && strcmp(s->kpi, row->kpi) == 0 &&
            strcmp(s->direction, row->direction) == 0)
            return;
    }
    struct series *s = &event->series[event->count];
    memcpy(s->place, row->place, sizeof s->place); /* arrays of the same sizes */
    memcpy(s->kpi, row->kpi, sizeof s->kpi);
    memcpy(s->direction, row->direction, sizeof s->direction);
    fputs(event->count++ ? "," : "", event->to);
    yk_json_row_write(event->to, row);
}

enum yk_status yk_live_rows_event(struct yk_publish *store, char **text, size_t *size, struct yk_error *err)
{
    *text = NULL;
    struct event *event = calloc(1, sizeof *event);
    if (!event || !(event->to = open_memstream(text, size))) {
        free(event);
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    enum yk_status status = yk_publish_as_of(store, &event->as_of, err);
    fputs("event: rows\ndata: {\"as_of\":", event->to);
    if (status == YK_OK && event->as_of > 0) {
        char time[YK_TIME_TEXT_MAX];
        fprintf(event->to, "\"%s\",\"rows\":[", yk_time_format(time, event->as_of));
        struct yk_row_query query = {.resolution = YK_RES_15M,
                                     .from_s = event->as_of - LOOK_BACK_S,
                                     .to_s = event->as_of,
                                     .newest_first = true,
                                     .limit = ROWS_MAX};
        status = yk_publish_query(store, &query, take_row, event, NULL, err);
    } else {
        fputs("null,\"rows\":[", event->to);
    }
    fputs("]}\n\n", event->to);
    if (fclose(event->to) != 0 && status == YK_OK)
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    free(event);
    if (status != YK_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}
