/* The walk over bitmaps against lives kept as lists of adverts. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reference knows every advert. It cuts them into lives at silences above 600 s and takes A, B, D, c0, c1, T of
 * docs/METHODS.md by their definitions, window by window, without ticks. */
#include "lives/walk.h"

#include "base/calendar.h"
#include "lives/heard_set.h"

#include <criterion/criterion.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_S    INT64_C(1774983600) /* 2026-04-01T04:00+09:00 */
#define HOURS      24
#define DAY_DS     (HOURS * 36000)
#define MERGE      6000
#define STATIC     64800
#define ADVERTS    20000
#define PSEUDONYMS 300

static gsl_rng *rng;
static struct yk_span span;

static void start(void)
{
    struct yk_error err;
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    cr_assert_eq(yk_span_init(&span, EPOCH_S, EPOCH_S + HOURS * 3600), YK_OK);
}

static void stop(void)
{
    yk_span_clear(&span);
    gsl_rng_free(rng);
}
TestSuite(walk, .init = start, .fini = stop);

struct heard {
    int32_t t[ADVERTS]; /* tenths of a second into the epoch, rising */
    int count;
    uint8_t class;
};

/* Bitmaps as the collector and the ingestion make them. */
static void to_windows(const struct heard *heard, uint64_t pseudonym, struct yk_heard_in_window **list, size_t *count)
{
    int64_t window = -1;
    struct yk_heard_in_window *d = NULL;
    for (int i = 0; i < heard->count; i++) {
        int32_t t = heard->t[i];
        if (t / 9000 != window) {
            window = t / 9000;
            *list = realloc(*list, (*count + 1) * sizeof **list);
            d = &(*list)[(*count)++];
            memset(d, 0, sizeof *d);
            d->window_s = EPOCH_S + window * 900;
            d->device = (struct yk_heard){.key_id = 1 + pseudonym % 2,
                                          .pseudonym = pseudonym,
                                          .address_class = heard->class,
                                          .first_ds = (uint16_t)(t % 9000)};
        }
        int tick = t % 9000 / 100;
        d->device.ticks[tick / 64] |= UINT64_C(1) << tick % 64;
        d->device.last_ds = (uint16_t)(t % 9000);
        d->device.adverts++;
        int32_t gap = i > 0 ? t - heard->t[i - 1] : 0;
        if (i > 0 && gap <= MERGE) {
            d->device.gap_ds += (uint32_t)gap;
            d->device.gap_sq_ds2 += (uint64_t)gap * (uint64_t)gap;
        }
    }
}

static bool starts_life(const struct heard *h, int i)
{
    return i == 0 || h->t[i] - h->t[i - 1] > MERGE;
}
static bool ends_life(const struct heard *h, int i)
{
    return i + 1 == h->count || h->t[i + 1] - h->t[i] > MERGE;
}

/* The sums of one pseudonym in [t0, t1) by definition; slack: what ticks may cost, silences inside it. */
static struct yk_rotation_sums define(const struct heard *h, int32_t t0, int32_t t1, int *inner)
{
    struct yk_rotation_sums s = {0};
    *inner = 0;
    int32_t last_inside = -1;
    for (int i = 0; i < h->count; i++) {
        bool inside = h->t[i] >= t0 && h->t[i] < t1;
        s.addresses |= inside;
        s.births += inside && starts_life(h, i);
        s.deaths += inside && ends_life(h, i);
        if (i > 0 && !starts_life(h, i)) {
            int32_t from = h->t[i - 1], to = h->t[i];
            s.carried_in += from < t0 && to >= t0;
            s.carried_out += from < t1 && to >= t1;
            int32_t a = from > t0 ? from : t0, b = to < t1 ? to : t1; /* the part of the gap inside the window */
            s.life_ds += b > a ? b - a : 0;
            if (inside) {
                s.gap_ds += to - from;
                s.gap_sq_ds2 += (int64_t)(to - from) * (to - from);
            }
        }
        if (inside) {
            *inner += last_inside >= 0 && starts_life(h, i) && h->t[i] / 9000 == last_inside / 9000;
            last_inside = h->t[i];
        }
    }
    return s;
}

