/* yukikai collect: sources, decoding, pseudonyms, frames into the spool. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One process serves the sensors of one family (radio or camera): cameras' parsers must not share memory with raw
 * addresses. Each sensor has a thread; the sensors of one radio process share the epoch's key. A process that sees raw
 * addresses is not dumpable and leaves no core.
 *
 * Two programs are made of this file. yukikai-collect has no way to a network but through the spool; where a camera or a
 * counter comes over one, it is replaced by yukikai-collect-network, which has those sources beside the others, with the
 * same arguments. */
#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/stop.h"
#include "base/progress.h"
#include "collect_report.h"
#include "config/config.h"
#include "config/edge_config.h"
#include "confine/confine.h"
#include "frame/keys.h"
#include "identity/identity.h"
#include "identity/sealing.h"
#include "late/forget.h"
#include "session_private.h"
#include "sources/source.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *argp_program_version = "yukikai-collect " YK_VERSION;

static const char doc[] =
    "Read sensors, turn every identifier into a pseudonym, and write signed frames into the spool."
    "\vSensors are those of the edge file, or of --sensor and --input. Without --input a sensor reads the 'input' of "
    "its "
    "configuration. Several --input for one sensor are read one after the other. Radio and camera sensors run in "
    "separate "
    "processes: --family chooses, where both are meant.\n\n"
    "Example:\n"
    "  yukikai keys make --keys run/keys --name edge\n"
    "  yukikai collect riverside.yaml --edge local --keys run/keys --spool run/spool --input radio-1=capture.pcap\n";

enum {
    OPT_EDGE = 256,
    OPT_KEYS,
    OPT_SPOOL,
    OPT_SPOOL_MAX,
    OPT_INBOX,
    OPT_INPUT,
    OPT_SENSOR,
    OPT_FAMILY,
    OPT_BULK,
    OPT_QUIET
};

static const struct argp_option options[] = {
    {"edge", OPT_EDGE, "ID|FILE", 0, "this edge: its id, or its YAML file", 0},
    {"keys", OPT_KEYS, "DIR", 0, "folder of edge.key (default run/keys)", 0},
    {"spool", OPT_SPOOL, "DIR", 0, "where frames wait (default run/spool)", 0},
    {"spool-max", OPT_SPOOL_MAX, "MIB", 0, "the most it may hold; when full, the oldest presence is given up (2048)",
     0},
    {"inbox", OPT_INBOX, "DIR", 0,
     "live radio: where the uplink lays epoch keys, on a RAM file system such as /run (default: the edge file's; else "
     "local keys only)",
     0},
    {"input", OPT_INPUT, "SENSOR=FILE", 0,
     "read this file or pipe for the sensor; '-' is standard input; cameras and counters: or what an 'input' in the "
     "district file may be (mqtt://, http://, redis-stream:)",
     0},
    {"sensor", OPT_SENSOR, "ID", 0, "run this sensor on its configured input", 0},
    {"family", OPT_FAMILY, "radio|camera", 0, "only the sensors of this family; camera is counters too", 0},
    {"bulk", OPT_BULK, NULL, 0, "recordings: long frames, and no fsync after each", 0},
    {"quiet", OPT_QUIET, NULL, 0, "no progress and no closing line", 0},
    {0},
};

#define INPUTS_MAX    1024
#define SENSORS_MAX   256
#define SPOOL_MAX_MIB 2048
#define SETTLE_US     INT64_C(600000000)

struct input {
    const char *sensor;
    const char *path; /* NULL: the configured one */
};

