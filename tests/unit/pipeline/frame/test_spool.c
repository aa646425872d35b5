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

/* A frame that speaks of [told_from, told_to) of a sensor. */
static enum yk_status tell(struct yk_spool *spool, enum yk_group group, const char *sensor, int64_t told_from_s,
                           int64_t told_to_s)
{
    struct yk_frame_header h = {.group = group,
                                .records = 1,
                                .base_s = told_from_s,
                                .last_s = told_to_s,
                                .told_from_s = told_from_s,
                                .told_to_s = told_to_s,
                                .epoch_s = group == YK_GROUP_PRESENCE ? 1000800 : 0,
                                .key_id = group == YK_GROUP_PRESENCE ? 5 : 0};
    struct yk_error err;
    snprintf(h.sensor, sizeof h.sensor, "%s", sensor);
    return yk_spool_append(spool, &h, (const uint8_t *)"body", 4, &err);
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
    cr_expect_eq(st.st_mode & 0007, 0, "its group may be the uplink's; nobody else reads pseudonyms");
}

/* The plain frames that are there are put aside, so that the next read sees the next run's only. */
static void forget_frames(void)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf %s/presence-* %s/plain-*", scratch, scratch);
    cr_assert_eq(system(command), 0);
}

/* Lanes: a sensor and a group each. What the frames of each run have to say of the run before, told here by hand. */
static const struct {
    enum yk_group group;
    const char *sensor;
} lane_names[4] = {{YK_GROUP_PRESENCE, "radio-1"},
                   {YK_GROUP_PLAIN, "radio-1"},
                   {YK_GROUP_PRESENCE, "radio-10"},
                   {YK_GROUP_PLAIN, "cam-1"}};

struct lane_end {
    uint64_t incarnation, sequence; /* incarnation 0: never told */
    int64_t from_s, to_s;
};

static int lane_index(const struct yk_frame_header *h)
{
    for (int i = 0; i < 4; i++)
        if (h->group == lane_names[i].group && strcmp(h->sensor, lane_names[i].sensor) == 0)
            return i;
    cr_assert_fail("no such lane: %s", h->sensor);
    return -1;
}

/* Appends counts[lane] frames of 10 s each, from start_s on, and checks what each of them says. ends: what the slot's
 * file knows; becomes what it knows then. */
static void run(int64_t start_s, const int counts[4], struct lane_end ends[4])
{
    forget_frames();
    struct yk_spool *spool = opened("radio", false);
    for (int n = 0; n < 9; n++)
        for (int i = 0; i < 4; i++)
            if (n < counts[i])
                cr_assert_eq(tell(spool, lane_names[i].group, lane_names[i].sensor, start_s + i + 10 * n,
                                  start_s + i + 10 * n + 10),
                             YK_OK);
    yk_spool_close(spool);
    spooled_read(scratch);
    cr_assert_eq(spooled_rest, 0);
    cr_assert_eq(spooled_count, (size_t)(counts[0] + counts[1] + counts[2] + counts[3]));
    int seen[4] = {0};
    struct lane_end now[4];
    memcpy(now, ends, sizeof now);
    for (size_t k = 0; k < spooled_count; k++) {
        const struct yk_frame_header *h = &spooled[k].frame.header;
        int i = lane_index(h);
        cr_expect(yk_frame_verify(&spooled[k].frame, public_key));
        cr_expect_eq(h->sequence, (uint64_t)++seen[i], "numbers run per sensor");
        cr_expect_eq(h->lane_from_s, start_s + i);
        cr_expect_eq(!!(h->flags & YK_FRAME_HAS_PREDECESSOR), ends[i].incarnation != 0);
        cr_expect_eq(h->predecessor, ends[i].incarnation);
        cr_expect_eq(h->predecessor_sequence, ends[i].sequence);
        cr_expect_eq(h->predecessor_from_s, ends[i].from_s);
        cr_expect_eq(h->predecessor_to_s, ends[i].to_s);
        now[i] = (struct lane_end){h->incarnation, h->sequence, h->lane_from_s, h->told_to_s};
        cr_expect_eq(now[i].to_s, start_s + i + 10 * seen[i]);
    }
    memcpy(ends, now, sizeof now);
}

Test(spool, restarts_form_a_chain)
{
    struct lane_end ends[4] = {{0}};
    run(1000900, (int[4]){3, 1, 0, 2}, ends);
    run(1002000, (int[4]){0, 0, 0, 0}, ends); /* an incarnation that gave nothing out breaks no chain */
    run(1003000, (int[4]){0, 2, 1, 0}, ends);
    run(1004000, (int[4]){1, 0, 9, 4}, ends);
    run(1005000, (int[4]){2, 2, 2, 2}, ends);
}

