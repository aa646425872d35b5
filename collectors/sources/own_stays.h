/* Stays in zones that the device itself watches. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Some devices do not say where people are, only who is in which zone: when somebody came, went, or is still there. Between
 * two words that somebody is inside they were so all the time, but for an hour or more of silence, or a lost connection:
 * that time is in no slice. A word that never comes makes no time: a stay is told up to the last word about it. */
#ifndef YK_SOURCES_OWN_STAYS_H
#define YK_SOURCES_OWN_STAYS_H

#include "base/drops.h"
#include "base/error.h"
#include "observation.h"

#include <stdbool.h>
#include <stdint.h>

#define YK_OWN_STAYS_MAX 2048 /* at a time; the one without a word for longest ends, and is counted as table_full */

struct yk_own_stays_listener {
    enum yk_status (*zone)(void *context, const struct yk_zone_slice *slice, struct yk_error *err);
    void *context;
};

struct yk_own_stays;

enum yk_status yk_own_stays_new(const struct yk_own_stays_listener *listener, struct yk_drops *drops,
                                struct yk_own_stays **out, struct yk_error *err) YK_MUST_CHECK;
void yk_own_stays_free(struct yk_own_stays *stays);

/* The device's word. One that is older than the word before is counted as out_of_order. */
enum yk_status yk_own_stays_word(struct yk_own_stays *stays, uint8_t zone, uint64_t track, int64_t time_us, bool inside,
                                 struct yk_error *err) YK_MUST_CHECK;
/* Words may have been lost. */
void yk_own_stays_gap(struct yk_own_stays *stays);
/* Everybody has left, with the last word about them. */
enum yk_status yk_own_stays_end(struct yk_own_stays *stays, struct yk_error *err) YK_MUST_CHECK;

#endif
