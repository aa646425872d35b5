/* yukikai uplink: spool to Redis. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Carries sealed frames and nothing else: it has no key and sees no identifier. Frames go out in windows of pipelined
 * XADD commands. What Redis has taken is not yet safe; a frame is done with when the district's signed covered message
 * says so. When Redis is away or full, it waits: 0.1 s, doubling to 30 s, with jitter, so that many edges don't come
 * back at once. */
#include "base/log.h"
#include "base/notify.h"
#include "base/stop.h"
#include "base/progress.h"
#include "config/config.h"
#include "config/edge_config.h"
#include "frame/keys.h"
#include "frame/wake.h"
#include "link/courier.h"
#include "link/outbox.h"
#include "link/redis.h"
#include "link/uplink_report.h"

#include <argp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *argp_program_version = "yukikai-uplink " YK_VERSION;

static const char doc[] = "Send the frames of a spool to the district's Redis, and delete those that the district has."
                          "\vExample:\n"
                          "  yukikai uplink riverside.yaml --edge local --spool run/spool --keys run/keys\n";

enum { OPT_EDGE = 256, OPT_KEYS, OPT_SPOOL, OPT_REDIS, OPT_INBOX, OPT_DRAIN, OPT_RESEND, OPT_QUIET };

static const struct argp_option options[] = {
    {"edge", OPT_EDGE, "ID|FILE", 0, "this edge: its id (default local), or its YAML file", 0},
    {"keys", OPT_KEYS, "DIR", 0,
     "folder of district.pub, edge.pub, and of what Redis asks for: ca.crt, client.crt, "
     "client.key, edge-ID.password (default run/keys)",
     0},
    {"spool", OPT_SPOOL, "DIR", 0, "where frames wait (default run/spool)", 0},
    {"redis", OPT_REDIS, "URL", 0,
     "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT (default: the edge file's, else the district "
     "file's)",
     0},
    {"inbox", OPT_INBOX, "DIR", 0,
     "carry epoch keys for the collector's --inbox (default: the edge file's; else "
     "none are carried)",
     0},
    {"drain", OPT_DRAIN, NULL, 0, "end when no collector writes and the district has every frame", 0},
    {"resend-after", OPT_RESEND, "SECONDS", 0, "send again what is not covered by then (default 30)", 0},
    {"quiet", OPT_QUIET, NULL, 0, "no progress line", 0},
    {0},
};