static uint8_t expected_class(const struct heard *h)
{
    int32_t born = 0;
    for (int i = 0; i < h->count; i++) {
        if (starts_life(h, i))
            born = h->t[i];
        if (h->t[i] - born > STATIC)
            return YK_CLASS_STATIC;
    }
    return h->class;
}

/* 04:00 to 05:00, and 01:00 to 04:00 at the end. */
static bool closed_quarter(int q)
{
    return q < 4 || q >= 84;
}

static void quarters_heard(const struct heard *h, bool heard[static 96])
{
    for (int i = 0; i < h->count; i++)
        heard[h->t[i] / 9000] = true;
}

static bool any_heard[96]; /* of whoever is checked together */

static bool is_infrastructure(const struct heard *h)
{
    bool mine[96] = {false};
    int closed = 0, heard = 0;
    quarters_heard(h, mine);
    for (int q = 0; q < 96; q++) {
        closed += closed_quarter(q) && any_heard[q];
        heard += closed_quarter(q) && mine[q];
    }
    return expected_class(h) <= YK_CLASS_STATIC && closed >= 2 && heard > closed - heard;
}

static struct yk_radio_sums expected_facts[24 * 4 + HOURS + 1];
static int slack[24 * 4 + HOURS + 1][YK_CLASS_COUNT];

static void add(struct yk_radio_sums *to, int *inner_sum, const struct heard *h, int32_t t0, int32_t t1)
{
    int inner, class = expected_class(h);
    struct yk_rotation_sums s = define(h, t0, t1, &inner);
    struct yk_rotation_sums *sum = &to->class_of[class];
    if (is_infrastructure(h)) {
        to->infrastructure += s.addresses;
        return;
    }
    if (s.addresses == 0)
        return; /* a life that only spans a window: impossible below 15 minutes of silence */
    sum->addresses += s.addresses;
    sum->births += s.births;
    sum->deaths += s.deaths;
    sum->carried_in += s.carried_in;
    sum->carried_out += s.carried_out;
    sum->life_ds += s.life_ds;
    sum->gap_ds += s.gap_ds;
    sum->gap_sq_ds2 += s.gap_sq_ds2;
    inner_sum[class] += inner;
}

static void compare(const struct yk_radio_sums *got, const struct yk_radio_sums *want, const int *inner,
                    const char *what, size_t i)
{
    cr_assert_eq(got->infrastructure, want->infrastructure, "%s %zu: infrastructure %ld, %ld", what, i,
                 got->infrastructure, want->infrastructure);
    for (int c = 0; c < YK_CLASS_COUNT; c++) {
        const struct yk_rotation_sums *g = &got->class_of[c], *w = &want->class_of[c];
        cr_assert_eq(g->addresses, w->addresses, "%s %zu class %d: A %ld, %ld", what, i, c, g->addresses, w->addresses);
        cr_assert_eq(g->births, w->births, "%s %zu class %d: B %ld, %ld", what, i, c, g->births, w->births);
        cr_assert_eq(g->deaths, w->deaths, "%s %zu class %d: D %ld, %ld", what, i, c, g->deaths, w->deaths);
        cr_assert_eq(g->carried_in, w->carried_in, "%s %zu class %d: c0 %ld, %ld", what, i, c, g->carried_in,
                     w->carried_in);
        cr_assert_eq(g->carried_out, w->carried_out, "%s %zu class %d: c1", what, i, c);
        cr_assert_eq(g->gap_ds, w->gap_ds);
        cr_assert_eq(g->gap_sq_ds2, w->gap_sq_ds2);
        /* A silence inside a window is known to its two ticks. */
        int64_t off = g->life_ds - w->life_ds;
        cr_assert(off >= 0 && off <= 200 * inner[c], "%s %zu class %d: T %ld, %ld with %d silences", what, i, c,
                  g->life_ds, w->life_ds, inner[c]);
    }
}

struct told {
    struct yk_lived *list;
    size_t count;
};

static void take_life(void *context, const struct yk_lived *life)
{
    struct told *told = context;
    told->list = realloc(told->list, (told->count + 1) * sizeof *told->list);
    told->list[told->count++] = *life;
}

