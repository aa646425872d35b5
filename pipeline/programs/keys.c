/* yukikai keys: key pairs and the list of enrolled edges. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "frame/keys.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *argp_program_version = "yukikai-keys " YK_VERSION;

static const char doc[] =
    "Make key pairs and enrol edges."
    "\vmake    makes KEYS/NAME.key and KEYS/NAME.pub: 'edge' on a device, 'district' on the server.\n"
    "enroll  adds an edge, its public key and its sensors to KEYS/enrolment.json; frames of others count nowhere.\n"
    "list    shows the enrolled edges and the fingerprints of their keys.\n\n"
    "Example:\n"
    "  yukikai keys make --keys edge-keys --name edge\n"
    "  yukikai keys make --keys server-keys --name district\n"
    "  yukikai keys enroll riverside.yaml --keys server-keys --edge edge-1 --public edge-keys/edge.pub "
    "--sensors radio-1,cam-1\n";

enum { OPT_KEYS = 256, OPT_NAME, OPT_EDGE, OPT_PUBLIC, OPT_SENSORS };

static const struct argp_option options[] = {
    {"keys", OPT_KEYS, "DIR", 0, "folder of keys (default run/keys)", 0},
    {"name", OPT_NAME, "edge|district", 0, "make: which pair", 0},
    {"edge", OPT_EDGE, "ID", 0, "enroll: the edge's id", 0},
    {"public", OPT_PUBLIC, "FILE", 0, "enroll: its public key", 0},
    {"sensors", OPT_SENSORS, "ID,...", 0, "enroll: the sensors it may speak for (default: all of the district)", 0},
    {0},
};

struct arguments {
    const char *verb, *district, *keys, *name, *edge, *public_file, *sensors;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_KEYS:
        a->keys = arg;
        return 0;
    case OPT_NAME:
        a->name = arg;
        return 0;
    case OPT_EDGE:
        a->edge = arg;
        return 0;
    case OPT_PUBLIC:
        a->public_file = arg;
        return 0;
    case OPT_SENSORS:
        a->sensors = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            a->verb = arg;
        else if (state->arg_num == 1)
            a->district = arg;
        else
            argp_error(state, "'%s' is too many", arg);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "make, enroll or list?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum yk_status make(const struct arguments *a, struct yk_error *err)
{
    if (!a->name || (strcmp(a->name, "edge") != 0 && strcmp(a->name, "district") != 0))
        return yk_error_set(err, YK_ERR_USAGE, "keys make: --name is edge or district");
    enum yk_status status = yk_keys_make(a->keys, a->name, err);
    uint8_t public_key[YK_FRAME_PUBLIC_SIZE];
    if (status == YK_OK)
        status = yk_keys_load_public(a->keys, a->name, public_key, err);
    if (status == YK_OK) {
        char fingerprint[YK_FINGERPRINT_SIZE];
        yk_keys_fingerprint(public_key, fingerprint);
        printf("made %s/%s.key and .pub, fingerprint %s\n", a->keys, a->name, fingerprint);
    }
    return status;
}

static enum yk_status read_public(const char *path, uint8_t out[static YK_FRAME_PUBLIC_SIZE], struct yk_error *err)
{
    FILE *file = fopen(path, "re");
    char hex[2 * YK_FRAME_PUBLIC_SIZE + 2] = {0};
    if (!file)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %s", path);
    bool ok = fgets(hex, sizeof hex, file) != NULL;
    fclose(file);
    hex[strcspn(hex, "\n")] = '\0';
    return ok && yk_keys_parse_public(hex, out)
               ? YK_OK
               : yk_error_set(err, YK_ERR_INPUT, "%s is not a public key: 64 hex digits are expected", path);
}

static enum yk_status take_sensors(const struct arguments *a, const struct yk_config *config,
                                   struct yk_enrolled_edge *edge, struct yk_error *err)
{
    edge->sensors = calloc(YK_ENROLLED_SENSORS_MAX, sizeof *edge->sensors);
    if (!edge->sensors)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    if (!a->sensors) {
        for (size_t i = 0; i < config->sensor_count && edge->sensor_count < YK_ENROLLED_SENSORS_MAX; i++)
            if (!yk_enrolled_sensor(edge, config->sensors[i].id))
                yk_text_copy(edge->sensors[edge->sensor_count++], YK_ID_SIZE, config->sensors[i].id);
        return YK_OK;
    }
    char list[8192];
    if (strlen(a->sensors) >= sizeof list)
        return yk_error_set(err, YK_ERR_USAGE, "the list of sensors is too long");
    yk_text_copy(list, sizeof list, a->sensors);
    char *rest = NULL;
    for (char *id = strtok_r(list, ",", &rest); id; id = strtok_r(NULL, ",", &rest)) {
        if (!yk_config_sensor(config, id))
            return yk_error_set(err, YK_ERR_USAGE, "there is no sensor '%s' in %s", id, a->district);
        if (edge->sensor_count == YK_ENROLLED_SENSORS_MAX)
            return yk_error_set(err, YK_ERR_USAGE, "at most %d sensors an edge", YK_ENROLLED_SENSORS_MAX);
        yk_text_copy(edge->sensors[edge->sensor_count++], YK_ID_SIZE, id);
    }
    return YK_OK;
}

static enum yk_status enroll(const struct arguments *a, struct yk_error *err)
{
    if (!a->district || !a->edge || !a->public_file)
        return yk_error_set(err, YK_ERR_USAGE, "keys enroll needs DISTRICT.yaml, --edge and --public");
    if (strlen(a->edge) >= YK_ID_SIZE || !*a->edge ||
        strspn(a->edge, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(a->edge))
        return yk_error_set(err, YK_ERR_USAGE, "an edge's id is 1 to 31 of a-z, 0-9 and '-', not '%s'", a->edge);
    struct yk_config *config = NULL;
    struct yk_enrolled_edge edge = {.valid_from_s = INT64_MIN};
    enum yk_status status = yk_config_load(a->district, &config, err);
    if (status == YK_OK)
        status = read_public(a->public_file, edge.public_key, err);
    if (status == YK_OK) {
        yk_text_copy(edge.edge, sizeof edge.edge, a->edge);
        status = take_sensors(a, config, &edge, err);
    }
    if (status == YK_OK)
        status = yk_enrolment_add(a->keys, &edge, err);
    if (status == YK_OK) {
        char fingerprint[YK_FINGERPRINT_SIZE];
        yk_keys_fingerprint(edge.public_key, fingerprint);
        printf("enrolled %s with %zu sensors, fingerprint %s: compare it with what the device shows\n", edge.edge,
               edge.sensor_count, fingerprint);
    }
    free(edge.sensors);
    yk_config_free(config);
    return status;
}

static enum yk_status list(const struct arguments *a, struct yk_error *err)
{
    struct yk_enrolment *enrolment = NULL;
    enum yk_status status = yk_enrolment_read(a->keys, &enrolment, err);
    if (status != YK_OK)
        return status;
    if (enrolment->count == 0)
        printf("no edge is enrolled in %s\n", a->keys);
    for (size_t i = 0; i < enrolment->count; i++) {
        char fingerprint[YK_FINGERPRINT_SIZE];
        yk_keys_fingerprint(enrolment->edges[i].public_key, fingerprint);
        printf("%-31s  %s ", enrolment->edges[i].edge, fingerprint);
        for (size_t s = 0; s < enrolment->edges[i].sensor_count; s++)
            printf(" %s", enrolment->edges[i].sensors[s]);
        putchar('\n');
    }
    yk_enrolment_free(enrolment);
    return YK_OK;
}

int main(int argc, char **argv)
{
    struct arguments a = {.keys = "run/keys"};
    struct argp argp = {options, parse, "make|enroll|list [DISTRICT.yaml]", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("keys");
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    struct yk_error err = {0};
    enum yk_status status;
    if (strcmp(a.verb, "make") == 0)
        status = make(&a, &err);
    else if (strcmp(a.verb, "enroll") == 0)
        status = enroll(&a, &err);
    else if (strcmp(a.verb, "list") == 0)
        status = list(&a, &err);
    else
        status =
            yk_error_set(&err, YK_ERR_USAGE, "'%s' is not one of make, enroll, list (see yukikai keys --help)", a.verb);
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    return yk_status_exit_code(status);
}
