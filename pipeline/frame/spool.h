/* The spool: where frames wait on the edge's disk until the district has them. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 *     SPOOL/presence-<epoch start>/<incarnation>-<n>.seg     frames end to end
 *     SPOOL/plain-<start of the UTC day>/<incarnation>-<n>.seg
 *     SPOOL/reduced-<start of the UTC day>/<incarnation>-<n>.seg
 *     SPOOL/<slot>.lanes                                     what the collector of that slot last gave out, by lane
 *
 * Segments are append-only. A writer holds an exclusive flock(2) on the one it writes, so a reader knows a finished
 * file from a growing one without any marker that a crash could leave wrong. A frame is written with one write(2); when
 * that does not take it whole (disk full), the file is cut back to its last whole frame. What a power cut leaves as a
 * torn tail has no valid envelope and is ignored by readers. An epoch's pseudonyms are erased by unlinking its folder.
 *
 * The spool is bounded. When it is full, or the disk has been for ten seconds, the oldest presence is given up, segment by segment: the file
 * is unlinked, and for each run of its frames a tombstone goes among the plain frames, so that the district knows what
 * time it lacks. Plain frames and sightings are never given up for room; when nothing else is left, appending fails with
 * YK_ERR_FULL and the collector waits. Frames that the district has are deleted by the uplink before that, and if one is
 * given up that the district had all the same, its tombstone changes nothing.
 *
 * Several collectors may write into one spool, and each can be used from several threads. */
#ifndef YK_FRAME_SPOOL_H
#define YK_FRAME_SPOOL_H

#include "base/error.h"
#include "frame/frame.h"

#include <stdbool.h>

struct yk_spool;

struct yk_spool_options {
    const char *dir;
    const char *slot; /* this collector's name within the edge: "radio", "camera" */
    const char *district, *edge;
    const uint8_t *secret_key;      /* kept by pointer */
    const uint8_t *district_public; /* the district's key, for tags (frame/tag.h). NULL: frames without tags */
    uint64_t config_id;
    uint64_t max_bytes; /* of all segments of the spool; 0: no bound but the disk's */
    bool sync; /* fdatasync after each frame: a power cut loses no frame. Off: at a segment's end only, for replays. */
};

/* Makes a new incarnation, after the slot's last one. Strings are copied. */
enum yk_status yk_spool_open(const struct yk_spool_options *options, struct yk_spool **out,
                             struct yk_error *err) YK_MUST_CHECK;
void yk_spool_close(struct yk_spool *spool);

/* Seals and appends one frame. The caller fills group, lane, flags (local key, zstd), records, epoch_s, key_id, base_s,
 * last_s, told_from_s, told_to_s and sensor; the spool fills the rest. On YK_ERR_FULL (no room) nothing was written and no sequence was spent:
 * the same frame can be given again. */
enum yk_status yk_spool_append(struct yk_spool *spool, struct yk_frame_header *header, const uint8_t *body,
                               size_t body_size, struct yk_error *err) YK_MUST_CHECK;

/* Ends the segment that is being written of a presence epoch that began before epoch_s: it can be read to its end. */
void yk_spool_finish_before(struct yk_spool *spool, int64_t epoch_s);
/* Gives up what is left of presence epochs that began before epoch_s: their grace is over. Returns how many frames
 * went. */
uint64_t yk_spool_erase_before(struct yk_spool *spool, int64_t epoch_s);

/* When, by this machine's clock, this slot had last written a frame when the spool was opened; INT64_MIN: never. */
int64_t yk_spool_wrote_s(const struct yk_spool *spool);
uint64_t yk_spool_frames(const struct yk_spool *spool);   /* appended so far */
uint64_t yk_spool_given_up(const struct yk_spool *spool); /* frames given up so far, for room or because of their age */

#endif
