/* Files that are whole or not there, and the program around them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/calendar.h"
#include "exporters/export_files.h"
#include "support/public_rows.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define START 1775026800 /* 2026-04-01T16:00:00+09:00 */

static char folder[64];

static void setup(void)
{
    strcpy(folder, "/tmp/yukikai-export-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static int at;
    at = (at + 1) % 4;
    snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
    return path[at];
}

static void make_store(int rows)
{
    struct yk_error err;
    struct yk_publish *store;
    cr_assert_eq(yk_publish_open(in_folder("p.db"), YK_PUBLISH_WRITE, &store, &err), YK_OK);
    cr_assert_eq(yk_publish_begin(store, &err), YK_OK);
    for (int i = 0; i < rows; i++) {
        struct yk_kpi_row row = yk_test_row(i % 2 ? "plaza" : "arcade", "footfall", "both", YK_RES_15M,
                                            START + i / 2 * 900, i, "crossings");
        cr_assert_eq(yk_test_put(store, &row, &err), YK_OK);
    }
    cr_assert_eq(yk_publish_commit(store, &err), YK_OK);
    yk_publish_close(store);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    static char text[1 << 16];
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    fclose(file);
    return strdup(text);
}

/* Entries of a folder, without "." and "..". */
static int entries(const char *path)
{
    DIR *dir = opendir(path);
    int n = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

/* Runs yukikai-export; files_max limits the size of a file it can write, which looks like a full disk. */
static int run(const char *const arguments[], long files_max)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (files_max) {
            const struct rlimit limit = {(rlim_t)files_max, (rlim_t)files_max};
            setrlimit(RLIMIT_FSIZE, &limit);
            signal(SIGXFSZ, SIG_IGN);
        }
        char *copy[16] = {(char *)(uintptr_t) "yukikai-export"};
        for (int i = 0; arguments[i]; i++)
            copy[i + 1] = (char *)(uintptr_t)arguments[i];
        if (!freopen("/dev/null", "w", stdout))
            _exit(126);
        execv(YK_BIN_DIR "/yukikai-export", copy);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(export_files, program_writes_both_and_the_same_each_time, .init = setup, .fini = teardown)
{
    make_store(4);
    const char *first[] = {"--store", in_folder("p.db"), "--out", in_folder("a"), "--timezone", "Asia/Tokyo", NULL};
    cr_assert_eq(run(first, 0), 0);
    char *csv = read_file(in_folder("a/kpis.csv"));
    char *json = read_file(in_folder("a/kpis.json"));
    cr_assert_eq(entries(in_folder("a")), 2);
    /* By time, then place. */
    const char *arcade =
        strstr(csv, "\r\nriverside,arcade,footfall,both,2026-04-01T16:00:00+09:00,2026-04-01T16:15:00+09:00,15m,0,");
    const char *plaza =
        strstr(csv, "\r\nriverside,plaza,footfall,both,2026-04-01T16:00:00+09:00,2026-04-01T16:15:00+09:00,15m,1,");
    cr_assert(arcade && plaza && arcade < plaza);
    cr_assert_not_null(strstr(
        json,
        "\"place\":\"plaza\",\"kpi\":\"footfall\",\"direction\":\"both\",\"start\":\"2026-04-01T16:15:00+09:00\""));

    const char *second[] = {"--store", in_folder("p.db"), "--out", in_folder("b"), "--timezone", "Asia/Tokyo", NULL};
    cr_assert_eq(run(second, 0), 0);
    char *again = read_file(in_folder("b/kpis.csv"));
    cr_assert_str_eq(csv, again);
    free(csv);
    free(json);
    free(again);
}

Test(export_files, filters, .init = setup, .fini = teardown)
{
    make_store(8);
    const char *arguments[] = {"--store",  in_folder("p.db"),
                               "--out",    in_folder("out"),
                               "--format", "csv",
                               "--place",  "plaza",
                               "--from",   "2026-04-01T16:15:00+09:00",
                               "--to",     "2026-04-01T16:45:00+09:00",
                               NULL};
    cr_assert_eq(run(arguments, 0), 0);
    char *csv = read_file(in_folder("out/kpis.csv"));
    int lines = 0;
    for (const char *p = csv; (p = strstr(p, "\r\n")); p += 2)
        lines++;
    cr_assert_eq(lines, 3, "a header and the windows of 16:15 and 16:30");
    cr_assert_not_null(strstr(csv, "plaza,footfall,both,2026-04-01T07:15:00")); /* UTC without --timezone */
    cr_assert_not_null(strstr(csv, "plaza,footfall,both,2026-04-01T07:30:00"));
    cr_assert_null(strstr(csv, "arcade"));
    cr_assert_eq(entries(in_folder("out")), 1);
    free(csv);
}

Test(export_files, full_disk_leaves_what_was_there, .init = setup, .fini = teardown)
{
    make_store(4);
    const char *arguments[] = {"--store", in_folder("p.db"), "--out", in_folder("out"), NULL};
    cr_assert_eq(run(arguments, 0), 0);
    char *before = read_file(in_folder("out/kpis.csv"));
    make_store(2000);
    cr_assert_eq(run(arguments, 40000), 73);
    char *after = read_file(in_folder("out/kpis.csv"));
    cr_assert_str_eq(before, after);
    cr_assert_eq(entries(in_folder("out")), 2, "no temporary file stays");
    free(before);
    free(after);
}

Test(export_files, wrong_command_lines, .init = setup, .fini = teardown)
{
    make_store(1);
    const char *no_store[] = {"--out", folder, NULL};
    const char *format[] = {"--store", in_folder("p.db"), "--out", folder, "--format", "xml", NULL};
    const char *time[] = {"--store", in_folder("p.db"), "--out", folder, "--from", "yesterday", NULL};
    const char *resolution[] = {"--store", in_folder("p.db"), "--out", folder, "--resolution", "5m", NULL};
    const char *missing[] = {"--store", in_folder("none.db"), "--out", in_folder("out"), NULL};
    cr_assert_eq(run(no_store, 0), 64);
    cr_assert_eq(run(format, 0), 64);
    cr_assert_eq(run(time, 0), 64);
    cr_assert_eq(run(resolution, 0), 64);
    cr_assert_eq(run(missing, 0), 66);
    cr_assert_neq(access(in_folder("out/kpis.csv"), F_OK), 0);
}
