/* Pseudonyms under an epoch's key. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A pseudonym is 64 bits of SipHash-2-4 over (address class, address) under a random key that lives for one epoch, in
 * locked memory of this process, and is stored nowhere. (SipHash: Aumasson and Bernstein 2012; a keyed pseudo-random
 * function, because 39 to 46 bits of address space can be searched through any hash that has no secret.)
 *
 * An epoch's key comes from a provider, which is asked once, when the epoch is first met: the district's key, the same
 * at all its edges (sealing.h). Without one the key is local: made here from the system's CSPRNG; frames say so, and
 * pseudonyms of different collectors then can't be compared. Which it is never changes within an epoch.
 *
 * One identity serves all radio sessions of a collector, from several threads. */
#ifndef YK_IDENTITY_IDENTITY_H
#define YK_IDENTITY_IDENTITY_H

#include "base/error.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

struct yk_identity;
struct yk_raw_id;

struct yk_epoch {
    int64_t start_s, end_s;
    uint64_t key_id; /* random, never 0: pseudonyms are comparable only under the same one */
    uint8_t key[16];
    bool local; /* made by this collector: no other one has it */
};

struct yk_key_provider {
    /* Fills key_id and key of the epoch from start_s to end_s; false: there is none. */
    bool (*key)(void *context, struct yk_epoch *epoch);
    /* The epoch's key was wiped because it has ended. */
    void (*gone)(void *context, int64_t start_s);
    void *context;
};

/* Free with yk_identity_free, which wipes every key. */
enum yk_status yk_identity_new(const struct yk_config *config, struct yk_identity **out,
                               struct yk_error *err) YK_MUST_CHECK;
void yk_identity_free(struct yk_identity *identity);
/* Before the first epoch. Its functions are called under the identity's lock, from any of its threads. */
void yk_identity_provider(struct yk_identity *identity, const struct yk_key_provider *provider);

/* The epoch that holds t, its key made on first use. The pointer stays good until it is given back with
 * yk_identity_release, or the identity is freed. */
enum yk_status yk_identity_epoch(struct yk_identity *identity, int64_t t_s, const struct yk_epoch **out,
                                 struct yk_error *err) YK_MUST_CHECK;
void yk_identity_release(struct yk_identity *identity, const struct yk_epoch *epoch);
/* Wipes the keys of epochs that ended before t and that nobody holds. For live collectors, which never look back. */
void yk_identity_forget(struct yk_identity *identity, int64_t t_s);

uint64_t yk_pseudonym(const struct yk_epoch *epoch, const struct yk_raw_id *id);

#endif
