/* Cameras whose people are known, and what a collector told of them. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_CAMERAS_H
#define YK_TESTS_SUPPORT_CAMERAS_H

#include "base/drops.h"
#include "support/rig.h"

#define YK_TEST_CROSSINGS_MAX 4096
#define YK_TEST_HEALTH_MAX    1024
/* The line of the sensors: from (1200, 0) to (1200, 1080), so that to the right is minus. */
#define YK_TEST_LINE "format: deepstream, lines: [{ id: north, points: [[1200,0],[1200,1080]], hysteresis: 15 }]"

/* DeepStream lines, ten frames a second: each second a person begins to walk across the line, for three seconds, the first
 * to the right, the next to the left. Track numbers begin with first_track. Appends to the file. Returns the number of
 * frames, which is that of the lines. */
size_t yk_test_people(const char *path, int64_t first_us, unsigned people, unsigned first_track);

/* The tenth second of a minute, so many minutes ago: nothing that walks for less than 50 s ends with a minute. (What a
 * session drops behind its last health is told with the next, and a session that ends with a full minute has none.) */
int64_t yk_test_minutes_ago_us(int minutes);

/* What is in a spool of one sensor, crossings in order of time. */
struct yk_test_told {
    struct {
        int64_t t_ms;
        int direction;
    } crossings[YK_TEST_CROSSINGS_MAX];
    size_t count;
    int64_t health[YK_TEST_HEALTH_MAX][2]; /* seconds: from, to */
    size_t health_count;
    uint64_t drops[YK_DROP_COUNT]; /* sums over all health */
};
void yk_test_told(struct yk_test_told *told, const char *spool, const char *sensor);
/* The same crossings; and of `people` of yk_test_people each crossed once, their direction in turn, in the middle of
 * their way. */
void yk_test_same_crossings(const struct yk_test_told *a, const struct yk_test_told *b);
void yk_test_all_crossed(const struct yk_test_told *told, size_t from, int64_t first_us, unsigned people);
/* Some health tells that the sensor saw at that time. */
bool yk_test_saw(const struct yk_test_told *told, int64_t t_s);

/* Waits until the status file of the collector of cameras tells so: this many observations, or drops for this reason. */
void yk_test_until_observed(const char *spool, const char *sensor, uint64_t count);
void yk_test_until_dropped(const char *spool, const char *sensor, enum yk_drop reason, uint64_t count);
/* Waits until a file says it, `times` times. */
void yk_test_until_says(const char *path, const char *text, unsigned times);

/* A loopback port for this process alone, below those that the kernel gives to others; which: 0 to 3. */
int yk_test_port(int which);

/* What camera_file tells of these lines. */
void yk_test_from_file(struct yk_rig *rig, struct yk_test_told *told, const char *name, const char *sensor,
                       const char *lines);

#endif
