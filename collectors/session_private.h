/* The side of a session that the collector program holds. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_COLLECTORS_SESSION_PRIVATE_H
#define YK_COLLECTORS_SESSION_PRIVATE_H

#include "clock/known.h"
#include "frame/frame_writer.h"
#include "held/hold.h"
#include "held/rekey.h"
#include "session.h"

#include <signal.h>
#include <stdatomic.h>

struct yk_session_options {
    const struct yk_config *config;
    const struct yk_sensor_config *sensor;
    struct yk_spool *spool;
    const char *folder;           /* see yk_session_folder */
    struct yk_session_home home;  /* its texts outlive the session */
    struct yk_identity *identity; /* radio only */
    enum yk_flush flush;
    const volatile sig_atomic_t *stop;
    /* Live inputs: while the clock is not known, observations go here. NULL (all four): nothing is ever held. */
    struct yk_hold *hold;
    const struct yk_known *known;
    struct yk_identity *holding; /* radio only: keys for the time being */
    struct yk_rekey *rekey;      /* likewise */
    /* Where observations go instead of into frames, for who looks into a recording; there is no spool then. Or NULL. */
    enum yk_status (*tell)(void *context, const struct yk_observation *observation);
    void *tell_context;
};

enum yk_status yk_session_new(const struct yk_session_options *options, struct yk_session **out,
                              struct yk_error *err) YK_MUST_CHECK;
void yk_session_free(struct yk_session *session);

/* The last health observation and every open frame, when the source has ended. */
enum yk_status yk_session_finish(struct yk_session *session, struct yk_error *err) YK_MUST_CHECK;
/* Flushes frames that have waited their time on the wall clock, though no event came: called by another thread. */
enum yk_status yk_session_flush_due(struct yk_session *session, int64_t now_s, struct yk_error *err) YK_MUST_CHECK;

/* For the progress bar and the closing line; readable from another thread. */
struct yk_session_figures {
    uint64_t done, total; /* bytes of input */
    uint64_t observations;
    int64_t event_s;        /* the newest event's own time; INT64_MIN: none yet */
    struct yk_mono arrived; /* when it came, to about a second of event time */
    uint64_t held;          /* of the observations: wait until the clock is known */
    int64_t lag_us;         /* as of the last yk_session_lag; INT64_MIN: not measured */
};
void yk_session_figures(const struct yk_session *session, struct yk_session_figures *out);
/* Nothing that it holds is still to be dated; readable from another thread. */
bool yk_session_settled(const struct yk_session *session);
/* Its rejections as of the last yk_session_progress; readable from another thread. */
void yk_session_shown_drops(struct yk_session *session, struct yk_drops *out);
/* Likewise, as of the last yk_session_adapter. */
void yk_session_shown_adapter(struct yk_session *session, struct yk_adapter_status *out);

#endif
