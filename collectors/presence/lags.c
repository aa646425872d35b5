/* Lags between deaths and births of addresses, counted at the edge. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A phone that changes its address ends one life and begins another a moment later. How often that happens is
 * what turns addresses into devices, but following a phone from one address to the next would undo its anonymity.
 *
 * Method. Rotations leave a surplus of births shortly after deaths. For all pairs of a birth and a death of different
 * addresses the lag birth - death is counted in bins of 0.5 s from -30 s to +30 s; chance pairs are spread smoothly,
 * rotations heap up between 0 s and a few seconds. No pair is formed: ends go into counters of 0.1 s slots, and a new
 * end adds the counters around it to the histogram. A life counts its pairs before its own ends are entered, so it
 * never meets itself, and each pair is counted once, by the life that closes second.
 *
 * Counters. A bin is five slots wide and may start at any slot, so what is kept is the sum over five slots starting at
 * each slot s, by phase s mod 5: a lookup then reads 120 numbers in a row of one phase.
 *
 *     phase 0  [s0..s4 ][s5..s9 ]...           an end at slot s adds one to the five sums that start at s-4 .. s
 *     phase 1   [s1..s5 ][s6..s10]...
 *
 * The rings reach 2.5 h back, since a birth is known only when its life has closed (up to 1.8 h later, and 600 s of
 * silence). Sums saturate at 65535 ends in half a second.
 *
 * Which lives count. All of them. A pair of a rotation needs both its lives, so any rule that leaves lives out by what
 * was heard of them loses pairs at another rate than time wherever lives of one device fall on both sides of it: a
 * demand for ten adverts loses the short pieces that rotations make of a 2-minute stay (period +53 %), and evidence
 * against 2g above 5 s loses the long lives of devices heard every 3 s (+158 %) and keeps their short ones. Devices
 * heard rarely smear their rotations over tens of seconds; the gaps say by how much, and the fit takes that law
 * (pipeline/rotation/period.c).
 *
 * Ends of the record. Births within 30 s after listening began and deaths within 30 s before it ended belong to the
 * record. They are not entered, and that time is taken out of the lives too, so that time and rotations stay in
 * proportion. */
#include "presence/lags.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK   YK_LAG_BIN_DS
#define MARGIN  (YK_LAGS_REACH_DS + 2 * BLOCK) /* slots read or written beyond an end */
#define BLOCKS  ((YK_LAGS_RING_DS + 2 * MARGIN) / BLOCK + 2)
#define BREAKS  32
#define FOREVER INT64_MAX
/* Ends before this cannot be told from a broken clock, and slots must not be negative. */
#define FIRST_DS (MARGIN + BLOCK)

struct ring {
    uint16_t sum[BLOCK][BLOCKS]; /* [s % 5][s / 5 % BLOCKS]: ends in slots s .. s + 4 */
};

/* Time not watched, guards included: [from, to). */
struct pause {
    int64_t from, to;
};

struct yk_lags {
    struct ring births[YK_ROTATING_COUNT];
    struct ring deaths[YK_ROTATING_COUNT];
    struct yk_lag_histogram counted[YK_ROTATING_COUNT];
    bool begun;      /* head is set */
    int64_t head_ds; /* latest death entered; rings hold (head - YK_LAGS_RING_DS, head] and zeros up to head + MARGIN */
    bool watching;
    int64_t clock_ds;            /* latest start, stop or take */
    int64_t told_ds;             /* observed time has been handed over up to here */
    struct pause pauses[BREAKS]; /* in order of time, not touching; the last is open while not watching */
    int pause_count;
};

void yk_life_begin(struct yk_life *life, int64_t t_ds)
{
    memset(life, 0, sizeof *life);
    life->birth_ds = life->last_ds = t_ds;
}

void yk_life_heard(struct yk_life *life, int64_t t_ds)
{
    if (t_ds <= life->last_ds)
        return;
    uint64_t gap = (uint64_t)(t_ds - life->last_ds);
    uint64_t bin = gap / YK_LAG_BIN_DS;
    if (bin >= YK_GAP_BINS)
        bin = YK_GAP_BINS - 1;
    uint64_t in = life->gap_in_ds[bin] + gap;
    life->gap_in_ds[bin] = in > UINT16_MAX ? UINT16_MAX : (uint16_t)in;
    life->gap_sq_ds2 += gap * gap;
    life->last_ds = t_ds;
}

enum yk_status yk_lags_new(struct yk_lags **out, struct yk_error *err)
{
    struct yk_lags *lags = calloc(1, sizeof *lags);
    if (!lags)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the lag counters (%zu bytes)", sizeof *lags);
    lags->pauses[0] = (struct pause){INT64_MIN, FOREVER};
    lags->pause_count = 1;
    *out = lags;
    return YK_OK;
}

