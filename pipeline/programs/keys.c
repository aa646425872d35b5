/* yukikai keys: key pairs, the list of enrolled edges, and what follows from it. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * A verb is one line in the table below, with the options it takes and those it cannot do without: an option that says
 * nothing to a verb is a mistake, because "revoke --sensors cam-1" must not be taken for "revoke all of it". */
#include "keys_private.h"

#include "base/log.h"

#include <argp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *argp_program_version = "yukikai-keys " YK_VERSION;

static const char doc[] = "Make key pairs, say which edges count, and let them into Redis."
                          "\vOn a device or a server, once; what is there is never overwritten:\n"
                          "  make         --name edge: KEYS/edge.key, edge.pub, redis.password\n"
                          "               --name district: the district's pair and passwords\n"
                          "  fingerprint  the short form of a public key, to be read over the phone\n\n"
                          "On the server, in KEYS/enrolment.json:\n"
                          "  enroll       adds an edge, or changes its sensors from a time on\n"
                          "  revoke       from a time on (default: the next full minute) nothing of\n"
                          "               the edge counts\n"
                          "  replace      gives an edge a new key from a time on; the old ends there\n"
                          "  list         the edges, their state, fingerprints and sensors\n"
                          "  acl          writes Redis' ACL file: a user for each edge\n\n"
                          "For as long as the district works, on the server under a user of its own:\n"
                          "  run          makes the key of each epoch, seals it to the edges, and forgets\n"
                          "               it; --once: the next one, now\n\n"
                          "For TLS, if you have no certificate authority of your own:\n"
                          "  authority    makes one: KEYS/ca.key and ca.crt\n"
                          "  certificate  signs a key pair for a server (--host) or a --client\n\n"
                          "A TIME is RFC 3339 with an offset, such as 2026-10-01T09:00:00+09:00. It is\n"
                          "compared with the time of what was observed, not of its arrival.\n\n"
                          "Example: a device on a pole, a server in the office, and a phone.\n"
                          "On the device:\n"
                          "  yukikai keys make --keys keys --name edge\n"
                          "  yukikai keys fingerprint keys/edge.pub\n"
                          "Send edge.pub to the office, by any way: it is no secret. There:\n"
                          "  yukikai keys fingerprint edge.pub\n"
                          "Read both aloud, digit by digit. Only if they are the same:\n"
                          "  yukikai keys enroll riverside.yaml --keys keys --edge edge-1 \\\n"
                          "      --public edge.pub --sensors radio-1,cam-1\n"
                          "  yukikai keys acl riverside.yaml --keys keys > users.acl\n"
                          "One sensor more from Monday on; stolen on Wednesday at noon; a new device:\n"
                          "  yukikai keys enroll riverside.yaml --keys keys --edge edge-1 \\\n"
                          "      --public edge.pub --sensors radio-1,cam-1,cam-2 \\\n"
                          "      --valid-from 2026-10-05T00:00:00+09:00\n"
                          "  yukikai keys revoke --keys keys --edge edge-1 \\\n"
                          "      --from 2026-10-07T12:00:00+09:00\n"
                          "  yukikai keys replace --keys keys --edge edge-1 --public new-edge.pub\n";

/* In the order of struct argp_option's keys; a bit each. */
enum {
    OPT_KEYS = 256,
    OPT_NAME,
    OPT_EDGE,
    OPT_PUBLIC,
    OPT_SENSORS,
    OPT_FROM,
    OPT_HOST,
    OPT_CLIENT,
    OPT_OUT,
    OPT_JSON,
    OPT_REDIS,
    OPT_ONCE
};
#define BIT(option) (1u << ((option)-OPT_KEYS))

static const struct argp_option options[] = {
    {"keys", OPT_KEYS, "DIR", 0, "folder of keys (default run/keys)", 0},
    {"name", OPT_NAME, "NAME", 0, "make: edge or district; authority, certificate: the name in the certificate", 0},
    {"edge", OPT_EDGE, "ID", 0, "enroll, revoke, replace: the edge", 0},
    {"public", OPT_PUBLIC, "FILE", 0, "enroll, replace: the device's edge.pub", 0},
    {"sensors", OPT_SENSORS, "ID,...", 0,
     "enroll: the sensors it may speak for (default: all of the district for a new edge, otherwise those it has)", 0},
    {"valid-from", OPT_FROM, "TIME", 0,
     "enroll: from when it, or the change, holds (default: always for a new edge, otherwise the next full minute)", 0},
    {"from", OPT_FROM, "TIME", OPTION_ALIAS, NULL, 0},
    {"host", OPT_HOST, "NAME,...", 0, "certificate: a server's DNS names and IP addresses", 0},
    {"client", OPT_CLIENT, NULL, 0, "certificate: for a client", 0},
    {"out", OPT_OUT, "DIR", 0, "certificate: folder for the pair", 0},
    {"json", OPT_JSON, NULL, 0, "list: for programs", 0},
    {"redis", OPT_REDIS, "URL", 0, "run: unix:PATH, tcp://HOST:PORT or tls://HOST:PORT (default: the district file's)",
     0},
    {"once", OPT_ONCE, NULL, 0, "run: make the next epoch's key now, and end", 0},
    {0},
};

enum operand { NO_OPERAND, DISTRICT_YAML, FILE_NAME };
static const char *const operand_names[] = {"", "DISTRICT.yaml", "FILE"};

