/* Intervals of a counter as event time. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/watched.h"

#include "count_quarters.h"

#define TOUCH_US 1000000 /* event time is told in seconds */

static enum yk_status advance(struct yk_watched *w, int64_t time_us, struct yk_error *err)
{
    return yk_session_advance(w->session, (struct yk_wall){time_us}, err);
}

static enum yk_status emit(struct yk_watched *w, const struct yk_count *count, struct yk_error *err)
{
    if (count->plus == 0 && count->minus == 0)
        return YK_OK;
    struct yk_observation observation = {.kind = YK_KIND_COUNT};
    observation.as.count = *count;
    return yk_session_emit(w->session, &observation, err);
}

/* By the session's clock (session.h). */
static struct yk_counted timed(const struct yk_watched *w, const struct yk_counted *counted)
{
    struct yk_counted t = *counted;
    int64_t by_us = yk_session_time(w->session, counted->to_us) - counted->to_us;
    t.from_us += by_us;
    t.to_us += by_us;
    t.watched_from_us += by_us;
    t.watched_to_us += by_us;
    return t;
}

/* A stretch that does not follow the one before stands by itself. */
static enum yk_status begin(struct yk_watched *w, int64_t from_us, struct yk_error *err)
{
    bool follows = from_us >= w->to_us - TOUCH_US && from_us <= w->to_us + TOUCH_US;
    enum yk_status status = follows ? YK_OK : yk_session_break(w->session, err);
    return status == YK_OK ? advance(w, from_us, err) : status;
}

/* In steps of a quarter of an hour, since a longer one is an outage. */
static enum yk_status walk(struct yk_watched *w, int64_t *at_us, int64_t to_us, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    while (status == YK_OK && *at_us < to_us) {
        int64_t next_us = *at_us + YK_WINDOW_S * INT64_C(1000000);
        *at_us = next_us < to_us ? next_us : to_us;
        status = advance(w, *at_us, err);
    }
    return status;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum yk_status yk_watched_tell(struct yk_watched *w, const struct yk_counted *counted, struct yk_error *err)
{
    struct yk_counted t = timed(w, counted);
    bool nothing_seen = t.watched_from_us >= t.watched_to_us;
    if (nothing_seen && t.plus == 0 && t.minus == 0)
        return YK_OK;
    bool known = t.watched_from_us >= w->from_us && t.watched_to_us <= w->to_us && w->from_us < w->to_us;
    int64_t at_us = nothing_seen ? t.to_us : t.watched_from_us;
    enum yk_status status = known ? YK_OK : begin(w, at_us, err);

    struct yk_count whole = {
        .from_ms = t.from_us / 1000, .to_ms = t.to_us / 1000, .plus = t.plus, .minus = t.minus, .line = t.line};
    struct yk_count piece = {.to_ms = whole.from_ms};
    if (whole.from_ms == whole.to_ms && status == YK_OK)
        status = emit(w, &whole, err);
    while (status == YK_OK && yk_count_next_quarter(&whole, &piece)) {
        status = emit(w, &piece, err);
        if (status == YK_OK && !known)
            status = walk(w, &at_us, lesser(piece.to_ms * 1000, t.watched_to_us), err);
    }
    if (status != YK_OK || known)
        return status;
    status = walk(w, &at_us, t.watched_to_us, err);
    w->from_us = nothing_seen ? t.to_us : t.watched_from_us;
    w->to_us = nothing_seen ? t.to_us : t.watched_to_us;
    if (status == YK_OK && w->to_us < t.to_us)
        status = yk_watched_break(w, err);
    return status;
}

enum yk_status yk_watched_break(struct yk_watched *w, struct yk_error *err)
{
    w->from_us = w->to_us; /* another line's counts of it open it again, so that a frame carries them */
    return yk_session_break(w->session, err);
}

enum yk_status yk_watched_tell_moment(struct yk_watched *w, const struct yk_counted *counted, struct yk_error *err)
{
    struct yk_counted t = timed(w, counted);
    int64_t before_ms = t.to_us / 1000 - 1;
    struct yk_count count = {
        .from_ms = before_ms, .to_ms = before_ms, .plus = t.plus, .minus = t.minus, .line = t.line};
    return emit(w, &count, err);
}
