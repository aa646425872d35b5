/* yukikai homography: the map from a camera's picture to the ground. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads places that somebody measured on the ground and found in the picture, says which nine numbers fit them best and
 * how well each fits, and writes them into the district's file if asked to. */
#include "ground/fit.h"
#include "ground/picture.h"
#include "ground/sensor_file.h"

#include <argp.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static const char about_text[] =
    "Finds the map from a camera's picture to the ground out of four or more places that are known in both, and says "
    "how "
    "well each fits."
    "\vPAIRS.csv has a line x_px,y_px,x_m,y_m for each place: pixels with y downwards (the middle of somebody's feet), "
    "metres with y to the north, or any two axes that lie so. Spread them over the ground that is counted on, no three "
    "on "
    "a line; eight or more are better than four, which always fit.\n\n"
    "Examples:\n"
    "  yukikai homography pairs.csv --svg pairs.svg\n"
    "  yukikai homography --pair 412,903=0,0 --pair 1530,880=8,0 \\\n"
    "      --pair 1204,411=8,22 --pair 640,418=0,22\n"
    "  yukikai homography pairs.csv --write district.yaml --sensor cam-1\n\n"
    "With a homography the sensor's lines, zones and hysteresis are in metres.\n\n"
    "Exit status: 0 done, 64 wrong command line, 65 the pairs determine no map, 66 a file cannot be read, 74 one "
    "cannot "
    "be written, 78 the district's file is wrong or has no such sensor.";

enum { OPT_PAIR = 256, OPT_WRITE, OPT_SENSOR, OPT_VALID_FROM, OPT_SVG };

static const struct argp_option options[] = {
    {"pair", OPT_PAIR, "x,y=X,Y", 0, "A place in the picture and on the ground; may be repeated", 0},
    {"json", 'j', NULL, 0, "Write the result as one JSON object", 1},
    {"svg", OPT_SVG, "FILE.svg", 0, "Draw the places and their residuals, seen from above", 1},
    {"write", OPT_WRITE, "DISTRICT.yaml", 0, "Put the nine numbers into the sensor's entry; all else stays", 2},
    {"sensor", OPT_SENSOR, "ID", 0, "Which sensor, for --write", 2},
    {"valid-from", OPT_VALID_FROM, "TIME", 0, "Which of its entries, where it has several: as the file has it", 2},
    {0},
};

struct arguments {
    struct yk_ground_pairs pairs;
    const char *file, *svg, *write;
    struct yk_ground_sensor sensor;
    bool json;
};

static void add_pair(struct argp_state *state, struct arguments *a, const char *text)
{
    if (a->pairs.count == YK_GROUND_PAIRS_MAX)
        argp_error(state, "more than %d pairs", YK_GROUND_PAIRS_MAX);
    else if (!yk_ground_pair_parse(text, &a->pairs.list[a->pairs.count]))
        argp_error(state, "--pair takes pixels and metres, x,y=X,Y: 412,903=3.5,-1.2 (not '%s')", text);
    else
        a->pairs.count++;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_PAIR:
        add_pair(state, a, arg);
        return 0;
    case 'j':
        a->json = true;
        return 0;
    case OPT_SVG:
        a->svg = arg;
        return 0;
    case OPT_WRITE:
        a->write = arg;
        return 0;
    case OPT_SENSOR:
        a->sensor.id = arg;
        return 0;
    case OPT_VALID_FROM:
        a->sensor.valid_from = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file)
            argp_error(state, "one file of pairs at a time: what is %s?", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->file && a->pairs.count == 0)
            argp_error(state, "which pairs? Example: yukikai homography pairs.csv");
        if (!a->write != !a->sensor.id)
            argp_error(state, "--write and --sensor go together: --write district.yaml --sensor cam-1");
        if (a->sensor.valid_from && !a->write)
            argp_error(state, "--valid-from says which entry to --write");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_matrix(const struct yk_ground_fit *fit)
{
    printf("homography: [");
    for (int i = 0; i < 9; i++) {
        char number[YK_GROUND_NUMBER_SIZE];
        yk_ground_number(number, fit->homography[i]);
        printf("%s%s", i ? ", " : "", number);
    }
    printf("]\n\n");
}

static void print_warnings(const struct arguments *a, const struct yk_ground_fit *fit)
{
    for (size_t i = 0; i < a->pairs.count; i++)
        if (yk_ground_outlying(fit, i))
            printf("warning: pair %zu is %.1f px off, the middle one %.1f; look at it again, or leave it out\n", i + 1,
                   fit->residuals[i].picture_px, fit->median_px);
    if (!fit->refined)
        printf("note: four pairs always fit; a fifth says how good the map is\n");
}

