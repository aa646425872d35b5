/* yukikai accuracy: how far the numbers are from the truth. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs are dealt out one by one to worker processes, which write their sums into shared memory; these are added up in the order
 * of the runs, so the table is the same whatever the number of workers. */
#include "grid.h"

#include "base/calendar.h"
#include "base/progress.h"

#include <argp.h>
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 64

static const char about_text[] =
    "Says how far the estimates are from the truth, on made scenes in which the truth is known: bias, mean absolute "
    "error and how often the 95 % interval holds the truth, beside three baselines."
    "\vEach run makes eight days at the place and eight at another one with the same people, from which the rotation "
    "period is measured; on three of them persons are counted, for calibration; then the day that is told. Adverts are "
    "made one by one and go through the collectors' counters and the district's estimators.\n\n"
    "naive: distinct addresses (births of addresses, mean life of an address, 15 minutes for the period); here, "
    "elsewhere: the same times the factor that was right on the days of calibration at the same place, at the other "
    "place. visitors_carried: with the other place's persons per device. A goal is missed when the figure is beyond it "
    "by more than two standard errors; docs/METHODS.md says why some are. floor: the mean absolute error that an exact "
    "number of "
    "devices comes to; limit: the same with what theory leaves of rotations, period and calibration. The goal is 1.15 "
    "times the "
    "floor; where even the limit is above that, it is out of reach, and missed only beyond 1.15 times the limit.\n\n"
    "Examples:\n"
    "  yukikai accuracy --short\n"
    "  yukikai accuracy --seed 7 --json=accuracy.json\n"
    "  yukikai accuracy --scene plaza --know period,ratio\n\n"
    "Exit status: 0 done, 1 with --strict and a goal missed, 64 wrong command line, 70 a worker failed, 74 a file "
    "cannot be written.";

enum { OPT_SHORT = 256, OPT_STRICT, OPT_SCENE, OPT_LIST, OPT_RUNS, OPT_JSON, OPT_KNOW };

static const struct argp_option options[] = {
    {"short", OPT_SHORT, NULL, 0, "Few scenes and runs: under a minute", 0},
    {"scene", OPT_SCENE, "TEXT", 0, "Only scenes whose name holds TEXT", 0},
    {"list", OPT_LIST, NULL, 0, "List the scenes", 0},
    {"runs", OPT_RUNS, "N", 0, "Runs a scene (default: the scene's own)", 1},
    {"seed", 's', "N", 0, "Other made days (default 1)", 1},
    {"know", OPT_KNOW, "WHAT", 0, "Tell the truth of period, spread or ratio (with commas), to see whose error it is",
     1},
    {"jobs", 'j', "N", 0, "Worker processes (default: one a processor); the figures do not depend on it", 1},
    {"json", OPT_JSON, "FILE", OPTION_ARG_OPTIONAL, "Write the rows as a JSON list, to FILE or instead of the table",
     2},
    {"strict", OPT_STRICT, NULL, 0, "Exit with 1 if a goal is missed", 2},
    {0},
};

struct arguments {
    bool only_short, strict, list, json;
    const char *scene, *json_file;
    uint64_t seed;
    int runs, jobs;
    unsigned known;
};

static void add_known(struct argp_state *state, struct arguments *a, char *list)
{
    static char period[] = "period", spread[] = "spread", ratio[] = "ratio";
    static char *const names[] = {period, spread, ratio, NULL};
    for (char *value; *list;) {
        int i = getsubopt(&list, names, &value);
        if (i < 0 || (value && i >= 0))
            argp_error(state, "--know takes period, spread and ratio, with commas");
        else
            a->known |= 1u << i;
    }
}

static long number(struct argp_state *state, const char *name, const char *text, long low, long high)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < low || value > high)
        argp_error(state, "%s takes a number from %ld to %ld, not '%s'", name, low, high, text);
    return value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case OPT_SHORT:
        a->only_short = true;
        return 0;
    case OPT_STRICT:
        a->strict = true;
        return 0;
    case OPT_SCENE:
        a->scene = arg;
        return 0;
    case OPT_LIST:
        a->list = true;
        return 0;
    case OPT_KNOW:
        add_known(state, a, arg);
        return 0;
    case OPT_RUNS:
        a->runs = (int)number(state, "--runs", arg, 1, 10000);
        return 0;
    case 's':
        a->seed = (uint64_t)number(state, "--seed", arg, 0, 1000000000);
        return 0;
    case 'j':
        a->jobs = (int)number(state, "--jobs", arg, 1, JOBS_MAX);
        return 0;
    case OPT_JSON:
        a->json = true;
        a->json_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "what is '%s'? Scenes are chosen with --scene", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

struct task {
    size_t scene;
    int run;
};

/* Shared by all workers. */
struct board {
    atomic_size_t next, done;
    struct grid_run run[];
};

static int runs_of(const struct arguments *a, size_t scene)
{
    const struct world_scene *s = &world_scenes[scene];
    if (a->scene && !strstr(s->name, a->scene))
        return 0;
    int usual = a->only_short ? s->runs_short : s->runs;
    return a->runs > 0 && usual > 0 ? a->runs : usual;
}

