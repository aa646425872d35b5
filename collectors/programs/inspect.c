/* yukikai inspect: what is in a recording. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Radio recordings and camera event files, told apart by their contents. Everything shown is a number that another
 * module counted: this program never sees an identifier, so it cannot print one. Each file becomes one JSON object;
 * --json writes the objects, otherwise the same objects are laid out for reading. A file that cannot be read does not
 * keep the others from being read; the exit status is the worst of all. */
#include "base/clock.h"
#include "base/error.h"
#include "base/matrix3.h"
#include "recording/report.h"
#include "sources/inspect_ble.h"
#include "sources/inspect_camera.h"

#include <argp.h>
#include <gsl/gsl_errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

const char *argp_program_version = "yukikai-inspect " YK_VERSION;

static const char arguments_text[] = "FILE...";
static const char about_text[] =
    "Says what is in recordings: Bluetooth LE captures (btsnoop, pcap, pcapng) and camera event files."
    "\vFILE may be '-' for a capture on standard input. No identifier is ever shown.\n\n"
    "Examples:\n"
    "  yukikai inspect btsnoop_hci.log\n"
    "  yukikai inspect --json morning.pcapng noon.pcapng\n"
    "  yukikai inspect --estimate morning.pcapng\n"
    "  yukikai inspect --line 1200,0,1200,1080 --hysteresis 15 events.jsonl\n"
    "  yukikai inspect --fps 15 --line 5,-4,5,14 --zone 2,2,8,2,8,9,2,9 seq_eth_obsmat.txt\n"
    "  yukikai inspect --homography cam-1_H.txt --line 2,25,12,25 --zone 2,20,12,20,12,30,2,30 \\\n"
    "      events.jsonl\n"
    "  yukikai inspect --format trajectory --scale 0.01 --fps 25 --line 4,-4,4,4 \\\n"
    "      --events events.csv --svg picture.svg walk.txt\n\n"
    "--estimate tells device visits, arrivals, mean stay and mean occupancy, with 95 % intervals. The period of "
    "address "
    "rotation is measured in the recording; where it cannot be, what needs it is 'not measurable here', with the "
    "reason. "
    "Addresses that are there nearly all the time are infrastructure and counted apart.\n\n"
    "--events writes t_s,kind,direction,x,y: crossings (crossing_raw, and crossing for those that count) and "
    "zone_enter, "
    "zone_leave; --occupancy one row per second, --dwell one per track that was in the zone. None holds a track's "
    "number.\n\n"
    "Exit status: 0, or of the worst file: 65 it is corrupt or of a kind that is not read, 66 it cannot be opened, "
    "74 a result could not be written.";

enum option_key {
    OPTION_JSON = 'j',
    OPTION_FORMAT = 'f',
    OPTION_LINE = 'l',
    OPTION_HYSTERESIS = 'H',
    OPTION_FPS = 'r',
    OPTION_ZONE = 'z',
    OPTION_SCALE = 's',
    OPTION_EVENTS = 'e',
    OPTION_OCCUPANCY = 'o',
    OPTION_DWELL = 'd',
    OPTION_SVG = 'p',
    OPTION_HOMOGRAPHY = 256,
    OPTION_FRAME,
    OPTION_ESTIMATE
};

static const struct argp_option options[] = {
    {"json", OPTION_JSON, NULL, 0, "One JSON object for one FILE, an array for several", 0},
    {"estimate", OPTION_ESTIMATE, NULL, 0,
     "Bluetooth: how many devices the addresses stand for; of the whole and by quarter, or hour of a long recording",
     0},
    {"format", OPTION_FORMAT, "FORMAT", 0,
     "Camera events: deepstream, mot, csv, edinburgh, obsmat or trajectory (guessed when left out)", 1},
    {"line", OPTION_LINE, "X1,Y1,X2,Y2[,...]", 0,
     "Camera events: count the crossings of this line, which may have bends", 1},
    {"hysteresis", OPTION_HYSTERESIS, "H", 0, "Camera events: distance that a crossing must go beyond the line", 1},
    {"fps", OPTION_FPS, "N", 0, "Camera events: frames per second, for files without times (default 30)", 1},
    {"zone", OPTION_ZONE, "X,Y,X,Y,...", 0, "Camera events: occupancy and dwell in this polygon of 3 to 64 corners", 1},
    {"scale", OPTION_SCALE, "S", 0,
     "Camera events: multiply the file's coordinates by S, 0.01 for centimetres; lines and zones are in what comes out",
     1},
    {"frame", OPTION_FRAME, "WxH", 0,
     "Camera events: the picture's size, for formats that tell parts of it (axis, onvif); line and zone are in pixels "
     "then",
     1},
    {"homography", OPTION_HOMOGRAPHY, "NUMBERS|FILE", 0,
     "Camera events: nine numbers, row by row, from the picture to metres on the ground; line and zone are in metres "
     "then",
     1},
    {"events", OPTION_EVENTS, "FILE.csv", 0, "Write every crossing, and every way into the zone and out of it", 2},
    {"occupancy", OPTION_OCCUPANCY, "FILE.csv", 0, "Write people in the zone per second", 2},
    {"dwell", OPTION_DWELL, "FILE.csv", 0, "Write time in the zone per track", 2},
    {"svg", OPTION_SVG, "FILE.svg", 0, "Draw the tracks, the line with its plus side, and the zone", 2},
    {0},
};

