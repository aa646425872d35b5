/* keys run: makes the key of each epoch, for as long as it runs. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * It runs under a user of its own and talks to Redis only: a server that held the keys and the pseudonyms together
 * could search through all addresses. The process is not dumpable and leaves no core; the key of an epoch exists for a
 * few milliseconds, in locked memory (link/key_issue.h). */
#include "keys_private.h"

#include "base/calendar.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/stop.h"
#include "config/config.h"
#include "frame/enrolment.h"
#include "frame/keys.h"
#include "link/key_issue.h"
#include "link/redis.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define AGAIN_US       INT64_C(60000000) /* messages are set again where Redis lost them */
#define BACKOFF_MAX_MS 30000

struct run {
    const struct keys_arguments *a;
    struct yk_redis_options redis_options;
    struct yk_key_issue *issue;
    struct yk_redis *redis;
    struct yk_mono again;
    unsigned backoff_ms;
    struct yk_log_once away;
};

static void wait_ms(unsigned ms)
{
    for (unsigned left = ms; left > 0 && !yk_stop;) {
        unsigned step = left > 100 ? 100 : left;
        nanosleep(&(struct timespec){.tv_nsec = (long)step * 1000000}, NULL);
        left -= step;
    }
}

static enum yk_status issue_next(struct run *r, struct yk_key_issue_report *report, struct yk_error *err)
{
    struct yk_enrolment *enrolment = NULL;
    enum yk_status status = yk_enrolment_read(r->a->keys, &enrolment, err);
    if (status == YK_OK)
        status = yk_key_issue_next(r->issue, r->redis, enrolment, report, err);
    yk_enrolment_free(enrolment);
    return status;
}

static enum yk_status once(struct run *r, struct yk_error *err)
{
    char text[YK_TIME_TEXT_MAX];
    struct yk_key_issue_report report;
    enum yk_status status = yk_redis_connect(&r->redis_options, &r->redis, err);
    if (status == YK_OK)
        status = issue_next(r, &report, err);
    if (status != YK_OK)
        return status;
    yk_time_format(text, report.epoch_s);
    if (report.before)
        yk_log(YK_LOG_INFO, "epoch %s has its key already; an epoch never gets a second one", text);
    else if (!report.made)
        return yk_error_set(err, YK_ERR_UNAVAILABLE,
                            "epoch %s: no enrolled, active edge has left a sealing key yet; nothing was made", text);
    return YK_OK;
}

static enum yk_status turn(struct run *r, struct yk_error *err)
{
    struct yk_key_issue_report report;
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    enum yk_status status = YK_OK;
    bool fresh = !r->redis;
    if (fresh)
        status = yk_redis_connect(&r->redis_options, &r->redis, err);
    if (status == YK_OK && yk_key_issue_due(r->issue))
        status = issue_next(r, &report, err);
    bool again = fresh || now.us - r->again.us >= AGAIN_US;
    if (status == YK_OK)
        status = yk_key_issue_send(r->issue, r->redis, again, err);
    if (status == YK_OK && again)
        r->again = now;
    return status;
}

static enum yk_status go_on(struct run *r, struct yk_error *err)
{
    r->backoff_ms = 500;
    while (!yk_stop) {
        enum yk_status status = turn(r, err);
        yk_notify_ready();
        yk_notify_alive();
        if (status == YK_OK) {
            yk_log_leave(&r->away, "all is well again");
            r->backoff_ms = 500;
            wait_ms(1000);
            continue;
        }
        bool lost = r->redis && yk_redis_broken(r->redis);
        if (!lost && (status == YK_ERR_MEMORY || status == YK_ERR_CONFIG || status == YK_ERR_INTERNAL))
            return status;
        if (yk_stop)
            break;
        yk_log_enter(&r->away, "%s; no epoch key can be issued", err->message);
        yk_redis_free(r->redis);
        r->redis = NULL;
        wait_ms(r->backoff_ms / 2 + randombytes_uniform(r->backoff_ms / 2 + 1));
        r->backoff_ms = r->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : r->backoff_ms * 2;
    }
    return YK_OK;
}

enum yk_status yk_keys_run(const struct keys_arguments *a, struct yk_error *err)
{
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    yk_stop_on_signals();
    struct run r = {.a = a};
    struct yk_config *config = NULL;
    uint8_t *secret = NULL;
    enum yk_status status = yk_config_load(a->operand, &config, err);
    if (status == YK_OK)
        status = yk_keys_load_secret(a->keys, "district", &secret, err);
    if (status == YK_OK) {
        const struct yk_key_issue_options options = {.dir = a->keys,
                                                     .district = config->district,
                                                     .epoch_hours = config->privacy.epoch_hours,
                                                     .epoch_start_s = config->privacy.epoch_start_s,
                                                     .district_secret = secret,
                                                     .clock = &yk_clock_system};
        status = yk_key_issue_new(&options, &r.issue, err);
    }
    if (status == YK_OK) {
        r.redis_options = (struct yk_redis_options){a->redis ? a->redis : config->redis.url, a->keys, "keys"};
        status = a->once ? once(&r, err) : go_on(&r, err);
    }
    yk_redis_free(r.redis);
    yk_key_issue_free(r.issue);
    sodium_free(secret);
    yk_config_free(config);
    return status;
}