static const struct verb {
    const char *name;
    yk_keys_verb *run;
    enum operand operand;
    unsigned needs, takes; /* options, as BIT() */
} verbs[] = {
    {"make", yk_keys_make_files, NO_OPERAND, BIT(OPT_NAME), BIT(OPT_KEYS)},
    {"fingerprint", yk_keys_show_fingerprint, FILE_NAME, 0, 0},
    {"enroll", yk_keys_enroll, DISTRICT_YAML, BIT(OPT_EDGE) | BIT(OPT_PUBLIC),
     BIT(OPT_KEYS) | BIT(OPT_SENSORS) | BIT(OPT_FROM)},
    {"revoke", yk_keys_revoke, NO_OPERAND, BIT(OPT_EDGE), BIT(OPT_KEYS) | BIT(OPT_FROM)},
    {"replace", yk_keys_replace, NO_OPERAND, BIT(OPT_EDGE) | BIT(OPT_PUBLIC), BIT(OPT_KEYS) | BIT(OPT_FROM)},
    {"list", yk_keys_list, NO_OPERAND, 0, BIT(OPT_KEYS) | BIT(OPT_JSON)},
    {"acl", yk_keys_acl, DISTRICT_YAML, 0, BIT(OPT_KEYS)},
    {"authority", yk_keys_authority, NO_OPERAND, 0, BIT(OPT_KEYS) | BIT(OPT_NAME)},
    {"run", yk_keys_run, DISTRICT_YAML, 0, BIT(OPT_KEYS) | BIT(OPT_REDIS) | BIT(OPT_ONCE)},
    {"certificate", yk_keys_certificate, NO_OPERAND, BIT(OPT_NAME) | BIT(OPT_OUT),
     BIT(OPT_KEYS) | BIT(OPT_HOST) | BIT(OPT_CLIENT)},
};
#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

struct command {
    struct keys_arguments a;
    const char *verb;
    unsigned given;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;
    const char **const text[] = {[0] = &c->a.keys,
                                 [OPT_NAME - OPT_KEYS] = &c->a.name,
                                 [OPT_EDGE - OPT_KEYS] = &c->a.edge,
                                 [OPT_PUBLIC - OPT_KEYS] = &c->a.public_file,
                                 [OPT_SENSORS - OPT_KEYS] = &c->a.sensors,
                                 [OPT_FROM - OPT_KEYS] = &c->a.from,
                                 [OPT_HOST - OPT_KEYS] = &c->a.host,
                                 [OPT_CLIENT - OPT_KEYS] = NULL,
                                 [OPT_OUT - OPT_KEYS] = &c->a.out,
                                 [OPT_JSON - OPT_KEYS] = NULL,
                                 [OPT_REDIS - OPT_KEYS] = &c->a.redis,
                                 [OPT_ONCE - OPT_KEYS] = NULL};
    if (key >= OPT_KEYS && key <= OPT_ONCE) {
        c->given |= BIT(key);
        if (text[key - OPT_KEYS])
            *text[key - OPT_KEYS] = arg;
        c->a.client |= key == OPT_CLIENT;
        c->a.json |= key == OPT_JSON;
        c->a.once |= key == OPT_ONCE;
        return 0;
    }
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            c->verb = arg;
        else if (state->arg_num == 1)
            c->a.operand = arg;
        else
            argp_error(state, "'%s' is too many", arg);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which verb? such as make, enroll or list");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* "--edge"; of several, the first. */
static const char *option_name(unsigned set, char out[static 32])
{
    for (const struct argp_option *o = options; o->name; o++)
        if (set & BIT(o->key)) {
            snprintf(out, 32, "--%s", o->name);
            break;
        }
    return out;
}

static enum yk_status check(const struct verb *verb, const struct command *c, struct yk_error *err)
{
    char name[32] = "";
    unsigned missing = verb->needs & ~c->given, idle = c->given & ~(verb->needs | verb->takes);
    if (c->a.operand && verb->operand == NO_OPERAND)
        return yk_error_set(err, YK_ERR_USAGE, "'%s' is too many: keys %s takes options only", c->a.operand,
                            verb->name);
    if (!c->a.operand && verb->operand != NO_OPERAND)
        return yk_error_set(err, YK_ERR_USAGE, "keys %s needs a %s (see yukikai keys --help)", verb->name,
                            operand_names[verb->operand]);
    if (missing)
        return yk_error_set(err, YK_ERR_USAGE, "keys %s needs %s (see yukikai keys --help)", verb->name,
                            option_name(missing, name));
    if (idle)
        return yk_error_set(err, YK_ERR_USAGE, "%s says nothing to keys %s (see yukikai keys --help)",
                            option_name(idle, name), verb->name);
    return YK_OK;
}

static enum yk_status no_verb(const char *text, struct yk_error *err)
{
    char names[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < VERB_COUNT && length < sizeof names; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", verbs[i].name);
    return yk_error_set(err, YK_ERR_USAGE, "'%.40s' is not one of %s (see yukikai keys --help)", text, names);
}

int main(int argc, char **argv)
{
    struct command c = {.a = {.keys = "run/keys"}};
    struct argp argp = {options, parse, "VERB [DISTRICT.yaml|FILE]", doc, NULL, NULL, NULL};
    argp_err_exit_status = 64;
    yk_log_start("keys");
    argp_parse(&argp, argc, argv, 0, NULL, &c);
    struct yk_error err = {0};
    const struct verb *verb = verbs;
    while (verb < verbs + VERB_COUNT && strcmp(verb->name, c.verb) != 0)
        verb++;
    enum yk_status status = verb < verbs + VERB_COUNT ? check(verb, &c, &err) : no_verb(c.verb, &err);
    if (status == YK_OK)
        status = verb->run(&c.a, &err);
    if (status != YK_OK)
        yk_log(YK_LOG_ERROR, "%s", err.message);
    return yk_status_exit_code(status);
}
