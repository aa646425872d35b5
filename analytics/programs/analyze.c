/* yukikai analyze: frames to states to rows. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the streams from its own checkpoint, takes frames into states, commits, and only then tells the edges what is
 * covered and trims the streams. Every few seconds it evaluates what changed and publishes it through the gate. It can
 * be killed at any moment: what was not committed is read again, what was is known by its mark. */
#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/progress.h"
#include "base/stop.h"
#include "calibrations/calibrations_follow.h"
#include "config/config.h"
#include "frame/enrolment.h"
#include "frame/keys.h"
#include "kpis/finish.h"
#include "link/consumer.h"
#include "link/quarantine.h"
#include "state/ingest.h"
#include "state/ingest_report.h"

#include <argp.h>
#include <gsl/gsl_errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *argp_program_version = "yukikai-analyze " YK_VERSION;

static const char doc[] =
    "Take frames from Redis into the state store, work out the KPIs, and publish them through the disclosure gate."
    "\vWithout more it runs until it is told to end. --history takes recorded data of any age and publishes nothing; "
    "--finish works out the tables from what was taken, without Redis: 'due' makes final what is past its horizon now, "
    "'all' "
    "makes everything final.\n\n"
    "Example:\n"
    "  yukikai analyze riverside.yaml --keys run/keys --state run/state --publish run/publish.db\n";

enum {
    OPT_KEYS = 256,
    OPT_STATE,
    OPT_PUBLISH,
    OPT_REDIS,
    OPT_HISTORY,
    OPT_FINISH,
    OPT_EVERY,
    OPT_QUIET,
    OPT_CALIBRATIONS
};

static const struct argp_option options[] = {
    {"keys", OPT_KEYS, "DIR", 0,
     "folder of district.key, enrolment.json, and of what Redis asks for: ca.crt, "
     "client.crt, client.key, analyze.password (default run/keys)",
     0},
    {"state", OPT_STATE, "DIR", 0, "the state store (default run/state)", 0},
    {"publish", OPT_PUBLISH, "FILE", 0, "the publish store (default run/publish.db)", 0},
    {"redis", OPT_REDIS, "URL", 0, "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT (default: the district file's)", 0},
    {"calibrations", OPT_CALIBRATIONS, "FILE", 0,
     "what was accepted by yukikai calibrate (default run/calibrations.json; without it nobody knows persons per "
     "device)",
     0},
    {"history", OPT_HISTORY, NULL, 0, "take frames of any age; publish nothing", 0},
    {"finish", OPT_FINISH, "due|all", 0, "publish what is in the state store, and end", 0},
    {"every", OPT_EVERY, "SECONDS", 0,
     "between two publications (default 2); more where they take long: a tenth of the time at most goes into them", 0},
    {"quiet", OPT_QUIET, NULL, 0, "no progress and no closing line", 0},
    {0},
};