struct arguments {
    char **argv; /* all of them */
    const char *district;
    const char *edge, *keys, *spool, *inbox;
    enum yk_clock_trust clock;
    bool keys_given, spool_given, bulk, quiet, family_given;
    int spool_max_mib;
    enum yk_family family;
    struct input inputs[INPUTS_MAX];
    size_t input_count;
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
    case OPT_SPOOL_MAX: {
        char *end;
        long value = strtol(arg, &end, 10);
        if (*end || value < 16 || value > 1048576)
            argp_error(state, "--spool-max is 16 to 1048576 MiB, not '%s'", arg);
        a->spool_max_mib = (int)value;
        return 0;
    }
    case OPT_INBOX:
        a->inbox = arg;
        return 0;
    case OPT_BULK:
        a->bulk = true;
        return 0;
    case OPT_QUIET:
        a->quiet = true;
        return 0;
    case OPT_FAMILY:
        a->family_given = true;
        if (strcmp(arg, "radio") == 0)
            a->family = YK_FAMILY_RADIO;
        else if (strcmp(arg, "camera") == 0)
            a->family = YK_FAMILY_CAMERA;
        else
            argp_error(state, "--family is radio or camera, not '%s'", arg);
        return 0;
    case OPT_SENSOR:
    case OPT_INPUT: {
        if (a->input_count == INPUTS_MAX)
            argp_error(state, "at most %d inputs", INPUTS_MAX);
        arg =
            key == OPT_INPUT ? strdup(arg) : arg; /* it is cut, and the arguments may be handed on; lives to the end */
        if (!arg)
            return ENOMEM;
        char *equals = key == OPT_INPUT ? strchr(arg, '=') : NULL;
        if (key == OPT_INPUT && (!equals || equals == arg || !equals[1]))
            argp_error(state, "--input is SENSOR=FILE, not '%s'", arg);
        if (equals)
            *equals = '\0';
        a->inputs[a->input_count++] = (struct input){arg, equals ? equals + 1 : NULL};
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

/* One sensor: its inputs in order, its thread. */
struct worker {
    const struct yk_sensor_config *sensor;
    const char *paths[INPUTS_MAX];
    bool configured[INPUTS_MAX]; /* by the district file: a pipe that may still have to be made */
    size_t path_count;
    struct yk_session *session;
    struct yk_hold *hold; /* NULL: not live */
    pthread_t thread;
    bool started, done, live;
    enum yk_status status;
    struct yk_error err;
};

static bool is_pipe(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool is_away(const char *path)
{
    struct stat st;
    return stat(path, &st) != 0 && errno == ENOENT;
}

/* A live input that cannot be read now may be read later: a pipe that is not there yet, or whose writer has written
 * nonsense. A file that somebody names on the command line is there or is a mistake. */
static bool tries_again(struct worker *w, size_t i, enum yk_status status, struct yk_log_once *said)
{
    bool waits = w->live && !yk_stop &&
                 ((status == YK_ERR_NO_INPUT && w->configured[i] && is_away(w->paths[i])) ||
                  ((status == YK_ERR_INPUT || status == YK_ERR_NO_INPUT) && is_pipe(w->paths[i])));
    if (!waits) {
        if (status == YK_OK)
            yk_log_leave(said, "sensor %s: its input can be read", w->sensor->id);
        return false;
    }
    yk_log_enter(said, "sensor %s: %s; it is tried again until it can be read", w->sensor->id, w->err.message);
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    return true;
}

static bool is_device(const struct yk_sensor_config *sensor, const char *path)
{
    const struct yk_source *source = yk_source_for(sensor, path);
    return source->takes && source->takes(path);
}

/* Somebody's input comes over a network, and this program has no source for it. */
static bool needs_network(const struct worker *workers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < workers[i].path_count; p++)
            if (!yk_source_for(workers[i].sensor, workers[i].paths[p]))
                return true;
    return false;
}

/* Beside this program, or on PATH. Returns only if there is none. */
static enum yk_status become_network(char **argv, struct yk_error *err)
{
    static char name[] = "yukikai-collect-network";
    char beside[PATH_MAX + sizeof name];
    ssize_t length = readlink("/proc/self/exe", beside, PATH_MAX);
    char *slash = length > 0 && length < PATH_MAX ? memrchr(beside, '/', (size_t)length) : NULL;
    argv[0] = name;
    if (slash) {
        memcpy(slash + 1, name, sizeof name);
        execv(beside, argv);
    }
    if (!slash || errno == ENOENT)
        execvp(name, argv);
    return yk_error_errno(err, YK_ERR_UNAVAILABLE, "an input comes over a network, and %s cannot be run", name);
}

/* Nothing here is a recorded file: event time is the wall clock's, by which epochs may be forgotten. */
static bool all_live(const struct arguments *a, const struct worker *workers, size_t count)
{
    struct stat st;
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < workers[i].path_count; p++)
            if (!is_device(workers[i].sensor, workers[i].paths[p]) && stat(workers[i].paths[p], &st) == 0 &&
                S_ISREG(st.st_mode))
                return false;
    return !a->bulk;
}

static void *work(void *argument)
{
    struct worker *w = argument;
    enum yk_status worst = YK_OK;
    if (yk_session_turning(w->session)) /* the clock is known: what an earlier start of this boot held is dated now */
        worst = yk_session_turn(w->session, &w->err);
    if (worst != YK_OK)
        yk_log(YK_LOG_ERROR, "sensor %s: %s", w->sensor->id, w->err.message);
    struct yk_log_once unreadable = {false};
    for (size_t i = 0; i < w->path_count && !yk_stop; i++) {
        const struct yk_source *source = yk_source_for(w->sensor, w->paths[i]); /* never NULL: see needs_network */
        enum yk_status status = source->run(w->session, w->paths[i], &w->err);
        if (yk_stop && status == YK_ERR_INPUT) /* asked to end in the middle of a record */
            status = YK_OK;
        bool again = tries_again(w, i, status, &unreadable);
        if (again || (status == YK_OK && w->live && !yk_stop && is_pipe(w->paths[i])))
            i--;                         /* the writer went away: wait for the next one */
        if (status != YK_OK && !again) { /* the next file may be whole */
            yk_log(YK_LOG_ERROR, "sensor %s: %s", w->sensor->id, w->err.message);
            worst = status;
        }
        if (status == YK_OK || status == YK_ERR_INPUT || status == YK_ERR_NO_INPUT)
            status = yk_session_break(w->session, &w->err);
        if (status != YK_OK && status != YK_ERR_INPUT && status != YK_ERR_NO_INPUT)
            break;
    }
    struct yk_error err = {0};
    enum yk_status status = yk_session_finish(w->session, &err);
    if (status != YK_OK) {
        yk_log(YK_LOG_ERROR, "sensor %s: %s", w->sensor->id, err.message);
        worst = status;
    }
    w->status = worst;
    __atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
    return NULL;
}

static struct worker *worker_of(struct worker *workers, size_t *count, const struct yk_sensor_config *sensor)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(workers[i].sensor->id, sensor->id) == 0)
            return &workers[i];
    if (*count == SENSORS_MAX)
        return NULL;
    workers[*count].sensor = sensor;
    return &workers[(*count)++];
}

