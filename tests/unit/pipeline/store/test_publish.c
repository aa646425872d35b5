/* Questions to the publish store, against a plain list that is filtered and sorted here.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/publish.h"

#include "support/public_rows.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX 2000

static struct yk_publish *store;
static struct yk_error err;
static char path[100];
static struct yk_kpi_row all[MAX], got[MAX];
static size_t all_count, got_count;

static void start(void)
{
    scratch_make();
    snprintf(path, sizeof path, "%s/publish.db", scratch);
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_WRITE, &store, &err), YK_OK, "%s", err.message);
}

static void stop(void)
{
    yk_publish_close(store);
    scratch_remove();
}
TestSuite(publish, .init = start, .fini = stop);

static void get(void *context, const struct yk_kpi_row *row)
{
    (void)context;
    cr_assert_lt(got_count, MAX);
    got[got_count++] = *row;
}

static enum yk_status ask(struct yk_row_query q, char *next)
{
    return yk_publish_query(store, &q, get, NULL, next, &err);
}
static const struct yk_row_query everything = {.resolution = YK_RES_COUNT, .from_s = INT64_MIN, .to_s = INT64_MAX};

static void put(const struct yk_kpi_row *row)
{
    cr_assert_eq(yk_test_put(store, row, &err), YK_OK, "%s", err.message);
}

static void fill(void)
{
    static const char *const places[] = {"plaza", "plaza/gate", "plaza/north", "plaza2", "plaza-2", "pla", "station"};
    static const char *const directions[] = {"plus", "minus", "both"};
    cr_assert_eq(yk_publish_begin(store, &err), YK_OK);
    for (int t = 11; t >= 0; t--)
        for (size_t p = 0; p < 7; p++)
            for (int r = 0; r < YK_RES_COUNT; r++) {
                for (int d = 0; d < 4; d++, all_count++)
                    all[all_count] = yk_test_row(places[p], d < 3 ? "footfall" : "coverage", d < 3 ? directions[d] : "",
                                                 (enum yk_resolution)r, (t - 4) * 3600, (double)all_count, "crossings");
            }
    for (size_t i = 0; i < all_count; i++)
        put(&all[i]);
    cr_assert_eq(yk_publish_commit(store, &err), YK_OK);
}

static bool newest;
static int by_order(const void *a, const void *b)
{
    const struct yk_kpi_row *x = a, *y = b;
    if (x->start_s != y->start_s)
        return (x->start_s < y->start_s ? -1 : 1) * (newest ? -1 : 1);
    int order = strcmp(x->place, y->place);
    order = order ? order : strcmp(x->kpi, y->kpi);
    order = order ? order : strcmp(x->direction, y->direction);
    return order ? order : (int)x->resolution - (int)y->resolution;
}

static bool wanted(const struct yk_kpi_row *r, const struct yk_row_query *q)
{
    size_t n = q->place ? strlen(q->place) : 0;
    return (!q->place || (strncmp(r->place, q->place, n) == 0 && (r->place[n] == '\0' || r->place[n] == '/'))) &&
           (!q->kpi || strcmp(r->kpi, q->kpi) == 0) && (!q->direction || strcmp(r->direction, q->direction) == 0) &&
           (q->resolution == YK_RES_COUNT || r->resolution == q->resolution) && r->start_s >= q->from_s &&
           r->start_s < q->to_s;
}

static void same_row(const struct yk_kpi_row *a, const struct yk_kpi_row *b)
{
    cr_assert_str_eq(a->place, b->place);
    cr_assert_str_eq(a->kpi, b->kpi);
    cr_assert_str_eq(a->direction, b->direction);
    cr_assert_eq(a->resolution, b->resolution);
    cr_assert_eq(a->start_s, b->start_s);
    cr_assert_eq(a->value, b->value);
}

Test(publish, filters_orders_and_pages_as_a_sorted_list)
{
    static struct yk_kpi_row expected[MAX];
    fill();
    static const char *const places[] = {NULL, "plaza", "plaza/gate", "plaza2", "pla", "plaz", "plaza/", "%", "plaza'"};
    static const char *const kpis[] = {NULL, "footfall", "coverage", "foot"};
    static const char *const directions[] = {NULL, "plus", ""};
    static const size_t limits[] = {0, 1, 7, 100};
    for (unsigned i = 0; i < 9 * 4 * 3 * 4 * 2; i++) {
        struct yk_row_query q = everything;
        q.place = places[i % 9];
        q.kpi = kpis[i / 9 % 4];
        q.direction = directions[i / 36 % 3];
        q.limit = limits[i / 108 % 4];
        q.newest_first = newest = i / 432;
        q.resolution = (enum yk_resolution)(i % 4);
        if (i % 5 == 1) {
            q.from_s = -3600;
            q.to_s = 3600 * 2;
        }
        size_t n = 0;
        for (size_t k = 0; k < all_count; k++)
            if (wanted(&all[k], &q))
                expected[n++] = all[k];
        qsort(expected, n, sizeof expected[0], by_order);
        char next[YK_QUERY_NEXT_SIZE] = "", after[YK_QUERY_NEXT_SIZE];
        got_count = 0;
        if (q.limit == 1 && n > 40)
            continue; /* one by one is slow; the short lists do it */
        do {
            size_t before = got_count;
            strcpy(after, next);
            q.after = *after ? after : NULL;
            cr_assert_eq(ask(q, next), YK_OK, "%s", err.message);
            cr_assert(q.limit == 0 || got_count - before <= q.limit);
            cr_assert(!*next || got_count - before == q.limit, "a page that has a next one is full");
        } while (*next);
        cr_assert_eq(got_count, n, "query %u", i);
        for (size_t k = 0; k < n; k++)
            same_row(&got[k], &expected[k]);
    }
}

