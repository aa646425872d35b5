/* What a live event says: the latest closed windows. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERVER_LIVE_ROWS_H
#define YK_SERVER_LIVE_ROWS_H

#include "base/error.h"
#include "store/publish.h"

#include <stddef.h>

/* Makes the text of one event: "event: rows", "data: {"as_of":...,"rows":[...]}" and the empty line. For each place,
 * KPI and direction the newest 15-minute row whose window ended by as_of, if that was within the last two hours. *text
 * is to be freed. */
enum yk_status yk_live_rows_event(struct yk_publish *store, char **text, size_t *size,
                                  struct yk_error *err) YK_MUST_CHECK;

#endif
