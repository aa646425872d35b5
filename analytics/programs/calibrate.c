/* yukikai calibrate: persons per device, from windows in which both were counted. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fits and shows; only --accept changes anything, and then it adds to the calibrations file. What is accepted takes effect with
 * the next epoch, so no row that was published changes. */
#include "calibrate_private.h"

#include "base/calendar.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <argp.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

const char *argp_program_version = "yukikai-calibrate " YK_VERSION;

static const char doc[] =
    "Work out how many persons a device stands for, from windows in which both were counted, and show how sure that is."
    "\vPersons come from a table (--counts: start,end,place,persons; a window is a quarter, an hour or an epoch), or "
    "from "
    "final rows of footfall. Devices come from the state store while it has them, with the addresses behind them, and "
    "from final rows after that. Nothing changes without --accept.\n\n"
    "Example:\n"
    "  yukikai calibrate riverside.yaml --counts survey.csv --svg residuals.svg\n"
    "  yukikai calibrate riverside.yaml --counts survey.csv --accept --by \"survey of 3 April\"\n\n"
    "Exit status: 0 at least one place could be calibrated, 65 none could or the counts are wrong, 66 a file cannot be "
    "read, 77 refused, 78 wrong configuration.";

enum { OPT_COUNTS = 256, OPT_STATE, OPT_PUBLISH, OPT_FILE, OPT_RESOLUTION, OPT_SVG, OPT_JSON, OPT_ACCEPT, OPT_BY };

static const struct argp_option options[] = {
    {"counts", OPT_COUNTS, "FILE", 0, "persons by hand or camera: start,end,place,persons (default: rows of footfall)",
     0},
    {"state", OPT_STATE, "DIR", 0, "the state store (default run/state)", 0},
    {"publish", OPT_PUBLISH, "FILE", 0, "the publish store (default run/publish.db)", 0},
    {"resolution", OPT_RESOLUTION, "15m|1h", 0, "of footfall (default 1h)", 0},
    {"svg", OPT_SVG, "FILE", 0, "a picture of the residuals", 0},
    {"json", OPT_JSON, "FILE", 0, "fits, windows and residuals", 0},
    {"accept", OPT_ACCEPT, NULL, 0, "add what was fitted to the calibrations file, from the next epoch on, for a year",
     0},
    {"by", OPT_BY, "TEXT", 0, "who accepts, and on what grounds", 0},
    {"calibrations", OPT_FILE, "FILE", 0, "the calibrations file (default run/calibrations.json)", 0},
    {0},
};

