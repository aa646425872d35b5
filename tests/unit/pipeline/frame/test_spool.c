/* The spool's promises: numbering, restarts, folders, a full disk. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/spool.h"

#include "spooled.h"
#include "support/scratch.h"
#include "vector.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t public_key[32], secret_key[64];

static void start(void)
{
    vector_keys(public_key, secret_key);
    scratch_make();
}
TestSuite(spool, .init = start, .fini = scratch_remove);

static struct yk_spool *opened(const char *slot, bool sync)
{
    struct yk_spool *spool;
    struct yk_error err = {0};
    struct yk_spool_options options = {.dir = scratch,
                                       .slot = slot,
                                       .district = "riverside",
                                       .edge = "edge-1",
                                       .secret_key = secret_key,
                                       .config_id = 77,
                                       .sync = sync};
    cr_assert_eq(yk_spool_open(&options, &spool, &err), YK_OK, "%s", err.message);
    return spool;
}

static enum yk_status append(struct yk_spool *spool, enum yk_group group, int64_t epoch_s, int64_t base_s,
                             size_t body_size)
{
    static uint8_t body[YK_FRAME_BODY_MAX];
    struct yk_frame_header h = {.group = group,
                                .records = 1,
                                .base_s = base_s,
                                .last_s = base_s,
                                .sensor = "radio-1",
                                .epoch_s = epoch_s,
                                .key_id = group == YK_GROUP_PRESENCE ? 5 : 0};
    struct yk_error err;
    return yk_spool_append(spool, &h, body, body_size, &err);
}

Test(spool, numbers_run_per_group_and_folders_per_period)
{
    struct yk_spool *spool = opened("radio", true);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(append(spool, YK_GROUP_PRESENCE, 1000800, 1000900 + i, 10), YK_OK);
        cr_assert_eq(append(spool, YK_GROUP_PLAIN, 0, 86400 * 20 + 86399 + i, 20), YK_OK); /* over midnight */
    }
    cr_assert_eq(append(spool, YK_GROUP_PRESENCE, 1087200, 1087300, 10), YK_OK); /* the next epoch */
    cr_assert_eq(append(spool, YK_GROUP_PRESENCE, 1000800, 1000999, 10), YK_OK); /* and back */
    cr_expect_eq(yk_spool_frames(spool), 8);
    yk_spool_close(spool);

    spooled_read(scratch);
    cr_assert_eq(spooled_count, 8);
    cr_expect_eq(spooled_rest, 0);
    uint64_t seen[3] = {0};
    for (size_t i = 0; i < spooled_count; i++) {
        const struct yk_frame_header *h = &spooled[i].frame.header;
        char folder[64];
        if (h->group == YK_GROUP_PRESENCE)
            snprintf(folder, sizeof folder, "presence-%lld", (long long)h->epoch_s);
        else
            snprintf(folder, sizeof folder, "plain-%lld", (long long)(h->base_s / 86400 * 86400));
        cr_expect_str_eq(spooled[i].folder, folder);
        cr_expect(yk_frame_verify(&spooled[i].frame, public_key));
        cr_expect_eq(h->config_id, 77);
        cr_expect_str_eq(h->district, "riverside");
        cr_expect_eq(h->incarnation, spooled[0].frame.header.incarnation);
        cr_expect_not(h->flags & YK_FRAME_HAS_PREDECESSOR);
        seen[h->group] |= UINT64_C(1) << h->sequence;
    }
    cr_expect_eq(seen[YK_GROUP_PRESENCE], 0x3E, "1..5");
    cr_expect_eq(seen[YK_GROUP_PLAIN], 0x0E, "1..3");
    struct stat st;
    char path[128];
    snprintf(path, sizeof path, "%s/presence-1000800", scratch);
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0700);
}

Test(spool, restarts_form_a_chain)
{
    static const int presence[4] = {3, 0, 2, 1}, plain[4] = {1, 0, 0, 2};
    uint64_t before = 0, last[3] = {0};
    for (int run = 0; run < 4; run++) {
        struct yk_spool *spool = opened("radio", false);
        for (int i = 0; i < presence[run]; i++)
            cr_assert_eq(append(spool, YK_GROUP_PRESENCE, 1000800, 1000900, 10), YK_OK);
        for (int i = 0; i < plain[run]; i++)
            cr_assert_eq(append(spool, YK_GROUP_PLAIN, 0, 1000900, 10), YK_OK);
        yk_spool_close(spool);
        if (presence[run] + plain[run] == 0)
            continue; /* an incarnation that gave nothing out leaves no trace and breaks no chain */
        uint64_t now = 0;
        spooled_read(scratch);
        for (size_t i = 0; i < spooled_count; i++) {
            const struct yk_frame_header *h = &spooled[i].frame.header;
            char path[200];
            snprintf(path, sizeof path, "%s/done", scratch);
            if (h->sequence == 1 && run > 0) {
                cr_expect(h->flags & YK_FRAME_HAS_PREDECESSOR);
                cr_expect_eq(h->predecessor, before, "run %d", run);
                cr_expect_eq(h->predecessor_sequence, last[h->group], "run %d group %d", run, (int)h->group);
            } else {
                cr_expect_not(h->flags & YK_FRAME_HAS_PREDECESSOR);
            }
            now = h->incarnation;
        }
        cr_expect_neq(now, 0);
        cr_expect_neq(now, before);
        before = now;
        last[1] = (uint64_t)presence[run];
        last[2] = (uint64_t)plain[run];
        char command[200]; /* only the next run's frames are looked at next time */
        snprintf(command, sizeof command, "rm -r %s/presence-* %s/plain-* 2>&1 | true", scratch, scratch);
        cr_assert_eq(system(command), 0);
    }
}

