/* Recorded or piped records of a camera or counter as a source. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thin adapter: the reader decodes (decode/camera_reader.h), and the feed does the rest (sources/camera_feed.h).
 *
 * From the sensor's configuration: `format` (guessed when it is missing), `fps`, `frame`, lines and zones; and `valid_from`
 * as the time of the first frame for formats without a date. */
#include "decode/camera_reader.h"
#include "sources/camera_feed.h"
#include "sources/source.h"

/* While the reader waits for a pipe the clock may become known. */
struct watching {
    struct yk_session *session;
    struct yk_camera_feed *feed;
    enum yk_status status; /* of a turn while nothing came */
    struct yk_error *err;
};

static bool stopping(void *context)
{
    struct watching *w = context;
    if (w->status == YK_OK)
        w->status = yk_camera_feed_turn(w->feed, w->err);
    return w->status != YK_OK || yk_session_stopping(w->session);
}

static void progress(void *context, uint64_t done, uint64_t total)
{
    yk_session_progress(((struct watching *)context)->session, done, total);
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    struct watching watching = {.session = session, .err = err};
    enum yk_status status = yk_camera_feed_new(session, &watching.feed, err);
    if (status != YK_OK)
        return status;
    struct yk_camera_reader_options options = {
        .format = yk_session_sensor(session)->format,
        .camera = yk_camera_feed_options(watching.feed),
        .stopping = stopping,
        .progress = progress,
        .context = &watching,
    };
    struct yk_camera_sink sink = yk_camera_feed_sink(watching.feed);
    status = yk_camera_read(input, &options, &sink, yk_camera_feed_dialect(watching.feed), err);
    if (status == YK_OK)
        status = watching.status;
    if (status == YK_OK)
        status = yk_camera_feed_end(watching.feed, err);
    yk_camera_feed_free(watching.feed);
    return status;
}

const struct yk_source yk_source_camera_file = {
    .name = "camera_file",
    .summary = "records of a camera or counter from a file, a pipe or standard input",
    .family = YK_FAMILY_CAMERA,
    .run = run,
};