/* The lives of one pseudonym, in order of time; ends next to a silence inside a window are known to the tick. */
static void compare_lives(const struct told *told, const struct heard *h, uint64_t pseudonym)
{
    size_t at = 0;
    uint64_t gaps = 0, gaps_sq = 0, want_gaps = 0, want_sq = 0;
    while (at < told->count && told->list[at].pseudonym != pseudonym)
        at++;
    for (int i = 0, first = 0; i < h->count; i++) {
        if (i > 0 && !starts_life(h, i)) {
            int64_t gap = h->t[i] - h->t[i - 1];
            want_gaps += (uint64_t)gap;
            want_sq += (uint64_t)(gap * gap);
        }
        if (starts_life(h, i))
            first = i;
        if (!ends_life(h, i))
            continue;
        cr_assert_lt(at, told->count);
        const struct yk_lived *life = &told->list[at++];
        cr_assert_eq(life->pseudonym, pseudonym);
        cr_assert_eq(life->address_class, expected_class(h));
        bool exact_begin = first == 0 || h->t[first - 1] / 9000 != h->t[first] / 9000;
        bool exact_end = i + 1 == h->count || h->t[i + 1] / 9000 != h->t[i] / 9000;
        int64_t early = EPOCH_S * 10 + h->t[first] - life->begin_ds, late = life->end_ds - EPOCH_S * 10 - h->t[i];
        cr_assert(early >= 0 && early <= (exact_begin ? 0 : 99), "begins %ld too early", early);
        cr_assert(late >= 0 && late <= (exact_end ? 0 : 100), "ends %ld too late", late);
        gaps += life->gap_ds;
        gaps_sq += life->gap_sq_ds2;
    }
    cr_assert_eq(gaps, want_gaps);
    cr_assert_eq(gaps_sq, want_sq);
    cr_assert(at == told->count || told->list[at].pseudonym != pseudonym, "a life too many");
}

static void check(const struct heard *heard, size_t count)
{
    struct told told = {0};
    struct yk_heard_in_window *list = NULL;
    size_t windows = 0;
    memset(expected_facts, 0, sizeof expected_facts);
    memset(slack, 0, sizeof slack);
    memset(any_heard, 0, sizeof any_heard);
    for (size_t p = 0; p < count; p++)
        quarters_heard(&heard[p], any_heard);
    for (size_t p = 0; p < count; p++) {
        to_windows(&heard[p], p * 7919 + 1, &list, &windows);
        for (int q = 0; q < HOURS * 4; q++)
            add(&expected_facts[q], slack[q], &heard[p], q * 9000, (q + 1) * 9000);
        for (int h = 0; h < HOURS; h++)
            add(&expected_facts[96 + h], slack[96 + h], &heard[p], h * 36000, (h + 1) * 36000);
        add(&expected_facts[96 + HOURS], slack[96 + HOURS], &heard[p], 0, DAY_DS);
    }
    for (size_t i = windows; i > 1; i--) { /* any order */
        size_t k = gsl_rng_uniform_int(rng, i);
        struct yk_heard_in_window swap = list[i - 1];
        list[i - 1] = list[k];
        list[k] = swap;
    }
    struct yk_radio_sums quarter[96], hour[HOURS];
    memset(quarter, 0, sizeof quarter);
    memset(hour, 0, sizeof hour);
    struct yk_walk_sums sums = {.quarter = quarter, .hour = hour, .life = take_life, .context = &told};
    yk_lives_walk(&span, list, windows, &sums);
    for (size_t p = 0; p < count; p++)
        if (heard[p].count > 0 && !is_infrastructure(&heard[p]))
            compare_lives(&told, &heard[p], p * 7919 + 1);
    free(told.list);
    for (size_t q = 0; q < 96; q++)
        compare(&quarter[q], &expected_facts[q], slack[q], "quarter", q);
    for (size_t h = 0; h < HOURS; h++)
        compare(&hour[h], &expected_facts[96 + h], slack[96 + h], "hour", h);
    compare(&sums.day, &expected_facts[96 + HOURS], slack[96 + HOURS], "day", 0);
    free(list);
}

