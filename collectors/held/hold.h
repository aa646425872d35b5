/* What a sensor hears before the clock is known, kept until it is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     SPOOL/held/<slot>.<sensor>.<boot>.<n>.held    held/file.h; <boot> is /proc/sys/kernel/random/boot_id without dashes
 *     SPOOL/held/....telling                        is being framed
 *
 * A collector that is started again in the same boot goes on with these files, since CLOCK_BOOTTIME goes on. A file of
 * another boot cannot be dated by anybody: it is unlinked, and what was in it is counted as lost. So is a file that was
 * being framed when the collector was killed: part of it may have been told, and nothing is told twice.
 *
 * Files are small: one is closed after an hour or its share of the bound. When all of them reach the bound the oldest
 * is given up; and each is when its first record is older than an epoch and its grace, for it holds pseudonyms. Bytes
 * go to the disk when the sensor's time has come five seconds further, as frames do. Used by one thread, except where
 * it says otherwise. */
#ifndef YK_HELD_HOLD_H
#define YK_HELD_HOLD_H

#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "held/file.h"

struct yk_hold;

#define YK_BOOT_ID_SIZE 33

struct yk_hold_options {
    const char *spool, *slot, *sensor; /* copied */
    const char *boot;                  /* copied; YK_BOOT_ID_SIZE with its NUL */
    int64_t keep_s;                    /* of boot time */
    uint64_t max_bytes;
    const struct yk_clock *clock; /* yk_clock_boot; outlives this */
};

/* This boot's name; an empty one if the kernel tells none, which equals no other boot's. */
void yk_boot_id(char out[static YK_BOOT_ID_SIZE]);

/* Looks for files of this sensor. Makes nothing before there is something to hold. */
enum yk_status yk_hold_open(const struct yk_hold_options *options, struct yk_hold **out,
                            struct yk_error *err) YK_MUST_CHECK;
void yk_hold_close(struct yk_hold *hold); /* writes what is left; files stay */

/* As the kinds of held/file.h. YK_ERR_FULL: nothing was taken, try again. */
enum yk_status yk_hold_begin(struct yk_hold *hold, int64_t stamp_s, int64_t offset_us,
                             struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_hold_advance(struct yk_hold *hold, int64_t stamp_s, bool all, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_hold_add(struct yk_hold *hold, const struct yk_observation *observation,
                           struct yk_error *err) YK_MUST_CHECK;

/* The oldest file, whole; from now on it counts as told in part. false: there is none. *bytes until yk_hold_told, which
 * unlinks it. */
bool yk_hold_take(struct yk_hold *hold, const uint8_t **bytes, size_t *size);
void yk_hold_told(struct yk_hold *hold);

/* Gives up what has grown too old. From any thread. */
void yk_hold_tick(struct yk_hold *hold);
/* Observations held now. From any thread. */
uint64_t yk_hold_count(struct yk_hold *hold);
/* Observations lost since the last call. From any thread. */
uint64_t yk_hold_take_lost(struct yk_hold *hold);

/* Unlinks files of the slot whose sensor is not in the list: nobody could tell them any more. Returns how many. */
size_t yk_hold_sweep(const char *spool, const char *slot, const char *const *sensors, size_t count);

#endif
