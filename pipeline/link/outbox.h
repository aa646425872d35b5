/* The uplink's view of a spool: which frames are there, which were sent, which are covered.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The outbox reads segments and never writes one; it unlinks a segment when its writer is gone (its lock is free) and
 * every frame in it is covered. It keeps no cursor on disk: what is covered says where to go on, and sending a frame
 * twice is harmless, so a restart simply reads the spool again. Memory: 40 bytes a frame that is waiting.
 *
 * After an outage a backlog waits beside what is being collected now: every second frame that goes out is a fresh one as
 * long as there are any, so that live values come back at once and the backlog still drains at half speed or more. */
#ifndef YK_LINK_OUTBOX_H
#define YK_LINK_OUTBOX_H

#include "base/clock.h"
#include "base/error.h"
#include "frame/received.h"
#include "status/uplink_status.h"

struct yk_outbox;

enum yk_status yk_outbox_new(const char *dir, struct yk_outbox **out, struct yk_error *err) YK_MUST_CHECK;
void yk_outbox_free(struct yk_outbox *outbox);

/* From now on a frame counts only if this edge signed it: what rotted on the disk is damage, and is not sent for ever
 * to a district that refuses it. */
void yk_outbox_trust(struct yk_outbox *outbox, const uint8_t public_key[static YK_FRAME_PUBLIC_SIZE]);

/* Looks for new segments and new frames. A spool that does not exist yet is empty. */
enum yk_status yk_outbox_scan(struct yk_outbox *outbox, struct yk_error *err) YK_MUST_CHECK;

/* The next frame to send: never sent, or sent before `resend_before` and still not covered; fresh and oldest in turns. The
 * bytes are good until the next call. False when there is none, or when 2,048 frames or 16 MiB wait to be covered. It
 * counts as sent from now on. */
bool yk_outbox_next(struct yk_outbox *outbox, struct yk_mono now, struct yk_mono resend_before, const uint8_t **bytes,
                    size_t *size);
/* Everything that is not covered has to be sent again: the connection was lost. */
void yk_outbox_forget_sent(struct yk_outbox *outbox);

/* Marks what is covered and unlinks the segments that are done with. */
void yk_outbox_cover(struct yk_outbox *outbox, const struct yk_received *covered);

struct yk_outbox_figures {
    uint64_t frames;  /* seen so far */
    uint64_t waiting; /* not covered yet */
    uint64_t unsent;
    uint64_t damaged; /* stretches of a segment that hold no frame */
    bool growing;     /* a collector has a segment open */
};
void yk_outbox_figures(const struct yk_outbox *outbox, struct yk_outbox_figures *out);
/* Every sensor met so far and what became of its frames; reads some headers, so not for every round. The list is the
 * outbox's, good until the next scan; bytes that yk_outbox_next gave are no longer good. */
size_t yk_outbox_sensors(struct yk_outbox *outbox, struct yk_uplink_sensor **list);

#endif