/* A silence that ticks can tell from the merge gap: not within two ticks of it. */
static int32_t silence(void)
{
    return gsl_rng_uniform_int(rng, 2) ? MERGE + 200 + (int32_t)gsl_rng_uniform_int(rng, 9000)
                                       : 100 + (int32_t)gsl_rng_uniform_int(rng, MERGE - 300);
}

static void visit(struct heard *h, bool breaks, int32_t longest)
{
    int32_t t = (int32_t)gsl_rng_uniform_int(rng, DAY_DS);
    int32_t end = t + 10 + (int32_t)gsl_rng_uniform_int(rng, (unsigned long)longest);
    int32_t step = 20 + (int32_t)gsl_rng_uniform_int(rng, 400);
    h->count = 0;
    h->class = (uint8_t)gsl_rng_uniform_int(rng, YK_CLASS_COUNT);
    while (t < end && t < DAY_DS && h->count < ADVERTS) {
        h->t[h->count++] = t;
        t += breaks && gsl_rng_uniform_int(rng, 12) == 0 ? silence() : step + (int32_t)gsl_rng_uniform_int(rng, 30);
    }
}

Test(walk, random_visits)
{
    static struct heard heard[PSEUDONYMS];
    for (int round = 0; round < 6; round++) {
        for (size_t p = 0; p < PSEUDONYMS; p++)
            visit(&heard[p], round % 2, round < 4 ? 30000 : 60000); /* up to 50 and 100 minutes */
        check(heard, PSEUDONYMS);
    }
}

/* Whole days of steady adverts: infrastructure, which leaves the rotating classes. */
Test(walk, long_lives_count_as_static)
{
    static struct heard heard[60];
    for (size_t p = 0; p < 60; p++) {
        visit(&heard[p], false, 400000);
        heard[p].class = YK_CLASS_RESOLVABLE;
    }
    check(heard, 60);
    /* To the tenth of a second: 1.8 h still rotates. */
    for (int32_t over = 0; over < 2; over++) {
        heard[0].count = 0;
        for (int32_t t = 50; t < 50 + STATIC; t += 5000)
            heard[0].t[heard[0].count++] = t;
        heard[0].t[heard[0].count++] = 50 + STATIC + over;
        check(heard, 1);
    }
}

/* A beacon that is always there, one that is switched off for half of the night, a phone that is left behind, and a night in
 * which hardly anything ran. */
Test(walk, infrastructure)
{
    static struct heard heard[4];
    static const int32_t off_from[] = {0, 84 * 9000, 0, 84 * 9000}, off_to[] = {0, 92 * 9000, 0, DAY_DS};
    for (int alone = 0; alone < 2; alone++) {
        for (int p = 0; p < 4; p++) {
            heard[p] = (struct heard){.class = p == 2 ? YK_CLASS_RESOLVABLE : (uint8_t)(p % 2)};
            for (int32_t t = 40 + p; t < DAY_DS; t += 3000)
                if (t < off_from[p] || t >= off_to[p])
                    heard[p].t[heard[p].count++] = t;
        }
        check(heard, alone ? 1 : 4);
        cr_expect(is_infrastructure(&heard[0]) && is_infrastructure(&heard[2]));
        cr_expect(!is_infrastructure(&heard[1]) || alone, "8 of 16 closed quarters are not more than half");
        cr_expect(!is_infrastructure(&heard[3]) || alone);
    }
}

Test(walk, closed_hours_over_midnight)
{
    struct yk_span s;
    cr_assert_eq(yk_span_init(&s, EPOCH_S, EPOCH_S + 86400), YK_OK);
    yk_span_close(&s, 23 * 3600, 4 * 3600);
    for (size_t q = 0; q < 96; q++)
        cr_expect_eq(s.closed[q], q >= 76, "%zu", q); /* 23:00 is 19 hours after 4:00 */
    yk_span_close(&s, 0, 0);
    for (size_t q = 0; q < 96; q++)
        cr_expect(!s.closed[q]);
    yk_span_clear(&s);
}