struct settings {
    bool json, estimate;
    struct yk_inspect_camera_options camera;
    char **files;
    size_t file_count;
};

/* One finite number that ends at `end`; moves *text behind it. */
static bool read_number(const char **text, char end, double *out)
{
    char *stop;
    *out = strtod(*text, &stop);
    if (stop == *text || *stop != end || !isfinite(*out))
        return false;
    *text = stop + (end != '\0');
    return true;
}

/* x,y,x,y,... into a line or a polygon of `least` points or more. */
static bool read_points(const char *text, size_t least, struct yk_polygon *out)
{
    out->count = 0;
    for (;;) {
        if (out->count == YK_POINTS_MAX)
            return false;
        double *point = out->points[out->count];
        if (!read_number(&text, ',', &point[0]))
            return false;
        out->count++;
        if (read_number(&text, '\0', &point[1]))
            return out->count >= least;
        if (!read_number(&text, ',', &point[1]))
            return false;
    }
}

/* Nine numbers and nothing else; brackets and commas may stand around them, as in a configuration. */
static bool read_nine(const char *text, double m[9])
{
    for (int i = 0; i < 9; i++) {
        char *stop;
        text += strspn(text, " \t\r\n,;[");
        m[i] = strtod(text, &stop);
        if (stop == text)
            return false;
        text = stop;
    }
    return text[strspn(text, " \t\r\n,;]")] == '\0';
}

static bool read_homography(const char *value, double m[9])
{
    char text[1024];
    if (!read_nine(value, m)) {
        FILE *file = fopen(value, "re");
        if (!file)
            return false;
        size_t length = fread(text, 1, sizeof text - 1, file);
        fclose(file);
        text[length] = '\0';
        if (!read_nine(text, m))
            return false;
    }
    return !yk_matrix3_singular(m);
}

/* The same file under two names would be emptied before it is read. */
static bool is_same(const char *a, const char *b)
{
    struct stat first, second;
    return a && stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino && S_ISREG(first.st_mode);
}

static void check_files(struct argp_state *state, const struct settings *settings)
{
    const struct yk_inspect_camera_options *camera = &settings->camera;
    const char *const written[] = {camera->events_path, camera->occupancy_path, camera->dwell_path, camera->svg_path};
    for (size_t w = 0; w < sizeof written / sizeof written[0]; w++)
        for (size_t i = 0; i < settings->file_count; i++)
            if (is_same(written[w], settings->files[i]))
                argp_error(state, "%s is to be read; write to another file", written[w]);
    if ((camera->events_path || camera->occupancy_path || camera->dwell_path || camera->svg_path) &&
        settings->file_count > 1)
        argp_error(state, "--events, --occupancy, --dwell and --svg are written for one FILE; give one at a time");
    if ((camera->occupancy_path || camera->dwell_path) && !camera->zone.count)
        argp_error(state, "--occupancy and --dwell are about a zone; give --zone");
    if (camera->events_path && !camera->zone.count && !camera->line.count)
        argp_error(state, "--events are those of a line or a zone; give --line or --zone");
}

