/* A link that was cut for longer than presence may wait: the table is that of a link that was not.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three days of a street and a plaza. To one district everything comes in time. To the other the third day does not: its
 * epoch closes without it, the real collector makes sums of what waited in its spool, and these come. */
#include "support/rig.h"

#include <criterion/criterion.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define THIRD_S INT64_C(1790967600) /* 2026-10-03T04:00+09:00 */
#define OVER_S  (THIRD_S + 86400 + 6 * 3600)

static struct yk_rig rig;
static const char *log_path;

/* Programs that are started until ordinary_time() think that it is that time. */
static void pretend(int64_t wall_s)
{
    int64_t offset_s = wall_s - time(NULL);
    const char *clock = yk_rig_path(&rig, "clock");
    yk_rig_write(clock, &offset_s, sizeof offset_s);
    setenv("YK_FAULTS_CLOCK", clock, 1);
    setenv("LD_PRELOAD", YK_FAULTS_SHIM, 1);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0); /* the shim is loaded before it */
}

static void ordinary_time(void)
{
    unsetenv("LD_PRELOAD");
    unsetenv("YK_FAULTS_CLOCK");
}

static void simulate(const char *to, const char *from, const char *duration, const char *seed)
{
    cr_assert_eq(yk_rig_run(&rig, log_path, "simulate", rig.district, "--out", yk_rig_path(&rig, to), "--from", from,
                            "--duration", duration, "--seed", seed, "--advert-interval", "2", "--camera-fps", "1",
                            "--quiet", NULL),
                 0, "see %s", log_path);
}

static void collect(const char *recording, const char *spool)
{
    cr_assert_eq(yk_rig_run(&rig, log_path, "collect", rig.district, "--keys", rig.keys, "--spool",
                            yk_rig_path(&rig, spool), "--bulk", "--quiet", "--family", "radio", "--input",
                            yk_rig_text(&rig, "radio-1=%s/%s/radio-1.pcap", rig.dir, recording), "--input",
                            yk_rig_text(&rig, "radio-2=%s/%s/radio-2.pcap", rig.dir, recording), NULL),
                 0, "see %s", log_path);
}

static const char *state_of(const char *name)
{
    return yk_rig_text(&rig, "%s/%s-state", rig.dir, name);
}

static const char *publish_of(const char *name)
{
    return yk_rig_text(&rig, "%s/%s.db", rig.dir, name);
}

/* What is in the spool into the district's states, through a Redis of their own. */
static void deliver(const char *spool, const char *name)
{
    struct yk_private_redis redis;
    struct yk_child worker;
    const char *dir = yk_rig_text(&rig, "%s/%s-redis-%s", rig.dir, name, spool);
    cr_assert_eq(mkdir(dir, 0700), 0);
    yk_rig_redis(&redis, dir);
    yk_rig_start(&rig, &worker, log_path, "analyze", rig.district, "--keys", rig.keys, "--state", state_of(name),
                 "--publish", publish_of(name), "--redis", redis.url, "--history", NULL);
    cr_assert_eq(yk_rig_run(&rig, log_path, "uplink", rig.district, "--keys", rig.keys, "--spool",
                            yk_rig_path(&rig, spool), "--redis", redis.url, "--drain", "--quiet", NULL),
                 0, "see %s", log_path);
    yk_rig_kill(&worker, SIGTERM);
    cr_assert_eq(worker.exit_status, 0, "see %s", log_path);
    yk_child_end(&redis.child, 5000);
}

static void finish(const char *name, const char *what)
{
    cr_assert_eq(yk_rig_run(&rig, log_path, "analyze", rig.district, "--keys", rig.keys, "--state", state_of(name),
                            "--publish", publish_of(name), "--finish", what, "--quiet", NULL),
                 0, "see %s", log_path);
}

static bool is_there(void *context)
{
    return access(context, F_OK) == 0;
}

/* A live collector that looks after its spool once. */
static void look_after(const char *spool)
{
    struct yk_child child;
    const char *pipe = yk_rig_path(&rig, "pipe");
    char *status = strdup(yk_rig_text(&rig, "%s/%s/radio.status.json", rig.dir, spool));
    cr_assert_eq(mkfifo(pipe, 0600), 0);
    unlink(status);
    yk_rig_start(&rig, &child, log_path, "collect", rig.district, "--keys", rig.keys, "--spool",
                 yk_rig_path(&rig, spool), "--family", "radio", "--input", yk_rig_text(&rig, "radio-1=%s", pipe), NULL);
    cr_assert(yk_rig_until(is_there, status, YK_RIG_DEADLINE_S), "see %s", log_path);
    yk_rig_kill(&child, SIGTERM);
    cr_assert_eq(child.exit_status, 0, "see %s", log_path);
    free(status);
}

