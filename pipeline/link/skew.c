/* Round trips. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/skew.h"

#include <string.h>

#define TIME_MAX_MS INT64_C(253402300799999) /* the end of 9999, as in frames */
#define MINUTE_US   INT64_C(60000000)
#define DRIFT_PART  10000 /* 100 ppm */

/* "<ms>-0" */
static bool read_id(const char *id, size_t size, int64_t *ms)
{
    size_t i = 0;
    int64_t value = 0;
    for (; i < size && id[i] >= '0' && id[i] <= '9'; i++) {
        value = 10 * value + (id[i] - '0');
        if (value > TIME_MAX_MS)
            return false;
    }
    *ms = value;
    return i > 0 && size - i == 2 && id[i] == '-' && id[i + 1] == '0';
}

static int64_t error_at(const struct yk_skew_sample *sample, struct yk_mono now)
{
    return sample->error_us + (now.us - sample->at.us) / DRIFT_PART;
}

bool yk_skew_take(struct yk_skew *skew, struct yk_mono sent, struct yk_mono received, const char *id, size_t size)
{
    int64_t ms, round_trip_us = received.us - sent.us;
    if (!read_id(id, size, &ms) || round_trip_us < 0)
        return false;
    const struct yk_skew_sample sample = {.minute = received.us / MINUTE_US + 1,
                                          .at = received,
                                          .ahead_us = ms * 1000 + 500 - (sent.us + round_trip_us / 2),
                                          .error_us = round_trip_us / 2 + 501};
    struct yk_skew_sample *best = &skew->best[sample.minute % YK_SKEW_MINUTES];
    if (best->minute != sample.minute || sample.error_us <= error_at(best, received))
        *best = sample;
    return true;
}

void yk_skew_forget(struct yk_skew *skew)
{
    memset(skew, 0, sizeof *skew);
}

bool yk_skew_now(const struct yk_skew *skew, const struct yk_clock *clock, double *ahead_s, double *error_s)
{
    const struct yk_mono before = yk_mono_now(clock);
    const struct yk_wall wall = yk_wall_now(clock);
    const struct yk_mono now = yk_mono_now(clock);
    const struct yk_skew_sample *best = NULL;
    for (size_t i = 0; i < YK_SKEW_MINUTES; i++) {
        const struct yk_skew_sample *sample = &skew->best[i];
        if (sample->minute == 0 || now.us / MINUTE_US + 1 - sample->minute >= YK_SKEW_MINUTES)
            continue;
        if (!best || error_at(sample, now) < error_at(best, now))
            best = sample;
    }
    if (!best)
        return false;
    *ahead_s = (double)(wall.us - now.us - best->ahead_us) / 1e6;
    *error_s =
        (double)(error_at(best, now) + now.us - before.us) / 1e6; /* we may have been held up between the readings */
    return true;
}