/* Counters run with the cameras: what must not share memory with anything is a radio's. */
static bool is_radio(enum yk_family family)
{
    return family == YK_FAMILY_RADIO;
}

static enum yk_status plan(const struct arguments *a, const struct yk_config *config, struct worker *workers,
                           size_t *count, struct yk_error *err)
{
    for (size_t i = 0; i < a->input_count; i++) {
        const struct yk_sensor_config *sensor = yk_config_sensor(config, a->inputs[i].sensor);
        if (!sensor)
            return yk_error_set(err, YK_ERR_USAGE, "there is no sensor '%s' in %s", a->inputs[i].sensor, a->district);
        if (a->family_given && is_radio(sensor->family) != is_radio(a->family))
            continue;
        struct worker *w = worker_of(workers, count, sensor);
        if (!w)
            return yk_error_set(err, YK_ERR_USAGE, "at most %d sensors", SENSORS_MAX);
        if (is_radio(w->sensor->family) != is_radio(workers[0].sensor->family))
            return yk_error_set(
                err, YK_ERR_USAGE,
                "'%s' and '%s' are a radio and a camera, which run in separate processes: give --family",
                workers[0].sensor->id, w->sensor->id);
        const char *path = a->inputs[i].path ? a->inputs[i].path : sensor->input;
        if (!*path && strcmp(sensor->kind, "ble_hci") == 0)
            path = sensor->adapter[0] ? sensor->adapter : "hci0";
        if (!*path)
            return yk_error_set(err, YK_ERR_USAGE, "sensor '%s' (%s) has no input: give --input %s=FILE", sensor->id,
                                sensor->kind, sensor->id);
        w->configured[w->path_count] = !a->inputs[i].path;
        w->paths[w->path_count++] = path;
    }
    if (*count == 0)
        return yk_error_set(err, YK_ERR_USAGE, "no sensor to run: give --input SENSOR=FILE, --sensor or an edge file");
    return YK_OK;
}

