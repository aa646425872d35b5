/* Held files come, go on, grow old, and go. SPDX-License-Identifier: GPL-3.0-or-later */
#include "held/hold.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define BOOT   "0123456789abcdef0123456789abcdef"
#define OTHER  "0123456789abcdef0123456789abcdee"

static struct yk_manual_clock hands;
static struct yk_clock clock_;
static struct yk_error err;

static void start(void)
{
    scratch_make();
    hands = (struct yk_manual_clock){{0}, {1000 * SECOND}};
    clock_ = yk_clock_manual(&hands);
}

TestSuite(hold, .init = start, .fini = scratch_remove);

static struct yk_hold *open_hold(const char *sensor, const char *boot, uint64_t max_bytes)
{
    struct yk_hold *hold;
    const struct yk_hold_options options = {.spool = scratch,
                                            .slot = "radio",
                                            .sensor = sensor,
                                            .boot = boot,
                                            .keep_s = 30 * 3600,
                                            .max_bytes = max_bytes,
                                            .clock = &clock_};
    cr_assert_eq(yk_hold_open(&options, &hold, &err), YK_OK);
    return hold;
}

/* Some seconds of a clock that shows the boot time plus 500 s. */
static void hear(struct yk_hold *hold, int64_t from_s, int records)
{
    cr_assert_eq(yk_hold_begin(hold, from_s, 500 * SECOND, &err), YK_OK);
    for (int i = 0; i < records; i++) {
        struct yk_observation o = {.kind = YK_KIND_PRESENCE};
        o.as.presence =
            (struct yk_presence){.pseudonym = (uint64_t)i, .tick = from_s / 10, .adverts = 1, .rssi_max_dbm = 127};
        cr_assert_eq(yk_hold_add(hold, &o, &err), YK_OK);
    }
    cr_assert_eq(yk_hold_advance(hold, from_s + 10, true, &err), YK_OK);
}

static size_t files(void)
{
    char path[200];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/held", scratch);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return count;
}

Test(hold, nothing_is_made_for_nothing)
{
    struct yk_hold *hold = open_hold("radio-1", BOOT, 1 << 20);
    const uint8_t *bytes;
    size_t size;
    cr_expect_not(yk_hold_take(hold, &bytes, &size));
    yk_hold_close(hold);
    char path[200];
    snprintf(path, sizeof path, "%s/held", scratch);
    cr_expect_neq(access(path, F_OK), 0);
}

Test(hold, another_start_of_the_same_boot_goes_on)
{
    struct yk_hold *hold = open_hold("radio-1", BOOT, 1 << 20), *else_where;
    hear(hold, 1500, 5);
    cr_expect_eq(yk_hold_count(hold), 5);
    yk_hold_close(hold);
    hold = open_hold("radio-1", BOOT, 1 << 20);
    cr_expect_eq(yk_hold_count(hold), 5);
    hear(hold, 1600, 3);
    cr_expect_eq(yk_hold_count(hold), 8);
    cr_expect_eq(yk_hold_take_lost(hold), 0);
    else_where = open_hold("radio-2", BOOT, 1 << 20);
    cr_expect_eq(yk_hold_count(else_where), 0, "of another sensor");
    yk_hold_close(else_where);

    const uint8_t *bytes;
    size_t size, told = 0;
    while (yk_hold_take(hold, &bytes, &size)) {
        struct yk_held_reader reader;
        struct yk_held_record record;
        cr_assert(yk_held_read_head(&reader, bytes, size));
        while (yk_held_read(&reader, &record))
            told += record.kind == YK_HELD_PRESENCE;
        yk_hold_told(hold);
    }
    cr_expect_eq(told, 8);
    cr_expect_eq(files(), 0);
    yk_hold_close(hold);
}

