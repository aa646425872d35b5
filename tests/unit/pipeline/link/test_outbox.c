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
#define FRAME (184 + BODY + 64)

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

static size_t frames(uint64_t incarnation, uint64_t first, int count, uint8_t *out)
{
    static uint8_t body[BODY];
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        struct yk_frame_header h = {.group = YK_GROUP_PLAIN,
                                    .records = 1,
                                    .incarnation = incarnation,
                                    .sequence = first + (uint64_t)i,
                                    .base_s = 90000,
                                    .last_s = 90000,
                                    .district = "riverside",
                                    .edge = "edge-1",
                                    .sensor = "a"};
        size += yk_frame_seal(&h, body, BODY, secret_key, out + size);
    }
    return size;
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

static void cover(uint64_t incarnation, uint64_t first, uint64_t last)
{
    struct yk_received covered = {0};
    for (uint64_t i = first; i <= last; i++) {
        struct yk_frame_header h = {.group = YK_GROUP_PLAIN, .incarnation = incarnation, .sequence = i};
        cr_assert_eq(yk_received_add(&covered, &h), YK_OK);
    }
    yk_outbox_cover(outbox, &covered);
    yk_received_clear(&covered);
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
    } damage[] = {{0, 4}, {FRAME, 1}, {2 * FRAME, 184}, {2 * FRAME, FRAME}, {2 * FRAME + 5, 3}, {3 * FRAME + 12, 2}};
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