static void work(const struct arguments *a, const struct task *tasks, size_t count, struct board *board)
{
    for (size_t i; (i = atomic_fetch_add(&board->next, 1)) < count;) {
        grid_run(tasks[i].scene, tasks[i].run, a->seed, a->known, &board->run[i]);
        atomic_fetch_add(&board->done, 1);
    }
}

/* False if a worker died. */
static bool run_all(const struct arguments *a, const struct task *tasks, size_t count, struct board *board)
{
    pid_t parent = getpid();
    bool good = true;
    int left = 0;
    for (int j = 0; j < a->jobs; j++) {
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (getppid() == parent)
                work(a, tasks, count, board);
            _exit(0);
        }
        if (pid < 0)
            break;
        left++;
    }
    if (left == 0)
        return false;
    while (left > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0 && errno != EINTR)
            return false;
        if (pid > 0) {
            left--;
            good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
            continue;
        }
        yk_progress_draw("simulating", atomic_load(&board->done), count);
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    yk_progress_clear();
    return good && atomic_load(&board->done) == count;
}

static void print_percent(double share, int decimals, const char *sign)
{
    if (!isfinite(share))
        printf("%8s", "-");
    else if (*sign)
        printf("%+7.*f%%", decimals, 100 * share);
    else
        printf("%7.*f%%", decimals, 100 * share);
}

static void print_row(const struct grid_row *row, const char *goal)
{
    double none = (double)NAN;
    printf("%-28s %-21s %6.0f ", world_scenes[row->scene].name, grid_kpi_name(row->kpi), row->n);
    print_percent(row->bias, 2, "+");
    print_percent(row->n > 0 ? row->bias_se : none, 2, "");
    print_percent(row->mape, 1, "");
    print_percent(row->n > 0 && row->floor > 0 ? row->floor : none, 1, "");
    print_percent(row->n > 0 && row->floor > 0 ? row->limit : none, 1, "");
    print_percent(row->coverage, 1, "");
    printf(" |");
    print_percent(row->naive, 1, "");
    print_percent(row->here, 1, "");
    print_percent(row->elsewhere, 1, "");
    printf(" | %s\n", goal);
}

static json_t *real_or_null(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *json_of(const struct grid_row *row, enum grid_verdict verdict, const char *goal)
{
    json_t *o = json_object();
    json_object_set_new(o, "scene", json_string(world_scenes[row->scene].name));
    json_object_set_new(o, "kpi", json_string(grid_kpi_name(row->kpi)));
    json_object_set_new(o, "n", json_integer((json_int_t)row->n));
    json_object_set_new(o, "bias", real_or_null(row->bias));
    json_object_set_new(o, "bias_se", real_or_null(row->n > 0 ? row->bias_se : (double)NAN));
    json_object_set_new(o, "mape", real_or_null(row->mape));
    json_object_set_new(o, "coverage95", real_or_null(row->coverage));
    json_object_set_new(o, "naive_mape", real_or_null(row->naive));
    json_object_set_new(o, "calibrated_here_mape", real_or_null(row->here));
    json_object_set_new(o, "calibrated_elsewhere_mape", real_or_null(row->elsewhere));
    json_object_set_new(o, "refused", real_or_null(row->refused));
    json_object_set_new(o, "off_by_a_quarter", real_or_null(row->n > 0 ? row->far : (double)NAN));
    if (row->n > 0 && row->floor > 0) {
        json_object_set_new(o, "floor_mape", json_real(row->floor));
        json_object_set_new(o, "limit_mape", json_real(row->limit));
        json_object_set_new(o, "exact_devices_mape", json_real(row->exact));
        json_object_set_new(o, "true_period_and_ratio_mape", json_real(row->true_period));
        json_object_set_new(o, "true_ratio_mape", json_real(row->true_ratio));
    }
    bool kept = verdict == GRID_OK || verdict == GRID_WITHIN_ERROR;
    json_object_set_new(o, "goal", world_scenes[row->scene].beyond ? json_null() : json_boolean(kept));
    json_object_set_new(o, "note", json_string(goal));
    return o;
}

/* Rows of all scenes; how many came to which verdict. NULL without memory. */
static json_t *tell(const struct arguments *a, const struct task *tasks, size_t count, const struct board *board,
                    int verdicts[GRID_MISSED + 1])
{
    json_t *rows = json_array();
    bool table = !a->json || a->json_file;
    if (table)
        printf("%-28s %-21s %6s %8s%8s%8s%8s%8s%8s |%8s%8s%8s | goal\n", "scene", "kpi", "n", "bias", "se", "mape",
               "floor", "limit", "in 95 %", "naive", "here", "elsewh.");
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && tasks[to].scene == tasks[from].scene;)
            to++;
        const char *beyond = world_scenes[tasks[from].scene].beyond;
        for (int kpi = 0; kpi < GRID_KPIS; kpi++) {
            struct grid_row row;
            char goal[48];
            grid_row_make(&board->run[from], to - from, tasks[from].scene, (enum grid_kpi)kpi, &row);
            if (row.n == 0 && row.refused == 0)
                continue;
            enum grid_verdict verdict = grid_judge(&row, goal);
            bool off = verdict == GRID_MISSED;
            if (!beyond)
                verdicts[verdict]++;
            if (table)
                print_row(&row, beyond && off ? beyond : goal);
            json_array_append_new(rows, json_of(&row, verdict, beyond && off ? beyond : goal));
        }
    }
    if (table)
        printf("%d goal%s missed; mean absolute errors of visitors above 1.15 times the floor: %d where theory is "
               "above it "
               "too, %d by less than two standard errors\n",
               verdicts[GRID_MISSED], verdicts[GRID_MISSED] == 1 ? "" : "s", verdicts[GRID_OUT_OF_REACH],
               verdicts[GRID_WITHIN_ERROR]);
    return rows;
}