Test(hold, another_boot_is_lost_and_counted)
{
    struct yk_hold *hold = open_hold("radio-1", OTHER, 1 << 20);
    hear(hold, 1500, 5);
    yk_hold_close(hold);
    hold = open_hold("radio-1", BOOT, 1 << 20);
    cr_expect_eq(yk_hold_count(hold), 0);
    cr_expect_eq(yk_hold_take_lost(hold), 5);
    cr_expect_eq(yk_hold_take_lost(hold), 0, "told once");
    cr_expect_eq(files(), 0);
    yk_hold_close(hold);
}

/* Killed while it was told: part may be in frames, and nothing is told twice. */
Test(hold, what_was_being_told_is_lost)
{
    struct yk_hold *hold = open_hold("radio-1", BOOT, 1 << 20);
    hear(hold, 1500, 5);
    const uint8_t *bytes;
    size_t size;
    cr_assert(yk_hold_take(hold, &bytes, &size));
    yk_hold_close(hold);
    hold = open_hold("radio-1", BOOT, 1 << 20);
    cr_expect_eq(yk_hold_count(hold), 0);
    cr_expect_eq(yk_hold_take_lost(hold), 5);
    cr_expect_eq(files(), 0);
    yk_hold_close(hold);
}

Test(hold, no_pseudonym_outlives_an_epoch_and_its_grace)
{
    struct yk_hold *hold = open_hold("radio-1", BOOT, 1 << 20);
    hear(hold, 1500, 5);
    hands.mono.us += 3600 * SECOND;
    hear(hold, 5100, 3);
    cr_expect_eq(files(), 2, "a file an hour");
    hands.mono.us = (1000 + 30 * 3600) * SECOND;
    yk_hold_tick(hold);
    cr_expect_eq(yk_hold_count(hold), 8, "just borne");
    hands.mono.us += SECOND;
    yk_hold_tick(hold);
    cr_expect_eq(yk_hold_count(hold), 3);
    cr_expect_eq(yk_hold_take_lost(hold), 5);
    yk_hold_close(hold);
    hands.mono.us += 3600 * SECOND;
    hold = open_hold("radio-1", BOOT, 1 << 20); /* also when nobody ran when it came to its end */
    cr_expect_eq(yk_hold_take_lost(hold), 3);
    cr_expect_eq(files(), 0);
    yk_hold_close(hold);
}

/* A presence record takes 43 bytes: in 20,000 there is room for some 400, and the newest stay. */
Test(hold, the_oldest_goes_when_there_is_no_room)
{
    struct yk_hold *hold = open_hold("radio-1", BOOT, 20000);
    uint64_t lost = 0;
    for (int i = 0; i < 100; i++)
        hear(hold, 1500 + 10 * i, 20);
    lost = yk_hold_take_lost(hold);
    cr_expect_eq(lost + yk_hold_count(hold), 2000);
    cr_expect(yk_hold_count(hold) >= 200 && yk_hold_count(hold) <= 460, "%lu", (unsigned long)yk_hold_count(hold));
    yk_hold_close(hold);
}

Test(hold, a_sensor_that_is_gone_leaves_nothing)
{
    static const char *const sensors[] = {"radio-2", "radio-1-b"};
    struct yk_hold *hold = open_hold("radio-1", BOOT, 1 << 20), *other = open_hold("radio-2", BOOT, 1 << 20);
    hear(hold, 1500, 5);
    hear(other, 1500, 5);
    yk_hold_close(hold);
    yk_hold_close(other);
    cr_expect_eq(yk_hold_sweep(scratch, "camera", sensors, 2), 0, "of another slot");
    cr_expect_eq(yk_hold_sweep(scratch, "radio", sensors, 2), 1);
    cr_expect_eq(files(), 1);
}

Test(hold, a_boot_has_a_name)
{
    char boot[YK_BOOT_ID_SIZE];
    yk_boot_id(boot);
    cr_expect_eq(strlen(boot), 32);
    cr_expect_eq(strspn(boot, "0123456789abcdef"), 32);
}
