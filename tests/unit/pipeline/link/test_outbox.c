/* The outbox over spools that were cut, damaged, covered and erased. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/outbox.h"

#include "frame/spool.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BODY  100
#define FRAME (224 + BODY + 64)

static uint8_t public_key[32], secret_key[64];
static struct yk_outbox *outbox;
static struct yk_error err;

static void start(void)
{
    cr_assert_geq(sodium_init(), 0);
    crypto_sign_keypair(public_key, secret_key);
    scratch_make();
    cr_assert_eq(yk_outbox_new(scratch, &outbox, &err), YK_OK);
}

static void stop(void)
{
    yk_outbox_free(outbox);
    scratch_remove();
}
TestSuite(outbox, .init = start, .fini = stop);

static struct yk_spool *spool_of(const char *slot)
{
    struct yk_spool *spool;
    struct yk_spool_options options = {
        .dir = scratch, .slot = slot, .district = "riverside", .edge = "edge-1", .secret_key = secret_key};
    cr_assert_eq(yk_spool_open(&options, &spool, &err), YK_OK);
    return spool;
}

static void append(struct yk_spool *spool, int count)
{
    static uint8_t body[BODY];
    for (int i = 0; i < count; i++) {
        struct yk_frame_header h = {
            .group = YK_GROUP_PLAIN, .records = 1, .base_s = 90000, .last_s = 90000, .sensor = "a"};
        cr_assert_eq(yk_spool_append(spool, &h, body, BODY, &err), YK_OK);
    }
}

/* One segment as a file of its own, as another incarnation may have left it. */
static void leave(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", scratch, folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/%s", scratch, folder, name);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static size_t frames_of(enum yk_group group, const char *sensor, uint64_t incarnation, uint64_t first, int count,
                        size_t body_size, uint8_t *out)
{
    static uint8_t body[YK_FRAME_BODY_MAX];
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        struct yk_frame_header h = {.group = group,
                                    .records = 1,
                                    .incarnation = incarnation,
                                    .sequence = first + (uint64_t)i,
                                    .base_s = 90000,
                                    .last_s = 90000,
                                    .key_id = group == YK_GROUP_PRESENCE ? 5 : 0,
                                    .district = "riverside",
                                    .edge = "edge-1"};
        snprintf(h.sensor, sizeof h.sensor, "%s", sensor);
        size += yk_frame_seal(&h, body, body_size, secret_key, NULL, out + size);
    }
    return size;
}

static size_t frames(uint64_t incarnation, uint64_t first, int count, uint8_t *out)
{
    return frames_of(YK_GROUP_PLAIN, "a", incarnation, first, count, BODY, out);
}

static struct yk_outbox_figures figures(void)
{
    struct yk_outbox_figures f;
    yk_outbox_figures(outbox, &f);
    return f;
}

static void scan(void)
{
    cr_assert_eq(yk_outbox_scan(outbox, &err), YK_OK, "%s", err.message);
}

/* Takes everything there is to send at `now`; returns a bitmap of the sequences below 64, counts in *count. */
static uint64_t take(int64_t now, int64_t resend_before, size_t *count)
{
    const uint8_t *bytes;
    size_t size;
    uint64_t sequences = 0;
    *count = 0;
    while (yk_outbox_next(outbox, (struct yk_mono){now}, (struct yk_mono){resend_before}, &bytes, &size)) {
        struct yk_frame frame;
        cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
        cr_assert_eq(frame.size, size);
        cr_assert(yk_frame_verify(&frame, public_key));
        sequences |= UINT64_C(1) << (frame.header.sequence % 64);
        ++*count;
    }
    return sequences;
}

static void cover_lane(uint64_t incarnation, enum yk_group group, const char *sensor, uint64_t first, uint64_t last)
{
    struct yk_received covered = {0};
    struct yk_frame_header h = {.group = group, .incarnation = incarnation, .sequence = first};
    snprintf(h.sensor, sizeof h.sensor, "%s", sensor);
    h.flags = YK_FRAME_TOMBSTONE; /* given up or received: the edge need not ask */
    cr_assert_eq(yk_received_add(&covered, &h, first), YK_OK);
    h.flags = 0;
    cr_assert_eq(yk_received_add(&covered, &h, last), YK_OK);
    yk_outbox_cover(outbox, &covered);
    yk_received_clear(&covered);
}