struct arguments {
    const char *district, *edge, *keys, *spool, *redis, *inbox;
    int resend_s;
    bool keys_given, spool_given, drain, quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_EDGE:
        a->edge = arg;
        return 0;
    case OPT_KEYS:
        a->keys = arg;
        a->keys_given = true;
        return 0;
    case OPT_SPOOL:
        a->spool = arg;
        a->spool_given = true;
        return 0;
    case OPT_REDIS:
        a->redis = arg;
        return 0;
    case OPT_INBOX:
        a->inbox = arg;
        return 0;
    case OPT_DRAIN:
        a->drain = true;
        return 0;
    case OPT_QUIET:
        a->quiet = true;
        return 0;
    case OPT_RESEND: {
        char *end;
        long value = strtol(arg, &end, 10);
        if (*end || value < 1 || value > 86400)
            argp_error(state, "--resend-after is 1 to 86400 seconds, not '%s'", arg);
        a->resend_s = (int)value;
        return 0;
    }
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one district file is expected, '%s' is too many", arg);
        a->district = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a district file is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

#define WINDOW_FRAMES  64
#define WINDOW_BYTES   (2 * 1024 * 1024)
#define IDLE_MS        1000 /* with nothing to wait for, unless a collector wakes us */
#define WAITING_MS     100  /* for what is covered, the first time; then twice as long each time, up to IDLE_MS */
#define BACKOFF_MAX_MS 30000

struct uplink {
    const struct yk_config *config;
    const struct arguments *arguments;
    struct yk_redis_options options;
    char user[YK_ID_SIZE + 8]; /* of Redis: edge-ID */
    uint8_t district_public[YK_FRAME_PUBLIC_SIZE];
    struct yk_outbox *outbox;
    int wake;     /* a collector has spooled something; -1: nobody can tell us */
    bool waiting; /* for what is covered */
    unsigned waiting_ms;
    struct yk_courier *courier; /* NULL: no inbox */
    struct yk_redis *redis;
    uint64_t covered_counter;
    unsigned backoff_ms;
    struct yk_log_once away, forged;
    struct yk_uplink_report report;
};

static void wait_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static void lose_connection(struct uplink *u)
{
    yk_redis_free(u->redis);
    u->redis = NULL;
    yk_outbox_forget_sent(u->outbox);
    yk_courier_forget(u->courier);
    yk_skew_forget(&u->report.skew);
}

/* Sends up to one window; *sent says how many frames went out. */
static enum yk_status send_window(struct uplink *u, size_t *sent, struct yk_error *err)
{
    char key[YK_KEY_SIZE];
    yk_key_frames(key, u->config->district, 0, u->arguments->edge);
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    struct yk_mono resend_before = {now.us - (int64_t)u->arguments->resend_s * 1000000};
    const uint8_t *bytes;
    size_t size, total = 0;
    struct yk_mono begun = yk_mono_now(&yk_clock_boot);
    *sent = 0;
    while (*sent < WINDOW_FRAMES && total < WINDOW_BYTES &&
           yk_outbox_next(u->outbox, now, resend_before, &bytes, &size)) {
        const char *argv[] = {"XADD", key, "*", "f", (const char *)bytes};
        const size_t lengths[] = {4, strlen(key), 1, 1, size};
        enum yk_status status = yk_redis_append(u->redis, 5, argv, lengths, err);
        if (status != YK_OK)
            return status;
        ++*sent;
        total += size;
    }
    enum yk_status worst = YK_OK;
    for (size_t i = 0; i < *sent; i++) { /* every reply is taken, also after a refusal */
        redisReply *reply;
        enum yk_status status = yk_redis_reply(u->redis, &reply, err);
        if (i == 0 && reply && reply->type == REDIS_REPLY_STRING) /* the others waited for it, here or there */
            yk_skew_take(&u->report.skew, begun, yk_mono_now(&yk_clock_boot), reply->str, (size_t)reply->len);
        freeReplyObject(reply);
        if (status == YK_ERR_UNAVAILABLE || yk_redis_broken(u->redis))
            return status;
        if (status != YK_OK)
            worst = status;
    }
    return worst;
}

static enum yk_status take_covered(struct uplink *u, struct yk_error *err)
{
    char key[YK_KEY_SIZE];
    yk_key_covered(key, u->config->district, 0, u->arguments->edge);
    const char *argv[] = {"GET", key};
    redisReply *reply = NULL;
    enum yk_status status = yk_redis_command(u->redis, 2, argv, NULL, &reply, err);
    if (status != YK_OK || reply->type != REDIS_REPLY_STRING)
        goto out;
    struct yk_received covered = {0};
    uint64_t before = u->covered_counter;
    enum yk_status opened = yk_covered_open((const uint8_t *)reply->str, (size_t)reply->len, u->config->district,
                                            u->arguments->edge, u->district_public, &u->covered_counter, &covered);
    if (opened == YK_OK) {
        if (u->covered_counter != before)
            u->waiting_ms = WAITING_MS;
        yk_outbox_cover(u->outbox, &covered);
        yk_log_leave(&u->forged, "the covered message is signed by the district again");
    } else {
        yk_log_enter(&u->forged, "a covered message that the district did not sign was ignored; nothing is deleted");
    }
    yk_received_clear(&covered);
out:
    freeReplyObject(reply);
    return status;
}

/* One round: look, send, hear what is covered. *busy: something moved, go on at once. */
static enum yk_status round_trip(struct uplink *u, bool *busy, struct yk_error *err)
{
    *busy = false;
    if (!u->redis) {
        enum yk_status status = yk_redis_connect(&u->options, &u->redis, err);
        if (status != YK_OK)
            return status;
    }
    enum yk_status status = u->courier ? yk_courier_visit(u->courier, u->redis, err) : YK_OK;
    size_t sent = 0;
    if (status == YK_OK)
        status = yk_outbox_scan(u->outbox, err);
    if (status == YK_OK)
        status = send_window(u, &sent, err);
    if (status == YK_OK)
        status = take_covered(u, err);
    struct yk_outbox_figures figures;
    yk_outbox_figures(u->outbox, &figures);
    u->waiting = figures.waiting > 0;
    *busy = sent > 0;
    return status;
}

/* Asked on the command line, or now: yukikai up ends its uplink so. */
static bool drains(const struct uplink *u)
{
    return u->arguments->drain || yk_drain;
}

static bool drained(const struct uplink *u)
{
    struct yk_outbox_figures figures;
    yk_outbox_figures(u->outbox, &figures);
    return figures.waiting == 0 && !figures.growing;
}

static void show_progress(struct uplink *u)
{
    if (u->arguments->quiet)
        return;
    struct yk_outbox_figures figures;
    yk_outbox_figures(u->outbox, &figures);
    if (u->arguments->drain && figures.frames > 0)
        yk_progress_draw("sending", figures.frames - figures.waiting, figures.frames);
}

static void back_off(struct uplink *u)
{
    unsigned jitter = randombytes_uniform(u->backoff_ms + 1);
    for (unsigned left = u->backoff_ms / 2 + jitter / 2; left > 0 && !yk_stop;) {
        if (yk_drain && left > 500)
            left = 500;
        unsigned step = left > 100 ? 100 : left;
        yk_notify_alive();
        wait_ms(step);
        left -= step;
    }
    u->backoff_ms = u->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : u->backoff_ms * 2;
}

static enum yk_status run(struct uplink *u, struct yk_error *err)
{
    u->backoff_ms = 100;
    u->waiting_ms = WAITING_MS;
    u->wake = yk_wake_listen(u->arguments->spool);
    while (!yk_stop) {
        bool busy, draining = drains(u); /* before the look into the spool that tells whether it is empty */
        enum yk_status status = round_trip(u, &busy, err);
        yk_uplink_report_round(&u->report, u->outbox, status, u->backoff_ms);
        if (status == YK_OK) {
            yk_log_leave(&u->away, "connected to Redis again");
            u->backoff_ms = 100;
            show_progress(u);
            if (draining && drained(u))
                break;
            if (busy) {
                u->waiting_ms = WAITING_MS;
                continue;
            }
            yk_wake_wait(u->wake, drains(u) ? 20 : u->waiting ? u->waiting_ms : IDLE_MS);
            u->waiting_ms = 2 * u->waiting_ms < IDLE_MS ? 2 * u->waiting_ms : IDLE_MS;
            continue;
        }
        bool lost = u->redis && yk_redis_broken(u->redis);
        if (!lost && status != YK_ERR_UNAVAILABLE && status != YK_ERR_FULL && status != YK_ERR_REFUSED)
            return status;
        if (yk_stop)
            break;
        yk_log_enter(&u->away, "%s; frames wait in the spool", err->message);
        lose_connection(u);
        back_off(u);
    }
    yk_progress_clear();
    yk_uplink_report_end(&u->report, u->outbox);
    struct yk_outbox_figures figures;
    yk_outbox_figures(u->outbox, &figures);
    if (figures.damaged)
        yk_log(YK_LOG_WARNING, "%llu stretches of the spool hold no whole frame (a torn tail, or a damaged disk)",
               (unsigned long long)figures.damaged);
    return YK_OK;
}

/* --edge names an edge or its file; the file adds its spool, keys, Redis and inbox. */
static enum yk_status take_edge(struct arguments *a, const struct yk_config *config, struct yk_edge_config **edge,
                                struct yk_error *err)
{
    enum yk_status status = yk_edge_config_named(a->edge, config, edge, err);
    if (status != YK_OK || !*edge)
        return status;
    if (!a->keys_given)
        a->keys = (*edge)->keys;
    if (!a->spool_given)
        a->spool = (*edge)->spool;
    if (!a->redis)
        a->redis = (*edge)->redis_url;
    if (!a->inbox && (*edge)->inbox[0])
        a->inbox = (*edge)->inbox;
    a->edge = (*edge)->id;
    return YK_OK;
}

int main(int argc, char **argv)
{
    struct arguments a = {.edge = "local", .keys = "run/keys", .spool = "run/spool", .resend_s = 30};
    struct argp argp = {options, parse, "DISTRICT.yaml", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("uplink");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    yk_stop_on_signals();
    yk_drain_on_signal();

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    struct yk_edge_config *edge = NULL;
    struct uplink u = {.arguments = &a};
    enum yk_status status = yk_config_load(a.district, &config, &err);
    if (status == YK_OK)
        status = take_edge(&a, config, &edge, &err);
    if (status == YK_OK)
        status = yk_keys_load_public(a.keys, "district", u.district_public, &err);
    if (status == YK_OK)
        status = yk_outbox_new(a.spool, &u.outbox, &err);
    uint8_t edge_public[YK_FRAME_PUBLIC_SIZE];
    if (status == YK_OK && (status = yk_keys_load_public(a.keys, "edge", edge_public, &err)) == YK_OK)
        yk_outbox_trust(u.outbox, edge_public);
    if (status == YK_OK && a.inbox)
        status = yk_courier_new(&(struct yk_courier_options){.inbox = a.inbox,
                                                             .district = config->district,
                                                             .edge = a.edge,
                                                             .epoch_hours = config->privacy.epoch_hours,
                                                             .epoch_start_s = config->privacy.epoch_start_s,
                                                             .clock = &yk_clock_system},
                                &u.courier, &err);
    if (status == YK_OK) {
        u.config = config;
        snprintf(u.user, sizeof u.user, "edge-%s", a.edge);
        u.options = (struct yk_redis_options){a.redis ? a.redis : config->redis.url, a.keys, u.user};
        yk_uplink_report_open(&u.report, a.spool, a.edge);
        status = run(&u, &err);
    }
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    yk_redis_free(u.redis);
    yk_outbox_free(u.outbox);
    yk_courier_free(u.courier);
    yk_edge_config_free(edge);
    yk_config_free(config);
    return yk_status_exit_code(status);
}