static bool all_done(struct worker *workers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!__atomic_load_n(&workers[i].done, __ATOMIC_ACQUIRE))
            return false;
    return true;
}

/* What is shared by the sensors of a live collector while its clock is not known. */
struct waiting {
    bool live;
    struct yk_known known;
    struct yk_identity *identity; /* keys for the time being; NULL: no radio */
    struct yk_rekey *rekey;
    struct yk_log_once unknown;
};

/* A thirty-second of the spool's room, 64 MiB by default, is kept for what is held. */
static uint64_t held_max(const struct arguments *a)
{
    return ((uint64_t)a->spool_max_mib << 20) / 32;
}

static enum yk_status open_waiting(struct waiting *waiting, const struct arguments *a, const struct yk_config *config,
                                   struct worker *workers, size_t count, const struct yk_spool *spool,
                                   struct yk_error *err)
{
    bool radio = workers[0].sensor->family == YK_FAMILY_RADIO;
    const char *sensors[SENSORS_MAX];
    char boot[YK_BOOT_ID_SIZE];
    waiting->live = true;
    yk_known_open(&waiting->known, &(struct yk_known_options){
                                       .trust = a->clock, .wrote_s = yk_spool_wrote_s(spool), .clock = &yk_clock_boot});
    if (!yk_known_look(&waiting->known))
        yk_log_enter(
            &waiting->unknown,
            "this machine's clock is not known yet: what is heard is held until it is (timedatectl shows why)");
    enum yk_status status = radio ? yk_identity_new(config, &waiting->identity, err) : YK_OK;
    if (status == YK_OK && radio)
        status = yk_rekey_new(&waiting->rekey, err);
    yk_boot_id(boot);
    for (size_t i = 0; i < count; i++)
        sensors[i] = workers[i].sensor->id;
    yk_hold_sweep(a->spool, radio ? "radio" : "camera", sensors, count);
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        const struct yk_hold_options hold = {.spool = a->spool,
                                             .slot = radio ? "radio" : "camera",
                                             .sensor = workers[i].sensor->id,
                                             .boot = boot,
                                             .keep_s = (config->privacy.epoch_hours + config->privacy.grace_hours) *
                                                       INT64_C(3600),
                                             .max_bytes = held_max(a) / count,
                                             .clock = &yk_clock_boot};
        status = yk_hold_open(&hold, &workers[i].hold, err);
    }
    return status;
}

/* Is it known by now? The sensors' threads see it, and turn. */
static void look_at_clock(struct waiting *waiting, struct worker *workers, size_t count)
{
    if (!waiting->live)
        return;
    if (!yk_known_is(&waiting->known)) {
        for (size_t i = 0; i < count; i++)
            yk_hold_tick(workers[i].hold);
        if (yk_known_look(&waiting->known))
            yk_log_leave(&waiting->unknown, "this machine's clock is known");
    } else if (waiting->identity) {
        yk_identity_forget(waiting->identity, INT64_MAX); /* those that no sensor works under any more */
    }
}

/* Live: a key is wiped when its epoch has ended and nobody works under it, a pseudonym on disk after the grace. */
static void forget_the_past(struct yk_identity *identity, struct yk_sealing *sealing, struct yk_late *late)
{
    int64_t now_s = yk_wall_now(&yk_clock_system).us / 1000000;
    if (identity)
        yk_identity_forget(identity, now_s);
    if (sealing)
        yk_sealing_tick(sealing);
    yk_late_forget(late, now_s);
}

