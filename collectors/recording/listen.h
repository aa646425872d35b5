/* A recording heard as an edge would hear it. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same adverts go through the same hearing, presence table and lag counting as in `yukikai collect`; what comes out is
 * kept here instead of in frames. The key is made for this run and is gone with it. */
#ifndef YK_RECORDING_LISTEN_H
#define YK_RECORDING_LISTEN_H

#include "base/error.h"
#include "decode/capture_summary.h"
#include "lag_histogram.h"
#include "lives/walk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Time listened to, from one packet to another: never silent for more than an hour, as an edge has it, and the clock was
 * not set back. */
struct yk_stretch {
    int64_t from_ds, to_ds;
};

#define YK_STRETCHES_MAX 64

struct yk_recording {
    struct yk_heard_in_window *list; /* per pseudonym and quarter of an hour in which it was heard, in no order */
    size_t count, capacity;
    struct yk_lag_histogram lags[YK_ROTATING_COUNT];
    struct yk_stretch stretches[YK_STRETCHES_MAX];
    size_t stretch_count; /* YK_STRETCHES_MAX: maybe more */
    uint64_t set_back;    /* how often the clock went back by more than a tick */
};

struct yk_listening;

/* Freed by yk_listening_free (NULL is fine), which wipes the pseudonyms. */
enum yk_status yk_listening_new(struct yk_listening **out, struct yk_error *err) YK_MUST_CHECK;
void yk_listening_free(struct yk_listening *listening);
/* What is to be told of packets and adverts. */
struct yk_capture_listener yk_listening_listener(struct yk_listening *listening);
/* The recording has ended: what was heard. It lives as long as the listening; list and count may be changed. */
enum yk_status yk_listening_finish(struct yk_listening *listening, struct yk_recording **out,
                                   struct yk_error *err) YK_MUST_CHECK;

#endif