/* Ticks a and b and nothing between: more than the merge gap of whole silent ticks parts two lives, less does not, wherever in
 * the window they are, and whatever is heard before the one and after the other. */
Test(walk, silence_anywhere_in_a_window)
{
    struct yk_span window;
    int64_t start_s = span.start_s;
    cr_assert_eq(yk_span_init(&window, start_s, start_s + YK_WINDOW_S), YK_OK);
    yk_span_close(&window, 0, 0);
    for (int a = 0; a < 90; a++)
        for (int b = a + 1; b < 90; b++)
            for (int around = 0; around < 4; around++) {
                int first = around & 1 ? 0 : a, last = around & 2 ? 89 : b, silent = b - a - 1;
                struct yk_heard_in_window one = {.window_s = start_s,
                                                 .device = {.key_id = 1,
                                                            .pseudonym = 2,
                                                            .first_ds = (uint16_t)(first * 100 + 30),
                                                            .last_ds = (uint16_t)(last * 100 + 70),
                                                            .address_class = YK_CLASS_RESOLVABLE}};
                for (int tick = 0; tick < 90; tick++)
                    if (tick == a || tick == b || (tick >= first && tick < a) || (tick > b && tick <= last))
                        one.device.ticks[tick / 64] |= UINT64_C(1) << (tick % 64);
                struct yk_radio_sums quarter[1] = {0}, hour[1] = {0};
                struct yk_walk_sums sums = {.quarter = quarter, .hour = hour};
                yk_lives_walk(&window, &one, 1, &sums);
                const struct yk_rotation_sums *got = &quarter[0].class_of[YK_CLASS_RESOLVABLE];
                bool parted = silent * 10 >= YK_MERGE_GAP_S;
                cr_assert_eq(got->births, parted ? 2 : 1, "%d %d %d", a, b, around);
                cr_assert_eq(got->deaths, parted ? 2 : 1);
                cr_assert_eq(got->life_ds, (last - first) * 100 + 40 - (parted ? silent * 100 : 0), "%d %d %d", a, b,
                             around);
            }
    yk_span_clear(&window);
}

/* One silence across a border, around the merge gap to 0.1 s: first and last adverts know it exactly. */
Test(walk, silence_across_a_border)
{
    static struct heard heard[1];
    for (int32_t gap = MERGE - 2; gap <= MERGE + 2; gap++)
        for (int32_t before = 1; before < gap; before += 499) {
            int32_t border = 9000 * (1 + (before % 8));
            heard[0] = (struct heard){.count = 2, .class = YK_CLASS_RESOLVABLE};
            heard[0].t[0] = border - before;
            heard[0].t[1] = heard[0].t[0] + gap;
            if (heard[0].t[1] >= border)
                check(heard, 1);
        }
}

Test(walk, edges_of_the_epoch)
{
    static struct heard heard[3];
    memset(heard, 0, sizeof heard);
    heard[0].count = 1; /* one advert in the first instant */
    heard[1].count = 1;
    heard[1].t[0] = DAY_DS - 1; /* one in the last */
    heard[2].count = 2;
    heard[2].t[1] = DAY_DS - 1; /* both, and a day of silence */
    check(heard, 3);
    check(heard, 0);
}

/* The spans of a zone with half-hour offsets: a local clock hour holds four quarters, the first and last of the span
 * two. */
Test(walk, hours_of_a_span)
{
    struct yk_error err;
    struct yk_span s;
    cr_expect_eq(span.hours, 24);
    cr_expect_eq(span.quarters, 96);
    cr_assert_eq(yk_calendar_open("Asia/Kolkata", &err), YK_OK);
    cr_assert_eq(yk_span_init(&s, 1774983600, 1774983600 + 86400), YK_OK); /* 00:30 local: hours begin at :30 UTC */
    cr_expect_eq(s.hours, 25);
    cr_expect_eq(s.hour_of[0], 0);
    cr_expect_eq(s.hour_of[1], 0);
    cr_expect_eq(s.hour_of[2], 1);
    cr_expect_eq(s.hour_end[0], 1774983600 + 1800);
    yk_span_clear(&s);
}
