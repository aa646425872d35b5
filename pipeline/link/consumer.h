/* Reads the frame streams of a district from a checkpoint on. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One reader, no consumer group: the position is the worker's own, committed with what it did (XREADGROUP's pending
 * list would be a second truth). After each connect the streams' last IDs are compared with the positions: a stream
 * that ends before its position was emptied, and is read from its start; what is met twice is known by its sequence.
 *
 * XREAD's COUNT is per stream, so a reply may be as large as all streams together. COUNT is chosen from the number of
 * streams and the sizes seen, for replies of 0.5 to 3 MB. An edge could still put entries into its stream that make a
 * reply too large to take (link/reader.h): then the streams are read one by one, and one whose next entry alone is too
 * large is emptied. Nothing of an honest edge is lost by that: it sends again what was not covered. */
#ifndef YK_LINK_CONSUMER_H
#define YK_LINK_CONSUMER_H

#include "base/error.h"
#include "frame/enrolment.h"
#include "link/redis.h"

struct yk_consumer;

#define YK_STREAM_ID_SIZE 44

/* One per enrolled edge; the ids are "0-0" at first and set from the checkpoint by the caller before reading. */
struct yk_stream_position {
    char edge[YK_ID_SIZE];
    char id[YK_STREAM_ID_SIZE];
};

/* The positions array lives as long as the consumer and is updated by it as entries are handed over. The options are
 * copied. */
enum yk_status yk_consumer_new(const struct yk_redis_options *options, const char *district, unsigned shard,
                               const struct yk_enrolment *enrolment, struct yk_consumer **out,
                               struct yk_error *err) YK_MUST_CHECK;
void yk_consumer_free(struct yk_consumer *consumer);
struct yk_stream_position *yk_consumer_positions(struct yk_consumer *consumer, size_t *count);

/* Called for each entry, in stream order within an edge; size 0: an entry that is not one field with a value. */
typedef enum yk_status yk_entry_fn(void *context, const char *edge, const uint8_t *bytes, size_t size,
                                   struct yk_error *err);
/* Reads one batch, waiting up to wait_ms for something to come; connects first when there is no connection. *entries:
 * how many were handed over; 0 with YK_OK means that nothing came. A failed fn ends the batch with its status. */
enum yk_status yk_consumer_read(struct yk_consumer *consumer, int wait_ms, yk_entry_fn *fn, void *context,
                                size_t *entries, struct yk_error *err) YK_MUST_CHECK;

/* After a commit: publishes an edge's covered message, and cuts its stream up to its position. */
enum yk_status yk_consumer_announce(struct yk_consumer *consumer, const char *edge, const uint8_t *message, size_t size,
                                    const char *up_to_id, struct yk_error *err) YK_MUST_CHECK;
/* Sends an XADD whose key, argv[1], is the quarantine's (link/quarantine.h). */
enum yk_status yk_consumer_quarantine(struct yk_consumer *consumer, int argc, const char **argv, const size_t *lengths,
                                      struct yk_error *err) YK_MUST_CHECK;
/* Gives up the connection; the next read makes a new one. */
void yk_consumer_disconnect(struct yk_consumer *consumer);
/* True once after each new connection: covered messages may have been lost with the old server. */
bool yk_consumer_reconnected(struct yk_consumer *consumer);

#endif