static size_t lanes_file(uint8_t *bytes, size_t capacity, bool write)
{
    char path[200];
    snprintf(path, sizeof path, "%s/radio.lanes", scratch);
    FILE *file = fopen(path, write ? "wb" : "rb");
    cr_assert_not_null(file);
    size_t size = write ? fwrite(bytes, 1, capacity, file) : fread(bytes, 1, capacity, file);
    fclose(file);
    return size;
}

/* A disk that was put back knows an older end: that is what it tells, under a new incarnation. */
Test(spool, an_old_lanes_file_tells_an_old_end)
{
    uint8_t saved[4096];
    struct lane_end ends[4] = {{0}}, old[4];
    run(1000900, (int[4]){3, 1, 0, 2}, ends);
    memcpy(old, ends, sizeof old);
    size_t size = lanes_file(saved, sizeof saved, false);
    cr_assert_eq(size % 128, 0);
    run(1002000, (int[4]){5, 5, 5, 5}, ends);
    run(1003000, (int[4]){1, 1, 1, 1}, ends);
    lanes_file(saved, size, true);
    run(1004000, (int[4]){2, 2, 2, 2}, old);
    for (int i = 0; i < 4; i++)
        cr_expect_neq(old[i].incarnation, ends[i].incarnation);
    char path[200];
    snprintf(path, sizeof path, "%s/radio.lanes", scratch);
    cr_assert_eq(unlink(path), 0);
    struct lane_end none[4] = {{0}};
    run(1005000, (int[4]){1, 1, 1, 1}, none);
}

/* Whatever rots in the slot's file, frames go out, and the district takes them. */
Test(spool, a_damaged_lanes_file_costs_no_frame)
{
    uint8_t good[512], bytes[640];
    struct lane_end ends[4] = {{0}};
    run(1000900, (int[4]){1, 1, 1, 1}, ends);
    size_t size = lanes_file(good, sizeof good, false);
    cr_assert_eq(size, 512);
    for (size_t bit = 0; bit < 8 * size + 40; bit++) {
        memcpy(bytes, good, size);
        size_t left = size;
        if (bit < 8 * size)
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        else
            left = (bit - 8 * size) * 13;          /* torn */
        if (bit < 8 * size && bit / 8 % 128 >= 82) /* the rest of a record holds nothing */
            continue;
        if (bit >= 8 * 128 && bit < 8 * size && bit % 8 != 0 && bit % 8 != 7) /* every bit of the first record only */
            continue;
        lanes_file(bytes, left, true);
        forget_frames();
        struct yk_spool *spool = opened("radio", false);
        for (int i = 0; i < 4; i++)
            cr_assert_eq(tell(spool, lane_names[i].group, lane_names[i].sensor, 1002000, 1002010), YK_OK);
        yk_spool_close(spool);
        spooled_read(scratch);
        cr_assert_eq(spooled_count, 4, "bit %zu", bit);
        cr_assert_eq(spooled_rest, 0, "bit %zu", bit);
        cr_assert_eq(lanes_file(bytes, sizeof bytes, false) % 128, 0);
        for (size_t i = 0; i < 4 && bit < 8 * size; i++) { /* a damaged record tells of no end, the others of theirs */
            const struct yk_frame_header *h = &spooled[i].frame.header;
            size_t lane = 0;
            while (h->group != lane_names[lane].group || strcmp(h->sensor, lane_names[lane].sensor) != 0)
                lane++;
            cr_assert_eq((h->flags & YK_FRAME_HAS_PREDECESSOR) != 0, lane != bit / 8 / 128, "bit %zu", bit);
        }
    }
    for (size_t at = 50; at < 66; at += 8) /* from_s and to_s after 9999, and below 0: no predecessor */
        for (int k = 0; k < 2; k++) {
            memcpy(bytes, good, size);
            bytes[at + (k ? 7 : 4)] |= k ? 0x80 : 0x40;
            uint8_t sum[16]; /* which fits: somebody meant it */
            crypto_generichash(sum, sizeof sum, bytes, 74, NULL, 0);
            memcpy(bytes + 74, sum, 8);
            lanes_file(bytes, size, true);
            forget_frames();
            struct yk_spool *spool = opened("radio", false);
            cr_assert_eq(tell(spool, YK_GROUP_PRESENCE, "radio-1", 1002000, 1002010), YK_OK);
            yk_spool_close(spool);
            spooled_read(scratch);
            cr_assert_eq(spooled_count, 1, "byte %zu", at);
            cr_expect_not(spooled[0].frame.header.flags & YK_FRAME_HAS_PREDECESSOR);
        }
}

/* Two collectors of one edge, one of whose clocks is ahead: it erases what nobody writes, and nothing under the other's
 * hands, who would go on into a file without a name. */