static void cover(uint64_t incarnation, uint64_t first, uint64_t last)
{
    cover_lane(incarnation, YK_GROUP_PLAIN, "a", first, last);
}

static bool there(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    return access(path, F_OK) == 0;
}

Test(outbox, a_torn_tail_at_every_byte)
{
    static uint8_t bytes[3 * FRAME];
    size_t size = frames(7, 1, 3, bytes);
    cr_assert_eq(size, 3 * FRAME);
    for (size_t cut = 0; cut <= size; cut++) {
        leave("plain-86400", "7-0.seg", bytes, cut);
        struct yk_outbox *fresh;
        cr_assert_eq(yk_outbox_new(scratch, &fresh, &err), YK_OK);
        cr_assert_eq(yk_outbox_scan(fresh, &err), YK_OK);
        struct yk_outbox_figures f;
        yk_outbox_figures(fresh, &f);
        cr_assert_eq(f.frames, cut / FRAME, "cut at %zu", cut);
        cr_assert_eq(f.damaged, cut % FRAME != 0, "cut at %zu", cut);
        cr_assert_not(f.growing);
        yk_outbox_free(fresh);
    }
}

/* One damaged stretch in the middle costs its own frame only. Headers are damaged: a signature is not this reader's
 * business. */
Test(outbox, damage_in_the_middle_hides_nothing_behind_it)
{
    static uint8_t good[5 * FRAME], bytes[5 * FRAME];
    size_t size = frames(7, 1, 5, good), count;
    static const struct {
        size_t from, length;
    } damage[] = {{0, 4}, {FRAME, 1}, {2 * FRAME, 224}, {2 * FRAME, FRAME}, {2 * FRAME + 5, 3}, {3 * FRAME + 12, 2}};
    for (size_t d = 0; d < sizeof damage / sizeof damage[0]; d++) {
        memcpy(bytes, good, size);
        memset(bytes + damage[d].from, 0xFF, damage[d].length);
        leave("plain-86400", "7-0.seg", bytes, size);
        yk_outbox_free(outbox);
        cr_assert_eq(yk_outbox_new(scratch, &outbox, &err), YK_OK);
        scan();
        uint64_t expected = 0x3E & ~(UINT64_C(2) << (damage[d].from / FRAME));
        cr_expect_eq(take(1, 0, &count), expected, "damage %zu", d);
        cr_expect_eq(figures().damaged, 1, "damage %zu", d);
    }
    /* A length that is possible, and longer than the file. */
    memcpy(bytes, good, size);
    memcpy(bytes + FRAME + 8, (const uint8_t[]){0, 0, 2, 0}, 4);
    leave("plain-86400", "7-0.seg", bytes, size);
    yk_outbox_free(outbox);
    cr_assert_eq(yk_outbox_new(scratch, &outbox, &err), YK_OK);
    scan();
    cr_expect_eq(take(1, 0, &count), 0x3A);
    cr_expect_eq(figures().damaged, 1);
    /* What is left of a spool that was overwritten: something between the frames. */
    memcpy(bytes, good, FRAME);
    memset(bytes + FRAME, 'x', 50);
    memcpy(bytes + FRAME + 50, "YKFR", 4);
    memcpy(bytes + FRAME + 54, good + FRAME, FRAME);
    leave("plain-86400", "7-0.seg", bytes, 2 * FRAME + 54);
    yk_outbox_free(outbox);
    cr_assert_eq(yk_outbox_new(scratch, &outbox, &err), YK_OK);
    scan();
    cr_expect_eq(take(1, 0, &count), 0x06);
}

