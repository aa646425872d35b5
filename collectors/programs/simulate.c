/* yukikai simulate: recordings of a district that does not exist. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line of collectors/simulate. Times are read once the configuration's time zone is known. */
#include "base/calendar.h"
#include "base/log.h"
#include "base/progress.h"
#include "simulate/simulate.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#define NAMED_MAX     64 /* --stream and --outage, each */
#define SECOND_US     INT64_C(1000000)
#define DURATION_MAX  (INT64_C(3660) * 86400 * SECOND_US)
#define DEFAULT_FROM  "2026-04-01"
#define DEFAULT_DAY_S INT64_C(86400)

struct arguments {
    const char *district, *from, *until, *outages[NAMED_MAX];
    int64_t duration_us; /* 0: not given */
    struct yk_simulate_options options;
    struct yk_simulate_stream streams[NAMED_MAX];
    struct yk_simulate_outage outage_list[NAMED_MAX];
    char outage_sensor[NAMED_MAX][YK_ID_SIZE];
    size_t outage_count;
    bool quiet;
};

enum key {
    OUT = 256,
    SEED,
    FROM,
    DURATION,
    UNTIL,
    SCENE,
    BLE_FORMAT,
    CAMERA_FORMAT,
    INTERVAL,
    FPS,
    BEACONS,
    STREAM,
    OUTAGE,
    REALTIME,
    ADDRESSES
};

static volatile sig_atomic_t stop_signals;

static void on_stop(int signal_number)
{
    (void)signal_number;
    stop_signals = stop_signals + 1;
}

/* "3d", "2h", "90m", "45s", "1d12h"; 0 if it is none. */
static int64_t parse_duration(const char *text)
{
    int64_t total = 0;
    while (*text) {
        char *end;
        errno = 0;
        long value = strtol(text, &end, 10);
        const char *units = "smhd", *unit = *end ? strchr(units, *end) : NULL;
        static const int64_t seconds[] = {1, 60, 3600, 86400};
        if (end == text || errno || value < 0 || value > 1000000000 || !unit)
            return 0;
        total += value * seconds[unit - units] * SECOND_US;
        if (total > DURATION_MAX)
            return 0;
        text = end + 1;
    }
    return total;
}

static double parse_positive(struct argp_state *state, const char *option, const char *text, double low, double high)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= low && value <= high))
        argp_error(state, "%s %s: give a number from %g to %g", option, text, low, high);
    return value;
}

static void add_stream(struct argp_state *state, struct arguments *a, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        argp_error(state, "--stream %s: write SENSOR=PATH, for example radio-1=/run/radio-1.fifo", text);
    else if (a->options.stream_count == NAMED_MAX)
        argp_error(state, "more than %d streams", NAMED_MAX);
    else {
        *equals = '\0';
        for (size_t i = 0; i < a->options.stream_count; i++)
            if (strcmp(a->streams[i].sensor, text) == 0)
                argp_error(state, "--stream %s is given twice", text);
        a->streams[a->options.stream_count++] = (struct yk_simulate_stream){text, equals + 1};
    }
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    struct yk_simulate_options *o = &a->options;
    char *end;
    switch (key) {
    case OUT:
        o->out_dir = arg;
        return 0;
    case SEED:
        errno = 0;
        o->seed = strtoull(arg, &end, 10);
        if (errno || end == arg || *end || *arg == '-')
            argp_error(state, "--seed %s: give a whole number from 0", arg);
        return 0;
    case FROM:
        a->from = arg;
        return 0;
    case UNTIL:
        a->until = arg;
        return 0;
    case DURATION:
        a->duration_us = parse_duration(arg);
        if (a->duration_us == 0)
            argp_error(state, "--duration %s: write it like 3d, 2h, 90m or 1d12h (at most 3660d)", arg);
        return 0;
    case SCENE:
        o->scene = yk_scene_find(arg);
        if (!o->scene)
            argp_error(state, "there is no scene '%s'; yukikai simulate --help lists them", arg);
        return 0;
    case BLE_FORMAT:
        o->ble_format = yk_ble_format_parse(arg);
        if (o->ble_format == YK_BLE_FORMAT_COUNT)
            argp_error(state, "--ble-format %s: give pcap256, pcap201 or btsnoop", arg);
        return 0;
    case CAMERA_FORMAT:
        o->camera_format = yk_camera_format_parse(arg);
        if (o->camera_format == YK_CAMERA_FORMAT_COUNT)
            argp_error(state, "--camera-format %s: give deepstream or mot", arg);
        return 0;
    case INTERVAL:
        o->advert_interval_s = parse_positive(state, "--advert-interval", arg, 0.02, 600);
        return 0;
    case FPS:
        o->camera_fps = parse_positive(state, "--camera-fps", arg, 0.5, 60);
        o->camera_fps_given = true;
        return 0;
    case BEACONS:
        o->beacons = (int)parse_positive(state, "--beacons", arg, 0, 1000);
        return 0;
    case STREAM:
        add_stream(state, a, arg);
        return 0;
    case OUTAGE:
        if (a->outage_count == NAMED_MAX)
            argp_error(state, "more than %d outages", NAMED_MAX);
        else
            a->outages[a->outage_count++] = arg;
        return 0;
    case REALTIME:
        o->realtime = true;
        return 0;
    case ADDRESSES:
        o->truth_addresses = true;
        return 0;
    case 'q':
        a->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->district)
            argp_error(state, "one district at a time: what is %s?", arg);
        a->district = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->district || !o->out_dir)
            argp_error(state, "which district, and where to? Example: "
                              "yukikai simulate examples/riverside.yaml --out /tmp/riverside");
        if (a->from && a->until && a->duration_us)
            argp_error(state, "--from, --until and --duration together say too much: leave one out");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char before[] =
    "Makes up a district and writes what its sensors would have recorded: a capture file per radio, an event file per "
    "camera, and truth.json, which tells what really happened. The same seed gives the same bytes.";

