/* A progress line on a terminal, for work that takes a while. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_BASE_PROGRESS_H
#define YK_BASE_PROGRESS_H

#include <stdint.h>

/* Draws "label [#####     ]  52 %" on stderr when that is a terminal; nothing otherwise. total 0: bytes only. Cheap to
 * call often: it redraws at most ten times a second. */
void yk_progress_draw(const char *label, uint64_t done, uint64_t total);
/* Removes the line. */
void yk_progress_clear(void);

#endif
