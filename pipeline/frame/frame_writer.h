/* Packs one sensor's observations into frames. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Presence is flushed at 60 s of event time or 2,000 records, plain observations at 3 s; a replay of recordings packs
 * longer stretches, since nobody waits for them. Presence never shares a frame with anything else, nor one epoch with
 * another. Presence is always flushed before plain observations: a health record says that the sensor ran, and must not
 * be on the disk before what the sensor heard, or a power cut in between would make a quiet minute of a busy one. */
#ifndef YK_FRAME_FRAME_WRITER_H
#define YK_FRAME_FRAME_WRITER_H

#include "frame/spool.h"

struct yk_frame_writer;

enum yk_flush { YK_FLUSH_LIVE, YK_FLUSH_BULK };

/* spool is kept by pointer and shared with other writers. */
enum yk_status yk_frame_writer_new(struct yk_spool *spool, const char *sensor, enum yk_flush flush,
                                   struct yk_frame_writer **out, struct yk_error *err) YK_MUST_CHECK;
void yk_frame_writer_free(struct yk_frame_writer *writer);

/* The epoch and key that the presence records to come were made under, and whether the key is this collector's own;
 * flushes those of the one before. */
enum yk_status yk_frame_writer_epoch(struct yk_frame_writer *writer, int64_t epoch_s, uint64_t key_id, bool local,
                                     struct yk_error *err) YK_MUST_CHECK;
/* The sensor begins, or begins anew after a leap of its time: what it tells from now on begins at event time t. */
void yk_frame_writer_begin(struct yk_frame_writer *writer, int64_t t_s);
/* On failure the observation was not taken and can be given again. */
enum yk_status yk_frame_writer_add(struct yk_frame_writer *writer, const struct yk_observation *observation,
                                   struct yk_error *err) YK_MUST_CHECK;
/* Event time has come to now_s: flushes what is older than the flush interval; everything if `all`. On failure the
 * records are kept and the flush can be tried again. */
enum yk_status yk_frame_writer_flush(struct yk_frame_writer *writer, int64_t now_s, bool all,
                                     struct yk_error *err) YK_MUST_CHECK;
/* The same by another clock than event time, for inputs that have fallen silent. */
enum yk_status yk_frame_writer_flush_waiting(struct yk_frame_writer *writer, int64_t wall_s,
                                             struct yk_error *err) YK_MUST_CHECK;

#endif