static const char after[] =
    "Example:\n"
    "  yukikai simulate examples/riverside.yaml --out /tmp/riverside \\\n      --duration 3d --advert-interval 5\n\n"
    "Without --advert-interval devices advertise as real ones do, every 0.2 to 2 s: about 3 million heard adverts a "
    "day in "
    "a district of two places. A longer interval thins them; stays, rotation and cameras stay the same.\n\n"
    "Exit status: 0 done (also after SIGTERM), 64 wrong command line, 66 or 78 the district cannot be read, 73 or 74 "
    "the output cannot be written.";

/* The text of --help with the scenes from their table; lives as long as the program. */
static const char *help_text(void)
{
    static char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return before;
    fprintf(f, "%s\vScenes:\n", before);
    for (size_t i = 0; i < yk_scene_count(); i++)
        fprintf(f, "  %-14s %s\n", yk_scene_at(i)->name, yk_scene_at(i)->summary);
    fprintf(f, "\n%s", after);
    return fclose(f) == 0 ? text : before;
}

static enum yk_status parse_time(const char *option, const char *text, int64_t now_us, int64_t *out_us,
                                 struct yk_error *err)
{
    struct yk_wall wall;
    if (strcmp(text, "now") == 0) {
        *out_us = now_us - now_us % SECOND_US;
        return YK_OK;
    }
    if (!yk_time_parse(text, &wall) || wall.us < 86400 * SECOND_US)
        return yk_error_set(err, YK_ERR_USAGE,
                            "%s %s: write a time like 2026-04-01, 2026-04-01T09:00, 2026-04-01T00:00:00Z, or now",
                            option, text);
    *out_us = wall.us;
    return YK_OK;
}

static enum yk_status resolve_times(struct arguments *a, struct yk_error *err)
{
    struct yk_simulate_options *o = &a->options;
    int64_t now_us = yk_wall_now(&yk_clock_system).us;
    int64_t duration_us = a->duration_us ? a->duration_us : DEFAULT_DAY_S * SECOND_US;
    enum yk_status status = YK_OK;
    if (a->until)
        status = parse_time("--until", a->until, now_us, &o->to_us, err);
    if (status == YK_OK && (a->from || !a->until)) {
        const char *from = a->from ? a->from : o->realtime ? "now" : DEFAULT_FROM;
        status = parse_time("--from", from, now_us, &o->from_us, err);
    }
    if (status != YK_OK)
        return status;
    if (a->until && !a->from)
        o->from_us = o->to_us - duration_us;
    else if (!a->until)
        o->to_us = o->realtime && !a->duration_us ? INT64_MAX : o->from_us + duration_us;
    if (o->from_us < 86400 * SECOND_US || o->to_us <= o->from_us)
        return yk_error_set(err, YK_ERR_USAGE,
                            "the end is not after the beginning: look at --from, --until, --duration");
    return YK_OK;
}

/* SENSOR=TIME/DURATION */
static enum yk_status resolve_outages(struct arguments *a, struct yk_error *err)
{
    for (size_t i = 0; i < a->outage_count; i++) {
        char time[64];
        const char *text = a->outages[i], *equals = strchr(text, '='), *slash = equals ? strchr(equals, '/') : NULL;
        int64_t length = slash ? parse_duration(slash + 1) : 0;
        if (!slash || length == 0 || equals - text >= YK_ID_SIZE || slash - equals > (ptrdiff_t)sizeof time)
            return yk_error_set(err, YK_ERR_USAGE,
                                "--outage %s: write SENSOR=TIME/DURATION, for example radio-1=2026-04-01T10:00/45m",
                                text);
        snprintf(a->outage_sensor[i], YK_ID_SIZE, "%.*s", (int)(equals - text), text);
        snprintf(time, sizeof time, "%.*s", (int)(slash - equals - 1), equals + 1);
        struct yk_simulate_outage *outage = &a->outage_list[i];
        outage->sensor = a->outage_sensor[i];
        enum yk_status status = parse_time("--outage", time, yk_wall_now(&yk_clock_system).us, &outage->from_us, err);
        if (status != YK_OK)
            return status;
        outage->to_us = outage->from_us + length;
    }
    a->options.outages = a->outage_list;
    a->options.outage_count = a->outage_count;
    return YK_OK;
}