/* Whose error is how large: the same mean absolute errors with less and less told. */
static void tell_parts(const struct task *tasks, size_t count, const struct board *board)
{
    printf("\nmean absolute error of visitors when the truth is told of\n%-28s %-14s%9s%9s%9s%9s |%9s%9s%9s\n", "scene",
           "kpi", "devices", "R, rho", "rho", "nothing", "floor", "limit", "goal");
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && tasks[to].scene == tasks[from].scene;)
            to++;
        for (int kpi = GRID_VISITORS_15M; kpi <= GRID_VISITORS_1H; kpi++) {
            struct grid_row r;
            grid_row_make(&board->run[from], to - from, tasks[from].scene, (enum grid_kpi)kpi, &r);
            if (r.n == 0)
                continue;
            printf("%-28s %-14s%8.1f%%%8.1f%%%8.1f%%%8.1f%% |%8.1f%%%8.1f%%%8.1f%%\n", world_scenes[r.scene].name,
                   grid_kpi_name(r.kpi), 100 * r.exact, 100 * r.true_period, 100 * r.true_ratio, 100 * r.mape,
                   100 * r.floor, 100 * r.limit, 115 * r.floor);
        }
    }
}

static void list_scenes(void)
{
    for (size_t i = 0; i < world_scene_count; i++) {
        const struct world_scene *s = &world_scenes[i];
        printf("%-28s %s, %s; calibrated on: %s, elsewhere: %s; R %.0f s, %d runs of %.0f h%s\n", s->name, s->day->name,
               s->people->name, s->calibrated->name, s->elsewhere->name, world_period_s(s->people), s->runs, s->hours,
               s->runs_short ? ", short grid" : "");
    }
}

int main(int argc, char **argv)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct arguments a = {.seed = 1, .jobs = processors > 0 && processors < JOBS_MAX ? (int)processors : 2};
    const struct argp argp = {options, parse_option, NULL, about_text, NULL, NULL, NULL};
    int status = EX_OSERR, verdicts[GRID_MISSED + 1] = {0};
    argp_err_exit_status = EX_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    gsl_set_error_handler_off();
    if (a.list) {
        list_scenes();
        return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
    }
    if (yk_calendar_open("UTC", NULL) != YK_OK) {
        fprintf(stderr, "yukikai accuracy: no time zone UTC\n");
        return EX_OSERR;
    }
    size_t count = 0;
    for (size_t i = 0; i < world_scene_count; i++)
        count += (size_t)runs_of(&a, i);
    if (count == 0) {
        fprintf(stderr, "yukikai accuracy: no such scene%s; --list names them\n",
                a.only_short ? " in the short grid" : "");
        return EX_USAGE;
    }
    size_t size = sizeof(struct board) + count * sizeof(struct grid_run);
    struct task *tasks = calloc(count, sizeof *tasks);
    struct board *board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    json_t *rows = NULL;
    if (!tasks || board == MAP_FAILED) {
        fprintf(stderr, "yukikai accuracy: out of memory\n");
        goto out;
    }
    size_t next = 0;
    for (size_t i = 0; i < world_scene_count; i++)
        for (int run = 0; run < runs_of(&a, i); run++)
            tasks[next++] = (struct task){i, run};
    if (!run_all(&a, tasks, count, board)) {
        fprintf(stderr, "yukikai accuracy: a worker failed\n");
        status = EX_SOFTWARE;
        goto out;
    }
    rows = tell(&a, tasks, count, board, verdicts);
    if (!a.json || a.json_file)
        tell_parts(tasks, count, board);
    status = a.strict && verdicts[GRID_MISSED] > 0 ? 1 : EX_OK;
    if (a.json && (a.json_file ? json_dump_file(rows, a.json_file, JSON_INDENT(1) | JSON_REAL_PRECISION(6))
                               : json_dumpf(rows, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)))) {
        fprintf(stderr, "yukikai accuracy: cannot write %s\n", a.json_file ? a.json_file : "the rows");
        status = EX_IOERR;
    }
    if (a.json && !a.json_file)
        putchar('\n');
    if (fflush(stdout) != 0)
        status = EX_IOERR;
out:
    json_decref(rows);
    free(tasks);
    if (board != MAP_FAILED)
        munmap(board, size);
    return status;
}
