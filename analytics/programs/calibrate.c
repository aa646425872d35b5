/* yukikai calibrate: persons per device, and per crossing of a camera's line, from windows in which both were counted.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fits and shows; only --accept changes anything, and then it adds to the calibrations file. What is accepted takes effect with
 * the next epoch, or the next day of cameras, so no row that was published changes. */
#include "calibrate_private.h"

#include "base/clock.h"
#include "base/log.h"

#include <argp.h>
#include <gsl/gsl_errno.h>
#include <sodium.h>
#include <string.h>
#include <sysexits.h>

const char *argp_program_version = "yukikai-calibrate " YK_VERSION;

static const char doc[] =
    "Work out how many persons a device stands for, or a crossing of a camera's line, from windows in which both were "
    "counted, and show how sure that is."
    "\vPersons come from a table, whose first line says what was counted. At a place with a radio: "
    "start,end,place,persons; "
    "a window is a quarter, an hour or an epoch. Beside a camera or counter: start,end,line,direction,count; line is "
    "PLACE/LINE, direction plus, minus or both, and a session is made of whole quarters. Without a table persons are "
    "the "
    "final rows of footfall.\n\n"
    "Devices come from the state store while it has them, with the addresses behind them, and from final rows after "
    "that; "
    "crossings from the state store, or from rows of footfall. Nothing changes without --accept.\n\n"
    "Example:\n"
    "  yukikai calibrate riverside.yaml --counts survey.csv --svg residuals.svg\n"
    "  yukikai calibrate riverside.yaml --counts survey.csv --accept --by \"survey of 3 April\"\n\n"
    "Exit status: 0 at least one place or line could be calibrated, 64 the command line is wrong, 65 none could or the "
    "counts are wrong, 66 a file cannot be read, 69 somebody else is accepting, 77 refused, 78 wrong configuration or "
    "calibrations.";

enum {
    OPT_COUNTS = 256,
    OPT_STATE,
    OPT_PUBLISH,
    OPT_FILE,
    OPT_RESOLUTION,
    OPT_SVG,
    OPT_JSON,
    OPT_ACCEPT,
    OPT_BY,
    OPT_PLACE,
    OPT_VALID_FROM,
    OPT_EXPIRES,
    OPT_FOR_THE_PAST
};

static const struct argp_option options[] = {
    {"counts", OPT_COUNTS, "FILE", 0,
     "persons by hand or camera: start,end,place,persons or start,end,line,direction,count (default: rows of footfall)",
     0},
    {"state", OPT_STATE, "DIR", 0, "the state store (default run/state)", 0},
    {"publish", OPT_PUBLISH, "FILE", 0, "the publish store (default run/publish.db)", 0},
    {"resolution", OPT_RESOLUTION, "15m|1h", 0, "of footfall (default 1h)", 0},
    {"svg", OPT_SVG, "FILE", 0, "a picture of the residuals", 0},
    {"json", OPT_JSON, "FILE", 0, "fits, windows and residuals", 0},
    {"place", OPT_PLACE, "PLACE", 0, "of this place alone", 0},
    {"accept", OPT_ACCEPT, NULL, 0,
     "add what was fitted to the calibrations file, from the next epoch on (of a line: the next day), for a year", 0},
    {"valid-from", OPT_VALID_FROM, "DATE", 0,
     "the day with whose first epoch it begins to hold; of a line, its midnight", 0},
    {"expires", OPT_EXPIRES, "DATE", 0, "the day with which it does not hold any more", 0},
    {"for-the-past", OPT_FOR_THE_PAST, NULL, 0,
     "--valid-from may have begun; refused where the publish store has final rows of that time", 0},
    {"by", OPT_BY, "TEXT", 0, "who accepts, and on what grounds", 0},
    {"calibrations", OPT_FILE, "FILE", 0, "the calibrations file (default run/calibrations.json)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct yk_calibrate_arguments *a = state->input;
    switch (key) {
    case OPT_COUNTS:
        a->counts = arg;
        return 0;
    case OPT_STATE:
        a->state = arg;
        return 0;
    case OPT_PUBLISH:
        a->publish = arg;
        return 0;
    case OPT_FILE:
        a->calibrations = arg;
        return 0;
    case OPT_SVG:
        a->svg = arg;
        return 0;
    case OPT_JSON:
        a->json = arg;
        return 0;
    case OPT_BY:
        if (!*arg || strlen(arg) >= YK_CALIBRATION_BY_SIZE)
            argp_error(state, "--by takes 1 to %d bytes", YK_CALIBRATION_BY_SIZE - 1);
        a->by = arg;
        return 0;
    case OPT_ACCEPT:
        a->accept = true;
        return 0;
    case OPT_PLACE:
        a->place = arg;
        return 0;
    case OPT_VALID_FROM:
        a->valid_from = arg;
        return 0;
    case OPT_EXPIRES:
        a->expires = arg;
        return 0;
    case OPT_FOR_THE_PAST:
        a->for_the_past = true;
        return 0;
    case OPT_RESOLUTION:
        a->resolution = yk_resolution_parse(arg);
        if (a->resolution != YK_RES_15M && a->resolution != YK_RES_1H)
            argp_error(state, "--resolution is 15m or 1h, not '%s'", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one district file is expected, '%s' is too many", arg);
        a->district = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a district file is needed");
        return 0;
    case ARGP_KEY_END:
        if (a->accept && !a->by)
            argp_error(state, "--accept needs --by: who accepts it, and on what grounds");
        if (a->for_the_past && !a->valid_from)
            argp_error(state, "--for-the-past needs --valid-from: since when");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* One district file, one kind of counts. */
static enum yk_status calibrate(const struct yk_calibrate_arguments *a, const struct yk_config *config,
                                struct yk_error *err)
{
    struct yk_hold hold = {.now_s = yk_wall_now(&yk_clock_system).us / 1000000};
    bool lines = a->counts && yk_counts_are_of_lines(a->counts);
    if (a->place && !yk_counts_has_place(config, a->place))
        return yk_error_set(err, YK_ERR_USAGE, "there is no place '%.40s' in %s", a->place, config->path);
    enum yk_status status = yk_hold_find(config, lines, a->valid_from, a->expires, a->for_the_past, &hold, err);
    if (status != YK_OK)
        return status;
    return lines ? yk_calibrate_lines(a, config, &hold, err) : yk_calibrate_devices(a, config, &hold, err);
}

int main(int argc, char **argv)
{
    struct yk_calibrate_arguments a = {.state = "run/state",
                                       .publish = "run/publish.db",
                                       .calibrations = "run/calibrations.json",
                                       .resolution = YK_RES_1H};
    struct argp argp = {options, parse, "DISTRICT.yaml", doc, NULL, NULL, NULL};
    argp_err_exit_status = EX_USAGE;
    yk_log_start("calibrate");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    gsl_set_error_handler_off();

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    enum yk_status status = YK_OK;
    if (sodium_init() < 0)
        status = yk_error_set(&err, YK_ERR_INTERNAL, "libsodium does not start");
    else
        status = yk_config_load(a.district, &config, &err);
    if (status == YK_OK)
        status = calibrate(&a, config, &err);
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    yk_config_free(config);
    if (fflush(stdout) != 0 && status == YK_OK)
        status = YK_ERR_IO;
    return yk_status_exit_code(status);
}
