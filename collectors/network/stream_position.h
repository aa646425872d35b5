/* How far a stream of Redis has been read, kept across restarts. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     SPOOL/SENSOR.stream     ID NUMBER        NUMBER: of entries that were ever added, up to this one; - if not known
 *                             INPUT            which stream it was; another one begins anew
 *
 * Redis 7 counts the entries ever added to a stream, and tells that number with the last entry's id. Who counts what was
 * read knows with it how many entries were trimmed or deleted unread. An older Redis does not count. */
#ifndef YK_NETWORK_STREAM_POSITION_H
#define YK_NETWORK_STREAM_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_STREAM_ID_SIZE 48

struct yk_stream_id {
    uint64_t ms, sequence;
};

struct yk_stream_position {
    bool known; /* false: nothing was ever read */
    struct yk_stream_id id;
    bool counted;
    uint64_t number;
};

/* What XINFO STREAM tells. */
struct yk_stream_state {
    bool exists, counts, has_first;
    struct yk_stream_id first, last;
    uint64_t length, added;
};

bool yk_stream_id_parse(const char *text, struct yk_stream_id *out);
void yk_stream_id_format(char out[static YK_STREAM_ID_SIZE], const struct yk_stream_id *id);
/* Below, at or above 0 as a is before, at or behind b. */
int yk_stream_id_compare(const struct yk_stream_id *a, const struct yk_stream_id *b);

/* Puts the position right after a look at the stream. At first it is the stream's end: what lies there came before us. A
 * stream whose end is before the position is another one, and is read from its beginning. Gives back how many entries
 * will never be read or were never; *unsure: some may have been, nobody counts. */
uint64_t yk_stream_position_look(struct yk_stream_position *position, const struct yk_stream_state *state,
                                 bool *unsure);
/* An entry was read. */
void yk_stream_position_pass(struct yk_stream_position *position, const struct yk_stream_id *id);

/* From and to the folder; what cannot be read is not known. False with errno if it could not be written. */
void yk_stream_position_load(struct yk_stream_position *position, int folder_fd, const char *sensor, const char *input);
bool yk_stream_position_save(const struct yk_stream_position *position, int folder_fd, const char *sensor,
                             const char *input);

#endif
