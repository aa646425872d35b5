/* What reached the spools. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each segment is opened as soon as it has its name (inotify), and what is open can be read to its end also after it
 * was unlinked: nothing that a collector wrote escapes, whoever deletes it. A disk put back brings frames again; a frame
 * is known by its number, and two of one number that differ are a failure of the promise. */
#ifndef YK_TESTS_FAULTS_LEDGER_H
#define YK_TESTS_FAULTS_LEDGER_H

#include "frame/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yk_ledger_frame {
    int edge;
    uint8_t *bytes;
    size_t size;
    struct yk_frame_header header;
    uint64_t last; /* of a tombstone; the sequence itself otherwise */
    bool removed;  /* by the harness, and not put back */
    bool received; /* set by the checks */
};

void yk_ledger_start(void);
/* Watches an edge's spool; again after its folder was made anew. */
void yk_ledger_watch(int edge, const char *spool);
/* What lies below this path is about to be taken away by the harness: read now and marked; a copy that comes back takes
 * the mark away. */
void yk_ledger_removing(const char *path);
/* Up to max frames of an edge, chosen by the dice: copies that the caller frees. */
struct yk_dice;
size_t yk_ledger_pick(int edge, struct yk_dice *dice, size_t max, uint8_t **bytes, size_t *sizes);
/* Ends the thread and reads what is open. The frames are in the order in which they were first met. */
struct yk_ledger_frame *yk_ledger_finish(size_t *count);
void yk_ledger_free(void);

#endif