Test(outbox, a_growing_segment_is_followed_and_kept)
{
    struct yk_spool *spool = spool_of("radio");
    size_t count;
    scan();
    cr_expect_eq(figures().frames, 0);
    append(spool, 2);
    scan();
    cr_expect(figures().growing);
    cr_expect_eq(take(1, 0, &count), 0x06);
    append(spool, 3);
    scan();
    cr_expect_eq(take(2, 0, &count), 0x38);
    cr_expect_eq(take(3, 0, &count), 0, "each once");
    cr_expect_eq(figures().waiting, 5);

    /* Whose incarnation it is, from a frame. */
    yk_outbox_forget_sent(outbox);
    const uint8_t *bytes;
    size_t size;
    struct yk_frame frame;
    cr_assert(yk_outbox_next(outbox, (struct yk_mono){4}, (struct yk_mono){0}, &bytes, &size));
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    uint64_t incarnation = frame.header.incarnation;

    cover(incarnation, 1, 5);
    cr_expect_eq(figures().waiting, 0);
    cr_expect(there("plain-86400"), "its writer may go on");
    append(spool, 1);
    yk_spool_close(spool);
    cover(incarnation, 1, 6);
    cr_expect(there("plain-86400"), "the last frame has not been seen yet");
    scan();
    cr_expect_eq(take(5, 0, &count), 0x40);
    cover(incarnation, 1, 5);
    cr_expect(there("plain-86400"), "one frame is not covered");
    cover(incarnation, 6, 6);
    cr_expect_not(there("plain-86400"), "all covered, writer gone");
    cr_expect_eq(figures().frames, 6);
    cr_expect_eq(figures().waiting, 0);
}

Test(outbox, sent_again_after_a_while_until_covered)
{
    static uint8_t bytes[6 * FRAME];
    leave("plain-86400", "7-0.seg", bytes, frames(7, 1, 6, bytes));
    size_t count;
    scan();
    cr_expect_eq(take(1000, 0, &count), 0x7E);
    cr_expect_eq(take(1500, 1000, &count), 0, "not before its time");
    cover(7, 2, 3);
    cr_expect_eq(take(3000, 2000, &count), 0x7E & ~0x0Cu);
    cover(8, 1, 6);
    cr_expect_eq(figures().waiting, 4, "another incarnation's word");
    yk_outbox_forget_sent(outbox);
    cr_expect_eq(figures().unsent, 4);
    cr_expect_eq(take(4000, 0, &count), 0x7E & ~0x0Cu);
    cover(7, 1, 6);
    cr_expect_not(there("plain-86400"));
}

Test(outbox, no_more_than_2048_in_flight)
{
    enum { N = 2500 };
    uint8_t *bytes = malloc(N * FRAME);
    leave("plain-86400", "7-0.seg", bytes, frames(7, 1, N, bytes));
    free(bytes);
    size_t count;
    scan();
    take(1, 0, &count);
    cr_expect_eq(count, 2048);
    take(2, 0, &count);
    cr_expect_eq(count, 0);
    cover(7, 1, 100);
    take(3, 0, &count);
    cr_expect_eq(count, 100);
    yk_outbox_forget_sent(outbox);
    take(4, 0, &count);
    cr_expect_eq(count, 2048);
    cover(7, 1, N);
    cr_expect_eq(figures().waiting, 0);
    cr_expect_not(there("plain-86400"));
}

Test(outbox, an_erased_epoch_and_empty_files)
{
    static uint8_t bytes[2 * FRAME];
    leave("plain-86400", "7-0.seg", bytes, frames(7, 1, 2, bytes));
    leave("presence-86400", "7-1.seg", bytes, 0);
    leave("presence-86400", "7-2.seg.new", bytes, 0); /* not in place yet: nothing of ours */
    leave("else", "7-0.seg", bytes, 10);
    size_t count;
    scan();
    cr_expect_eq(figures().frames, 2);
    take(1, 0, &count);
    cover(9, 1, 1);
    cr_expect_not(there("presence-86400/7-1.seg"), "a finished segment without a frame is done with");
    cr_expect(there("presence-86400/7-2.seg.new"));
    char path[256];
    snprintf(path, sizeof path, "%s/plain-86400/7-0.seg", scratch);
    cr_assert_eq(unlink(path), 0);
    scan();
    cr_expect_eq(figures().waiting, 0, "what was erased is not waited for");
    cr_expect_eq(take(2, 0, &count), 0);
}

