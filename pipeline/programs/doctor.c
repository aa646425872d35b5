/* yukikai doctor: what is wrong, and what to do. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads what the parts write about themselves (status/status_file.h) and says it in sentences. It connects to nobody and
 * changes nothing; it can run beside everything, on an edge, on the server, or on a machine that is both. */
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "config/edge_config.h"
#include "doctor/show.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

const char *argp_program_version = "yukikai-doctor " YK_VERSION;

static const char doc[] =
    "Say how this machine's parts are, what is wrong, and what to do."
    "\vWithout --spool and --publish it looks into the folder of 'yukikai up' (--run). On an edge give its file or its "
    "spool, on a server the publish store and the keys. With DISTRICT.yaml sensors that nobody may speak for are "
    "found, "
    "too.\n\n"
    "Ends with 0 when all is well and with 1 when there is something to look at.\n\n"
    "Example:\n"
    "  yukikai doctor riverside.yaml --run run\n"
    "  yukikai doctor --spool /var/lib/yukikai/spool --json\n";

enum { OPT_EDGE = 256, OPT_RUN, OPT_SPOOL, OPT_PUBLISH, OPT_KEYS, OPT_JSON };

static const struct argp_option options[] = {
    {"edge", OPT_EDGE, "EDGE.yaml", 0, "an edge's file: its spool and its sensors", 0},
    {"run", OPT_RUN, "DIR", 0, "folder of yukikai up: RUN/spool, RUN/publish.db, RUN/keys (default run)", 0},
    {"spool", OPT_SPOOL, "DIR", 0, "an edge's spool", 0},
    {"publish", OPT_PUBLISH, "FILE", 0, "a server's publish store", 0},
    {"keys", OPT_KEYS, "DIR", 0, "a server's keys: enrolment.json", 0},
    {"json", OPT_JSON, NULL, 0, "as data", 0},
    {0},
};

struct arguments {
    const char *district, *edge, *run, *spool, *publish, *keys;
    bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_EDGE:
        a->edge = arg;
        return 0;
    case OPT_RUN:
        a->run = arg;
        return 0;
    case OPT_SPOOL:
        a->spool = arg;
        return 0;
    case OPT_PUBLISH:
        a->publish = arg;
        return 0;
    case OPT_KEYS:
        a->keys = arg;
        return 0;
    case OPT_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one district file is expected, '%s' is too many", arg);
        a->district = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum yk_status read_files(const struct arguments *a, struct yk_config **config, struct yk_edge_config **edge,
                                 struct yk_error *err)
{
    enum yk_status status = a->district ? yk_config_load(a->district, config, err) : YK_OK;
    if (status != YK_OK || !a->edge)
        return status;
    struct yk_config_mistakes mistakes = {0};
    status = yk_edge_config_read(a->edge, *config, edge, &mistakes, err);
    if (status == YK_ERR_CONFIG)
        yk_config_mistakes_print(a->edge, &mistakes, stderr);
    yk_config_mistakes_free(&mistakes);
    return status;
}

static bool place(char *to, const char *given, const char *run, const char *name)
{
    if (given)
        return yk_text_copy(to, YK_PATH_SIZE, given);
    return !run || snprintf(to, YK_PATH_SIZE, "%s/%s", run, name) < YK_PATH_SIZE;
}

/* Where to look: what was said, else the edge's file, else the folder of `up`. */
static enum yk_status places(const struct arguments *a, const struct yk_edge_config *edge, struct yk_checkup *c,
                             struct yk_error *err)
{
    const char *run = a->run ? a->run : a->spool || a->publish || edge ? NULL : "run";
    const char *spool = a->spool ? a->spool : edge && !a->run ? edge->spool : NULL;
    if (!place(c->run, run ? run : "", NULL, "") || !place(c->spool, spool, run, "spool") ||
        !place(c->publish, a->publish, run, "publish.db") || !place(c->keys, a->keys, run, "keys"))
        return yk_error_set(err, YK_ERR_USAGE, "a folder's name is too long");
    const char *folder = run ? run : spool;
    if (folder && access(folder, R_OK | X_OK) != 0)
        return yk_error_errno(err, errno == EACCES ? YK_ERR_REFUSED : YK_ERR_NO_INPUT, "cannot look into %s%s", folder,
                              a->run || a->spool || edge ? ""
                                                         : " (--run, --spool, --publish and --edge say where to look)");
    return YK_OK;
}

static int examine(const struct arguments *a, struct yk_checkup *c, struct yk_error *err)
{
    struct yk_findings findings = {0};
    yk_checkup_gather(c);
    if (yk_checkup_empty(c)) {
        yk_error_set(err, YK_ERR_NO_INPUT, "no part has written a status file in %s: nothing has been started there",
                     c->run[0]     ? c->run
                     : c->spool[0] ? c->spool
                                   : c->publish);
        return EX_NOINPUT;
    }
    yk_findings_make(c, &findings);
    bool ok = true;
    if (a->json)
        ok = yk_doctor_show_json(stdout, c, &findings);
    else
        yk_doctor_show(stdout, c, &findings, isatty(STDOUT_FILENO));
    int code = yk_findings_well(&findings) ? EX_OK : 1;
    yk_findings_clear(&findings);
    if (fflush(stdout) != 0 || !ok) {
        yk_error_set(err, YK_ERR_IO, "cannot write what was found");
        return EX_IOERR;
    }
    return code;
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    struct argp argp = {options, parse, "[DISTRICT.yaml]", doc, NULL, NULL, NULL};
    argp_err_exit_status = EX_USAGE;
    yk_log_start("doctor");
    argp_parse(&argp, argc, argv, 0, NULL, &a);

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    struct yk_edge_config *edge = NULL;
    static struct yk_checkup checkup;
    enum yk_status status = read_files(&a, &config, &edge, &err);
    if (status == YK_OK)
        status = places(&a, edge, &checkup, &err);
    int code = yk_status_exit_code(status);
    if (status == YK_OK) {
        checkup.config = config;
        checkup.edge = edge;
        code = examine(&a, &checkup, &err);
    }
    if (code > 1)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    yk_checkup_clear(&checkup);
    yk_edge_config_free(edge);
    yk_config_free(config);
    return code;
}