/* Into the status file, when it is time to. */
static void tell(struct yk_collect_report *told, struct worker *workers, size_t count, const struct yk_spool *spool,
                 bool ended)
{
    if (!yk_collect_report_due(told) && !ended)
        return;
    for (size_t i = 0; i < count; i++)
        yk_collect_report_add(told, workers[i].session,
                              __atomic_load_n(&workers[i].done, __ATOMIC_ACQUIRE) && !yk_stop);
    yk_collect_report_write(told, spool, ended);
}

/* No sensor holds anything that is still to be dated. */
static bool settled(struct worker *workers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!yk_session_settled(workers[i].session))
            return false;
    return true;
}

/* Waits for the sensors' threads; on live inputs flushes what has waited its time though no event came. */
static void watch(const struct arguments *a, struct worker *workers, size_t count, struct yk_identity *identity,
                  struct yk_sealing *sealing, struct yk_late *late, struct yk_collect_report *told,
                  struct waiting *waiting)
{
    yk_notify_ready();
    bool live = all_live(a, workers, count);
    const struct yk_mono began = yk_mono_now(&yk_clock_boot);
    int64_t known_us = 0;
    const int64_t keep_us =
        (late->options.epoch_hours + late->grace_hours) * INT64_C(3600000000); /* a pseudonym's life on disk */
    while (!all_done(workers, count)) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        uint64_t done = 0, total = 0;
        for (size_t i = 0; i < count; i++) {
            struct yk_session_figures figures;
            yk_session_figures(workers[i].session, &figures);
            done += figures.done;
            total += figures.total;
            struct yk_error err;
            if (!a->bulk && yk_session_flush_due(workers[i].session, yk_wall_now(&yk_clock_system).us / 1000000, &err))
                continue; /* the source's own thread meets the same condition and says so */
        }
        look_at_clock(waiting, workers, count);
        int64_t now_us = yk_mono_now(&yk_clock_boot).us;
        bool known = yk_known_is(&waiting->known);
        known_us = known && known_us == 0 ? now_us : known_us;
        if (live && known) { /* by a wrong clock nothing is past */
            /* What is being dated may be of an ended epoch; a sensor whose pipe is silent is not waited for. */
            if (settled(workers, count) || now_us - known_us > SETTLE_US)
                forget_the_past(identity, sealing, late);
        } else if (live && now_us - began.us > keep_us) {
            yk_spool_erase_before(late->options.spool, INT64_MAX); /* it lay there before: past by any clock */
        }
        if (!a->quiet)
            yk_progress_draw("collecting", done, total);
        tell(told, workers, count, late->options.spool, false);
    }
    yk_progress_clear();
}

static enum yk_status report(const struct arguments *a, struct worker *workers, size_t count,
                             const struct yk_late *late)
{
    enum yk_status worst = YK_OK;
    for (size_t i = 0; i < count; i++) {
        struct yk_session_figures figures;
        yk_session_figures(workers[i].session, &figures);
        const struct yk_drops *drops = yk_session_drops(workers[i].session); /* its thread has ended */
        worst = workers[i].status != YK_OK ? workers[i].status : worst;
        if (a->quiet)
            continue;
        fprintf(stderr, "%s: %llu observations", workers[i].sensor->id, (unsigned long long)figures.observations);
        for (int reason = 0; reason < YK_DROP_COUNT; reason++)
            if (drops->count[reason])
                fprintf(stderr, ", %llu dropped (%s)", (unsigned long long)drops->count[reason],
                        yk_drop_text((enum yk_drop)reason));
        if (figures.held)
            fprintf(stderr, ", %llu held until the clock is known", (unsigned long long)figures.held);
        fputc('\n', stderr);
    }
    if (!a->quiet && late->frames)
        fprintf(stderr, "%llu late frames became sums of %llu windows\n", (unsigned long long)late->frames,
                (unsigned long long)late->windows);
    if (!a->quiet)
        fprintf(stderr, "%llu frames in the spool\n", (unsigned long long)yk_spool_frames(late->options.spool));
    return worst;
}

