/* The API's parameters: what is taken and what is refused. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/calendar.h"
#include "server/kpi_query.h"

#include <criterion/criterion.h>

#include <string.h>

static void setup(void)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
}

static enum yk_status parse_one(const char *key, const char *value, struct yk_row_query *q)
{
    struct yk_error err = {0};
    const struct yk_param param = {key, value};
    enum yk_status status = yk_kpi_query_parse(&param, 1, q, &err);
    cr_assert(status == YK_OK || (status == YK_ERR_USAGE && err.message[0]));
    return status;
}

Test(kpi_query, nothing_asks_for_the_first_thousand, .init = setup)
{
    struct yk_row_query q;
    cr_assert_eq(yk_kpi_query_parse(NULL, 0, &q, NULL), YK_OK);
    cr_assert(!q.place && !q.kpi && !q.direction && !q.after && !q.newest_first);
    cr_assert(q.resolution == YK_RES_COUNT && q.from_s == INT64_MIN && q.to_s == INT64_MAX);
    cr_assert_eq(q.limit, 1000);
}

Test(kpi_query, all_together, .init = setup)
{
    const struct yk_param params[] = {{"place", "plaza/north"}, {"kpi", "footfall"},    {"direction", "minus"},
                                      {"resolution", "1h"},     {"from", "2026-04-01"}, {"to", "2026-04-02T03:00:00Z"},
                                      {"limit", "10000"},       {"after", "1~a~b~c~0"}};
    struct yk_row_query q;
    cr_assert_eq(yk_kpi_query_parse(params, 8, &q, NULL), YK_OK);
    cr_assert_str_eq(q.place, "plaza/north");
    cr_assert_str_eq(q.kpi, "footfall");
    cr_assert_str_eq(q.direction, "minus");
    cr_assert_eq(q.resolution, YK_RES_1H);
    cr_assert_eq(q.from_s, 1774969200); /* 2026-03-31T15:00:00Z */
    cr_assert_eq(q.to_s, 1775098800);
    cr_assert_eq(q.limit, 10000);
    cr_assert_str_eq(q.after, "1~a~b~c~0");
}

Test(kpi_query, a_blank_before_the_offset_is_a_plus, .init = setup)
{
    struct yk_row_query q;
    cr_assert_eq(parse_one("from", "2026-04-01T00:00:00 09:00", &q), YK_OK);
    cr_assert_eq(q.from_s, 1774969200);
    cr_assert_eq(parse_one("from", "2026-04-01T00:00:00+09:00", &q), YK_OK);
    cr_assert_eq(q.from_s, 1774969200);
}

Test(kpi_query, refused, .init = setup)
{
    static const char *const wrong[][2] = {
        {"Place", "plaza"},
        {"places", "plaza"},
        {"place", ""},
        {"place", NULL},
        {"place", "Plaza"},
        {"place", "plaza/"},
        {"place", "/north"},
        {"place", "plaza/north/1"},
        {"place", "plaza'--"},
        {"place", "a-place-name-that-is-longer-than-31"},
        {"kpi", "foot fall"},
        {"kpi", "a_kpi_name_that_is_longer_than_31"},
        {"direction", "up"},
        {"resolution", "15"},
        {"resolution", "1H"},
        {"from", "yesterday"},
        {"from", "2026-13-01"},
        {"from", "2026-04-01T00:00:00 0900"},
        {"from", "2026-04-01T00:00:00+09:00+09:00+09:00+09:00+09:00+09:00+09:00+09:00+09:00"},
        {"to", "2026-02-30"},
        {"limit", "0"},
        {"limit", "-1"},
        {"limit", "10001"},
        {"limit", "1e3"},
        {"limit", "99999999999999999999"},
        {"limit", " 5"},
    };
    struct yk_row_query q;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(parse_one(wrong[i][0], wrong[i][1], &q), YK_ERR_USAGE, "%s=%s was taken", wrong[i][0],
                     wrong[i][1] ? wrong[i][1] : "(none)");
    char text[YK_QUERY_NEXT_SIZE + 1];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert_eq(parse_one("after", text, &q), YK_ERR_USAGE);
}

Test(kpi_query, twice_and_backwards, .init = setup)
{
    struct yk_row_query q;
    const struct yk_param twice[] = {{"kpi", "footfall"}, {"kpi", "footfall"}};
    const struct yk_param backwards[] = {{"from", "2026-04-02"}, {"to", "2026-04-01"}};
    const struct yk_param empty[] = {{"from", "2026-04-01"}, {"to", "2026-04-01"}};
    cr_assert_eq(yk_kpi_query_parse(twice, 2, &q, NULL), YK_ERR_USAGE);
    cr_assert_eq(yk_kpi_query_parse(backwards, 2, &q, NULL), YK_ERR_USAGE);
    cr_assert_eq(yk_kpi_query_parse(empty, 2, &q, NULL), YK_ERR_USAGE);
}