/* Rows that come between two pages shift nothing that is still to be read. */
Test(publish, pages_stand_still_while_rows_come)
{
    fill();
    for (int order = 0; order < 2; order++) {
        struct yk_row_query q = everything;
        char next[YK_QUERY_NEXT_SIZE] = "", after[YK_QUERY_NEXT_SIZE];
        q.place = "station";
        q.limit = 10;
        q.newest_first = order;
        got_count = 0;
        int page = 0;
        do {
            strcpy(after, next);
            q.after = *after ? after : NULL;
            cr_assert_eq(ask(q, next), YK_OK);
            /* One row before all that was read, and one read already told anew. */
            struct yk_kpi_row row =
                yk_test_row("station", "visitors", "", YK_RES_1D, order ? 999999 + page : -999999 - page, 1, "persons");
            put(&row);
            put(&got[0]);
            page++;
        } while (*next);
        size_t expected = 12 * YK_RES_COUNT * 4;
        cr_expect_eq(got_count, expected + (order ? 15u : 0u), "%zu",
                     got_count); /* the first round's rows lie at the end of the second */
        newest = order;
        for (size_t i = 1; i < got_count; i++)
            cr_assert_lt(by_order(&got[i - 1], &got[i]), 0, "no row twice, none out of order");
    }
}

Test(publish, malformed_after_is_the_askers_mistake)
{
    fill();
    static const char *const bad[] = {"",
                                      "~",
                                      "~~~~",
                                      "~~~~~",
                                      "5",
                                      "5~plaza~footfall~plus",
                                      "5~plaza~footfall~plus~",
                                      "5~plaza~footfall~plus~3",
                                      "5~plaza~footfall~plus~-",
                                      "5~plaza~footfall~plus~00",
                                      "x~plaza~footfall~plus~0",
                                      "5x~plaza~footfall~plus~0",
                                      "5~plaza~footfall~plus~0~1",
                                      "5~p~k~much-too-long~0"};
    char next[YK_QUERY_NEXT_SIZE], longest[400];
    struct yk_row_query q = everything;
    got_count = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        q.after = bad[i];
        cr_expect_eq(ask(q, next), YK_ERR_USAGE, "'%s'", bad[i]);
    }
    memset(longest, '1', sizeof longest);
    for (size_t n = 60; n < sizeof longest; n++) {
        snprintf(longest, sizeof longest, "5~%0*d~k~d~0", (int)n, 1);
        q.after = longest;
        cr_assert_eq(ask(q, next), n < YK_ROW_PLACE_SIZE ? YK_OK : YK_ERR_USAGE, "a place of %zu characters", n);
        got_count = 0;
    }
    q.after = "5~'; DROP TABLE rows; --~k~~0";
    cr_expect_eq(ask(q, next), YK_OK, "odd text is only text");
    got_count = 0;
    q.after = NULL;
    cr_expect_eq(ask(q, next), YK_OK);
    cr_expect_eq(got_count, all_count);
}