/* The district's key signs what the edge is told, and lets frames carry a tag that is cheap to check. Only epoch keys
 * cannot do without it. */
static enum yk_status load_district(const struct arguments *a, uint8_t out[static YK_FRAME_PUBLIC_SIZE], bool *pinned,
                                    struct yk_error *err)
{
    enum yk_status status = yk_keys_load_public(a->keys, "district", out, err);
    *pinned = status == YK_OK;
    if (status != YK_ERR_NO_INPUT || a->inbox)
        return status;
    yk_log(YK_LOG_INFO, "no district.pub in %s: frames carry no tag, and the district checks their signatures",
           a->keys);
    return YK_OK;
}

/* Epochs of a live radio have the district's keys if there is an inbox, and log which key they had in any case. */
static enum yk_status provide_keys(const struct arguments *a, const struct yk_config *config, const char *edge,
                                   const uint8_t *key, const uint8_t district_public[static YK_FRAME_PUBLIC_SIZE],
                                   struct yk_identity *identity, struct yk_sealing **out, struct yk_error *err)
{
    char folder[YK_PATH_SIZE + 16] = "";
    enum yk_status status = YK_OK;
    if (a->inbox)
        snprintf(folder, sizeof folder, "%s/collector", a->inbox);
    const struct yk_sealing_options sealing = {.inbox = a->inbox,
                                               .folder = folder,
                                               .district = config->district,
                                               .edge = edge,
                                               .edge_secret = key,
                                               .district_public = district_public,
                                               .epoch_hours = config->privacy.epoch_hours,
                                               .epoch_start_s = config->privacy.epoch_start_s,
                                               .clock = &yk_clock_system};
    if (status == YK_OK)
        status = yk_sealing_new(&sealing, out, err);
    if (status == YK_OK) {
        struct yk_key_provider provider = yk_sealing_provider(*out);
        yk_identity_provider(identity, &provider);
    }
    return status;
}

static enum yk_status run(const struct arguments *a, const struct yk_config *config, const char *edge,
                          struct yk_error *err)
{
    struct worker *workers = calloc(SENSORS_MAX, sizeof *workers);
    static struct yk_collect_report told;
    static struct waiting waiting;
    struct yk_identity *identity = NULL;
    struct yk_sealing *sealing = NULL;
    struct yk_spool *spool = NULL;
    uint8_t *key = NULL, district_public[YK_FRAME_PUBLIC_SIZE] = {0};
    bool pinned = false;
    size_t count = 0;
    enum yk_status status =
        workers ? plan(a, config, workers, &count, err) : yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (status == YK_OK && needs_network(workers, count))
        status = become_network(a->argv, err);
    if (status != YK_OK || count == 0)
        goto out;
    status = yk_keys_load_secret(a->keys, "edge", &key, err);
    if (status == YK_OK)
        status = load_district(a, district_public, &pinned, err);
    if (status != YK_OK)
        goto out;
    bool radio = workers[0].sensor->family == YK_FAMILY_RADIO;
    if (radio) { /* from here on this process may hold raw addresses and epoch keys */
        status = yk_confine(YK_CONFINE_COLLECTOR, err);
        if (status == YK_OK)
            status = yk_identity_new(config, &identity, err);
        if (status == YK_OK && all_live(a, workers, count))
            status = provide_keys(a, config, edge, key, district_public, identity, &sealing, err);
    }
    bool live = all_live(a, workers, count);
    struct yk_spool_options spool_options = {
        .dir = a->spool,
        .slot = radio ? "radio" : "camera",
        .district = config->district,
        .edge = edge,
        .secret_key = key,
        .district_public = pinned ? district_public : NULL,
        .config_id = strtoull(config->version_id, NULL, 16),
        /* A replay's spool is only a stage: it holds what it has to. */
        .max_bytes = a->bulk ? 0 : ((uint64_t)a->spool_max_mib << 20) - (live ? held_max(a) : 0),
        .sync = !a->bulk};
    if (status == YK_OK)
        status = yk_spool_open(&spool_options, &spool, err);
    if (status == YK_OK && live)
        status = open_waiting(&waiting, a, config, workers, count, spool, err);
    if (status == YK_OK && sealing && yk_known_is(&waiting.known))
        yk_sealing_tick(sealing);
    yk_collect_report_open(&told, &spool_options);
    struct yk_late late = {.options = {.spool = spool,
                                       .dir = a->spool,
                                       .district = config->district,
                                       .edge = edge,
                                       .public_key = key + YK_FRAME_KEY_SIZE - YK_FRAME_PUBLIC_SIZE,
                                       .epoch_hours = config->privacy.epoch_hours,
                                       .epoch_start_s = config->privacy.epoch_start_s,
                                       .config = config},
                           .grace_hours = config->privacy.grace_hours,
                           .reduces = radio};
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        struct yk_session_options session = {
            .config = config,
            .sensor = workers[i].sensor,
            .spool = spool,
            .home = {.district = config->district, .edge = edge, .keys = a->keys, .spool = a->spool},
            .folder = live ? a->spool : NULL,
            .identity = identity,
            .flush = a->bulk ? YK_FLUSH_BULK : YK_FLUSH_LIVE,
            .stop = &yk_stop,
            .hold = workers[i].hold,
            .known = &waiting.known,
            .holding = waiting.identity,
            .rekey = waiting.rekey};
        workers[i].live = !a->bulk;
        status = yk_session_new(&session, &workers[i].session, err);
    }
    for (size_t i = 0; i < count && status == YK_OK; i++) {
        int code = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
        workers[i].started = code == 0;
        if (code != 0) {
            errno = code;
            status = yk_error_errno(err, YK_ERR_MEMORY, "cannot start a thread");
            yk_stop = 1;
        }
    }
    if (status == YK_OK)
        watch(a, workers, count, identity, sealing, &late, &told, &waiting);
    yk_notify_stopping();
    for (size_t i = 0; i < count; i++)
        if (workers[i].started)
            pthread_join(workers[i].thread, NULL);
    if (status == YK_OK) {
        tell(&told, workers, count, spool, true);
        status = report(a, workers, count, &late);
        if (status != YK_OK)
            yk_error_set(err, status, "not every input could be read to its end");
    }
