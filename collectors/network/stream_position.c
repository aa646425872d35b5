/* Ids, numbers, a small file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/stream_position.h"

#include "base/small_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 1024

static bool number(const char *text, char end, uint64_t *out, const char **rest)
{
    char *stop;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &stop, 10);
    *rest = stop;
    return errno == 0 && *stop == end;
}

bool yk_stream_id_parse(const char *text, struct yk_stream_id *out)
{
    const char *rest;
    return number(text, '-', &out->ms, &rest) && number(rest + 1, '\0', &out->sequence, &rest);
}

void yk_stream_id_format(char out[static YK_STREAM_ID_SIZE], const struct yk_stream_id *id)
{
    snprintf(out, YK_STREAM_ID_SIZE, "%" PRIu64 "-%" PRIu64, id->ms, id->sequence);
}

int yk_stream_id_compare(const struct yk_stream_id *a, const struct yk_stream_id *b)
{
    if (a->ms != b->ms)
        return a->ms < b->ms ? -1 : 1;
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static void begin_at(struct yk_stream_position *position, const struct yk_stream_id *id, bool counted, uint64_t from)
{
    *position = (struct yk_stream_position){.known = true, .id = *id, .counted = counted, .number = from};
}

/* Entries up to this number are there no more, or have been read. */
static uint64_t reach(struct yk_stream_position *position, uint64_t number_now)
{
    uint64_t missed = position->counted && number_now > position->number ? number_now - position->number : 0;
    position->counted = true;
    position->number = number_now;
    return missed;
}

uint64_t yk_stream_position_look(struct yk_stream_position *position, const struct yk_stream_state *state, bool *unsure)
{
    static const struct yk_stream_id start;
    *unsure = false;
    if (!state->exists) {
        if (!position->known)
            begin_at(position, &start, true, 0);
        return 0;
    }
    if (!position->known) {
        begin_at(position, &state->last, state->counts, state->added);
        return 0;
    }
    int order = yk_stream_id_compare(&state->last, &position->id);
    if (order < 0) {
        begin_at(position, &start, state->counts, 0);
        order = 1;
    }
    bool trimmed = !state->has_first || yk_stream_id_compare(&state->first, &position->id) > 0;
    if (!state->counts) {
        *unsure = trimmed && (position->id.ms || position->id.sequence) && order > 0;
        position->counted = false;
        return 0;
    }
    if (order == 0)
        return reach(position, state->added);
    uint64_t before_first = state->added > state->length ? state->added - state->length : 0;
    if (!position->counted || position->number > state->added) /* nobody knows; or it is another stream of this name */
        position->counted = false;
    else if (trimmed && before_first > position->number)
        return reach(position, before_first);
    return 0;
}

void yk_stream_position_pass(struct yk_stream_position *position, const struct yk_stream_id *id)
{
    position->id = *id;
    position->number++;
}

static void file_name(char *out, size_t size, const char *sensor)
{
    snprintf(out, size, "%.64s.stream", sensor);
}

void yk_stream_position_load(struct yk_stream_position *position, int folder_fd, const char *sensor, const char *input)
{
    char name[80], text[FILE_MAX];
    size_t size;
    memset(position, 0, sizeof *position);
    file_name(name, sizeof name, sensor);
    if (!yk_small_file_read(folder_fd, name, (uint8_t *)text, sizeof text - 1, &size))
        return;
    text[size] = '\0';
    char *blank = strchr(text, ' '), *line = blank ? strchr(blank, '\n') : NULL,
         *end = line ? strrchr(line, '\n') : NULL;
    if (!line || end == line)
        return;
    *blank = *line = *end = '\0';
    const char *rest;
    if (strcmp(line + 1, input) != 0 || !yk_stream_id_parse(text, &position->id))
        return;
    position->known = true;
    position->counted = number(blank + 1, '\0', &position->number, &rest);
}

bool yk_stream_position_save(const struct yk_stream_position *position, int folder_fd, const char *sensor,
                             const char *input)
{
    char name[80], text[FILE_MAX], id[YK_STREAM_ID_SIZE], count[24] = "-";
    file_name(name, sizeof name, sensor);
    yk_stream_id_format(id, &position->id);
    if (position->counted)
        snprintf(count, sizeof count, "%" PRIu64, position->number);
    int size = snprintf(text, sizeof text, "%s %s\n%s\n", id, count, input);
    if (size >= (int)sizeof text) {
        errno = ENAMETOOLONG;
        return false;
    }
    return yk_small_file_write(folder_fd, name, (const uint8_t *)text, (size_t)size, 0600);
}
