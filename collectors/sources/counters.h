/* From a counter's readings and bins to what is told. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. Devices tell what they counted in two ways: persons since a reset (cumulative), and persons of an interval (a
 * bin); some tell both, in one message. They send again what may not have arrived, are reset at midnight or when
 * somebody pulls the plug, and go on counting while this program is not running. Whatever they send, each person is to be
 * told once, and what nobody can know is not to be made up.
 *
 * Method, for each line of the device by itself:
 *
 *   Readings   what was added since the reading before counts in the time between the two, also when this program did not
 *              run in it. The first reading ever counts nobody. A reading below the last one follows a reset: what it
 *              shows counts since the reset where the device says when that was, and since the last reading where it does
 *              not, and then that time is not told as watched, for what was counted before the reset is not known. A
 *              reading that is lower and whose reset lies before the last reading contradicts itself (malformed), and so
 *              does one that grew by more than YK_COUNT_RATE_MAX. A reading that is not newer than the last is a
 *              duplicate; after a clock that was set back the second one begins anew (message_order.h). Over more than a
 *              day nothing is told (bad_time): the count goes on from there.
 *   Bins       count in their interval, in whatever order they come, unless a part of it was told before (told_set.h).
 *              Of fewer samples than were expected only that share of the interval was watched.
 *   Both       are never added. Bins win: from the first one on readings are only noted (duplicate), until a day has passed
 *              without a bin; then readings count again, from the last one that was noted on. A bin of time that readings
 *              have told already is a duplicate.
 *   Packages   a message's number and its bin together, so that a message told again is known beyond the bounds of the
 *              rest. The number alone says nothing, since devices begin anew with it when they are started.
 *
 * State. What has to be known after a restart (last readings, told time) lies in FOLDER/counters/SENSOR.state, with a
 * checksum, and is on the disk before what it stands for is handed on: a power cut in between loses the counts of one
 * message, and never tells one twice. A damaged file is said, and all begins anew.
 *
 * Bounds: YK_COUNTER_LINES_MAX names of the device, YK_COUNTER_PENDING_MAX results between two flushes (more flush by
 * themselves), 24 hours per interval. */
#ifndef YK_SOURCES_COUNTERS_H
#define YK_SOURCES_COUNTERS_H

#include "base/drops.h"
#include "base/error.h"
#include "decode/camera_record.h"

#include <stdbool.h>
#include <stdint.h>

#define YK_COUNT_RATE_MAX      100000 /* persons a minute, in one direction */
#define YK_COUNTER_LINES_MAX   64
#define YK_COUNTER_PENDING_MAX 256

/* Persons of an interval that was never told before; times are the device's. */
struct yk_counted {
    uint8_t line;
    bool cumulative; /* the difference of two readings */
    int64_t from_us, to_us;
    int64_t watched_from_us, watched_to_us; /* the part of it that the device watched; the same: nobody knows */
    uint32_t plus, minus;
};

struct yk_counters_options {
    const char *folder; /* NULL: nothing is kept */
    const char *sensor;
    struct yk_drops *drops; /* outlives the counters */
    enum yk_status (*counted)(void *context, const struct yk_counted *counted, struct yk_error *err);
    void *context;
};

struct yk_counters;

enum yk_status yk_counters_new(const struct yk_counters_options *options, struct yk_counters **out,
                               struct yk_error *err) YK_MUST_CHECK;
void yk_counters_free(struct yk_counters *counters);

/* A reading or bin for that line of the sensor; arrived_us as in yk_camera_sink. A bad one is counted and YK_OK. */
enum yk_status yk_counters_take(struct yk_counters *counters, const struct yk_device_count *count, uint8_t line,
                                int64_t arrived_us, struct yk_error *err) YK_MUST_CHECK;
/* There is something to flush; and as much of it as there can be, so that the next one would flush by itself. */
bool yk_counters_waiting(const struct yk_counters *counters);
bool yk_counters_full(const struct yk_counters *counters);
/* Keeps the state and hands on what was taken: after each message. YK_ERR_FULL: there is no room on the disk and nothing
 * was handed on; to be tried again. */
enum yk_status yk_counters_flush(struct yk_counters *counters, struct yk_error *err) YK_MUST_CHECK;

#endif
