/* The frames that lie in a spool. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A plain reader: no cursor, no lock, nothing is sent or deleted. Segments come in the order of their paths and frames in
 * the order in which they were written. */
#ifndef YK_BENCH_SPOOLED_H
#define YK_BENCH_SPOOLED_H

#include "frame/frame.h"

/* False ends the walk. */
typedef bool yk_spooled_fn(void *context, const struct yk_frame *frame);
/* Calls fn for each frame; false if fn said so, if something is no frame, or if the spool cannot be read. */
bool yk_spooled_walk(const char *spool, yk_spooled_fn *fn, void *context);

/* The frames of one group, or of all (0), in memory. */
struct yk_spooled {
    struct yk_frame *list; /* each with its own bytes */
    size_t count;
    uint64_t observations, bytes;
};
/* Ends the process when it cannot. */
void yk_spooled_read(struct yk_spooled *spooled, const char *spool, int group);
void yk_spooled_clear(struct yk_spooled *spooled);

#endif