Test(publish, every_field_comes_back)
{
    struct yk_kpi_row row = yk_test_row("plaza/north", "device_visits", "both", YK_RES_15M, -900, 0.1 + 0.2, "devices");
    row.lower = -1e-300;
    row.upper = 1e300;
    row.coverage = 1.0 / 3;
    row.basis = YK_BASIS_IMPUTED;
    row.state = YK_STATE_MISSING;
    row.reason = YK_REASON_COMPLEMENTARY;
    row.n_low = INT64_MIN;
    row.n_high = INT64_MAX;
    row.revision = UINT32_MAX;
    row.final = false;
    strcpy(row.parameters, "0123456789abcdef R390.0/?");
    put(&row);
    cr_assert_eq(ask(everything, NULL), YK_OK);
    cr_assert_eq(got_count, 1);
    cr_expect_str_eq(got[0].district, "riverside");
    same_row(&got[0], &row);
    cr_expect_eq(got[0].end_s, 0);
    cr_expect_eq(got[0].lower, row.lower);
    cr_expect_eq(got[0].upper, row.upper);
    cr_expect_eq(got[0].coverage, row.coverage);
    cr_expect_eq(got[0].basis, row.basis);
    cr_expect_eq(got[0].state, row.state);
    cr_expect_eq(got[0].reason, row.reason);
    cr_expect_eq(got[0].n_low, row.n_low);
    cr_expect_eq(got[0].n_high, row.n_high);
    cr_expect_eq(got[0].revision, row.revision);
    cr_expect_not(got[0].final);
    cr_expect_str_eq(got[0].parameters, row.parameters);
    cr_expect_str_eq(got[0].unit, "devices");
    /* The same key again replaces it; infinities and NAN become absent. */
    row.value = (double)INFINITY;
    row.lower = (double)NAN;
    put(&row);
    got_count = 0;
    cr_assert_eq(ask(everything, NULL), YK_OK);
    cr_assert_eq(got_count, 1);
    cr_expect(isnan(got[0].value) && isnan(got[0].lower) && !isnan(got[0].upper));
}

Test(publish, a_transaction_shows_at_once_or_never)
{
    struct yk_publish *reader, *none;
    struct yk_kpi_row row = yk_test_row("plaza", "visitors", "", YK_RES_1D, 0, 5, "persons");
    cr_assert_eq(yk_publish_open(path, YK_PUBLISH_READ, &reader, &err), YK_OK);
    int64_t before, after, as_of;
    cr_assert_eq(yk_publish_generation(reader, &before, &err), YK_OK);
    cr_assert_eq(yk_publish_begin(store, &err), YK_OK);
    put(&row);
    cr_assert_eq(yk_publish_query(reader, &everything, get, NULL, NULL, &err), YK_OK);
    cr_expect_eq(got_count, 0);
    yk_publish_rollback(store);
    cr_assert_eq(yk_publish_generation(reader, &after, &err), YK_OK);
    cr_expect_eq(before, after);
    cr_assert_eq(yk_publish_begin(store, &err), YK_OK);
    put(&row);
    cr_assert_eq(yk_publish_set_as_of(store, 1234, &err), YK_OK);
    cr_assert_eq(yk_publish_commit(store, &err), YK_OK);
    cr_assert_eq(yk_publish_generation(reader, &after, &err), YK_OK);
    cr_expect_neq(before, after);
    cr_assert_eq(yk_publish_query(reader, &everything, get, NULL, NULL, &err), YK_OK);
    cr_expect_eq(got_count, 1);
    cr_assert_eq(yk_publish_as_of(reader, &as_of, &err), YK_OK);
    cr_expect_eq(as_of, 1234);
    yk_publish_close(reader);

    char missing[120];
    struct stat st;
    snprintf(missing, sizeof missing, "%s/none.db", scratch);
    cr_expect_eq(yk_publish_open(missing, YK_PUBLISH_READ, &none, &err), YK_ERR_NO_INPUT);
    cr_expect_null(none);
    cr_expect_neq(stat(missing, &st), 0, "reading makes nothing");
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
}

/* A window is too old when all of it lies before. The rows begin at every hour from -4 h to 7 h; how long they are, the helper
 * says by their resolution. */
Test(publish, what_is_too_old_is_deleted)
{
    fill();
    size_t kept = 0;
    for (size_t i = 0; i < all_count; i++)
        kept += all[i].end_s > 0;
    cr_assert(kept > 0 && kept < all_count);
    cr_assert_eq(yk_publish_expire(store, 0, &err), YK_OK);
    cr_assert_eq(ask(everything, NULL), YK_OK);
    cr_expect_eq(got_count, kept);
    for (size_t i = 0; i < got_count; i++)
        cr_expect_gt(got[i].end_s, 0);
}
