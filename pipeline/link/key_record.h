/* KEYS/epochs.json: which epochs have a key, and who got it. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_LINK_KEY_RECORD_H
#define YK_LINK_KEY_RECORD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yk_key_record;

/* Takes KEYS/epochs.lock. A missing file is an empty record; one that cannot be understood is an error, since guessing
 * could give an epoch two keys. */
enum yk_status yk_key_record_open(const char *dir, struct yk_key_record **out, struct yk_error *err) YK_MUST_CHECK;
void yk_key_record_close(struct yk_key_record *record);

bool yk_key_record_has(const struct yk_key_record *record, int64_t epoch_s);
/* Synced when it returns; on failure the record says nothing of the epoch. */
enum yk_status yk_key_record_add(struct yk_key_record *record, int64_t epoch_s, int64_t made_s,
                                 const char *const *edges, size_t edge_count, const char *const *local,
                                 size_t local_count, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_key_record_sent(struct yk_key_record *record, int64_t epoch_s, struct yk_error *err) YK_MUST_CHECK;
/* An epoch from from_s on whose messages may not all have been sent, with its edges ("edge-1, edge-2"); false: none. */
bool yk_key_record_unsent(const struct yk_key_record *record, int64_t from_s, int64_t *epoch_s, char *edges,
                          size_t size);

#endif