static void draw_progress(void *context, int64_t time_us)
{
    const struct yk_simulate_options *o = context;
    yk_progress_draw("simulating", (uint64_t)(time_us - o->from_us), (uint64_t)(o->to_us - o->from_us));
}

static void print_summary(const struct arguments *a, const struct yk_simulate_summary *summary)
{
    const struct yk_simulate_options *o = &a->options;
    char from[YK_TIME_TEXT_MAX], to[YK_TIME_TEXT_MAX];
    printf("Scene %s, seed %" PRIu64 ", %s to %s%s.\n", o->scene->name, o->seed,
           yk_time_format(from, o->from_us / SECOND_US), yk_time_format(to, summary->to_us / SECOND_US),
           summary->stopped ? " (ended early, as asked)" : "");
    printf("%" PRIu64 " persons, %" PRIu64 " devices, %" PRIu64 " adverts%s; %.1f MB %s, truth in %s/truth.json.\n",
           summary->persons, summary->devices, summary->adverts,
           o->advert_interval_s > 0 ? " (advert intervals are thinned)" : "", (double)summary->bytes / 1e6,
           o->stream_count > 0 ? "written" : "of recordings", o->out_dir);
}

static enum yk_status run(struct arguments *a, struct yk_simulate_summary *summary, struct yk_error *err)
{
    struct yk_config *config = NULL;
    enum yk_status status = yk_config_read(a->district, &config, NULL, err);
    if (status == YK_OK)
        status = yk_calendar_open(config->timezone, err);
    if (status == YK_OK)
        status = resolve_times(a, err);
    if (status == YK_OK)
        status = resolve_outages(a, err);
    if (status == YK_OK && mkdir(a->options.out_dir, 0755) != 0 && errno != EEXIST)
        status = yk_error_errno(err, YK_ERR_IO, "cannot make the folder %s", a->options.out_dir);
    if (!a->quiet && !a->options.realtime) {
        a->options.progress = draw_progress;
        a->options.progress_context = &a->options;
    }
    if (status == YK_OK)
        status = yk_simulate_run(config, &a->options, summary, err);
    yk_progress_clear();
    yk_config_free(config);
    return status;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"out", OUT, "DIR", 0, "Where the files go; made if missing", 0},
        {"seed", SEED, "N", 0, "Another seed, another district (default 1)", 0},
        {"scene", SCENE, "NAME", 0, "What it is like (default district)", 0},
        {"from", FROM, "TIME", 0, "Beginning (default " DEFAULT_FROM ", local; with --realtime now)", 1},
        {"duration", DURATION, "TIME", 0, "3d, 2h, 90m (default 1d; with --realtime until SIGTERM)", 1},
        {"until", UNTIL, "TIME", 0, "End instead of beginning; 'now' makes history up to this second", 1},
        {"realtime", REALTIME, NULL, 0, "Keep pace with the clock, flushing every 0.5 s", 1},
        {"ble-format", BLE_FORMAT, "NAME", 0, "pcap256 (default), pcap201 or btsnoop", 2},
        {"camera-format", CAMERA_FORMAT, "NAME", 0, "deepstream (default) or mot", 2},
        {"advert-interval", INTERVAL, "SECONDS", 0, "Thin: every device about this often", 2},
        {"camera-fps", FPS, "N", 0, "Frames per second of the events (default 5; mot: the sensor's fps)", 2},
        {"beacons", BEACONS, "N", 0, "Infrastructure beacons per place (default: the scene's)", 2},
        {"stream", STREAM, "SENSOR=PATH", 0, "Write this sensor into a FIFO instead; may be repeated", 3},
        {"outage", OUTAGE, "SENSOR=TIME/DURATION", 0, "The sensor records nothing then; may be repeated", 3},
        {"truth-addresses", ADDRESSES, NULL, 0, "List every address used in truth.json", 3},
        {"quiet", 'q', NULL, 0, "No progress, no summary", 3},
        {0},
    };
    const struct argp argp = {options, parse_option, "DISTRICT.yaml", help_text(), NULL, NULL, NULL};
    static struct arguments arguments = {.options = {.seed = 1, .camera_fps = 5, .beacons = -1}};
    arguments.options.scene = yk_scene_at(0);
    arguments.options.streams = arguments.streams;
    arguments.options.stop = &stop_signals;
    argp_program_version = "yukikai simulate " YK_VERSION;
    argp_err_exit_status = EX_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    yk_log_start("yukikai simulate");

    /* No SA_RESTART: a wait for a reader or for the clock has to notice. */
    struct sigaction action = {.sa_handler = on_stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);

    struct yk_error err;
    struct yk_simulate_summary summary;
    enum yk_status status = run(&arguments, &summary, &err);
    if (status != YK_OK)
        fprintf(stderr, "yukikai simulate: %s\n", err.message);
    else if (!arguments.quiet)
        print_summary(&arguments, &summary);
    return yk_status_exit_code(status);
}
