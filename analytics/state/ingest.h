/* A frame from the stream into the states, or a reason why not. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The envelope is checked first and cheaply, then the sender, then whether the frame was taken before, then its body as
 * a whole; only then does anything change. What is refused is counted by reason. */
#ifndef YK_STATE_INGEST_H
#define YK_STATE_INGEST_H

#include "config/config.h"
#include "frame/enrolment.h"
#include "frame/tag.h"
#include "state/state_store.h"

#define YK_VERDICTS(X)                                                                                      \
    X(taken, "taken")                                                                                       \
    X(duplicate, "taken before")                                                                            \
    X(bad_frame, "not a whole frame")                                                                       \
    X(newer_version, "a frame of a newer version: bring the server up to date")                             \
    X(bad_signature, "signed by somebody else")                                                             \
    X(wrong_edge, "in another edge's stream, or for another district")                                      \
    X(revoked, "of an edge that was revoked by then")                                                       \
    X(unknown_sensor, "for a sensor that the edge is not enrolled for, or that the district does not have") \
    X(future, "a time in the future: the edge's clock is wrong")                                            \
    X(late, "after its horizon: the tables are final")                                                      \
    X(given_up, "given up by the edge before they were sent")                                               \
    X(bad_body, "a body that contradicts its header")

enum yk_verdict {
#define X(name, text) YK_VERDICT_##name,
    YK_VERDICTS(X)
#undef X
        YK_VERDICT_COUNT
};
const char *yk_verdict_text(enum yk_verdict verdict);

struct yk_ingest {
    const struct yk_config *config;
    const struct yk_enrolment *enrolment;
    struct yk_state_store *store;
    /* Now, for horizons: wall time when live; INT64_MIN when recorded history is taken in (no frame is late or early).
     */
    int64_t now_s;
    int64_t ceiling_s; /* frames that speak of later times are refused: a clock is wrong */
    uint64_t verdicts[YK_VERDICT_COUNT];
    uint64_t observations;        /* in the frames taken */
    uint64_t by_signature;        /* frames whose signature had to be checked, since no tag spoke for them */
    struct yk_tag_keys *tag_keys; /* NULL: signatures are checked always */
    struct yk_unpacker *unpacker;
    int64_t epoch_from_s,
        epoch_to_s; /* the epoch that was asked for last: working one out costs as much as a frame's check */
    struct yk_presence records[YK_FRAME_RECORDS_MAX];
};

/* stream_edge: whose stream the bytes came from. YK_OK whatever the verdict; an error only if memory ran out. */
enum yk_status yk_ingest_frame(struct yk_ingest *ingest, const char *stream_edge, const uint8_t *bytes, size_t size,
                               enum yk_verdict *verdict) YK_MUST_CHECK;

#endif
