/* One epoch after the other. SPDX-License-Identifier: GPL-3.0-or-later */
#include "late/forget.h"

#include "base/calendar.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY_US 60000000

/* The oldest epoch from from_s on that has presence in the spool; INT64_MAX: none. */
static int64_t oldest_epoch(const char *spool, int64_t from_s)
{
    int64_t oldest_s = INT64_MAX;
    DIR *dir = opendir(spool);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *end;
        if (strncmp(entry->d_name, "presence-", 9) != 0)
            continue;
        int64_t start_s = strtoll(entry->d_name + 9, &end, 10);
        if (!*end && start_s >= from_s && start_s < oldest_s)
            oldest_s = start_s;
    }
    if (dir)
        closedir(dir);
    return oldest_s;
}

static void say(struct yk_late *late, int64_t epoch_s, const struct yk_reduce_report *report)
{
    char epoch[YK_TIME_TEXT_MAX];
    yk_time_format(epoch, epoch_s);
    late->frames += report->frames;
    late->windows += report->windows;
    if (report->frames)
        yk_log(YK_LOG_WARNING,
               "%" PRIu64 " frames of the epoch of %s, which the district never got, became sums without pseudonyms of "
               "%zu windows of %zu sensor%s",
               report->frames, epoch, report->windows, report->sensors, report->sensors == 1 ? "" : "s");
    if (report->refused)
        yk_log(YK_LOG_WARNING,
               "%" PRIu64 " frames in the folder of the epoch of %s are damaged or not this edge's: no "
               "sums were made of them",
               report->refused, epoch);
    if (report->given_up_sensors)
        yk_log(YK_LOG_WARNING,
               "%" PRIu64
               " frames of %zu sensor%s and the epoch of %s hold more devices than fit into memory: they are "
               "given up without sums",
               report->given_up_frames, report->given_up_sensors, report->given_up_sensors == 1 ? "" : "s", epoch);
}

/* Until which epoch all may be erased: before_s, or the first that has to wait. */
static int64_t reduce_before(struct yk_late *late, int64_t before_s, int64_t now_s)
{
    const struct yk_reduce_options *o = &late->options;
    int64_t epoch_s = INT64_MIN;
    while ((epoch_s = oldest_epoch(o->dir, epoch_s)) < before_s) {
        struct yk_reduce_report report;
        struct yk_error err = {0};
        enum yk_status status = yk_late_reduce(o, epoch_s, &report, &err);
        int64_t over_s = yk_epoch_end(epoch_s, o->epoch_hours, o->epoch_start_s) + late->grace_hours * INT64_C(3600);
        if (status != YK_OK && now_s < over_s + YK_LATE_TRIES_S) {
            yk_log_enter(&late->waits, "presence whose grace is over cannot become sums yet: %s", err.message);
            return epoch_s;
        }
        if (status != YK_OK)
            yk_log(YK_LOG_WARNING, "presence whose grace is over is given up without sums: %s", err.message);
        else
            say(late, epoch_s, &report);
        epoch_s++;
    }
    late->waits.bad = false;
    return before_s;
}

void yk_late_forget(struct yk_late *late, int64_t now_s)
{
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    if (late->looked.us && now.us - late->looked.us < LOOK_EVERY_US)
        return;
    late->looked = now;
    int64_t due_s = now_s - late->grace_hours * INT64_C(3600) - (late->reduces ? 0 : YK_LATE_TRIES_S);
    int64_t before_s = yk_epoch_start(due_s, late->options.epoch_hours, late->options.epoch_start_s);
    if (late->reduces)
        before_s = reduce_before(late, before_s, now_s);
    uint64_t erased = yk_spool_erase_before(late->options.spool, before_s);
    if (erased)
        yk_log(YK_LOG_WARNING,
               "%" PRIu64
               " frames of ended epochs were given up that the district never got; it is told which time they "
               "were of",
               erased);
}
