/* Running a simulated district, as fast as possible or with the clock. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With the clock, event time advances in steps of 0.5 s: sleep until the step's end, let everything in it happen,
 * flush. The step's end is a time on the monotonic clock counted from the start, so neither work nor oversleeping adds
 * up. */
#include "simulate/simulate.h"

#include "simulate/world.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#define STEP_US   INT64_C(500000)   /* with the clock */
#define SLICE_US  INT64_C(60000000) /* without: signals, errors and progress are looked at this often */
#define NS_PER_US 1000
#define US_PER_S  INT64_C(1000000)

static bool stopping(const struct yk_simulate_options *options)
{
    return options->stop && *options->stop;
}

/* Sleeps until `us` after start; false if asked to stop meanwhile. */
static bool sleep_until(const struct yk_simulate_options *options, const struct timespec *start, int64_t us)
{
    int64_t ns = start->tv_nsec + us % US_PER_S * NS_PER_US;
    struct timespec at = {.tv_sec = start->tv_sec + (time_t)(us / US_PER_S) + (time_t)(ns / 1000000000),
                          .tv_nsec = (long)(ns % 1000000000)};
    while (!stopping(options)) {
        int rc = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        if (rc != EINTR)
            return true;
    }
    return false;
}

static enum yk_status run(struct yk_world *world, const struct yk_simulate_options *options, int64_t *reached,
                          struct yk_error *err)
{
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    enum yk_status status = YK_OK;
    *reached = options->from_us;
    while (status == YK_OK && *reached < options->to_us && !stopping(options)) {
        int64_t step = options->realtime ? STEP_US : SLICE_US;
        int64_t next = options->to_us - *reached > step ? *reached + step : options->to_us;
        if (options->realtime && !sleep_until(options, &start, next - options->from_us))
            break;
        status = yk_world_run(world, next, err);
        *reached = next;
        if (options->realtime)
            yk_world_flush(world);
        if (options->progress)
            options->progress(options->progress_context, next);
    }
    return status;
}

enum yk_status yk_simulate_run(const struct yk_config *config, const struct yk_simulate_options *options,
                               struct yk_simulate_summary *summary, struct yk_error *err)
{
    struct yk_world world;
    char path[PATH_MAX];
    *summary = (struct yk_simulate_summary){.to_us = options->from_us};
    if (snprintf(path, sizeof path, "%s/truth.json", options->out_dir) >= (int)sizeof path)
        return yk_error_set(err, YK_ERR_USAGE, "the path of the output folder is too long");

    enum yk_status status = yk_world_init(&world, config, options, err);
    if (status != YK_OK)
        goto out;
    status = yk_world_start(&world, err);
    if (status == YK_OK)
        status = run(&world, options, &summary->to_us, err);
    if (status != YK_OK)
        goto out;
    status = yk_world_finish(&world, summary->to_us, err);
    if (status == YK_OK)
        status = yk_truth_write(&world, config, summary->to_us, path, err);
    summary->persons = world.total_persons;
    summary->devices = world.total_devices;
    summary->adverts = world.total_adverts;
    for (size_t i = 0; i < world.recorder_count; i++)
        summary->bytes += world.recorders[i].sink.bytes;
    summary->stopped = stopping(options);
out:
    yk_world_free(&world);
    return status;
}
