/* From a camera's or counter's records to observations. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every source of records shares, files and networks alike: the dialect, the table of tracks, the device's own lines
 * and zones, the session. A source brings records in, says when nothing comes, and when the connection is lost. One feed
 * per sensor, used by one thread. */
#ifndef YK_SOURCES_CAMERA_FEED_H
#define YK_SOURCES_CAMERA_FEED_H

#include "decode/camera_dialect.h"
#include "session.h"

struct yk_camera_feed;

enum yk_status yk_camera_feed_new(struct yk_session *session, struct yk_camera_feed **out,
                                  struct yk_error *err) YK_MUST_CHECK;
void yk_camera_feed_free(struct yk_camera_feed *feed);

/* What decoders need to know of the sensor, and where their results go: for a source that decodes itself (camera_file.c). */
struct yk_camera_options yk_camera_feed_options(const struct yk_camera_feed *feed);
struct yk_camera_sink yk_camera_feed_sink(struct yk_camera_feed *feed);
const struct yk_camera_dialect **yk_camera_feed_dialect(struct yk_camera_feed *feed); /* that it sets once it knows */
/* Lets the session turn when its clock has become known; all the others do it too. */
enum yk_status yk_camera_feed_turn(struct yk_camera_feed *feed, struct yk_error *err) YK_MUST_CHECK;

/* A live message, as a whole; it came just now. In the sensor's `format`; without one, that of the first message that is in
 * any. A bad message is counted. */
enum yk_status yk_camera_feed_message(struct yk_camera_feed *feed, const char *text, size_t length,
                                      struct yk_error *err) YK_MUST_CHECK;
/* To be called a few times a second while the connection stands, whether messages come or not: lets the session turn when
 * its clock has become known, and lets time go on where silence is a quiet street. */
enum yk_status yk_camera_feed_idle(struct yk_camera_feed *feed, struct yk_error *err) YK_MUST_CHECK;
/* The connection is lost: until the next message nothing was seen. Tracks go on if it comes back soon. */
enum yk_status yk_camera_feed_pause(struct yk_camera_feed *feed, struct yk_error *err) YK_MUST_CHECK;
/* The end of the input: tracks end, undated formats hand on what they have kept. */
enum yk_status yk_camera_feed_end(struct yk_camera_feed *feed, struct yk_error *err) YK_MUST_CHECK;

#endif