void yk_lags_free(struct yk_lags *lags)
{
    free(lags);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void yk_lags_start(struct yk_lags *lags, int64_t t_ds)
{
    if (lags->watching)
        return;
    t_ds = later(t_ds, lags->clock_ds);
    lags->pauses[lags->pause_count - 1].to = t_ds + YK_LAGS_GUARD_DS;
    lags->watching = true;
    lags->clock_ds = t_ds;
    if (lags->pause_count == 1 && lags->pauses[0].from == INT64_MIN)
        lags->told_ds = t_ds;
}

void yk_lags_stop(struct yk_lags *lags, int64_t t_ds)
{
    if (!lags->watching)
        return;
    t_ds = later(t_ds, lags->clock_ds);
    lags->watching = false;
    lags->clock_ds = t_ds;
    struct pause *last = &lags->pauses[lags->pause_count - 1];
    int64_t from = t_ds - YK_LAGS_GUARD_DS;
    if (from <= last->to) { /* started and stopped within the guards: one pause */
        last->to = FOREVER;
        return;
    }
    if (lags->pause_count == BREAKS) { /* the oldest are kept as one long pause: less is counted, nothing wrongly */
        lags->pauses[1].from = lags->pauses[0].from;
        memmove(&lags->pauses[0], &lags->pauses[1], (BREAKS - 1) * sizeof lags->pauses[0]);
        lags->pause_count--;
    }
    lags->pauses[lags->pause_count++] = (struct pause){from, FOREVER};
}

static bool watched(const struct yk_lags *lags, int64_t t_ds)
{
    for (int i = lags->pause_count - 1; i >= 0 && t_ds < lags->pauses[i].to; i--)
        if (t_ds >= lags->pauses[i].from)
            return false;
    return true;
}

static uint64_t watched_between(const struct yk_lags *lags, int64_t from, int64_t to)
{
    int64_t sum = later(to - from, 0);
    for (int i = lags->pause_count - 1; i >= 0 && from < lags->pauses[i].to; i--)
        sum -= later(earlier(to, lags->pauses[i].to) - later(from, lags->pauses[i].from), 0);
    return (uint64_t)later(sum, 0);
}

/* Makes room up to t: blocks that come into reach are emptied. */
static void advance(struct yk_lags *lags, int64_t t_ds)
{
    if (lags->begun && t_ds <= lags->head_ds)
        return;
    int64_t done = (lags->head_ds + MARGIN) / BLOCK, wanted = (t_ds + MARGIN) / BLOCK;
    bool all = !lags->begun || wanted - done >= BLOCKS;
    lags->begun = true;
    lags->head_ds = t_ds;
    if (all) {
        memset(lags->births, 0, sizeof lags->births);
        memset(lags->deaths, 0, sizeof lags->deaths);
        return;
    }
    for (int64_t b = done + 1; b <= wanted; b++)
        for (int c = 0; c < YK_ROTATING_COUNT; c++)
            for (int phase = 0; phase < BLOCK; phase++)
                lags->births[c].sum[phase][b % BLOCKS] = lags->deaths[c].sum[phase][b % BLOCKS] = 0;
}

static void enter(struct ring *ring, int64_t t_ds)
{
    for (int64_t s = t_ds - (BLOCK - 1); s <= t_ds; s++) {
        uint16_t *sum = &ring->sum[s % BLOCK][s / BLOCK % BLOCKS];
        if (*sum < UINT16_MAX)
            ++*sum;
    }
}

/* Adds the ends in the bins from base on to lag[0], lag[step], lag[2 step] ... */
static void count(const struct ring *ring, int64_t base, uint64_t *lag, int step)
{
    const uint16_t *row = ring->sum[base % BLOCK];
    int64_t block = base / BLOCK % BLOCKS;
    int first = (int)earlier(YK_LAG_BINS, BLOCKS - block);
    for (int i = 0; i < first; i++, lag += step)
        *lag += row[block + i];
    for (int i = first; i < YK_LAG_BINS; i++, lag += step)
        *lag += row[i - first];
}

void yk_lags_life(struct yk_lags *lags, enum yk_rotating_class rotating, const struct yk_life *life)
{
    struct yk_lag_histogram *to = &lags->counted[rotating];
    int64_t birth = life->birth_ds, death = life->last_ds, length = death - birth;
    assert(length >= 0);
    if (length > YK_LAGS_LIFE_MAX_DS || birth < FIRST_DS || (lags->begun && birth <= lags->head_ds - YK_LAGS_RING_DS)) {
        to->dropped++;
        return;
    }
    uint64_t time_ds = watched_between(lags, birth, death);
    bool born = watched(lags, birth), died = watched(lags, death);
    if (time_ds == 0 && !born && !died)
        return;
    advance(lags, death);
    /* lag = birth - death: for a death, lags rise with the births' slots; for a birth they fall as the deaths' rise. */
    if (died)
        count(&lags->births[rotating], death - YK_LAGS_REACH_DS, &to->lag[0], 1);
    if (born)
        count(&lags->deaths[rotating], birth - YK_LAGS_REACH_DS + 1, &to->lag[YK_LAG_BINS - 1], -1);
    if (died)
        enter(&lags->deaths[rotating], death);
    if (born)
        enter(&lags->births[rotating], birth);
    to->deaths += died;
    to->births += born;
    to->life_ds += time_ds;
    to->gap_ds += (uint64_t)length;
    to->gap_sq_ds2 += life->gap_sq_ds2;
    for (int i = 0; i < YK_GAP_BINS; i++)
        to->gap[i] += life->gap_in_ds[i];
}

void yk_lags_take(struct yk_lags *lags, int64_t now_ds, struct yk_lag_histogram out[YK_ROTATING_COUNT])
{
    /* A later stop can take back the guard, so the last 30 s wait for the next call. */
    lags->clock_ds = later(lags->clock_ds, now_ds);
    int64_t until = lags->clock_ds - YK_LAGS_GUARD_DS;
    if (until > lags->told_ds) {
        uint64_t observed = watched_between(lags, lags->told_ds, until);
        for (int c = 0; c < YK_ROTATING_COUNT; c++)
            lags->counted[c].observed_ds += observed;
        lags->told_ds = until;
    }
    memcpy(out, lags->counted, sizeof lags->counted);
    memset(lags->counted, 0, sizeof lags->counted);
}
