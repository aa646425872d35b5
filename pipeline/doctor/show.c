/* The table and the sentences. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     edge    sensor   heard  sent  covered  waiting  accepted  refused  last heard  lag
 *     edge-1  cam-1      812    40       39        1        39        0         2 s  6 s
 *
 * heard counts observations, the others frames; all since their part was started. "-" is what no file here tells. */
#include "doctor/show.h"

#include "base/text.h"
#include "doctor/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 10, LEFT = 2 };

static const char *const titles[COLUMNS] = {"edge",    "sensor",   "heard",   "sent",       "covered",
                                            "waiting", "accepted", "refused", "last heard", "lag"};

typedef char cell[YK_WORDS_SIZE];

static void fill(cell *cells, const struct yk_sensor_row *row, int64_t now_s)
{
    for (int i = 0; i < COLUMNS; i++)
        memcpy(cells[i], "-", 2);
    if (row->edge[0])
        yk_text_copy(cells[0], sizeof cells[0], row->edge);
    yk_text_copy(cells[1], sizeof cells[1], row->sensor);
    if (row->heard_known)
        yk_words_count(cells[2], row->heard);
    if (row->sent_known) {
        yk_words_count(cells[3], row->sent);
        yk_words_count(cells[4], row->covered);
        yk_words_count(cells[5], row->waiting);
    }
    if (row->accepted_known) {
        yk_words_count(cells[6], row->accepted);
        yk_words_count(cells[7], row->refused);
    }
    if (row->silent_s != YK_NONE && row->last_event_s != YK_NONE)
        yk_words_span(cells[8], row->silent_s);
    else if (row->heard_known)
        memcpy(cells[8], "never", 6);
    else if (row->last_event_s != YK_NONE)
        yk_words_span(cells[8], now_s - row->last_event_s);
    if (row->lag_s != YK_NONE)
        yk_words_span(cells[9], row->lag_s);
}

static void line(FILE *to, cell *cells, const int *widths)
{
    for (int i = 0; i < COLUMNS; i++)
        fprintf(to, i < LEFT ? "%s%-*s" : "%s%*s", i ? "  " : "", widths[i], cells[i]);
    fputc('\n', to);
}

static void table(FILE *to, const struct yk_checkup *c)
{
    size_t count;
    struct yk_sensor_row *rows = yk_checkup_rows(c, &count);
    cell *cells = count ? calloc((count + 1) * COLUMNS, sizeof *cells) : NULL;
    int widths[COLUMNS] = {0};
    if (cells) {
        for (int i = 0; i < COLUMNS; i++)
            yk_text_copy(cells[i], sizeof cells[i], titles[i]);
        for (size_t r = 0; r < count; r++)
            fill(&cells[(r + 1) * COLUMNS], &rows[r], c->now_s);
        for (size_t i = 0; i < (count + 1) * COLUMNS; i++) {
            int width = (int)strlen(cells[i]);
            widths[i % COLUMNS] = width > widths[i % COLUMNS] ? width : widths[i % COLUMNS];
        }
        for (size_t r = 0; r <= count; r++)
            line(to, &cells[r * COLUMNS], widths);
        fputc('\n', to);
    }
    free(cells);
    free(rows);
}

static void label(FILE *to, const char *name)
{
    fprintf(to, "%-9s", name);
}

static void show_tallies(FILE *to, const char *whose, const struct yk_tallies *tallies, int64_t now_s)
{
    cell count, span;
    for (size_t t = 0; t < YK_TALLIES && tallies->list[t].name[0]; t++) {
        const struct yk_tally *tally = &tallies->list[t];
        label(to, "refused");
        fprintf(to, "%s: %s %s", whose, yk_words_count(count, tally->count), tally->name);
        if (tally->last_s != YK_NONE)
            fprintf(to, ", the last %s ago", yk_words_span(span, now_s - tally->last_s));
        fputc('\n', to);
    }
}

static void show_redis(FILE *to, const char *who, bool connected, int64_t since_s, const char *reason, int64_t now_s)
{
    cell span = "";
    if (since_s != YK_NONE)
        yk_words_span(span, now_s - since_s);
    label(to, "redis");
    if (connected)
        fprintf(to, "%s is connected for %s\n", who, span);
    else
        fprintf(to, "%s is without it for %s (%s)\n", who, span, reason);
}

static void show_disk(FILE *to, const char *name, const struct yk_disk *disk)
{
    cell left, total;
    if (disk->total_bytes == 0)
        return;
    label(to, "disk");
    fprintf(to, "%s: %s free of %s\n", name, yk_words_size(left, disk->free_bytes),
            yk_words_size(total, disk->total_bytes));
}