static void print_text(const struct arguments *a, const struct yk_ground_fit *fit)
{
    print_matrix(fit);
    printf("%4s %10s %10s %12s %12s %9s %9s %9s %9s\n", "pair", "x_px", "y_px", "x_m", "y_m", "off_x_m", "off_y_m",
           "off_m", "off_px");
    for (size_t i = 0; i < a->pairs.count; i++) {
        const struct yk_ground_pair *pair = &a->pairs.list[i];
        const struct yk_ground_residual *r = &fit->residuals[i];
        printf("%4zu %10.2f %10.2f %12.3f %12.3f %9.3f %9.3f %9.3f %9.2f%s\n", i + 1, pair->picture[0],
               pair->picture[1], pair->ground[0], pair->ground[1], r->ground[0], r->ground[1], r->ground_m,
               r->picture_px, yk_ground_outlying(fit, i) ? " <" : "");
    }
    printf("RMS %.4f m, %.3f px", fit->rms_m, fit->rms_px);
    if (fit->refined)
        printf(" (%.3f px before refining)", fit->linear_rms_px);
    printf("\n");
    print_warnings(a, fit);
}

static json_t *pair_json(const struct yk_ground_pair *pair, const struct yk_ground_fit *fit, size_t i)
{
    const struct yk_ground_residual *r = &fit->residuals[i];
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b}", "x_px", pair->picture[0], "y_px",
                     pair->picture[1], "x_m", pair->ground[0], "y_m", pair->ground[1], "off_x_m", r->ground[0],
                     "off_y_m", r->ground[1], "off_m", r->ground_m, "off_px", r->picture_px, "outlying",
                     yk_ground_outlying(fit, i));
}

static void print_json(const struct arguments *a, const struct yk_ground_fit *fit)
{
    json_t *numbers = json_array(), *pairs = json_array();
    for (int i = 0; i < 9; i++)
        json_array_append_new(numbers, json_real(fit->homography[i]));
    for (size_t i = 0; i < a->pairs.count; i++)
        json_array_append_new(pairs, pair_json(&a->pairs.list[i], fit, i));
    json_t *root = json_pack("{s:o, s:b, s:f, s:f, s:f, s:f, s:o}", "homography", numbers, "refined", fit->refined,
                             "rms_m", fit->rms_m, "rms_px", fit->rms_px, "rms_px_before_refining", fit->linear_rms_px,
                             "median_px", fit->median_px, "pairs", pairs);
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    printf("\n");
    json_decref(root);
}

static enum yk_status write_svg(const struct arguments *a, const struct yk_ground_fit *fit, struct yk_error *err)
{
    FILE *file = fopen(a->svg, "we");
    if (!file)
        return yk_error_errno(err, YK_ERR_IO, "cannot write %.200s", a->svg);
    yk_ground_picture(&a->pairs, fit, file);
    int bad = ferror(file);
    if (fclose(file) != 0 || bad)
        return yk_error_errno(err, YK_ERR_IO, "cannot write %.200s whole", a->svg);
    return YK_OK;
}

static enum yk_status run(struct arguments *a, struct yk_error *err)
{
    static struct yk_ground_fit fit;
    enum yk_status status = a->file ? yk_ground_pairs_read(a->file, &a->pairs, err) : YK_OK;
    if (status == YK_OK)
        status = yk_ground_fit(&a->pairs, &fit, err);
    if (status != YK_OK)
        return status;
    if (a->json)
        print_json(a, &fit);
    else
        print_text(a, &fit);
    if (a->svg)
        status = write_svg(a, &fit, err);
    if (status == YK_OK && a->write)
        status = yk_ground_write(a->write, &a->sensor, fit.homography, err);
    if (status == YK_OK && a->write && !a->json)
        printf("written: homography of %s in %s; what is drawn there in pixels has to be drawn in metres now\n",
               a->sensor.id, a->write);
    return status;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "[PAIRS.csv]", about_text, NULL, NULL, NULL};
    static struct arguments arguments;
    argp_program_version = "yukikai homography " YK_VERSION;
    argp_err_exit_status = EX_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    gsl_set_error_handler_off();

    struct yk_error err = {0};
    enum yk_status status = run(&arguments, &err);
    if (status != YK_OK)
        fprintf(stderr, "yukikai homography: %s\n", err.message);
    if (fflush(stdout) != 0 && status == YK_OK) {
        fprintf(stderr, "yukikai homography: cannot write the result\n");
        return EX_IOERR;
    }
    return yk_status_exit_code(status);
}