struct arguments {
    const char *district, *keys, *state, *publish, *redis, *finish, *calibrations;
    int every_s;
    bool history, quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_KEYS:
        a->keys = arg;
        return 0;
    case OPT_STATE:
        a->state = arg;
        return 0;
    case OPT_PUBLISH:
        a->publish = arg;
        return 0;
    case OPT_REDIS:
        a->redis = arg;
        return 0;
    case OPT_CALIBRATIONS:
        a->calibrations = arg;
        return 0;
    case OPT_HISTORY:
        a->history = true;
        return 0;
    case OPT_FINISH:
        if (strcmp(arg, "due") != 0 && strcmp(arg, "all") != 0)
            argp_error(state, "--finish is due or all, not '%s'", arg);
        a->finish = arg;
        return 0;
    case OPT_QUIET:
        a->quiet = true;
        return 0;
    case OPT_EVERY: {
        char *end;
        long value = strtol(arg, &end, 10);
        if (*end || value < 1 || value > 3600)
            argp_error(state, "--every is 1 to 3600 seconds, not '%s'", arg);
        a->every_s = (int)value;
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

/* How far ahead of us an edge's clock may be; recordings may come from a simulation of tomorrow, but not of the year 9999. */
#define LIVE_AHEAD_S    3600
#define HISTORY_AHEAD_S (366 * 86400)
#define COMMIT_FRAMES   2048
#define COMMIT_US       1000000
#define WAIT_MS         250
#define LOOK_US         1000000

_Static_assert(YK_VERDICT_COUNT <= YK_QUARANTINE_REASONS, "each refusal has its place in the quarantine");

struct worker {
    const struct arguments *arguments;
    struct yk_config *config;
    struct yk_enrolment *enrolment;
    struct yk_state_store *store;
    struct yk_publish *publish;
    struct yk_consumer *consumer;
    struct yk_ingest *ingest;
    uint8_t *district_key;
    struct yk_enrolment_stamp enrolled;
    struct yk_quarantine quarantine;
    uint64_t frames_since_commit;
    bool *touched; /* by enrolled edge: read from since the last announcement */
    struct yk_mono committed, published, looked;
    int64_t publishing_us; /* how long that took the last time */
    struct yk_calibrations_follow calibrations;
    struct yk_log_once away, no_room, refused, bad_list, no_quarantine, bad_covariates;
    struct yk_ingest_report report;
};

static size_t edge_index(const struct worker *w, const char *edge)
{
    for (size_t i = 0; i < w->enrolment->count; i++)
        if (strcmp(w->enrolment->edges[i].edge, edge) == 0)
            return i;
    return 0;
}

static bool is_refusal(enum yk_verdict verdict)
{
    return verdict != YK_VERDICT_taken && verdict != YK_VERDICT_duplicate && verdict != YK_VERDICT_late &&
           verdict != YK_VERDICT_given_up;
}

static enum yk_status take(void *context, const char *edge, const uint8_t *bytes, size_t size, struct yk_error *err)
{
    struct worker *w = context;
    enum yk_verdict verdict = YK_VERDICT_bad_frame;
    enum yk_status status = yk_ingest_frame(w->ingest, edge, bytes, size, &verdict);
    if (status != YK_OK)
        return yk_error_set(err, status,
                            status == YK_ERR_MEMORY ? "out of memory" : "cannot open a file of the state store");
    yk_ingest_report_frame(&w->report, edge, bytes, size, verdict);
    if (is_refusal(verdict)) {
        yk_log_enter(&w->refused, "a frame in the stream of %s was refused: %s (counted; said once)", edge,
                     yk_verdict_text(verdict));
        yk_quarantine_note(&w->quarantine, verdict, yk_verdict_text(verdict), edge, bytes, size,
                           yk_mono_now(&yk_clock_system));
    }
    w->frames_since_commit++;
    w->touched[edge_index(w, edge)] = true;
    return YK_OK;
}

/* Tells the edges that were heard what is safe now, and cuts their streams. */
static enum yk_status announce(struct worker *w, struct yk_error *err)
{
    size_t count;
    struct yk_stream_position *positions = yk_consumer_positions(w->consumer, &count);
    uint64_t counter = (uint64_t)yk_state_fact(w->store, "covered_counter", 0);
    for (size_t i = 0; i < count; i++) {
        if (!w->touched[i])
            continue;
        struct yk_received received = {0};
        uint8_t *message = NULL;
        size_t size = 0;
        enum yk_status status = yk_state_received(w->store, positions[i].edge, &received);
        if (status == YK_OK)
            status = yk_covered_seal(&received, w->config->district, positions[i].edge, counter, w->district_key,
                                     &message, &size);
        yk_received_clear(&received);
        if (status != YK_OK)
            return yk_error_set(err, status, "out of memory");
        status = yk_consumer_announce(w->consumer, positions[i].edge, message, size, positions[i].id, err);
        free(message);
        if (status != YK_OK)
            return status;
        w->touched[i] = false;
    }
    return YK_OK;
}

static enum yk_status commit(struct worker *w, struct yk_error *err)
{
    size_t count;
    struct yk_stream_position *positions = yk_consumer_positions(w->consumer, &count);
    struct yk_position *list = calloc(count + 1, sizeof *list);
    if (!list)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    size_t moved = 0; /* of a thousand edges few have sent anything since the last commit */
    for (size_t i = 0; i < count; i++)
        if (w->touched[i])
            list[moved++] = (struct yk_position){positions[i].edge, positions[i].id};
    yk_state_note(w->store, "covered_counter", yk_state_fact(w->store, "covered_counter", 0) + 1, YK_FACT_SET);
    enum yk_status status = yk_state_commit(w->store, list, moved, err);
    free(list);
    if (status == YK_OK) {
        w->frames_since_commit = 0;
        w->committed = yk_mono_now(&yk_clock_system);
        yk_ingest_report_committed(&w->report);
        yk_log_leave(&w->no_room, "the state store can be written again");
    }
    return status;
}

static int64_t wall_s(void)
{
    return yk_wall_now(&yk_clock_system).us / 1000000;
}

static void progress(void *context, int64_t done_s, int64_t total_s)
{
    const struct worker *w = context;
    yk_notify_alive();
    if (w->arguments->finish && !w->arguments->quiet)
        yk_progress_draw("working out tables", (uint64_t)(done_s > 0 ? done_s : 0), (uint64_t)total_s);
}

/* A file of covariates that cannot be read holds up what is worked out with it, and nothing else. */
static enum yk_status finish_followed(struct worker *w, struct yk_finish *f, struct yk_error *err)
{
    enum yk_status status = yk_finish_followed(f, err);
    if (w->arguments->finish || (status != YK_ERR_NO_INPUT && status != YK_ERR_CONFIG)) {
        if (status == YK_OK)
            yk_log_leave(&w->bad_covariates, "covariates can be read again");
        return status;
    }
    yk_log_enter(&w->bad_covariates, "expectations wait for the covariates: %s", err->message);
    return YK_OK;
}

static enum yk_status finish(struct worker *w, bool everything, bool all_final, struct yk_error *err)
{
    enum yk_status read = yk_calibrations_follow(&w->calibrations, w->arguments->finish != NULL, err);
    if (read != YK_OK)
        return read;
    struct yk_finish f = {.config = w->config,
                          .store = w->store,
                          .publish = w->publish,
                          .calibrations = &w->calibrations.found,
                          .now_s = all_final ? INT64_MAX : wall_s(),
                          .everything = everything,
                          .progress = progress,
                          .context = w};
    struct yk_mono began = yk_mono_now(&yk_clock_system);
    enum yk_status status = yk_finish_run(&f, err);
    if (status == YK_OK)
        status = finish_followed(w, &f, err);
    yk_progress_clear();
    w->published = yk_mono_now(&yk_clock_system);
    w->publishing_us = w->published.us - began.us;
    if (status == YK_OK)
        yk_ingest_report_published(&w->report);
    return status;
}

/* Failures that pass are waited out; others end the worker. */
static bool passes(struct worker *w, enum yk_status status, const struct yk_error *err)
{
    if (status == YK_ERR_FULL)
        yk_log_enter(&w->no_room, "%s; waiting for room, nothing is lost", err->message);
    else if (status == YK_ERR_UNAVAILABLE && yk_stop)
        return true;
    else if (status == YK_ERR_UNAVAILABLE)
        yk_log_enter(&w->away, "%s; waiting", err->message);
    else
        return false;
    nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
    return true;
}

/* The streams of the enrolled edges, from where the checkpoint left them. */
static enum yk_status follow_edges(struct worker *w, struct yk_error *err)
{
    const struct arguments *a = w->arguments;
    struct yk_redis_options redis = {a->redis ? a->redis : w->config->redis.url, a->keys, "analyze"};
    yk_consumer_free(w->consumer);
    w->consumer = NULL;
    free(w->touched);
    w->touched = calloc(w->enrolment->count + 1, sizeof *w->touched);
    if (!w->touched)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    w->ingest->enrolment = w->enrolment;
    enum yk_status status = yk_consumer_new(&redis, w->config->district, 0, w->enrolment, &w->consumer, err);
    size_t count = 0;
    struct yk_stream_position *positions = status == YK_OK ? yk_consumer_positions(w->consumer, &count) : NULL;
    for (size_t i = 0; i < count && status == YK_OK; i++)
        status = yk_state_position(w->store, positions[i].edge, positions[i].id, err);
    return status;
}

/* An edge was enrolled, replaced or revoked: looked for once a second, taken over between two commits. */
static enum yk_status look_at_enrolment(struct worker *w, struct yk_mono now, struct yk_error *err)
{
    if (w->frames_since_commit > 0 || now.us - w->looked.us < LOOK_US)
        return YK_OK;
    w->looked = now;
    if (!yk_enrolment_changed(w->arguments->keys, &w->enrolled))
        return YK_OK;
    struct yk_enrolment *list = NULL;
    struct yk_error why = {.message = "no edge is on it"};
    if (yk_enrolment_read(w->arguments->keys, &list, &why) != YK_OK || list->count == 0) {
        yk_log_enter(&w->bad_list, "the list of edges cannot be taken over, the last one holds on: %s", why.message);
        yk_enrolment_free(list);
        return YK_OK;
    }
    yk_log_leave(&w->bad_list, "the list of edges can be read again");
    yk_log(YK_LOG_INFO, "the list of edges changed: %zu are enrolled", list->count);
    yk_enrolment_free(w->enrolment);
    w->enrolment = list;
    return follow_edges(w, err);
}

/* A sample of what was refused goes to the quarantine. When Redis has no room for it, or no such right was given, it is not
 * kept: that must not hold up the frames that count. */
static void keep_refused(struct worker *w, struct yk_mono now)
{
    struct yk_error err;
    if (yk_quarantine_send(&w->quarantine, w->consumer, now, yk_wall_now(&yk_clock_system), &err) == YK_OK)
        yk_log_leave(&w->no_quarantine, "refused frames are kept again");
    else
        yk_log_enter(&w->no_quarantine, "refused frames are counted but not kept: %s", err.message);
}

/* Between two rounds of publishing: as asked for, but a large district's day takes its time, and taking frames goes first. */
static int64_t pause_us(const struct worker *w)
{
    int64_t asked_us = (int64_t)w->arguments->every_s * 1000000, least_us = 9 * w->publishing_us;
    return asked_us > least_us ? asked_us : least_us;
}

static enum yk_status round_trip(struct worker *w, struct yk_error *err)
{
    size_t entries = 0;
    w->ingest->now_s = w->arguments->history ? INT64_MIN : wall_s();
    w->ingest->ceiling_s = wall_s() + (w->arguments->history ? HISTORY_AHEAD_S : LIVE_AHEAD_S);
    enum yk_status status = yk_consumer_read(w->consumer, WAIT_MS, take, w, &entries, err);
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    yk_ingest_report_round(&w->report, status, w->frames_since_commit);
    if (status == YK_OK)
        yk_log_leave(&w->away, "connected to Redis again");
    else if (status != YK_ERR_UNAVAILABLE)
        return status;
    bool due = w->frames_since_commit >= COMMIT_FRAMES || now.us - w->committed.us >= COMMIT_US || entries == 0;
    if (w->frames_since_commit > 0 && due) {
        enum yk_status committed = commit(w, err);
        if (committed != YK_OK)
            return committed;
    }
    if (status == YK_OK && yk_consumer_reconnected(w->consumer)) /* the old server's covered messages may be gone */
        for (size_t i = 0; i < w->enrolment->count; i++)
            w->touched[i] = true;
    if (status == YK_OK && w->frames_since_commit == 0)
        status = announce(w, err);
    if (status == YK_OK)
        keep_refused(w, now);
    enum yk_status looked = look_at_enrolment(w, now, err);
    if (looked != YK_OK)
        return looked;
    if (!w->arguments->history && now.us - w->published.us >= pause_us(w)) {
        enum yk_status published = finish(w, false, false, err);
        if (published != YK_OK)
            return published;
    }
    return status;
}

static enum yk_status run(struct worker *w, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (!w->arguments->history)
        yk_ingest_report_open(&w->report, w->config->district, w->arguments->state, w->arguments->publish);
    yk_notify_ready();
    while (!yk_stop) {
        status = round_trip(w, err);
        if (status != YK_OK && !passes(w, status, err))
            return status;
    }
    yk_notify_stopping();
    if (status ==
        YK_ERR_UNAVAILABLE) /* reading was broken off to end, or Redis is away: what was taken is still kept */
        status = YK_OK;
    if (w->frames_since_commit > 0)
        status = commit(w, err);
    if (status == YK_OK && !w->arguments->history)
        status = finish(w, false, false, err);
    return status == YK_ERR_UNAVAILABLE ? YK_OK : status;
}

static enum yk_status read_enrolment(struct worker *w, struct yk_error *err)
{
    (void)yk_enrolment_changed(w->arguments->keys, &w->enrolled);
    return yk_enrolment_read(w->arguments->keys, &w->enrolment, err);
}

static enum yk_status prepare(struct worker *w, struct yk_error *err)
{
    const struct arguments *a = w->arguments;
    enum yk_status status = yk_state_open(a->state, &w->store, err);
    if (status == YK_OK && !a->history)
        status = yk_publish_open(a->publish, YK_PUBLISH_WRITE, &w->publish, err);
    w->calibrations.path = a->calibrations;
    w->calibrations.district = w->config->district;
    if (status == YK_OK && !a->history)
        status = yk_calibrations_follow(&w->calibrations, true, err);
    if (status != YK_OK || a->finish)
        return status;
    status = yk_keys_load_secret(a->keys, "district", &w->district_key, err);
    if (status == YK_OK)
        status = read_enrolment(w, err);
    if (status != YK_OK)
        return status;
    if (w->enrolment->count == 0)
        return yk_error_set(err, YK_ERR_CONFIG, "no edge is enrolled in %s: yukikai keys enroll adds one", a->keys);
    w->ingest = calloc(1, sizeof *w->ingest);
    if (!w->ingest)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    w->ingest->config = w->config;
    w->ingest->store = w->store;
    w->ingest->unpacker = yk_unpacker_new();
    w->ingest->tag_keys = yk_tag_keys_new(w->district_key);
    if (!w->ingest->unpacker || !w->ingest->tag_keys)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    return follow_edges(w, err);
}

static void report(const struct worker *w)
{
    if (w->arguments->quiet || !w->ingest)
        return;
    fprintf(stderr, "analyze: %llu observations", (unsigned long long)w->ingest->observations);
    for (int v = 0; v < YK_VERDICT_COUNT; v++)
        if (w->ingest->verdicts[v])
            fprintf(stderr, ", %llu frames %s", (unsigned long long)w->ingest->verdicts[v],
                    yk_verdict_text((enum yk_verdict)v));
    if (w->ingest->by_signature)
        fprintf(stderr, "; %llu signatures were checked for want of a good tag",
                (unsigned long long)w->ingest->by_signature);
    fputc('\n', stderr);
}

int main(int argc, char **argv)
{
    struct arguments a = {.keys = "run/keys",
                          .state = "run/state",
                          .publish = "run/publish.db",
                          .calibrations = "run/calibrations.json",
                          .every_s = 2};
    struct argp argp = {options, parse, "DISTRICT.yaml", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("analyze");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    yk_stop_on_signals();
    gsl_set_error_handler_off(); /* fits tell by their return code */

    struct yk_error err = {0};
    static struct worker w;
    w.arguments = &a;
    enum yk_status status = yk_config_load(a.district, &w.config, &err);
    if (status == YK_OK)
        status = prepare(&w, &err);
    if (status == YK_OK)
        status = a.finish ? finish(&w, true, strcmp(a.finish, "all") == 0, &err) : run(&w, &err);
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    report(&w);
    yk_ingest_report_end(&w.report, w.frames_since_commit);
    yk_ingest_report_close(&w.report);
    yk_consumer_free(w.consumer);
    yk_publish_close(w.publish);
    yk_state_close(w.store);
    yk_calibrations_follow_clear(&w.calibrations);
    yk_enrolment_free(w.enrolment);
    yk_config_free(w.config);
    sodium_free(w.district_key);
    if (w.ingest) {
        yk_unpacker_free(w.ingest->unpacker);
        yk_tag_keys_free(w.ingest->tag_keys);
    }
    free(w.ingest);
    free(w.touched);
    return yk_status_exit_code(status);
}
