/* Frames of a segment file, whatever became of it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/segment.h"

#include "support/scratch.h"
#include "vector.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

TestSuite(segment, .init = scratch_make, .fini = scratch_remove);

#define FRAMES 5

static uint8_t bytes[FRAMES * 1000];
static size_t at[FRAMES + 1]; /* where each begins, and the end */
static char path[100];

/* Five frames, with bodies of 50 to 54 bytes. */
static void fill(void)
{
    uint8_t public_key[32], secret_key[64], body[64] = {0}, frame[YK_FRAME_SIZE_MAX];
    vector_keys(public_key, secret_key);
    for (unsigned i = 0; i < FRAMES; i++) {
        struct yk_frame_header h = {.group = YK_GROUP_PLAIN,
                                    .records = 1,
                                    .incarnation = 9,
                                    .sequence = i + 1,
                                    .district = "riverside",
                                    .edge = "edge-1",
                                    .sensor = "cam-1"};
        size_t size = yk_frame_seal(&h, body, 50 + i, secret_key, NULL, frame);
        memcpy(bytes + at[i], frame, size);
        at[i + 1] = at[i] + size;
    }
    snprintf(path, sizeof path, "%s/a.seg", scratch);
}

struct met {
    unsigned set, count;
};

static void meet(void *context, const struct yk_frame *frame, size_t offset)
{
    struct met *met = context;
    cr_expect_eq(offset, at[frame->header.sequence - 1]);
    cr_expect_eq(frame->size, at[frame->header.sequence] - offset);
    met->set |= 1u << frame->header.sequence;
    met->count++;
}

/* The frames met, a bit for each; each once. */
static unsigned met_in(size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
    struct met met = {0};
    cr_assert_eq(yk_segment_read(path, meet, &met), YK_OK);
    cr_expect_eq(met.count, (unsigned)__builtin_popcount(met.set));
    return met.set;
}

Test(segment, whole_torn_and_empty)
{
    fill();
    for (size_t size = 0; size <= at[FRAMES]; size++) {
        unsigned whole = 0;
        for (unsigned i = 0; i < FRAMES; i++)
            whole |= at[i + 1] <= size ? 2u << i : 0;
        cr_assert_eq(met_in(size), whole, "%zu bytes", size);
    }
    struct met met = {0};
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(yk_segment_read(path, meet, &met), YK_ERR_NO_INPUT);
}

/* A stretch of noise costs the frames that it lies on, and a length that is wrong its own frame only. */
Test(segment, damage_hides_nothing_behind_it)
{
    uint8_t good[sizeof bytes];
    fill();
    memcpy(good, bytes, sizeof good);
    for (size_t from = 0; from < at[2]; from += 7) {
        memcpy(bytes, good, sizeof good);
        memset(bytes + from, 0xEE, 300);
        unsigned met = met_in(at[FRAMES]), untouched = 0;
        for (unsigned i = 0; i < FRAMES; i++)
            untouched |= at[i + 1] <= from || at[i] >= from + 300 ? 2u << i : 0;
        cr_assert_eq(met & untouched, untouched, "noise from %zu", from); /* where only a body was hit, more */
    }
    memcpy(bytes, good, sizeof good);
    bytes[at[1] + 9] = 0xFF; /* body length: the second frame says that it is as long as all the others */
    cr_expect_eq(met_in(at[FRAMES]), 0x3E & ~4u);
}

Test(segment, grows_while_it_is_written)
{
    fill();
    met_in(at[FRAMES]);
    cr_expect_not(yk_segment_grows(path));
    int fd = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    cr_expect(yk_segment_grows(path));
    cr_assert_eq(flock(fd, LOCK_SH), 0); /* another reader */
    cr_expect_not(yk_segment_grows(path));
    close(fd);
    cr_assert_eq(unlink(path), 0);
    cr_expect(yk_segment_grows(path), "what is not there is not finished");
}