Test(outbox, a_missing_spool_is_empty)
{
    struct yk_outbox *none;
    char path[128];
    size_t size;
    const uint8_t *bytes;
    snprintf(path, sizeof path, "%s/none", scratch);
    cr_assert_eq(yk_outbox_new(path, &none, &err), YK_OK);
    cr_expect_eq(yk_outbox_scan(none, &err), YK_OK);
    cr_expect_not(yk_outbox_next(none, (struct yk_mono){1}, (struct yk_mono){0}, &bytes, &size));
    yk_outbox_free(none);
}

/* The header of the next frame to go out. */
static struct yk_frame_header next(int64_t now, int64_t resend_before)
{
    const uint8_t *bytes;
    size_t size;
    struct yk_frame frame;
    cr_assert(yk_outbox_next(outbox, (struct yk_mono){now}, (struct yk_mono){resend_before}, &bytes, &size));
    cr_assert_eq(yk_frame_parse(bytes, size, &frame), YK_FRAME_OK);
    cr_assert_eq(frame.size, size);
    return frame.header;
}

/* What is collected now and what an outage left go out in turns, each in its order; then whatever is left. */
Test(outbox, fresh_and_old_in_turns)
{
    static uint8_t bytes[20 * FRAME];
    leave("plain-0", "1-0.seg", bytes, frames(7, 1, 20, bytes));
    struct yk_spool *spool = spool_of("radio"); /* into plain-86400, which sorts behind the backlog */
    append(spool, 6);
    scan();
    uint64_t fresh = 0, old = 0;
    for (int i = 0; i < 12; i++) {
        struct yk_frame_header h = next(1, 0);
        bool is_old = h.incarnation == 7;
        uint64_t *count = is_old ? &old : &fresh;
        cr_expect_eq(h.sequence, ++*count);
        cr_assert_leq(fresh > old ? fresh - old : old - fresh, 1, "after %d", i + 1);
    }
    cr_expect(fresh == 6 && old == 6);
    cr_expect_eq(next(1, 0).incarnation, 7);
    append(spool, 1);
    scan();
    struct yk_frame_header a = next(1, 0), b = next(1, 0); /* what is fresh waits for one frame at most */
    cr_expect_eq((a.incarnation != 7) + (b.incarnation != 7), 1);
    size_t count;
    take(1, 0, &count);
    cr_expect_eq(count, 20 - 6 - 1 - 1);
    yk_spool_close(spool);
}

/* A finished segment is old, however new: nobody writes it. */
Test(outbox, turns_without_a_backlog_or_without_anything_fresh)
{
    static uint8_t bytes[4 * FRAME];
    leave("plain-0", "1-0.seg", bytes, frames(7, 1, 4, bytes));
    scan();
    for (uint64_t i = 1; i <= 4; i++)
        cr_expect_eq(next(1, 0).sequence, i);
    struct yk_spool *spool = spool_of("radio");
    append(spool, 4);
    scan();
    for (uint64_t i = 1; i <= 4; i++)
        cr_expect_eq(next(1, 0).sequence, i);
    yk_spool_close(spool);
}

Test(outbox, no_more_than_16_mib_in_flight)
{
    enum { N = 100, LARGE = YK_FRAME_SIZE_MAX };
    uint8_t *bytes = malloc((size_t)N * LARGE);
    cr_assert_not_null(bytes);
    leave("plain-86400", "7-0.seg", bytes, frames_of(YK_GROUP_PLAIN, "a", 7, 1, N, YK_FRAME_BODY_MAX, bytes));
    free(bytes);
    const size_t expected = (16 * 1024 * 1024 + LARGE - 1) / LARGE; /* the one that reaches the bound still goes */
    size_t count;
    scan();
    take(1, 0, &count);
    cr_expect_eq(count, expected);
    cover(7, 11, 20);
    take(2, 0, &count);
    cr_expect_eq(count, 10, "what is covered makes room, byte for byte");
    yk_outbox_forget_sent(outbox);
    take(3, 0, &count);
    cr_expect_eq(count, expected);
    cover(7, 1, N);
    cr_expect_not(there("plain-86400"));
}