struct row {
    char line[512];  /* without the coverage */
    double coverage; /* NAN: none */
    double value, lower, upper;
    bool ok, third_day; /* of the epoch that did not come in time */
};

struct table {
    struct row rows[8192];
    size_t count;
};

/* district,place,kpi,direction,start,end,resolution,value,lower,upper,unit,coverage,... */
static void read_table(const char *name, struct table *table)
{
    const char *tables = yk_rig_text(&rig, "%s/%s-tables", rig.dir, name);
    cr_assert_eq(yk_rig_run(&rig, log_path, "export", "--store", publish_of(name), "--out", tables, "--format", "csv",
                            "--timezone", "Asia/Tokyo", "--kpi", "device_visits", NULL),
                 0, "see %s", log_path);
    char *text = yk_rig_read(yk_rig_text(&rig, "%s/kpis.csv", tables), NULL);
    table->count = 0;
    for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        struct row *row = &table->rows[table->count];
        char *fields[32], *rest = line, *field;
        size_t count = 0;
        row->line[0] = '\0';
        while ((field = strsep(&rest, ",")) && count < 32)
            fields[count++] = field;
        cr_assert_geq(count, 12, "%s", line);
        row->third_day = strcmp(fields[4], "2026-10-03T04:00:00+09:00") >= 0 && strcmp(fields[4], "start") != 0;
        row->coverage = *fields[11] ? atof(fields[11]) : (double)NAN;
        row->value = *fields[7] ? atof(fields[7]) : (double)NAN;
        row->lower = *fields[8] ? atof(fields[8]) : (double)NAN;
        row->upper = *fields[9] ? atof(fields[9]) : (double)NAN;
        for (size_t i = 0; i < count; i++)
            if (i != 11 && !(row->third_day && (i == 8 || i == 9)))
                snprintf(row->line + strlen(row->line), sizeof row->line - strlen(row->line), "%s,", fields[i]);
        row->ok = strstr(row->line, ",ok,") != NULL;
        cr_assert_lt(++table->count, 8192);
    }
    free(text);
}

static struct table in_time, open_rows, late;

Test(outage, sums_give_the_table_that_presence_gives, .timeout = 220)
{
    yk_rig_open(&rig);
    log_path = yk_rig_path(&rig, "log");
    simulate("two-days", "2026-10-01T04:00:00+09:00", "2d", "3");
    simulate("third-day", "2026-10-03T04:00:00+09:00", "1d", "4");
    static const char *const names[] = {"in-time", "late"};
    for (int i = 0; i < 2; i++) {
        collect("two-days", yk_rig_text(&rig, "%s-first", names[i]));
        deliver(yk_rig_text(&rig, "%s-first", names[i]), names[i]);
        pretend(OVER_S - 7200); /* or the spool would prove later that the clock is behind */
        collect("third-day", yk_rig_text(&rig, "%s-third", names[i]));
        ordinary_time();
    }
    deliver("in-time-third", "in-time");

    pretend(OVER_S + 60);
    finish("in-time", "due");
    finish("late", "due");
    look_after("late-third");
    ordinary_time();
    read_table("late", &open_rows);
    deliver("late-third", "late");
    finish("late", "all");
    finish("in-time", "all");
    read_table("in-time", &in_time);
    read_table("late", &late);

    cr_assert_eq(late.count, in_time.count);
    size_t shown = 0, differed = 0;
    for (size_t i = 0; i < late.count; i++) {
        const struct row *a = &in_time.rows[i], *b = &late.rows[i];
        cr_assert_str_eq(b->line, a->line);
        /* Sums hold no lengths of lives, from which presence tells how far periods vary: the bounds of the one are by that, of
         * the other by what is assumed. */
        if (a->third_day && !isnan(a->lower)) {
            cr_assert_float_eq(b->lower, a->lower, 0.05 * a->value + 1, "%s", a->line);
            cr_assert_float_eq(b->upper, a->upper, 0.05 * a->value + 1, "%s", a->line);
        }
        /* Health speaks of the second in which the last advert came, frames of the tick that it lies in. */
        cr_assert(fabs(a->coverage - b->coverage) < 0.012 || (isnan(a->coverage) && isnan(b->coverage)),
                  "coverage %g and %g: %s", a->coverage, b->coverage, a->line);
        shown += a->third_day && a->ok;
    }
    /* The sums are what it was filled from: before them the third day was an outage. */
    for (size_t i = 0; i < open_rows.count; i++)
        differed += open_rows.rows[i].third_day && strstr(open_rows.rows[i].line, ",outage,") != NULL;
    cr_expect_gt(shown, 150, "%zu", shown);
    cr_expect_geq(differed, 2 * (96 + 24 + 1), "%zu", differed);
    yk_rig_close(&rig);
}