static error_t read_option(int key, char *value, struct argp_state *state)
{
    struct settings *settings = state->input;
    const char *at = value;
    switch (key) {
    case OPTION_JSON:
        settings->json = true;
        return 0;
    case OPTION_ESTIMATE:
        settings->estimate = true;
        return 0;
    case OPTION_FORMAT:
        settings->camera.format = value;
        return 0;
    case OPTION_LINE:
        if (!read_points(value, 2, &settings->camera.line))
            argp_error(state, "--line takes 2 to %d points, x,y,x,y,...: 1200,0,1200,1080 (not '%s')", YK_POINTS_MAX,
                       value);
        return 0;
    case OPTION_HYSTERESIS:
        if (!read_number(&at, '\0', &settings->camera.hysteresis) || settings->camera.hysteresis < 0)
            argp_error(state, "--hysteresis takes a number that is not negative (not '%s')", value);
        return 0;
    case OPTION_FPS:
        if (!read_number(&at, '\0', &settings->camera.fps) || settings->camera.fps <= 0)
            argp_error(state, "--fps takes a number above zero (not '%s')", value);
        return 0;
    case OPTION_ZONE:
        if (!read_points(value, 3, &settings->camera.zone))
            argp_error(state, "--zone takes 3 to %d corners, x,y,x,y,...: 2,2,8,2,8,9 (not '%s')", YK_POINTS_MAX,
                       value);
        return 0;
    case OPTION_SCALE:
        if (!read_number(&at, '\0', &settings->camera.scale) || settings->camera.scale <= 0)
            argp_error(state, "--scale takes a number above zero (not '%s')", value);
        return 0;
    case OPTION_FRAME:
        if (!read_number(&at, 'x', &settings->camera.frame[0]) || !read_number(&at, '\0', &settings->camera.frame[1]) ||
            settings->camera.frame[0] <= 0 || settings->camera.frame[1] <= 0)
            argp_error(state, "--frame takes width and height: 1920x1080 (not '%s')", value);
        return 0;
    case OPTION_HOMOGRAPHY:
        if (!read_homography(value, settings->camera.homography))
            argp_error(state,
                       "--homography takes nine numbers, or a file of them, that lead a plane to a plane (not '%s')",
                       value);
        settings->camera.has_homography = true;
        return 0;
    case OPTION_EVENTS:
        settings->camera.events_path = value;
        return 0;
    case OPTION_OCCUPANCY:
        settings->camera.occupancy_path = value;
        return 0;
    case OPTION_DWELL:
        settings->camera.dwell_path = value;
        return 0;
    case OPTION_SVG:
        settings->camera.svg_path = value;
        return 0;
    case ARGP_KEY_ARGS:
        settings->files = state->argv + state->next;
        settings->file_count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_SUCCESS:
        check_files(state, settings);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no FILE given");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A bar on a terminal, once reading has taken longer than a moment. */
struct bar {
    bool wanted;
    bool shown;
    int64_t next_us; /* monotonic */
};

#define BAR_FIRST_US INT64_C(500000)
#define BAR_EVERY_US INT64_C(100000)
#define BAR_WIDTH    40

static void bar_start(struct bar *bar)
{
    *bar = (struct bar){.wanted = isatty(STDERR_FILENO), .next_us = yk_mono_now(&yk_clock_system).us + BAR_FIRST_US};
}

static void bar_move(void *context, uint64_t done, uint64_t total)
{
    struct bar *bar = context;
    if (!bar->wanted || yk_mono_now(&yk_clock_system).us < bar->next_us)
        return;
    bar->next_us = yk_mono_now(&yk_clock_system).us + BAR_EVERY_US;
    bar->shown = true;
    if (total == 0) {
        fprintf(stderr, "\r%" PRIu64 " KiB read", done / 1024);
        return;
    }
    double part = done < total ? (double)done / (double)total : 1.0;
    int filled = (int)(part * BAR_WIDTH);
    fprintf(stderr, "\r[%.*s%*s] %3d %%", filled, "########################################", BAR_WIDTH - filled, "",
            (int)(part * 100));
}

static void bar_end(const struct bar *bar)
{
    if (bar->shown)
        fprintf(stderr, "\r%*s\r", BAR_WIDTH + 8, "");
}

/* Looking into a pipe would take its beginning away, so only a file's kind is guessed. */
static bool is_camera(const char *path, const struct yk_inspect_camera_options *camera)
{
    struct stat info;
    if (camera->format)
        return true;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && yk_inspect_camera_guess(path);
}

/* The radio recording's object, with what an edge would have made of the same adverts. What was heard before a recording
 * turned out to be corrupt was heard. */
static enum yk_status inspect_ble(const char *path, const struct settings *settings, json_t **found,
                                  struct yk_recording_figures *figures, struct yk_error *err)
{
    struct bar bar;
    if (!settings->estimate) {
        bar_start(&bar);
        enum yk_status status = yk_inspect_ble(path, bar_move, &bar, NULL, found, err);
        bar_end(&bar);
        return status;
    }
    struct yk_listening *listening;
    enum yk_status status = yk_listening_new(&listening, err);
    if (status != YK_OK)
        return status;
    struct yk_capture_listener listener = yk_listening_listener(listening);
    bar_start(&bar);
    status = yk_inspect_ble(path, bar_move, &bar, &listener, found, err);
    bar_end(&bar);
    struct yk_recording *recording;
    struct yk_error own = {0};
    enum yk_status listened = YK_OK;
    if (*found) {
        listened = yk_listening_finish(listening, &recording, &own);
        if (listened == YK_OK)
            listened = yk_recording_estimate(recording, figures, &own);
        if (listened == YK_OK)
            json_object_set_new(*found, "estimate", yk_recording_json(figures));
    }
    yk_listening_free(listening);
    if (status != YK_OK || listened == YK_OK)
        return status;
    *err = own;
    return listened;
}

/* Always an object: with the file's name, what could be read of it, and why it could not be read further. */
static enum yk_status inspect(const char *path, const struct settings *settings, json_t **out,
                              struct yk_recording_figures *figures)
{
    struct yk_error err = {0};
    *figures = (struct yk_recording_figures){.why = NULL};
    json_t *found = NULL;
    enum yk_status status;
    if (is_camera(path, &settings->camera)) {
        status = yk_inspect_camera(path, &settings->camera, &found, &err);
    } else {
        status = inspect_ble(path, settings, &found, figures, &err);
    }
    const char *slash = strrchr(path, '/');
    json_t *object = json_object();
    json_t *name = json_string(slash ? slash + 1 : path);
    json_object_set_new(object, "file", name ? name : json_string("(a name that is not UTF-8)"));
    json_object_update(object, found);
    json_decref(found);
    if (status != YK_OK) {
        fprintf(stderr, "yukikai inspect: %s\n", err.message);
        json_t *message = json_string(err.message);
        json_object_set_new(object, "error", message ? message : json_string("(a message that is not UTF-8)"));
    }
    *out = object;
    return status;
}

static void print_scalar(const json_t *value)
{
    if (json_is_string(value))
        printf("%s", json_string_value(value));
    else if (json_is_integer(value))
        printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        printf("%g", json_real_value(value));
    else
        printf("%s", json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
}

static void print_words(const char *key, int width)
{
    int n = 0;
    for (; key[n]; n++)
        putchar(key[n] == '_' ? ' ' : key[n]);
    printf("%*s", n < width ? width - n : 0, "");
}

static const char *drop_text(const char *name)
{
    for (int i = 0; i < YK_DROP_COUNT; i++)
        if (strcmp(yk_drop_name((enum yk_drop)i), name) == 0)
            return yk_drop_text((enum yk_drop)i);
    return "";
}

#define LABEL_WIDTH 20

static void print_drops(json_t *drops)
{
    const char *reason;
    json_t *count;
    const char *label = "drops";
    if (json_object_size(drops) == 0)
        printf("  %-*snone\n", LABEL_WIDTH, label);
    json_object_foreach(drops, reason, count)
    {
        printf("  %-*s", LABEL_WIDTH, label);
        print_scalar(count);
        printf(" ");
        print_words(reason, 0);
        printf(": %s\n", drop_text(reason));
        label = "";
    }
}

/* "total 38, public 2, ..."; an object inside that one gets brackets. */
static void print_inline(json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            printf("%s", i ? ", " : "");
            print_inline(json_array_get(value, i));
        }
        return;
    }
    if (!json_is_object(value)) {
        print_scalar(value);
        return;
    }
    const char *key, *comma = "";
    json_t *inner;
    json_object_foreach(value, key, inner)
    {
        printf("%s", comma);
        print_words(key, 0);
        printf(json_is_object(inner) ? " (" : " ");
        print_inline(inner);
        printf(json_is_object(inner) ? ")" : "");
        comma = ", ";
    }
}

static void print_object(json_t *object)
{
    const char *key;
    json_t *value;
    printf("%s\n", json_string_value(json_object_get(object, "file")));
    json_object_foreach(object, key, value)
    {
        if (strcmp(key, "file") == 0 || strcmp(key, "estimate") == 0)
            continue;
        if (strcmp(key, "drops") == 0) {
            print_drops(value);
            continue;
        }
        printf("  ");
        print_words(key, LABEL_WIDTH);
        if (json_is_object(value) && json_object_size(value) == 0)
            printf("none known");
        print_inline(value);
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options, .parser = read_option, .args_doc = arguments_text, .doc = about_text};
    struct settings settings = {0};
    gsl_set_error_handler_off();
    argp_parse(&argp, argc, argv, 0, NULL, &settings);

    int exit_code = EX_OK;
    json_t *all = json_array();
    for (size_t i = 0; i < settings.file_count; i++) {
        json_t *object;
        struct yk_recording_figures figures;
        int code = yk_status_exit_code(inspect(settings.files[i], &settings, &object, &figures));
        if (code > exit_code)
            exit_code = code;
        if (!settings.json) {
            printf("%s", i ? "\n" : "");
            print_object(object);
            if (json_object_get(object, "estimate"))
                yk_recording_print(&figures, stdout);
        }
        yk_recording_figures_clear(&figures);
        json_array_append_new(all, object);
    }
    if (settings.json) {
        json_dumpf(settings.file_count == 1 ? json_array_get(all, 0) : all, stdout, JSON_INDENT(2));
        printf("\n");
    }
    json_decref(all);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "yukikai inspect: cannot write the result\n");
        return EX_IOERR;
    }
    return exit_code;
}
