/* How many different addresses, without keeping one. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_DISTINCT_H
#define YK_DECODE_DISTINCT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yk_raw_id;
struct yk_distinct;

/* NULL: no memory. */
struct yk_distinct *yk_distinct_new(void);
/* *fresh: not seen before (its class and address together). YK_ERR_MEMORY: not counted. */
enum yk_status yk_distinct_add(struct yk_distinct *set, const struct yk_raw_id *id, bool *fresh) YK_MUST_CHECK;
void yk_distinct_free(struct yk_distinct *set);

#endif
