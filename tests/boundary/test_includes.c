/* Who includes what: one direction, and a few headers for a few files. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A quoted include of a stage's file has to be found in that stage or in pipeline/; a file of pipeline/ finds all of
 * them in pipeline/. The include paths say the same; this test holds it also for paths written with dots, and says
 * which file it was. */
#include "support/rig.h"

#include <criterion/criterion.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const stages[] = {"pipeline", "collectors", "analytics", "dashboards-export"};
#define STAGES (sizeof stages / sizeof stages[0])

/* Headers with a list of those who may: paths from the root, without the file's end for a header and its source alike.
 */
static const struct {
    const char *header;
    const char *allowed[6];
} reserved[] = {
    {"store/public_row_private.h", {"analytics/gate/disclosure.c", "pipeline/store/publish_store.c"}},
    {"identity/raw_id.h", {"collectors/"}},
    {"session_private.h",
     {"collectors/session_state.h", "collectors/collect_report.h", "collectors/programs/collect.c",
      "collectors/recording/listen.c"}},
    {"session_state.h", {"collectors/session.c", "collectors/session_turn.c"}},
    {"state/state_store.h", {"analytics/"}},
    {"state/state_file.h", {"analytics/state/"}},
    {"gate/candidate.h", {"analytics/"}},
};

struct walk {
    size_t stage;
    size_t files, includes, reserved_met;
    char first_fault[512];
    size_t faults;
};

static bool exists(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s", YK_SOURCE_DIR, folder, name);
    return access(path, R_OK) == 0;
}

__attribute__((format(printf, 2, 3))) static void fault(struct walk *w, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (w->faults++ == 0)
        vsnprintf(w->first_fault, sizeof w->first_fault, fmt, args);
    va_end(args);
}

/* file: from the root. */
static void check_include(struct walk *w, const char *file, const char *name)
{
    char beside[512];
    snprintf(beside, sizeof beside, "%.*s", (int)(strrchr(file, '/') - file), file);
    w->includes++;
    if (strstr(name, ".."))
        fault(w, "%s includes %s: no way around the include paths", file, name);
    for (size_t r = 0; r < sizeof reserved / sizeof reserved[0]; r++) {
        if (strcmp(reserved[r].header, name) != 0)
            continue;
        bool may = false;
        for (const char *const *a = reserved[r].allowed; *a; a++)
            may |= strncmp(file, *a, strlen(*a)) == 0;
        w->reserved_met++;
        if (!may)
            fault(w, "%s may not include %s", file, name);
    }
    if (exists(stages[w->stage], name) || exists("pipeline", name) || exists(beside, name))
        return;
    for (size_t s = 1; s < STAGES; s++)
        if (exists(stages[s], name)) {
            fault(w, "%s includes %s of %s", file, name, stages[s]);
            return;
        }
    fault(w, "%s includes %s, which is nowhere", file, name);
}

static void check_file(void *context, const char *path)
{
    struct walk *w = context;
    size_t length = strlen(path);
    if (length < 2 || (strcmp(path + length - 2, ".c") != 0 && strcmp(path + length - 2, ".h") != 0))
        return;
    const char *file = path + strlen(YK_SOURCE_DIR) + 1;
    w->files++;
    char *text = yk_rig_read(path, NULL);
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char name[256];
        if (sscanf(line, " # include \"%255[^\"\n]\"", name) == 1)
            check_include(w, file, name);
    }
    free(text);
}

Test(includes, go_one_way)
{
    size_t reserved_met = 0;
    for (size_t s = 0; s < STAGES; s++) {
        struct walk walk = {.stage = s};
        char dir[512];
        snprintf(dir, sizeof dir, "%s/%s", YK_SOURCE_DIR, stages[s]);
        yk_rig_each_file(dir, check_file, &walk);
        printf("%-18s %3zu files, %4zu includes\n", stages[s], walk.files, walk.includes);
        cr_assert(walk.files > 10 && walk.includes > 30, "%s was not read", stages[s]);
        cr_expect_eq(walk.faults, 0, "%zu faults: %s", walk.faults, walk.first_fault);
        reserved_met += walk.reserved_met;
    }
    cr_expect_gt(reserved_met, sizeof reserved / sizeof reserved[0], "the reserved headers have other names by now");
}

/* The check itself can fail. */
Test(includes, faults_are_seen)
{
    static const struct {
        size_t stage;
        const char *file, *name;
    } wrong[] = {
        {2, "analytics/kpis/footfall.c", "identity/identity.h"},
        {3, "dashboards-export/server/server.c", "state/state_store.h"},
        {0, "pipeline/link/redis.c", "kpis/kpi.h"},
        {1, "collectors/session.c", "store/public_row_private.h"},
        {2, "analytics/kpis/finish.c", "store/public_row_private.h"},
        {3, "dashboards-export/server/server.c", "../analytics/gate/candidate.h"},
        {2, "analytics/kpis/finish.c", "nowhere/nothing.h"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct walk walk = {.stage = wrong[i].stage};
        check_include(&walk, wrong[i].file, wrong[i].name);
        cr_expect_gt(walk.faults, 0, "%s in %s goes unseen", wrong[i].name, wrong[i].file);
    }
    struct walk walk = {.stage = 2};
    check_include(&walk, "analytics/gate/disclosure.c", "store/public_row_private.h");
    cr_expect_eq(walk.faults, 0);
}
