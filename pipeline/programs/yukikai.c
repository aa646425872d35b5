/* yukikai: the one command; VERB runs the program yukikai-VERB. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each verb is a program of its own, so that an edge device carries no web server and a server no radio. The program is
 * looked for beside this one first (a build tree works uninstalled, and an installed version stays with its own parts),
 * then on PATH. A verb is [a-z0-9-] only: it becomes part of a file name. */
#include "base/nearest.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const struct {
    const char *name;
    const char *summary;
} verbs[] = {
    {"inspect", "say what is in a recording, without telling who"},
    {"replay", "take recordings through the whole pipeline, to KPI tables"},
    {"demo", "a simulated district, with its dashboard"},
    {"up", "one machine's parts, supervised"},
    {"collect", "sensors to signed frames (edge)"},
    {"capture", "a live capture, into the pipe that a collector reads (edge)"},
    {"uplink", "frames to Redis (edge)"},
    {"analyze", "frames to KPI rows (server)"},
    {"calibrate", "persons per device or crossing, from counts by hand or camera (server)"},
    {"keys", "make key pairs and enrol edges"},
    {"serve", "dashboard and API (server)"},
    {"export", "KPI rows to files"},
    {"check", "check configuration files"},
    {"homography", "from a camera's picture to metres on the ground"},
    {"doctor", "say what is wrong, and what to do"},
    {"simulate", "write recordings of a district whose truth is known"},
    {"accuracy", "how far the estimates are from the truth, on made scenes"},
};
#define VERB_COUNT (sizeof verbs / sizeof verbs[0])
#define VERB_MAX   32

static void print_help(void)
{
    printf("Usage: yukikai VERB [ARGUMENT...]\n"
           "People-flow analytics for districts that says how sure it is.\n\nVerbs:\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        printf("  %-10s %s\n", verbs[i].name, verbs[i].summary);
    printf("\n"
           "  yukikai help VERB      what a verb takes, with an example\n"
           "  yukikai --version\n"
           "\nExample:\n  yukikai check examples/riverside.yaml\n");
}

static bool is_verb(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < VERB_MAX && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* Replaces this process, or returns because there is no such program. */
static int run(const char *verb, char **argv)
{
    char program[sizeof "yukikai-" + VERB_MAX];
    snprintf(program, sizeof program, "yukikai-%s", verb);
    argv[0] = program;

    char beside[PATH_MAX + sizeof program];
    ssize_t length = readlink("/proc/self/exe", beside, PATH_MAX);
    char *slash = length > 0 && length < PATH_MAX ? memrchr(beside, '/', (size_t)length) : NULL;
    if (slash) {
        memcpy(slash + 1, program, strlen(program) + 1);
        execv(beside, argv);
        if (errno != ENOENT) {
            fprintf(stderr, "yukikai: cannot run %s: %s\n", beside, strerror(errno));
            return EX_OSERR;
        }
    }
    execvp(program, argv);
    if (errno != ENOENT) {
        fprintf(stderr, "yukikai: cannot run %s: %s\n", program, strerror(errno));
        return EX_OSERR;
    }
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i].name, verb) == 0) {
            fprintf(stderr, "yukikai: '%s' is not installed: there is no %s beside yukikai nor on PATH\n", verb,
                    program);
            return EX_UNAVAILABLE;
        }
    return -1;
}

static int unknown(const char *verb)
{
    const char *names[VERB_COUNT];
    for (size_t i = 0; i < VERB_COUNT; i++)
        names[i] = verbs[i].name;
    const char *nearest = yk_nearest(verb, names, VERB_COUNT);
    fprintf(stderr, "yukikai: there is no verb '%.40s'", verb);
    if (nearest)
        fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        fprintf(stderr, "; 'yukikai --help' lists them\n");
    return EX_USAGE;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "help";
    if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0) {
        printf("yukikai %s\n", YK_VERSION);
        return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
    }
    bool help = strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0;
    if (help && argc <= 2) {
        print_help();
        return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
    }
    char *help_argv[] = {argv[0], (char[]){"--help"}, NULL};
    if (help)
        verb = argv[2];
    int status = is_verb(verb) ? run(verb, help ? help_argv : argv + 1) : -1;
    return status >= 0 ? status : unknown(verb);
}