Test(spool, an_epoch_that_another_still_writes_is_not_erased)
{
    struct yk_spool *radio = opened("radio", false), *camera = opened("camera", false);
    cr_assert_eq(tell(radio, YK_GROUP_PRESENCE, "radio-1", 1002000, 1002010), YK_OK);
    cr_expect_eq(yk_spool_erase_before(camera, INT64_MAX), 0);
    cr_assert_eq(tell(radio, YK_GROUP_PRESENCE, "radio-1", 1002010, 1002020), YK_OK);
    spooled_read(scratch);
    cr_expect_eq(spooled_count, 2);
    yk_spool_close(radio);
    cr_expect_eq(yk_spool_erase_before(camera, INT64_MAX), 2);
    spooled_read(scratch);
    cr_expect_eq(spooled_count, 1, "a tombstone for both");
    yk_spool_close(camera);
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
    const size_t frame = 224 + 1000 + 64;
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

static struct yk_spool *bounded(uint64_t max_bytes)
{
    struct yk_spool *spool;
    struct yk_error err = {0};
    struct yk_spool_options options = {.dir = scratch,
                                       .slot = "radio",
                                       .district = "riverside",
                                       .edge = "edge-1",
                                       .secret_key = secret_key,
                                       .max_bytes = max_bytes};
    cr_assert_eq(yk_spool_open(&options, &spool, &err), YK_OK, "%s", err.message);
    return spool;
}

/* Each number of each lane is there, or stands in one tombstone that says its time. */
Test(spool, a_full_spool_gives_up_its_oldest_presence)
{
    enum { FRAMES = 200, BODY = 1000, BOUND = 200000, STEP_S = 10 };
    static uint8_t body[BODY];
    const int64_t start_s = 1000900;
    struct yk_spool *spool = bounded(BOUND);
    for (int n = 0; n < FRAMES; n++)
        for (int i = 0; i < 3; i++) {
            struct yk_error err;
            struct yk_frame_header h = {.group = lane_names[i].group,
                                        .records = 1,
                                        .base_s = start_s + n * STEP_S,
                                        .last_s = start_s + n * STEP_S,
                                        .told_from_s = start_s + n * STEP_S,
                                        .told_to_s = start_s + (n + 1) * STEP_S,
                                        .epoch_s = i == 1 ? 0 : 1000800,
                                        .key_id = i == 1 ? 0 : 5};
            if (i == 1 && n % 10) /* few plain ones */
                continue;
            snprintf(h.sensor, sizeof h.sensor, "%s", lane_names[i].sensor);
            cr_assert_eq(yk_spool_append(spool, &h, body, BODY, &err), YK_OK, "%s", err.message);
        }
    uint64_t given_up = yk_spool_given_up(spool);
    yk_spool_close(spool);
    spooled_read(scratch);
    cr_assert_eq(spooled_rest, 0);
    int there[3][FRAMES + 1] = {{0}}, gone[3][FRAMES + 1] = {{0}};
    size_t bytes = 0;
    uint64_t all_gone = 0;
    for (size_t k = 0; k < spooled_count; k++) {
        const struct yk_frame_header *h = &spooled[k].frame.header;
        uint64_t last = h->sequence;
        int i = lane_index(h);
        bool tombstone = h->flags & YK_FRAME_TOMBSTONE;
        bytes += spooled[k].frame.size;
        cr_assert(yk_frame_verify(&spooled[k].frame, public_key));
        cr_assert(!tombstone || yk_frame_tombstone(&spooled[k].frame, &last));
        cr_assert_leq(last, FRAMES);
        if (i != 1) {
            cr_expect_eq(h->told_from_s, start_s + ((int64_t)h->sequence - 1) * STEP_S);
            cr_expect_eq(h->told_to_s, start_s + (int64_t)last * STEP_S);
        }
        cr_expect_eq(h->lane_from_s, start_s);
        for (uint64_t n = h->sequence; n <= last; n++, all_gone += tombstone)
            (tombstone ? gone : there)[i][n]++;
    }
    cr_expect_leq(bytes, BOUND + 5000, "about the bound: tombstones come on top");
    cr_expect_gt(all_gone, 200);
    cr_expect_eq(all_gone, given_up);
    for (int i = 0; i < 3; i++)
        for (int n = 1; n <= (i == 1 ? FRAMES / 10 : FRAMES); n++) {
            cr_expect_eq(there[i][n] + gone[i][n], 1, "lane %d number %d", i, n);
            cr_expect(i != 1 || there[i][n] == 1, "plain frames are kept");
            cr_expect(n == 1 || there[i][n] >= there[i][n - 1], "the oldest went");
        }
}

/* What can't be removed is an error, not an endless search. */
Test(spool, room_that_cannot_be_made)
{
    char path[200];
    snprintf(path, sizeof path, "%s/presence-0", scratch);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/presence-0/a.seg", scratch);
    cr_assert_eq(mkdir(path, 0700), 0); /* unlink(2) does not take a folder */
    struct yk_spool *spool = bounded(20000);
    enum yk_status status = YK_OK;
    for (int n = 0; n < 100 && status == YK_OK; n++)
        status = append(spool, YK_GROUP_PLAIN, 0, 1000900, 1000);
    cr_expect_eq(status, YK_ERR_IO);
    yk_spool_close(spool);
}