/* Our clock against Redis' machine's, as the uplink measured it: "; 4 ms ahead of that of Redis' machine (to 1 ms)". */
static void show_skew(FILE *to, const struct yk_checkup *c)
{
    const struct yk_uplink_status *u = &c->uplink;
    cell span, error;
    if (c->uplink_read != YK_READ_OK || u->head.ended || !isfinite(u->skew_s) || !isfinite(u->skew_error_s))
        return;
    yk_words_short(error, u->skew_error_s);
    if (fabs(u->skew_s) <= u->skew_error_s)
        fprintf(to, "; as that of Redis' machine (to %s)", error);
    else
        fprintf(to, "; %s %s that of Redis' machine (to %s)", yk_words_short(span, fabs(u->skew_s)),
                u->skew_s < 0 ? "behind" : "ahead of", error);
}

/* How far the stamps of devices are from this machine's clock when they come. */
static void show_device_clocks(FILE *to, const struct yk_checkup *c)
{
    cell span;
    for (size_t i = 0; i < c->collect_count; i++)
        for (size_t s = 0; s < c->collect[i].sensor_count; s++) {
            const struct yk_sensor_status *sensor = &c->collect[i].sensors[s];
            if (!isfinite(sensor->clock_lag_s) || sensor->ended || c->collect[i].head.ended)
                continue;
            label(to, "stamps");
            fprintf(to, "%s: %s %s they come\n", sensor->id, yk_words_short(span, fabs(sensor->clock_lag_s)),
                    sensor->clock_lag_s < 0 ? "after" : "before");
        }
}

static void circumstances(FILE *to, const struct yk_checkup *c)
{
    static const char *const clocks[] = {"not known", "synchronised", "not synchronised"};
    for (size_t e = 0; e < c->analyze.edge_count; e++) {
        const struct yk_taken_edge *edge = &c->analyze.edges[e];
        char whose[2 * YK_ID_SIZE + 2];
        show_tallies(to, edge->edge, &edge->refused, c->now_s);
        for (size_t i = 0; i < edge->sensor_count; i++) {
            snprintf(whose, sizeof whose, "%s/%s", edge->edge, edge->sensors[i].id);
            show_tallies(to, whose, &edge->sensors[i].refused, c->now_s);
        }
    }
    if (c->uplink_read == YK_READ_OK && !c->uplink.head.ended)
        show_redis(to, "uplink", c->uplink.connected, c->uplink.since_s, c->uplink.reason, c->now_s);
    if (c->analyze_read == YK_READ_OK && !c->analyze.head.ended)
        show_redis(to, "analyze", c->analyze.connected, c->analyze.since_s, c->analyze.reason, c->now_s);
    show_device_clocks(to, c);
    show_disk(to, "spool", &c->spool_disk);
    show_disk(to, "stores", &c->publish_disk);
    label(to, "clock");
    fprintf(to, "%s", clocks[c->clock]);
    show_skew(to, c);
    cell span;
    for (size_t e = 0; e < c->analyze.edge_count; e++)
        if (isfinite(c->analyze.edges[e].skew_s))
            fprintf(to, "; %s %s %s", c->analyze.edges[e].edge,
                    yk_words_span(span, (int64_t)fabs(c->analyze.edges[e].skew_s)),
                    c->analyze.edges[e].skew_s < 0 ? "behind" : "ahead");
    fputs("\n\n", to);
}

/* Wrapped at 100 columns, the lines after the first indented under it. */
static void paragraph(FILE *to, const char *lead, const char *colour, const char *text)
{
    size_t column = strlen(lead);
    fprintf(to, "%s%s%s", colour, lead, *colour ? "\033[0m" : "");
    for (const char *word = text; *word;) {
        size_t length = strcspn(word, " ");
        if (column + length > 100) {
            fprintf(to, "\n%*s", (int)strlen(lead), "");
            column = strlen(lead);
        }
        fprintf(to, "%.*s", (int)length, word);
        column += length;
        word += length;
        if (*word == ' ') {
            word++;
            if (column + 1 + strcspn(word, " ") <= 100)
                fputc(' ', to);
            column++;
        }
    }
    fputc('\n', to);
}

void yk_doctor_show(FILE *to, const struct yk_checkup *c, const struct yk_findings *f, bool colour)
{
    table(to, c);
    circumstances(to, c);
    for (size_t i = 0; i < f->count; i++) {
        bool fault = f->list[i].kind == YK_FINDING_FAULT;
        paragraph(to, fault ? "look at: " : "note:    ",
                  !colour ? ""
                  : fault ? "\033[1;31m"
                          : "\033[1m",
                  f->list[i].text);
    }
    if (yk_findings_well(f))
        fputs(f->count ? "Nothing needs to be done.\n" : "All is well.\n", to);
    else if (f->lost)
        fputs("There is more, but no memory to say it.\n", to);
}