out:
    for (size_t i = 0; workers && i < count; i++)
        yk_session_free(workers[i].session);
    for (size_t i = 0; workers && i < count; i++)
        yk_hold_close(workers[i].hold);
    yk_spool_close(spool);
    yk_identity_free(waiting.identity);
    yk_rekey_free(waiting.rekey);
    yk_identity_free(identity);
    yk_sealing_free(sealing); /* after the identity, which calls it */
    sodium_free(key);
    free(workers);
    return status;
}

/* --edge names an edge or its file; the file adds its sensors, spool, keys and inbox. */
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
    a->clock = (*edge)->clock;
    if (!a->inbox && (*edge)->inbox[0])
        a->inbox = (*edge)->inbox;
    if (a->spool_max_mib == 0)
        a->spool_max_mib = (*edge)->spool_max_mib;
    if (a->input_count == 0)
        for (size_t i = 0; i < (*edge)->sensor_count; i++)
            a->inputs[a->input_count++] = (struct input){(*edge)->sensors[i].id, NULL};
    a->edge = (*edge)->id;
    return YK_OK;
}

int main(int argc, char **argv)
{
    static struct arguments a = {.edge = "local", .keys = "run/keys", .spool = "run/spool"};
    a.argv = argv;
    struct argp argp = {options, parse, "DISTRICT.yaml", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("collect");
    argp_parse(&argp, argc, argv, 0, NULL, &a);

    yk_stop_on_signals();

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    struct yk_edge_config *edge = NULL;
    enum yk_status status = yk_config_load(a.district, &config, &err);
    if (status == YK_OK)
        status = take_edge(&a, config, &edge, &err);
    if (a.spool_max_mib == 0)
        a.spool_max_mib = SPOOL_MAX_MIB;
    if (status == YK_OK)
        status = run(&a, config, a.edge, &err);
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    yk_edge_config_free(edge);
    yk_config_free(config);
    return yk_status_exit_code(status);
}
