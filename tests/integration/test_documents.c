/* What the documents tell a reader to type works as they say. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every indented command of the READMEs that begins with `yukikai` is run in a folder of its own that has the examples/ of the
 * source tree in it; every verb's --help has an example. */
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <string.h>
#include <unistd.h>

TestSuite(documents, .init = scratch_make, .fini = scratch_remove, .timeout = 120);

static int shell(const char *command)
{
    char line[4096];
    snprintf(line, sizeof line, "cd %s && PATH=%s:$PATH && %s", scratch, YK_BIN_DIR, command);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Joins a command that a backslash continues, without its comment. False at the document's end. */
static bool next_command(FILE *file, char *command, size_t size)
{
    char line[1024];
    size_t length = 0;
    bool more = false;
    while (fgets(line, sizeof line, file)) {
        if (!more && strncmp(line, "    yukikai ", 12) != 0)
            continue;
        char *end = strchr(line, '#');
        if (!end)
            end = line + strcspn(line, "\n");
        while (end > line && end[-1] == ' ')
            end--;
        more = end > line && end[-1] == '\\';
        end[more ? -1 : 0] = '\0';
        length += (size_t)snprintf(command + length, size - length, "%s", line);
        if (!more)
            return true;
    }
    return false;
}

static int run_document(const char *name)
{
    char path[512], command[2048];
    snprintf(path, sizeof path, "%s/%s", YK_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    int count = 0;
    while (next_command(file, command, sizeof command)) {
        char quiet[2200];
        snprintf(quiet, sizeof quiet, "%s >out.txt 2>&1 </dev/null", command);
        int code = shell(quiet);
        cr_expect_eq(code, 0, "%s: '%s' ended with %d", name, command, code);
        count++;
    }
    fclose(file);
    return count;
}

static void link_examples(void)
{
    char target[512], path[512];
    snprintf(target, sizeof target, "%s/examples", YK_SOURCE_DIR);
    snprintf(path, sizeof path, "%s/examples", scratch);
    cr_assert_eq(symlink(target, path), 0);
}

Test(documents, the_readme_can_be_typed)
{
    link_examples();
    cr_expect_eq(run_document("README.md"), 5);
    cr_expect_eq(
        shell("test -s picture.svg && test -s tables/kpis.csv && test -s tables/kpis.json && test -s rec/truth.json"),
        0);
}

Test(documents, the_recordings_are_made_as_they_say)
{
    link_examples();
    cr_expect_eq(run_document("examples/recordings/README.md"), 3);
    cr_expect_eq(shell("cmp radio-1.pcap examples/recordings/radio-1.pcap"), 0);
    cr_expect_eq(shell("cmp cam-1.jsonl examples/recordings/cam-1.jsonl"), 0);
}

Test(documents, every_verb_has_an_example)
{
    static const char *const verbs[] = {"inspect", "replay",     "up",        "demo",    "collect", "uplink",
                                        "analyze", "keys",       "serve",     "export",  "check",   "simulate",
                                        "doctor",  "homography", "calibrate", "accuracy"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        char command[256];
        snprintf(command, sizeof command, "yukikai %s --help >help.txt && grep -q '  yukikai %s' help.txt", verbs[i],
                 verbs[i]);
        cr_expect_eq(shell(command), 0, "yukikai %s --help has no example", verbs[i]);
    }
}
