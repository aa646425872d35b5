/* Other pseudonyms for what was held. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was heard while the clock was not known has pseudonyms under a key made for the time being, whose epoch nobody
 * could know. When it is dated it may fall into two epochs, and no pseudonym may be in both: so each epoch gets a random
 * key, and what is told is SipHash-2-4 of the held pseudonym under it. The holding key is wiped, these when the process
 * has told all. Shared by the sensors of a collector, so that one device heard by two of them is one. */
#ifndef YK_HELD_REKEY_H
#define YK_HELD_REKEY_H

#include "base/error.h"

#include <stdint.h>

struct yk_rekey;

/* Keys in locked memory. Freeing wipes. */
enum yk_status yk_rekey_new(struct yk_rekey **out, struct yk_error *err) YK_MUST_CHECK;
void yk_rekey_free(struct yk_rekey *rekey);
/* The pseudonym to tell in the epoch that begins at epoch_s, and the id of its key (local). Thread-safe. */
uint64_t yk_rekey(struct yk_rekey *rekey, int64_t epoch_s, uint64_t held, uint64_t *key_id);

#endif