Test(spool, one_collector_per_slot)
{
    struct yk_spool *radio = opened("radio", false), *camera = opened("camera", false), *second;
    struct yk_spool_options options = {
        .dir = scratch, .slot = "radio", .district = "riverside", .edge = "edge-1", .secret_key = secret_key};
    struct yk_error err;
    cr_expect_eq(yk_spool_open(&options, &second, &err), YK_ERR_UNAVAILABLE);
    cr_expect_null(second);
    cr_expect_not_null(strstr(err.message, "radio"));
    cr_assert_eq(append(radio, YK_GROUP_PLAIN, 0, 1000900, 10), YK_OK);
    cr_assert_eq(append(camera, YK_GROUP_PLAIN, 0, 1000900, 10), YK_OK);
    yk_spool_close(radio);
    cr_assert_eq(yk_spool_open(&options, &second, &err), YK_OK, "free again");
    yk_spool_close(second);
    yk_spool_close(camera);
    spooled_read(scratch);
    cr_expect_eq(spooled_count, 2);
    cr_expect_neq(spooled[0].frame.header.incarnation, spooled[1].frame.header.incarnation);
}

static void limit(rlim_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes, RLIM_INFINITY}), 0);
}

/* A write that fails half-way leaves whole frames, spends no number, and goes through once there is room. */
Test(spool, a_full_disk_leaves_whole_frames)
{
    struct yk_spool *spool = opened("radio", true);
    const size_t frame = 184 + 1000 + 64;
    for (int i = 0; i < 3; i++)
        cr_assert_eq(append(spool, YK_GROUP_PLAIN, 0, 1000900, 1000), YK_OK);
    for (size_t more = 0; more < frame; more += 311) {
        limit(3 * frame + more);
        cr_assert_eq(append(spool, YK_GROUP_PLAIN, 0, 1000900, 1000), YK_ERR_FULL, "%zu bytes free", more);
        spooled_read(scratch);
        cr_assert_eq(spooled_count, 3);
        cr_assert_eq(spooled_rest, 0);
    }
    cr_expect_eq(yk_spool_frames(spool), 3);
    limit(RLIM_INFINITY);
    cr_assert_eq(append(spool, YK_GROUP_PLAIN, 0, 1000900, 1000), YK_OK);
    yk_spool_close(spool);
    spooled_read(scratch);
    cr_assert_eq(spooled_count, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(spooled[i].frame.header.sequence, i + 1);
}

/* Nothing can be written at all at the first frame: not the segment, not the slot's file. */
Test(spool, full_from_the_first_frame_on)
{
    struct yk_spool *spool = opened("radio", true);
    limit(0);
    cr_expect_eq(append(spool, YK_GROUP_PLAIN, 0, 1000900, 100), YK_ERR_FULL);
    cr_expect_eq(append(spool, YK_GROUP_PRESENCE, 1000800, 1000900, 100), YK_ERR_FULL);
    limit(RLIM_INFINITY);
    cr_expect_eq(append(spool, YK_GROUP_PRESENCE, 1000800, 1000900, 100), YK_OK);
    cr_expect_eq(append(spool, YK_GROUP_PLAIN, 0, 1000900, 100), YK_OK);
    yk_spool_close(spool);
    spooled_read(scratch);
    cr_assert_eq(spooled_count, 2);
    cr_expect_eq(spooled[0].frame.header.sequence, 1);
    cr_expect_eq(spooled[1].frame.header.sequence, 1);
    cr_expect_eq(spooled_rest, 0);
}

Test(spool, a_body_too_large_is_refused_and_costs_nothing)
{
    struct yk_spool *spool = opened("radio", false);
    static uint8_t body[YK_FRAME_BODY_MAX + 1];
    struct yk_frame_header h = {.group = YK_GROUP_PLAIN, .records = 1, .base_s = 5, .last_s = 5, .sensor = "a"};
    struct yk_error err;
    cr_expect_eq(yk_spool_append(spool, &h, body, sizeof body, &err), YK_ERR_INTERNAL);
    cr_assert_eq(append(spool, YK_GROUP_PLAIN, 0, 5, 9), YK_OK);
    yk_spool_close(spool);
    spooled_read(scratch);
    cr_assert_eq(spooled_count, 1);
    cr_expect_eq(spooled[0].frame.header.sequence, 1);
}
