/* `yukikai` and `yukikai check` as a person meets them. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs a command of the shell, in a folder of its own, and returns its exit status; both outputs go to `out`. */
static int run(char *out, size_t size, const char *command)
{
    char line[2048];
    snprintf(line, sizeof line,
             "PATH=%s:/usr/bin:/bin; S=%s; T=$(mktemp -d); cd $T; { %s\n} 2>&1; R=$?; rm -r $T; exit $R", YK_BIN_DIR,
             YK_SOURCE_DIR, command);
    FILE *pipe = popen(line, "r");
    cr_assert(pipe);
    size_t length = fread(out, 1, size - 1, pipe);
    out[length] = '\0';
    int status = pclose(pipe);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(const char *command, int status, const char *says)
{
    char out[8192];
    int found = run(out, sizeof out, command);
    cr_expect_eq(found, status, "%s: exit %d\n%s", command, found, out);
    cr_expect(strstr(out, says), "%s: no '%s' in\n%s", command, says, out);
}

Test(programs, dispatcher)
{
    expect("yukikai", 0, "Verbs:");
    expect("yukikai help", 0, "  simulate ");
    expect("yukikai help", 0, "  homography ");
    expect("yukikai --help", 0, "Example:");
    expect("yukikai --version", 0, "yukikai 0.");
    expect("yukikai chekc", 64, "no verb 'chekc'; did you mean 'check'?");
    expect("yukikai zebra", 64, "'yukikai --help' lists them");
    expect("yukikai --verbose", 64, "no verb '--verbose'");
    expect("yukikai ../check", 64, "no verb '../check'");
    expect("yukikai ''", 64, "no verb ''");
    expect("yukikai help zebra", 64, "no verb 'zebra'");
    expect("yukikai help check", 0, "Example:");
    expect("yukikai check", 64, "which file?");
}

Test(programs, dispatcher_finds_verbs)
{
    /* Beside itself first, then on PATH; arguments and exit status pass through as they are. */
    expect("cp $(command -v yukikai) . && printf '#!/bin/sh\\necho beside \"$@\"; exit 7' > yukikai-collect && "
           "chmod +x yukikai-collect && ./yukikai collect 'a b' --help",
           7, "beside a b --help");
    expect("mkdir bin && cp $(command -v yukikai) . && printf '#!/bin/sh\\necho path' > bin/yukikai-own && "
           "chmod +x bin/yukikai-own && PATH=$PWD/bin:$PATH ./yukikai own",
           0, "path");
    expect("cp $(command -v yukikai) . && PATH=/usr/bin:/bin ./yukikai serve", 69, "'serve' is not installed");
    expect("cp $(command -v yukikai) . && touch yukikai-serve && ./yukikai serve", 71, "cannot run");
}

Test(programs, check_that_finds_nothing)
{
    expect("yukikai check $S/examples/riverside.yaml $S/examples/edge.yaml", 0, "edge edge-1 of district riverside");
    expect("yukikai check $S/examples/riverside.yaml", 0, "cam-1            camera_file at street; lines north; zones");
    expect("test -z \"$(yukikai check -q $S/examples/riverside.yaml)\" && echo silent", 0, "silent");
    expect("cd / && yukikai check $S/examples/riverside.yaml >/dev/null && cd - >/dev/null && test -z \"$(ls -A)\" && "
           "echo clean",
           0, "clean");
    expect("yukikai check --help", 0, "Example:");
    expect("yukikai check --version", 0, "yukikai check 0.");
}

Test(programs, check_that_finds_mistakes)
{
    expect("sed 's/k: 10 /k: 10abc /' $S/examples/riverside.yaml > d.yaml; yukikai check d.yaml", 78,
           "d.yaml:80:6: k '10abc' is not a whole number");
    expect("yukikai check none.yaml", 66, "cannot open none.yaml");
    expect(": > empty.yaml; yukikai check none.yaml empty.yaml", 78, "empty.yaml: the file is empty");
    expect("yukikai check $S/examples/edge.yaml", 78, "a district's file belongs here");
    expect("yukikai check $S/examples/riverside.yaml $S/examples/riverside.yaml", 78, "an edge's file belongs here");
    expect("sed s/edge-1/edge-2/ $S/examples/edge.yaml > e.yaml; yukikai check $S/examples/riverside.yaml "
           "$S/examples/edge.yaml e.yaml",
           78, "e.yaml:5:11: sensor 'radio-1' is run by");
    expect("sed 's/radio-1, cam-1/radio-2/' $S/examples/edge.yaml > e.yaml; yukikai check $S/examples/riverside.yaml "
           "$S/examples/edge.yaml e.yaml",
           78, "e.yaml: edge 'edge-1' is also the one of");
    expect("yukikai check --zebra", 64, "--zebra");
}