/* A frame that was sent so often that it no longer counts, then the connection went: it counts anew, and once. */
Test(outbox, what_is_in_flight_stays_true_over_lost_connections)
{
    enum { N = 2100 };
    uint8_t *bytes = malloc(N * FRAME);
    leave("plain-86400", "7-0.seg", bytes, frames(7, 1, N, bytes));
    free(bytes);
    size_t count;
    scan();
    take(10, 0, &count);
    cr_assert_eq(count, 2048);
    for (int64_t turn = 1; turn <= 5; turn++) /* refused again and again: room for the others */
        take(10 + turn, 10 + turn, &count);
    yk_outbox_forget_sent(outbox);
    take(30, 0, &count);
    cr_expect_eq(count, 2048);
    cover(7, 1, 2048);
    leave("plain-86400", "8-0.seg", "", 0);
    bytes = malloc(N * FRAME);
    leave("plain-86400", "8-1.seg", bytes, frames(8, 1, N, bytes));
    free(bytes);
    scan();
    take(40, 0, &count);
    cr_expect_eq(count, 2048, "nothing that was covered still takes room");
}

/* Tombstones of an earlier start, and frames of other sensors and groups under the same numbers, share a segment. */
Test(outbox, one_segment_of_many_lanes)
{
    static uint8_t bytes[5 * FRAME];
    size_t size = frames_of(YK_GROUP_PLAIN, "a", 8, 1, 1, BODY, bytes);
    size += frames_of(YK_GROUP_PLAIN, "ab", 8, 1, 1, BODY, bytes + size);
    size += frames_of(YK_GROUP_PRESENCE, "a", 8, 1, 1, BODY, bytes + size);
    size += frames_of(YK_GROUP_PLAIN, "a", 7, 1, 1, BODY, bytes + size);
    size += frames_of(YK_GROUP_PLAIN, "a", 8, 2, 1, BODY, bytes + size);
    leave("plain-86400", "8-0.seg", bytes, size);
    size_t count;
    scan();
    take(1, 0, &count);
    cr_assert_eq(count, 5);
    cover_lane(7, YK_GROUP_PLAIN, "a", 1, 99);
    cr_expect_eq(figures().waiting, 4, "another incarnation's numbers");
    cover_lane(8, YK_GROUP_PRESENCE, "a", 1, 99);
    cr_expect_eq(figures().waiting, 3);
    cover_lane(8, YK_GROUP_PLAIN, "ab", 1, 99);
    cr_expect_eq(figures().waiting, 2);
    cr_expect(there("plain-86400"));
    cover_lane(8, YK_GROUP_PLAIN, "a", 1, 2);
    cr_expect_eq(figures().waiting, 0);
    cr_expect_not(there("plain-86400"));
}

/* A collector gives presence up while it waits to be sent: what is left goes out, and nothing waits for it. */
Test(outbox, a_segment_that_vanishes_between_scan_and_send)
{
    static uint8_t bytes[3 * FRAME];
    leave("plain-86400", "7-0.seg", bytes, frames(7, 1, 3, bytes));
    leave("plain-86401", "8-0.seg", bytes, frames(8, 1, 3, bytes));
    scan();
    cr_expect_eq(next(1, 0).incarnation, 7);
    char path[256];
    snprintf(path, sizeof path, "%s/plain-86400/7-0.seg", scratch);
    cr_assert_eq(unlink(path), 0);
    for (uint64_t i = 1; i <= 3; i++) {
        struct yk_frame_header h = next(1, 0);
        cr_expect(h.incarnation == 8 && h.sequence == i);
    }
    size_t count;
    cr_expect_eq(take(1, 0, &count), 0);
    scan();
    cr_expect_eq(figures().waiting, 3);
    cover(8, 1, 3);
    cr_expect_eq(figures().waiting, 0);
    enum { N = 2048 }; /* and it gave its place in flight back */
    uint8_t *many = malloc(N * FRAME);
    leave("plain-86402", "9-0.seg", many, frames(9, 1, N, many));
    free(many);
    scan();
    take(2, 0, &count);
    cr_expect_eq(count, N);
}