struct arguments {
    const char *district, *counts, *state, *publish, *calibrations, *svg, *json, *by;
    enum yk_resolution resolution;
    bool accept;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
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
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Persons, then devices: from the state store while the epoch's addresses are there, from rows otherwise. A store that does
 * not exist has nothing to say, unless the other has nothing either. */
static enum yk_status gather(const struct arguments *a, const struct yk_config *config, struct yk_pairs *pairs,
                             struct yk_error *err)
{
    char state_file[4096];
    snprintf(state_file, sizeof state_file, "%s/state.db", a->state);
    bool state = access(state_file, F_OK) == 0, rows = access(a->publish, F_OK) == 0;
    if (!state && !rows)
        return yk_error_set(err, YK_ERR_NO_INPUT, "neither %s nor %s exists: say where with --state and --publish",
                            a->state, a->publish);
    enum yk_status status = a->counts ? yk_pairs_read_counts(pairs, config, a->counts, err)
                                      : yk_pairs_read_footfall(pairs, a->publish, a->resolution, err);
    if (status == YK_OK)
        status = yk_pairs_sort(pairs, err);
    if (status == YK_OK && state)
        status = yk_pairs_hear_state(pairs, config, a->state, err);
    if (status == YK_OK && rows)
        status = yk_pairs_hear_rows(pairs, a->publish, err);
    if (status == YK_OK && pairs->count == 0)
        status = yk_error_set(err, YK_ERR_INPUT, "no window with persons in %s", a->counts ? a->counts : a->publish);
    return status;
}

/* pairs->list[from .. to) are of one place. */
static enum yk_status fit_place(const struct yk_pairs *pairs, size_t from, size_t to, struct yk_place_fit *out)
{
    *out = (struct yk_place_fit){.place = pairs->list[from].place,
                                 .points = calloc(to - from, sizeof *out->points),
                                 .residual = calloc(to - from, sizeof *out->residual)};
    if (!out->points || !out->residual)
        return YK_ERR_MEMORY;
    double errors = 0, rotations = 0;
    for (size_t i = from; i < to; i++) {
        const struct yk_pair *pair = &pairs->list[i];
        if (!pair->heard) {
            out->unheard++;
            continue;
        }
        out->points[out->count++] = pair->point;
        if (!isnan(pair->point.addresses)) {
            double turns = fmax(0, pair->point.addresses - pair->point.devices);
            errors += turns * pair->period_se;
            rotations += turns;
        }
    }
    out->state = yk_calibration_fit(out->points, out->count, &out->fit, out->residual);
    if (out->state == YK_CALIBRATION_OK)
        out->fit.period_se = rotations > 0 ? errors / rotations : 0;
    return YK_OK;
}

static enum yk_status fit_all(const struct yk_pairs *pairs, struct yk_place_fit **out, size_t *count)
{
    *out = calloc(pairs->count + 1, sizeof(**out));
    if (!*out)
        return YK_ERR_MEMORY;
    for (size_t from = 0, to; from < pairs->count; from = to) {
        for (to = from + 1; to < pairs->count && strcmp(pairs->list[to].place, pairs->list[from].place) == 0;)
            to++;
        if (fit_place(pairs, from, to, &(*out)[(*count)++]) != YK_OK)
            return YK_ERR_MEMORY;
    }
    return YK_OK;
}

static enum yk_status accept_fits(const struct arguments *a, const struct yk_config *config,
                                  const struct yk_place_fit *fits, size_t count, int64_t now_s, int64_t from_s,
                                  struct yk_error *err)
{
    struct yk_calibration_entry *entries = calloc(count + 1, sizeof *entries);
    if (!entries)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (fits[i].state != YK_CALIBRATION_OK)
            continue;
        struct yk_calibration_entry *e = &entries[n++];
        *e = (struct yk_calibration_entry){.accepted_s = now_s,
                                           .valid_from_s = from_s,
                                           .expires_s = from_s + YK_CALIBRATION_YEAR_S,
                                           .fit = fits[i].fit};
        (void)yk_text_copy(e->place, sizeof e->place, fits[i].place);
        (void)yk_text_copy(e->by, sizeof e->by, a->by);
    }
    enum yk_status status = yk_calibrations_accept(a->calibrations, config->district, entries, n, err);
    char text[YK_TIME_TEXT_MAX];
    for (size_t i = 0; i < n && status == YK_OK; i++)
        printf("accepted %s for %s, from %s on\n", entries[i].id, entries[i].place,
               yk_time_format(text, entries[i].valid_from_s));
    free(entries);
    return status;
}

int main(int argc, char **argv)
{
    struct arguments a = {.state = "run/state",
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
    struct yk_pairs pairs = {0};
    struct yk_place_fit *fits = NULL;
    size_t count = 0, good = 0;
    enum yk_status status = YK_OK;
    if (sodium_init() < 0)
        status = yk_error_set(&err, YK_ERR_INTERNAL, "libsodium does not start");
    else
        status = yk_config_load(a.district, &config, &err);
    if (status == YK_OK)
        status = gather(&a, config, &pairs, &err);
    if (status == YK_OK && fit_all(&pairs, &fits, &count) != YK_OK)
        status = yk_error_set(&err, YK_ERR_MEMORY, "out of memory");
    if (status == YK_OK && config) {
        int64_t now_s = yk_wall_now(&yk_clock_system).us / 1000000;
        int hours = config->privacy.epoch_hours, offset_s = config->privacy.epoch_start_s;
        int64_t from_s = yk_epoch_end(yk_epoch_start(now_s, hours, offset_s), hours, offset_s);
        yk_calibrate_table(fits, count, from_s + YK_CALIBRATION_YEAR_S, stdout);
        for (size_t i = 0; i < count; i++)
            good += fits[i].state == YK_CALIBRATION_OK;
        if (a.json)
            status = yk_calibrate_json(a.json, config->district, fits, count, &err);
        if (status == YK_OK && a.svg)
            status = yk_calibrate_svg(a.svg, fits, count, &err);
        if (status == YK_OK && good == 0)
            status = yk_error_set(&err, YK_ERR_INPUT, "no place could be calibrated");
        if (status == YK_OK && a.accept)
            status = accept_fits(&a, config, fits, count, now_s, from_s, &err);
    }
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    for (size_t i = 0; i < count; i++) {
        free(fits[i].points);
        free(fits[i].residual);
    }
    free(fits);
    yk_pairs_clear(&pairs);
    yk_config_free(config);
    if (fflush(stdout) != 0 && status == YK_OK)
        status = YK_ERR_IO;
    return yk_status_exit_code(status);
}
